package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// A mix is what an agent of this bench looks at: 40 % ICMP with one packet,
// 30 % TCP and 30 % plain HTTP, half over IPv4 and half over IPv6.
type mix struct {
	n     int
	ports [2]string // TCP, by family
}

// each calls f for every target of the mix.
func (m mix) each(f func(i int, kind, target string)) {
	for i := range m.n {
		switch at := m.ports[i%2]; i % 10 / 2 {
		case 0, 1:
			f(i, "icmp", []string{"127.0.0.1", "::1"}[i%2])
		case 2:
			f(i, "tcp", at)
		case 3:
			f(i, "http", at)
		default:
			f(i, []string{"tcp", "http"}[i/10%2], at)
		}
	}
}

// bareFlag begins the arguments of this program when it is the bare loop.
const bareFlag = "bare"

// startBare starts the bare loop: the least that any program in Go has to do to
// look at a mix every 10 s. What an agent costs beyond it is its own.
func startBare(ctx context.Context, m mix) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, os.Args[0], bareFlag, fmt.Sprint(m.n), m.ports[0], m.ports[1])
	cmd.Stderr = os.Stderr
	return cmd, cmd.Start()
}

// bare looks at a mix every 10 s for ever: what is due is gathered into one
// wake-up a second, one ICMP socket of each family serves all, and nothing is
// kept, judged or told.
func bare(m mix) error {
	var echoes [2]*icmp.PacketConn
	for i, network := range []string{"ip4:icmp", "ip6:ipv6-icmp"} {
		c, err := icmp.ListenPacket(network, []string{"127.0.0.1", "::1"}[i])
		if err != nil {
			return fmt.Errorf("open the bare loop's socket: %w", err)
		}
		echoes[i] = c
		go func() {
			for b := make([]byte, 1500); ; {
				if _, _, err := c.ReadFrom(b); err != nil {
					return
				}
			}
		}()
	}
	slots := [10][]func(){}
	m.each(func(i int, kind, target string) {
		look := map[string]func(){
			"icmp": func() { echo(echoes[i%2], i%2 == 1, target, i) },
			"tcp":  func() { dial(target, "") },
			"http": func() { dial(target, "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n") },
		}[kind]
		slots[i*7%10] = append(slots[i*7%10], look)
	})
	tick := time.NewTicker(time.Second)
	for i := 0; ; i++ {
		<-tick.C
		var work sync.WaitGroup
		for _, look := range slots[i%10] {
			work.Go(look)
		}
		work.Wait()
	}
}

func echo(c *icmp.PacketConn, v6 bool, target string, id int) {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: id & 0xffff, Seq: 1, Data: make([]byte, 56)}}
	if v6 {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	b, err := m.Marshal(nil)
	if err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint64(b[8:], uint64(time.Now().UnixNano()))
	a := netip.MustParseAddr(target)
	_, _ = c.WriteTo(b, &net.IPAddr{IP: a.AsSlice()})
}

func dial(target, request string) {
	c, err := net.DialTimeout("tcp", target, 3*time.Second)
	if err != nil {
		return
	}
	defer c.Close()
	if request == "" {
		return
	}
	_ = c.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := c.Write([]byte(request)); err != nil {
		return
	}
	for r := bufio.NewReader(c); ; {
		if line, err := r.ReadString('\n'); err != nil || strings.HasPrefix(line, "ok") {
			return
		}
	}
}

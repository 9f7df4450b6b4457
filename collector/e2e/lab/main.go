//go:build linux

// Command lab shows the lab to a person: a small district in network
// namespaces with real daemons, a collector and the agents of all its sites,
// whose lines can be cut by a word. It stays until Ctrl-C, and leaves nothing.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"fengsui/checks/lab"
	"fengsui/collector/e2e"
)

func main() {
	bin := flag.String("bin", "bin", "folder of fengsui-agent and fengsui-collector")
	step := flag.Duration("step", 5*time.Second, "how often every check runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := show(ctx, *bin, *step); err != nil {
		fmt.Fprintf(os.Stderr, "实验网失败 — the lab failed: %v\n", err)
		os.Exit(1)
	}
}

func show(ctx context.Context, bin string, step time.Duration) error {
	if os.Getuid() != 0 {
		return errors.New("network namespaces need root; run as root: make lab")
	}
	if err := lab.HaveDaemons(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fengsui-lab-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin, err = filepath.Abs(bin)
	if err != nil {
		return err
	}
	district, err := lab.OpenDistrict(filepath.Join(dir, "lab"))
	if err != nil {
		return err
	}
	defer district.Close()
	collector, err := start(ctx, district, bin, dir, step)
	if collector != nil {
		defer collector.Close()
	}
	if err != nil {
		return err
	}
	page, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer page.Close()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: strings.TrimPrefix(collector.Web().Base, "http://")})
	proxy.Transport = district.Place("collector").Client().Transport
	go (&http.Server{Handler: proxy, ReadHeaderTimeout: 5 * time.Second}).Serve(page)

	for _, s := range district.Sites {
		v4, v6 := district.Addresses(s.ID)
		fmt.Printf("%-10s %-12s %-18s nsenter --net=%s\n", s.ID, v4, v6, district.Place(s.ID).Path())
	}
	fmt.Printf("\n态势页面 / the page: http://%s/plain\n\n%s\n", page.Addr(), help)
	words := make(chan string)
	go func() {
		for s := bufio.NewScanner(os.Stdin); s.Scan(); {
			words <- s.Text()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line := <-words:
			if err := obey(district, strings.Fields(line)); err != nil {
				fmt.Println(err)
			} else {
				fmt.Println("ok")
			}
		}
	}
}

// start starts the collector and every site's agent.
func start(ctx context.Context, district *lab.District, bin, dir string, step time.Duration) (*e2e.District, error) {
	place := district.Place("collector")
	hook, err := place.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	host, _ := district.Addresses("collector")
	d, err := e2e.NewDistrictIn(place.Do, host.String(), place.Client(), hook, bin, dir, 4*step)
	if err != nil {
		return d, err
	}
	inventory, err := district.HCL(step)
	if err != nil {
		return d, err
	}
	if err := d.Configure("sites.hcl", inventory); err != nil {
		return d, err
	}
	if err := d.StartCollector(ctx); err != nil {
		return d, err
	}
	pin, err := d.Pin(ctx)
	if err != nil {
		return d, err
	}
	for _, s := range district.Sites {
		a, err := d.Machine(s.ID, s.ID, fmt.Sprintf("collectors = [%q]\npush {\n  idle = %q\n  busy = %q\n}\n", d.Listen, step, step))
		if err != nil {
			return d, err
		}
		a.Place = district.Place(s.ID).Do
		if err := d.EnrolMachine(ctx, a, "--pin", pin); err != nil {
			return d, err
		}
		if err := a.Start("SSL_CERT_FILE=" + district.CA); err != nil {
			return d, err
		}
	}
	return d, nil
}

const help = `命令 / commands:
  cut LINE | mend LINE            city-hub hub-qingfu qingfu-qingfu-1 qingfu-qingfu-2 hub-wanqing wanqing-wanqing-1 hub-qingfu-3
  shape LINE DELAY LOSS           shape hub-qingfu 80ms 0.1; unshape LINE
  withdraw6 HOST | restore6 HOST  portal cloud names
  stop DAEMON | start DAEMON      unbound nsd portal cloud snmpd-SITE
Ctrl-C ends it.`

// obey does what a person typed.
func obey(d *lab.District, words []string) (err error) {
	defer func() {
		if mistyped := recover(); mistyped != nil { // as the lab meets an unknown name
			err = fmt.Errorf("%v", mistyped)
		}
	}()
	switch {
	case len(words) == 4 && words[0] == "shape":
		var s lab.Shape
		if s.Delay, err = time.ParseDuration(words[2]); err != nil {
			return err
		}
		if _, err := fmt.Sscan(words[3], &s.Loss); err != nil || s.Loss < 0 || s.Loss > 1 {
			return fmt.Errorf("a loss of %q, want a ratio from 0 to 1", words[3])
		}
		_, err = d.Shape(words[1], s, s, 1)
		return err
	case len(words) == 2:
		do, known := map[string]func(string) error{
			"cut": d.Cut, "mend": d.Mend, "unshape": d.Unshape, "withdraw6": d.Withdraw6, "restore6": d.Restore6,
			"stop": func(name string) error { d.Stop(name); return nil }, "start": d.Start,
		}[words[0]]
		if known {
			return do(words[1])
		}
	}
	return fmt.Errorf("not understood\n%s", help)
}

package icmp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/icmp/echo"
)

// pings are what one program saw of its targets, and what that cost.
type pings struct {
	sent, received int
	rtts           []time.Duration
	cpu            time.Duration // user and system
}

func (p *pings) add(q pings) {
	p.sent, p.received, p.cpu = p.sent+q.sent, p.received+q.received, p.cpu+q.cpu
	p.rtts = append(p.rtts, q.rtts...)
	slices.Sort(p.rtts)
}

func (p *pings) take(t *tally) {
	p.sent += t.judged()
	p.received += t.replies()
	p.rtts = append(p.rtts, t.rtts...)
}

func (p pings) quantile(q float64) float64 {
	return float64(p.rtts[int(q*float64(len(p.rtts)-1))].Nanoseconds()) / 1000
}

// What is pinged: addresses of 127.0.0.0/8, each once a second.
const (
	rounds = 10
	parts  = 10 // of a second, in which a schedule gathers what is due
)

func loopback(i int) netip.Addr { return netip.AddrFrom4([4]byte{127, 1, byte(i >> 8), byte(i)}) }

var once = settings{count: 1, interval: time.Second, wait: 2 * time.Second, size: 56, ttl: 64}

// BenchmarkBesideFping takes turns with fping: the engine by itself, and the
// checks of as many targets, which have a goroutine, a context and an
// observation each. make bench quotes it.
func BenchmarkBesideFping(b *testing.B) {
	fping, err := exec.LookPath("fping")
	if err != nil {
		b.Skip("fping is missing; as root on Debian: .ci/daemons")
	}
	way := Mode()
	if way == None {
		b.Skip("no right to send ICMP")
	}
	for _, n := range []int{1000, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var engine, whole, theirs pings
			for b.Loop() {
				engine.add(own(func() pings { return sweep(way, n) }))
				theirs.add(runFping(b, fping, n))
				whole.add(own(func() pings { return probeAll(b, n) }))
			}
			rate := func(p pings) float64 { return float64(p.sent) / p.cpu.Seconds() }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(rate(engine), "engine-probes/CPU-s")
			b.ReportMetric(rate(whole), "checks-probes/CPU-s")
			b.ReportMetric(rate(theirs), "fping-probes/CPU-s")
			b.ReportMetric(rate(engine)/rate(theirs), "engine/fping")
			for name, p := range map[string]pings{"engine": engine, "fping": theirs, "checks": whole} {
				b.ReportMetric(p.quantile(0.5), name+"-p50-µs")
				b.ReportMetric(p.quantile(0.99), name+"-p99-µs")
				b.ReportMetric(float64(p.sent-p.received), name+"-lost")
			}
		})
	}
}

// own measures what this process spends on f.
func own(f func() pings) pings {
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := spent()
	p := f()
	p.cpu = spent() - before
	return p
}

// eachPart calls f for every target once a second, in parts.
func eachPart(n int, f func(i int)) {
	tick := time.NewTicker(time.Second / parts)
	defer tick.Stop()
	for part := range rounds * parts {
		<-tick.C
		for i := part % parts; i < n; i += parts {
			f(i)
		}
	}
}

// sweep pings by the engine alone.
func sweep(way string, n int) (p pings) {
	e := newEngine()
	flights := make([]*flight, 0, rounds*n)
	eachPart(n, func(i int) {
		f := newFlight(checks.Endpoint{Addr: loopback(i)}, once)
		flights = append(flights, f)
		e.begin(f, echo.Voice{Raw: way == Raw, TTL: once.ttl})
	})
	for _, f := range flights {
		<-f.done
		p.take(&f.tally)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, o := range e.sockets {
		o.Close()
	}
	return p
}

// probeAll pings as an agent does that has as many checks.
func probeAll(b *testing.B, n int) (p pings) {
	looks := make([]checks.Check, n)
	for i := range looks {
		s, err := checks.NewSpec(&Kind, loopback(i).String(), map[string][]string{"count": {"1"}})
		if err != nil {
			b.Fatal(err)
		}
		looks[i] = s.Check
	}
	var mu sync.Mutex
	var work sync.WaitGroup
	eachPart(n, func(i int) {
		work.Go(func() {
			ctx, cancel := context.WithTimeout(b.Context(), 3*time.Second)
			defer cancel()
			o := checks.NewObservation(&Kind)
			why := looks[i].Probe(ctx, checks.Endpoint{Target: "t", Addr: loopback(i), Every: time.Second}, o)
			rtt, ok := o.Get("rtt_seconds")
			mu.Lock()
			defer mu.Unlock()
			if p.sent++; ok && why.IsZero() {
				p.received++
				p.rtts = append(p.rtts, time.Duration(rtt*float64(time.Second)))
			}
		})
	})
	work.Wait()
	return p
}

func runFping(b *testing.B, fping string, n int) (p pings) {
	var list bytes.Buffer
	for i := range n {
		fmt.Fprintln(&list, loopback(i))
	}
	file := filepath.Join(b.TempDir(), "targets")
	if err := os.WriteFile(file, list.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
	gap := strconv.FormatFloat(1000/float64(n), 'f', 3, 64) // ms: a round takes a second
	cmd := exec.CommandContext(b.Context(), fping, "-q", "-C", strconv.Itoa(rounds), "-p", "1000", "-i", gap, "-t", "2000", "-f", file)
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		b.Fatal(err)
	}
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		_, times, _ := strings.Cut(lines.Text(), " : ")
		for _, v := range strings.Fields(times) {
			p.sent++
			if ms, err := strconv.ParseFloat(v, 64); err == nil {
				p.received++
				p.rtts = append(p.rtts, time.Duration(ms*float64(time.Millisecond)))
			}
		}
	}
	p.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return p
}

// Command bench measures what the README states: what an agent and a
// collector cost, what ingest costs at saturation, what a backlog does to live
// results, and how long a killed collector is away. It runs the real
// programs; only the agents that make load are simulated, in this process, so
// that the collector's cost can be read from its own process.
//
// These machines are noisy: quote CPU seconds and ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A bench measures one row and returns what it found beside what is wanted.
type bench struct {
	name string
	run  func(ctx context.Context, e env) ([]figure, error)
}

type figure struct{ what, measured, wanted string }

type env struct {
	bin  string // folder of the programs
	long bool   // the stated lengths instead of short ones
}

// length picks how long a measurement takes.
func (e env) length(short, long time.Duration) time.Duration {
	if e.long {
		return long
	}
	return short
}

// times picks how often something is measured.
func (e env) times(short, long int) int {
	if e.long {
		return long
	}
	return short
}

var benches = []bench{
	{"size", size},
	{"agent", agent},
	{"collector", collector},
	{"ingest", ingest},
	{"backlog", backlog},
	{"restart", restart},
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == bareFlag {
		n, err := strconv.Atoi(os.Args[2])
		if err == nil {
			err = bare(mix{n, [2]string{os.Args[3], os.Args[4]}})
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var e env
	flag.StringVar(&e.bin, "bin", "bin", "folder of fengsui-agent and fengsui-collector")
	flag.BoolVar(&e.long, "long", false, "the stated lengths: 10 and 30 minutes, a backlog of 72 h")
	only := flag.String("only", "", "measure only these, separated by commas: size, agent, collector, ingest, backlog, restart")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed := false
	for _, b := range benches {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), b.name) {
			continue
		}
		figures, err := b.run(ctx, e)
		for _, f := range figures {
			fmt.Printf("%-62s %-34s wanted %s\n", f.what, f.measured, f.wanted)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "bench %s: %v\n", b.name, err)
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			break
		}
	}
	if failed {
		os.Exit(1)
	}
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

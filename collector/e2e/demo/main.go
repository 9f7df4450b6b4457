// Command demo shows the whole way of the data on one machine, with the real
// programs on real sockets of loopback: a collector and the agents of a hub, a
// town and two communities; a line that is cut and mended; an alert; a backlog
// that arrives at its own time. It ends by itself and fails unless it saw all
// of that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// limit bounds the whole demo.
const limit = 88 * time.Second

func main() {
	bin := flag.String("bin", "bin", "folder of fengsui-agent and fengsui-collector")
	keep := flag.Bool("keep", false, "stay up at the end, until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demo(ctx, *bin, *keep); err != nil {
		fmt.Fprintf(os.Stderr, "\n演示失败 — the demo failed: %v\n", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, bin string, keep bool) error {
	s := &stage{began: time.Now()}
	s.say("烽燧演示：一个中心、一个镇、两个社区，全部是真实程序，只用本机回环地址",
		"Fengsui on loopback: a hub, a town and two communities, all as the real programs")
	dir, err := os.MkdirTemp("", "fengsui-demo-")
	if err != nil {
		return err
	}
	bin, err = filepath.Abs(bin)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took longer than %v", limit))
	defer cancel()
	err = s.play(bounded, bin, dir)
	if s.district != nil {
		defer s.close()
	}
	if err != nil {
		if cause := context.Cause(bounded); cause != nil {
			err = errors.Join(cause, err)
		}
		for _, p := range s.processes() {
			fmt.Fprintf(os.Stderr, "\n-- the last words of %s:\n%s\n", p.Name(), p.Tail(12))
		}
		return fmt.Errorf("%w\nits files are kept in %s", err, dir)
	}
	s.say(fmt.Sprintf("演示成功：以上各步均已亲眼核实，用时 %.0f 秒", time.Since(s.began).Seconds()),
		"all of that was observed")
	if keep {
		s.say("保持运行，按 Ctrl-C 结束："+s.district.Web().Base+"/plain", "staying up until Ctrl-C")
		<-ctx.Done()
	}
	return os.RemoveAll(dir)
}

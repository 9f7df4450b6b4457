package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"fengsui/collector/graph"
	"fengsui/collector/self"
)

// drain bounds how long answers in flight may take at the end.
const drain = 5 * time.Second

// Run serves agents and people until ctx ends, and then stops in the order of
// the data: no new calls, answers for those in flight, stores closed last. An
// error means that a disk or a listener failed: the process must end, because
// what failed once may not be trusted to keep a promise. Each value of reload
// reads the configuration again.
func (c *Collector) Run(ctx context.Context, reload <-chan os.Signal) error {
	group, ctx := errgroup.WithContext(ctx)
	agents := c.gate.Server()
	web := &http.Server{
		Handler: c.web(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
	group.Go(func() error {
		return serve("agents", func() error { return agents.ServeTLS(c.agentsListener, "", "") })
	})
	group.Go(func() error { return c.gate.Run(ctx) })
	group.Go(func() error { return serve("the web", func() error { return web.Serve(c.webListener) }) })
	group.Go(func() error { return c.control.Serve(ctx, c.stores(c.District().Collector).Stage) })
	group.Go(func() error { return c.posture.Run(ctx) })
	group.Go(func() error {
		return self.Record(ctx, self.Options{Gatherer: c.metrics, Append: c.history.AppendKnown, Logger: c.o.Logger})
	})
	group.Go(func() error { return c.alerts.Run(ctx) })
	group.Go(func() error { return c.outages.Run(ctx) })
	group.Go(func() error { return c.origins.Run(ctx) })
	group.Go(func() error { return c.indicators.Run(ctx) })
	group.Go(func() error { return c.indicators.RunPoints(ctx) })
	group.Go(func() error {
		select {
		case err := <-c.ingest.Failed():
			return fmt.Errorf("the collector ends, because it can promise nothing any more: %w", err)
		case <-ctx.Done():
			return nil
		}
	})
	group.Go(func() error {
		for {
			select {
			case <-reload:
				c.Reload(ctx)
			case <-ctx.Done():
				return nil
			}
		}
	})
	group.Go(func() error {
		<-ctx.Done()
		c.gate.Stop() // long polls end
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		for _, s := range []*http.Server{agents, web} {
			if err := s.Shutdown(limit); err != nil {
				s.Close()
			}
		}
		return nil
	})
	c.o.Logger.Info("the collector is up", "agents", c.agentsListener.Addr(), "web", "http://"+c.webListener.Addr().String()+"/plain",
		"pin", c.authority.Pin(), "version", c.o.Version)
	err := group.Wait()
	return errors.Join(err, c.close())
}

func serve(whom string, f func() error) error {
	if err := f(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve %s: %w", whom, err)
	}
	return nil
}

// Reload reads the configuration again and puts it to work as a whole, or, if
// anything in it is wrong, leaves the one at work.
func (c *Collector) Reload(ctx context.Context) {
	err := c.take(ctx)
	c.mu.Lock()
	c.reload = err
	c.mu.Unlock()
	if err != nil {
		c.o.Logger.Error("the configuration was not taken; the former one stays at work", "dir", c.o.Config, "error", err)
		return
	}
	c.o.Logger.Info("the configuration was read again", "dir", c.o.Config)
}

func (c *Collector) reloadRefused() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reload != nil {
		return 1
	}
	return 0
}

func (c *Collector) take(ctx context.Context) error {
	d, err := Load(c.o.Config)
	if err != nil {
		return err
	}
	g, err := graph.New(d)
	if err != nil {
		return err
	}
	old := c.District().Collector
	// What can be refused comes first, and rules last of that: another set of
	// them ends and opens alerts, which cannot be taken back.
	if err := c.assignments.Publish(ctx, d); err != nil {
		return err
	}
	if err := c.alerts.Reload(d.Rules, d.Receivers, d.Route); err != nil {
		return errors.Join(err, c.assignments.Publish(ctx, c.District()))
	}
	c.mu.Lock()
	c.district, c.graph = d, g
	c.mu.Unlock()
	c.posture.SetInventory(d)
	c.setLevel(d.Collector.LogLevel)
	c.warnOfCalendar(d)
	if !sameAtStart(old, d.Collector) {
		c.o.Logger.Warn("settings of the collector itself changed; they hold from the next start on")
	}
	return nil
}

func (c *Collector) setLevel(l slog.Level) {
	if c.o.Level != nil {
		c.o.Level.Set(l)
	}
}

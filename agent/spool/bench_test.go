package spool_test

import (
	"syscall"
	"testing"
	"time"

	"fengsui/agent/spool"
)

// One op is one result of ten a second: Add, its share of a Sync on the real
// file system, and of the answer to a push every fifteen seconds.
func BenchmarkResult(b *testing.B) {
	c := newClock()
	s, _, err := spool.Open(spool.Options{Dir: b.TempDir(), Now: c.now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	n, before := int64(0), cpu()
	for b.Loop() {
		n++
		s.Add(entry(n))
		if n%10 == 0 {
			c.advance(time.Second)
			if err := s.Sync(); err != nil {
				b.Fatal(err)
			}
		}
		if n%150 == 0 {
			live := s.Live(c.now(), 256<<10)
			s.Acknowledge(live, answers(len(live), 1))
		}
	}
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/float64(n), "cpu-ns/op")
}

// cpu is what this process has used; waiting for the disk is none of it.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkAdd(b *testing.B) {
	s, _, err := spool.Open(spool.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	e := entry(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Add(e)
	}
}

// hundredThousand fills a spool with 100,000 batches of ten results, all
// waiting: some 28 hours without a collector.
func hundredThousand(b *testing.B) spool.Options {
	d, c := newDisk(), newClock()
	o := spool.Options{FS: d, Dir: "/spool", Now: c.now}
	s, _, err := spool.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	// One batch a Sync; the disk in memory copies at each sync, so it is told
	// not to while the spool is filled.
	d.deaf = "sync segment"
	for n := range int64(1_000_000) {
		s.Add(entry(n + 1))
		if n%10 == 9 {
			c.advance(time.Second)
			if err := s.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	}
	d.deaf = ""
	s.Close()
	c.advance(time.Hour)
	return o
}

func BenchmarkOpen100kBatches(b *testing.B) {
	o := hundredThousand(b)
	b.ReportAllocs()
	for b.Loop() {
		s, _, err := spool.Open(o)
		if err != nil || s.State().Unacknowledged != 1_000_000 {
			b.Fatal(err, s.State())
		}
		s.Close()
	}
}

// One op is a push's worth of backlog, 128 KiB, and its answer.
func BenchmarkBacklog(b *testing.B) {
	o := hundredThousand(b)
	s, _, err := spool.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		backlog := s.Backlog(128 << 10)
		if len(backlog) == 0 {
			s.Resume(nil)
		}
		s.Acknowledge(backlog, answers(len(backlog), 1))
	}
}

package spool_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

// A meter counts what a spool writes. A file system writes whole pages: each
// Sync counts the pages that changed since the last one and one of metadata,
// each SyncDir one page of names. That is an estimate from below, a journal
// may write them twice.
type meter struct {
	*disk
	bytes, pages, syncs int64
}

const page = 4096

func (m *meter) Create(name string) (spool.File, error) { return m.open(m.disk.Create(name)) }
func (m *meter) Append(name string) (spool.File, error) { return m.open(m.disk.Append(name)) }

func (m *meter) open(f spool.File, err error) (spool.File, error) {
	if err != nil {
		return nil, err
	}
	at, err := f.Size()
	return &metered{File: f, m: m, at: at, dirty: map[int64]bool{}}, err
}

func (m *meter) SyncDir(dir string) error {
	m.syncs, m.pages = m.syncs+1, m.pages+1
	return m.disk.SyncDir(dir)
}

type metered struct {
	spool.File
	m     *meter
	at    int64
	dirty map[int64]bool // pages
}

func (f *metered) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	for p := f.at / page; p*page < f.at+int64(n); p++ {
		f.dirty[p] = true
	}
	f.at += int64(n)
	f.m.bytes += int64(n)
	return n, err
}

func (f *metered) Sync() error {
	f.m.syncs, f.m.pages = f.m.syncs+1, f.m.pages+int64(len(f.dirty))+1
	clear(f.dirty)
	return f.File.Sync()
}

// probe is a result as most checks make them: both families, five figures each.
func probe(check uint32, at time.Time) spool.Entry {
	up := &wire.Verdict{State: wire.State_STATE_UP, Code: "ok"}
	r := &wire.Result{Check: check, BootNs: at.UnixNano(), WallUnixNs: at.UnixNano(), DurationNs: 12_345_678, Pair: up, V4: up, V6: up}
	for _, family := range []uint32{4, 6} {
		r.Rows = append(r.Rows, &wire.Row{Family: family, Names: []uint32{0, 1, 2, 3, 4}, Values: []float64{.0012, .0034, .0056, 0, 200}})
	}
	return spool.Entry{Revision: make([]byte, 32), Boot: make([]byte, 16), Kind: "http",
		Measurements: []string{"dns_seconds", "connect_seconds", "tls_seconds", "first_byte_seconds", "total_seconds"}, Result: r}
}

// BenchmarkWrittenADay is a day of a site of 50 checks a minute, spread over
// the seconds, as the agent leads it: synced a second after a result, pushed
// every 15 s. The figures do not depend on the machine.
func BenchmarkWrittenADay(b *testing.B) {
	for _, where := range []string{"disk", "memory"} {
		for _, collector := range []bool{true, false} {
			name := where + "/answered"
			if !collector {
				name = where + "/alone"
			}
			b.Run(name, func(b *testing.B) {
				var m *meter
				for b.Loop() {
					m = &meter{disk: newDisk()}
					m.deaf = "sync segment" // the copies of a disk that may lose its power are not needed
					day(b, m, where == "memory", collector)
				}
				report := map[string]float64{
					"MB/day": float64(m.bytes) / 1e6, "pages-MB/day": float64(m.pages) * page / 1e6, "syncs/day": float64(m.syncs),
				}
				for _, unit := range slices.Sorted(maps.Keys(report)) {
					b.ReportMetric(report[unit], unit)
				}
			})
		}
	}
}

func day(b *testing.B, fs spool.FS, memory, collector bool) {
	c := newClock()
	o := spool.Options{FS: fs, Dir: "/spool", Now: c.now}
	if memory {
		o.Checkpoint = every
	}
	s, _, err := spool.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Resume(nil); collector && err != nil {
		b.Fatal(err)
	}
	const checks = 50
	for second := range 24 * 60 * 60 {
		c.advance(time.Second)
		added := false
		for i := range uint32(checks) {
			if int(i)*60/checks == second%60 {
				if err := s.Add(probe(i+1, c.now())); err != nil {
					b.Fatal(err)
				}
				added = true
			}
		}
		if added {
			if err := s.Sync(); err != nil {
				b.Fatal(err)
			}
		}
		if collector && second%15 == 14 {
			for _, batches := range [][]*wire.Batch{s.Live(c.now(), wire.MaxSend), s.Backlog(wire.MaxSend)} {
				if err := s.Acknowledge(batches, answers(len(batches), wire.BatchAnswer_STORED)); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	want := uint64(0)
	if !collector {
		want = 24 * 60 * checks
	}
	if got := s.State().Unacknowledged; got != want && !(collector && got < checks) {
		b.Fatal(fmt.Errorf("%d results wait at the end of the day, want %d", got, want))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

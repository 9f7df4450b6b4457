// Package history keeps the samples: the Prometheus TSDB as a library, set up
// for late data, with what a promise to agents needs on top of it: a sync
// that puts every write on disk ([History.Sync]), failures that are final, and
// a bound on the series of a site.
//
// The TSDB is no ledger: it takes an older timestamp again with another value
// and shows the newer one. Whoever appends has to know that a sample is new.
package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/wlog"
	"github.com/prometheus/prometheus/util/compression"
)

// Defaults of Options.
const (
	DefaultRetention        = 90 * 24 * time.Hour
	DefaultOutOfOrder       = 31 * 24 * time.Hour
	DefaultMaxSeriesPerSite = 20_000
)

// stripes suits up to some 100,000 series; the library's 16,384 cost memory
// in every collector for the sake of millions.
const stripes = 1 << 10

// maxBlock bounds blocks. By default the library never merges past 2 h, and
// a backlog of 31 days would leave 360 small blocks.
const maxBlock = 24 * time.Hour

// Options say how a history is kept; the zero value is the shipped one.
type Options struct {
	Retention        time.Duration // how long samples are kept; 0 is DefaultRetention
	OutOfOrder       time.Duration // how late a sample may be; 0 is DefaultOutOfOrder
	MaxSeriesPerSite int           // of one label "site"; 0 is DefaultMaxSeriesPerSite
	SegmentSize      int           // bytes of a log segment, a multiple of 32 KiB; 0 is the library's 128 MiB
	Registerer       prometheus.Registerer
	Logger           *slog.Logger

	// Durable is told, after each fsync of a log segment, how many bytes of
	// the file at path are on disk. Tests cut files there.
	Durable func(path string, length int64)
}

// A History is an open TSDB. Its methods may be called at the same time,
// except that one goroutine at a time appends by [History.Appender].
type History struct {
	db      *tsdb.DB
	limit   *siteLimit
	lateLog prometheus.Collector // counts late samples that the TSDB could not log

	syncing sync.Mutex
	logs    [2]*logTail // the WAL and the log of late samples

	failing sync.Mutex
	failed  error
}

// ErrFailed is wrapped by every append and sync after one that the disk
// refused: a later fsync may succeed without the lost pages.
var ErrFailed = errors.New("the history failed before and must be opened anew")

// Open opens or creates the history in dir and puts all that its logs hold on
// disk: a process that was killed may have left writes that no fsync covered,
// and a hole in an old segment costs every segment behind it.
func Open(dir string, o Options) (*History, error) {
	h := &History{limit: newSiteLimit(cmpOr(o.MaxSeriesPerSite, DefaultMaxSeriesPerSite))}
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	registerer := o.Registerer
	if registerer == nil {
		registerer = prometheus.NewRegistry()
	}
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = cmpOr(o.Retention, DefaultRetention).Milliseconds()
	opts.OutOfOrderTimeWindow = cmpOr(o.OutOfOrder, DefaultOutOfOrder).Milliseconds()
	opts.MaxBlockDuration = maxBlock.Milliseconds()
	opts.StripeSize = stripes
	opts.WALSegmentSize = o.SegmentSize
	opts.WALCompression = compression.Snappy
	opts.SeriesLifecycleCallback = h.limit
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	if err := h.openDB(dir, logger, registerer, opts); err != nil {
		return nil, fmt.Errorf("open history %s: %w", dir, err)
	}
	h.limit.replayed()
	for i, name := range []string{"wal", wlog.WblDirName} {
		var err error
		if h.logs[i], err = openLog(filepath.Join(dir, name), o.Durable); err != nil {
			return nil, errors.Join(fmt.Errorf("open history %s: %w", dir, err), h.Close())
		}
	}
	for _, d := range []string{dir, filepath.Dir(filepath.Clean(dir))} {
		if err := syncDir(d); err != nil {
			return nil, errors.Join(fmt.Errorf("open history %s: %w", dir, err), h.Close())
		}
	}
	return h, nil
}

// Counters of the TSDB that are read here, for it tells nobody else.
const (
	lateLogFailures = "prometheus_tsdb_out_of_order_wbl_writes_failed_total"
	repairs         = "prometheus_tsdb_wal_corruptions_total"
)

// maxOpen is how often opening repairs: the WAL, then the log of late samples.
const maxOpen = 4

// openDB opens the TSDB until it finds nothing to repair. After a power cut
// the last record of the WAL is often torn; the TSDB then repairs the WAL and
// goes on without having read the log of late samples, whose samples cannot be
// seen and are deleted by the next compaction.
func (h *History) openDB(dir string, logger *slog.Logger, registerer prometheus.Registerer, opts *tsdb.Options) error {
	for range maxOpen {
		names := &byName{Registerer: registerer, found: map[string]prometheus.Collector{lateLogFailures: nil, repairs: nil}}
		options := *opts
		db, err := tsdb.Open(dir, logger, names, &options, nil)
		if err != nil {
			return err
		}
		for name, c := range names.found {
			if c == nil {
				return errors.Join(fmt.Errorf("the TSDB registers no counter %s, by which its failures are seen: this version of the library is not known", name), db.Close())
			}
		}
		if valueOf(names.found[repairs]) == 0 {
			h.db, h.lateLog = db, names.found[lateLogFailures]
			return nil
		}
		logger.Warn("the history was repaired and is opened again, so that all that is left is read", "dir", dir)
		if err := db.Close(); err != nil {
			return err
		}
		names.unregister()
		h.limit.reset()
	}
	return fmt.Errorf("it was repaired %d times and is still torn: restore it from a backup, or move the folder away and lose what it holds", maxOpen)
}

// Close closes the history.
func (h *History) Close() error {
	err := h.db.Close()
	h.syncing.Lock()
	defer h.syncing.Unlock()
	for i, l := range h.logs {
		if l != nil {
			err = errors.Join(err, l.file.Close())
			h.logs[i] = nil
		}
	}
	return err
}

// Querier reads samples between two times in Unix milliseconds, both included.
func (h *History) Querier(mint, maxt int64) (storage.Querier, error) { return h.db.Querier(mint, maxt) }

// ChunkQuerier is Querier for whoever wants chunks.
func (h *History) ChunkQuerier(mint, maxt int64) (storage.ChunkQuerier, error) {
	return h.db.ChunkQuerier(mint, maxt)
}

// DB is the TSDB itself, for its statistics. Appending to it
// directly breaks what this package promises.
func (h *History) DB() *tsdb.DB { return h.db }

// Snapshot writes blocks with all that is stored into dir, which must be on
// the same file system: closed blocks are linked. Appending goes on meanwhile.
// The TSDB leaves late samples out that were not made into a block before.
func (h *History) Snapshot(ctx context.Context, dir string) error {
	if err := h.db.CompactOOOHead(ctx); err != nil {
		return fmt.Errorf("make a block of the late samples: %w", err)
	}
	head := h.db.Head().MinTime() <= h.db.Head().MaxTime() // else it is empty
	if err := h.db.Snapshot(dir, head); err != nil {
		return fmt.Errorf("snapshot the history: %w", err)
	}
	return nil
}

// SeriesOf is how many series that were seen at a site are in memory.
func (h *History) SeriesOf(site string) int { return h.limit.of(site) }

// fail notes a failure that ends all appending.
func (h *History) fail(err error) error {
	h.failing.Lock()
	defer h.failing.Unlock()
	if h.failed == nil {
		h.failed = err
	}
	return err
}

func (h *History) err() error {
	h.failing.Lock()
	defer h.failing.Unlock()
	if h.failed != nil {
		return fmt.Errorf("%w: %w", ErrFailed, h.failed)
	}
	return nil
}

// logged says whether all that was committed reached the logs: of a late
// sample that it could not log the TSDB only counts the failure.
func (h *History) logged() error {
	if n := valueOf(h.lateLog); n > 0 {
		return fmt.Errorf("the TSDB could not log late samples (%s is %g, want 0)", lateLogFailures, n)
	}
	return h.err()
}

func cmpOr[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

var _ storage.SampleAndChunkQueryable = (*History)(nil)

// AppendKnown stores samples that nobody was promised: they are visible at
// once and on disk soon. A series' newest sample may not change its value. Of
// errors that are not [ErrRefused] the history does not recover.
func (h *History) AppendKnown(ctx context.Context, samples []Sample) error {
	if err := h.err(); err != nil {
		return err
	}
	a := h.db.Appender(ctx)
	var refused error
	n := 0
	for _, s := range samples {
		if _, err := a.Append(0, s.Labels, s.T, s.V); err != nil {
			if n++; refused == nil {
				refused = fmt.Errorf("%w: append %s at %d: %w", ErrRefused, s.Labels, s.T, err)
			}
		}
	}
	if err := a.Commit(); err != nil {
		return h.fail(fmt.Errorf("append known samples: %w", err))
	}
	if err := h.logged(); err != nil {
		return h.fail(err)
	}
	if refused != nil {
		return fmt.Errorf("%d of %d known samples were refused, the first one: %w", n, len(samples), refused)
	}
	return nil
}

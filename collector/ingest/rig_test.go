package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"google.golang.org/protobuf/proto"

	"fengsui/checks"
	"fengsui/collector/history"
	"fengsui/collector/identity"
	"fengsui/collector/posture"
	"fengsui/collector/state"
	"fengsui/collector/wire"
)

// noon is the collector's time in tests.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

var testKinds = []*checks.Kind{
	{Name: "icmp", Measurements: []checks.Measurement{{Name: "rtt_seconds"}, {Name: "loss_ratio"}}},
	{Name: "dns", RowKey: "server", Measurements: []checks.Measurement{{Name: "answer_seconds"}}},
	{Name: "snmp", RowKey: "interface", Measurements: []checks.Measurement{{Name: "in_bytes"}}},
}

// Checks of every site in the tests, by number.
var testChecks = map[uint32]Check{
	1: {Check: "gateway", Kind: "icmp", Target: "hub", Interval: 10 * time.Second},
	2: {Check: "resolver", Kind: "dns", Target: "dns", Interval: time.Minute},
	3: {Check: "uplink", Kind: "snmp", Target: "switch", Interval: time.Minute},
}

func revisionOf(site string) []byte {
	sum := sha256.Sum256([]byte(site))
	return sum[:]
}

// A rig is an ingest on a data directory.
type rig struct {
	*Ingest
	t        *testing.T
	dir      string
	db       *state.DB
	history  *history.History
	registry *prometheus.Registry
	disk     *disk
	seen     *recorder
	now      *time.Time
	lookup   *error // what looking up a check meets
}

// A setting changes the options of a rig.
type setting func(*Options)

func newRig(t *testing.T, settings ...setting) *rig {
	return openRig(t, t.TempDir(), settings...)
}

func openRig(t *testing.T, dir string, settings ...setting) *rig {
	t.Helper()
	now := noon
	r := &rig{t: t, dir: dir, registry: prometheus.NewRegistry(), disk: &disk{dir: dir}, seen: &recorder{}, now: &now, lookup: new(error)}
	var err error
	if r.db, err = state.Open(filepath.Join(dir, "state.db")); err != nil {
		t.Fatal(err)
	}
	r.history, err = history.Open(filepath.Join(dir, "history"), history.Options{SegmentSize: 32 << 10, MaxSeriesPerSite: 200, Durable: r.disk.durable})
	if err != nil {
		t.Fatal(err)
	}
	sites := map[string]string{}
	for _, site := range []string{"town", "village"} {
		r.publish(site)
		sites[string(revisionOf(site))] = site
	}
	o := Options{
		DB: r.db, History: r.history, Kinds: testKinds, Recorder: r.seen, Registerer: r.registry,
		Now: func() time.Time { return *r.now },
		Check: func(revision []byte, number uint32) (Check, bool, error) {
			c, ok := testChecks[number]
			c.Site = sites[string(revision)]
			return c, ok && c.Site != "", *r.lookup
		},
	}
	for _, s := range settings {
		s(&o)
	}
	if r.Ingest, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

func (r *rig) close() {
	if r.Ingest == nil {
		return
	}
	r.Ingest.Close()
	r.Ingest = nil
	if err := r.history.Close(); err != nil {
		r.t.Error(err)
	}
	if err := r.db.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) publish(site string) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT OR IGNORE INTO revisions VALUES (?, ?, x'', x'', 0)", revisionOf(site), site)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// count reads one number from the state.
func (r *rig) count(query string, args ...any) int {
	r.t.Helper()
	var n int
	if err := r.db.Read.QueryRow(query, args...).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// metric sums the samples of a metric, of one label value when it is given.
func (r *rig) metric(name, label string) float64 {
	r.t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			if label == "" || len(m.Label) == 1 && m.Label[0].GetValue() == label {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

// A point is one sample.
type point struct {
	ms int64
	v  float64
}

// samples reads all but the known series, by their labels.
func samples(t *testing.T, h *history.History) map[string][]point {
	t.Helper()
	q, err := h.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	all := map[string][]point{}
	set := q.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchNotRegexp, model.MetricNameLabel, "fengsui_known_.*"))
	var it chunkenc.Iterator
	for set.Next() {
		it = set.At().Iterator(it)
		name := set.At().Labels().String()
		for it.Next() == chunkenc.ValFloat {
			ms, v := it.At()
			all[name] = append(all[name], point{ms, v})
		}
		if err := it.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A recorder keeps what it is told.
type recorder struct {
	mu       sync.Mutex
	observed []posture.Observed
	contacts map[string]time.Time
	clocks   map[string]time.Duration
	spools   map[string]posture.Spool
	within   func(*sql.Tx) error // the transaction
}

func (r *recorder) Record(tx *sql.Tx, _ time.Time, obs []posture.Observed) (func(), error) {
	if r.within != nil {
		if err := r.within(tx); err != nil {
			return nil, err
		}
	}
	kept := append([]posture.Observed(nil), obs...)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.observed = append(r.observed, kept...)
	}, nil
}

func (r *recorder) Contact(site string, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.contacts == nil {
		r.contacts = map[string]time.Time{}
	}
	r.contacts[site] = at
}

func (r *recorder) Clock(site string, ahead time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clocks == nil {
		r.clocks = map[string]time.Duration{}
	}
	r.clocks[site] = ahead
}

func (r *recorder) Spool(site string, s posture.Spool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spools == nil {
		r.spools = map[string]posture.Spool{}
	}
	r.spools[site] = s
}

// A disk remembers what of a data directory an fsync has covered.
type disk struct {
	dir string
	mu  sync.Mutex
	of  map[string]int64 // by path within dir
}

func (d *disk) durable(path string, n int64) {
	rel, err := filepath.Rel(d.dir, path)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[string]int64{}
	}
	d.of[rel] = n
}

func (d *disk) lengths() map[string]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string]int64{}
	for k, v := range d.of {
		all[k] = v
	}
	return all
}

// image copies a data directory. With lengths it is what a power cut leaves at
// its worst: the logs end where they were last synced, and chunks in front of
// the log, which nobody syncs, are gone. Without, it is what a kill leaves.
func image(t *testing.T, dir string, lengths map[string]int64) string {
	t.Helper()
	to, err := os.MkdirTemp(t.TempDir(), "image")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n, durable := lengths[rel]
		switch {
		case rel == "state.db-shm", e.Name() == "lock":
			return nil
		case lengths == nil:
		case durable:
			b = b[:min(n, int64(len(b)))]
		case strings.HasPrefix(rel, "history/wal/"), strings.HasPrefix(rel, "history/wbl/"), strings.HasPrefix(rel, "history/chunks_head/"):
			return nil
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// A machine is an agent's machine, as ingest sees it.
type machine struct {
	identity.Caller
	instance, boot, epoch id
	next                  uint64
	started               time.Time     // when the boot clock was 0, by the collector's clock
	wallOff               time.Duration // what its wall clock is ahead
}

func random() (n id) {
	rand.Read(n[:])
	return n
}

// newMachine was started an hour before noon.
func newMachine(site string) *machine {
	return &machine{
		Caller:   identity.Caller{Agent: random(), Site: site},
		instance: random(), boot: random(), epoch: random(), next: 1, started: noon.Add(-time.Hour),
	}
}

// contact is a contact at a moment, with a round trip that ended just before
// and took rtt, its ways differing by skew.
func (m *machine) contact(at time.Time, rtt, skew time.Duration) *wire.Contact {
	now := int64(at.Sub(m.started))
	c := &wire.Contact{Instance: m.instance[:], Boot: m.boot[:], BootNs: now, WallUnixNs: at.Add(m.wallOff).UnixNano()}
	if rtt > 0 {
		sent := now - int64(time.Second)
		received := m.started.Add(time.Duration(sent) + (rtt+skew)/2).UnixNano()
		c.LastTrip = &wire.RoundTrip{SentBootNs: sent, ReceivedUnixNs: received, AnsweredUnixNs: received, ReturnedBootNs: sent + int64(rtt)}
	}
	return c
}

func (m *machine) hello(at time.Time) *wire.HelloRequest {
	return &wire.HelloRequest{
		Contact: m.contact(at, 0, 0), Protocol: wire.Protocol, Version: "1", Arch: "linux/amd64",
		Epoch: m.epoch[:], NextSequence: m.next,
	}
}

// result is a good result of the first check, made at a moment.
func (m *machine) result(at time.Time, rtt float64) *wire.Result {
	return &wire.Result{
		Check: 1, BootNs: int64(at.Sub(m.started)), WallUnixNs: at.Add(m.wallOff).UnixNano(), DurationNs: 5e6,
		Pair: &wire.Verdict{}, V4: &wire.Verdict{},
		Rows: []*wire.Row{{Family: 4, Names: []uint32{0, 1}, Values: []float64{rtt, 0}}},
	}
}

// body is the body of a batch of this machine's boot and site.
func (m *machine) body(results ...*wire.Result) *wire.BatchBody {
	b := &wire.BatchBody{Revision: revisionOf(m.Site), Boot: m.boot[:], Results: results}
	for _, k := range testKinds {
		names := &wire.KindNames{Kind: k.Name}
		for _, n := range k.Measurements {
			names.Measurements = append(names.Measurements, n.Name)
		}
		b.Kinds = append(b.Kinds, names)
	}
	return b
}

// cutBatch cuts a batch with the machine's next numbers.
func (m *machine) cutBatch(body *wire.BatchBody) *wire.Batch {
	b := rawBatch(m.epoch, m.next, len(body.Results), marshal(body))
	m.next += uint64(len(body.Results))
	return b
}

func rawBatch(epoch id, first uint64, count int, body []byte) *wire.Batch {
	return &wire.Batch{Epoch: epoch[:], First: first, Count: uint32(count), Digest: wire.Digest(body), Body: body}
}

func marshal(m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return b
}

// greet says Hello and fails on a refusal.
func (r *rig) greet(m *machine) *wire.HelloResponse {
	r.t.Helper()
	w, err := r.Hello(r.t.Context(), m.Caller, m.hello(*r.now), *r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// push sends batches now, after a trip of 20 ms, and fails on a refusal.
func (r *rig) push(m *machine, batches ...*wire.Batch) *wire.PushResponse {
	r.t.Helper()
	w, err := r.tryPush(m, batches...)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

func (r *rig) tryPush(m *machine, batches ...*wire.Batch) (*wire.PushResponse, error) {
	return r.Push(r.t.Context(), m.Caller, &wire.PushRequest{Contact: m.contact(*r.now, 20*time.Millisecond, 0), Batches: batches}, *r.now)
}

// outcome of the only batch of a push.
func outcome(w *wire.PushResponse) wire.BatchAnswer_Outcome { return w.Answers[0].Outcome }

func codeOf(err error) string {
	if r := wire.RefusalOf(err); r != nil {
		return r.Code
	}
	return ""
}

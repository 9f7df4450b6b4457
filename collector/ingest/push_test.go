package ingest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/checks"
	"fengsui/collector/wire"
	"fengsui/configs/words"
)

const (
	stored    = wire.BatchAnswer_STORED
	duplicate = wire.BatchAnswer_DUPLICATE
	held      = wire.BatchAnswer_HELD
	clashed   = wire.BatchAnswer_CLASHED
	decided   = wire.BatchAnswer_DECIDED
)

func TestResultBecomesSeries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	at := noon.Add(-10 * time.Second)
	one := m.result(at, 0.012)
	one.Pair = &wire.Verdict{State: wire.State_STATE_DEGRADED, Code: "v6_dead", Args: []*wire.Arg{{Name: "target", Value: "hub"}}}
	one.V6 = &wire.Verdict{State: wire.State_STATE_DOWN, Code: "timeout"}
	one.Findings = []*wire.Finding{{Rule: "v6_slower", Family: 6, Outcome: 2, Evidence: "慢"}}
	two := m.result(at.Add(time.Second), 0)
	two.Check, two.Kind, two.V4 = 2, 1, nil
	two.Rows = []*wire.Row{{Key: "城域网", Names: []uint32{0}, Values: []float64{0.5}}}
	w := r.push(m, m.cutBatch(m.body(one, two)))
	if outcome(w) != stored || len(w.Refused) != 0 {
		t.Fatalf("got %v, want stored and nothing refused", w)
	}
	ms := at.UnixMilli()
	want := map[string][]point{
		`{__name__="fengsui_check_state", check="gateway", family="pair", kind="icmp", site="town", target="hub"}`:                      {{ms, 1}},
		`{__name__="fengsui_check_state", check="gateway", family="4", kind="icmp", site="town", target="hub"}`:                         {{ms, 0}},
		`{__name__="fengsui_check_state", check="gateway", family="6", kind="icmp", site="town", target="hub"}`:                         {{ms, 2}},
		`{__name__="fengsui_check_duration_seconds", check="gateway", family="pair", kind="icmp", site="town", target="hub"}`:           {{ms, 0.005}},
		`{__name__="fengsui_icmp_rtt_seconds", check="gateway", family="4", kind="icmp", site="town", target="hub"}`:                    {{ms, 0.012}},
		`{__name__="fengsui_icmp_loss_ratio", check="gateway", family="4", kind="icmp", site="town", target="hub"}`:                     {{ms, 0}},
		`{__name__="fengsui_check_state", check="resolver", family="pair", kind="dns", site="town", target="dns"}`:                      {{ms + 1000, 0}},
		`{__name__="fengsui_check_duration_seconds", check="resolver", family="pair", kind="dns", site="town", target="dns"}`:           {{ms + 1000, 0.005}},
		`{__name__="fengsui_dns_answer_seconds", check="resolver", family="pair", kind="dns", server="城域网", site="town", target="dns"}`: {{ms + 1000, 0.5}},
	}
	if got := samples(t, r.history); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if len(r.seen.observed) != 4 {
		t.Fatalf("got %d observations, want 4: %v", len(r.seen.observed), r.seen.observed)
	}
	o := r.seen.observed[0]
	wantReason := checks.Reason{Code: "v6_dead", State: checks.Degraded, Args: []checks.Arg{{Name: "target", Value: "hub"}}}
	if o.Site != "town" || o.Check != "gateway" || o.Target != "hub" || o.Interval != 10*time.Second || o.Family != checks.Pair ||
		o.State != checks.Degraded || !reflect.DeepEqual(o.Reason, wantReason) || !o.At.Equal(at) ||
		!slices.Equal(o.Findings, []checks.Finding{{Rule: "v6_slower", Family: checks.V6, Outcome: checks.Fail, Evidence: "慢"}}) {
		t.Errorf("observed %+v", o)
	}
	if r.seen.contacts["town"] != noon {
		t.Errorf("last contact: got %v, want %v", r.seen.contacts["town"], noon)
	}
	if n := r.count("SELECT count(*) FROM dirty WHERE subject = 'town' AND day = '2026-11-23'"); n != 1 {
		t.Errorf("got %d dirty days, want 1", n)
	}
}

// TestDaysAreTheDistricts: a result at 16:30 UTC belongs to the next day there.
func TestDaysAreTheDistricts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	m.started = noon.Add(-30 * time.Hour)
	r.greet(m)
	r.push(m, m.cutBatch(m.body(m.result(noon.Add(-20*time.Hour-time.Second), 1), m.result(noon.Add(-20*time.Hour), 1))))
	if n := r.count("SELECT count(*) FROM dirty WHERE subject = 'town' AND day IN ('2026-11-22', '2026-11-23')"); n != 2 {
		t.Errorf("15:59:59 and 16:00 UTC: got %d dirty days, want the 22nd and the 23rd", n)
	}
}

// TestBatchDecisions sends one batch after another and looks at each answer.
func TestBatchDecisions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	n := 0
	body := func(count int) []byte {
		var all []*wire.Result
		for range count {
			n++
			all = append(all, m.result(noon.Add(-30*time.Minute+time.Duration(n)*time.Second), float64(n)))
		}
		return marshal(m.body(all...))
	}
	first, second, third, other := body(5), body(5), body(3), body(5)
	elsewhere := random()
	tests := []struct {
		name  string
		batch *wire.Batch
		want  wire.BatchAnswer_Outcome
	}{
		{"new", rawBatch(m.epoch, 1, 5, first), stored},
		{"the same again", rawBatch(m.epoch, 1, 5, first), duplicate},
		{"other bytes", rawBatch(m.epoch, 1, 5, other), clashed},
		{"overlapping at its end", rawBatch(m.epoch, 3, 5, other), clashed},
		{"with a hole before it", rawBatch(m.epoch, 11, 5, second), stored},
		{"overlapping at its start", rawBatch(m.epoch, 8, 5, other), clashed},
		{"too large for the hole", rawBatch(m.epoch, 6, 5, third), 0},
		{"into the hole, not all of it", rawBatch(m.epoch, 6, 3, third), stored},
		{"within another's numbers", rawBatch(m.epoch, 2, 3, third), clashed},
		{"the same numbers in another epoch", rawBatch(elsewhere, 1, 5, other), stored},
		{"again", rawBatch(m.epoch, 6, 3, third), duplicate},
		{"again", rawBatch(m.epoch, 11, 5, second), duplicate},
		{"the same bytes with other numbers", rawBatch(m.epoch, 16, 5, second), stored},
	}
	for _, tt := range tests {
		before := len(samples(t, r.history))
		w, err := r.tryPush(m, tt.batch)
		if tt.want == 0 {
			if codeOf(err) != wire.CodeBroken {
				t.Errorf("%s: got %v, want a refusal %s", tt.name, err, wire.CodeBroken)
			}
			continue
		}
		if err != nil || outcome(w) != tt.want {
			t.Errorf("%s: got %v, %v; want %v", tt.name, w, err, tt.want)
		}
		if after := len(samples(t, r.history)); tt.want != stored && after != before {
			t.Errorf("%s: it stored something", tt.name)
		}
	}
	w := r.greet(m)
	got := map[string]bool{}
	for _, h := range w.Held {
		got[fmt.Sprintf("%x %d-%d", h.Epoch, h.First, h.Last)] = true
	}
	want := []string{fmt.Sprintf("%x 1-8", m.epoch), fmt.Sprintf("%x 11-20", m.epoch), fmt.Sprintf("%x 1-5", elsewhere)}
	for _, h := range want {
		if !got[h] {
			t.Errorf("held: %s is missing of %v", h, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("held: got %v, want %v", got, want)
	}
	if n := r.metric("fengsui_ingest_batches_stored_twice_total", ""); n != 0 {
		t.Errorf("stored twice: %v, want 0", n)
	}
	// After a restart all is decided the same way.
	r.close()
	r = openRig(t, r.dir)
	for _, tt := range tests {
		if tt.want == 0 {
			continue
		}
		want := duplicate
		if tt.want == clashed {
			want = clashed
		}
		if got := outcome(r.push(m, tt.batch)); got != want {
			t.Errorf("%s, after a restart: got %v, want %v", tt.name, got, want)
		}
	}
}

// TestTwiceInOneGroup: an answer was lost, and the batch comes again while the
// first is still being stored, within the same push and within the same group.
func TestTwiceInOneGroup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	b := m.cutBatch(m.body(m.result(noon, 1)))
	w := r.push(m, b, b, rawBatch(m.epoch, 1, 1, marshal(m.body(m.result(noon, 2)))))
	for n, want := range []wire.BatchAnswer_Outcome{stored, duplicate, clashed} {
		if got := w.Answers[n].Outcome; got != want {
			t.Errorf("batch %d: got %v, want %v", n+1, got, want)
		}
	}
	if n := r.metric("fengsui_ingest_batches_duplicate_total", ""); n != 1 {
		t.Errorf("duplicates: got %v, want 1", n)
	}
}

// TestDigestsAge: after keep a batch's digest is gone and its numbers stay.
func TestDigestsAge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	a, b := m.cutBatch(m.body(m.result(noon, 1))), m.cutBatch(m.body(m.result(noon.Add(time.Second), 2)))
	r.push(m, a, b)
	if err := r.tidy(noon.Add(8 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := r.count("SELECT count(*) FROM batches"); n != 0 {
		t.Fatalf("got %d rows of digests, want none", n)
	}
	if got := outcome(r.push(m, a)); got != duplicate {
		t.Errorf("held, of unknown digest: got %v, want %v", got, duplicate)
	}
	wide := m.body(m.result(noon, 1), m.result(noon, 2), m.result(noon, 3))
	if got := outcome(r.push(m, rawBatch(m.epoch, 2, 3, marshal(wide)))); got != clashed {
		t.Errorf("held in part: got %v, want %v", got, clashed)
	}
}

func TestUnknownRevisionIsHeld(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	stranger := m.body(m.result(noon, 1))
	stranger.Revision = revisionOf("later")
	waits := m.cutBatch(stranger)
	never := m.body(m.result(noon, 2), m.result(noon.Add(time.Second), 2))
	never.Revision = revisionOf("never")
	forever := m.cutBatch(never)
	good := m.cutBatch(m.body(m.result(noon, 3)))
	w := r.push(m, waits, forever, good)
	for n, want := range []wire.BatchAnswer_Outcome{held, held, stored} {
		if got := w.Answers[n].Outcome; got != want {
			t.Errorf("batch %d: got %v, want %v", n+1, got, want)
		}
	}
	// A restart forgets neither, and an hour later one revision is known.
	r.close()
	r = openRig(t, r.dir, func(o *Options) {
		known := o.Check
		o.Check = func(revision []byte, number uint32) (Check, bool, error) {
			if string(revision) == string(revisionOf("later")) {
				revision = revisionOf("town")
			}
			return known(revision, number)
		}
	})
	r.publish("later")
	*r.now = noon.Add(time.Hour)
	if got := outcome(r.push(m, waits)); got != stored {
		t.Errorf("its revision is known now: got %v, want %v", got, stored)
	}
	*r.now = noon.Add(24*time.Hour - time.Second)
	if got := outcome(r.push(m, forever)); got != held {
		t.Errorf("one second before its day is over: got %v, want %v", got, held)
	}
	*r.now = noon.Add(24 * time.Hour)
	w = r.push(m, forever)
	if outcome(w) != decided || len(w.Refused) != 1 || w.Refused[0].Code != codeRevision || w.Refused[0].First != 2 || w.Refused[0].Last != 3 {
		t.Errorf("after a day: got %v, want decided: 2 to 3 %s", w, codeRevision)
	}
	if n := r.count("SELECT count(*) FROM held"); n != 0 {
		t.Errorf("got %d rows in table held, want none", n)
	}
	if n := r.count("SELECT count FROM refusals WHERE code = ?", codeRevision); n != 2 {
		t.Errorf("counted %d refused results, want 2", n)
	}
	if got := outcome(r.push(m, forever)); got != duplicate {
		t.Errorf("decided before: got %v, want %v", got, duplicate)
	}
}

// TestRefusedResults sends a good result, a bad one and another good one: what
// is wrong with the bad one is told, counted and shown, and costs nothing else.
func TestRefusedResults(t *testing.T) {
	t.Parallel()
	gbk := string([]byte{0xc7, 0xe0, 0xb8, 0xa3}) // 青福
	tests := []struct {
		name string
		bad  func(*wire.Result, *machine)
		code string
		part bool // the verdict is stored
	}{
		{"not a number", func(r *wire.Result, _ *machine) { r.Rows[0].Values[0] = math.NaN() }, codeValue, true},
		{"infinite", func(r *wire.Result, _ *machine) { r.Rows[0].Values[1] = math.Inf(1) }, codeValue, true},
		{"minus infinite", func(r *wire.Result, _ *machine) { r.Rows[0].Values[1] = math.Inf(-1) }, codeValue, true},
		{"silent by its own word", func(r *wire.Result, _ *machine) { r.Pair.State = wire.State_STATE_SILENT }, codeValue, false},
		{"no such state", func(r *wire.Result, _ *machine) { r.V4.State = 77 }, codeValue, false},
		{"a negative state", func(r *wire.Result, _ *machine) { r.Pair.State = -1 }, codeValue, false},
		{"no verdict", func(r *wire.Result, _ *machine) { r.Pair = nil }, codeBroken, false},
		{"key in GBK", func(r *wire.Result, _ *machine) {
			r.Check, r.Kind, r.Rows[0] = 2, 1, &wire.Row{Key: "GBK!", Names: []uint32{0}, Values: []float64{1}}
		}, codeKey, true},
		{"key too long", func(r *wire.Result, _ *machine) {
			r.Check, r.Kind, r.Rows[0] = 2, 1, &wire.Row{Key: strings.Repeat("x", 129), Names: []uint32{0}, Values: []float64{1}}
		}, codeKey, true},
		{"key where there is none", func(r *wire.Result, _ *machine) { r.Rows[0].Key = "x" }, codeKey, true},
		{"family 5", func(r *wire.Result, _ *machine) { r.Rows[0].Family = 5 }, codeRows, true},
		{"family 260", func(r *wire.Result, _ *machine) { r.Rows[0].Family = 260 }, codeRows, true},
		{"fewer values than names", func(r *wire.Result, _ *machine) { r.Rows[0].Values = r.Rows[0].Values[:1] }, codeRows, true},
		{"too many rows", func(r *wire.Result, _ *machine) { r.Rows = slices.Repeat(r.Rows, wire.MaxRowsOfResult+1) }, codeRows, true},
		{"a measurement of another release", func(r *wire.Result, _ *machine) { r.Rows[0].Names[1] = 9 }, codeMeasurement, true},
		{"a check that is not assigned", func(r *wire.Result, _ *machine) { r.Check = 4 }, codeCheck, false},
		{"another kind", func(r *wire.Result, _ *machine) { r.Kind = 1 }, codeKind, false},
		{"no such kind", func(r *wire.Result, _ *machine) { r.Kind = 9 }, codeKind, false},
		{"finding without a rule", func(r *wire.Result, _ *machine) { r.Findings = []*wire.Finding{{Outcome: 1}} }, codeFindings, true},
		{"finding of no outcome", func(r *wire.Result, _ *machine) { r.Findings = []*wire.Finding{{Rule: "x", Outcome: 9}} }, codeFindings, true},
		{"the year 1970", func(r *wire.Result, m *machine) { r.BootNs = -m.started.UnixNano() }, codeClock, false},
		{"the year 2100", func(r *wire.Result, m *machine) {
			r.BootNs = int64(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Sub(m.started))
		}, codeClock, false},
		{"61 s ahead", func(r *wire.Result, m *machine) { r.BootNs = int64(noon.Add(61 * time.Second).Sub(m.started)) }, codeClock, false},
		{"a boot clock that overflows", func(r *wire.Result, _ *machine) { r.BootNs = math.MaxInt64 }, codeClock, false},
		{"another value at the same time", func(r *wire.Result, m *machine) { r.BootNs -= int64(time.Second); r.Pair.State = 1 }, codeSample, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m := newMachine("town")
			r.greet(m)
			at := noon.Add(-time.Minute)
			before, bad, after := m.result(at, 1), m.result(at.Add(time.Second), 2), m.result(at.Add(2*time.Second), 3)
			tt.bad(bad, m)
			body := marshal(m.body(before, bad, after))
			body = []byte(strings.ReplaceAll(string(body), "GBK!", gbk))
			w := r.push(m, rawBatch(m.epoch, 1, 3, body))
			if outcome(w) != stored {
				t.Errorf("got %v, want %v", outcome(w), stored)
			}
			want := []*wire.Refused{{Epoch: m.epoch[:], First: 2, Last: 2, Code: tt.code}}
			if len(w.Refused) != 1 || !proto.Equal(w.Refused[0], want[0]) {
				t.Errorf("refused: got %v, want %v", w.Refused, want)
			}
			var rtts, states []point
			for name, all := range samples(t, r.history) {
				switch {
				case strings.Contains(name, "fengsui_icmp_rtt_seconds"):
					rtts = append(rtts, all...)
				case strings.Contains(name, "fengsui_check_state") && strings.Contains(name, "pair"):
					states = append(states, all...)
				}
			}
			for _, p := range []point{{at.UnixMilli(), 1}, {at.UnixMilli() + 2000, 3}} {
				if !slices.Contains(rtts, p) {
					t.Errorf("a good result beside it: %v is missing of %v", p, rtts)
				}
			}
			wantStates := 2
			if tt.part {
				wantStates = 3
			}
			if len(states) != wantStates {
				t.Errorf("got %d verdicts stored, want %d", len(states), wantStates)
			}
			if n := r.count("SELECT count FROM refusals WHERE agent = ? AND code = ? AND example <> ''", m.Agent[:], tt.code); n != 1 {
				t.Errorf("table refusals counts %d, want 1", n)
			}
			if n := r.metric("fengsui_ingest_refused_results_total", tt.code); n != 1 {
				t.Errorf("metric counts %v, want 1", n)
			}
			if h := r.greet(m).Held; len(h) != 1 || h[0].First != 1 || h[0].Last != 3 {
				t.Errorf("held: got %v, want 1 to 3", h)
			}
		})
	}
}

// TestWallTimeOfUnheardBoots: a machine that was restarted while it was cut
// off sends what it saw before. Nothing but its wall clock tells when.
func TestWallTimeOfUnheardBoots(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		wall time.Time
		code string
	}{
		{"a day ago", noon.Add(-24 * time.Hour), ""},
		{"31 days ago", noon.Add(-31*24*time.Hour + time.Second), ""},
		{"later than 31 days", noon.Add(-31*24*time.Hour - time.Second), codeClock},
		{"59 s ahead", noon.Add(59 * time.Second), ""},
		{"61 s ahead", noon.Add(61 * time.Second), codeClock},
		{"1970", time.Unix(86_400, 0), codeClock},
		{"2100", time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), codeClock},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m := newMachine("town")
			r.greet(m)
			body := m.body(m.result(noon, 1))
			former := random()
			body.Boot, body.Results[0].WallUnixNs = former[:], tt.wall.UnixNano()
			w := r.push(m, m.cutBatch(body))
			if tt.code == "" {
				if outcome(w) != stored {
					t.Fatalf("got %v, want %v", w, stored)
				}
				for name, all := range samples(t, r.history) {
					if len(all) != 1 || all[0].ms != tt.wall.UnixMilli() {
						t.Errorf("%s: got %v, want one sample at %d", name, all, tt.wall.UnixMilli())
					}
				}
				return
			}
			if outcome(w) != decided || len(w.Refused) != 1 || w.Refused[0].Code != tt.code {
				t.Errorf("got %v, want decided with %s", w, tt.code)
			}
			if got := samples(t, r.history); len(got) != 0 {
				t.Errorf("stored %v, want nothing", got)
			}
		})
	}
}

// TestBodiesThatCannotBeTaken: the digest fits, so sending it again cannot
// help; each is decided, and what comes beside it is stored.
func TestBodiesThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	m := newMachine("town")
	million := m.body(m.result(noon, 1))
	for range 1_000_000 {
		million.Results[0].Findings = append(million.Results[0].Findings, &wire.Finding{})
	}
	rows := m.body(m.result(noon, 1))
	for range wire.MaxRows + 1 {
		rows.Results[0].Rows = append(rows.Results[0].Rows, &wire.Row{})
	}
	results := m.body()
	for range wire.MaxResults + 1 {
		results.Results = append(results.Results, &wire.Result{})
	}
	noBoot := m.body(slices.Repeat([]*wire.Result{m.result(noon, 1)}, 7)...)
	noBoot.Boot = nil
	tests := []struct {
		name string
		body []byte
		code string
	}{
		{"no protobuf", []byte("\xff\xff\xff\xff"), codeBroken},
		{"cut off", marshal(m.body(m.result(noon, 1)))[:60], codeBroken},
		{"a million findings", marshal(million), codeFindings},
		{"too many rows", marshal(rows), codeRows},
		{"too many results", marshal(results), codeBroken},
		{"no boot", marshal(noBoot), codeBroken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m := newMachine("town")
			r.greet(m)
			m.next = 8
			w := r.push(m, rawBatch(m.epoch, 1, 7, tt.body), m.cutBatch(m.body(m.result(noon, 1))))
			if w.Answers[0].Outcome != decided || w.Answers[1].Outcome != stored {
				t.Errorf("got %v, want decided and stored", w.Answers)
			}
			if len(w.Refused) != 1 || w.Refused[0].First != 1 || w.Refused[0].Last != 7 || w.Refused[0].Code != tt.code {
				t.Errorf("refused: got %v, want 1 to 7 %s", w.Refused, tt.code)
			}
			if n := r.metric("fengsui_ingest_refused_results_total", tt.code); n != 7 {
				t.Errorf("metric counts %v, want 7", n)
			}
		})
	}
}

// TestPushesRefusedWhole: nothing of them is taken or acknowledged.
func TestPushesRefusedWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	good := func(n int) *wire.Batch {
		var all []*wire.Result
		for k := range n {
			all = append(all, m.result(noon.Add(-time.Duration(k)*time.Second), 1))
		}
		return rawBatch(m.epoch, 1, n, marshal(m.body(all...)))
	}
	change := func(f func(*wire.Batch)) []*wire.Batch {
		b := good(1)
		f(b)
		return []*wire.Batch{good(1), b}
	}
	many := good(3000)
	more := proto.Clone(many).(*wire.Batch)
	more.First = 3001
	tests := []struct {
		name    string
		request *wire.PushRequest
		code    string
	}{
		{"a digest that does not fit", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.Digest++ })}, wire.CodeBroken},
		{"a body that was cut on the way", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.Body = b.Body[:9] })}, wire.CodeBroken},
		{"more results than it says", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.Count++ })}, wire.CodeBroken},
		{"sequence 0", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.First = 0 })}, wire.CodeBroken},
		{"a sequence beyond all", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.First = math.MaxUint64 })}, wire.CodeBroken},
		{"a short epoch", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.Epoch = b.Epoch[:15] })}, wire.CodeBroken},
		{"no results", &wire.PushRequest{Batches: change(func(b *wire.Batch) { b.Count = 0 })}, wire.CodeBroken},
		{"6,000 results", &wire.PushRequest{Batches: []*wire.Batch{many, more}}, wire.CodeTooLarge},
		{"no contact", &wire.PushRequest{Contact: &wire.Contact{}}, wire.CodeBroken},
		{"a lost range that ends before it begins", &wire.PushRequest{Lost: []*wire.Range{{Epoch: m.epoch[:], First: 2, Last: 1}}}, wire.CodeBroken},
		{"another process", &wire.PushRequest{Contact: newMachine("town").contact(noon, 0, 0), Batches: []*wire.Batch{good(1)}}, wire.CodeHelloFirst},
	}
	for _, tt := range tests {
		if tt.request.Contact == nil {
			tt.request.Contact = m.contact(noon, 20*time.Millisecond, 0)
		}
		if _, err := r.Push(t.Context(), m.Caller, tt.request, noon); codeOf(err) != tt.code {
			t.Errorf("%s: got %v, want a refusal %s", tt.name, err, tt.code)
		}
	}
	if got, n := samples(t, r.history), r.count("SELECT count(*) FROM ranges"); len(got) != 0 || n != 0 {
		t.Errorf("stored %d series and %d ranges, want nothing", len(got), n)
	}
}

// TestAnotherSitesRevision: a result names a check of another site.
func TestAnotherSitesRevision(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	body := m.body(m.result(noon, 1))
	body.Revision = revisionOf("village")
	w := r.push(m, m.cutBatch(body))
	if outcome(w) != decided || len(w.Refused) != 1 || w.Refused[0].Code != codeCheck {
		t.Errorf("got %v, want decided with %s", w, codeCheck)
	}
	if got := samples(t, r.history); len(got) != 0 {
		t.Errorf("stored %v, want nothing", got)
	}
}

// TestOneAgentAsAnother: A knows all that B ever said, and says it under its
// own certificate. It learns nothing of B, and B neither gains nor loses.
func TestOneAgentAsAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := newMachine("village")
	r.greet(b)
	first := b.cutBatch(b.body(b.result(noon.Add(-time.Minute), 1)))
	second := b.cutBatch(b.body(b.result(noon, 2)))
	r.push(b, first)
	a := *b
	a.Caller = newMachine("town").Caller
	if w := r.greet(&a); len(w.Held) != 0 || len(w.Anchors) != 0 || w.NumberingWentBack || w.Site != "town" {
		t.Errorf("Hello: got %v, want nothing held, no anchor, town", w)
	}
	for n, x := range []*wire.Batch{first, second} {
		if w := r.push(&a, x); outcome(w) != decided || w.Refused[0].Code != codeCheck {
			t.Errorf("batch %d: got %v, want decided with %s", n+1, w, codeCheck)
		}
	}
	// A takes the numbers of B with bytes of its own, and says that they are lost.
	own := a.cutBatch(a.body(a.result(noon, 9)))
	if _, err := r.Push(t.Context(), a.Caller, &wire.PushRequest{
		Contact: a.contact(noon, 0, 0), Batches: []*wire.Batch{own}, Lost: []*wire.Range{{Epoch: b.epoch[:], First: 1, Last: 9}},
	}, noon); err != nil {
		t.Fatal(err)
	}
	if err := r.Goodbye(t.Context(), a.Caller, &wire.GoodbyeRequest{Contact: a.contact(noon, 0, 0), Reason: "stop"}, noon); err != nil {
		t.Fatal(err)
	}
	if n := r.count("SELECT count(*) FROM instances WHERE agent = ? AND superseded IS NULL AND goodbye IS NULL", b.Agent[:]); n != 1 {
		t.Errorf("%d instances of B speak, want 1", n)
	}
	if n := r.count("SELECT count(*) FROM lost WHERE agent = ?", b.Agent[:]); n != 0 {
		t.Errorf("%d ranges of B are lost, want none", n)
	}
	for n, want := range []wire.BatchAnswer_Outcome{duplicate, stored} {
		if got := outcome(r.push(b, []*wire.Batch{first, second}[n])); got != want {
			t.Errorf("B's batch %d: got %v, want %v", n+1, got, want)
		}
	}
	rtt := `{__name__="fengsui_icmp_rtt_seconds", check="gateway", family="4", kind="icmp", site="village", target="hub"}`
	want := []point{{noon.Add(-time.Minute).UnixMilli(), 1}, {noon.UnixMilli(), 2}}
	if got := samples(t, r.history)[rtt]; !slices.Equal(got, want) {
		t.Errorf("B's samples: got %v, want %v", got, want)
	}
}

// TestStoredTwiceIsCounted: the counter that is always zero is not, when the
// ranges forget what is held.
func TestStoredTwiceIsCounted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	var all []*wire.Batch
	for n := range 4 {
		all = append(all, m.cutBatch(m.body(m.result(noon.Add(time.Duration(n-10)*time.Second), 1), m.result(noon.Add(time.Duration(n-10)*time.Second+1e6), 1))))
	}
	r.push(m, all[0], all[1], all[2]) // one row
	for n, want := range []float64{1, 2, 3} {
		r.agents[m.Agent].epochs[m.epoch] = &spans{}
		r.push(m, all[n])
		if got := r.metric("fengsui_ingest_batches_stored_twice_total", ""); got != want {
			t.Errorf("batch %d again: %v are counted, want %v", n+1, got, want)
		}
	}
	r.agents[m.Agent].epochs[m.epoch] = &spans{}
	r.push(m, all[3])
	if got := r.metric("fengsui_ingest_batches_stored_twice_total", ""); got != 3 {
		t.Errorf("a batch that was never sent: %v are counted, want 3", got)
	}
}

// TestMadeUpWordsCostNoMemory: what no agent of ours says is not remembered.
func TestMadeUpWordsCostNoMemory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	long := strings.Repeat("x", 100_000)
	x := m.result(noon, 1)
	x.Pair = &wire.Verdict{State: wire.State_STATE_DOWN, Code: long, Args: []*wire.Arg{{Name: long, Value: long}}}
	body := m.body(x)
	body.Kinds[0].Measurements = append(body.Kinds[0].Measurements, long)
	if w := r.push(m, m.cutBatch(body)); outcome(w) != stored {
		t.Fatalf("got %v, want %v", w, stored)
	}
	if reason := r.seen.observed[0].Reason; len(reason.Code) > maxWord || len(reason.Args[0].Value) > maxArg {
		t.Errorf("a reason of %d bytes with an argument of %d, want at most %d and %d", len(reason.Code), len(reason.Args[0].Value), maxWord, maxArg)
	}
	for what := range r.codes {
		if len(what) > maxWord {
			t.Errorf("a code of %d bytes is remembered", len(what))
		}
	}
	for what := range r.dictionaries {
		if len(what) > maxDictionary {
			t.Errorf("a dictionary of %d bytes is remembered", len(what))
		}
	}
}

// TestAgentsThatMakeUpKeys fill their site and nothing else.
func TestAgentsThatMakeUpKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t) // 200 series a site
	m := newMachine("town")
	r.greet(m)
	for n := range 10 {
		x := m.result(noon.Add(time.Duration(n-20)*time.Second), 0)
		x.Check, x.Kind, x.Rows = 3, 2, nil
		for k := range 40 {
			x.Rows = append(x.Rows, &wire.Row{Key: fmt.Sprintf("if%d", 40*n+k), Names: []uint32{0}, Values: []float64{1}})
		}
		w := r.push(m, m.cutBatch(m.body(x)))
		full := n >= 4 // 197 interfaces and three series more
		if outcome(w) != stored || (len(w.Refused) == 1 && w.Refused[0].Code == codeSeries) != full {
			t.Errorf("push %d: got %v, want it stored, and refused %s: %t", n+1, w, codeSeries, full)
		}
	}
	if n := r.history.SeriesOf("town"); n != 200 {
		t.Errorf("the town has %d series, want 200", n)
	}
	v := newMachine("village")
	r.greet(v)
	if w := r.push(v, v.cutBatch(v.body(v.result(noon, 1)))); outcome(w) != stored || len(w.Refused) != 0 {
		t.Errorf("another site: got %v, want it stored", w)
	}
	if got := r.revisions[string(revisionOf("town"))].checks[3]; len(got.rows) > 200 {
		t.Errorf("%d rows are remembered, want no more than there are series", len(got.rows))
	}
}

func TestLiveBeforeBacklogIsInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	r.greet(m)
	old := m.cutBatch(m.body(m.result(noon.Add(-50*time.Minute), 1), m.result(noon.Add(-40*time.Minute), 2)))
	live := m.cutBatch(m.body(m.result(noon.Add(-2*time.Second), 3), m.result(noon.Add(-3*time.Second), 4)))
	w := r.push(m, live, old)
	if w.Answers[0].Outcome != stored || w.Answers[1].Outcome != stored {
		t.Fatalf("got %v, want both stored", w.Answers)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "history", "wbl", "00000000")); err != nil {
		t.Fatal(err)
	}
	if n := r.disk.lengths()["history/wbl/00000000"]; n != 0 {
		t.Errorf("the log of late samples has %d bytes, want none", n)
	}
}

// TestRefusedWords: people read why a result was not stored.
func TestRefusedWords(t *testing.T) {
	t.Parallel()
	for _, code := range []string{codeClock, codeValue, codeKey, codeRows, codeFindings, codeCheck, codeKind, codeMeasurement, codeSeries, codeRevision, codeBroken, codeSample} {
		if !words.Known(words.Refused + code) {
			t.Errorf("the code %s has no sentence", code)
		}
	}
}

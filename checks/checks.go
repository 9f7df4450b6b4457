// Package checks says what a check is and what one run of it reports.
//
// A kind (icmp, tcp, http …) is a folder of its own that declares a [Kind]:
// its options, measurements and reasons, and a function that probes one
// address. [Run] does everything else: resolving, both address families, the
// deadline, panics, and the one verdict for the pair. The package imports
// nothing but the standard library, so that a kind can be read on its own.
package checks

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// A Kind is a sort of check that a configuration can ask for by name.
type Kind struct {
	Name         string        // as in HCL: check "icmp" "gateway" { … }
	Doc          string        // one line, no capital, no period
	RowKey       string        // label of the row key (interface, name server …); empty when a family has one row
	Measurements []Measurement // in the order of Row.Values
	Reasons      []Declaration // every reason that Probe can return, beside the runner's own
	New          func() Check  // a check that holds its defaults, for options to write over
}

// A Check looks at one address of one target. Its fields tagged `option` are
// its options; see [Options]. It lives for as long as its configuration stays
// the same, so it may remember things between runs; it is used by several
// goroutines at once.
type Check interface {
	// Host returns what has to be resolved of a target: a name or a literal
	// address. An error means that the target is written wrongly.
	Host(target string) (string, error)

	// Probe observes one address and returns by the deadline of ctx. The zero
	// Reason means up; any other reason says what was seen and carries its
	// state. What it measured goes to o, also when it fails half-way.
	Probe(ctx context.Context, at Endpoint, o *Observation) Reason
}

// A Binder is a Check whose options depend on each other or on the target:
// Bind is called once after all options are set.
type Binder interface {
	Bind(target string) error
}

// A Lasting is a Check whose runs need some time at least, as its options
// stand: with a timeout below Lasts every run is unable.
type Lasting interface {
	Lasts() time.Duration
}

// A Confidant is a Check that needs a secret. Its option [SecretOption] names
// one; the value travels apart and is told to the check before it runs. A check
// that was told none answers [ReasonSecretMissing].
type Confidant interface {
	SecretName() string         // the option's text; empty: it wants none
	Confide(value string) error // the error never repeats the value
}

const (
	// SecretOption is the option of every Confidant that names its secret, and
	// an option of no other kind.
	SecretOption = "secret"
	// SecretPrefix begins the option in an assignment, where it is
	// secret:NAME@VERSION, so that another value is another assignment.
	SecretPrefix = "secret:"
)

// A Costing is a Check that knows what one probe of one address takes, as its
// options stand, when all goes well: requests to the target, and bytes on the
// line, both ways, with the packets around them. It is an estimate, to plan by.
type Costing interface {
	Cost() (requests, bytes int)
}

// A Parity is a Check that compares what it saw over both families of a name.
// Compare is given what Probe kept of the address that stands for each family
// ([Observation.Keep]); it is called only when both kept something.
type Parity interface {
	Compare(v4, v6 any) []Finding
}

// An Endpoint is one address of a target.
type Endpoint struct {
	Target string        // as configured
	Host   string        // the name or literal of Host
	Addr   netip.Addr    // where to look; never a v4-mapped v6 address
	From   Source        // from where
	Narrow bool          // TCP in segments that the least MTU of IPv6 carries, see [Endpoint.Dial]
	Every  time.Duration // between runs; 0: not told, as by hand
}

// Network returns network with the digit of the endpoint's family: tcp4, ip6.
func (e Endpoint) Network(network string) string {
	if e.Addr.Is4() {
		return network + "4"
	}
	return network + "6"
}

// An Observation collects what one probe of one address measures.
type Observation struct {
	kind     *Kind
	rows     map[string][]float64
	order    []string
	findings []Finding
	kept     any
}

// NewObservation returns an empty observation for a kind.
func NewObservation(k *Kind) *Observation {
	return &Observation{kind: k, rows: map[string][]float64{}}
}

// Set notes a measurement, which the kind must have declared. Not-a-number
// and infinities are not measurements and are dropped.
func (o *Observation) Set(name string, value float64) { o.SetRow("", name, value) }

// Seconds notes a length of time in seconds.
func (o *Observation) Seconds(name string, d time.Duration) { o.Set(name, d.Seconds()) }

// SetRow notes a measurement of the row with this key.
func (o *Observation) SetRow(key, name string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	i := o.kind.measurement(name)
	row, ok := o.rows[key]
	if !ok {
		row = make([]float64, len(o.kind.Measurements))
		for j := range row {
			row[j] = math.NaN()
		}
		o.rows[key] = row
		o.order = append(o.order, key)
	}
	row[i] = value
}

// Get returns a measurement and whether it was noted.
func (o *Observation) Get(name string) (float64, bool) {
	row, ok := o.rows[""]
	if !ok {
		return 0, false
	}
	v := row[o.kind.measurement(name)]
	return v, !math.IsNaN(v)
}

// Find notes a judged criterion, passed ones too: a failed one ends only when
// the same one is seen to pass. The evidence may be foreign text: it is made
// valid UTF-8 on one line of at most 256 bytes.
func (o *Observation) Find(rule string, outcome Outcome, evidence string) {
	o.findings = append(o.findings, Finding{Rule: rule, Outcome: outcome, Evidence: clean(evidence)})
}

// Keep keeps what a [Parity] compares.
func (o *Observation) Keep(v any) { o.kept = v }

// A Measurement is a number that a kind reports.
type Measurement struct {
	Name string // ends in its base unit: rtt_seconds, loss_ratio, body_bytes
	Unit string // seconds, ratio, bytes, "" for a plain count
	Type string // gauge or counter, as in the Prometheus data model
	Doc  string // one line
}

// measurement finds a declared measurement; to note another one is a bug.
func (k *Kind) measurement(name string) int {
	for i, m := range k.Measurements {
		if m.Name == name {
			return i
		}
	}
	panic(fmt.Sprintf("BUG: kind %s declares no measurement %q", k.Name, name))
}

// A Result is what one run of a check saw.
type Result struct {
	Start    time.Time     // wall clock of the agent: evidence only
	Duration time.Duration // monotonic
	Pair     Verdict       // the one verdict
	V4, V6   *Verdict      // per family; nil when the family was not observed
	Rows     []Row
	Findings []Finding
}

// A Verdict is a state and, unless it is up, the reason.
type Verdict struct {
	State  State
	Reason Reason // zero when up
}

// A Row holds measurements of one family and row key.
type Row struct {
	Family Family
	Key    string
	Values []float64 // by Kind.Measurements; NaN where nothing was measured
}

// A Finding is one criterion judged on evidence.
type Finding struct {
	Rule     string // id of the criterion: v6_worse, T04
	Family   Family
	Outcome  Outcome
	Evidence string // what was seen, one line
}

// An Outcome is what became of a criterion.
type Outcome uint8

// The outcomes, numbered as on the wire.
const (
	Unknown Outcome = iota
	Pass
	Fail
	NotApplicable
	Waived
)

func (o Outcome) String() string {
	if names := [...]string{"unknown", "pass", "fail", "not_applicable", "waived"}; int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// A Family says over which address family something was observed.
type Family uint8

// The families, numbered as on the wire and in the label "family".
const (
	Pair Family = 0
	V4   Family = 4
	V6   Family = 6
)

func (f Family) String() string {
	switch f {
	case Pair:
		return "pair"
	case V4:
		return "4"
	case V6:
		return "6"
	}
	return fmt.Sprintf("Family(%d)", uint8(f))
}

// FamilyOf returns the family of an address.
func FamilyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return V4
	}
	return V6
}

package all_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"testing"
	"time"

	"fengsui/agent/guard"
	"fengsui/agent/selftest"
	"fengsui/checks"
	"fengsui/checks/all"
)

// lookerVariable makes this test binary the agent of a world instead: one
// check that lives, looks when it is told to, and answers by JSON.
const lookerVariable = "FENGSUI_LOOKER"

func TestMain(m *testing.M) {
	if os.Getenv(lookerVariable) == "" {
		flag.Parse()
		if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
			_ = f.Value.Set("8") // most rows wait for silence
		}
		os.Exit(m.Run())
	}
	if err := looker(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// An order is the check of a row.
type order struct {
	Kind, Target   string
	Options        map[string][]string
	Secret         string
	Timeout        time.Duration
	Family         checks.Family
	WantV6, V4Only bool
	Source         string // address; "": as the system chooses
	Interface      string
	Declared       []string // addresses of the target
	Allow          string   // the one prefix that the site's guard rails allow; "": all
	Kinds          []string // that they allow; none: all
}

// Seen is what came of one look, in words; a family that was not observed is "-".
type Seen struct {
	Pair, V4, V6 string // state, and the code of the reason
	Findings     []Found
	Measured     []Measured
	Sentences    []string // of the reasons, for whoever reads a failure
}

// Found is a finding.
type Found struct {
	Family                  checks.Family
	Rule, Outcome, Evidence string
}

// Measured is one number.
type Measured struct {
	Family checks.Family
	Key    string
	Name   string
	Value  float64
}

// value is a number of a family's row.
func (s Seen) value(f checks.Family, key, name string) (float64, bool) {
	for _, m := range s.Measured {
		if m.Family == f && m.Key == key && m.Name == name {
			return m.Value, true
		}
	}
	return 0, false
}

func seen(k *checks.Kind, r checks.Result) Seen {
	var s Seen
	say := func(v *checks.Verdict) string {
		if v == nil {
			return "-"
		}
		if v.Reason.IsZero() {
			return v.State.String()
		}
		s.Sentences = append(s.Sentences, fmt.Sprint(v.Reason))
		return v.State.String() + " " + v.Reason.Code
	}
	s.Pair, s.V4, s.V6 = say(&r.Pair), say(r.V4), say(r.V6)
	for _, f := range r.Findings {
		s.Findings = append(s.Findings, Found{f.Family, f.Rule, f.Outcome.String(), f.Evidence})
	}
	for _, row := range r.Rows {
		for i, v := range row.Values {
			if !math.IsNaN(v) {
				s.Measured = append(s.Measured, Measured{row.Family, row.Key, k.Measurements[i].Name, v})
			}
		}
	}
	return s
}

// looker takes an order and then looks once for each line, from where it was
// born, as an agent does: what the site lacks is found by the self-test.
func looker(in io.Reader, out io.Writer) error {
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	var o order
	if err := orders.Decode(&o); err != nil {
		return err
	}
	if o.Kind == diagnosis {
		return diagnoser(o, orders, answers)
	}
	kind := all.Find(o.Kind)
	if kind == nil {
		return fmt.Errorf("there is no kind %q", o.Kind)
	}
	s, err := checks.NewSpec(kind, o.Target, o.Options)
	if err != nil {
		return err
	}
	s.Timeout, s.Family, s.WantV6, s.V4Only, s.Interval = o.Timeout, o.Family, o.WantV6, o.V4Only, time.Minute
	if c, ok := s.Check.(checks.Confidant); ok && o.Secret != "" {
		if err := c.Confide(o.Secret); err != nil {
			return err
		}
	}
	s.Interface = o.Interface
	if o.Source != "" {
		s.Sources = []netip.Addr{netip.MustParseAddr(o.Source)}
	}
	for _, a := range o.Declared {
		s.Addresses = append(s.Addresses, netip.MustParseAddr(a))
	}
	var prefixes []netip.Prefix
	if o.Allow != "" {
		prefixes = append(prefixes, netip.MustParsePrefix(o.Allow))
	}
	rails := guard.New(prefixes, o.Kinds)
	for {
		var again bool
		if err := orders.Decode(&again); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		env := selftest.Run(context.Background()).Env()
		env.Allowed, env.Kind = rails.Allowed, rails.Kind
		r := checks.Run(context.Background(), s, env)
		if err := answers.Encode(seen(kind, r)); err != nil {
			return err
		}
	}
}

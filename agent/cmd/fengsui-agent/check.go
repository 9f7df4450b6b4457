package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"strings"
	"time"

	"fengsui/agent/selftest"
	"fengsui/checks"
	"fengsui/checks/all"
)

// CheckCmd runs one check by hand:
//
//	fengsui-agent check KIND TARGET [--set option=value]...
//
// It needs neither a collector nor agent.hcl, whose rails bind only the agent.
// Text follows the Monitoring Plugins Development Guidelines: the first line
// says it all, with performance data behind the bar, and the exit code is the
// state: 0 up, 1 degraded, 2 down, 3 unable or wrong use.
type CheckCmd struct {
	Kind    string        `arg:"" help:"Kind of check, such as icmp; a wrong one lists them all."`
	Target  string        `arg:"" help:"What to look at, as the kind wants it: a host, host:port or a URL."`
	Set     []string      `short:"s" sep:"none" placeholder:"OPTION=VALUE" help:"Set an option of the kind; repeat it for more options, or for more values of a list."`
	JSON    bool          `name:"json" help:"Print everything as one JSON object."`
	Timeout time.Duration `default:"10s" help:"Time for the whole check, both families together."`
	Family  string        `enum:"pair,4,6" default:"pair" help:"Look over both families, or over one: pair, 4 or 6."`
	WantV6  bool          `name:"want-v6" help:"Count a missing AAAA record as a finding."`
	Source  []string      `placeholder:"ADDRESS" help:"Look from this address of this machine, as for an access point that it speaks for; one of each family at most."`
	From    string        `name:"interface" placeholder:"NAME" help:"Look from this interface instead."`
	Lang    string        `enum:"zh,en,auto" default:"auto" help:"Language of the sentences: zh or en; auto follows LC_ALL and LANG."`
}

// Execute runs the check and prints what it saw. It returns the exit code.
func (c *CheckCmd) Execute(ctx context.Context, stdout, stderr io.Writer) int {
	s, err := c.spec()
	if err != nil {
		// A monitoring system shows what comes on stdout.
		if c.JSON {
			fmt.Fprintf(stderr, "fengsui-agent: %v\n", err)
		} else {
			fmt.Fprintf(stdout, "FENGSUI UNABLE - %s\n", barless(err.Error()))
		}
		return exitUnknown
	}
	r := checks.Run(ctx, s, selftest.Run(ctx).Env())
	says := report{spec: s, result: r, words: checks.NewCatalogue(all.Kinds()), lang: c.lang(os.Getenv)}
	if c.JSON {
		says.json(stdout)
	} else {
		says.text(stdout)
	}
	return r.Pair.State.ExitCode()
}

func (c *CheckCmd) spec() (checks.Spec, error) {
	kind := all.Find(c.Kind)
	if kind == nil {
		var names []string
		for _, k := range all.Kinds() {
			names = append(names, k.Name)
		}
		return checks.Spec{}, fmt.Errorf("kind %q is not known, want one of: %s", c.Kind, strings.Join(names, ", "))
	}
	options := map[string][]string{}
	for _, set := range c.Set {
		name, value, ok := strings.Cut(set, "=")
		if !ok {
			return checks.Spec{}, fmt.Errorf("--set %s has no value, want option=value", set)
		}
		options[name] = append(options[name], value)
	}
	s, err := checks.NewSpec(kind, c.Target, options)
	if err != nil {
		return checks.Spec{}, err
	}
	if err := confide(s.Check); err != nil {
		return checks.Spec{}, err
	}
	if c.Timeout <= 0 {
		return checks.Spec{}, fmt.Errorf("--timeout is %v, want more than nothing", c.Timeout)
	}
	s.Timeout, s.WantV6 = c.Timeout, c.WantV6
	s.Family = map[string]checks.Family{"4": checks.V4, "6": checks.V6}[c.Family]
	if err := c.from(&s); err != nil {
		return s, err
	}
	return s, fits(s)
}

// confide tells a check its secret, which by hand comes from the environment or
// a file: what is on a command line every process of the machine can read.
func confide(c checks.Check) error {
	confidant, ok := c.(checks.Confidant)
	if !ok || confidant.SecretName() == "" {
		return nil
	}
	where, name, _ := strings.Cut(confidant.SecretName(), ":")
	var value string
	switch {
	case where == "env" && name != "":
		if value, ok = os.LookupEnv(name); !ok {
			return fmt.Errorf("the secret is env:%s, and the environment has no %s; want it set and exported", name, name)
		}
	case where == "file" && name != "":
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read the secret: %w", err)
		}
		value = string(text)
	default:
		return errors.New("the secret is not told on the command line, want --set secret=env:VARIABLE or --set secret=file:PATH")
	}
	if err := confidant.Confide(value); err != nil {
		return fmt.Errorf("the secret of %s cannot be used: %w", where+":"+name, err)
	}
	return nil
}

// from says from where the check looks.
func (c *CheckCmd) from(s *checks.Spec) error {
	if len(c.Source) > 0 && c.From != "" {
		return errors.New("--source and --interface were both given, want one of them")
	}
	seen := map[checks.Family]bool{}
	for _, text := range c.Source {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("--source is %.64q, want an address of this machine", text)
		}
		f := checks.FamilyOf(a)
		if seen[f] {
			return fmt.Errorf("--source names two addresses of IPv%s, want one at most", f)
		}
		seen[f] = true
		s.Sources = append(s.Sources, a)
	}
	s.Interface = c.From
	return nil
}

// fits refuses what would be answered by a look at something else than was
// asked for, as the collector's configuration does.
func fits(s checks.Spec) error {
	host, err := s.Check.Host(s.Target)
	if err != nil {
		return err
	}
	a, err := netip.ParseAddr(host)
	literal := err == nil
	switch {
	case literal && s.Family != checks.Pair && s.Family != checks.FamilyOf(a):
		return fmt.Errorf("--family is %v, but %s is an address of the other one", s.Family, host)
	case literal && s.WantV6:
		return fmt.Errorf("--want-v6 needs a name, and %s is an address without any AAAA record", host)
	case s.WantV6 && s.Family == checks.V4:
		return errors.New("--want-v6 does not go with --family 4")
	}
	return nil
}

// lang decides the language by the environment, as locale(7) orders it.
func (c *CheckCmd) lang(env func(string) string) string {
	if c.Lang == "zh" || c.Lang == "en" {
		return c.Lang
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}

// A report is one result, ready to be shown.
type report struct {
	spec   checks.Spec
	result checks.Result
	words  checks.Catalogue
	lang   string
}

// The shape of --json.
type (
	jsonResult struct {
		Kind     string                 `json:"kind"`
		Target   string                 `json:"target"`
		State    checks.State           `json:"state"`
		Reason   *jsonReason            `json:"reason"`
		Families map[string]jsonVerdict `json:"families"`
		Rows     []jsonRow              `json:"rows"`
		Findings []jsonFinding          `json:"findings"`
		Start    time.Time              `json:"start"`
		Duration float64                `json:"duration_seconds"`
	}
	jsonVerdict struct {
		State  checks.State `json:"state"`
		Reason *jsonReason  `json:"reason"`
	}
	jsonReason struct {
		Code string            `json:"code"`
		Args map[string]string `json:"args"`
		ZH   string            `json:"zh"`
		EN   string            `json:"en"`
	}
	jsonRow struct {
		Family string             `json:"family"`
		Key    string             `json:"key,omitempty"`
		Values map[string]float64 `json:"values"`
	}
	jsonFinding struct {
		Rule     string `json:"rule"`
		Family   string `json:"family"`
		Outcome  string `json:"outcome"`
		Evidence string `json:"evidence"`
	}
)

func (p report) json(w io.Writer) {
	out := jsonResult{
		Kind: p.spec.Kind.Name, Target: p.spec.Target, State: p.result.Pair.State, Reason: p.reason(p.result.Pair.Reason),
		Families: map[string]jsonVerdict{}, Rows: []jsonRow{}, Findings: []jsonFinding{},
		Start: p.result.Start, Duration: p.result.Duration.Seconds(),
	}
	for _, f := range p.families() {
		out.Families[f.family.String()] = jsonVerdict{f.State, p.reason(f.Reason)}
	}
	for _, row := range p.result.Rows {
		values := map[string]float64{}
		for i, v := range row.Values {
			if !math.IsNaN(v) {
				values[p.spec.Kind.Measurements[i].Name] = v
			}
		}
		out.Rows = append(out.Rows, jsonRow{row.Family.String(), row.Key, values})
	}
	for _, f := range p.result.Findings {
		out.Findings = append(out.Findings, jsonFinding{f.Rule, f.Family.String(), f.Outcome.String(), f.Evidence})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	e.Encode(out)
}

func (p report) reason(r checks.Reason) *jsonReason {
	if r.IsZero() {
		return nil
	}
	args := map[string]string{}
	for _, a := range r.Args {
		args[a.Name] = a.Value
	}
	return &jsonReason{r.Code, args, p.words.Render(r, "zh"), p.words.Render(r, "en")}
}

// A seen is the verdict over one family.
type seen struct {
	family checks.Family
	checks.Verdict
}

func (p report) families() (all []seen) {
	if p.result.V4 != nil {
		all = append(all, seen{checks.V4, *p.result.V4})
	}
	if p.result.V6 != nil {
		all = append(all, seen{checks.V6, *p.result.V6})
	}
	return all
}

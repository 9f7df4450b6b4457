package configs

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/checks"
	"fengsui/configs/words"
)

// maxTarget bounds a target, in characters.
const maxTarget = 1000

// A checkDraft is a check before its target is known and before it is given
// to sites.
type checkDraft struct {
	check     Check
	b         *block
	kind      *checks.Kind
	service   string
	from      origin
	elsewhere time.Duration // the interval at sites that are no anchors of the service; 0: as everywhere
	sites     []string
	kinds     []string
	ok        bool // everything within the block is right
	pending   bool // 待登记
}

// An origin is where a check is written.
type origin int

const (
	inSite    origin = iota
	inProfile        // runs at the sites of the profile
	atTop            // runs at sites and kinds
)

func (d *checkDraft) runsAt(s Site) bool {
	return slices.Contains(d.sites, s.ID) || slices.Contains(d.kinds, s.Kind)
}

var families = map[string]checks.Family{"both": checks.Pair, "v4": checks.V4, "v6": checks.V6}

// checkBlock reads a check, of a site or of the top level. Nil means that it
// is of no known kind.
func (l *loading) checkBlock(b *block, from origin) *checkDraft {
	before := len(l.problems) + l.omitted
	d := &checkDraft{b: b, from: from, check: Check{
		Kind: b.labels[0], ID: b.labels[1], TargetName: b.labels[1], Interval: DefaultInterval,
	}}
	read(b, "target", &d.check.Target, wantLine(maxTarget))
	if n := l.subject(b, "service", "link", "device", "unit"); n != "" {
		d.check.Subject, d.check.TargetName = n, n.ID()
		if n.Kind() == "service" {
			d.service = n.ID()
		}
	}
	interval := read(b, "interval", &d.check.Interval, wantDuration(time.Second, 31*day)) || !b.has("interval")
	d.check.Timeout = min(DefaultTimeout, d.check.Interval)
	if read(b, "timeout", &d.check.Timeout, wantDuration(100*time.Millisecond, time.Hour)) && interval && d.check.Timeout > d.check.Interval {
		l.problem(b.where("timeout"), phrase(words.ConfigTimeoutLong, span(d.check.Timeout), span(d.check.Interval)))
	}
	family := "both"
	if read(b, "family", &family, oneOf("both", "v4", "v6")) {
		d.check.Family = families[family]
	}
	read(b, "want_v6", &d.check.WantV6, wantBool)
	if read(b, "v4_only", &d.check.V4Only, wantBool) && d.check.V4Only && d.check.WantV6 {
		l.problem(b.where("v4_only"), phrase(words.ConfigV4OnlyWantV6))
	}
	if d.check.WantV6 && d.check.Family == checks.V4 {
		l.problem(b.where("want_v6"), phrase(words.ConfigWantV6Family))
	}
	if from == atTop {
		l.places(d)
	}
	if from != inSite && read(b, "elsewhere", &d.elsewhere, wantDuration(time.Second, 31*day)) {
		switch {
		case d.service == "":
			l.problem(b.where("elsewhere"), phrase(words.ConfigElsewhere))
		case interval && d.elsewhere < d.check.Interval:
			l.problem(b.where("elsewhere"), phrase(words.ConfigElsewhereShort, span(d.elsewhere), span(d.check.Interval)))
		}
	}
	if !b.has("target") && !b.has("service") {
		l.problem(b.at, phrase(words.ConfigNoTarget, b.name))
	}
	d.kind = l.kind(b)
	if d.kind == nil {
		return nil
	}
	l.options(d)
	b.done()
	d.ok = len(l.problems)+l.omitted == before
	return d
}

// places reads where a check of the top level runs.
func (l *loading) places(d *checkDraft) {
	b := d.b
	read(b, "sites", &d.sites, listOf(1, wantName))
	read(b, "kinds", &d.kinds, listOf(1, oneOf(SiteKinds...)))
	if !b.has("sites") && !b.has("kinds") {
		l.problem(b.at, phrase(words.ConfigNoPlace, b.name))
	}
}

// kind finds the kind that a check's first label names.
func (l *loading) kind(b *block) *checks.Kind {
	var known []string
	for _, k := range l.kinds {
		if k.Name == b.labels[0] {
			return k
		}
		known = append(known, k.Name)
	}
	l.problem(b.at, phrase(words.ConfigKindUnknown, clip(b.labels[0]), strings.Join(known, ", ")), near(b.labels[0], known))
	return nil
}

// options reads the words that are the kind's own.
func (l *loading) options(d *checkDraft) {
	known := map[string]checks.Option{}
	names := slices.Clone(d.b.words)
	for _, o := range checks.Options(d.kind.New()) {
		if slices.Contains(d.b.words, o.Name) {
			panic("BUG: kind " + d.kind.Name + " has an option " + o.Name + ", which is a word of every check")
		}
		known[o.Name] = o
		names = append(names, o.Name)
	}
	d.b.rest(func(a *hclsyntax.Attribute) {
		o, ok := known[a.Name]
		if !ok {
			l.problem(a.NameRange, phrase(words.ConfigUnknownWord, clip(a.Name), d.b.name, strings.Join(names, ", ")), near(a.Name, names))
			return
		}
		lit := d.b.scope.literal(a.Expr)
		values, bad := optionValues(o, lit)
		if bad == nil {
			if err := checks.Set(d.kind.New(), o.Name, values...); err != nil {
				if bad = optionBounds(o); bad == nil {
					l.problem(lit.at, phrase(words.ConfigBadOption, err.Error()))
					return
				}
			}
		}
		if bad != nil {
			l.badValue(a.Name, lit, bad)
			return
		}
		if d.check.Options == nil {
			d.check.Options = map[string][]string{}
		}
		d.check.Options[o.Name] = values
	})
}

// optionValues reads a literal as checks.Set takes it.
func optionValues(o checks.Option, l literal) ([]string, *wrong) {
	switch o.Type {
	case "list":
		return listOf(0, anyText)(l)
	case "bool":
		v, bad := wantBool(l)
		return []string{strconv.FormatBool(v)}, bad
	case "number":
		v, bad := wholeNumber(l)
		return []string{strconv.Itoa(v)}, bad
	case "duration":
		_, bad := wantDuration(0, 36500*day)(l)
		return []string{l.text}, bad
	case "percent":
		_, bad := wantPercent(0, 1)(l)
		return []string{l.text}, bad
	case "string":
		v, bad := anyText(l)
		return []string{v}, bad
	}
	panic("BUG: option of type " + o.Type)
}

// optionBounds says what a well-typed value of an option must be, nil when
// the option declares no bounds.
func optionBounds(o checks.Option) *wrong {
	switch {
	case o.Choices != nil:
		return wants(words.WantChoice, quoted(o.Choices))
	case o.Min != "" && o.Max != "":
		return wants(words.WantBetween, o.Min, o.Max)
	case o.Min != "":
		return wants(words.WantAtLeast, o.Min)
	case o.Max != "":
		return wants(words.WantAtMost, o.Max)
	}
	return nil
}

// resolve gives every check its target and judges the two together.
func (l *loading) resolve() {
	services := map[string]*serviceDraft{}
	for _, s := range l.services {
		services[s.service.ID] = s
	}
	kinds := map[string]bool{}
	for _, s := range l.sites {
		kinds[s.site.Kind] = true
		for _, d := range s.checks {
			l.target(d, services)
		}
	}
	for _, d := range l.checks {
		if d == nil {
			continue
		}
		l.target(d, services)
		for i, site := range d.sites {
			l.reference(element(d.b, "sites", i), "site", site, words.ConfigSiteUnknown)
		}
		for i, kind := range d.kinds {
			if !kinds[kind] && l.whole() {
				l.warn(element(d.b, "kinds", i), phrase(words.ConfigMatchesNone, quote(kind)))
			}
		}
	}
}

// element is the place of an element of a list.
func element(b *block, word string, i int) hcl.Range {
	return b.value(word).list[i].at
}

// target takes the target of a check from its service when it names none of
// its own, and asks the kind whether it can look at it.
func (l *loading) target(d *checkDraft, services map[string]*serviceDraft) {
	if d == nil {
		return
	}
	at := d.b.where("target")
	if d.service != "" {
		if !l.reference(d.b.where("service"), "service", d.service, words.ConfigServiceUnknown) {
			return
		}
		s := services[d.service]
		if !d.b.has("target") && s != nil {
			d.check.Target, at = s.service.Target, d.b.where("service")
		}
	} else if n := d.check.Subject; n != "" && d.b.has(n.Kind()) && !l.refers(d.b.where(n.Kind()), n.Kind(), n.ID()) {
		return
	}
	if d.check.Target == "" {
		return
	}
	c := d.kind.New()
	for name, values := range d.check.Options {
		if err := checks.Set(c, name, values...); err != nil {
			panic("BUG: an option was fine and is not: " + err.Error())
		}
	}
	host, err := c.Host(d.check.Target)
	if err != nil {
		l.problem(at, phrase(words.ConfigBadTarget, err.Error()))
		return
	}
	if b, ok := c.(checks.Binder); ok && d.ok { // a missing option would make others wrong
		if err := b.Bind(d.check.Target); err != nil {
			l.problem(d.b.at, phrase(words.ConfigBadCheck, err.Error()))
			return
		}
	}
	if long, ok := c.(checks.Lasting); ok && d.ok && long.Lasts() > d.check.Timeout {
		l.problem(d.b.where("timeout"), phrase(words.ConfigTimeoutShort, span(d.check.Timeout), span(long.Lasts())))
	}
	l.host(d, host, at)
	// What is declared is where this host is, whatever of it a check looks at.
	if s := services[d.service]; s != nil && host == hostOf(s.service.Target) {
		d.check.Addresses = s.service.Addresses
	}
	// Without a resolver these are what it would look at.
	if a, pending := pendingAddr(d.check.Addresses...); pending {
		d.pending = true
		l.warn(at, phrase(words.ConfigPending, d.b.name, quote(a.String())))
	}
}

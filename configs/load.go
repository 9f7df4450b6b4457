package configs

import (
	"cmp"
	"embed"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/checks"
)

// shipped are the default alert rules. A district that describes an alert of
// the same name has its own instead.
//
//go:embed alerts/*.hcl
var shipped embed.FS

// Load reads the *.hcl files of a directory and compiles them. The order of
// files and blocks means nothing. The error is a [*Mistakes] with everything
// that is wrong; the district's warnings hold what is allowed and odd. Checks
// are understood by the kinds given. Without parse, expressions of rules are
// not looked at, which only a caller does that never evaluates them.
//
// Reading takes time and memory bounded by the size of the files, and those
// are bounded too; nothing in them is evaluated.
func Load(dir string, kinds []*checks.Kind, parse ParseExpr) (*District, error) {
	l := newLoading(dir, kinds, parse)
	for _, body := range l.directory() {
		l.body(l.top(body))
	}
	return l.finish()
}

// loadSource is Load for one file whose text is given.
func loadSource(name string, src []byte, kinds []*checks.Kind, parse ParseExpr) (*District, error) {
	l := newLoading(name, kinds, parse)
	if body := l.parse(name, src); body != nil {
		l.body(l.top(body))
	}
	return l.finish()
}

// A loading gathers what the blocks of all files say, until it can be judged
// together.
type loading struct {
	*reading
	kinds     []*checks.Kind
	parseExpr ParseExpr

	collector  Collector
	collectorB *block
	sites      []*siteDraft
	services   []*serviceDraft
	checks     []*checkDraft // of the top level
	rules      []Rule
	receivers  []Receiver
	route      Route
	routeB     *block

	names map[string]unique // by type of block
}

func newLoading(root string, kinds []*checks.Kind, parse ParseExpr) *loading {
	return &loading{
		reading: newReading(root), kinds: kinds, parseExpr: parse,
		collector: DefaultCollector(), route: DefaultRoute(),
		names: map[string]unique{"site": {}, "service": {}, "alert": {}, "receiver": {}},
	}
}

// body reads what a file says at its top level.
func (l *loading) body(b *block) {
	b.each("collector", `collector`, l.collectorBlock)
	b.each("site", `site "qingfu"`, l.siteBlock)
	b.each("service", `service "portal"`, l.serviceBlock)
	b.each("check", `check "icmp" "gateway"`, func(in *block) { l.checks = append(l.checks, l.checkBlock(in, true)) })
	b.each("alert", `alert "site_silent"`, l.alertBlock)
	b.each("receiver", `receiver "noc"`, l.receiverBlock)
	b.each("route", `route`, l.routeBlock)
	b.done()
}

// finish judges what needs all files, and compiles.
func (l *loading) finish() (*District, error) {
	l.shippedRules()
	d := &District{Collector: l.collector, Rules: l.rules, Receivers: l.receivers}
	l.parents()
	l.resolve()
	d.Sites = l.compile()
	for _, s := range l.services {
		d.Services = append(d.Services, s.service)
	}
	d.Route = l.finishRoute()
	slices.SortFunc(d.Sites, func(a, b Site) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Services, func(a, b Service) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Rules, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Receivers, func(a, b Receiver) int { return cmp.Compare(a.Name, b.Name) })
	warnings, err := l.result()
	if err != nil {
		return nil, err
	}
	d.Warnings = warnings
	return d, nil
}

// shippedRules adds the default rules that the district has none for.
func (l *loading) shippedRules() {
	entries, err := shipped.ReadDir("alerts")
	if err != nil {
		panic("BUG: no shipped alerts: " + err.Error())
	}
	for _, e := range entries {
		name := "alerts/" + e.Name()
		src, err := shipped.ReadFile(name)
		if err != nil {
			panic("BUG: shipped alerts: " + err.Error())
		}
		body := l.parse("(shipped) "+name, src)
		if body == nil {
			continue
		}
		body.Blocks = slices.DeleteFunc(body.Blocks, func(b *hclsyntax.Block) bool {
			_, own := l.names["alert"][firstLabel(b)]
			return own
		})
		top := l.top(body)
		top.each("alert", `alert "site_silent"`, l.alertBlock)
		top.done()
	}
}

func firstLabel(b *hclsyntax.Block) string {
	if len(b.Labels) == 0 {
		return ""
	}
	return b.Labels[0]
}

// reference refuses a name that no block of a type has, unless that block may
// stand in what could not be read.
func (l *loading) reference(at hcl.Range, block, name, key string) bool {
	known := l.names[block]
	if _, ok := known[name]; ok {
		return true
	}
	if !l.broken && !l.lost[block+" "+name] {
		l.problem(at, phrase(key, quote(name)), near(name, sortedKeys(known)))
	}
	return false
}

// whole says whether all blocks of all files could be read.
func (l *loading) whole() bool { return !l.broken && len(l.lost) == 0 }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

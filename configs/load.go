package configs

import (
	"cmp"
	"embed"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/checks"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
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
func Load(dir string, kinds []*checks.Kind, parse ParseExpr, options ...Option) (*District, error) {
	l := newLoading(dir, kinds, parse)
	for _, o := range options {
		o(l)
	}
	l.files(l.directory())
	return l.finish()
}

// An Option is what only some callers hand in.
type Option func(*loading)

// WithWorkbook is how tables in .xlsx are read. Without it they are refused.
func WithWorkbook(w Workbook) Option { return func(l *loading) { l.workbook = w } }

// A Circle finds nodes that can only be reached through one another, the first
// one again at the end; nil when there are none. It is handed in, since the
// graph is the collector's.
type Circle func(*District) ([]Node, error)

// WithCircle is how circles over parents, links and depends_on together are
// found. Without it only those of depends_on and of parents alone are refused.
func WithCircle(c Circle) Option { return func(l *loading) { l.findCircle = c } }

// loadSource is Load for one file whose text is given.
func loadSource(name string, src []byte, kinds []*checks.Kind, parse ParseExpr) (*District, error) {
	l := newLoading(name, kinds, parse)
	if body := l.parse(name, src); body != nil {
		l.files([]*hclsyntax.Body{body})
	}
	return l.finish()
}

// A loading gathers what the blocks of all files say, until it can be judged
// together.
type loading struct {
	*reading
	kinds     []*checks.Kind
	parseExpr ParseExpr

	collector    Collector
	collectorB   *block
	sites        []*siteDraft
	services     []*serviceDraft
	tiers        []Tier
	units        []*unitDraft
	links        []*linkDraft
	devices      []*deviceDraft
	points       []*pointDraft
	maintenances []*maintenanceDraft
	hours        map[string]calendar.Hours
	secrets      []Secret
	profiles     map[string]*profile
	indicators   Indicators
	indicatorsB  *block
	gatewayCheck time.Duration // how often the hub looks at access points' gateways; 0: never
	depends      []dependence
	checks       []*checkDraft // of the top level
	rules        []Rule
	receivers    []Receiver
	alerting     Alerting
	alertingB    *block
	limits       LoadLimits
	limitsB      *block
	route        Route
	routeB       *block

	calendar   *calendar.Calendar
	workbook   Workbook
	findCircle Circle // nil: none is looked for
	tables     int    // read so far

	names map[string]unique // by type of block
}

func newLoading(root string, kinds []*checks.Kind, parse ParseExpr) *loading {
	return &loading{
		reading: newReading(root), kinds: kinds, parseExpr: parse,
		collector: DefaultCollector(), route: DefaultRoute(), alerting: DefaultAlerting(), limits: DefaultLoadLimits(),
		hours: map[string]calendar.Hours{officeHours.Name: officeHours}, profiles: map[string]*profile{}, indicators: DefaultIndicators(),
		calendar: &calendar.Calendar{Years: map[int]calendar.Year{}},
		names:    map[string]unique{},
	}
}

// files reads what the files say.
func (l *loading) files(bodies []*hclsyntax.Body) {
	var tops []*block
	for _, body := range bodies {
		tops = append(tops, l.top(body))
	}
	l.variables(tops)
	l.takeTables(tops)
	for _, b := range tops {
		l.body(b)
	}
}

// body reads what a file says at its top level.
func (l *loading) body(b *block) {
	b.each("collector", `collector`, l.collectorBlock)
	b.each("tier", `tier "town"`, l.tierBlock)
	b.each("site", `site "qingfu"`, l.siteBlock)
	b.each("unit", `unit "caizheng"`, l.unitBlock)
	b.each("link", `link "hub-qingfu"`, l.linkBlock)
	b.each("device", `device "hub-core"`, l.deviceBlock)
	b.each("service", `service "portal"`, l.serviceBlock)
	b.each("point", `point "portal"`, l.pointBlock)
	b.each("maintenance", `maintenance "power"`, l.maintenanceBlock)
	b.each("hours", `hours "office"`, l.hoursBlock)
	b.each("secret", `secret "snmp-core"`, l.secretBlock)
	b.each("profile", `profile "town"`, l.profileBlock)
	b.each("indicators", `indicators`, l.indicatorsBlock)
	b.each("check", `check "icmp" "gateway"`, func(in *block) { l.checks = append(l.checks, l.checkBlock(in, atTop)) })
	b.each("alert", `alert "site_silent"`, l.alertBlock)
	b.each("receiver", `receiver "noc"`, l.receiverBlock)
	b.each("load", `load`, l.loadBlock)
	b.each("alerting", `alerting`, l.alertingBlock)
	b.each("route", `route`, l.routeBlock)
	b.each("calendar", `calendar "2027"`, l.calendarBlock)
	b.done()
}

// finish judges what needs all files, and compiles.
func (l *loading) finish() (*District, error) {
	l.shippedRules()
	l.publishedYears()
	d := &District{Collector: l.collector, Rules: l.rules, Receivers: l.receivers, Alerting: l.alerting, Load: l.limits, Calendar: l.calendar}
	l.parents()
	l.inventory(d)
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
	if err := l.judgeCircle(d); err != nil {
		return nil, err
	}
	if err := l.judgeLoad(d); err != nil {
		return nil, err
	}
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

// refers is reference for the blocks whose sentence is all alike.
func (l *loading) refers(at hcl.Range, block, name string) bool {
	known := l.names[block]
	if _, ok := known[name]; ok {
		return true
	}
	if !l.broken && !l.lost[block+" "+name] {
		l.problem(at, phrase(words.ConfigNoSuch, quote(name), phrase(words.ConfigBlock+block)), near(name, sortedKeys(known)))
	}
	return false
}

// add notes a name of a type of block, and refuses the second of one.
func (l *loading) add(kind string, b *block) bool {
	if l.names[kind] == nil {
		l.names[kind] = unique{}
	}
	return l.names[kind].add(l.reading, b.labels[len(b.labels)-1], b)
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

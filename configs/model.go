// Package configs is the language in which a district is described: sites,
// services, checks, alert rules, receivers and the collector's own settings,
// and the site's own agent.hcl. [Load] and [LoadAgent] read it, report every
// mistake at once with its place, and hand out the plain structs of this
// file: nobody downstream sees HCL or asks whether something was set.
package configs

import (
	"log/slog"
	"net/netip"
	"time"

	"fengsui/checks"
	"fengsui/configs/calendar"
)

// A District is everything that the collector was told. It is never changed
// after [Load] returned it; a reload makes another one.
type District struct {
	Collector   Collector
	Sites       []Site        // sorted by ID
	Services    []Service     // sorted by ID
	Tiers       []Tier        // sorted by ID
	Units       []Unit        // sorted by ID
	Links       []Link        // sorted by ID
	Devices     []Device      // sorted by ID
	Points      []Point       // sorted by ID
	Maintenance []Maintenance // sorted by From
	Secrets     []Secret      // sorted by Name
	Indicators  Indicators
	Calendar    *calendar.Calendar // never nil
	Rules       []Rule             // sorted by Name; shipped ones included unless overridden
	Receivers   []Receiver         // sorted by Name
	Alerting    Alerting
	Load        LoadLimits
	Route       Route

	Warnings []Problem // allowed, and probably not meant; print them with Write
}

// Site returns the site with this id, nil when there is none.
func (d *District) Site(id string) *Site {
	for i := range d.Sites {
		if d.Sites[i].ID == id {
			return &d.Sites[i]
		}
	}
	return nil
}

// Access returns the access point of a node, or nil.
func (d *District) Access(node Node) *AccessPoint {
	for i := range d.Units {
		for k := range d.Units[i].Access {
			if a := &d.Units[i].Access[k]; a.Node() == node {
				return a
			}
		}
	}
	return nil
}

// A Collector holds the settings of the collector itself.
type Collector struct {
	District    string   // its name, for the enrolment pack; may be empty
	Data        string   // directory of state, history and authority
	Listen      string   // host:port for agents, TLS
	Addresses   []string // host:port at which agents reach Listen, for the enrolment pack; may be empty
	Web         string   // host:port for people; a loopback address
	Names       []string // names and addresses in the server's certificate
	CACert      string   // file of the bureau's own CA; "": the built-in one
	CAKey       string   // file of its key; set when CACert is
	ExternalURL string   // where people reach Web, for links in notifications; "" when only locally
	LogLevel    slog.Level

	SiteSilence    time.Duration // a site is silent when nothing at all came for this long
	CheckIntervals int           // a check is silent after this many intervals and CheckGrace
	CheckGrace     time.Duration

	Retention        time.Duration // of samples in the TSDB
	OutOfOrder       time.Duration // how late a sample may be
	Keep             time.Duration // for how long digests of batches are kept; at least what agents keep
	MaxSeriesPerSite int
	MinFree          int64          // bytes of free disk below which the collector refuses to start
	WarnFree         checks.Percent // share of free disk below which it warns

	QueryTimeout time.Duration
	QuerySamples int // samples that one query may load
}

// DefaultCollector returns the settings that hold where collector.hcl is
// silent.
func DefaultCollector() Collector {
	return Collector{
		Data:             "/var/lib/fengsui-collector",
		Listen:           "[::]:7443",
		Web:              "127.0.0.1:7480",
		LogLevel:         slog.LevelInfo,
		SiteSilence:      45 * time.Second,
		CheckIntervals:   2,
		CheckGrace:       30 * time.Second,
		Retention:        90 * day,
		OutOfOrder:       31 * day,
		Keep:             7 * day,
		MaxSeriesPerSite: 20_000,
		MinFree:          200 << 20,
		WarnFree:         0.10,
		QueryTimeout:     time.Minute,
		QuerySamples:     50_000_000,
	}
}

// A Site is a place with an agent.
type Site struct {
	ID        string         // [a-z0-9_-], at most 63
	Name      string         // Chinese, at most 64 characters; ID when none was given
	Kind      string         // one of SiteKinds
	Code      string         // of the statistical register, 12 digits or 9; may be empty
	Parent    string         // ID of the site above; "" at the top
	Owner     string         // id of the unit that does its set-up tasks; "" when not told
	Access    string         // one of AccessTypes
	Demand    bool           // 按需接入: counted in the coverage of villages only when wanted (domain N04)
	CIR       int64          // of its line, bit/s by contract; 0: not told
	Gateways  []netip.Addr   // of its network, at most one of a family
	Prefixes  []netip.Prefix // its networks
	Hours     calendar.Hours // in which it is switched on; outside silence is 下班
	Profiles  []string       // names of those that it takes; a table writes them again
	DependsOn []Node
	Checks    []Check // compiled for this site, sorted by ID, Number = index + 1
	Pending   []Check // 待登记: their target is a documentation address, so they are never assigned; Number is 0
}

// Node is its name in the graph.
func (s *Site) Node() Node { return NodeOf("site", s.ID) }

// SiteKinds are the kinds of sites, from the top down.
var SiteKinds = []string{"city", "hub", "town", "community", "hall"}

// A Service is a government system that people use.
type Service struct {
	ID         string
	Name       string       // Chinese; ID when none was given
	Target     string       // as its checks take it when they name no target of their own
	Owner      string       // 责任单位: a unit's id where there is one, else as written
	Supervisor string       // 监督单位, as Owner
	Section    string       // of the plan, A01 … A89; may be empty
	Tier       int          // 1 to 3
	CII        bool         // 关键信息基础设施
	Grade      int          // 等保 level 1 to 4; 0: not graded
	Record     string       // 等保备案号; may be empty
	Layer      string       // one of Layers; may be empty
	Status     string       // one of Statuses; only what is live counts
	Resolver   bool         // it answers DNS queries: others may depend on it as theirs
	Addresses  []netip.Addr // declared: where it is when no resolver answers
	DependsOn  []Node
	Pending    bool // 待登记
}

// Node is its name in the graph.
func (s *Service) Node() Node { return NodeOf("service", s.ID) }

// A Check is one observation of one target from one site, ready to assign.
type Check struct {
	Number     uint32 // within the revision only
	ID         string // unique within its site
	Kind       string
	Target     string        // as the kind takes it
	TargetName string        // the label "target": the ID of its subject, else the check's
	Subject    Node          // what it looks at: a service, link, device, site or access point; "" when nothing of the inventory
	Access     Node          // the access point that it speaks for as evidence; "" for the site itself
	Sources    []netip.Addr  // from which it looks, at most one of a family; none: as the system chooses
	Interface  string        // or the interface
	Addresses  []netip.Addr  // of the target, for when no resolver answers
	Suspicion  time.Duration // its interval for a while after it ran worse than before; 0: the same
	Interval   time.Duration
	Timeout    time.Duration       // at most Interval
	Family     checks.Family       // Pair looks over both
	WantV6     bool                // no AAAA record is a finding
	V4Only     bool                // declared to have no IPv6: an AAAA record is a finding
	Options    map[string][]string // only those written, as checks.Set takes them
}

// Spec returns the check ready to run.
func (c Check) Spec(kind *checks.Kind) (checks.Spec, error) {
	s, err := checks.NewSpec(kind, c.Target, c.Options)
	s.Timeout, s.Family, s.WantV6, s.V4Only = c.Timeout, c.Family, c.WantV6, c.V4Only
	s.Sources, s.Interface, s.Addresses = c.Sources, c.Interface, c.Addresses
	return s, err
}

// What a check is that says nothing else.
const (
	DefaultInterval = time.Minute
	DefaultTimeout  = checks.DefaultTimeout // or the interval, when that is shorter
)

// A Rule is an alert rule: PromQL over known series.
type Rule struct {
	Name        string            // the label "alertname"
	Expr        string            // PromQL
	Recovered   string            // PromQL that finds what is seen to be well again; empty: an end of Expr is enough
	For         time.Duration     // how long Expr holds before the alert fires
	HoldDown    time.Duration     // an alert that comes again within it of its end lasts until it was well for as long; 0: never
	Every       time.Duration     // how often Expr is evaluated
	Severity    string            // the label "severity", one of Severities
	Labels      map[string]string // further labels, without alertname and severity; may be nil
	Annotations map[string]string // further annotations, without the summaries; may be nil
	SummaryZH   string            // rule template: {{ $labels.site }}, {{ $value }}
	SummaryEN   string            // the same in English
	TitleZH     string            // what it is, in a few characters: a rule template; may be empty
	TitleEN     string
	NextZH      string // what to do first: a rule template; may be empty
	NextEN      string
}

// DefaultEvery is how often a rule is evaluated that says nothing else.
const DefaultEvery = 5 * time.Second

// Severities are what an alert may be: somebody is called, somebody looks
// into it in working hours, it is only shown. Rules of severity "page" may
// name known series only, so that late data never calls anybody.
var Severities = []string{"page", "ticket", "info"}

// A Receiver is where notifications go.
type Receiver struct {
	Name         string
	WebhookURL   string
	Timeout      time.Duration
	SendResolved bool
}

// A Route says which receiver gets alerts, and how they are grouped. Without
// any receiver its Receiver is empty and nothing is sent.
type Route struct {
	Receiver       string
	GroupBy        []string
	GroupWait      time.Duration
	GroupInterval  time.Duration
	RepeatInterval time.Duration
}

// DefaultRoute returns the route that holds where the files are silent. A
// district with one receiver needs no route block. Alerts about one node are
// one notification: of two lines that are cut a minute apart the second must
// not wait for the group of the first, and what hangs on either is listed
// under it already.
func DefaultRoute() Route {
	return Route{
		GroupBy:        []string{"alertname", "node"},
		GroupWait:      30 * time.Second,
		GroupInterval:  5 * time.Minute,
		RepeatInterval: 12 * time.Hour,
	}
}

// DefaultWebhookTimeout bounds one delivery to a webhook.
const DefaultWebhookTimeout = 10 * time.Second

// An Agent is what the site's own agent.hcl says. The collector cannot widen
// what it allows.
type Agent struct {
	Data          string         // directory of spool, identity and cached assignment
	Collectors    []string       // host:port, tried in turn
	Proxy         Proxy          // on the way to them
	AllowPrefixes []netip.Prefix // addresses that may be probed; never empty
	AllowKinds    []string       // kinds of checks that may run; nil allows every kind
	MaxConcurrent int            // checks running at once

	SpoolWhere   string         // SpoolDisk or SpoolMemory
	SpoolMemory  int64          // bytes of results in memory, when that is where they are
	Checkpoint   time.Duration  // how often they are written to the disk then
	SpoolLimit   int64          // bytes on the disk
	SpoolReserve checks.Percent // share of the file system that the spool never takes
	Keep         time.Duration  // for how long acknowledged results stay

	Idle                 time.Duration // between pushes
	Busy                 time.Duration // between pushes for a minute after a change
	BacklogBitsPerSecond int64         // at which old results are sent

	LogLevel slog.Level
}

// Where an agent keeps its results.
const (
	SpoolDisk   = "disk"
	SpoolMemory = "memory" // with checkpoints on the disk
)

// A Proxy is an HTTP CONNECT proxy between an agent and its collector.
type Proxy struct {
	Address      string // host:port; "": none
	User         string // "": no authentication
	PasswordFile string // "": an empty password
}

// DefaultAgent returns the settings that hold where agent.hcl is silent.
//
// Everything may be probed by default: which of a district's addresses are
// public differs by service and carrier, and a default that forbade some
// would make a second visit to the site necessary.
func DefaultAgent() Agent {
	return Agent{
		Data:                 "/var/lib/fengsui-agent",
		AllowPrefixes:        []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
		MaxConcurrent:        100,
		SpoolWhere:           SpoolDisk,
		SpoolMemory:          8 << 20,
		Checkpoint:           15 * time.Minute,
		SpoolLimit:           512 << 20,
		SpoolReserve:         0.10,
		Keep:                 7 * day,
		Idle:                 15 * time.Second,
		Busy:                 5 * time.Second,
		BacklogBitsPerSecond: 1_000_000,
		LogLevel:             slog.LevelInfo,
	}
}

const day = 24 * time.Hour

// A Secret is a value that only the agent learns whose checks name it. It is
// written as env("NAME") or file("PATH"), never as text.
type Secret struct {
	Name  string
	Value string // never logged, printed or kept in a revision
}

// A ParseExpr parses PromQL and returns the names of the series that it
// reads. The collector hands it in, because the agent imports this package
// and links no Prometheus. A selector without a name is reported as "".
type ParseExpr func(expr string) (metricNames []string, err error)

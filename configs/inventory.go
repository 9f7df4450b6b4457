package configs

import (
	"net/netip"
	"strings"
	"time"

	"fengsui/configs/calendar"
)

// A Node names anything that can fail or be depended on: its type and its id
// with a dot between, as depends_on writes it. It is the identity of a thing
// in the graph, in the ledger and in the state store.
//
//	site.qingfu  link.hub-qingfu  circuit.hub-qingfu/telecom  device.hub-core
//	service.portal  unit.caizheng  access.caizheng/main  point.portal
type Node string

// NodeOf makes the name of a node.
func NodeOf(kind, id string) Node { return Node(kind + "." + id) }

// Kind is the part before the dot: site, link, circuit, device, service, unit,
// access, point.
func (n Node) Kind() string { kind, _, _ := strings.Cut(string(n), "."); return kind }

// ID is the part behind the dot.
func (n Node) ID() string { _, id, _ := strings.Cut(string(n), "."); return id }

// A Tier is a class of lines and what the plan wants of them (domain N01–N04).
type Tier struct {
	ID, Name string
	Floor    int64 // 底线值, bit/s; 0: none
	Goal     int64 // 目标值, bit/s; 0: none
	Circuits int   // how many there must be; 2 is 双链路
}

// AccessTypes are the ways in which a place is connected (domain N05). The
// capacity of a VPN, 5G or other line is never read from the interface.
var AccessTypes = []string{"fiber", "cable", "vpn", "5g", "other"}

// SlowAccess says whether a way of access has the wider bounds of delay and
// loss (domain 2.1b).
func SlowAccess(access string) bool { return access == "vpn" || access == "5g" }

// A Unit is an organisation. Whether it is a 财政预算单位 the bureau says: while
// one is unset there is no access rate.
type Unit struct {
	ID, Name string
	Code     string // of the finance bureau's list; may be empty
	Budget   string // one of BudgetStates
	Level    int    // 预算级次 1 or 2; 0: unset
	Access   []AccessPoint
}

// BudgetStates say whether a unit counts in the denominator of the access
// rate.
var BudgetStates = []string{"unset", "yes", "no"}

// An AccessPoint is where a unit is connected: the agent and the address or
// interface that speaks for it.
type AccessPoint struct {
	ID           string         // of the unit: main
	Unit         string         // its id
	Site         string         // whose agent speaks for it; "": nobody, the hub looks at its gateway
	Required     bool           // decides whether the unit is connected
	Sources      []netip.Addr   // from which the agent speaks for it, at most one of a family; none: as the system chooses
	Interface    string         // or the interface; "": as the system chooses
	Gateways     []netip.Addr   // of the unit, at most one of a family; what the hub asks for grade E1
	Prefixes     []netip.Prefix // of the unit in the extranet: evidence from elsewhere does not count
	Seen         []netip.Prefix // as the collector sees it from behind NAT; none: as Prefixes
	AccessType   string         // one of AccessTypes
	Link         string         // its parent link's id; may be empty
	CIR          int64          // bit/s by contract; 0: not told
	Confirmation string         // number of the 节点单位网络开通确认单; "": not opened on paper
	Approved     string         // by whom its agent may stand there; may be empty
	Opened       time.Time      // day of the confirmation; zero: not told
	Pending      bool           // 待登记: an address of it is a documentation address
}

// Node is its name in the graph: access.UNIT/ID.
func (a *AccessPoint) Node() Node { return NodeOf("access", a.Unit+"/"+a.ID) }

// A Link is a logical line between two sites, made of circuits that back one
// another: it is down when all of them are.
type Link struct {
	ID, Name  string
	Between   [2]string // sites; the upper one first
	Tier      string    // id; "" when none
	Demand    bool      // 按需接入: counted in the coverage only when wanted (domain N04)
	CIR       int64     // bit/s by contract; 0: not told
	Circuits  []Circuit
	DependsOn []Node
}

// A Circuit is one carrier's line of a link: an interface of a device. Who
// carries it and under which number stands in the state store.
type Circuit struct {
	ID        string // of the link: telecom
	Link      string
	Device    string // id; "": nobody polls it
	Interface string // ifName, or ifDescr where the device has no ifName
	Access    string // one of AccessTypes
	CIR       int64  // bit/s by contract; 0: not told
}

// Node is its name in the graph: circuit.LINK/ID.
func (c *Circuit) Node() Node { return NodeOf("circuit", c.Link+"/"+c.ID) }

// A Device speaks SNMP. Its check is compiled from it: one at the site that
// polls it, of all interfaces that circuits name.
type Device struct {
	ID, Name  string
	Site      string // where it stands
	Poller    string // the site that polls it; Site when not told
	Address   string // as the kind snmp takes its target
	Version   string // 1, 2c or 3
	Secret    string // name of the secret with its community, or its user's keys
	Interval  time.Duration
	DependsOn []Node
	Pending   bool // 待登记
}

// A Point is an IPv6 改造点 (domain 2.2).
type Point struct {
	ID, Name string
	Kind     string // one of PointKinds
	Node     Node   // what is retrofitted: a service, device, site or link
	Core     bool   // counts for the milestone of 2022
	Started  bool   // work on it has begun: before that it is 未启动
	Evidence string // where the tick-list lies; may be empty
}

// PointKinds are the kinds of IPv6 points: website, device, server, name
// server, link, town site.
var PointKinds = []string{"W", "D", "S", "N", "L", "T"}

// A Service's place in the house (domain Q11) and in its life (domain Q07).
var (
	Layers   = []string{"cloud", "network", "platform", "system"}
	Statuses = []string{"planned", "testing", "live"}
)

// Indicators are the settings of the two measured indicators (domain 2). The
// defaults are the domain's.
type Indicators struct {
	Round        time.Duration  // length of a round
	Quorum       []string       // ids of services: an access point is at E2 when enough of them and of the collector itself are reached
	QuorumNeed   int            // how many
	Levels       []int          // 预算级次 in the denominator; others are shown apart
	Hours        string         // name of the hours in which a working day counts
	Counted      calendar.Hours // the hours of that name
	DayOK        float64        // share of ok among ok and fail that makes a day connected
	DayNoData    float64        // share of rounds without data above which it is not
	MonthOK      float64        // share of connected days that makes a month connected
	HubFault     float64        // share of access points that fail in one round above which nobody is blamed
	Loss         float64        // E3: ratio
	RTT          time.Duration  // E3: 95th percentile
	SlowLoss     float64        // E3 of VPN and 5G
	SlowRTT      time.Duration
	Extranet     []netip.Prefix // in which the collector's own address lies when it is reached over the extranet; none: not looked at
	Closes       time.Duration  // after which late data changes a round no more
	PromoteAfter int            // rounds in which a point passes at two vantages before it is 已完成
	RevertAfter  int            // rounds in which it fails before it is 回退
	PointRound   time.Duration  // length of a round of points: a day
	Vantages     int            // that must agree on a point
}

// DefaultIndicators returns the settings that hold where the files are
// silent.
func DefaultIndicators() Indicators {
	return Indicators{
		Round: 5 * time.Minute, QuorumNeed: 2, Levels: []int{1}, Hours: "office",
		Counted: calendar.Hours{Name: "office", Spans: []calendar.Span{{WorkingOnly: true, Open: 8*time.Hour + 30*time.Minute, Close: 17*time.Hour + 30*time.Minute}}},
		DayOK:   0.95, DayNoData: 0.20, MonthOK: 0.90, HubFault: 0.50,
		Loss: 0.01, RTT: 50 * time.Millisecond, SlowLoss: 0.03, SlowRTT: 150 * time.Millisecond,
		Closes: 31 * day, PromoteAfter: 7, RevertAfter: 3, PointRound: day, Vantages: 2,
	}
}

// Package snmp checks the interfaces of a device by SNMP: whether they are up,
// how fast they are and how much goes through them.
package snmp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"fengsui/checks"
)

// Kind is the kind "snmp".
var Kind = checks.Kind{
	Name:   "snmp",
	Doc:    "ask a device for its interfaces by SNMP v1, v2c or v3: up or down, speed against a floor, traffic, errors",
	RowKey: "interface",
	Measurements: []checks.Measurement{
		{Name: "response_seconds", Unit: "seconds", Type: "gauge", Doc: "from the first question of the run until its answer; of the device"},
		{Name: "uptime_seconds", Unit: "seconds", Type: "gauge", Doc: "since the device's SNMP began (sysUpTime, begins anew after 497 days); of the device"},
		{Name: "state", Type: "gauge", Doc: "the verdict on the interface: 0 up, 1 degraded, 2 down, 3 cannot be judged"},
		{Name: "admin_status", Type: "gauge", Doc: "ifAdminStatus: 1 up, 2 down, 3 testing"},
		{Name: "oper_status", Type: "gauge", Doc: "ifOperStatus: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 not present, 7 lower layer down"},
		{Name: "last_change_seconds", Unit: "seconds", Type: "gauge", Doc: "since the interface came into its state, as far as the device knows"},
		{Name: "speed_bits_per_second", Unit: "bits_per_second", Type: "gauge", Doc: "nominal speed; absent where what the device says means nothing"},
		{Name: "receive_bits_per_second", Unit: "bits_per_second", Type: "gauge", Doc: "mean since the run before"},
		{Name: "transmit_bits_per_second", Unit: "bits_per_second", Type: "gauge", Doc: "mean since the run before"},
		{Name: "receive_errors_per_second", Unit: "per_second", Type: "gauge", Doc: "packets with errors, mean since the run before"},
		{Name: "transmit_errors_per_second", Unit: "per_second", Type: "gauge", Doc: "packets with errors, mean since the run before"},
		{Name: "receive_discards_per_second", Unit: "per_second", Type: "gauge", Doc: "packets discarded without an error, mean since the run before"},
		{Name: "transmit_discards_per_second", Unit: "per_second", Type: "gauge", Doc: "packets discarded without an error, mean since the run before"},
		{Name: "receive_bytes_total", Unit: "bytes", Type: "counter", Doc: "the device's 64-bit counter as it stands; above 2^53 its last digits are lost"},
		{Name: "transmit_bytes_total", Unit: "bytes", Type: "counter", Doc: "the device's 64-bit counter as it stands; above 2^53 its last digits are lost"},
	},
	Reasons: append([]checks.Declaration{
		reasonDown, reasonAdminDown, reasonMissing, reasonBelowFloor, reasonUnjudged,
		reasonSilent, reasonClosed, reasonUnreachable,
		reasonUserUnknown, reasonAuthWrong, reasonPrivacyWrong, reasonLevel, reasonTimeWindow, reasonUserSilent, reasonReport,
		reasonTooBig, reasonGenErr, reasonErrorStatus, reasonNoObject, reasonForeign, reasonUnreadable, reasonEndless, reasonLongWalk,
	}, checks.LocalReasons...),
	New: func() checks.Check { return &check{Version: "2c", memory: map[netip.Addr]*device{}, now: time.Now} },
}

type check struct {
	Interface []string `option:"interface" doc:"names of the interfaces (ifName, or ifDescr where no ifName is alike), as in GigabitEthernet0/0/1"`
	Version   string   `option:"version" doc:"version of SNMP" choices:"1,2c,3"`
	Secret    string   `option:"secret" doc:"name of the secret that holds the community, or for version 3 the user and its keys"`
	Floor     string   `option:"floor" doc:"nominal speed below which an interface is degraded, as in 100Mbps; empty: none"`

	floor float64 // bit/s; 0: none
	now   func() time.Time

	mu     sync.Mutex
	login  *login                 // nil until the secret was told
	memory map[netip.Addr]*device // between runs
}

const (
	defaultPort = 161
	// mostInterfaces are asked for one after the other within one run.
	mostInterfaces = 256
	// mostDevices bounds the addresses that one check remembers: those of one
	// name, over both families, and some that it had before.
	mostDevices = 32
)

// Bind reads the options that stand for more than themselves.
func (c *check) Bind(string) error {
	if len(c.Interface) == 0 {
		return errors.New(`option "interface" is missing, want the names of the interfaces, as in "GigabitEthernet0/0/1"`)
	}
	if len(c.Interface) > mostInterfaces {
		return fmt.Errorf(`option "interface" names %d interfaces, want at most %d; make several checks of it`, len(c.Interface), mostInterfaces)
	}
	seen := map[string]bool{}
	for _, name := range c.Interface {
		switch {
		case name == "" || len(name) > 128 || strings.TrimSpace(name) != name:
			return fmt.Errorf(`option "interface" holds %.40q, want a name of 1 to 128 bytes without spaces around it`, name)
		case seen[name]:
			return fmt.Errorf(`option "interface" holds %q twice`, name)
		}
		seen[name] = true
	}
	if c.Secret == "" {
		return errors.New(`option "secret" is missing, want the name of a secret`)
	}
	var err error
	c.floor, err = readRate(c.Floor)
	return err
}

// readRate reads a rate such as 100Mbps, in bit/s. Nothing is 0.
func readRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	for unit, factor := range map[string]float64{"kbps": 1e3, "Mbps": 1e6, "Gbps": 1e9} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			if f, err := strconv.ParseFloat(number, 64); err == nil && f > 0 && f <= 1e6 {
				return f * factor, nil
			}
		}
	}
	return 0, fmt.Errorf(`option "floor" is %q, want a rate such as 512kbps, 100Mbps or 1Gbps`, text)
}

// Host takes a device: a name or an address, with a port when it is not 161.
func (c *check) Host(target string) (string, error) {
	host, _, err := split(target)
	return host, err
}

func split(target string) (host string, port uint16, err error) {
	if checks.CheckHost(target) == nil {
		return target, defaultPort, nil
	}
	return checks.HostPort(target, "a device, as in 192.0.2.1, 2001:db8::1, core.example or [2001:db8::1]:1161")
}

// Lasts is the shortest wait for each try of the first question; version 3 asks
// for the device's engine before.
func (c *check) Lasts() time.Duration {
	if c.Version == "3" {
		return 2 * tries * checks.MinWait
	}
	return tries * checks.MinWait
}

// Cost is one question and its answer for each interface, with the headers of
// IPv6; version 3 asks for the device's engine before and says more in each.
func (c *check) Cost() (requests, bytes int) {
	const question, answer, secured, engine = 380, 430, 120, 350
	n := len(c.Interface)
	if c.Version != "3" {
		return n, n * (question + answer)
	}
	return n + 1, n*(question+answer+2*secured) + engine
}

// SecretName says which secret the check wants.
func (c *check) SecretName() string { return c.Secret }

// Confide tells the check its secret. An error never repeats it.
func (c *check) Confide(value string) error {
	l, err := readLogin(c.Version, value)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.login = l
	return nil
}

// A device is what is remembered of one address between runs.
type device struct {
	asking chan struct{} // holds one: a device is asked one thing at a time

	index       map[string]place // of the interfaces that were found
	tableChange uint32           // ifTableLastChange when they were
	noBulk      bool             // it cannot do GetBulk
	without     map[string]bool  // objects that a device of version 1 has not got
	samples     map[string]*sample
}

// recall returns what is remembered of an address.
func (c *check) recall(a netip.Addr) (*device, *login) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.memory[a]
	if d == nil {
		if len(c.memory) >= mostDevices {
			clear(c.memory) // a name that moves about: its rates begin anew
		}
		d = &device{asking: make(chan struct{}, 1), index: map[string]place{}, without: map[string]bool{}, samples: map[string]*sample{}}
		c.memory[a] = d
	}
	return d, c.login
}

// Probe asks one address of the device for each interface.
func (c *check) Probe(ctx context.Context, at checks.Endpoint, o *checks.Observation) checks.Reason {
	_, port, err := split(at.Target)
	if err != nil {
		return checks.ReasonLocal.With(at.Target, at.Addr.String(), err.Error())
	}
	d, l := c.recall(at.Addr)
	if l == nil {
		return checks.ReasonSecretMissing.With(at.Target, c.Secret)
	}
	select { // an abandoned run may still be on its way out
	case d.asking <- struct{}{}:
		defer func() { <-d.asking }()
	case <-ctx.Done():
		return checks.ReasonNoTime.With(at.Target, at.Addr.String(), "0s", checks.MinWait.String())
	}
	s, why := dial(ctx, at, port, l, d)
	if !why.IsZero() {
		return why
	}
	defer s.close()
	s.now = c.now
	samples, why := s.look(c.Interface)
	if s.first > 0 {
		o.Seconds("response_seconds", s.first)
	}
	if !why.IsZero() {
		return why
	}
	return c.judge(at, d, samples, o)
}

package selftest

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/checks/icmp"
	"fengsui/checks/lab"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name             string
		mode             string
		addrs            string
		routed4, routed6 bool
		now              time.Time
		v4, v6           bool
		notes            []string // parts of the English note
	}{
		{"all is well", icmp.Raw, "10.1.1.2 2001:db8::2", true, true, now, true, true, nil},
		{"ULA", icmp.Unprivileged, "10.1.1.2 fd00::2", true, true, now, true, true, nil},
		{"loopback alone", icmp.Raw, "127.0.0.1 ::1", true, true, now, false, false, []string{"neither"}},
		{"link-local alone", icmp.Raw, "169.254.1.1 fe80::1%eth0", true, true, now, false, false, []string{"neither"}},
		{"addresses without a route", icmp.Raw, "10.1.1.2 2001:db8::2", false, false, now, false, false, []string{"neither"}},
		{"no IPv6", icmp.Raw, "10.1.1.2 fe80::1%eth0", true, true, now, true, false, []string{"no IPv6 here"}},
		{"no IPv4", icmp.Raw, "2001:db8::2", true, true, now, false, true, []string{"no IPv4 here"}},
		{"no ICMP", icmp.None, "10.1.1.2 2001:db8::2", true, true, now, true, true, []string{"ping_group_range"}},
		{"clock never set", icmp.Raw, "10.1.1.2 2001:db8::2", true, true, time.Unix(0, 0), true, true, []string{"1970-01-01"}},
		{"everything at once", icmp.None, "", false, false, time.Unix(0, 0), false, false, []string{"ping_group_range", "neither", "1970-01-01"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var addrs []netip.Addr
			for a := range strings.FieldsSeq(tt.addrs) {
				addrs = append(addrs, netip.MustParseAddr(a))
			}
			f := judge(tt.mode, addrs, tt.routed4, tt.routed6, tt.now)
			if f.V4 != tt.v4 || f.V6 != tt.v6 || f.ICMPMode != tt.mode {
				t.Errorf("got %+v, want v4 %v, v6 %v", f, tt.v4, tt.v6)
			}
			if env := f.Env(); env.NoV4 == tt.v4 || env.NoV6 == tt.v6 {
				t.Errorf("got %+v, want what is missing", env)
			}
			if len(tt.notes) == 0 != (f.NoteEN == "") || (f.NoteEN == "") != (f.NoteZH == "") {
				t.Errorf("got notes %q and %q, want %d in both languages", f.NoteZH, f.NoteEN, len(tt.notes))
			}
			for _, part := range tt.notes {
				if !strings.Contains(f.NoteEN, part) {
					t.Errorf("got note %q, want %q in it", f.NoteEN, part)
				}
			}
		})
	}
}

// TestRoutes reads real tables of a namespace as its network grows.
func TestRoutes(t *testing.T) {
	t.Parallel()
	if !lab.Alone(t) {
		return
	}
	check := func(when string, v4, v6 bool) {
		t.Helper()
		if f := Run(t.Context()); f.V4 != v4 || f.V6 != v6 {
			t.Errorf("%s: got v4 %v, v6 %v; want %v and %v", when, f.V4, f.V6, v4, v6)
		}
	}
	check("only lo", false, false)
	lab.IP(t, "addr add 10.1.1.1/32 dev lo")
	lab.IP(t, "-6 addr add fd00::1/128 dev lo nodad")
	lab.IP(t, "link add v0 type veth peer name v1")
	lab.IP(t, "link set v0 up")
	lab.IP(t, "link set v1 up")
	check("addresses, no route", false, false)
	lab.IP(t, "route add prohibit 192.0.2.0/24")
	lab.IP(t, "-6 route add prohibit 2001:db8::/64")
	check("routes that prohibit", false, false)
	lab.IP(t, "addr add 10.9.0.1/24 dev v0")
	check("IPv4 on the wire", true, false)
	lab.IP(t, "-6 addr add fd09::1/64 dev v0 nodad")
	check("IPv6 on the wire", true, true)
	lab.IP(t, "addr del 10.9.0.1/24 dev v0")
	check("IPv4 gone", false, true)
	lab.IP(t, "link set v0 down")
	check("the wire is cut", false, false)
	lab.IP(t, "route del prohibit 192.0.2.0/24")
	lab.IP(t, "link set v0 up")
	lab.IP(t, "route add 0.0.0.0/0 dev v0 table 100")
	lab.IP(t, "rule add from all lookup 100")
	check("IPv4 by a table of its own", true, false) // a cut wire takes its IPv6 addresses along
}

func TestLoopbackIsAlwaysProbed(t *testing.T) {
	t.Parallel()
	s, err := checks.NewSpec(&icmp.Kind, "127.0.0.1", map[string][]string{"count": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := checks.Run(t.Context(), s, Facts{}.Env()); r.Pair.Reason.Code == "no_family_here" {
		t.Errorf("got %v, want 127.0.0.1 probed on a site without any network", r.Pair)
	}
}

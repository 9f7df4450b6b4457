package snmp_test

import (
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"

	"fengsui/checks"
	"fengsui/checks/snmp"
)

const community = "Hushed-1"

// poll makes a check of the device's interfaces, ready to run again and again.
func poll(t testing.TB, target string, options map[string][]string) checks.Spec {
	t.Helper()
	all := map[string][]string{"interface": {"ge1"}, "secret": {"core"}}
	maps.Copy(all, options)
	s, err := checks.NewSpec(&snmp.Kind, target, all)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check.(checks.Confidant).Confide(community); err != nil {
		t.Fatal(err)
	}
	s.Timeout = 5 * time.Second
	return s
}

func run(t testing.TB, s checks.Spec) checks.Result {
	t.Helper()
	return checks.Run(t.Context(), s, checks.Env{})
}

func get(r checks.Result, key, measurement string) (float64, bool) {
	for _, row := range r.Rows {
		if row.Key == key {
			for i, m := range snmp.Kind.Measurements {
				if m.Name == measurement {
					return row.Values[i], row.Values[i] == row.Values[i]
				}
			}
		}
	}
	return 0, false
}

func want(t testing.TB, r checks.Result, state checks.State, code string, said ...string) {
	t.Helper()
	sentence := checks.NewCatalogue([]*checks.Kind{&snmp.Kind}).Render(r.Pair.Reason, "en")
	if r.Pair.State != state || r.Pair.Reason.Code != code {
		t.Fatalf("got %v %q (%s), want %v %q", r.Pair.State, r.Pair.Reason.Code, sentence, state, code)
	}
	for _, word := range said {
		if !strings.Contains(sentence, word) {
			t.Errorf("got %q, want %q in it", sentence, word)
		}
	}
	if strings.Contains(sentence, community) {
		t.Errorf("the sentence %q gives the community away", sentence)
	}
}

// TestInterfaces: what the verdict is for what a device says of an interface.
func TestInterfaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		says  objects
		floor string
		state checks.State
		code  string
		said  []string
	}{
		{"up", objects{}, "", checks.Up, "", nil},
		{"at the floor", objects{}, "1Gbps", checks.Up, "", nil},
		{"below the floor", objects{"ifHighSpeed": uint32(100)}, "1Gbps", checks.Degraded, "below_floor", []string{"ge1 (100Mbps)", "at least 1Gbps"}},
		{"slow, by ifSpeed", objects{"ifHighSpeed": nil, "ifSpeed": uint32(2_048_000)}, "10Mbps", checks.Degraded, "below_floor", []string{"2.048Mbps"}},
		{"rounded to no speed", objects{"ifHighSpeed": uint32(0), "ifSpeed": uint32(64_000)}, "10Mbps", checks.Degraded, "below_floor", []string{"64kbps"}},
		{"ifSpeed at its top", objects{"ifHighSpeed": nil, "ifSpeed": uint32(1<<32 - 1)}, "100Gbps", checks.Up, "", nil},
		{"a tunnel's speed", objects{"ifType": 131, "ifHighSpeed": uint32(9)}, "1Gbps", checks.Up, "", nil},
		{"a VLAN's speed", objects{"ifType": 135, "ifHighSpeed": uint32(10)}, "1Gbps", checks.Up, "", nil},
		{"no speed", objects{"ifHighSpeed": uint32(0), "ifSpeed": uint32(0)}, "1Gbps", checks.Up, "", nil},
		{"down", objects{"ifOperStatus": 2}, "", checks.Down, "interface_down", []string{"1/1 ge1", "for 1h0m0s"}},
		{"down since before its start", objects{"ifOperStatus": 2, "ifLastChange": uint32(0)}, "", checks.Down, "interface_down", []string{"for ?"}},
		{"switched off", objects{"ifAdminStatus": 2, "ifOperStatus": 2}, "", checks.Down, "admin_down", []string{"switched off", "for 1h0m0s"}},
		{"lower layer down", objects{"ifOperStatus": 7}, "", checks.Down, "interface_down", []string{"ge1 (lower layer down)"}},
		{"dormant", objects{"ifOperStatus": 5}, "", checks.Down, "interface_down", []string{"dormant"}},
		{"not known", objects{"ifOperStatus": 4}, "", checks.Unable, "interface_unknown", []string{"ge1"}},
		{"a status of no MIB", objects{"ifOperStatus": 99}, "", checks.Unable, "interface_unknown", []string{"99"}},
		{"its state is hidden", objects{"ifOperStatus": nil}, "", checks.Unable, "snmp_no_object", []string{"ifOperStatus"}},
		{"another name", objects{"ifName": []byte("ge9"), "ifDescr": []byte("x")}, "", checks.Down, "interface_missing", []string{"1/1 ge1"}},
		{"by ifDescr", objects{"ifName": []byte("1"), "ifDescr": []byte("ge1")}, "", checks.Up, "", nil},
		{"by ifDescr, without ifName", objects{"ifName": nil, "ifDescr": []byte("ge1")}, "", checks.Up, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, version := range []string{"1", "2c"} {
				a := device(t, "ge1")
				a.set(1, tt.says)
				options := map[string][]string{"version": {version}}
				if tt.floor != "" {
					options["floor"] = []string{tt.floor}
				}
				r := run(t, poll(t, a.addr, options))
				want(t, r, tt.state, tt.code, tt.said...)
			}
		})
	}
}

// TestSpeedUnknown: a speed that means nothing is a finding, and no number.
func TestSpeedUnknown(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1", "tun1")
	a.set(2, objects{"ifType": 131})
	r := run(t, poll(t, a.addr, map[string][]string{"interface": {"ge1", "tun1"}}))
	want(t, r, checks.Up, "")
	if v, ok := get(r, "ge1", "speed_bits_per_second"); !ok || v != 1e9 {
		t.Errorf("got speed %v, %v, want 1e9", v, ok)
	}
	if v, ok := get(r, "tun1", "speed_bits_per_second"); ok {
		t.Errorf("got speed %v of a tunnel, want none", v)
	}
	i := slices.IndexFunc(r.Findings, func(f checks.Finding) bool { return f.Rule == snmp.FindingSpeedUnknown })
	if i < 0 || r.Findings[i].Outcome != checks.Fail || r.Findings[i].Evidence != "tun1" {
		t.Errorf("got findings %v, want %s failed by tun1", r.Findings, snmp.FindingSpeedUnknown)
	}
}

// TestWorstFirst: one verdict of several interfaces, and a row of each.
func TestWorstFirst(t *testing.T) {
	t.Parallel()
	names := []string{"up", "slow", "off", "down1", "down2", "odd", "gone"}
	a := device(t, names[:6]...)
	a.set(2, objects{"ifHighSpeed": uint32(10)})
	a.set(3, objects{"ifAdminStatus": 2, "ifOperStatus": 2})
	a.set(4, objects{"ifOperStatus": 2})
	a.set(5, objects{"ifOperStatus": 2, "ifLastChange": uint32(4_999_900)})
	a.set(6, objects{"ifOperStatus": 4})
	s := poll(t, a.addr, map[string][]string{"interface": names, "floor": {"100Mbps"}})
	r := run(t, s)
	want(t, r, checks.Down, "interface_down", "2/7 down1, down2", "for 1h0m0s")
	for i, state := range []checks.State{checks.Up, checks.Degraded, checks.Down, checks.Down, checks.Down, checks.Unable, checks.Down} {
		if v, ok := get(r, names[i], "state"); !ok || v != float64(state) {
			t.Errorf("%s: got state %v, %v, want %v", names[i], v, ok, state)
		}
	}
	for _, next := range []struct {
		index int
		state checks.State
		code  string
	}{{4, checks.Down, "interface_down"}, {5, checks.Down, "admin_down"}, {3, checks.Down, "interface_missing"}} {
		a.set(next.index, objects{"ifAdminStatus": 1, "ifOperStatus": 1})
		want(t, run(t, s), next.state, next.code)
	}
	a.set(7, objects{"ifName": []byte("gone"), "ifAdminStatus": 1, "ifOperStatus": 1, "ifType": 6, "ifHighSpeed": uint32(1000)})
	want(t, run(t, s), checks.Degraded, "below_floor", "1/7 slow (10Mbps)")
	a.set(2, objects{"ifHighSpeed": uint32(1000)})
	want(t, run(t, s), checks.Unable, "interface_unknown")
}

// TestIndexMoves: an index is kept, and found again when it stands for another
// interface, for none, or when the table changed.
func TestIndexMoves(t *testing.T) {
	t.Parallel()
	const ask, walk = gosnmp.GetRequest, gosnmp.GetBulkRequest
	a := device(t, "ge0", "ge1")
	s := poll(t, a.addr, nil)
	step := func(why string, gets, walks int) {
		t.Helper()
		want(t, run(t, s), checks.Up, "")
		n := a.requests()
		if n[ask] != gets || (n[walk] > 0) != (walks > 0) {
			t.Errorf("%s: got %d questions and %d walks, want %d and %d", why, n[ask], n[walk], gets, walks)
		}
	}
	step("first", 1, 1)
	step("kept", 1, 0)
	a.set(1, objects{"ifName": []byte("ge1")})
	a.set(2, objects{"ifName": []byte("ge0")})
	step("swapped", 2, 1)
	step("kept again", 1, 0)
	a.set(0, objects{"ifTableLastChange": uint32(4_999_999)})
	step("the table changed", 2, 1)
	step("and is known", 1, 0)
	a.set(1, objects{"ifName": nil, "ifDescr": nil, "ifType": nil, "ifAdminStatus": nil, "ifOperStatus": nil})
	a.set(2, objects{"ifName": []byte("ge1")})
	step("its row is gone", 2, 1)
}

// TestNamesAlike: two interfaces of one name are nobody's.
func TestNamesAlike(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1", "ge1")
	want(t, run(t, poll(t, a.addr, nil)), checks.Down, "interface_missing", "several of one name")
}

// TestManyRows: a walk goes over all parts of a long table, with GetNext where
// GetBulk fails, and by version 1.
func TestManyRows(t *testing.T) {
	t.Parallel()
	var names []string
	for range 35 {
		names = append(names, "x"+strings.Repeat("y", len(names)))
	}
	last := names[34]
	for _, version := range []string{"1", "2c"} {
		a := device(t, names...)
		s := poll(t, a.addr, map[string][]string{"interface": {last}, "version": {version}})
		want(t, run(t, s), checks.Up, "")
	}
	a := device(t, names...)
	a.does(func(asked, answer *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
		if asked.PDUType == gosnmp.GetBulkRequest {
			answer.Error, answer.Variables = gosnmp.GenErr, asked.Variables
		}
		return []*gosnmp.SnmpPacket{answer}
	})
	s := poll(t, a.addr, map[string][]string{"interface": {last}})
	want(t, run(t, s), checks.Up, "")
	if n := a.requests(); n[gosnmp.GetBulkRequest] != 1 || n[gosnmp.GetNextRequest] < 35 {
		t.Errorf("got %v, want one GetBulk and then GetNext", n)
	}
}

// TestTrouble: what keeps us from looking is never down.
func TestTrouble(t *testing.T) {
	t.Parallel()
	one := func(p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket { return []*gosnmp.SnmpPacket{p} }
	failing := func(e gosnmp.SNMPError) func(asked, answer *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
		return func(asked, answer *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			answer.Error, answer.ErrorIndex, answer.Variables = e, 1, asked.Variables
			return one(answer)
		}
	}
	for _, tt := range []struct {
		name   string
		answer func(asked, answer *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket
		code   string
		said   []string
	}{
		{"silence", func(_, _ *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket { return nil }, "device_silent", []string{"2 times", "wrong community"}},
		{"genErr", failing(gosnmp.GenErr), "snmp_general_error", nil},
		{"tooBig", failing(gosnmp.TooBig), "snmp_too_big", nil},
		{"authorizationError", failing(gosnmp.AuthorizationError), "snmp_error", []string{"AuthorizationError"}},
		{"noSuchName by 2c", failing(gosnmp.NoSuchName), "snmp_error", []string{"NoSuchName"}},
		{"another request", func(_, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			p.RequestID ^= 0x5555
			return one(p)
		}, "snmp_answer_foreign", []string{"none answers"}},
		{"request 0", func(_, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			p.RequestID = 0
			return one(p)
		}, "snmp_answer_foreign", []string{"request id 0"}},
		{"a question", func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			p.PDUType = gosnmp.GetRequest
			return one(p)
		}, "snmp_answer_foreign", nil},
		{"another object", func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			if asked.PDUType == gosnmp.GetRequest {
				p.Variables[9].Name += "1"
			}
			return one(p)
		}, "snmp_answer_foreign", []string{".11 for ."}},
		{"half the objects", func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			if asked.PDUType == gosnmp.GetRequest {
				p.Variables = p.Variables[:5]
			}
			return one(p)
		}, "snmp_answer_foreign", []string{"5 values, 18 asked"}},
		{"no clock", func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			if asked.PDUType == gosnmp.GetRequest {
				p.Variables[0].Type, p.Variables[0].Value = gosnmp.NoSuchObject, nil
			}
			return one(p)
		}, "snmp_no_object", []string{"sysUpTime"}},
		{"no interfaces to see", func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			for i := range p.Variables {
				p.Variables[i] = gosnmp.SnmpPDU{Name: asked.Variables[0].Name, Type: gosnmp.EndOfMibView}
			}
			return one(p)
		}, "snmp_no_object", []string{"ifDescr"}},
		{"a walk in a circle", func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
			for i := range p.Variables {
				p.Variables[i] = gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.1.1.1.1.7", Type: gosnmp.OctetString, Value: []byte("loop")}
			}
			return one(p)
		}, "snmp_walk_endless", []string{".1.7 behind"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := device(t, "ge1")
			a.does(tt.answer)
			s := poll(t, a.addr, nil)
			s.Timeout = 600 * time.Millisecond
			r := run(t, s)
			want(t, r, checks.Unable, tt.code, tt.said...)
			if r.Duration > s.Timeout+400*time.Millisecond {
				t.Errorf("took %v, want at most %v", r.Duration, s.Timeout)
			}
		})
	}
}

// TestWalkWithoutEnd: rows that rise for ever end at a bound or the deadline.
func TestWalkWithoutEnd(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1")
	row := 0
	a.does(func(asked, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
		for i := range p.Variables {
			row++
			p.Variables[i] = gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.1.1.1.1." + strconv.Itoa(row), Type: gosnmp.OctetString, Value: []byte("other")}
		}
		return []*gosnmp.SnmpPacket{p}
	})
	s := poll(t, a.addr, nil)
	s.Timeout = 20 * time.Second
	want(t, run(t, s), checks.Unable, "snmp_walk_endless", "20001 rows")
}

// TestSlowWalk: a table that does not come to its end in time says so.
func TestSlowWalk(t *testing.T) {
	t.Parallel()
	a := device(t, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m")
	asked := 0
	a.does(func(_, p *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket {
		if asked++; asked > 1 {
			return nil
		}
		return []*gosnmp.SnmpPacket{p}
	})
	s := poll(t, a.addr, nil)
	s.Timeout = 400 * time.Millisecond
	want(t, run(t, s), checks.Unable, "snmp_walk_cut", "only 10 rows")
}

// TestBytesThatAreNoSNMP: whatever comes, it is the device's silence or a
// foreign answer, never a verdict on the line.
func TestBytesThatAreNoSNMP(t *testing.T) {
	t.Parallel()
	for _, bytes := range []string{"", "\x00", "0\x84\xff\xff\xff\xff", "GET / HTTP/1.1\r\n\r\n", "0\x03\x02\x01\x01", strings.Repeat("0", 60_000)} {
		a := newAgent(t)
		a.says(func([]byte) [][]byte { return [][]byte{[]byte(bytes)} })
		s := poll(t, a.addr, nil)
		s.Timeout = 500 * time.Millisecond
		want(t, run(t, s), checks.Unable, "snmp_unreadable")
	}
}

// TestClosed: a device without SNMP at the port is told from a silent one.
func TestClosed(t *testing.T) {
	t.Parallel()
	// A socket that talks to somebody else owns its port and takes nothing of
	// ours: nobody else can get the port, and the kernel says unreachable.
	conn, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := poll(t, conn.LocalAddr().String(), nil)
	want(t, run(t, s), checks.Unable, "snmp_closed")
}

// TestStops: a run ends when the program stops, though the device is silent.
func TestStops(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	got := make(chan struct{}, 8)
	a.says(func([]byte) [][]byte { got <- struct{}{}; return nil })
	s := poll(t, a.addr, nil)
	s.Timeout = time.Minute
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-got; stop() }()
	r := checks.Run(ctx, s, checks.Env{})
	want(t, r, checks.Unable, "stopped")
	if r.Duration > time.Second {
		t.Errorf("took %v to stop, want at once", r.Duration)
	}
}

// TestLabelsAreOurs: what a device calls things never becomes a label, and
// what is said of it is UTF-8.
func TestLabelsAreOurs(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1")
	a.set(2, objects{"ifName": []byte("\xc7\xe0\xb8\xa3"), "ifDescr": []byte("\xff\xfe"), "ifOperStatus": 1, "ifAdminStatus": 1})
	r := run(t, poll(t, a.addr, map[string][]string{"interface": {"ge1", "青福"}}))
	want(t, r, checks.Down, "interface_missing", "青福")
	for _, row := range r.Rows {
		if row.Key != "" && row.Key != "ge1" && row.Key != "青福" {
			t.Errorf("got row %q, want those that were asked for", row.Key)
		}
	}
	for _, arg := range r.Pair.Reason.Args {
		if !utf8.ValidString(arg.Value) {
			t.Errorf("got %q, want UTF-8", arg.Value)
		}
	}
}

// TestNoSecret: without its secret a check looks at nothing.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1")
	s, err := checks.NewSpec(&snmp.Kind, a.addr, map[string][]string{"interface": {"ge1"}, "secret": {"secret:core@1f"}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, run(t, s), checks.Unable, "secret_missing", "secret:core@1f")
	if n := a.requests(); len(n) > 0 {
		t.Errorf("the device was asked %v, want nothing", n)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		target  string
		options map[string][]string
		says    string // empty: taken
	}{
		{"192.0.2.1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}}, ""},
		{"[2001:db8::1]:1161", map[string][]string{"interface": {"ge1", "GigabitEthernet0/0/1", "Vlanif 100"}, "secret": {"x"}, "version": {"3"}, "floor": {"1.5Gbps"}}, ""},
		{"core.example:0", map[string][]string{"interface": {"ge1"}, "secret": {"x"}}, "the port"},
		{"core/1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}}, "want a device"},
		{"192.0.2.1", map[string][]string{"secret": {"x"}}, `"interface" is missing`},
		{"192.0.2.1", map[string][]string{"interface": {"ge1"}}, `"secret" is missing`},
		{"192.0.2.1", map[string][]string{"interface": {"ge1", "ge1"}, "secret": {"x"}}, "twice"},
		{"192.0.2.1", map[string][]string{"interface": {" ge1"}, "secret": {"x"}}, "without spaces"},
		{"192.0.2.1", map[string][]string{"interface": {""}, "secret": {"x"}}, "1 to 128"},
		{"192.0.2.1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}, "version": {"2"}}, "1, 2c, 3"},
		{"192.0.2.1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}, "floor": {"100M"}}, "100Mbps"},
		{"192.0.2.1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}, "floor": {"-1Mbps"}}, "100Mbps"},
		{"192.0.2.1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}, "floor": {"NaNMbps"}}, "100Mbps"},
		{"192.0.2.1", map[string][]string{"interface": make([]string, 257), "secret": {"x"}}, "at most 256"},
	} {
		_, err := checks.NewSpec(&snmp.Kind, tt.target, tt.options)
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s %v: got %v, want it taken", tt.target, tt.options, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s %v: got %v, want an error with %q", tt.target, tt.options, err, tt.says)
		}
	}
}

// TestSecrets: which secrets are taken; an error never repeats one.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const v3 = "user=ops\nauth=SHA256:longphrase\npriv=AES:otherphrase\n"
	for _, tt := range []struct{ version, value, says string }{
		{"2c", "Hushed-1", ""}, {"2c", "Hushed-1\n", ""}, {"1", "口令", ""},
		{"2c", "", "a community"}, {"2c", "Hushed\n2", "a community"}, {"2c", strings.Repeat("Hushed", 60), "a community"}, {"2c", v3, "a community"},
		{"3", v3, ""}, {"3", "user=ops", ""}, {"3", "user=ops\r\nauth=SHA512:with:colon=and more\r\n", ""},
		{"3", "Hushed-1", "line 1 has no"}, {"3", "", "no user"}, {"3", "auth=SHA:longphrase", "no user"}, {"3", "user=", "1 to 32"},
		{"3", "user=ops\nuser=Hushed", "line 2 says the same"}, {"3", "user=ops\npriv=AES:HushedHushed", "no line auth"},
		{"3", "user=ops\nauth=SHA3:HushedHushed", "line 2: want PROTOCOL"}, {"3", "user=ops\nauth=SHA256:Hushed", "at least 8"},
		{"3", "user=ops\nauth=HushedHushed", "want PROTOCOL"}, {"3", "user=ops\nHushed=1", "another word"},
	} {
		s, err := checks.NewSpec(&snmp.Kind, "192.0.2.1", map[string][]string{"interface": {"ge1"}, "secret": {"x"}, "version": {tt.version}})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Check.(checks.Confidant).Confide(tt.value)
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("version %s, %q: got %v, want it taken", tt.version, tt.value, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("version %s, %q: got %v, want an error with %q", tt.version, tt.value, err, tt.says)
		case err != nil && strings.Contains(err.Error(), "Hushed"):
			t.Errorf("version %s: %v repeats the secret", tt.version, err)
		}
	}
}

// TestRates: what two runs of one check make of its counters, and what a third
// behind a restart of the device does.
func TestRates(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1", "ge2")
	s := poll(t, a.addr, map[string][]string{"interface": {"ge1", "ge2"}})
	s.Interval = time.Minute
	now := time.Now()
	snmp.SetClock(s.Check, func() time.Time { return now })
	rates := func(r checks.Result, name string) (all []float64) {
		for _, m := range snmp.Kind.Measurements {
			if v, ok := get(r, name, m.Name); ok && strings.HasSuffix(m.Name, "per_second") && m.Name != "speed_bits_per_second" {
				all = append(all, v)
			}
		}
		return all
	}
	r := run(t, s)
	if got := rates(r, "ge1"); got != nil {
		t.Errorf("got rates %v in the first run", got)
	}
	if v, ok := get(r, "ge1", "receive_bytes_total"); !ok || v != 1<<40 {
		t.Errorf("got %v, %v received, want 2^40", v, ok)
	}
	if v, ok := get(r, "", "uptime_seconds"); !ok || v != 50_000 {
		t.Errorf("got uptime %v, %v, want 50000", v, ok)
	}

	now = now.Add(time.Minute)
	a.set(0, objects{"sysUpTime": uint32(5_006_000)})
	a.set(1, objects{"ifHCInOctets": uint64(1)<<40 + 7_500_000, "ifHCOutOctets": uint64(1)<<41 + 750,
		"ifInErrors": uint32(65), "ifOutErrors": uint32(6), "ifInDiscards": uint32(127), "ifOutDiscards": uint32(8)})
	a.set(2, objects{"ifHCInOctets": uint64(1)<<40 - 1, "ifHCOutOctets": uint64(1) << 62})
	r = run(t, s)
	if got, want := rates(r, "ge1"), []float64{1e6, 100, 1, 0, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("got rates %v, want %v", got, want)
	}
	if got, want := rates(r, "ge2"), []float64{0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("got rates %v of a counter that went back and one beyond its line, want those of errors alone", got)
	}
	for rule, outcome := range map[string]checks.Outcome{snmp.FindingCountersAbove: checks.Fail, snmp.FindingDeviceClock: checks.Pass} {
		if i := slices.IndexFunc(r.Findings, func(f checks.Finding) bool { return f.Rule == rule }); i < 0 || r.Findings[i].Outcome != outcome {
			t.Errorf("got findings %v, want %s %v", r.Findings, rule, outcome)
		}
	}

	now = now.Add(time.Minute)
	a.set(0, objects{"sysUpTime": uint32(1000)})
	a.set(1, objects{"ifHCInOctets": uint64(1) << 50, "ifLastChange": uint32(900)})
	if got := rates(run(t, s), "ge1"); got != nil {
		t.Errorf("got rates %v across a restart", got)
	}
	now = now.Add(time.Minute)
	a.set(0, objects{"sysUpTime": uint32(7000)})
	if got := rates(run(t, s), "ge1"); len(got) != 6 {
		t.Errorf("got rates %v after the restart, want six", got)
	}
}

// TestReports: the ways in which a device of version 3 refuses are told apart,
// though it cannot authenticate what it says.
func TestReports(t *testing.T) {
	t.Parallel()
	const stats = ".1.3.6.1.6.3.15.1.1."
	for oid, code := range map[string]string{
		stats + "1.0": "snmp_level_refused", stats + "2.0": "snmp_time_window", stats + "3.0": "snmp_user_unknown",
		stats + "5.0": "snmp_auth_wrong", stats + "6.0": "snmp_privacy_wrong", ".1.3.6.1.6.3.11.2.1.3.0": "snmp_report", "": "snmp_user_silent",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			a := newAgent(t)
			asked := 0
			a.says(func(in []byte) [][]byte {
				says := oid
				if asked++; asked == 1 {
					says = stats + "4.0" // whoever asks without an engine is told it
				}
				if says == "" {
					return nil
				}
				return [][]byte{report(t, in, says)}
			})
			s, err := checks.NewSpec(&snmp.Kind, a.addr, map[string][]string{"interface": {"ge1"}, "secret": {"core"}, "version": {"3"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check.(checks.Confidant).Confide("user=ops\nauth=SHA:" + community + "\npriv=AES:" + community); err != nil {
				t.Fatal(err)
			}
			s.Timeout = time.Second
			want(t, run(t, s), checks.Unable, code)
		})
	}
}

// TestVersion3: a device of version 3, authenticated and encrypted, is asked
// for its engine and then read as any other.
func TestVersion3(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		auth string
		a    gosnmp.SnmpV3AuthProtocol
		priv string
		p    gosnmp.SnmpV3PrivProtocol
	}{{"SHA256", gosnmp.SHA256, "AES", gosnmp.AES}, {"MD5", gosnmp.MD5, "DES", gosnmp.DES}, {"SHA512", gosnmp.SHA512, "AES256C", gosnmp.AES256C}, {"SHA", gosnmp.SHA, "", gosnmp.NoPriv}} {
		t.Run(tt.auth+tt.priv, func(t *testing.T) {
			t.Parallel()
			a := device(t, "ge1")
			secret := "user=ops\nauth=" + tt.auth + ":authphrase\n"
			flags := gosnmp.AuthNoPriv
			if tt.priv != "" {
				secret += "priv=" + tt.priv + ":privphrase\n"
				flags = gosnmp.AuthPriv
			}
			first := true
			a.says(func(in []byte) [][]byte {
				if first { // whoever asks without an engine is told it
					first = false
					return [][]byte{report(t, in, ".1.3.6.1.6.3.15.1.1.4.0")}
				}
				usm := &gosnmp.UsmSecurityParameters{
					UserName: "ops", AuthoritativeEngineID: engine, AuthoritativeEngineBoots: 1, AuthoritativeEngineTime: 7,
					AuthenticationProtocol: tt.a, AuthenticationPassphrase: "authphrase", PrivacyProtocol: tt.p, PrivacyPassphrase: "privphrase",
				}
				if err := usm.InitSecurityKeys(); err != nil {
					t.Error(err)
				}
				g := &gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: flags, ContextEngineID: engine, SecurityParameters: usm}
				asked, err := g.SnmpDecodePacket(in)
				if err != nil {
					t.Errorf("the device cannot read the question: %v", err)
					return nil
				}
				g.SetRequestID(asked.RequestID - 1) // the encoder counts on
				g.SetMsgID(asked.MsgID - 1)
				out, err := g.SnmpEncodePacket(gosnmp.GetResponse, a.reply(asked).Variables, 0, 0)
				if err != nil {
					t.Errorf("the device cannot write its answer: %v", err)
				}
				return [][]byte{out}
			})
			s, err := checks.NewSpec(&snmp.Kind, a.addr, map[string][]string{"interface": {"ge1"}, "secret": {"core"}, "version": {"3"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check.(checks.Confidant).Confide(secret); err != nil {
				t.Fatal(err)
			}
			s.Timeout = 5 * time.Second
			r := run(t, s)
			want(t, r, checks.Up, "")
			if v, ok := get(r, "ge1", "receive_bytes_total"); !ok || v != 1<<40 {
				t.Errorf("got %v, %v received, want 2^40", v, ok)
			}
		})
	}
}

const engine = "\x80\x00\x1f\x88\x04test"

// report is what a device of version 3 says when it refuses a message: plain,
// with its engine.
func report(t *testing.T, in []byte, oid string) []byte {
	g := &gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.NoAuthNoPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "-"}}
	q, _ := g.SnmpDecodePacket(in) // the header is all that is needed
	out, err := (&gosnmp.SnmpPacket{
		Version: gosnmp.Version3, MsgID: q.MsgID, MsgMaxSize: 65507, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.NoAuthNoPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{AuthoritativeEngineID: engine, AuthoritativeEngineBoots: 1, AuthoritativeEngineTime: 7},
		ContextEngineID:    engine, PDUType: gosnmp.Report, Variables: []gosnmp.SnmpPDU{{Name: oid, Type: gosnmp.Counter32, Value: uint32(1)}},
	}).MarshalMsg()
	if err != nil {
		t.Errorf("the device's report cannot be written: %v", err)
	}
	return out
}

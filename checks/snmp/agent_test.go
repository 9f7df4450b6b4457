package snmp_test

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gosnmp/gosnmp"
)

// An agent is a device's SNMP, versions 1 and 2c, that does what a test wants.
type agent struct {
	addr string

	mu     sync.Mutex
	mib    map[string]value
	asked  []gosnmp.PDUType
	bytes  int                                                         // both ways, with the headers of IPv6
	answer func(asked, answer *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket // nil: as it is
	raw    func(asked []byte) [][]byte                                 // nil: as answer says
}

type value struct {
	kind gosnmp.Asn1BER
	v    any
}

func newAgent(t testing.TB) *agent {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{addr: conn.LocalAddr().String(), mib: map[string]value{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 65535)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			for _, out := range a.serve(t, buf[:n]) {
				conn.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return a
}

func (a *agent) serve(t testing.TB, in []byte) (out [][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.raw != nil {
		return a.raw(in)
	}
	asked, err := (&gosnmp.GoSNMP{}).SnmpDecodePacket(in)
	if err != nil {
		t.Errorf("the device got what is no SNMP: %v", err)
		return nil
	}
	const headers = 48
	a.asked = append(a.asked, asked.PDUType)
	a.bytes += len(in) + headers
	defer func() {
		for _, b := range out {
			a.bytes += len(b) + headers
		}
	}()
	answers := []*gosnmp.SnmpPacket{a.reply(asked)}
	if a.answer != nil {
		answers = a.answer(asked, answers[0])
	}
	for _, p := range answers {
		b, err := p.MarshalMsg()
		if err != nil {
			t.Errorf("the device's answer cannot be written: %v", err)
		}
		out = append(out, b)
	}
	return out
}

// reply answers as RFC 1157 and RFC 3416 have it.
func (a *agent) reply(asked *gosnmp.SnmpPacket) *gosnmp.SnmpPacket {
	p := &gosnmp.SnmpPacket{Version: asked.Version, Community: asked.Community, PDUType: gosnmp.GetResponse, RequestID: asked.RequestID}
	old := asked.Version == gosnmp.Version1
	for i, v := range asked.Variables {
		name := v.Name
		times := 1
		if asked.PDUType == gosnmp.GetBulkRequest {
			times = int(asked.MaxRepetitions)
		}
		for range times {
			got, there := a.mib[name]
			if asked.PDUType != gosnmp.GetRequest {
				name, got, there = a.behind(name)
			}
			switch {
			case old && (!there || got.kind == gosnmp.Counter64):
				p.Error, p.ErrorIndex, p.Variables = gosnmp.NoSuchName, uint8(i+1), asked.Variables
				return p
			case there:
				p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: name, Type: got.kind, Value: got.v})
			case asked.PDUType == gosnmp.GetRequest:
				p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: name, Type: gosnmp.NoSuchInstance})
			default:
				p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: name, Type: gosnmp.EndOfMibView})
			}
		}
	}
	return p
}

func (a *agent) behind(oid string) (string, value, bool) {
	var names []string
	for name := range a.mib {
		if order(name, oid) > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return oid, value{}, false
	}
	next := slices.MinFunc(names, order)
	return next, a.mib[next], true
}

func order(a, b string) int {
	numbers := func(s string) (all []int) {
		for _, part := range strings.Split(strings.Trim(s, "."), ".") {
			n, _ := strconv.Atoi(part)
			all = append(all, n)
		}
		return all
	}
	x, y := numbers(a), numbers(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return cmp.Compare(x[i], y[i])
		}
	}
	return cmp.Compare(len(x), len(y))
}

// set changes objects of the device; nil takes them away.
func (a *agent) set(index int, objects map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, v := range objects {
		o, ok := objectNames[name]
		if !ok {
			panic("no object " + name)
		}
		oid := o.oid
		if index > 0 {
			oid += "." + strconv.Itoa(index)
		}
		if v == nil {
			delete(a.mib, oid)
			continue
		}
		a.mib[oid] = value{o.kind, v}
	}
}

// does makes the device do something with its answers.
func (a *agent) does(f func(asked, answer *gosnmp.SnmpPacket) []*gosnmp.SnmpPacket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = f
}

// says makes the device say bytes of its own.
func (a *agent) says(f func(asked []byte) [][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.raw = f
}

// requests counts what the device was asked since the last call.
func (a *agent) requests() map[gosnmp.PDUType]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := map[gosnmp.PDUType]int{}
	for _, t := range a.asked {
		n[t]++
	}
	a.asked = nil
	return n
}

type objects = map[string]any

var objectNames = map[string]struct {
	oid  string
	kind gosnmp.Asn1BER
}{
	"sysUpTime":                  {".1.3.6.1.2.1.1.3.0", gosnmp.TimeTicks},
	"ifTableLastChange":          {".1.3.6.1.2.1.31.1.5.0", gosnmp.TimeTicks},
	"ifDescr":                    {".1.3.6.1.2.1.2.2.1.2", gosnmp.OctetString},
	"ifType":                     {".1.3.6.1.2.1.2.2.1.3", gosnmp.Integer},
	"ifSpeed":                    {".1.3.6.1.2.1.2.2.1.5", gosnmp.Gauge32},
	"ifAdminStatus":              {".1.3.6.1.2.1.2.2.1.7", gosnmp.Integer},
	"ifOperStatus":               {".1.3.6.1.2.1.2.2.1.8", gosnmp.Integer},
	"ifLastChange":               {".1.3.6.1.2.1.2.2.1.9", gosnmp.TimeTicks},
	"ifInOctets":                 {".1.3.6.1.2.1.2.2.1.10", gosnmp.Counter32},
	"ifInDiscards":               {".1.3.6.1.2.1.2.2.1.13", gosnmp.Counter32},
	"ifInErrors":                 {".1.3.6.1.2.1.2.2.1.14", gosnmp.Counter32},
	"ifOutOctets":                {".1.3.6.1.2.1.2.2.1.16", gosnmp.Counter32},
	"ifOutDiscards":              {".1.3.6.1.2.1.2.2.1.19", gosnmp.Counter32},
	"ifOutErrors":                {".1.3.6.1.2.1.2.2.1.20", gosnmp.Counter32},
	"ifName":                     {".1.3.6.1.2.1.31.1.1.1.1", gosnmp.OctetString},
	"ifHCInOctets":               {".1.3.6.1.2.1.31.1.1.1.6", gosnmp.Counter64},
	"ifHCOutOctets":              {".1.3.6.1.2.1.31.1.1.1.10", gosnmp.Counter64},
	"ifHighSpeed":                {".1.3.6.1.2.1.31.1.1.1.15", gosnmp.Gauge32},
	"ifAlias":                    {".1.3.6.1.2.1.31.1.1.1.18", gosnmp.OctetString},
	"ifCounterDiscontinuityTime": {".1.3.6.1.2.1.31.1.1.1.19", gosnmp.TimeTicks},
}

// device is one with interfaces of 1 Gbit/s, all up, by their names.
func device(t testing.TB, names ...string) *agent {
	a := newAgent(t)
	a.set(0, objects{"sysUpTime": uint32(5_000_000), "ifTableLastChange": uint32(100)})
	for i, name := range names {
		a.set(i+1, objects{
			"ifDescr": []byte("descr " + name), "ifName": []byte(name), "ifType": 6, "ifSpeed": uint32(1_000_000_000), "ifHighSpeed": uint32(1000),
			"ifAdminStatus": 1, "ifOperStatus": 1, "ifLastChange": uint32(4_640_000), "ifCounterDiscontinuityTime": uint32(0),
			"ifInOctets": uint32(1000), "ifOutOctets": uint32(2000), "ifHCInOctets": uint64(1) << 40, "ifHCOutOctets": uint64(1) << 41,
			"ifInErrors": uint32(5), "ifOutErrors": uint32(6), "ifInDiscards": uint32(7), "ifOutDiscards": uint32(8),
			"ifAlias": []byte("\xc7\xe0\xb8\xa3\xd5\xf2"), // 青福镇 in GBK
		})
	}
	return a
}

package snmp

import (
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"fengsui/checks"
)

// Objects of the device (SNMPv2-MIB, IF-MIB).
const (
	sysUpTime   = ".1.3.6.1.2.1.1.3.0"
	tableChange = ".1.3.6.1.2.1.31.1.5.0" // ifTableLastChange
)

// Columns of ifTable and ifXTable (RFC 2863), each with an ifIndex behind.
const (
	ifDescr         = ".1.3.6.1.2.1.2.2.1.2"
	ifType          = ".1.3.6.1.2.1.2.2.1.3"
	ifSpeed         = ".1.3.6.1.2.1.2.2.1.5"
	ifAdminStatus   = ".1.3.6.1.2.1.2.2.1.7"
	ifOperStatus    = ".1.3.6.1.2.1.2.2.1.8"
	ifLastChange    = ".1.3.6.1.2.1.2.2.1.9"
	ifInOctets      = ".1.3.6.1.2.1.2.2.1.10"
	ifInDiscards    = ".1.3.6.1.2.1.2.2.1.13"
	ifInErrors      = ".1.3.6.1.2.1.2.2.1.14"
	ifOutOctets     = ".1.3.6.1.2.1.2.2.1.16"
	ifOutDiscards   = ".1.3.6.1.2.1.2.2.1.19"
	ifOutErrors     = ".1.3.6.1.2.1.2.2.1.20"
	ifName          = ".1.3.6.1.2.1.31.1.1.1.1"
	ifHCInOctets    = ".1.3.6.1.2.1.31.1.1.1.6"
	ifHCOutOctets   = ".1.3.6.1.2.1.31.1.1.1.10"
	ifHighSpeed     = ".1.3.6.1.2.1.31.1.1.1.15"
	ifDiscontinuity = ".1.3.6.1.2.1.31.1.1.1.19" // ifCounterDiscontinuityTime
)

// columns are asked for of each interface beside its name, in one PDU with the
// device's own objects, so that all are of one instant.
var columns = []string{
	ifType, ifSpeed, ifAdminStatus, ifOperStatus, ifLastChange, ifInOctets, ifOutOctets, ifInDiscards, ifInErrors,
	ifOutDiscards, ifOutErrors, ifHCInOctets, ifHCOutOctets, ifHighSpeed, ifDiscontinuity,
}

// A place is where an interface stands in the tables.
type place struct {
	index  string
	column string // ifName or ifDescr: by which it was found
}

// A sample is what one PDU said of an interface.
type sample struct {
	place
	name    string
	numbers map[string]uint64 // by column, or object of the device; what is not there has none
	at      time.Time         // by the monotonic clock, when it came
}

// has says whether all of these were told.
func (s *sample) has(columns ...string) bool {
	for _, c := range columns {
		if _, ok := s.numbers[c]; !ok {
			return false
		}
	}
	return true
}

// number reads a value of a type that its column may have. Of other types, and
// of NoSuchObject, nothing is known: a zero would be a lie.
func number(v gosnmp.SnmpPDU) (uint64, bool) {
	switch v.Type {
	case gosnmp.Integer, gosnmp.Counter32, gosnmp.Gauge32, gosnmp.TimeTicks, gosnmp.Counter64, gosnmp.Uinteger32:
	default:
		return 0, false
	}
	switch n := v.Value.(type) {
	case int:
		return uint64(n), n >= 0
	case uint:
		return uint64(n), true
	case uint32:
		return uint64(n), true
	case uint64:
		return n, true
	}
	return 0, false
}

// A verdict on whether an index still stands for the interface.
type standing int

const (
	fits standing = iota
	moved
	gone   // nothing is there
	hidden // something is there, and the device does not give its state
)

// get asks for an interface at its place. A device of version 1 refuses the
// whole PDU for one object that it has not got: that one is left out from
// then on. A device whose answer is too big for it is not asked in parts, for
// then it would be of two instants.
func (s *session) get(name string, p place) (*sample, standing, checks.Reason) {
	for {
		var asked []string // columns or objects of the device
		for _, c := range append([]string{sysUpTime, tableChange, p.column}, columns...) {
			if !s.d.without[c] {
				asked = append(asked, c)
			}
		}
		oids := make([]string, len(asked))
		for i, c := range asked {
			oids[i] = c
			if c != sysUpTime && c != tableChange {
				oids[i] += "." + p.index
			}
		}
		packet, why := s.ask(func() (*gosnmp.SnmpPacket, error) { return s.g.Get(oids) })
		if packet != nil && packet.Error == gosnmp.NoSuchName && s.g.Version == gosnmp.Version1 {
			i := int(packet.ErrorIndex) - 1
			switch {
			case i < 0 || i >= len(asked):
				return nil, gone, why
			case asked[i] == p.column:
				return nil, gone, checks.Reason{}
			case asked[i] == ifAdminStatus, asked[i] == ifOperStatus:
				return nil, hidden, checks.Reason{}
			case asked[i] == sysUpTime:
				return nil, gone, reasonNoObject.With(s.at.Target, s.at.Addr.String(), "sysUpTime")
			}
			s.d.without[asked[i]] = true
			continue
		}
		if !why.IsZero() {
			return nil, gone, why
		}
		return s.read(name, p, asked, oids, packet.Variables)
	}
}

// read reads an answer to get.
func (s *session) read(name string, p place, asked, oids []string, got []gosnmp.SnmpPDU) (*sample, standing, checks.Reason) {
	address := s.at.Addr.String()
	if len(got) != len(oids) {
		return nil, gone, reasonForeign.With(s.at.Target, address, strconv.Itoa(len(got))+" values, "+strconv.Itoa(len(oids))+" asked")
	}
	one := &sample{place: p, name: name, numbers: map[string]uint64{}, at: s.now()}
	same := false
	for i, v := range got {
		if v.Name != oids[i] {
			return nil, gone, reasonForeign.With(s.at.Target, address, "the object "+v.Name+" for "+oids[i])
		}
		if asked[i] == p.column {
			text, _ := v.Value.([]byte)
			same = v.Type == gosnmp.OctetString && string(text) == name
			continue
		}
		if n, ok := number(v); ok {
			one.numbers[asked[i]] = n
		}
	}
	switch {
	case !one.has(sysUpTime):
		return nil, gone, reasonNoObject.With(s.at.Target, address, "sysUpTime")
	case !same:
		return nil, moved, checks.Reason{}
	case !one.has(ifAdminStatus, ifOperStatus):
		return nil, hidden, checks.Reason{}
	}
	return one, fits, checks.Reason{}
}

// suffix is the index of an object below a column.
func suffix(oid, column string) (string, bool) {
	index, ok := strings.CutPrefix(oid, column+".")
	if !ok {
		return "", false
	}
	_, err := strconv.ParseUint(index, 10, 31)
	return index, err == nil
}

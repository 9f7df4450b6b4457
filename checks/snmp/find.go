package snmp

import (
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"

	"fengsui/checks"
)

const (
	// bulk is how many rows are asked for at once: more do not fit into one
	// datagram of every device.
	bulk = 10
	// mostRows bounds a walk; large devices have some thousand interfaces.
	mostRows = 20_000
)

var (
	reasonEndless = checks.Declaration{Code: "snmp_walk_endless", State: checks.Unable, Args: []string{"target", "address", "seen"},
		ZH: "遍历设备 {target}（{address}）的接口表没有尽头：{seen}（应为：逐行递增并结束），无法判断其接口",
		EN: "the table of interfaces of the device {target} ({address}) has no end: {seen}, want rows that rise and end; its interfaces cannot be judged"}
	reasonLongWalk = checks.Declaration{Code: "snmp_walk_cut", State: checks.Unable, Args: []string{"target", "address", "rows"},
		ZH: "遍历设备 {target}（{address}）的接口表，超时前只读到 {rows} 行（应为：读完，请调大 timeout），无法判断其接口",
		EN: "of the table of interfaces of the device {target} ({address}) only {rows} rows came before the timeout, want all of them; raise the timeout; its interfaces cannot be judged"}
)

// look asks for all interfaces. Where an index no longer stands for its
// interface the table is walked anew, once. An interface that is not there has
// no sample.
func (s *session) look(names []string) (map[string]*sample, checks.Reason) {
	walked := false
	find := func() checks.Reason {
		walked = true
		return s.find(names)
	}
	for _, name := range names {
		if _, ok := s.d.index[name]; !ok {
			if why := find(); !why.IsZero() {
				return nil, why
			}
			break
		}
	}
	seen := map[string]*sample{}
	for _, name := range names {
		for {
			p, ok := s.d.index[name]
			if !ok {
				break
			}
			one, stands, why := s.get(name, p)
			if !why.IsZero() {
				return nil, why
			}
			changed := stands == fits && one.numbers[tableChange] != uint64(s.d.tableChange)
			if stands == fits && (!changed || walked) {
				s.d.tableChange = uint32(one.numbers[tableChange])
				seen[name] = one
				break
			}
			switch {
			case !walked:
			case stands == hidden:
				return nil, reasonNoObject.With(s.at.Target, s.at.Addr.String(), "ifOperStatus")
			default:
				delete(s.d.index, name)
				continue
			}
			if why := find(); !why.IsZero() {
				return nil, why
			}
		}
	}
	return seen, checks.Reason{}
}

// find finds where the interfaces stand: by ifName, and those that it does not
// know by ifDescr. Of two rows that are called alike neither is taken.
func (s *session) find(names []string) checks.Reason {
	clear(s.d.index)
	rows := 0
	for _, column := range []string{ifName, ifDescr} {
		wanted := map[string]bool{}
		for _, name := range names {
			if _, ok := s.d.index[name]; !ok {
				wanted[name] = true
			}
		}
		if len(wanted) == 0 {
			break
		}
		twice := map[string]bool{}
		why := s.walk(column, func(index, text string) {
			rows++
			switch _, ok := s.d.index[text]; {
			case !wanted[text]:
			case ok:
				twice[text] = true
			default:
				s.d.index[text] = place{index, column}
			}
		})
		if !why.IsZero() {
			clear(s.d.index)
			return why
		}
		for name := range twice {
			delete(s.d.index, name)
		}
	}
	if rows == 0 { // what this site may not see is not missing
		return reasonNoObject.With(s.at.Target, s.at.Addr.String(), "ifDescr")
	}
	return checks.Reason{}
}

// walk hands out the rows of a column. It asks for each part itself: the
// library's own walks end without an error where the device gave one.
func (s *session) walk(column string, row func(index, text string)) checks.Reason {
	address := s.at.Addr.String()
	last, rows := column, 0
	for {
		packet, why := s.next(last)
		switch {
		case packet != nil && packet.Error == gosnmp.NoSuchName && s.g.Version == gosnmp.Version1:
			return checks.Reason{} // version 1 says so at the end of everything
		case !why.IsZero() && rows > 0 && why.Code == reasonSilent.Code:
			return reasonLongWalk.With(s.at.Target, address, strconv.Itoa(rows))
		case !why.IsZero():
			return why
		case len(packet.Variables) == 0:
			return reasonForeign.With(s.at.Target, address, "no object behind "+last)
		}
		for _, v := range packet.Variables {
			index, inside := suffix(v.Name, column)
			if !inside || v.Type == gosnmp.EndOfMibView || v.Type == gosnmp.NoSuchObject || v.Type == gosnmp.NoSuchInstance {
				return checks.Reason{}
			}
			if !rises(last, v.Name) {
				return reasonEndless.With(s.at.Target, address, v.Name+" behind "+last)
			}
			last = v.Name
			if rows++; rows > mostRows {
				return reasonEndless.With(s.at.Target, address, strconv.Itoa(rows)+" rows")
			}
			if text, ok := v.Value.([]byte); ok && v.Type == gosnmp.OctetString {
				row(index, string(text))
			}
		}
	}
}

// next asks for what is behind an object: with GetBulk, and with GetNext where
// the device cannot do that.
func (s *session) next(last string) (*gosnmp.SnmpPacket, checks.Reason) {
	if s.g.Version != gosnmp.Version1 && !s.d.noBulk {
		packet, why := s.ask(func() (*gosnmp.SnmpPacket, error) { return s.g.GetBulk([]string{last}, 0, bulk) })
		if packet == nil || packet.Error == gosnmp.NoError {
			return packet, why
		}
		s.d.noBulk = true
	}
	return s.ask(func() (*gosnmp.SnmpPacket, error) { return s.g.GetNext([]string{last}) })
}

// rises says whether an object lies behind another one.
func rises(before, after string) bool {
	a, b := strings.Split(before, "."), strings.Split(after, ".")
	for i := range min(len(a), len(b)) {
		x, _ := strconv.ParseUint(a[i], 10, 32)
		y, _ := strconv.ParseUint(b[i], 10, 32)
		if x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}

package snmp

import (
	"context"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"fengsui/checks"
)

// A mouth says to every question what a fuzzer wants; then it is silent. It
// needs no time, so a run that goes on and on is one that has no bound.
type mouth struct {
	net.Conn
	say  func(asked []byte) [][]byte
	says [][]byte
}

func (m *mouth) Write(asked []byte) (int, error) {
	m.says = m.say(append([]byte{}, asked...))
	return len(asked), nil
}

func (m *mouth) Read(b []byte) (int, error) {
	if len(m.says) == 0 {
		return 0, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	}
	n := copy(b, m.says[0])
	m.says = m.says[1:]
	return n, nil
}

// FuzzAnswer: whatever a device answers, raw bytes or values in an answer that
// fits otherwise, a run ends with a verdict and takes no datagram twice.
func FuzzAnswer(f *testing.F) {
	f.Add("2c", true, []byte("0\x03\x02\x01\x01"))
	f.Add("1", true, []byte{})
	f.Add("3", true, []byte("0\x82\x00\x05\x02\x01\x03"))
	f.Add("2c", false, []byte{byte(gosnmp.OctetString), 3, 'g', 'e', '1', byte(gosnmp.Integer), 1, 1})
	f.Add("2c", false, []byte{byte(gosnmp.Counter64), 8, 255, 255, 255, 255, 255, 255, 255, 255, byte(gosnmp.EndOfMibView), 0})
	f.Fuzz(func(t *testing.T, version string, raw bool, text []byte) {
		if versions[version] == 0 && version != "1" {
			version = "2c"
		}
		c := Kind.New().(*check)
		c.Interface, c.Version, c.Secret = []string{"ge1", "ge2"}, version, "x"
		value := "community"
		if version == "3" {
			value = "user=ops\nauth=SHA:longphrase\npriv=AES:longphrase"
		}
		if err := c.Confide(value); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		at := checks.Endpoint{Target: "d", Host: "d", Addr: netip.MustParseAddr("127.0.0.1")}
		d, l := c.recall(at.Addr)
		for range 2 { // what was remembered is used, too
			s, why := dial(ctx, at, 9, l, d)
			if !why.IsZero() {
				t.Fatal(why)
			}
			s.now = c.now
			said := 0
			s.tap.Conn = &mouth{Conn: s.tap.Conn, say: func(asked []byte) [][]byte {
				if said++; said > 3*mostRows {
					t.Fatal("it asks without end")
				}
				if raw {
					return [][]byte{text}
				}
				return [][]byte{fitting(asked, text)}
			}}
			o := checks.NewObservation(&Kind)
			samples, why := s.look(c.Interface)
			if why.IsZero() {
				c.judge(at, d, samples, o)
			}
			s.close()
		}
	})
}

// fitting makes an answer to what was asked whose values are the fuzzer's:
// type, length, bytes, again and again.
func fitting(asked, text []byte) []byte {
	q, err := (&gosnmp.GoSNMP{}).SnmpDecodePacket(asked)
	if err != nil {
		return text
	}
	p := &gosnmp.SnmpPacket{Version: q.Version, Community: q.Community, PDUType: gosnmp.GetResponse, RequestID: q.RequestID}
	for _, v := range q.Variables {
		kind, value := gosnmp.Null, any(nil)
		if len(text) >= 2 {
			kind, text = gosnmp.Asn1BER(text[0]), text[1:]
			n := min(int(text[0]), len(text)-1)
			bytes := text[1 : 1+n]
			text = text[1+n:]
			var number uint64
			for _, b := range bytes {
				number = number<<8 | uint64(b)
			}
			switch kind {
			case gosnmp.OctetString:
				value = bytes
			case gosnmp.Integer:
				value = int(int32(number))
			case gosnmp.Counter64:
				value = number
			default:
				value = uint32(number)
			}
		}
		name := v.Name
		if q.PDUType != gosnmp.GetRequest {
			name += ".1"
		}
		p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: name, Type: kind, Value: value})
	}
	out, err := p.MarshalMsg()
	if err != nil {
		return text
	}
	return out
}

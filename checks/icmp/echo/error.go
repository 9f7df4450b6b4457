package echo

import (
	"fmt"
	"net/netip"
)

// Types of ICMP errors (RFC 792, RFC 4443).
const (
	v4Unreachable, v4TimeExceeded, v4Parameter           = 3, 11, 12
	v6Unreachable, v6TooBig, v6TimeExceeded, v6Parameter = 1, 2, 3, 4

	v4FragmentationNeeded = 4 // code of v4Unreachable (RFC 1191)
)

// An Error is an ICMP error about a request, as the kernel hands it over: one
// about a packet that its socket never sent never gets here.
type Error struct {
	V6         bool
	Kind, Code uint8 // of ICMP or ICMPv6
	By         netip.Addr
	MTU        int // of a packet too big; 0: not told
}

// IsZero says that there is none.
func (e Error) IsZero() bool { return !e.By.IsValid() }

// HopsUsedUp says that the packet's hops did not carry it to its end.
func (e Error) HopsUsedUp() bool {
	return !e.V6 && e.Kind == v4TimeExceeded || e.V6 && e.Kind == v6TimeExceeded
}

// TooBig says that the packet did not fit a link on the way.
func (e Error) TooBig() bool {
	return e.V6 && e.Kind == v6TooBig || !e.V6 && e.Kind == v4Unreachable && e.Code == v4FragmentationNeeded
}

// Prohibited says that somebody on the way forbids it (RFC 1122 section
// 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1).
func (e Error) Prohibited() bool {
	if e.V6 {
		return e.Kind == v6Unreachable && (e.Code == 1 || e.Code == 5 || e.Code == 6)
	}
	return e.Kind == v4Unreachable && (e.Code == 9 || e.Code == 10 || e.Code == 13)
}

var (
	v4Codes = map[uint8]string{0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
		5: "source route failed", 6: "network unknown", 7: "host unknown", 11: "network unreachable for this type of service", 12: "host unreachable for this type of service"}
	v6Codes = map[uint8]string{0: "no route", 2: "beyond scope of source address", 3: "address unreachable", 4: "port unreachable"}
)

// String names the error in the words of the RFCs, and who sent it.
func (e Error) String() string {
	var what string
	switch {
	case e.TooBig():
		what = "packet too big"
	case e.Prohibited():
		what = "administratively prohibited"
	case !e.V6 && e.Kind == v4Unreachable:
		what = v4Codes[e.Code]
	case e.V6 && e.Kind == v6Unreachable:
		what = v6Codes[e.Code]
	case e.HopsUsedUp():
		what = "hops used up"
	case !e.V6 && e.Kind == v4Parameter, e.V6 && e.Kind == v6Parameter:
		what = "parameter problem"
	}
	if what == "" {
		what = fmt.Sprintf("ICMP type %d code %d", e.Kind, e.Code)
	}
	return what + " (" + e.By.String() + ")"
}

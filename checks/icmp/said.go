package icmp

import (
	"fmt"
	"strconv"

	"fengsui/checks"
)

// Types of ICMP errors (RFC 792, RFC 4443).
const (
	v4Unreachable, v4TimeExceeded, v4Parameter         = 3, 11, 12
	v6Unreachable, v6TooBig, v6TimeExceeded, v6Paramet = 1, 2, 3, 4

	v4FragmentationNeeded = 4 // code of v4Unreachable (RFC 1191)
)

func (s said) zero() bool { return !s.by.IsValid() && s.kind == 0 }

// tooBig says that the packet did not fit a link on the way.
func (s said) tooBig() bool {
	return s.v6 && s.kind == v6TooBig || !s.v6 && s.kind == v4Unreachable && s.code == v4FragmentationNeeded
}

// prohibited says that somebody on the way forbids it (RFC 1122 section
// 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1).
func (s said) prohibited() bool {
	if s.v6 {
		return s.kind == v6Unreachable && (s.code == 1 || s.code == 5 || s.code == 6)
	}
	return s.kind == v4Unreachable && (s.code == 9 || s.code == 10 || s.code == 13)
}

var (
	v4Codes = map[uint8]string{0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
		5: "source route failed", 6: "network unknown", 7: "host unknown", 11: "network unreachable for this type of service", 12: "host unreachable for this type of service"}
	v6Codes = map[uint8]string{0: "no route", 2: "beyond scope of source address", 3: "address unreachable", 4: "port unreachable"}
)

// String names the error in the words of the RFCs, and who sent it.
func (s said) String() string {
	var what string
	switch {
	case s.tooBig():
		what = "packet too big"
	case s.prohibited():
		what = "administratively prohibited"
	case !s.v6 && s.kind == v4Unreachable:
		what = v4Codes[s.code]
	case s.v6 && s.kind == v6Unreachable:
		what = v6Codes[s.code]
	case !s.v6 && s.kind == v4TimeExceeded, s.v6 && s.kind == v6TimeExceeded:
		what = "hops used up"
	case !s.v6 && s.kind == v4Parameter, s.v6 && s.kind == v6Paramet:
		what = "parameter problem"
	}
	if what == "" {
		what = fmt.Sprintf("ICMP type %d code %d", s.kind, s.code)
	}
	return what + " (" + s.by.String() + ")"
}

// reason is what an error means for a target that answered nothing.
func (s said) reason(at checks.Endpoint) checks.Reason {
	switch address := at.Addr.String(); {
	case s.tooBig():
		mtu := "?"
		if s.mtu > 0 {
			mtu = strconv.Itoa(s.mtu)
		}
		return reasonTooBig.With(at.Target, address, s.by.String(), mtu)
	case s.prohibited():
		return checks.ReasonForbidden.With(at.Target, address)
	default:
		return checks.ReasonUnreachable.With(at.Target, address, s.String())
	}
}

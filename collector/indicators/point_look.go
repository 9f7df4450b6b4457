package indicators

import (
	"slices"
	"strings"

	"fengsui/checks"
)

// Codes of reasons that change what a look tells of a point. A test holds that
// kinds declare them.
const (
	codeNoFamily = "no_family_here"
	codeNoRecord = "no_address" // a look over IPv6 alone at a name without AAAA record
	codeSomeDead = "some_addresses_dead"
	codeEmpty    = "no_record" // a name server's answers
	codeNoType   = "type_missing"
	codeRcode    = "rcode_unwanted"
)

// codeAbsent is our own: a look at a name over both families that found no
// address of IPv6.
const codeAbsent = "aaaa_absent"

// A page or a port that is degraded so was reached all the same (design 6).
var reachedAlthough = []string{"cert_expired", "cert_not_yet", "loss"}

// meets says what a look over IPv6 tells of a criterion. code is that of its
// reason, "" where it is up or nobody knows; dual says that the check looks
// over both families of a name.
//
// Unable is never a failure. The one exception is no opinion about a target
// but about the site itself: its own self-test found no IPv6 there, which is
// what T1 asks.
func meets(criterion string, state checks.State, code string, dual bool) Seen {
	part := strings.HasPrefix(criterion, criterionQuorum+"/")
	switch {
	case state == checks.Unable && code == codeNoFamily && criterion == criterionHere:
		return Failed
	case state > checks.Down:
		return Unseen
	case criterion == criterionHere || criterion == criterionSNMP: // it looked; it was answered
		return Reached
	case criterion == criterionAAAA:
		return hasAAAA(state, code, dual)
	case state == checks.Down && code == codeNoRecord:
		return Unseen
	case state == checks.Down && criterion == criterionNS && (code == codeRcode || code == codeEmpty):
		return Reached // the answer was not as wanted, and came over IPv6
	case state == checks.Down:
		return Failed
	case state == checks.Up || part:
		return Reached
	case criterion == criterionNS && code == codeSomeDead:
		return Failed
	case criterion != criterionReached:
		return Reached
	case code == "":
		return Unseen
	case !slices.Contains(reachedAlthough, code):
		return Failed
	}
	return Reached
}

// hasAAAA: a look at a name over IPv6 found a record to look at.
func hasAAAA(state checks.State, code string, dual bool) Seen {
	switch {
	case state == checks.Down && code == codeNoRecord:
		return Failed
	case state == checks.Down && code == "" && !dual:
		return Unseen
	}
	return Reached
}

// records says what the number of AAAA records in a name server's answer tells.
// None tells only where the server said that there is none.
func records(n float64, code string) Seen {
	switch {
	case n > 0:
		return Reached
	case code == codeEmpty || code == codeNoType:
		return Failed
	}
	return Unseen
}

package checks

import (
	"fmt"
	"strings"
	"time"
)

var (
	reasonAAAADead = Declaration{"aaaa_dead", Degraded, []string{"target", "why"},
		"{target} 有 AAAA 记录，但 IPv6 不通（{why}），IPv4 正常（应为：两者都通，或撤下 AAAA 记录）",
		"{target} has an AAAA record and fails over IPv6 ({why}), but answers over IPv4; want both, or no such record"}
	reasonV6Hole = Declaration{"v6_mtu_blackhole", Degraded, []string{"target", "small", "last"},
		"{target} 的 IPv6 小包能通、大包丢失（{small} 字节以内可通，最后一个应答大包的节点：{last}），IPv4 正常（应为：大包也通，或放行 ICMPv6“包过大”）",
		"{target} answers small packets over IPv6 and loses large ones ({small} bytes pass; last hop that answered large ones: {last}), IPv4 is fine; want large ones through, or ICMPv6 \"packet too big\" let through"}
	reasonV4Dead = Declaration{"v4_dead", Degraded, []string{"target", "why"},
		"{target} 的 IPv4 不通（{why}），IPv6 正常（应为：两者都通）",
		"{target} fails over IPv4 ({why}) and answers over IPv6, want both"}
	reasonBothDead = Declaration{"both_dead", Down, []string{"target", "why4", "why6"},
		"{target} 的 IPv4（{why4}）和 IPv6（{why6}）都不通",
		"{target} fails over IPv4 ({why4}) and over IPv6 ({why6})"}
)

// Findings of the runner, beside those that a kind declares.
const (
	FindingAAAAAbsent = "aaaa_absent"       // a name that should be reachable over IPv6 has no AAAA record
	FindingV4Only     = "v4_only_by_design" // declared to have no IPv6, and whether that is so
	FindingV6Worse    = "v6_worse"          // IPv6 takes more than twice as long as IPv4 and 50 ms, or loses more by a tenth
	FindingResolver   = "resolver_silent"   // no resolver answered, and the target was looked at where the inventory says it is
	FindingAddresses  = "every_address"     // of a name that has several of a family: whether each of them works
)

// pair makes one verdict of what was seen over both families of a name.
//
// The table (rows: IPv4, columns: IPv6; "·" the name has no such address):
//
//	           up        degraded   down      unable    ·
//	up         up        degraded   degraded  up        up
//	degraded   degraded  degraded   degraded  degraded  degraded
//	down       degraded  degraded   down      *         down
//	unable     up        degraded   *         unable    unable
//	·          up        degraded   down      unable    down (name_unknown)
//
// Two families that we could not look over are unable for the better reason of
// the two: that a site lacks a family explains nothing about the other.
//
// Where one family is down and we could not look over the other (*), the pair
// is down when this site simply lacks that family, and otherwise unable: the
// family that we did not see may well be fine.
func pair(s Spec, host string, v4, v6 *family) Result {
	r := Result{Rows: append(v4.rows, v6.rows...), Findings: append(v4.findings, v6.findings...)}
	if !v4.absent {
		r.V4 = &v4.verdict
	}
	if !v6.absent {
		r.V6 = &v6.verdict
	}
	r.Pair = pairVerdict(s.Target, host, v4, v6)
	if s.WantV6 {
		r.Findings = append(r.Findings, wantV6(host, v6))
	}
	if s.V4Only {
		r.Findings = append(r.Findings, v4Only(host, v6))
	}
	if f := v6Worse(v4, v6); f.Rule != "" {
		r.Findings = append(r.Findings, f)
	}
	if p, ok := s.Check.(Parity); ok && v4.kept != nil && v6.kept != nil {
		for _, f := range p.Compare(v4.kept, v6.kept) {
			f.Evidence = clean(f.Evidence)
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

// lossWorse is by how much IPv6 may lose more than IPv4: the share of one
// request in ten.
const lossWorse = 0.10

// v6Worse judges IPv6 beside IPv4 where both work; the zero Finding means that
// there is nothing to compare.
func v6Worse(v4, v6 *family) Finding {
	works := func(f *family) bool { return f.verdict.State == Up || f.verdict.State == Degraded }
	if !works(v4) || !works(v6) {
		return Finding{}
	}
	f := Finding{Rule: FindingV6Worse, Family: V6, Outcome: Pass}
	var seen []string
	if v4.latency > 0 && v6.latency > 0 {
		seconds := func(f float64) time.Duration { return time.Duration(f * float64(time.Second)).Round(time.Microsecond) }
		seen = append(seen, fmt.Sprintf("IPv6 %v, IPv4 %v, want at most twice IPv4 and 50ms", seconds(v6.latency), seconds(v4.latency)))
		if v6.latency > 2*v4.latency+0.050 {
			f.Outcome = Fail
		}
	}
	if v4.loss >= 0 && v6.loss >= 0 {
		seen = append(seen, fmt.Sprintf("IPv6 loses %s, IPv4 %s, want at most %s more", Percent(v6.loss), Percent(v4.loss), Percent(lossWorse)))
		if v6.loss > v4.loss+lossWorse {
			f.Outcome = Fail
		}
	}
	if len(seen) == 0 {
		return Finding{}
	}
	f.Evidence = strings.Join(seen, "; ")
	return f
}

// wantV6 judges whether a name that should have an AAAA record has one.
func wantV6(host string, v6 *family) Finding {
	f := Finding{FindingAAAAAbsent, V6, Pass, "AAAA present"}
	switch {
	case v6.absent:
		f.Outcome, f.Evidence = Fail, host+" has no AAAA record"
	case v6.deaf:
		f.Outcome, f.Evidence = Unknown, "the resolver gave no answer"
	}
	return f
}

// v4Only judges whether a name that is declared to have no IPv6 has none: an
// AAAA record beside the declaration is somebody's work that nobody told of.
func v4Only(host string, v6 *family) Finding {
	f := Finding{FindingV4Only, V6, Fail, host + " has an AAAA record, declared is IPv4 only"}
	switch {
	case v6.absent:
		f.Outcome, f.Evidence = Pass, "no AAAA record, as declared"
	case v6.deaf:
		f.Outcome, f.Evidence = Unknown, "the resolver gave no answer"
	}
	return f
}

func pairVerdict(target, host string, v4, v6 *family) Verdict {
	a, b := v4.verdict, v6.verdict
	switch {
	case v4.absent && v6.absent:
		return reasonNameUnknown.With(host).Verdict()
	case v6.absent:
		return a
	case v4.absent:
		return b
	case a.Reason.Code == ReasonOpen.Code:
		return a
	case b.Reason.Code == ReasonOpen.Code:
		return b
	case a.State == Down && b.State == Down:
		return reasonBothDead.With(target, a.Reason.Code, b.Reason.Code).Verdict()
	case a.State == Down && b.State == Unable:
		return downOrUnable(a, b)
	case a.State == Unable && b.State == Down:
		return downOrUnable(b, a)
	case a.State == Unable && (b.State != Unable || !lacksFamily(b)):
		return b
	case b.State == Unable:
		return a
	case b.State == Down && b.Reason.Code == ReasonHole.Code:
		return reasonV6Hole.With(target, b.Reason.Arg("small"), b.Reason.Arg("last")).Verdict()
	case b.State == Down:
		return reasonAAAADead.With(target, b.Reason.Code).Verdict()
	case a.State == Down:
		return reasonV4Dead.With(target, a.Reason.Code).Verdict()
	case a.State == Degraded:
		return a
	}
	return b
}

// lacksFamily says whether this site, or the source that speaks here, has no
// addresses of the family.
func lacksFamily(v Verdict) bool {
	return v.Reason.Code == reasonNoFamily.Code || v.Reason.Code == reasonSourceFamily.Code
}

func downOrUnable(down, unable Verdict) Verdict {
	if lacksFamily(unable) {
		return down
	}
	return unable
}

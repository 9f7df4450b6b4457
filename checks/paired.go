package checks

import (
	"fmt"
	"time"
)

var (
	reasonV6Dead = Declaration{"v6_dead", Degraded, []string{"target", "why"},
		"{target} 的 IPv6 不通（{why}），IPv4 正常（应为：两者都通）",
		"{target} fails over IPv6 ({why}) and answers over IPv4, want both"}
	reasonV4Dead = Declaration{"v4_dead", Degraded, []string{"target", "why"},
		"{target} 的 IPv4 不通（{why}），IPv6 正常（应为：两者都通）",
		"{target} fails over IPv4 ({why}) and answers over IPv6, want both"}
	reasonBothDead = Declaration{"both_dead", Down, []string{"target", "why4", "why6"},
		"{target} 的 IPv4（{why4}）和 IPv6（{why6}）都不通",
		"{target} fails over IPv4 ({why4}) and over IPv6 ({why6})"}
)

// Findings of the runner, beside those that a kind declares.
const (
	FindingAAAAAbsent = "aaaa_absent" // a name that should be reachable over IPv6 has no AAAA record
	FindingV6Slower   = "v6_slower"   // IPv6 takes more than twice as long as IPv4 and 50 ms
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
	if v4.latency > 0 && v6.latency > 0 && v4.verdict.State == Up && v6.verdict.State == Up {
		outcome := Pass
		if v6.latency > 2*v4.latency+0.050 {
			outcome = Fail
		}
		seconds := func(f float64) time.Duration { return time.Duration(f * float64(time.Second)).Round(time.Microsecond) }
		r.Findings = append(r.Findings, Finding{FindingV6Slower, V6, outcome,
			fmt.Sprintf("IPv6 %v, IPv4 %v, want at most twice IPv4 and 50ms", seconds(v6.latency), seconds(v4.latency))})
	}
	return r
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

func pairVerdict(target, host string, v4, v6 *family) Verdict {
	a, b := v4.verdict, v6.verdict
	switch {
	case v4.absent && v6.absent:
		return reasonNameUnknown.With(host).Verdict()
	case v6.absent:
		return a
	case v4.absent:
		return b
	case a.State == Down && b.State == Down:
		return reasonBothDead.With(target, a.Reason.Code, b.Reason.Code).Verdict()
	case a.State == Down && b.State == Unable:
		return downOrUnable(a, b)
	case a.State == Unable && b.State == Down:
		return downOrUnable(b, a)
	case a.State == Unable && (b.State != Unable || b.Reason.Code != reasonNoFamily.Code):
		return b
	case b.State == Unable:
		return a
	case b.State == Down:
		return reasonV6Dead.With(target, b.Reason.Code).Verdict()
	case a.State == Down:
		return reasonV4Dead.With(target, a.Reason.Code).Verdict()
	case a.State == Degraded:
		return a
	}
	return b
}

func downOrUnable(down, unable Verdict) Verdict {
	if unable.Reason.Code == reasonNoFamily.Code {
		return down
	}
	return unable
}

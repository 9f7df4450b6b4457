package dns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"fengsui/checks"
)

var (
	reasonRcode = checks.Declaration{Code: "rcode_unwanted", State: checks.Down, Args: []string{"target", "address", "question", "rcode", "want"},
		ZH: "{target}（{address}）对 {question} 的应答是 {rcode}（应为：{want}）",
		EN: "{target} ({address}) answered {rcode} for {question}, want {want}"}
	reasonRewritten = checks.Declaration{Code: "nxdomain_rewritten", State: checks.Degraded, Args: []string{"target", "address", "question", "seen"},
		ZH: "{question} 应当不存在，{target}（{address}）却给出了应答：{seen}（应为：NXDOMAIN），解析服务器改写了结果",
		EN: "{question} must not exist, and {target} ({address}) answered {seen}, want NXDOMAIN: the resolver rewrites answers"}
	reasonEmpty = checks.Declaration{Code: "no_record", State: checks.Down, Args: []string{"target", "address", "question"},
		ZH: "{target}（{address}）的应答中没有 {question} 记录（应为：至少一条）",
		EN: "{target} ({address}) answered without a record for {question}, want at least one"}
	reasonSomeEmpty = checks.Declaration{Code: "type_missing", State: checks.Degraded, Args: []string{"target", "address", "question", "others"},
		ZH: "{target}（{address}）的应答中没有 {question} 记录，但有 {others}（应为：都有）",
		EN: "{target} ({address}) answered without a record for {question}, though with {others}, want all of them"}
	reasonUnwanted = checks.Declaration{Code: "records_unwanted", State: checks.Degraded, Args: []string{"target", "address", "question", "seen", "want"},
		ZH: "{target}（{address}）对 {question} 的应答是 {seen}（应为：{want}）",
		EN: "{target} ({address}) answered {seen} for {question}, want {want}"}
	reasonNotAuthoritative = checks.Declaration{Code: "not_authoritative", State: checks.Degraded, Args: []string{"target", "address", "question"},
		ZH: "{target}（{address}）对 {question} 的应答不是权威应答（应为：AA 位为 1），常见于跛脚授权",
		EN: "the answer of {target} ({address}) for {question} is not authoritative, want the AA bit: often a lame delegation"}
)

// records are those of the wanted type, wherever an alias led.
func (a *answer) records() (all []dns.RR) {
	for _, rr := range a.msg.Answer {
		if h := rr.Header(); h.Rrtype == a.qtype && h.Class == dns.ClassINET {
			all = append(all, rr)
		}
	}
	return all
}

// note notes what an answer measures.
func (a *answer) note(o *checks.Observation) {
	key := dns.TypeToString[a.qtype]
	o.SetRow(key, "lookup_seconds", a.took.Seconds())
	o.SetRow(key, "tries", float64(a.tries))
	o.SetRow(key, "answer_bytes", float64(a.bytes))
	if a.cut != nil {
		return // how many there are is not known
	}
	all := a.records()
	o.SetRow(key, "records", float64(len(all)))
	if len(all) > 0 {
		ttl := all[0].Header().Ttl
		for _, rr := range all {
			ttl = min(ttl, rr.Header().Ttl)
		}
		o.SetRow(key, "ttl_seconds", float64(ttl))
	}
}

// judge makes one verdict of the answers to all types; the worst comes first.
func (c *check) judge(at checks.Endpoint, answers []*answer, o *checks.Observation) checks.Reason {
	address := at.Addr.String()
	edns, evidence := checks.Pass, "EDNS taken"
	for _, a := range answers {
		if a.plain || a.msg.IsEdns0() == nil {
			edns, evidence = checks.Fail, fmt.Sprintf("%s was answered without EDNS, want an OPT record (RFC 6891)", a.question)
		}
	}
	o.Find(FindingEDNS, edns, evidence)
	for _, a := range answers {
		if rcode := rcodeText(a.msg.Rcode); rcode != c.Rcode {
			if c.Rcode == "NXDOMAIN" && a.msg.Rcode == dns.RcodeSuccess {
				return reasonRewritten.With(at.Target, address, a.question, texts(a.msg.Answer))
			}
			return reasonRcode.With(at.Target, address, a.question, rcode, c.Rcode)
		}
	}
	if c.Rcode == "NXDOMAIN" {
		return c.authority(at, answers)
	}
	for _, a := range answers {
		if a.cut != nil {
			return reasonTruncated.With(at.Target, address, a.question, a.cut.Code)
		}
	}
	if why := c.empty(at, answers); !why.IsZero() {
		return why
	}
	for _, a := range answers {
		if seen, want := c.want.differs(a); seen != "" {
			return reasonUnwanted.With(at.Target, address, a.question, seen, want)
		}
	}
	return c.authority(at, answers)
}

func (c *check) authority(at checks.Endpoint, answers []*answer) checks.Reason {
	for _, a := range answers {
		if c.Authoritative && !a.msg.Authoritative {
			return reasonNotAuthoritative.With(at.Target, at.Addr.String(), a.question)
		}
	}
	return checks.Reason{}
}

// empty judges types without a record.
func (c *check) empty(at checks.Endpoint, answers []*answer) checks.Reason {
	var missing *answer
	var others []string
	for _, a := range answers {
		if len(a.records()) > 0 {
			others = append(others, dns.TypeToString[a.qtype])
		} else if missing == nil {
			missing = a
		}
	}
	switch {
	case missing == nil:
		return checks.Reason{}
	case len(others) == 0:
		return reasonEmpty.With(at.Target, at.Addr.String(), missing.question)
	}
	return reasonSomeEmpty.With(at.Target, at.Addr.String(), missing.question, strings.Join(others, ", "))
}

func rcodeText(rcode int) string {
	if text, ok := dns.RcodeToString[rcode]; ok {
		return text
	}
	return "RCODE " + strconv.Itoa(rcode)
}

// data is the text of a record behind its name, class and time to live.
func data(rr dns.RR) string { return strings.TrimPrefix(rr.String(), rr.Header().String()) }

func texts(rrs []dns.RR) string {
	if len(rrs) == 0 {
		return "no record"
	}
	var all []string
	for _, rr := range rrs {
		all = append(all, data(rr))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A family is what was seen over one address family.
type family struct {
	family   Family
	absent   bool // the name has no address of this family
	deaf     bool // the resolver gave no answer
	verdict  Verdict
	rows     []Row
	findings []Finding
	latency  float64 // seconds, 0 when not measured
	loss     float64 // share of the packets, negative when not measured
	kept     any     // of the address that stands for the family
}

// alone makes a result of one family that has no pair.
func (f *family) alone() Result {
	r := Result{Pair: f.verdict, Rows: f.rows, Findings: f.findings}
	v := f.verdict
	if f.family == V4 {
		r.V4 = &v
	} else {
		r.V6 = &v
	}
	return r
}

func resolveAndLook(ctx context.Context, s Spec, env Env, host string, f Family) *family {
	var resolver Resolver = net.DefaultResolver
	if env.Resolver != nil {
		resolver = env.Resolver
	}
	declared := s.declared(f)
	addrs, err := lookUp(ctx, s, resolver, host, f, len(declared) > 0)
	var dns *net.DNSError
	var other *net.AddrError // /etc/hosts knows the name with another family only
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, errors.As(err, &other), err == nil && len(addrs) == 0:
		none := &family{family: f, absent: true}
		none.answered(len(declared) > 0)
		return none
	case err != nil && env.lacks(f): // no answer would have made a difference
		return &family{family: f, deaf: true, verdict: reasonNoFamily.With(s.Target, f.String()).Verdict()}
	case err != nil && len(declared) == 0:
		return &family{family: f, deaf: true, verdict: reasonResolver.With(host, plain(err)).Verdict()}
	case err != nil:
		seen := lookFamily(ctx, s, env, host, f, declared)
		seen.deaf = true
		seen.find(Finding{FindingResolver, f, Fail, clean("no answer for " + host + ": " + plain(err) + "; looked at the declared address")})
		return seen
	}
	unique := map[netip.Addr]bool{}
	for _, a := range addrs {
		unique[a.Unmap()] = true
	}
	addrs = addrs[:0]
	for a := range unique {
		addrs = append(addrs, a)
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	if len(addrs) > maxAddresses {
		addrs = addrs[:maxAddresses]
	}
	seen := lookFamily(ctx, s, env, host, f, addrs)
	seen.answered(len(declared) > 0)
	return seen
}

// answered notes that a resolver did, for a target that has a declared address.
func (f *family) answered(declared bool) {
	if declared {
		f.find(Finding{FindingResolver, f.family, Pass, "the resolver answered"})
	}
}

// declared are the addresses of a family that the inventory gives the target.
func (s Spec) declared(f Family) []netip.Addr {
	var all []netip.Addr
	for _, a := range s.Addresses {
		if a = a.Unmap(); FamilyOf(a) == f && len(all) < maxAddresses {
			all = append(all, a)
		}
	}
	return all
}

// lookUp asks the resolver. Where the target has a declared address, a silent
// resolver may take half of the time at most, and none that the look at the
// address needs.
func lookUp(ctx context.Context, s Spec, r Resolver, host string, f Family, declared bool) ([]netip.Addr, error) {
	if deadline, ok := ctx.Deadline(); ok && declared {
		left := time.Until(deadline)
		patience := left / 2
		if l, ok := s.Check.(Lasting); ok {
			patience = max(min(patience, left-l.Lasts()-MinWait), MinWait)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	return r.LookupNetIP(ctx, "ip"+f.String(), host)
}

// plain returns what a resolver's error says without the name and server that
// net.DNSError repeats.
func plain(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.Err
	}
	return err.Error()
}

func lookFamily(ctx context.Context, s Spec, env Env, host string, f Family, addrs []netip.Addr) *family {
	// What is on this machine or on its wire needs no address of the site.
	if env.lacks(f) && !addrs[0].IsLoopback() && !addrs[0].IsLinkLocalUnicast() {
		return &family{family: f, verdict: reasonNoFamily.With(s.Target, f.String()).Verdict()}
	}
	from, why := s.source(f)
	if !why.IsZero() {
		return &family{family: f, verdict: why.Verdict()}
	}
	type look struct {
		reason Reason
		o      *Observation
	}
	looks := make([]look, len(addrs))
	var wg sync.WaitGroup
	for i, a := range addrs {
		if env.Allowed != nil && !env.Allowed(a) {
			looks[i] = look{reasonForbidden.With(s.Target, a.String()), NewObservation(s.Kind)}
			continue
		}
		one := func() {
			reason, o := probe(ctx, s, Endpoint{Target: s.Target, Host: host, Addr: a, From: from, Every: s.Interval})
			looks[i] = look{reason, o}
		}
		if len(addrs) == 1 {
			one() // the usual case, without another goroutine
		} else {
			wg.Go(one)
		}
	}
	wg.Wait()

	// The row comes from the first address in the best state, so that a dead
	// address does not hide what the living ones measure.
	best, dead, degraded := 0, -1, -1
	deadCount := 0
	for i, l := range looks {
		if severity(l.reason.State) < severity(looks[best].reason.State) {
			best = i
		}
		if l.reason.State == Degraded && degraded < 0 {
			degraded = i
		}
		if l.reason.State == Down {
			deadCount++
			if dead < 0 {
				dead = i
			}
		}
	}
	out := &family{family: f, verdict: looks[best].reason.Verdict(), loss: -1, kept: looks[best].o.kept}
	open := slices.IndexFunc(looks, func(l look) bool { return l.reason.Code == ReasonOpen.Code })
	switch {
	case open >= 0:
		out.verdict = looks[open].reason.Verdict()
	case looks[best].reason.State > Degraded:
	case degraded >= 0 && dead < 0:
		out.verdict = looks[degraded].reason.Verdict()
	case dead >= 0:
		out.verdict = reasonSomeDead.With(s.Target, f.String(), strconv.Itoa(deadCount), strconv.Itoa(len(looks)),
			addrs[dead].String(), looks[dead].reason.Code).Verdict()
	}
	o := looks[best].o
	for _, key := range o.order {
		out.rows = append(out.rows, Row{Family: f, Key: key, Values: o.rows[key]})
	}
	for i, l := range looks {
		for _, fd := range l.o.findings {
			if len(looks) > 1 {
				fd.Evidence = clean(addrs[i].String() + ": " + fd.Evidence)
			}
			fd.Family = f
			out.find(fd)
		}
	}
	if len(looks) > 1 {
		codes := make([]string, len(looks))
		for i, l := range looks {
			codes[i] = addrs[i].String() + " " + l.reason.State.String()
			if !l.reason.IsZero() {
				codes[i] += " " + l.reason.Code
			}
		}
		every := Finding{FindingAddresses, f, Pass, ""}
		switch {
		case dead >= 0:
			every.Outcome = Fail
		case slices.ContainsFunc(looks, func(l look) bool { return l.reason.State > Degraded }):
			every.Outcome = Unknown
		}
		every.Evidence = clean(strings.Join(codes, ", "))
		out.find(every)
	}
	if slices.ContainsFunc(s.Kind.Measurements, func(m Measurement) bool { return m.Name == "loss_ratio" }) {
		if v, ok := o.Get("loss_ratio"); ok {
			out.loss = v
		}
	}
	if len(s.Kind.Measurements) > 0 {
		if v, ok := o.Get(s.Kind.Measurements[0].Name); ok && s.Kind.Measurements[0].Unit == "seconds" {
			out.latency = v
		}
	}
	return out
}

// find keeps the worst outcome of a criterion over all addresses.
func (f *family) find(fd Finding) {
	i := slices.IndexFunc(f.findings, func(old Finding) bool { return old.Rule == fd.Rule })
	switch {
	case i < 0:
		f.findings = append(f.findings, fd)
	case gravity(fd.Outcome) > gravity(f.findings[i].Outcome):
		f.findings[i] = fd
	}
}

func gravity(o Outcome) int {
	return map[Outcome]int{NotApplicable: 0, Waived: 1, Pass: 2, Unknown: 3, Fail: 4}[o]
}

// severity orders states from what says most for the target to what says least.
func severity(s State) int { return [...]int{Up: 0, Degraded: 1, Down: 3, Unable: 2, Silent: 4}[s] }

// probe runs one probe. It returns by the deadline even when the check does
// not: what is still running then is abandoned with its observation.
func probe(ctx context.Context, s Spec, at Endpoint) (Reason, *Observation) {
	type answer struct {
		reason Reason
		o      *Observation
	}
	done := make(chan answer, 1)
	go func() {
		o := NewObservation(s.Kind)
		defer func() {
			if p := recover(); p != nil {
				done <- answer{reasonPanicked.With(s.Target, fmt.Sprint(p)), NewObservation(s.Kind)}
			}
		}()
		done <- answer{s.Check.Probe(ctx, at, o), o}
	}()
	left := s.Timeout
	if deadline, ok := ctx.Deadline(); ok { // resolving took its part
		left = time.Until(deadline)
	}
	grace := time.NewTimer(left + overrunGrace)
	defer grace.Stop()
	select {
	case a := <-done:
		return a.reason, a.o
	case <-grace.C:
		return reasonTimeout.With(s.Target, s.Timeout.String()), NewObservation(s.Kind)
	}
}

// overrunGrace is what a check may need after its deadline to say what it saw.
const overrunGrace = 500 * time.Millisecond

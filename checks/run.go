package checks

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A Spec is a check that is ready to run.
type Spec struct {
	Kind     *Kind
	Check    Check
	Target   string
	Timeout  time.Duration // for the whole run, both families together
	Interval time.Duration // between runs; 0: not told, as by hand
	Family   Family        // Pair looks over both families
	WantV6   bool          // no AAAA record is a finding
	V4Only   bool          // declared to have no IPv6: an AAAA record is a finding

	Sources   []netip.Addr // from which it looks, at most one of a family; none: as the system chooses
	Interface string       // or the interface
	Addresses []netip.Addr // of the target, for when no resolver answers
}

// NewSpec returns a spec with its options set. The error is one sentence that
// names the option or the target.
func NewSpec(k *Kind, target string, options map[string][]string) (Spec, error) {
	c := k.New()
	names := make([]string, 0, len(options))
	for name := range options {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := Set(c, name, options[name]...); err != nil {
			return Spec{}, fmt.Errorf("check %s: %w", k.Name, err)
		}
	}
	if b, ok := c.(Binder); ok {
		if err := b.Bind(target); err != nil {
			return Spec{}, fmt.Errorf("check %s: %w", k.Name, err)
		}
	}
	if _, err := c.Host(target); err != nil {
		return Spec{}, fmt.Errorf("check %s: %w", k.Name, err)
	}
	return Spec{Kind: k, Check: c, Target: target, Timeout: DefaultTimeout}, nil
}

// DefaultTimeout bounds a run that declares nothing else.
const DefaultTimeout = 10 * time.Second

// An Env is what a site can do, as its self-test found, and what its guard
// rails allow. The zero Env allows everything and asks the system's resolver.
type Env struct {
	Resolver Resolver
	NoV4     bool // this site has no IPv4
	NoV6     bool // this site has no IPv6
	Allowed  func(netip.Addr) bool
	Kind     func(name string) bool // whether this site runs checks of a kind; nil: all
}

// lacks says whether the site has no addresses of a family.
func (e Env) lacks(f Family) bool { return f == V6 && e.NoV6 || f == V4 && e.NoV4 }

// A Resolver looks up the addresses of a name; network is ip4 or ip6.
// [net.Resolver] is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// maxAddresses bounds how many addresses of a name and family are looked at.
const maxAddresses = 8

var (
	reasonPanicked = Declaration{"panicked", Unable, []string{"target", "seen"},
		"检查 {target} 时程序内部出错：{seen}（应为：正常返回），请将此信息报告给开发者",
		"the check of {target} failed inside itself: {seen}, want a verdict; please report this"}
	reasonNoFamily = Declaration{"no_family_here", Unable, []string{"target", "family"},
		"本站点没有 IPv{family}，无法通过 IPv{family} 查看 {target}",
		"this site has no IPv{family}, so {target} cannot be looked at over it"}
	reasonNameUnknown = Declaration{"name_unknown", Down, []string{"name"},
		"域名 {name} 不存在或没有地址记录（应为：至少一条 A 或 AAAA 记录）",
		"{name} does not exist or has no address, want at least one A or AAAA record"}
	reasonNoAddress = Declaration{"no_address", Down, []string{"name", "family", "record"},
		"域名 {name} 没有 IPv{family} 地址（应为：至少一条 {record} 记录）",
		"{name} has no IPv{family} address, want at least one {record} record"}
	reasonResolver = Declaration{"resolver_silent", Unable, []string{"name", "seen"},
		"解析 {name} 时解析服务器没有给出答复：{seen}，无法判断目标",
		"resolving {name}, the resolver gave no answer: {seen}; the target cannot be judged"}
	reasonForbidden = Declaration{"forbidden_here", Unable, []string{"target", "address"},
		"{target} 的地址 {address} 不在本站点允许探测的网段内（见本机 agent.hcl 的 allow_prefixes）",
		"{target} is at {address}, outside the prefixes that this site's agent.hcl allows (allow_prefixes)"}
	reasonKindForbidden = Declaration{"kind_forbidden_here", Unable, []string{"target", "kind"},
		"本站点不允许 {kind} 类检查，未查看 {target}（见本机 agent.hcl 的 allow_kinds）",
		"this site's agent.hcl forbids checks of kind {kind} (allow_kinds), so {target} was not looked at"}
	reasonTimeout = Declaration{"overran", Unable, []string{"target", "timeout"},
		"检查 {target} 未在 {timeout} 内结束，结果作废",
		"the check of {target} did not end within {timeout}; its result is void"}
	reasonSomeDead = Declaration{"some_addresses_dead", Degraded, []string{"target", "family", "dead", "total", "example", "why"},
		"{target} 的 {total} 个 IPv{family} 地址中有 {dead} 个不可用，例如 {example}（{why}）",
		"{dead} of {total} IPv{family} addresses of {target} fail, such as {example} ({why})"}

	// RunnerReasons are those that [Run] itself gives, of every kind.
	RunnerReasons = []Declaration{
		reasonPanicked, reasonNoFamily, reasonNameUnknown, reasonNoAddress, reasonResolver, reasonForbidden, reasonKindForbidden, reasonTimeout,
		reasonSomeDead, reasonAAAADead, reasonV6Hole, reasonV4Dead, reasonBothDead, reasonSourceMissing, reasonSourceFamily,
		ReasonOptionsWrong, ReasonKindUnknown, ReasonSecretMissing, ReasonSecretWrong,
	}
)

// Run runs a check once: it resolves the target over both families, probes
// every address, and returns by the spec's timeout with a verdict whatever
// the check does. A panic is unable, never the target's fault.
func Run(ctx context.Context, s Spec, env Env) Result {
	began := time.Now()
	if s.Timeout <= 0 {
		s.Timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	r := look(ctx, s, env)
	r.Start = began
	r.Duration = time.Since(began)
	return r
}

func look(ctx context.Context, s Spec, env Env) Result {
	if env.Kind != nil && !env.Kind(s.Kind.Name) {
		return Result{Pair: reasonKindForbidden.With(s.Target, s.Kind.Name).Verdict()}
	}
	host, err := s.Check.Host(s.Target)
	if err != nil {
		return Result{Pair: reasonPanicked.With(s.Target, err.Error()).Verdict()}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap()
		f := lookFamily(ctx, s, env, host, FamilyOf(a), []netip.Addr{a})
		return f.alone()
	}
	families := []Family{V4, V6}
	if s.Family != Pair {
		families = []Family{s.Family}
	}
	seen := make([]*family, len(families))
	var wg sync.WaitGroup
	for i, f := range families {
		wg.Go(func() { seen[i] = resolveAndLook(ctx, s, env, host, f) })
	}
	wg.Wait()
	if s.Family != Pair {
		if seen[0].absent { // of the other family nothing is known
			record := map[Family]string{V4: "A", V6: "AAAA"}[s.Family]
			seen[0].verdict = reasonNoAddress.With(host, s.Family.String(), record).Verdict()
		}
		r := seen[0].alone()
		if s.V4Only && s.Family == V6 {
			r.Findings = append(r.Findings, v4Only(host, seen[0]))
		}
		if s.WantV6 && s.Family == V6 {
			r.Findings = append(r.Findings, wantV6(host, seen[0]))
		}
		return r
	}
	return pair(s, host, seen[0], seen[1])
}

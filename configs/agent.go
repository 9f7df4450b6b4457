package configs

import (
	"time"

	"fengsui/checks"
	"fengsui/configs/words"
)

// LoadAgent reads the site's own agent.hcl. The error is a [*Mistakes]. With
// kinds, allow_kinds may name only those.
func LoadAgent(path string, kinds ...*checks.Kind) (*Agent, error) {
	r := newReading(path)
	src, ok := r.read(path)
	if !ok {
		_, err := r.result()
		return nil, err
	}
	return r.agent(path, src, kinds)
}

func (r *reading) agent(path string, src []byte, kinds []*checks.Kind) (*Agent, error) {
	a := DefaultAgent()
	if body := r.parse(path, src); body != nil {
		b := r.top(body)
		b.name = phrase(words.ConfigTopLevel)
		read(b, "data", &a.Data, wantPath)
		read(b, "collectors", &a.Collectors, listOf(0, wantHostPort))
		read(b, "allow_prefixes", &a.AllowPrefixes, listOf(1, wantPrefix))
		r.allowKinds(b, &a, kinds)
		read(b, "max_concurrent", &a.MaxConcurrent, wantInt(1, 10_000))
		readLevel(b, &a.LogLevel)
		b.once("proxy", func(b *block) {
			p := &a.Proxy
			read(b, "address", &p.Address, orEmpty(wantHostPort))
			read(b, "user", &p.User, orEmpty(wantUser))
			read(b, "password_file", &p.PasswordFile, orEmpty(wantPath))
			switch {
			case p.Address == "" && p.User != "":
				r.problem(b.where("user"), phrase(words.ConfigNoProxy, "user"))
			case p.User == "" && p.PasswordFile != "":
				r.problem(b.where("password_file"), phrase(words.ConfigNoUser))
			}
			b.done()
		})
		b.once("spool", func(b *block) {
			read(b, "where", &a.SpoolWhere, oneOf(SpoolDisk, SpoolMemory))
			read(b, "memory", &a.SpoolMemory, wantSize(1<<20, 1<<30))
			read(b, "checkpoint", &a.Checkpoint, wantDuration(10*time.Second, day))
			read(b, "limit", &a.SpoolLimit, wantSize(1<<20, 1<<40))
			read(b, "reserve", &a.SpoolReserve, wantPercent(0, 0.9))
			read(b, "keep", &a.Keep, wantDuration(time.Hour, 366*day))
			b.done()
		})
		b.once("push", func(b *block) {
			read(b, "idle", &a.Idle, wantDuration(100*time.Millisecond, 5*time.Minute))
			read(b, "busy", &a.Busy, wantDuration(100*time.Millisecond, 5*time.Minute))
			read(b, "backlog", &a.BacklogBitsPerSecond, wantRate(8_000, 10_000_000_000))
			if a.Busy > a.Idle {
				r.problem(b.where("busy"), phrase(words.ConfigBusySlow, span(a.Busy), span(a.Idle)))
			}
			b.done()
		})
		b.done()
	}
	if _, err := r.result(); err != nil {
		return nil, err
	}
	return &a, nil
}

// allowKinds reads the kinds that may run: "*" alone stands for every kind,
// those of later releases too.
func (r *reading) allowKinds(b *block, a *Agent, kinds []*checks.Kind) {
	kind := wantName
	if len(kinds) > 0 {
		var known []string
		for _, k := range kinds {
			known = append(known, k.Name)
		}
		kind = oneOf(append(known, "*")...)
	}
	star := func(l literal) (string, *wrong) {
		if l.kind == 't' && l.text == "*" {
			return "*", nil
		}
		return kind(l)
	}
	if !read(b, "allow_kinds", &a.AllowKinds, listOf(1, star)) {
		return
	}
	for i, name := range a.AllowKinds {
		if name != "*" {
			continue
		}
		if len(a.AllowKinds) > 1 {
			r.problem(element(b, "allow_kinds", i), phrase(words.ConfigAgentKindNone))
		}
		a.AllowKinds = nil
		return
	}
}

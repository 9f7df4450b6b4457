package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"fengsui/collector"
	"fengsui/collector/identity"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/words"
)

type agentCmd struct {
	List    agentListCmd    `cmd:"" help:"List the agents of the sites and the processes that spoke for them."`
	Keep    agentKeepCmd    `cmd:"" help:"Of two machines with one identity, keep one."`
	Approve agentApproveCmd `cmd:"" help:"Let a site's agent whose certificate expired renew it."`
	Revoke  agentRevokeCmd  `cmd:"" help:"End the right of a site's agent to speak."`
}

// register opens the register beside a collector that may be running.
func (p place) register() (*configs.District, *identity.Registry, *state.DB, error) {
	d, err := collector.Load(p.Config)
	if err != nil {
		return nil, nil, nil, err
	}
	db, err := openState(d)
	if err != nil {
		return nil, nil, nil, err
	}
	return d, identity.NewRegistry(identity.Options{DB: db, Now: time.Now, Site: func(id string) (string, bool) {
		if s := d.Site(id); s != nil {
			return s.Name, true
		}
		return "", false
	}}), db, nil
}

// both writes a sentence in Chinese and then in English.
func both(w io.Writer, key string, args ...any) {
	for _, lang := range []string{"zh", "en"} {
		fmt.Fprintln(w, words.Text(words.Agents+key, lang, args...))
	}
}

type agentListCmd struct {
	place
	Sites []string `arg:"" optional:"" name:"site" help:"Sites to list; none: all."`
	All   bool     `help:"List agents that were replaced or revoked too."`
	Lang  string   `help:"Language." enum:"zh,en" default:"zh"`
}

func (c agentListCmd) Run(ctx context.Context, o output) (err error) {
	d, registry, db, err := c.register()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, s := range c.Sites {
		if d.Site(s) == nil {
			return fmt.Errorf("list the agents: %w", unknown(s))
		}
	}
	return c.list(ctx, o.out, d, registry, time.Now())
}

// list writes a line for each agent, and below it what waits for a person and
// its processes.
func (c agentListCmd) list(ctx context.Context, w io.Writer, d *configs.District, registry *identity.Registry, now time.Time) error {
	all, err := registry.List(ctx, c.All)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(a identity.Agent) bool { return len(c.Sites) > 0 && !slices.Contains(c.Sites, a.Site) })
	if len(all) == 0 {
		fmt.Fprintln(w, c.text("none"))
		return nil
	}
	present := map[string]bool{} // sites whose agent was admitted
	widest, widestName, widestRole := 0, 0, 0
	for _, a := range all {
		present[a.Site] = present[a.Site] || a.Revoked.IsZero() && !a.Admitted.IsZero()
		widest, widestName = max(widest, configs.Columns(a.Site)), max(widestName, configs.Columns(c.name(d, a.Site)))
	}
	for _, r := range roles {
		widestRole = max(widestRole, configs.Columns(c.text(r)))
	}
	for _, a := range all {
		instances, err := registry.Instances(ctx, a.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s  %s  %s  %s\n", pad(a.Site, widest), pad(c.name(d, a.Site), widestName), a.UUID(), c.condition(a, present[a.Site], now))
		if a.Count > 0 {
			key := "unpushed"
			if !a.Revoked.IsZero() {
				key = "left"
			}
			fmt.Fprintf(w, "    %s\n", c.text(key, a.Count, local(a.Oldest)))
		}
		are, undecided := make([]string, len(instances)), false
		for n, i := range instances {
			are[n] = role(a, i)
			undecided = undecided || are[n] == "clone"
		}
		if undecided && !slices.Contains(are, "kept") {
			fmt.Fprintf(w, "    %s\n", c.text("decide", a.Site))
		}
		for n, i := range instances {
			fmt.Fprintf(w, "    %s  %s  %s  %s  %s\n", shortID(i.ID), pad(c.text(are[n]), widestRole), local(i.Last), i.Version, i.Arch)
		}
	}
	return nil
}

func (c agentListCmd) text(key string, args ...any) string {
	return words.Text(words.Agents+key, c.Lang, args...)
}

// name is the name of a site that may be gone.
func (c agentListCmd) name(d *configs.District, site string) string {
	if d.Site(site) == nil {
		return c.text("gone")
	}
	return siteName(d, site)
}

// condition says how an agent stands, and what a person can do.
func (c agentListCmd) condition(a identity.Agent, replaces bool, now time.Time) string {
	switch {
	case a.Replaced():
		return c.text("replaced", local(a.Revoked))
	case !a.Revoked.IsZero():
		return c.text("revoked", local(a.Revoked), a.Reason)
	case a.Lost(now):
		return c.text("expired.long", local(a.Expires), a.Site)
	case !a.Approved.IsZero():
		return c.text("approved", local(a.Expires), local(a.Approved))
	case !a.Asked.IsZero():
		return c.text("asks", local(a.Expires), local(a.Asked), a.Site)
	case now.After(a.Expires):
		return c.text("expired", local(a.Expires))
	case a.Admitted.IsZero() && replaces:
		return c.text("newcomer", local(a.Expires))
	case a.Admitted.IsZero():
		return c.text("first", local(a.Expires))
	}
	return c.text("expires", local(a.Expires))
}

var roles = []string{"speaks", "former", "clone", "kept"}

// role says how a process of an agent stands.
func role(a identity.Agent, i identity.Instance) string {
	switch {
	case !a.Revoked.IsZero():
		return "former"
	case i.Kept:
		return "kept"
	case i.Clone:
		return "clone"
	case i.Speaks:
		return "speaks"
	}
	return "former"
}

// pad fills a text up to a width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-configs.Columns(s)))
}

func local(t time.Time) string { return t.Local().Format(time.DateTime) }

func shortID(id [16]byte) string { return hex.EncodeToString(id[:])[:12] }

type agentKeepCmd struct {
	place
	Site     string `arg:"" help:"The site."`
	Instance string `arg:"" help:"The machine to keep: the digits that agent list shows, or the first of them."`
}

func (c agentKeepCmd) Run(ctx context.Context, o output) (err error) {
	d, registry, db, err := c.register()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	kept, err := registry.Keep(ctx, c.Site, c.Instance)
	if err != nil {
		return known(d, c.Site, err)
	}
	both(o.out, "will_keep", siteName(d, c.Site), shortID(kept.ID))
	return nil
}

type agentApproveCmd struct {
	place
	Site string `arg:"" help:"The site."`
}

func (c agentApproveCmd) Run(ctx context.Context, o output) (err error) {
	d, registry, db, err := c.register()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := registry.Approve(ctx, c.Site); err != nil {
		return known(d, c.Site, err)
	}
	both(o.out, "was_approved", siteName(d, c.Site))
	return nil
}

type agentRevokeCmd struct {
	place
	Site   string `arg:"" help:"The site."`
	Reason string `required:"" help:"Why, in words: it is shown at both ends."`
}

func (c agentRevokeCmd) Run(ctx context.Context, o output) (err error) {
	d, registry, db, err := c.register()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := registry.Revoke(ctx, c.Site, c.Reason); err != nil {
		return known(d, c.Site, err)
	}
	both(o.out, "was_revoked", siteName(d, c.Site), c.Reason, c.Site)
	return nil
}

// known says of an error that the site is not in the inventory, where that is
// so: it is mistyped, or its agent is one of the past.
func known(d *configs.District, site string, err error) error {
	if d.Site(site) == nil {
		return fmt.Errorf("%w; %w", err, unknown(site))
	}
	return err
}

func unknown(site string) error { return fmt.Errorf("site %q is not in the inventory", site) }

// siteName is the name of a site, or its id when it has none.
func siteName(d *configs.District, site string) string {
	if s := d.Site(site); s != nil && s.Name != "" {
		return s.Name
	}
	return site
}

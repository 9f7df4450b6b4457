package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
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
	All   bool     `help:"List revoked agents too."`
}

func (c agentListCmd) Run(ctx context.Context, o output) (err error) {
	d, registry, db, err := c.register()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	wanted := map[string]bool{}
	for _, s := range c.Sites {
		if d.Site(s) == nil {
			return fmt.Errorf("list the agents: site %q is not in the inventory", s)
		}
		wanted[s] = true
	}
	all, err := registry.List(ctx, c.All)
	if err != nil {
		return err
	}
	n := 0
	for _, a := range all {
		if len(wanted) > 0 && !wanted[a.Site] {
			continue
		}
		n++
		name := ""
		if s := d.Site(a.Site); s != nil {
			name = s.Name
		}
		fmt.Fprintf(o.out, "%s  %s  %s  %s\n", a.Site, name, a.UUID(), condition(a, time.Now()))
		if a.Count > 0 {
			fmt.Fprintf(o.out, "    %s\n", inBoth("unpushed", a.Count, local(a.Oldest)))
		}
		instances, err := registry.Instances(ctx, a.ID)
		if err != nil {
			return err
		}
		for _, i := range instances {
			role := "former"
			switch {
			case !a.Revoked.IsZero():
			case i.Kept:
				role = "kept"
			case i.Clone:
				role = "clone"
			case i.Speaks:
				role = "speaks"
			}
			fmt.Fprintf(o.out, "    %s  %s / %s  %s  %s  %s\n", shortID(i.ID), words.Text(words.Agents+role, "zh"), words.Text(words.Agents+role, "en"), local(i.Last), i.Version, i.Arch)
		}
	}
	if n == 0 {
		both(o.out, "none")
	}
	return nil
}

// condition says how an agent stands.
func condition(a identity.Agent, now time.Time) string {
	switch {
	case !a.Revoked.IsZero():
		return inBoth("revoked", local(a.Revoked), a.Reason)
	case !a.Approved.IsZero():
		return inBoth("approved", local(a.Expires), local(a.Approved))
	case !a.Asked.IsZero():
		return inBoth("asks", local(a.Expires), local(a.Asked))
	case now.After(a.Expires):
		return inBoth("expired", local(a.Expires))
	case a.Admitted.IsZero():
		return inBoth("newcomer", local(a.Expires))
	}
	return inBoth("expires", local(a.Expires))
}

func inBoth(key string, args ...any) string {
	return words.Text(words.Agents+key, "zh", args...) + " / " + words.Text(words.Agents+key, "en", args...)
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
		return err
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
		return err
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
		return err
	}
	both(o.out, "was_revoked", siteName(d, c.Site), c.Reason)
	return nil
}

func siteName(d *configs.District, site string) string {
	if s := d.Site(site); s != nil {
		return s.Name
	}
	return site
}

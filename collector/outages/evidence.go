package outages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"fengsui/checks"
	"fengsui/collector/posture"
	"fengsui/configs"
)

// longest bounds how much of a long outage is looked at: what was going on
// when it began stands in its first day.
const longest = 24 * time.Hour

// gather looks up what is known of an outage.
func (u *Outages) gather(ctx context.Context, o *Outage, now time.Time) (Evidence, error) {
	d := u.o.District()
	e := Evidence{Began: o.Began, Ended: o.Ended}
	site := d.Site(o.Site)
	if site != nil && !site.Hours.Always() {
		until := o.Ended
		if until.IsZero() {
			until = now
		}
		e.Excused = until.Before(posture.Missed(site.Hours, d.Calendar, d.Alerting.DutyGrace, o.Began))
	}
	boot, err := u.before(ctx, o, &e)
	if err != nil || o.Ended.IsZero() {
		return e, err
	}
	if err := u.after(ctx, o, &e, boot); err != nil {
		return e, err
	}
	return e, u.probed(ctx, o, site, &e)
}

// before reads what the process said that spoke before the outage.
func (u *Outages) before(ctx context.Context, o *Outage, e *Evidence) (boot []byte, err error) {
	var goodbye int64
	err = u.o.DB.Read.QueryRowContext(ctx, "SELECT boot, coalesce(goodbye, 0) FROM instances WHERE agent = ? AND instance = ?",
		o.agent, o.instance).Scan(&boot, &goodbye)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read who spoke for site %s before it fell silent: %w", o.Site, err)
	}
	e.Goodbye = at(goodbye)
	return boot, nil
}

// after reads who has spoken since.
func (u *Outages) after(ctx context.Context, o *Outage, e *Evidence, boot []byte) error {
	var agent, instance, now []byte
	var booted, left int64
	err := u.o.DB.Read.QueryRowContext(ctx, `SELECT i.agent, i.instance, i.boot, a.unacknowledged,
			coalesce((SELECT offset FROM anchors n WHERE n.agent = i.agent AND n.boot = i.boot ORDER BY since LIMIT 1), 0)
		FROM instances i JOIN agents a ON a.agent = i.agent
		WHERE a.site = ? AND i.superseded IS NULL AND i.last > ? ORDER BY i.last DESC LIMIT 1`,
		o.Site, o.Began.UnixNano()).Scan(&agent, &instance, &now, &left, &booted)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read who speaks for site %s since it is heard again: %w", o.Site, err)
	}
	e.Heard = true
	e.SameAgent = o.agent == nil || slices.Equal(agent, o.agent)
	e.SameBoot = slices.Equal(now, boot)
	e.SameInstance = slices.Equal(instance, o.instance)
	e.Booted = at(booted)
	e.Backlog = left > 0
	return nil
}

// probed counts what the agent saw in the middle of the outage. Its edges do
// not count: what was made just before the line went, or the machine, was not
// sent any more, and just before the end it was in reach already. Nor does what
// it saw while we did not listen: that nobody heard it then was our doing.
func (u *Outages) probed(ctx context.Context, o *Outage, site *configs.Site, e *Evidence) (err error) {
	from, to := o.Began.Add(u.o.Silence), o.Ended.Add(-u.o.Silence)
	if !e.SameBoot && !e.Booted.IsZero() && e.Booted.Before(to) {
		to = e.Booted
	}
	if limit := from.Add(longest); limit.Before(to) {
		to = limit
	}
	if !from.Before(to) {
		return nil
	}
	q, err := u.o.Queryable.Querier(from.UnixMilli(), to.Add(knownEvery+knownSlack).UnixMilli())
	if err != nil {
		return fmt.Errorf("read what site %s saw while it was not heard: %w", o.Site, err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	named := func(name string, more ...*labels.Matcher) storage.SeriesSet {
		return q.Select(ctx, false, nil, append(more, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name), labels.MustNewMatcher(labels.MatchEqual, "site", o.Site))...)
	}
	var listened []int64 // when we knew that it is silent, in Unix ms
	err = samples(named("fengsui_known_site_state"), func(_ labels.Labels, t int64, v float64) {
		if v == float64(checks.Silent) {
			listened = append(listened, t)
		}
	})
	if err != nil {
		return fmt.Errorf("read when we listened to site %s: %w", o.Site, err)
	}
	beyond := map[string]bool{}
	if site != nil {
		for i := range site.Checks {
			c := &site.Checks[i]
			beyond[c.ID] = looksBeyond(site, c)
			e.Expected = e.Expected || 2*c.Interval <= max(knownEvery*time.Duration(len(listened)), to.Sub(later(from, u.since)))
		}
	}
	err = samples(named("fengsui_check_state", labels.MustNewMatcher(labels.MatchEqual, "family", "pair")), func(of labels.Labels, t int64, v float64) {
		if t < from.UnixMilli() || t > to.UnixMilli() {
			return
		}
		next, _ := slices.BinarySearch(listened, t)
		if t < u.since.UnixMilli() && (next == len(listened) || listened[next]-t > (knownEvery+knownSlack).Milliseconds()) {
			return
		}
		e.Kept++
		if !beyond[of.Get("check")] || v == float64(checks.Unable) {
			return
		}
		e.Looks++
		if v < float64(checks.Down) {
			e.Reached++
		}
	})
	if err != nil {
		return fmt.Errorf("read what site %s saw while it was not heard: %w", o.Site, err)
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// knownEvery is how often posture writes what it knows; a turn may be late.
const (
	knownEvery = time.Minute
	knownSlack = 5 * time.Second
)

// samples calls f with every sample of a set.
func samples(set storage.SeriesSet, f func(of labels.Labels, t int64, v float64)) error {
	var it chunkenc.Iterator
	for set.Next() {
		s := set.At()
		it = s.Iterator(it)
		for it.Next() == chunkenc.ValFloat {
			t, v := it.At()
			f(s.Labels(), t, v)
		}
		if err := it.Err(); err != nil {
			return err
		}
	}
	return set.Err()
}

// looksBeyond says whether a check looks at something that is not of its site:
// only that says something of the site's line.
func looksBeyond(site *configs.Site, c *configs.Check) bool {
	switch c.Subject.Kind() {
	case "service":
	case "site":
		if c.Subject == site.Node() {
			return false
		}
	default:
		return false
	}
	a, ok := literal(c.Target)
	if !ok {
		return true
	}
	return !a.IsLoopback() && !slices.Contains(site.Gateways, a) && !slices.ContainsFunc(site.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// literal returns the address in a target that is one, alone, with a port or
// in a URL.
func literal(target string) (netip.Addr, bool) {
	host := target
	if strings.Contains(target, "://") {
		if u, err := url.Parse(target); err == nil {
			host = u.Hostname()
		}
	} else if at, err := netip.ParseAddrPort(target); err == nil {
		return at.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(host)
	return a.Unmap(), err == nil
}

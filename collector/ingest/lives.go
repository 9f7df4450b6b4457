package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui/collector/wire"
)

// A life is one process with one numbering. A process leaves a numbering when
// it opens a new epoch and never comes back to it, and a dead process never
// speaks. Whoever breaks that is a second machine with the same identity.
type life struct{ instance, epoch id }

// A clone is an agent that was proved to be two machines.
type clone struct {
	since      int64 // Unix ns
	one, other id    // the same when a running machine was copied
}

// speaks says whether an instance may push. A superseded one that said Hello
// again proves by its push that it is alive beside its successor.
func (g *group) speaks(a *agent, j *job) error {
	instance := id(j.contact.Instance)
	switch {
	case a.clone != nil && a.met(instance):
		return refuse(wire.CodeClone, a.site)
	case a.returned[instance] && j.push != nil:
		g.proved(a, instance, j.received)
		return refuse(wire.CodeClone, a.site)
	case a.former[instance]:
		return refuse(wire.CodeSuperseded)
	case a.current != instance:
		return refuse(wire.CodeHelloFirst)
	}
	for _, b := range j.batches {
		// A push that was long on its way, or another machine's: its next
		// Hello tells them apart.
		if b.epoch != a.declared && a.lives[life{instance, b.epoch}] {
			return refuse(wire.CodeSuperseded)
		}
	}
	return nil
}

// met says whether an instance has said Hello, ever.
func (a *agent) met(instance id) bool { return a.current == instance || a.former[instance] }

// proved stops both machines of an agent until a person decides.
func (g *group) proved(a *agent, other id, at time.Time) {
	a.clone = &clone{since: at.UnixNano(), one: a.current, other: other}
	g.clones = append(g.clones, a)
	g.i.metrics.clones.Inc()
	g.i.o.Logger.Error("two machines have one identity: nothing of either is taken until a person keeps one (fengsui-collector agent keep) or the site is enrolled anew",
		"site", a.site, "one", fmt.Sprintf("%x", a.current), "other", fmt.Sprintf("%x", other))
}

// meet takes an instance that says Hello among those of its agent. It says
// whether it has to open a new epoch; the error refuses the Hello.
func (g *group) meet(a *agent, j *job) (renumber bool, err error) {
	instance, epoch := id(j.contact.Instance), id(j.hello.Epoch)
	now := life{instance, epoch}
	known := a.lives[now]
	if a.clone != nil {
		kept, err := g.kept(a)
		if err != nil {
			return false, err
		}
		if kept == instance && !a.numbered(epoch) {
			g.ended = append(g.ended, endedRow{a.id, j.received.UnixNano()})
			a.clone = nil
			a.succeed(now)
			clear(a.returned)
			for other := range a.former {
				a.barred[other] = true
			}
			return false, nil
		}
		// It goes on probing, and is listed for the person who decides.
		if !a.met(instance) {
			a.former[instance] = true
		}
		a.lives[now] = true
		return kept == instance, nil
	}
	late := a.late(j.contact)
	switch {
	case a.barred[instance], late && a.current != instance:
		return false, refuse(wire.CodeSuperseded)
	case a.former[instance]:
		// What is held under its numbers may be the other's: it gets new ones,
		// and so takes nothing for acknowledged that is not its own.
		renumber = !a.returned[instance]
		a.returned[instance] = true
		a.lives[now] = true
		g.i.metrics.superseded.Inc()
		g.i.o.Logger.Warn("a superseded process says Hello: two machines may have one identity", "site", a.site, "instance", fmt.Sprintf("%x", instance))
		return renumber, nil
	case a.current == instance && epoch != a.declared && known:
		if late {
			return false, refuse(wire.CodeSuperseded)
		}
		g.proved(a, instance, j.received)
		return true, nil
	}
	a.succeed(now)
	a.boot0, a.bootNs = id(j.contact.Boot), j.contact.BootNs
	return false, nil
}

// mostLate bounds how long a Hello may have been on its way: nobody waits that
// long for its answer, and a machine whose boot clock went further back was
// restored from an image of its memory.
const mostLate = 10 * time.Minute

// late says whether a Hello was made before the newest that was heard of the
// same boot: the network held it back, and who said it may be dead since.
func (a *agent) late(c *wire.Contact) bool {
	return id(c.Boot) == a.boot0 && c.BootNs < a.bootNs && a.bootNs-c.BootNs <= int64(mostLate)
}

// succeed makes a life the one that is heard.
func (a *agent) succeed(l life) {
	if a.current != l.instance && a.current != (id{}) {
		a.former[a.current] = true
	}
	delete(a.former, l.instance) // kept by a person
	delete(a.barred, l.instance)
	a.current, a.declared = l.instance, l.epoch
	a.lives[l] = true
}

// numbered says whether anybody has used an epoch of the agent.
func (a *agent) numbered(epoch id) bool {
	for l := range a.lives {
		if l.epoch == epoch {
			return true
		}
	}
	return len(a.epoch(epoch).held) > 0
}

// kept returns the instance that a person decided for, as the command line
// beside this process wrote it; zero: nobody has decided yet.
func (g *group) kept(a *agent) (id, error) {
	var kept []byte
	err := g.i.o.DB.Read.QueryRow("SELECT kept FROM clones WHERE agent = ? AND ended IS NULL", a.id[:]).Scan(&kept)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		g.err = fmt.Errorf("read which machine of site %s is kept: %w", a.site, err)
		return id{}, g.err
	}
	if len(kept) != len(id{}) {
		return id{}, nil
	}
	return id(kept), nil
}

// loadLives reads who has spoken.
func (a *agent) loadLives(ctx context.Context, db *sql.DB) error {
	err := each(ctx, db, "SELECT instance, superseded IS NULL, returned IS NOT NULL, barred IS NOT NULL, epoch, boot, boot_ns FROM instances WHERE agent = ?", a.id, func(r *sql.Rows) error {
		var instance, epoch, boot []byte
		var current, returned, barred bool
		var bootNs int64
		if err := r.Scan(&instance, &current, &returned, &barred, &epoch, &boot, &bootNs); err != nil {
			return err
		}
		if current {
			a.current, a.boot0, a.bootNs = id(instance), id(boot), bootNs
			copy(a.declared[:], epoch)
			return nil
		}
		a.former[id(instance)] = true
		if returned {
			a.returned[id(instance)] = true
		}
		if barred {
			a.barred[id(instance)] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = each(ctx, db, "SELECT instance, epoch FROM lives WHERE agent = ?", a.id, func(r *sql.Rows) error {
		var instance, epoch []byte
		if err := r.Scan(&instance, &epoch); err != nil {
			return err
		}
		a.lives[life{id(instance), id(epoch)}] = true
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, db, "SELECT since, one, other FROM clones WHERE agent = ? AND ended IS NULL", a.id, func(r *sql.Rows) error {
		var c clone
		var one, other []byte
		if err := r.Scan(&c.since, &one, &other); err != nil {
			return err
		}
		c.one, c.other = id(one), id(other)
		a.clone = &c
		return nil
	})
}

type endedRow struct {
	agent id
	at    int64
}

// writeLives writes who spoke and what was proved. Of an agent that is a clone
// the current instance stays the one that it was.
func (g *group) writeLives(exec func(string, ...any)) {
	for _, h := range g.hellos {
		current := h.of.current
		exec("UPDATE instances SET superseded = ? WHERE agent = ? AND instance <> ? AND superseded IS NULL", h.at, h.agent[:], current[:])
		var superseded, returned any
		if h.instance != current {
			superseded = h.at
		}
		if h.returned {
			returned = h.at
		}
		exec(`INSERT INTO instances (agent, instance, first, last, version, arch, boot, booted, self_test, epoch, boot_ns, superseded, returned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (agent, instance) DO UPDATE SET last = excluded.last, version = excluded.version, arch = excluded.arch,
			boot = excluded.boot, booted = excluded.booted, self_test = excluded.self_test, goodbye = NULL, goodbye_reason = '',
			epoch = excluded.epoch, boot_ns = excluded.boot_ns, superseded = excluded.superseded, returned = excluded.returned`,
			h.agent[:], h.instance[:], h.at, h.at, h.version, h.arch, h.boot[:], h.booted, notNull(h.selfTest), h.epoch[:], h.bootNs, superseded, returned)
		exec("INSERT OR IGNORE INTO lives VALUES (?, ?, ?)", h.agent[:], h.instance[:], h.epoch[:])
		if h.wentBack {
			exec("UPDATE instances SET went_back = ? WHERE agent = ? AND instance = ?", h.at, h.agent[:], h.instance[:])
		}
	}
	for _, e := range g.ended {
		exec("UPDATE clones SET ended = ? WHERE agent = ?", e.at, e.agent[:])
		exec("UPDATE instances SET returned = NULL, barred = iif(superseded IS NULL, NULL, ?) WHERE agent = ?", e.at, e.agent[:])
	}
	for _, a := range g.clones {
		if c := a.clone; c != nil {
			exec(`INSERT INTO clones (agent, since, one, other) VALUES (?, ?, ?, ?) ON CONFLICT (agent) DO UPDATE
				SET since = excluded.since, one = excluded.one, other = excluded.other, kept = NULL, ended = NULL`, a.id[:], c.since, c.one[:], c.other[:])
		}
	}
}

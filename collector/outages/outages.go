// Package outages keeps the record of when sites were not heard, and says why:
// the line, the power, a switch, a wall, the agent's process, or nothing at all
// because the site was closed.
//
// An outage begins with the last contact before a site was judged silent and
// ends with the next one. What it was is guessed when the site is heard again,
// from what its agent says of itself, and judged anew while its backlog comes:
// what the agent saw meanwhile is the best witness.
package outages

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/storage"

	"fengsui/collector/state"
	"fengsui/configs"
)

// Options of a record of outages; all are required but those with a default.
type Options struct {
	DB        *state.DB
	Queryable storage.Queryable        // the history
	District  func() *configs.District // of now
	Silence   time.Duration            // after which a site is silent; 45 s
	Now       func() time.Time         // time.Now
	Logger    *slog.Logger             // nil: silent
}

// Outages keep the record. All methods may be called at the same time.
type Outages struct {
	o     Options
	since time.Time // when this process began to listen; before, known states tell
	wake  chan struct{}

	mu   sync.Mutex
	news []word

	next map[int64]time.Time // when an outage is worth another look; of Run
}

// A word says that a site is silent or heard.
type word struct {
	site   string
	silent bool
	at     time.Time
}

// Lengths that need no setting.
const (
	lookEvery = 10 * time.Second // at an outage whose evidence is not all in
	lastsLook = time.Minute      // at one that lasts
	settleIn  = 2 * time.Minute  // after the return, when nothing is left to come
	giveUp    = 24 * time.Hour   // after the return, in any case
	lookShare = 50               // of the time that a look takes, until the next
)

// New returns a record that takes notes when Run runs.
func New(o Options) *Outages {
	if o.Silence <= 0 {
		o.Silence = 45 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Outages{o: o, since: o.Now(), wake: make(chan struct{}, 1), next: map[int64]time.Time{}}
}

// Site takes the news that a site is silent, since a last contact, or is heard,
// at a first. It never waits; news that nothing changed is none.
func (u *Outages) Site(id string, silent bool, at time.Time) {
	u.mu.Lock()
	u.news = append(u.news, word{id, silent, at})
	u.mu.Unlock()
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// Run keeps the record until ctx ends. An error says that a disk failed.
func (u *Outages) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := u.turn(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("keep the record of outages: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-u.wake:
		case <-tick.C:
		}
	}
}

// turn writes down what is new and judges what is due.
func (u *Outages) turn(ctx context.Context) error {
	u.mu.Lock()
	news := u.news
	u.news = nil
	u.mu.Unlock()
	if len(news) > 0 {
		err := u.o.DB.Write(ctx, func(tx *sql.Tx) error {
			for _, n := range news {
				write := end
				if n.silent {
					write = begin
				}
				if err := write(tx, n.site, n.at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	open, err := unsettled(ctx, u.o.DB)
	if err != nil {
		return err
	}
	for i := range open {
		o := &open[i]
		fresh := slices.ContainsFunc(news, func(n word) bool { return n.site == o.Site })
		if now := u.o.Now(); fresh || !now.Before(u.next[o.ID]) {
			if err := u.look(ctx, o, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// look judges one outage by what is known now.
func (u *Outages) look(ctx context.Context, o *Outage, now time.Time) error {
	began := u.o.Now()
	e, err := u.gather(ctx, o, now)
	if err != nil {
		return err
	}
	v := Classify(e)
	every := lookEvery
	if o.Ended.IsZero() {
		every = lastsLook
	}
	u.next[o.ID] = now.Add(max(every, lookShare*u.o.Now().Sub(began)))
	settled := !o.Ended.IsZero() && (now.Sub(o.Ended) >= giveUp || e.Heard && !e.Backlog && now.Sub(o.Ended) >= settleIn)
	if settled {
		delete(u.next, o.ID)
	}
	if !settled && v.Class == o.Class && v.Code == o.Code && slices.Equal(v.Args, o.Args) && (o.Guessed != "" || o.Ended.IsZero() || v.Code == "not_heard") {
		return nil
	}
	if err := u.o.DB.Write(ctx, func(tx *sql.Tx) error { return judge(tx, o, v, now, settled) }); err != nil {
		return err
	}
	if v.Class != o.Class && !o.Ended.IsZero() {
		u.o.Logger.Info("a site was not heard for a while", "site", o.Site, "from", o.Began, "to", o.Ended, "class", v.Class, "why", v.Code, "before", o.Class)
	}
	return nil
}

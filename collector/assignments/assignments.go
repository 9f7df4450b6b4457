// Package assignments turns a district into what each site's agent has to do.
//
// An assignment is the encoded checks of one site, its revision the SHA-256
// of the bytes. Both are in SQL, with the labels of the checks, before any
// agent sees them: a result names its revision and the number of its check
// only, and is worth nothing without them.
package assignments

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/checks"
	"fengsui/collector/state"
	"fengsui/collector/wire"
	"fengsui/configs"
)

// cached bounds the revisions that are kept in memory: the sites' current
// ones of a large district and what a backlog still names.
const cached = 1024

// A Check is what the collector knows of a check: the labels of its series,
// and how often it runs.
type Check struct {
	Site     string        `json:"site"`
	Check    string        `json:"check"` // id, unique within the site
	Kind     string        `json:"kind"`
	Target   string        `json:"target"` // a service's id, or the check's: never an address
	Interval time.Duration `json:"interval_ns"`
}

// An Assignment is what a site's agent has to do.
type Assignment struct {
	Revision []byte         // SHA-256 of Encoded
	Encoded  []byte         // wire.Assignment
	Secrets  []*wire.Secret // that its checks name; never stored or logged
}

// Assignments are those of now and, by revision, those of before. All methods
// may be called at the same time.
type Assignments struct {
	db *state.DB

	publishing sync.Mutex // one at a time
	key        []byte     // of the versions of secrets; nil until one was needed

	mu      sync.Mutex
	current map[string]*Assignment // by site
	changed chan struct{}          // closed when current was replaced
	labels  map[string]*entry      // by revision
	clock   uint64                 // of use, to drop what was used longest ago
}

type entry struct {
	checks map[uint32]Check
	used   uint64
}

// New returns assignments without any: Publish brings the first.
func New(db *state.DB) *Assignments {
	return &Assignments{
		db:      db,
		current: map[string]*Assignment{}, changed: make(chan struct{}), labels: map[string]*entry{},
	}
}

// Publish makes the assignments of a district those of now: first on disk,
// then for agents, all sites in the same moment. After an error the former
// ones hold.
func (a *Assignments) Publish(ctx context.Context, d *configs.District) error {
	a.publishing.Lock()
	defer a.publishing.Unlock()
	next := map[string]*Assignment{}
	type row struct {
		site     string
		revision []byte
		encoded  []byte
		labels   []byte
		checks   map[uint32]Check
	}
	var rows []row
	known, err := a.secrets(ctx, d)
	if err != nil {
		return err
	}
	for i := range d.Sites {
		site := &d.Sites[i]
		checks := labelsOf(site)
		labels, err := json.Marshal(checks) // keys sorted
		if err != nil {
			return fmt.Errorf("encode the labels of site %s: %w", site.ID, err)
		}
		encoded, secrets, err := encode(site, labels, known)
		if err != nil {
			return fmt.Errorf("encode the assignment of site %s: %w", site.ID, err)
		}
		sum := sha256.Sum256(encoded)
		next[site.ID] = &Assignment{Revision: sum[:], Encoded: encoded, Secrets: secrets}
		rows = append(rows, row{site.ID, sum[:], encoded, labels, checks})
	}
	made := time.Now().UnixNano()
	err = a.db.Write(ctx, func(tx *sql.Tx) error {
		for _, r := range rows {
			if _, err := tx.Exec("INSERT INTO revisions (revision, site, assignment, labels, made) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				r.revision, r.site, r.encoded, r.labels, made); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the assignments of %d sites: %w", len(rows), err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range rows {
		a.rememberLocked(r.revision, r.checks)
	}
	a.current = next
	close(a.changed)
	a.changed = make(chan struct{})
	return nil
}

// Current returns a site's assignment of now, nil when the inventory has no
// such site. It is not to be changed.
func (a *Assignments) Current(site string) *Assignment {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current[site]
}

// Wait returns a site's assignment as soon as its revision is another than
// have, and nil when ctx is done before or the site is not (any more) in the
// inventory: an agent keeps what it has until somebody tells it otherwise.
func (a *Assignments) Wait(ctx context.Context, site string, have []byte) *Assignment {
	for {
		a.mu.Lock()
		now, changed := a.current[site], a.changed
		a.mu.Unlock()
		if now != nil && !bytes.Equal(now.Revision, have) {
			return now
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// labelsOf returns the labels of a site's checks by their number.
func labelsOf(site *configs.Site) map[uint32]Check {
	checks := make(map[uint32]Check, len(site.Checks))
	for _, c := range site.Checks {
		checks[c.Number] = Check{Site: site.ID, Check: c.ID, Kind: c.Kind, Target: c.TargetName, Interval: c.Interval}
	}
	return checks
}

// encode encodes a site's assignment, in the same bytes whenever it is the
// same, and returns the secrets that its checks name.
func encode(site *configs.Site, labels []byte, known map[string]*wire.Secret) ([]byte, []*wire.Secret, error) {
	digest := sha256.Sum256(labels)
	used := map[string]*wire.Secret{}
	m := &wire.Assignment{Site: site.ID, SiteName: site.Name, Labels: digest[:8]}
	for _, c := range site.Checks {
		check := &wire.Check{
			Number: c.Number, Id: c.ID, Kind: c.Kind, Target: c.Target,
			IntervalNs: c.Interval.Nanoseconds(), TimeoutNs: c.Timeout.Nanoseconds(),
			Family: uint32(c.Family), WantV6: c.WantV6, V4Only: c.V4Only,
			Sources: texts(c.Sources), Interface: c.Interface, Addresses: texts(c.Addresses), SuspicionNs: c.Suspicion.Nanoseconds(),
		}
		for name, values := range c.Options {
			if name == checks.SecretOption {
				values = refer(values, known, used)
			}
			check.Options = append(check.Options, &wire.Option{Name: name, Values: values})
		}
		slices.SortFunc(check.Options, func(a, b *wire.Option) int { return strings.Compare(a.Name, b.Name) })
		m.Checks = append(m.Checks, check)
	}
	slices.SortFunc(m.Checks, func(a, b *wire.Check) int { return cmp.Compare(a.Number, b.Number) })
	secrets := slices.SortedFunc(maps.Values(used), func(a, b *wire.Secret) int { return strings.Compare(a.Reference, b.Reference) })
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	return encoded, secrets, err
}

func texts(addrs []netip.Addr) (all []string) {
	for _, a := range addrs {
		all = append(all, a.String())
	}
	return all
}

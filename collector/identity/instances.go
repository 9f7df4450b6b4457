package identity

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Instance is one process of an agent, as its last Hello told of it.
type Instance struct {
	ID      [16]byte
	Version string
	Arch    string
	First   time.Time
	Last    time.Time // when it was last heard
	Speaks  bool      // it is the one that is heard, unless Clone
	Clone   bool      // it is one of two machines, and neither is heard
	Kept    bool      // a person decided for it, and it has not said Hello since
}

// Instances returns the processes of an agent, the last heard first: the one
// that speaks, and of those before it at most ten. While it is a clone those
// that have spoken since the proof are listed, one of which may be kept.
func (r *Registry) Instances(ctx context.Context, agent [16]byte) ([]Instance, error) {
	rows, err := r.db.Read.QueryContext(ctx, `SELECT i.instance, i.version, i.arch, i.first, i.last, i.superseded IS NULL,
			c.agent IS NOT NULL AND (i.last >= c.since OR i.instance = c.one OR i.instance = c.other), coalesce(c.kept = i.instance, 0)
		FROM instances i LEFT JOIN clones c ON c.agent = i.agent AND c.ended IS NULL
		WHERE i.agent = ? ORDER BY i.last DESC LIMIT 11`, agent[:])
	if err != nil {
		return nil, fmt.Errorf("list the processes of agent %s: %w", formatUUID(agent), err)
	}
	defer rows.Close()
	var all []Instance
	for rows.Next() {
		var i Instance
		var id []byte
		var first, last int64
		if err := rows.Scan(&id, &i.Version, &i.Arch, &first, &last, &i.Speaks, &i.Clone, &i.Kept); err != nil {
			return nil, fmt.Errorf("list the processes of agent %s: %w", formatUUID(agent), err)
		}
		copy(i.ID[:], id)
		i.First, i.Last = time.Unix(0, first), time.Unix(0, last)
		all = append(all, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the processes of agent %s: %w", formatUUID(agent), err)
	}
	return all, nil
}

// leastInstance is how many hex digits of an instance a person has to give.
const leastInstance = 4

// Keep decides for one of the two machines that have a site's identity. From
// its next Hello on it is heard, with a new epoch, and the other is not. The
// instance may be cut short. Errors say that there is nothing to decide, or
// that no machine, or more than one, is meant.
func (r *Registry) Keep(ctx context.Context, site, instance string) (Instance, error) {
	var kept Instance
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		var agent []byte
		err := tx.QueryRow(`SELECT c.agent FROM clones c JOIN agents a ON a.agent = c.agent
			WHERE a.site = ? AND a.revoked IS NULL AND c.ended IS NULL`, site).Scan(&agent)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("its agent in force is one machine: there is nothing to decide")
		}
		if err != nil {
			return err
		}
		all, err := r.Instances(ctx, [16]byte(agent))
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(i Instance) bool {
			return !i.Clone || !strings.HasPrefix(hex.EncodeToString(i.ID[:]), strings.ToLower(instance))
		})
		if len(instance) < leastInstance || len(all) != 1 {
			return fmt.Errorf("instance %q means %d of its machines, want one: give at least %d of the digits that agent list shows", instance, len(all), leastInstance)
		}
		kept = all[0]
		_, err = tx.Exec("UPDATE clones SET kept = ? WHERE agent = ?", kept.ID[:], agent)
		return err
	})
	if err != nil {
		return Instance{}, fmt.Errorf("keep a machine of site %s: %w", site, err)
	}
	return kept, nil
}

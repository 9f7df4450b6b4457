package assignments

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"fengsui/checks"
	"fengsui/collector/wire"
	"fengsui/configs"
)

// secrets returns a district's secrets by name, ready to travel. The collector
// has them from its configuration at every start and stores none. What it
// stores, and every assignment carries, is a version: a digest under a random
// key, so that whoever has seen assignments cannot try out values, and another
// value is another revision.
func (a *Assignments) secrets(ctx context.Context, d *configs.District) (map[string]*wire.Secret, error) {
	if len(d.Secrets) == 0 {
		return nil, nil
	}
	if a.key == nil {
		fresh := make([]byte, sha256.Size)
		rand.Read(fresh)
		err := a.db.Write(ctx, func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO secret_key VALUES (1, ?) ON CONFLICT DO NOTHING", fresh); err != nil {
				return err
			}
			return tx.QueryRow("SELECT key FROM secret_key").Scan(&fresh)
		})
		if err != nil {
			return nil, fmt.Errorf("store the key of the secrets' versions: %w", err)
		}
		a.key = fresh
	}
	all := map[string]*wire.Secret{}
	for _, s := range d.Secrets {
		all[s.Name] = &wire.Secret{Reference: s.Name + "@" + version(a.key, s), Value: []byte(s.Value)}
	}
	return all, nil
}

func version(key []byte, s configs.Secret) string {
	h := hmac.New(sha256.New, key)
	h.Write(binary.AppendUvarint(nil, uint64(len(s.Name)))) // no two pairs of name and value are alike
	h.Write([]byte(s.Name + s.Value))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// refer turns the names of secrets into references and notes which are used. A
// name without a secret stays one: its check is unable, secret_missing.
func refer(names []string, known, used map[string]*wire.Secret) []string {
	var all []string
	for _, name := range names {
		name = strings.TrimPrefix(name, checks.SecretPrefix) // either way names it
		if s := known[name]; s != nil {
			used[name] = s
			name = s.Reference
		}
		all = append(all, checks.SecretPrefix+name)
	}
	return all
}

package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fengsui/configs/words"
)

// Bind refuses an authority under which agents in force were not enrolled:
// they trust none but theirs, and would all be gone with the start. The error
// says so, with the way out, in both languages.
func (r *Registry) Bind(ctx context.Context) error {
	pin := r.authority.Pin()
	var locked int
	var former string
	err := r.db.Write(ctx, func(tx *sql.Tx) error {
		if !r.authority.own { // those from before there was another
			if _, err := tx.Exec("UPDATE agents SET authority = ? WHERE authority = ''", pin); err != nil {
				return err
			}
		}
		return tx.QueryRow("SELECT count(*), coalesce(max(authority), '') FROM agents WHERE revoked IS NULL AND authority <> ?", pin).Scan(&locked, &former)
	})
	if err != nil {
		return fmt.Errorf("ask under which authority the agents were enrolled: %w", err)
	}
	if locked == 0 {
		return nil
	}
	sentence := func(lang string) string {
		where, of := words.AuthorityBuilt, words.Text(words.AuthorityPin, lang, former)
		if r.authority.own {
			where = words.AuthorityOwn
		}
		if former == "" {
			of = words.Text(words.AuthorityFirst, lang)
		}
		return words.Text(words.AuthorityOther, lang, locked, pin, of, words.Text(where, lang, r.authority.path))
	}
	return errors.New(sentence("zh") + " / " + sentence("en"))
}

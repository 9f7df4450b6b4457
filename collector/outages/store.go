package outages

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"fengsui/collector/state"
	"fengsui/configs/words"
)

// An Outage is one time in which a site was not heard.
type Outage struct {
	ID      int64     `json:"id"`
	Site    string    `json:"site"`
	Began   time.Time `json:"began"`          // last contact before
	Ended   time.Time `json:"ended,omitzero"` // first contact after; zero: it lasts
	Class   string    `json:"class"`          // one of Classes
	Code    string    `json:"code"`           // of the evidence
	Args    []string  `json:"args"`
	Guessed string    `json:"guessed,omitempty"` // the class at the return
	Revised time.Time `json:"revised,omitzero"`  // when late results changed it
	Settled bool      `json:"settled"`           // all evidence is in

	agent, instance []byte
}

// Why is the evidence as a sentence, in Chinese for "zh" and in English
// otherwise. Times in it are the district's.
func (o Outage) Why(lang string, show func(time.Time) string) string {
	var args []any
	for _, a := range o.Args {
		if t, err := time.Parse(time.RFC3339, a); err == nil {
			a = show(t)
		}
		args = append(args, a)
	}
	return words.Text(words.OutageWhy+o.Code, lang, args...)
}

// ClassName is the class as people say it.
func (o Outage) ClassName(lang string) string { return words.Text(words.OutageClass+o.Class, lang) }

const columns = "id, site, agent, instance, began, coalesce(ended, 0), class, code, args, guessed, coalesce(revised, 0), settled IS NOT NULL"

// Most bounds what List returns.
const Most = 1000

// List reads outages, the newest first: of one site, or of all when site is
// empty, that ended behind since or still last.
func List(ctx context.Context, db *state.DB, site string, since time.Time, limit int) ([]Outage, error) {
	return read(ctx, db, `SELECT `+columns+` FROM outages WHERE (site = ?1 OR ?1 = '') AND (ended IS NULL OR ended >= ?2)
		ORDER BY began DESC, id DESC LIMIT ?3`, site, nanos(since), min(max(limit, 1), Most))
}

// Latest reads each site's newest outage.
func Latest(ctx context.Context, db *state.DB) (map[string]Outage, error) {
	all, err := read(ctx, db, `SELECT `+columns+` FROM outages WHERE id IN (SELECT max(id) FROM outages GROUP BY site)`)
	if err != nil {
		return nil, err
	}
	latest := make(map[string]Outage, len(all))
	for _, o := range all {
		latest[o.Site] = o
	}
	return latest, nil
}

// unsettled reads those whose evidence is not all in.
func unsettled(ctx context.Context, db *state.DB) ([]Outage, error) {
	return read(ctx, db, `SELECT `+columns+` FROM outages WHERE settled IS NULL ORDER BY id`)
}

func read(ctx context.Context, db *state.DB, query string, args ...any) ([]Outage, error) {
	rows, err := db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read outages: %w", err)
	}
	defer rows.Close()
	var all []Outage
	for rows.Next() {
		var o Outage
		var began, ended, revised int64
		var text string
		if err := rows.Scan(&o.ID, &o.Site, &o.agent, &o.instance, &began, &ended, &o.Class, &o.Code, &text, &o.Guessed, &revised, &o.Settled); err != nil {
			return nil, fmt.Errorf("read outages: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &o.Args); err != nil {
			return nil, fmt.Errorf("read the arguments of outage %d: %w", o.ID, err)
		}
		o.Began, o.Ended, o.Revised = at(began), at(ended), at(revised)
		all = append(all, o)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read outages: %w", err)
	}
	return all, nil
}

func at(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// begin notes that a site is not heard, unless that is noted already: a
// restart of the collector finds it silent again.
func begin(tx *sql.Tx, site string, last time.Time) error {
	_, err := tx.Exec(`INSERT OR IGNORE INTO outages (site, agent, instance, began)
		SELECT ?1, i.agent, i.instance, ?2 FROM (SELECT 1) LEFT JOIN (
			SELECT i.agent, i.instance FROM instances i JOIN agents a ON a.agent = i.agent
			WHERE a.site = ?1 AND i.superseded IS NULL AND i.last <= ?3 ORDER BY i.last DESC LIMIT 1) i`,
		site, last.UnixNano(), last.Add(time.Second).UnixNano())
	return err
}

// end notes that a site is heard again.
func end(tx *sql.Tx, site string, heard time.Time) error {
	_, err := tx.Exec("UPDATE outages SET ended = max(began, ?) WHERE site = ? AND ended IS NULL", heard.UnixNano(), site)
	return err
}

// judge writes what an outage is taken for now. The first class after its end
// is the guess, another one later a revision.
func judge(tx *sql.Tx, o *Outage, v Verdict, now time.Time, settled bool) error {
	args, err := json.Marshal(append([]string{}, v.Args...))
	if err != nil {
		return err
	}
	guessed, revised := o.Guessed, nanos(o.Revised)
	if !o.Ended.IsZero() && v.Code != "not_heard" {
		switch {
		case guessed == "":
			guessed = v.Class
		case v.Class != o.Class:
			revised = now.UnixNano()
		}
	}
	_, err = tx.Exec("UPDATE outages SET class = ?, code = ?, args = ?, guessed = ?, revised = nullif(?, 0), settled = ? WHERE id = ?",
		v.Class, v.Code, string(args), guessed, revised, sql.NullInt64{Int64: now.UnixNano(), Valid: settled}, o.ID)
	return err
}

// List is [List] of this record.
func (u *Outages) List(ctx context.Context, site string, since time.Time, limit int) ([]Outage, error) {
	return List(ctx, u.o.DB, site, since, limit)
}

// Latest is [Latest] of this record.
func (u *Outages) Latest(ctx context.Context) (map[string]Outage, error) {
	return Latest(ctx, u.o.DB)
}

package configs

import (
	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// Rows are a table that is no part of the language: contacts, carriers. What
// is wrong with them is said as of a configuration.
type Rows struct {
	Table int // which of the tables that were asked for
	g     *grid
	texts []map[string]string
}

// ReadRows reads a file as the one of some tables whose heads it has. Rows
// with a mistake are left out and reported by [Rows.Err].
func ReadRows(file string, open Workbook, tables ...[]Column) (*Rows, error) {
	r := newReading(file)
	s := r.open(file, "", open)
	t := &Rows{}
	if s != nil && len(s.Rows) > 0 {
		for i, table := range tables {
			if known(s.Rows[0], table) > known(s.Rows[0], tables[t.Table]) {
				t.Table = i
			}
		}
	}
	if t.g = r.grid(file, s, tables[t.Table]); t.g == nil {
		_, err := r.result()
		return nil, err
	}
	var kept []sheet.Row
	for _, row := range t.g.rows {
		texts, right := map[string]string{}, true
		for i, c := range t.g.columns {
			if c == nil {
				continue
			}
			text, ok := t.g.value(row, i)
			if ok && text == "" && c.Needs {
				r.problem(rangeOf(file, t.g.cell(row, i)), phrase(words.TableNoCell, quote(c.Heads[0]), c.Word))
				ok = false
			}
			texts[c.Word], right = text, right && ok
		}
		if right {
			t.texts, kept = append(t.texts, texts), append(kept, row)
		}
	}
	t.g.rows = kept
	return t, nil
}

// Len is how many rows are right so far.
func (t *Rows) Len() int { return len(t.texts) }

// Text is what stands in a column of a row, as the language writes it.
func (t *Rows) Text(row int, word string) string { return t.texts[row][word] }

// Line is where a row stands.
func (t *Rows) Line(row int) int { return t.g.rows[row][0].Line }

// Refuse says what is wrong with a cell, by a sentence of package words, and
// what may have been meant, "" when nothing is known.
func (t *Rows) Refuse(row int, word, meant, key string, args ...any) {
	at := t.g.rows[row][0]
	for i, c := range t.g.columns {
		if c != nil && c.Word == word {
			at = t.g.cell(t.g.rows[row], i)
		}
	}
	t.g.r.problem(rangeOf(t.g.file, at), phrase(key, args...), meant)
}

// Err is a [*Mistakes] with everything that is wrong, nil when nothing is.
func (t *Rows) Err() error { _, err := t.g.r.result(); return err }

// Near returns the name among known that name was probably meant to be, "" if
// none is near enough.
func Near(name string, known []string) string { return near(name, known) }

// Package sheet reads and writes tables as offices keep them, and knows where
// each cell stood. CSV is read here; a workbook (XLSX) becomes the same in
// collector/workbook, because the agent links this package and no such reader.
package sheet

import (
	"strings"
	"unicode/utf8"
)

// What a table may be at most, so that reading one takes bounded time and
// memory whatever it holds.
const (
	MaxRows    = 5001 // with the header
	MaxColumns = 64
	MaxCell    = 4 << 10 // bytes
)

// A Sheet is a table as it was read.
type Sheet struct {
	Text []byte // as lines of UTF-8, to show places in
	Rows []Row  // blank ones too, but for those at the end
}

// A Row is the cells of one row, at least one.
type Row []Cell

// Blank says whether nothing is written in a row.
func (r Row) Blank() bool {
	for _, c := range r {
		if strings.TrimFunc(c.Text, Space) != "" {
			return false
		}
	}
	return true
}

// A Cell is a text and its place.
type Cell struct {
	Text     string
	Day      bool // a workbook holds it as a date; Text is 2026-11-24
	Line     int  // from 1
	Column   int  // from 1, in characters of the line
	From, To int  // in bytes of the sheet's Text
}

// A Fault is why something is no table, with its place as far as it has one.
type Fault struct {
	Key  string // of the sentence in package words
	Args []any
	At   *Cell
	Text []byte // as of the sheet, when At is in it and there is no sheet
}

// Space says whether a character shows nothing: the blanks of every width, and
// those without any that a web page leaves in a copied text.
func Space(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\n', '\u00A0', '\u3000', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF':
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

// trim takes blank rows off the end: spreadsheets write them.
func (s *Sheet) trim() {
	for len(s.Rows) > 0 && s.Rows[len(s.Rows)-1].Blank() {
		s.Rows = s.Rows[:len(s.Rows)-1]
	}
}

// Of makes a sheet of texts that have no text around them, as a workbook has
// them: a line for each row, on which cells stand with a bar between them.
func Of(rows [][]Cell) *Sheet {
	s := &Sheet{}
	for i, cells := range rows {
		row, column := make(Row, 0, max(1, len(cells))), 1
		for j, c := range cells {
			if j > 0 {
				s.Text = append(s.Text, " | "...)
				column += 3
			}
			shown := strings.Map(oneLine, c.Text)
			c.Line, c.Column, c.From = i+1, column, len(s.Text)
			s.Text = append(s.Text, shown...)
			c.To = len(s.Text)
			column += utf8.RuneCountInString(shown)
			row = append(row, c)
		}
		if len(row) == 0 {
			row = append(row, Cell{Line: i + 1, Column: 1, From: len(s.Text), To: len(s.Text)})
		}
		s.Text = append(s.Text, '\n')
		s.Rows = append(s.Rows, row)
	}
	s.trim()
	return s
}

func oneLine(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

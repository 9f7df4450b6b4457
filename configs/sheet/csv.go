package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fengsui/configs/words"
)

// ReadCSV reads a text of comma-separated values (RFC 4180).
func ReadCSV(src []byte) (*Sheet, *Fault) {
	text, fault := decode(src)
	if fault != nil {
		return nil, fault
	}
	s := &Sheet{Text: text}
	starts := []int{0} // of lines
	for i, b := range text {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	place := func(line, column int) Cell { // column in bytes, from 1
		from := min(starts[line-1]+column-1, len(text))
		return Cell{Line: line, Column: utf8.RuneCount(text[starts[line-1]:from]) + 1, From: from, To: from}
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	next := 1 // the line after the record before
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			s.trim()
			return s, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			at := place(bad.StartLine, 1)
			at.To = len(text)
			return s, &Fault{Key: words.SheetQuote, At: &at}
		}
		if err != nil {
			return s, &Fault{Key: words.SheetEncoding}
		}
		end := int(r.InputOffset())
		line, _ := r.FieldPos(0)
		for ; next < line && len(s.Rows) <= MaxRows; next++ { // the reader leaves blank lines out
			s.Rows = append(s.Rows, Row{place(next, 1)})
		}
		next = line + bytes.Count(text[starts[line-1]:end], []byte("\n"))
		if end == len(text) && !bytes.HasSuffix(text, []byte("\n")) {
			next++
		}
		row := make(Row, len(fields))
		for i, field := range fields {
			row[i] = place(r.FieldPos(i))
			row[i].Text = unguard(field)
			if i > 0 {
				row[i-1].To = max(row[i-1].From, row[i].From-1) // the comma between
			}
		}
		last := &row[len(row)-1]
		last.To = max(last.From, len(bytes.TrimSuffix(text[:end], []byte("\n"))))
		s.Rows = append(s.Rows, row)
		if fault := bounded(s.Rows); fault != nil {
			return s, fault
		}
	}
}

// bounded looks at the last row of some.
func bounded(rows []Row) *Fault {
	row := rows[len(rows)-1]
	switch {
	case len(rows) > MaxRows:
		return &Fault{Key: words.SheetRows, Args: []any{fmt.Sprint(MaxRows - 1)}, At: &rows[MaxRows][0]}
	case len(row) > MaxColumns:
		return &Fault{Key: words.SheetColumns, Args: []any{fmt.Sprint(MaxColumns)}, At: &row[MaxColumns]}
	}
	for i := range row {
		if len(row[i].Text) > MaxCell {
			return &Fault{Key: words.SheetCell, Args: []any{fmt.Sprint(MaxCell)}, At: &row[i]}
		}
	}
	return nil
}

// Bounded says what of a sheet is too much.
func (s *Sheet) Bounded() *Fault {
	for i := range s.Rows {
		if fault := bounded(s.Rows[:i+1]); fault != nil {
			return fault
		}
	}
	return nil
}

// formulas are what a spreadsheet takes the beginning of a formula for, also
// in a file of plain text: who opens the file would run it.
const formulas = "=+-@\t\r"

// guard writes an apostrophe before such a text, and before one that begins
// with an apostrophe: so unguard knows which was written.
func guard(text string) string {
	if text != "" && strings.ContainsRune(formulas+"'", rune(text[0])) {
		return "'" + text
	}
	return text
}

func unguard(text string) string {
	if len(text) > 1 && text[0] == '\'' && strings.ContainsRune(formulas+"'", rune(text[1])) {
		return text[1:]
	}
	return text
}

// WriteCSV writes rows as Excel and WPS open them: in UTF-8 with its mark, or
// in GB18030, with the line ends of Windows.
func WriteCSV(w io.Writer, rows [][]string, gb18030 bool) error {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	out.UseCRLF = true
	for _, row := range rows {
		guarded := make([]string, len(row))
		for i, cell := range row {
			guarded[i] = guard(cell)
		}
		if err := out.Write(guarded); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	src := append([]byte("\uFEFF"), text.Bytes()...)
	if gb18030 {
		var err error
		if src, err = simplifiedchinese.GB18030.NewEncoder().Bytes(text.Bytes()); err != nil {
			return err
		}
	}
	_, err := w.Write(src)
	return err
}

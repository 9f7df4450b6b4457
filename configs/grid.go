package configs

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// A Workbook reads a file of Excel: the sheet of a name, or the only one. The
// collector hands it in, because the agent imports this package and stays
// small.
type Workbook func(src []byte, name string) (*sheet.Sheet, *sheet.Fault)

// A grid is a table whose columns are known.
type grid struct {
	r       *reading
	file    string
	columns []*Column // of the sheet's columns, nil: to be left alone
	heads   sheet.Row
	rows    []sheet.Row
}

// ignored are columns that an office numbers and annotates its tables with.
var ignored = []string{"序号", "备注", "no", "note"}

// open reads a file as a table, nil when it is none.
func (r *reading) open(file, name string, open Workbook) *sheet.Sheet {
	src, ok := r.read(file)
	if !ok {
		return nil
	}
	s, fault := r.sheet(file, name, src, open)
	if s != nil {
		r.sources[file] = s.Text
	}
	if fault != nil {
		if s == nil {
			r.sources[file] = fault.Text
		}
		r.broken = true
		r.fault(file, fault)
		return nil
	}
	return s
}

// grid finds some columns in a table. It is nil when there is no sense in
// looking at rows.
func (r *reading) grid(file string, s *sheet.Sheet, columns []Column) *grid {
	if s == nil {
		return nil
	}
	g := &grid{r: r, file: file}
	if !g.head(s, columns) {
		r.broken = true
		return nil
	}
	g.body(s)
	return g
}

func (r *reading) sheet(file, name string, src []byte, open Workbook) (*sheet.Sheet, *sheet.Fault) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".csv":
		return sheet.ReadCSV(src)
	case ".xlsx":
		if open == nil {
			return nil, &sheet.Fault{Key: words.TableNoWorkbook}
		}
		return open(src, name)
	}
	return nil, &sheet.Fault{Key: words.TableKind}
}

func (r *reading) fault(file string, f *sheet.Fault) {
	s := phrase(f.Key, f.Args...)
	if f.At == nil {
		r.file(file, s)
		return
	}
	r.problem(rangeOf(file, *f.At), s)
}

func rangeOf(file string, c sheet.Cell) hcl.Range {
	start := hcl.Pos{Line: c.Line, Column: c.Column, Byte: c.From}
	return hcl.Range{Filename: file, Start: start, End: hcl.Pos{Line: c.Line, Column: c.Column + max(1, c.To-c.From), Byte: c.To}}
}

// head reads the first row.
func (g *grid) head(s *sheet.Sheet, columns []Column) bool {
	if len(s.Rows) == 0 {
		g.r.file(g.file, phrase(words.TableEmpty, heads(columns)))
		return false
	}
	g.heads = s.Rows[0]
	if len(g.heads) == 1 && strings.ContainsAny(g.heads[0].Text, "\t;；，、|") {
		g.r.problem(rangeOf(g.file, g.heads[0]), phrase(words.TableSeparator))
		return false
	}
	if known(g.heads, columns) == 0 {
		at := rangeOf(g.file, g.heads[0])
		for i := 1; i < min(len(s.Rows), 6); i++ {
			if known(s.Rows[i], columns) > 1 {
				g.r.problem(at, phrase(words.TableTitle, strconv.Itoa(s.Rows[i][0].Line)))
				return false
			}
		}
		g.r.problem(at, phrase(words.TableNoHead, heads(columns)))
		return false
	}
	right := true
	first := map[string]sheet.Cell{}
	for i, cell := range g.heads {
		text := strings.TrimFunc(cell.Text, sheet.Space)
		at := slices.IndexFunc(columns, func(c Column) bool { return text != "" && c.named(text) })
		switch {
		case at >= 0:
			c := &columns[at]
			if f, twice := first[c.Word]; twice {
				g.r.problem(rangeOf(g.file, cell), phrase(words.TableHeadTwice, quote(text), quote(f.Text), strconv.Itoa(f.Column)))
				right = false
			}
			first[c.Word] = cell
			g.columns = append(g.columns, c)
			continue
		case text == "" && !slices.ContainsFunc(s.Rows, func(r sheet.Row) bool { return i < len(r) && !(sheet.Row{r[i]}).Blank() }):
		case text == "":
			g.r.problem(rangeOf(g.file, cell), phrase(words.TableHeadless, strconv.Itoa(i+1), heads(columns)))
			right = false
		case !slices.Contains(ignored, fold(text)):
			var all []string
			for _, c := range columns {
				all = append(append(all, c.Heads...), c.Word)
			}
			g.r.problem(rangeOf(g.file, cell), phrase(words.TableHead, quote(text), heads(columns)), near(text, all))
			right = false
		}
		g.columns = append(g.columns, nil)
	}
	for _, c := range columns {
		if _, ok := first[c.Word]; c.Needs && !ok && right {
			g.r.problem(rangeOf(g.file, g.heads[0]), phrase(words.TableNoColumn, quote(c.Heads[0]), c.Word))
			right = false
		}
	}
	return right
}

// known counts the heads of columns in a row.
func known(row sheet.Row, columns []Column) int {
	n := 0
	for _, cell := range row {
		if slices.ContainsFunc(columns, func(c Column) bool { return c.named(cell.Text) }) {
			n++
		}
	}
	return n
}

// body takes the rows below the head, and refuses what is no row.
func (g *grid) body(s *sheet.Sheet) {
	var columns []Column
	for _, c := range g.columns {
		if c != nil {
			columns = append(columns, *c)
		}
	}
	for _, row := range s.Rows[1:] {
		switch {
		case row.Blank():
			g.r.problem(rangeOf(g.file, row[0]), phrase(words.TableBlankRow, strconv.Itoa(row[0].Line)))
		case len(columns) > 1 && known(row, columns) == len(columns):
			g.r.problem(rangeOf(g.file, row[0]), phrase(words.TableHeadAgain, strconv.Itoa(g.heads[0].Line)))
		default:
			if len(row) > len(g.columns) && !row[len(g.columns):].Blank() {
				g.r.problem(rangeOf(g.file, row[len(g.columns)]), phrase(words.TableExtra, strconv.Itoa(len(row)), strconv.Itoa(len(g.columns))))
				continue
			}
			g.rows = append(g.rows, row)
		}
	}
	if a, b, ok := g.swapped(); ok {
		g.r.broken = true // every row says the wrong thing: no more of it
		g.rows = nil
		g.r.problem(rangeOf(g.file, g.heads[a]), phrase(words.TableSwapped, quote(g.heads[a].Text), quote(g.heads[b].Text)))
	}
}

// swapped finds two columns of which every row has what belongs into the
// other.
func (g *grid) swapped() (a, b int, ok bool) {
	for a := range g.columns {
		for b := a + 1; b < len(g.columns); b++ {
			if g.columns[a] == nil || g.columns[b] == nil || g.columns[a].Shape == g.columns[b].Shape {
				continue
			}
			n := 0
			for _, row := range g.rows {
				x, y := g.cell(row, a).Text, g.cell(row, b).Text
				if x == "" || y == "" {
					continue
				}
				if g.columns[a].fits(x) || g.columns[b].fits(y) || !g.columns[a].fits(y) || !g.columns[b].fits(x) {
					n = 0
					break
				}
				n++
			}
			if n > 0 {
				return a, b, true
			}
		}
	}
	return 0, 0, false
}

// cell is a row's cell in a column; a row may be shorter than the head.
func (g *grid) cell(row sheet.Row, column int) sheet.Cell {
	if column < len(row) {
		return row[column]
	}
	end := row[len(row)-1]
	end.Text, end.From, end.Day = "", end.To, false
	return end
}

// value reads the cell of a row in a column, "" when it is blank. What a
// spreadsheet or an input method made of it is refused with what to write.
func (g *grid) value(row sheet.Row, column int) (string, bool) {
	cell, c := g.cell(row, column), g.columns[column]
	text, why := c.clean(cell, g.heads[column].Text)
	if why != nil {
		why.args = append([]any{quote(g.heads[column].Text), quote(cell.Text)}, why.args...)
		g.r.problem(rangeOf(g.file, cell), *why)
		return "", false
	}
	return text, true
}

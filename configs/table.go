package configs

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// takeTables reads the tables that the files name, before anything else is
// read of them: every row becomes the block that it stands for, in the file
// or within its unit or link, with its places in the table. So whatever the
// language refuses is refused of a table too, with its row and column.
func (l *loading) takeTables(tops []*block) {
	within := map[string]map[string]*hclsyntax.Block{"unit": {}, "link": {}}
	for _, top := range tops {
		for _, b := range top.body.Blocks {
			if owners := within[b.Type]; owners != nil && len(b.Labels) == 1 && owners[b.Labels[0]] == nil {
				owners[b.Labels[0]] = b
			}
		}
	}
	type table struct {
		kind tableKind
		grid *grid
		file *hclsyntax.Body
	}
	var all []table
	for _, top := range tops {
		top.each("table", `table "sites"`, func(b *block) {
			if g, t := l.tableBlock(b); g != nil {
				all = append(all, table{t, g, top.body})
			}
		})
	}
	// An access point may lie within a unit of a table, in whatever order.
	slices.SortStableFunc(all, func(a, b table) int { return cmp.Compare(a.kind.within, b.kind.within) })
	for _, t := range all {
		for _, row := range t.grid.rows {
			l.takeRow(t.kind, t.grid, row, t.file, within)
		}
	}
}

// maxTables bounds the tables of all files.
const maxTables = 50

// tableBlock reads what a block says and the table that it names, nil when
// there is no sense in looking at its rows.
func (l *loading) tableBlock(b *block) (*grid, tableKind) {
	name := b.labels[0]
	t, known := tables[name]
	if !known {
		l.problem(b.at, phrase(words.TableUnknown, quote(name), strings.Join(Tables(), ", ")), near(name, Tables()))
	}
	var file, tab string
	ok := must(b, "file", &file, wantLine(maxText), words.WantTableFile)
	read(b, "sheet", &tab, wantLine(maxName))
	b.done()
	if !known || !ok {
		l.broken = true
		return nil, t
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(b.at.Filename), file)
	}
	if _, twice := l.sources[file]; twice {
		l.problem(b.where("file"), phrase(words.TableTwice, file))
		return nil, t
	}
	if l.tables++; l.tables > maxTables {
		l.problem(b.at, phrase(words.ConfigTooMany, "table", strconv.Itoa(maxTables)))
		return nil, t
	}
	return l.grid(file, l.open(file, tab, l.workbook), t.columns), t
}

// takeRow puts the block of a row where it belongs.
func (l *loading) takeRow(t tableKind, g *grid, row sheet.Row, file *hclsyntax.Body, within map[string]map[string]*hclsyntax.Block) {
	owners := within[t.within]
	at := rangeOf(g.file, row[0])
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: at, EndRange: at}
	var label, owner string
	right := true
	for i, c := range g.columns {
		if c == nil {
			continue
		}
		text, ok := g.value(row, i)
		place := rangeOf(g.file, g.cell(row, i))
		isLabel := c.Word == "id" || c.Word == t.within
		switch {
		case !ok:
			right = false
		case isLabel && text == "":
			l.problem(place, phrase(words.TableNoCell, quote(c.Heads[0]), c.Word))
			right = false
		case isLabel && !namePattern.MatchString(text):
			l.problem(place, phrase(words.ConfigBadValue, g.heads[i].Text, quote(text), phrase(words.WantName)))
			right = false
		case c.Word == "id":
			label, at = text, place
		case isLabel:
			owner = text
			right = l.owned(t.within, owner, owners, place) && right
		case text != "":
			body.Attributes[c.Word] = &hclsyntax.Attribute{Name: c.Word, Expr: c.expression(text, place), SrcRange: place, NameRange: place}
		}
	}
	if !right { // what refers to it is right
		l.lost[t.block+" "+label] = true
		return
	}
	b := &hclsyntax.Block{
		Type: t.block, Labels: []string{label}, Body: body,
		TypeRange: at, LabelRanges: []hcl.Range{at}, OpenBraceRange: at, CloseBraceRange: at,
	}
	if t.within != "" {
		file = owners[owner].Body
	} else if of := within[t.block]; of != nil && of[label] == nil {
		of[label] = b
	}
	file.Blocks = append(file.Blocks, b)
}

// owned says whether a row's unit or link can take it.
func (l *loading) owned(kind, name string, owners map[string]*hclsyntax.Block, at hcl.Range) bool {
	owner := owners[name]
	switch {
	case owner == nil && l.lost[kind+" "+name]:
		return false
	case owner == nil:
		l.problem(at, phrase(words.TableNoOwner, kind, quote(name)), near(name, sortedKeys(owners)))
		return false
	case owner.Body.Attributes["for_each"] != nil: // each of them would have it
		l.problem(at, phrase(words.TableManyOwners, kind, quote(name)))
		return false
	}
	return true
}

// expression writes a value as the parser would have read it.
func (c *Column) expression(text string, at hcl.Range) hclsyntax.Expression {
	literal := func(v cty.Value) hclsyntax.Expression { return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at} }
	quoted := func(s string) hclsyntax.Expression {
		return &hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{literal(cty.StringVal(s))}, SrcRange: at}
	}
	switch c.Shape {
	case Flag:
		return literal(cty.BoolVal(text == "true"))
	case Thing:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil { // a level is a number in the language
			return literal(cty.NumberIntVal(n))
		}
	case List:
		list := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: at}
		for _, item := range strings.FieldsFunc(text, separates) {
			list.Exprs = append(list.Exprs, quoted(item))
		}
		return list
	}
	return quoted(text)
}

// separates says whether a character stands between the items of a list.
func separates(r rune) bool { return sheet.Space(r) || slices.Contains([]rune(",;、"), r) }

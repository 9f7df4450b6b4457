// Package workbook reads and writes tables as Excel and WPS keep them (XLSX),
// for package sheet, which the agent links and which therefore knows CSV only.
package workbook

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// maxUnpacked bounds what a workbook unpacks to, in bytes.
const maxUnpacked = 16 << 20

// Read reads the sheet of a name; without a name the only one that is not
// empty.
func Read(src []byte, name string) (_ *sheet.Sheet, fault *sheet.Fault) {
	if bytes.HasPrefix(src, []byte{0xD0, 0xCF, 0x11, 0xE0}) { // nor is one with a password opened: its key may take for ever
		return nil, &sheet.Fault{Key: words.WorkbookOld}
	}
	// The library trusts its input here and there; a table that it cannot read
	// is the file's fault, not the end of the collector.
	defer func() {
		if p := recover(); p != nil {
			fault = &sheet.Fault{Key: words.WorkbookBroken, Args: []any{fmt.Sprint(p)}}
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(src), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, // of one size: nothing goes to temporary files
	})
	if err != nil {
		return nil, &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
	}
	defer f.Close()
	tab, fault := choose(f, name)
	if fault != nil {
		return nil, fault
	}
	raw, fault := rows(f, tab, true)
	if fault != nil {
		return nil, fault
	}
	seen, fault := rows(f, tab, false)
	if fault != nil {
		return nil, fault
	}
	if merged, err := f.GetMergeCells(tab, true); err != nil || len(merged) > 0 {
		if err != nil {
			return nil, &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
		}
		return nil, mergedFault(merged[0], raw)
	}
	return cells(f, tab, raw, seen)
}

// choose finds the sheet that is meant.
func choose(f *excelize.File, name string) (string, *sheet.Fault) {
	list := f.GetSheetList()
	if name != "" {
		if !slices.Contains(list, name) {
			return "", &sheet.Fault{Key: words.WorkbookSheet, Args: []any{strconv.Quote(name), strings.Join(list, "、")}}
		}
		return name, nil
	}
	var filled []string
	for _, s := range list {
		r, err := f.Rows(s)
		if err != nil { // a chart
			continue
		}
		if r.Next() {
			filled = append(filled, s)
		}
		r.Close()
	}
	switch len(filled) {
	case 0:
		return "", &sheet.Fault{Key: words.WorkbookEmpty}
	case 1:
		return filled[0], nil
	}
	return "", &sheet.Fault{Key: words.WorkbookSheets, Args: []any{strings.Join(filled, "、")}}
}

// rows reads the values of a sheet, as they are kept or as they are shown,
// and stops where it is too large.
func rows(f *excelize.File, tab string, raw bool) ([][]string, *sheet.Fault) {
	broken := func(err error) *sheet.Fault {
		return &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
	}
	r, err := f.Rows(tab)
	if err != nil {
		return nil, broken(err)
	}
	defer r.Close()
	var all [][]string
	for r.Next() {
		if len(all) == sheet.MaxRows {
			return nil, &sheet.Fault{Key: words.SheetRows, Args: []any{strconv.Itoa(sheet.MaxRows - 1)}}
		}
		row, err := r.Columns(excelize.Options{RawCellValue: raw})
		if err != nil {
			return nil, broken(err)
		}
		for len(row) > 0 && row[len(row)-1] == "" {
			row = row[:len(row)-1]
		}
		if len(row) > sheet.MaxColumns {
			return nil, &sheet.Fault{Key: words.SheetColumns, Args: []any{strconv.Itoa(sheet.MaxColumns)}}
		}
		all = append(all, row)
	}
	if err := r.Error(); err != nil {
		return nil, broken(err)
	}
	return all, nil
}

// mergedFault shows cells that are one: only the first of them has the
// content, the rows of the others would lack it.
func mergedFault(m excelize.MergeCell, raw [][]string) *sheet.Fault {
	fault := &sheet.Fault{Key: words.WorkbookMerged, Args: []any{m.GetStartAxis() + ":" + m.GetEndAxis()}}
	return at(fault, raw, m.GetStartAxis())
}

// at gives a fault the place of a cell in the text that is shown.
func at(fault *sheet.Fault, raw [][]string, cell string) *sheet.Fault {
	column, line, err := excelize.CellNameToCoordinates(cell)
	s := plain(raw)
	if err == nil && line <= len(s.Rows) && column <= len(s.Rows[line-1]) {
		fault.At = &s.Rows[line-1][column-1]
		fault.Text = s.Text
	}
	return fault
}

func plain(raw [][]string) *sheet.Sheet {
	all := make([][]sheet.Cell, len(raw))
	for i, row := range raw {
		for _, text := range row {
			all[i] = append(all[i], sheet.Cell{Text: text})
		}
	}
	return sheet.Of(all)
}

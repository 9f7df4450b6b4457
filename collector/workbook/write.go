package workbook

import (
	"io"

	"github.com/xuri/excelize/v2"
)

// Write writes rows as a workbook of one sheet. Every cell is a text, and
// formatted as one, so that nobody's digits become a number or a day when the
// file is edited.
func Write(w io.Writer, name string, rows [][]string) (err error) {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName(f.GetSheetName(0), name); err != nil {
		return err
	}
	style, err := f.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	widest := 1
	for i, row := range rows {
		for j, text := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(name, cell, text); err != nil {
				return err
			}
			widest = max(widest, j+1)
		}
	}
	last, err := excelize.ColumnNumberToName(widest)
	if err != nil {
		return err
	}
	if err := f.SetColStyle(name, "A:"+last, style); err != nil {
		return err
	}
	return f.Write(w)
}

// asText is the number of the built-in format @.
const asText = 49

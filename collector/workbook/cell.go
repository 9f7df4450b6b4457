package workbook

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// cells reads every cell as the person meant it who filled it in.
func cells(f *excelize.File, tab string, raw, seen [][]string) (*sheet.Sheet, *sheet.Fault) {
	days := map[int]bool{} // by style
	props, err := f.GetWorkbookProps()
	if err != nil {
		return nil, &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
	}
	mac := props.Date1904 != nil && *props.Date1904
	all := make([][]sheet.Cell, len(raw))
	for i, row := range raw {
		for j, kept := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return nil, &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
			}
			formula, err := f.GetCellFormula(tab, name)
			if err != nil {
				return nil, &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
			}
			if formula != "" {
				return nil, at(&sheet.Fault{Key: words.WorkbookFormula, Args: []any{name}}, raw, name)
			}
			shown := kept
			if i < len(seen) && j < len(seen[i]) {
				shown = seen[i][j]
			}
			cell, err := meant(f, tab, name, kept, shown, days, mac)
			if err != nil {
				return nil, &sheet.Fault{Key: words.WorkbookBroken, Args: []any{err.Error()}}
			}
			all[i] = append(all[i], cell)
		}
	}
	s := sheet.Of(all)
	if fault := s.Bounded(); fault != nil {
		fault.Text = s.Text
		return nil, fault
	}
	return s, nil
}

// meant reads one cell: of a number its digits, however they are shown, but
// zeros that the format puts before them; of a day the day, counted from 1904
// where the workbook was made on a Mac.
func meant(f *excelize.File, tab, name, kept, shown string, days map[int]bool, mac bool) (sheet.Cell, error) {
	kind, err := f.GetCellType(tab, name)
	if err != nil || kept == "" {
		return sheet.Cell{}, err
	}
	switch kind {
	case excelize.CellTypeBool:
		return sheet.Cell{Text: strconv.FormatBool(kept == "1" || kept == "TRUE")}, nil
	case excelize.CellTypeUnset, excelize.CellTypeNumber:
	case excelize.CellTypeDate:
		if t, err := time.Parse("2006-01-02", kept[:min(10, len(kept))]); err == nil {
			return sheet.Cell{Text: t.Format(time.DateOnly), Day: true}, nil
		}
		return sheet.Cell{Text: kept}, nil
	default:
		return sheet.Cell{Text: kept}, nil
	}
	number, err := strconv.ParseFloat(kept, 64)
	if err != nil {
		return sheet.Cell{Text: kept}, nil
	}
	style, err := f.GetCellStyle(tab, name)
	if err != nil {
		return sheet.Cell{}, err
	}
	day, known := days[style]
	if !known {
		s, err := f.GetStyle(style)
		if err != nil {
			return sheet.Cell{}, err
		}
		day = isDay(s)
		days[style] = day
	}
	switch {
	case day:
		t, err := excelize.ExcelDateToTime(number, mac)
		return sheet.Cell{Text: t.Format(time.DateOnly), Day: true}, err
	case number >= 1e15: // Excel keeps 15 digits: the others are lost
		return sheet.Cell{Text: strconv.FormatFloat(number, 'E', -1, 64)}, nil
	case strings.HasPrefix(shown, "0") && strings.Trim(shown, "0123456789") == "" && len(shown) > len(kept):
		return sheet.Cell{Text: shown}, nil
	}
	return sheet.Cell{Text: strconv.FormatFloat(number, 'f', -1, 64)}, nil
}

// isDay says whether a style shows a number as a day: ECMA-376 part 1, 18.8.30,
// with the formats of Chinese offices.
func isDay(s *excelize.Style) bool {
	n := s.NumFmt
	if s.CustomNumFmt != nil {
		return dayFormat.MatchString(quotedText.ReplaceAllString(*s.CustomNumFmt, ""))
	}
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 58
}

var (
	quotedText = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]`)
	dayFormat  = regexp.MustCompile(`(?i)[yd]`)
)

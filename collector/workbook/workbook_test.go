package workbook

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

// made is a workbook as somebody fills one in.
func made(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func set(t testing.TB, f *excelize.File, values map[string]any) {
	t.Helper()
	for cell, v := range values {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
}

func texts(s *sheet.Sheet) [][]string {
	var all [][]string
	for _, row := range s.Rows {
		cells := []string{}
		for _, c := range row {
			cells = append(cells, c.Text)
		}
		all = append(all, cells)
	}
	return all
}

// TestMeant: cells are read as the person meant them, whatever Excel shows.
func TestMeant(t *testing.T) {
	t.Parallel()
	src := made(t, func(f *excelize.File) {
		set(t, f, map[string]any{
			"A1": "名称", "B1": "编码", "A2": "青福镇", "B2": 150204100001, "A3": true, "B3": 46350, "A4": 7, "B4": 12345678901234567, "A5": 0.5, "B6": "x",
			"A6": "=1+1", "A7": "  ",
		})
		day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			t.Fatal(err)
		}
		zeros, own := "000", ""
		padded, err := f.NewStyle(&excelize.Style{CustomNumFmt: &zeros})
		if err != nil {
			t.Fatal(err)
		}
		own = `yyyy"年"m"月"d"日"`
		chinese, err := f.NewStyle(&excelize.Style{CustomNumFmt: &own})
		if err != nil {
			t.Fatal(err)
		}
		set(t, f, map[string]any{"C3": 46350})
		for cell, style := range map[string]int{"B3": day, "C3": chinese, "A4": padded} {
			if err := f.SetCellStyle("Sheet1", cell, cell, style); err != nil {
				t.Fatal(err)
			}
		}
	})
	s, fault := Read(src, "")
	if fault != nil {
		t.Fatalf("%+v", fault)
	}
	want := [][]string{{"名称", "编码"}, {"青福镇", "150204100001"}, {"true", "2026-11-24", "2026-11-24"}, {"007", "1.2345678901234568E+16"}, {"0.5"}, {"=1+1", "x"}}
	if diff := cmp.Diff(want, texts(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := s.Rows[2][1]; !c.Day || c.Line != 3 || string(s.Text[c.From:c.To]) != "2026-11-24" {
		t.Errorf("the day is %+v, want one in line 3", c)
	}
}

// TestFaults: what cannot be read as it was meant is refused.
func TestFaults(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer // a right workbook, and a file in it that unpacks to more
	z := zip.NewWriter(&bomb)
	right := made(t, func(f *excelize.File) { set(t, f, map[string]any{"A1": "标识"}) })
	files, err := zip.NewReader(bytes.NewReader(right), int64(len(right)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files.File {
		if err := z.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.Create("xl/media/image1.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, maxUnpacked)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		src        []byte
		sheet, key string
		shown      string // of the place
	}{
		"merged": {made(t, func(f *excelize.File) {
			set(t, f, map[string]any{"A1": "标识", "B1": "上级", "A2": "a", "B2": "hub", "A3": "b"})
			if err := f.MergeCell("Sheet1", "B2", "B3"); err != nil {
				t.Fatal(err)
			}
		}), "", words.WorkbookMerged, "hub"},
		"formula": {made(t, func(f *excelize.File) {
			set(t, f, map[string]any{"A1": "标识", "A2": 5})
			if err := f.SetCellFormula("Sheet1", "A2", `=2+3`); err != nil {
				t.Fatal(err)
			}
		}), "", words.WorkbookFormula, "5"},
		"two sheets": {made(t, func(f *excelize.File) {
			set(t, f, map[string]any{"A1": "标识"})
			if _, err := f.NewSheet("旧表"); err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStr("旧表", "A1", "x"); err != nil {
				t.Fatal(err)
			}
		}), "", words.WorkbookSheets, ""},
		"no such sheet": {made(t, func(*excelize.File) {}), "站点", words.WorkbookSheet, ""},
		"empty":         {made(t, func(*excelize.File) {}), "", words.WorkbookEmpty, ""},
		"far row":       {made(t, func(f *excelize.File) { set(t, f, map[string]any{"A1": "x", "A20000": "y"}) }), "", words.SheetRows, ""},
		"far column":    {made(t, func(f *excelize.File) { set(t, f, map[string]any{"XFD1": "y"}) }), "", words.SheetColumns, ""},
		"long cell":     {made(t, func(f *excelize.File) { set(t, f, map[string]any{"A1": strings.Repeat("x", sheet.MaxCell+1)}) }), "", words.SheetCell, strings.Repeat("x", sheet.MaxCell+1)},
		"old":           {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest of it"), "", words.WorkbookOld, ""},
		"no zip":        {[]byte("标识,名称\n"), "", words.WorkbookBroken, ""},
		"bomb":          {bomb.Bytes(), "", words.WorkbookBroken, ""},
	} {
		s, fault := Read(tt.src, tt.sheet)
		if fault == nil || fault.Key != tt.key || s != nil {
			t.Errorf("%s: got %+v, want %s", name, fault, tt.key)
			continue
		}
		if tt.shown != "" && (fault.At == nil || string(fault.Text[fault.At.From:fault.At.To]) != tt.shown) {
			t.Errorf("%s: the place is %+v, want the cell of %q", name, fault.At, tt.shown)
		}
		if zh := words.Text(fault.Key, "zh", fault.Args...); strings.Contains(zh, "%!") {
			t.Errorf("%s: %s", name, zh)
		}
	}
}

// TestWrite: what was written is read again cell for cell, as texts.
func TestWrite(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"标识", "电话"}, {"=1+1", "0472-3333333"}, {"150204100001", "007"}, {"2026-11-24", "'x"}, {"", "含\n换行"}}
	var out bytes.Buffer
	if err := Write(&out, "站点", rows); err != nil {
		t.Fatal(err)
	}
	s, fault := Read(out.Bytes(), "站点")
	if fault != nil {
		t.Fatalf("%+v", fault)
	}
	if diff := cmp.Diff(rows, texts(s)); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
}

// FuzzRead: whatever a file holds, it is a bounded table or a fault.
func FuzzRead(f *testing.F) {
	f.Add(made(f, func(b *excelize.File) { set(f, b, map[string]any{"A1": "标识", "B2": 7, "C3": true}) }))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, fault := Read(src, "")
		if (s == nil) == (fault == nil) {
			t.Fatalf("both or none: %v, %+v", s, fault)
		}
		if s != nil && s.Bounded() != nil {
			t.Fatal("a table beyond its bounds")
		}
	})
}

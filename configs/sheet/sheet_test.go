package sheet

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"fengsui/configs/words"
)

func gb(t testing.TB, s string) []byte {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func texts(s *Sheet) [][]string {
	var all [][]string
	for _, row := range s.Rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, c.Text)
		}
		all = append(all, cells)
	}
	return all
}

// TestReadCSV: every encoding that an office writes gives the same table.
func TestReadCSV(t *testing.T) {
	t.Parallel()
	const text = "名称,备注\n青福镇,\"含,逗号和\"\"引号\"\"\"\n\n𠮷村,两行\n,\n"
	want := [][]string{{"名称", "备注"}, {"青福镇", `含,逗号和"引号"`}, {""}, {"𠮷村", "两行"}}
	for name, src := range map[string][]byte{
		"utf-8": []byte(text), "with mark": []byte("\uFEFF" + text), "windows": []byte(strings.ReplaceAll(text, "\n", "\r\n")), "gb18030": gb(t, text),
		"gb18030, windows": gb(t, strings.ReplaceAll(text, "\n", "\r\n")),
	} {
		s, fault := ReadCSV(src)
		if fault != nil {
			t.Errorf("%s: %+v", name, fault)
			continue
		}
		if diff := cmp.Diff(want, texts(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		c := s.Rows[3][0]
		if c.Line != 4 || c.Column != 1 || string(s.Text[c.From:c.To]) != "𠮷村" {
			t.Errorf("%s: the cell stands at %d:%d %q, want 4:1 𠮷村", name, c.Line, c.Column, s.Text[c.From:c.To])
		}
		if c := s.Rows[1][1]; c.Line != 2 || c.Column != 5 || string(s.Text[c.From:c.To]) != `"含,逗号和""引号"""` {
			t.Errorf("%s: the cell stands at %d:%d %q, want 2:5 with its quotes", name, c.Line, c.Column, s.Text[c.From:c.To])
		}
	}
}

// TestFaults: what is no table is said, and what to do.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		src  []byte
		key  string
		args []any
		line int
	}{
		"utf-16":     {[]byte("\xFF\xFEa\x00"), words.SheetUTF16, nil, 0},
		"workbook":   {[]byte("PK\x03\x04rest"), words.SheetWorkbook, nil, 0},
		"old excel":  {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), words.SheetWorkbook, nil, 0},
		"joined":     {append([]byte("名称,编码\n青福镇,1\n"), gb(t, "兴胜镇,2\n")...), words.SheetMixed, []any{"3"}, 0},
		"one byte":   {[]byte("名称\n青福\xE9镇\n"), words.SheetMixed, []any{"2"}, 0},
		"no letters": {[]byte("a,b\n\xFF\xFF\xFF\n"), words.SheetGarbled, []any{"2", "1"}, 0},
		"replaced":   {[]byte("名称\n青\uFFFD镇\n"), words.SheetGarbled, []any{"2", "2"}, 0},
		"twice":      {[]byte("名称\n锟斤拷\n"), words.SheetGarbled, []any{"2", "1"}, 0},
		"zero":       {[]byte("a\nb\x00\n"), words.SheetGarbled, []any{"2", "2"}, 0},
		"quote":      {[]byte("a,b\n\"x,y\nz\n"), words.SheetQuote, nil, 2},
		"rows":       {bytes.Repeat([]byte("a\n"), MaxRows+1), words.SheetRows, []any{"5000"}, MaxRows + 1},
		"blank rows": {append(bytes.Repeat([]byte("\n"), MaxRows+10), 'a'), words.SheetRows, []any{"5000"}, MaxRows + 1},
		"columns":    {bytes.Repeat([]byte("a,"), MaxColumns), words.SheetColumns, []any{"64"}, 1},
		"cell":       {bytes.Repeat([]byte("a"), MaxCell+1), words.SheetCell, []any{"4096"}, 1},
	} {
		_, fault := ReadCSV(tt.src)
		if fault == nil || fault.Key != tt.key || !cmp.Equal(fault.Args, tt.args) || tt.line > 0 && (fault.At == nil || fault.At.Line != tt.line) {
			t.Errorf("%s: got %+v, want %s %v at line %d", name, fault, tt.key, tt.args, tt.line)
		}
	}
}

// TestWriteCSV: what was written is read again as it was, whatever a cell
// begins with, and nothing that is written begins a formula.
func TestWriteCSV(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"名称", "电话"}, {"=1+1", "+86 472"}, {"-", "@x"}, {"'quoted", "''=twice"}, {"a'b", "two\nlines"}, {`"`, "\t="}}
	for _, gb18030 := range []bool{false, true} {
		var out bytes.Buffer
		if err := WriteCSV(&out, rows, gb18030); err != nil {
			t.Fatal(err)
		}
		s, fault := ReadCSV(out.Bytes())
		if fault != nil {
			t.Fatalf("%+v", fault)
		}
		if diff := cmp.Diff(rows, texts(s)); diff != "" {
			t.Errorf("gb18030 %t (-written +read):\n%s", gb18030, diff)
		}
		for _, line := range strings.Split(out.String(), "\r\n") {
			for _, cell := range strings.Split(line, ",") {
				if cell = strings.Trim(strings.TrimPrefix(cell, "\uFEFF"), `"`); cell != "" && strings.ContainsAny(cell[:1], formulas) {
					t.Errorf("the file has the cell %q, want an apostrophe before it", cell)
				}
			}
		}
	}
}

// FuzzReadCSV: whatever a file holds, it is a bounded table whose places lie
// in its text, or a fault.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("名称,编码\r\n青福镇,\"1\r\n2\"\r\n\r\n,"))
	f.Add(gb(f, "名称,编码\n青福镇,150204100\n"))
	f.Add([]byte("\uFEFFa\n\n\nb,\"c\"\"d\""))
	f.Fuzz(func(t *testing.T, src []byte) {
		s, fault := ReadCSV(src)
		if fault != nil {
			if words.Text(fault.Key, "zh", fault.Args...) == "" || strings.Contains(words.Text(fault.Key, "zh", fault.Args...), "%!") {
				t.Errorf("the fault %+v cannot be said", fault)
			}
			return
		}
		line := 0
		for i, row := range s.Rows {
			if len(row) == 0 || len(row) > MaxColumns || i >= MaxRows || row[0].Line <= line {
				t.Fatalf("row %d has %d cells from line %d, after line %d", i, len(row), row[0].Line, line)
			}
			line = row[0].Line
			for _, c := range row {
				if c.From < 0 || c.From > c.To || c.To > len(s.Text) || c.Line < 1 || c.Column < 1 || len(c.Text) > MaxCell {
					t.Fatalf("the cell %+v is not in the text of %d bytes", c, len(s.Text))
				}
			}
		}
	})
}

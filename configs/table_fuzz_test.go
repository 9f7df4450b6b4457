package configs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/sheet"
)

// FuzzTable: whatever a table holds, its rows are blocks that the language
// reads, or mistakes that can be shown.
func FuzzTable(f *testing.F) {
	files, err := filepath.Glob("testdata/wrong/*/*.csv")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add("sites", src)
	}
	f.Add("access", []byte("单位,接入点,必需,源地址,签约带宽(Mbps),开通日期\ncaizheng,main,是,\"10.1.1.2，::\",100,2026/3/4\n"))
	f.Add("circuits", []byte("link,id,device\nhub-qingfu,telecom,hub-core\n"))
	f.Add("units", []byte("标识,名称,预算单位编码,预算单位,预算级次\njiaoyuju,教育局,101001,是,一级\ncaizheng,财政局,,否,2\n"))
	f.Fuzz(func(t *testing.T, table string, src []byte) {
		kind, known := tables[table]
		if !known || len(src) > maxFile {
			return
		}
		l := newLoading("x", demoKinds(), testParse)
		body := l.parse("x.hcl", []byte("site \"hub\" {\n  kind = \"hub\"\n}\nunit \"caizheng\" {\n}\nlink \"hub-qingfu\" {\n}\n"))
		within := map[string]map[string]*hclsyntax.Block{"unit": {"caizheng": body.Blocks[1]}, "link": {"hub-qingfu": body.Blocks[2]}}
		s, fault := sheet.ReadCSV(src)
		if s != nil {
			l.sources["t.csv"] = s.Text
		}
		if fault != nil {
			l.fault("t.csv", fault)
		} else if g := l.grid("t.csv", s, kind.columns); g != nil {
			for _, row := range g.rows {
				l.takeRow(kind, g, row, body, within)
			}
		}
		l.files([]*hclsyntax.Body{body})
		if _, err := l.finish(); err != nil {
			shown(t, err)
		}
	})
}

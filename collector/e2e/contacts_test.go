package e2e_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fengsui/collector/e2e"
	"fengsui/collector/state"
	"fengsui/collector/workbook"
	"fengsui/configs/sheet"
)

// TestWhomToCall: a book of contacts as an office keeps it is imported by the
// command beside a collector at work, and who gets the alert of a silent town
// reads there whom to call, by name and number, and the carrier's hotline with
// the number of the circuit. They stand in the state and in that one text:
// nowhere in the configuration, a log, a metric, a page, a label or a short
// message.
func TestWhomToCall(t *testing.T) {
	t.Parallel()
	d := district(t, 8*time.Second)
	must(t, d.Configure("sites.hcl", `site "hub" {
  kind = "hub"
}
link "hub-qingfu" {
  between = ["hub", "qingfu"]
  circuit "telecom" {}
}
`+site("qingfu", listener(t), 1)))
	must(t, d.StartCollector(t.Context()))
	a := enrol(t, d, "qingfu")
	must(t, a.Start())
	results(t, d, "qingfu", 2)

	// Numbers that nothing else here could be, as they are written in the book.
	const mobile, office, hotline, number = "13947208461", "0472-5836194", "0472-6291837", "NMBT-77301946"
	var people, carriers bytes.Buffer
	must(t, sheet.WriteCSV(&people, [][]string{ // as a spreadsheet in Chinese saves it
		{"序号", "对象", "岗位", "联系人", "联系电话", "联系时间", "备注"},
		{"1", "site.qingfu", "网络管理员", "甲某", mobile, "工作日", "兼值班"},
		{"2", "site.qingfu", "值班室", "乙某", office, "", ""},
	}, true))
	must(t, workbook.Write(&carriers, "运营商", [][]string{
		{"线路", "运营商", "报修电话", "专线号", "承诺修复"},
		{"hub-qingfu/telecom", "中国电信", hotline, number, "4小时"},
	}))
	var said []string
	for name, content := range map[string][]byte{"contacts.csv": people.Bytes(), "carriers.xlsx": carriers.Bytes()} {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, content, 0o600))
		out, err := d.Run(t.Context(), "contacts", "import", path)
		must(t, err)
		said = append(said, out)
	}

	a.Process().Kill()
	until(t, "the alert of the silent town", func() error {
		if n := len(d.Hook.Got()); n == 0 {
			return fmt.Errorf("%d notifications", n)
		}
		return nil
	})
	n := d.Hook.Got()[0]
	for lang, text := range map[string]string{"zh": n.TextZH, "en": n.TextEN} {
		for _, want := range []string{"甲某", mobile, "乙某", office, "中国电信", hotline, number} {
			if !strings.Contains(text, want) {
				t.Errorf("the text (%s) lacks %s:\n%s", lang, want, text)
			}
		}
	}

	secret := func(where, text string) {
		t.Helper()
		for _, no := range []string{"甲某", mobile, "乙某", office, hotline, number} {
			if strings.Contains(text, no) {
				t.Errorf("%s tells %s", where, no)
			}
		}
	}
	secret("the short message", n.SMSZH)
	secret("a label", fmt.Sprint(n.GroupKey, n.GroupLabels))
	for _, al := range n.Alerts {
		secret("an alert", fmt.Sprint(al.Labels, al.Annotations))
	}
	secret("an import", fmt.Sprint(said))
	for _, page := range []string{"/metrics", "/plain", "/plain?lang=en&all=1", "/api/v1/alerts", "/api/v1/rules", "/api/v1/metadata",
		"/api/v1/series?match[]={__name__=~\".%2B\"}", "/api/v1/fengsui/graph", "/api/v1/fengsui/outages", "/api/v1/fengsui/tasks"} {
		body, err := d.Web().Get(t.Context(), page)
		must(t, err)
		secret(page, body)
	}
	must(t, d.Collector().Stop(patience))
	secret("the collector's log", d.Collector().Output())
	secret("the agent's log", a.Process().Output())
	must(t, filepath.WalkDir(d.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "state.db") {
			return err
		}
		content, err := os.ReadFile(path)
		secret(path, string(content))
		return err
	}))
	if got := strings.Join(holders(t, d, mobile), " "); got != "contacts" {
		t.Errorf("tables of the state that hold the number: %q, want contacts alone", got)
	}
	if got := strings.Join(holders(t, d, hotline), " "); got != "carriers" {
		t.Errorf("tables of the state that hold the hotline: %q, want carriers alone", got)
	}
}

// holders are the tables of the state in which a text stands in any column.
func holders(t *testing.T, d *e2e.District, text string) (found []string) {
	t.Helper()
	db, err := state.Open(filepath.Join(d.Data(), "state.db"))
	must(t, err)
	defer db.Close()
	rows, err := db.Read.Query("SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var table, column string
		must(t, rows.Scan(&table, &column))
		var n int
		must(t, db.Read.QueryRow(fmt.Sprintf("SELECT count(*) FROM %q WHERE instr(CAST(%q AS TEXT), ?)", table, column), text).Scan(&n))
		if n > 0 && !slices.Contains(found, table) {
			found = append(found, table)
		}
	}
	must(t, rows.Err())
	return found
}

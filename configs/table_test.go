package configs

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/calendar"
	"fengsui/configs/sheet"
)

// taken are the blocks that tables make of their rows, as the language would
// be written: the source of the HCL file is given, the tables are files.
func taken(t *testing.T, src string, files map[string]string) (*loading, []string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := newLoading(dir, testKinds, nil)
	body := l.parse(filepath.Join(dir, "x.hcl"), []byte(src))
	l.takeTables([]*block{l.top(body)})
	var written []string
	var walk func(path string, b *hclsyntax.Body)
	walk = func(path string, b *hclsyntax.Body) {
		for _, a := range inOrder(b.Attributes) {
			written = append(written, path+" "+a.Name+" = "+shownLiteral((*scope)(nil).literal(a.Expr)))
		}
		for _, in := range b.Blocks {
			if in.Type != "table" {
				written = append(written, path+in.Type+"."+strings.Join(in.Labels, "."))
				walk(path+in.Type+"."+strings.Join(in.Labels, ".")+"/", in.Body)
			}
		}
	}
	walk("", body)
	return l, written
}

func shownLiteral(l literal) string {
	switch l.kind {
	case 't':
		return l.text
	case 'b':
		if l.bool {
			return "true"
		}
		return "false"
	case 'n':
		return l.number.String()
	case 'l':
		var all []string
		for _, item := range l.list {
			all = append(all, shownLiteral(item))
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	return string(l.kind)
}

const owners = `
table "access" {
  file = "access.csv"
}
table "circuits" {
  file = "circuits.csv"
}
unit "caizheng" {
}
unit "many" {
  for_each = ["a", "b"]
}
link "hub-qingfu" {
}
`

// TestRowsWithinBlocks: rows of access points and circuits go into their unit
// and link, with values of the types that the language wants.
func TestRowsWithinBlocks(t *testing.T) {
	t.Parallel()
	l, got := taken(t, owners, map[string]string{
		"access.csv": "单位,接入点,必需,源地址,接入方式,签约带宽（Mbps）,开通日期,备注\n" +
			"caizheng,main,是,10.1.1.2 2001:db8::2,5G,100,2026/3/4,看门人已知会\n" +
			"caizheng,back,N,,fiber,1Gbps,,\n",
		"circuits.csv": "Link,ID,Device,Interface\nhub-qingfu,telecom,hub-core,GigabitEthernet0/0/3\n",
	})
	if len(l.problems) > 0 {
		t.Fatal((&Mistakes{Problems: l.problems}).Error())
	}
	want := []string{
		"unit.caizheng", "unit.caizheng/access.main",
		"unit.caizheng/access.main/ required = true", "unit.caizheng/access.main/ sources = [10.1.1.2 2001:db8::2]",
		"unit.caizheng/access.main/ access = 5g", "unit.caizheng/access.main/ cir = 100Mbps", "unit.caizheng/access.main/ opened = 2026-03-04",
		"unit.caizheng/access.back",
		"unit.caizheng/access.back/ required = false", "unit.caizheng/access.back/ access = fiber", "unit.caizheng/access.back/ cir = 1Gbps",
		"unit.many", "unit.many/ for_each = [a b]",
		"link.hub-qingfu", "link.hub-qingfu/circuit.telecom",
		"link.hub-qingfu/circuit.telecom/ device = hub-core", "link.hub-qingfu/circuit.telecom/ interface = GigabitEthernet0/0/3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnitsTable: the finance bureau's list makes units, that other tables may
// put access points into, whichever is named first.
func TestUnitsTable(t *testing.T) {
	t.Parallel()
	const hcl = "table \"access\" {\n  file = \"access.csv\"\n}\ntable \"units\" {\n  file = \"units.csv\"\n}\n"
	access := "单位,接入点\ncaizheng,main\n"
	l, got := taken(t, hcl, map[string]string{"access.csv": access,
		"units.csv": "序号,单位标识,单位名称,预算单位编码,财政预算单位,预算级次\n1,caizheng,区财政局,101001,是,一级\n2,tushuguan,图书馆,101001003,是,2\n3,gongsi,某公司,,否,\n4,dangxiao,党校,,未定,\n"})
	if len(l.problems) > 0 {
		t.Fatal((&Mistakes{Problems: l.problems}).Error())
	}
	want := []string{
		"unit.caizheng", "unit.caizheng/ name = 区财政局", "unit.caizheng/ code = 101001", "unit.caizheng/ budget = yes", "unit.caizheng/ level = 1",
		"unit.caizheng/access.main",
		"unit.tushuguan", "unit.tushuguan/ name = 图书馆", "unit.tushuguan/ code = 101001003", "unit.tushuguan/ budget = yes", "unit.tushuguan/ level = 2",
		"unit.gongsi", "unit.gongsi/ name = 某公司", "unit.gongsi/ budget = no",
		"unit.dangxiao", "unit.dangxiao/ name = 党校", "unit.dangxiao/ budget = unset",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for row, want := range map[string]string{
		"caizheng,,1.01E+08,是,一级": "科学计数",
		"caizheng,,,对,一级":         "应为以下之一：未定、是、否",
		"caizheng,,,是,三级":         "应为以下之一：一级、二级",
		"财政局,,,是,一级":              `标识 的值是 "财政局"，应为名称`,
		",财政局,,是,一级":              `缺少"标识"（id）`,
	} {
		l, _ := taken(t, hcl, map[string]string{"access.csv": "单位,接入点\n", "units.csv": "标识,名称,编码,预算单位,预算级次\n" + row + "\n"})
		if len(l.problems) != 1 || l.problems[0].Line != 2 || !strings.Contains(l.problems[0].ZH, want) {
			t.Errorf("%s\n%v\nwant %s", row, (&Mistakes{Problems: l.problems}).Error(), want)
		}
	}
	// The bureau's list stands in the place of the blocks: one unit, one place.
	if _, err := loadFiles(t, map[string]string{"x.hcl": hcl + "unit \"caizheng\" {\n}\n", "access.csv": access, "units.csv": "标识,预算单位\ncaizheng,否\n"}); err == nil || !strings.Contains(err.Error(), `unit "caizheng" is described twice`) {
		t.Errorf("a unit of a block and of a table: %v", err)
	}
	if _, err := loadFiles(t, map[string]string{"x.hcl": hcl, "access.csv": access, "units.csv": "标识,预算单位\ncaizheng,是\n"}); err == nil || !strings.Contains(err.Error(), "units.csv:2") {
		t.Errorf("a budget unit without a level: %v, want it refused with its row", err)
	}
}

func loadFiles(t *testing.T, files map[string]string) (*District, error) {
	t.Helper()
	return Load(write(t, files), testKinds, testParse)
}

// TestRowsRefused: each with its row, its column and what to write.
func TestRowsRefused(t *testing.T) {
	t.Parallel()
	const head = "单位,接入点,必需,签约带宽,接入方式,开通日期,网段\n"
	for row, want := range map[string]string{
		"caizhen,main,,,,,":                      `unit "caizhen" 不存在；表格只写其下各行，它本身请写在 *.hcl 文件中；是不是想写 "caizheng"？`,
		"many,main,,,,,":                         `unit "many" 由 for_each 生成，不能从表格取得内容`,
		",main,,,,,":                             `缺少"单位"（unit）`,
		"caizheng,主,,,,,":                        `接入点 的值是 "主"，应为名称`,
		"caizheng,main,对,,,,":                    `"必需" 列的 "对" 应写“是”或“否”`,
		"caizheng,main,,100,,,":                  `"签约带宽" 列的 "100" 应带单位，例如 "100Mbps"`,
		"caizheng,main,,100M,,,":                 `例如 "100Mbps"`,
		"caizheng,main,,千兆,,,":                   `例如 "100Mbps"`,
		"caizheng,main,,2G,,,":                   `例如 "2Gbps"`,
		"caizheng,main,,,电话线,,":                  `应为以下之一：光纤、广电、VPN、5G、其他`,
		"caizheng,main,,,,3月4日,":                 `应为日期，例如 2026-11-24`,
		"caizheng,main,,,,,10.1.1.0/24，10.2.0.0": `应写成半角的 "10.1.1.0/24,10.2.0.0"`,
	} {
		l, _ := taken(t, owners, map[string]string{"access.csv": head + row + "\n", "circuits.csv": "链路,电路\n"})
		if len(l.problems) != 1 || l.problems[0].Line != 2 || !strings.Contains(l.problems[0].ZH, want) {
			t.Errorf("%s\n%v\nwant %s", row, (&Mistakes{Problems: l.problems}).Error(), want)
		}
	}
}

// TestTableFiles: what is wrong with a block table itself.
func TestTableFiles(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"table \"site\" {\n  file = \"s.csv\"\n}\n":                                      `"site" is no table, want one of: "access, circuits, sites, units"; did you mean "sites"?`,
		"table \"sites\" {\n}\n":                                                         "lacks file",
		"table \"sites\" {\n  file = \"none.csv\"\n}\n":                                  "cannot be read",
		"table \"sites\" {\n  file = \"s.xls\"\n}\n":                                     "save an old .xls as .xlsx",
		"table \"sites\" {\n  file = \"s.xlsx\"\n}\n":                                    "this command reads no .xlsx",
		"table \"sites\" {\n  file = \"s.csv\"\n}\ntable \"sites\" {\nfile=\"s.csv\"\n}": "was read before",
	} {
		l, _ := taken(t, src, map[string]string{"s.csv": "id,kind\na,hub\n", "s.xls": "x", "s.xlsx": "x"})
		want = strings.ReplaceAll(want, `"access, circuits, sites, units"`, "access, circuits, sites, units")
		if len(l.problems) != 1 || !strings.Contains(l.problems[0].EN, want) {
			t.Errorf("%s\n%v\nwant %s", src, (&Mistakes{Problems: l.problems}).Error(), want)
		}
	}
}

// TestExportTable: what a table says again when it is read is what the
// district has, word for word, in every column.
func TestExportTable(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, calendar.Zone)
	addr, prefix := netip.MustParseAddr("10.1.1.1"), netip.MustParsePrefix("10.1.1.0/24")
	d := &District{
		Sites: []Site{
			{ID: "hub", Name: "区级节点", Kind: "hub", Access: "fiber"},
			{ID: "qingfu", Name: "青福镇，东", Kind: "town", Parent: "hub", Code: "150204100000", Owner: "qingfu-gov", Access: "vpn", Demand: true,
				CIR: 100e6, Gateways: []netip.Addr{addr, netip.MustParseAddr("2001:db8::1")}, Prefixes: []netip.Prefix{prefix},
				Hours: calendar.Hours{Name: "office"}, Profiles: []string{"town", "dns"}, DependsOn: []Node{"service.dns", "device.hub-core"}},
		},
		Units: []Unit{{ID: "caizheng", Name: "财政局", Code: "101001", Budget: "yes", Level: 2, Access: []AccessPoint{{
			ID: "main", Unit: "caizheng", Site: "hub", Sources: []netip.Addr{addr}, Interface: "eth0.12", Gateways: []netip.Addr{addr},
			Prefixes: []netip.Prefix{prefix}, Seen: []netip.Prefix{prefix}, AccessType: "5g", Link: "hub-qingfu", CIR: 1e9,
			Confirmation: "青开通〔2026〕7号", Approved: "保密机要局", Opened: day,
		}}}},
		Links: []Link{{ID: "hub-qingfu", Circuits: []Circuit{{ID: "telecom", Link: "hub-qingfu", Device: "hub-core", Interface: "GE0/0/3", Access: "cable", CIR: 500e3}}}},
	}
	want := map[string][]string{
		"sites": {
			"site.hub", "site.hub/ name = 区级节点", "site.hub/ kind = hub", "site.hub/ access = fiber", "site.hub/ demand = false",
			"site.qingfu", "site.qingfu/ name = 青福镇，东", "site.qingfu/ kind = town", "site.qingfu/ parent = hub", "site.qingfu/ code = 150204100000",
			"site.qingfu/ owner = qingfu-gov", "site.qingfu/ access = vpn", "site.qingfu/ demand = true", "site.qingfu/ cir = 100Mbit/s",
			"site.qingfu/ gateways = [10.1.1.1 2001:db8::1]", "site.qingfu/ prefixes = [10.1.1.0/24]", "site.qingfu/ hours = office",
			"site.qingfu/ profiles = [town dns]", "site.qingfu/ depends_on = [service.dns device.hub-core]",
		},
		"units": {"unit.caizheng", "unit.caizheng/ name = 财政局", "unit.caizheng/ code = 101001", "unit.caizheng/ budget = yes", "unit.caizheng/ level = 2"},
		"access": {
			"unit.caizheng", "unit.caizheng/access.main", "unit.caizheng/access.main/ site = hub", "unit.caizheng/access.main/ required = false",
			"unit.caizheng/access.main/ sources = [10.1.1.1]", "unit.caizheng/access.main/ interface = eth0.12", "unit.caizheng/access.main/ gateways = [10.1.1.1]",
			"unit.caizheng/access.main/ prefixes = [10.1.1.0/24]", "unit.caizheng/access.main/ seen = [10.1.1.0/24]", "unit.caizheng/access.main/ access = 5g",
			"unit.caizheng/access.main/ link = hub-qingfu", "unit.caizheng/access.main/ cir = 1Gbit/s", "unit.caizheng/access.main/ confirmation = 青开通〔2026〕7号",
			"unit.caizheng/access.main/ approved = 保密机要局", "unit.caizheng/access.main/ opened = 2026-03-04",
		},
		"circuits": {
			"link.hub-qingfu", "link.hub-qingfu/circuit.telecom", "link.hub-qingfu/circuit.telecom/ device = hub-core",
			"link.hub-qingfu/circuit.telecom/ interface = GE0/0/3", "link.hub-qingfu/circuit.telecom/ access = cable", "link.hub-qingfu/circuit.telecom/ cir = 500kbit/s",
		},
	}
	for _, table := range Tables() {
		for _, gb18030 := range []bool{false, true} {
			rows, err := ExportTable(d, table)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(tables[table].columns); len(rows[0]) != n {
				t.Errorf("%s: exported %v, want all %d columns: the district fills each", table, rows[0], n)
			}
			var out bytes.Buffer
			if err := sheet.WriteCSV(&out, rows, gb18030); err != nil {
				t.Fatal(err)
			}
			owners := "unit \"caizheng\" {\n}\nlink \"hub-qingfu\" {\n}\n"
			if table == "units" {
				owners = ""
			}
			l, got := taken(t, "table \""+table+"\" {\n  file = \"t.csv\"\n}\n"+owners, map[string]string{"t.csv": out.String()})
			if len(l.problems) > 0 {
				t.Fatal((&Mistakes{Problems: l.problems}).Error())
			}
			got = slices.DeleteFunc(got, func(s string) bool {
				return !strings.HasPrefix(s, strings.SplitN(want[table][0], ".", 2)[0]+".")
			})
			if diff := cmp.Diff(want[table], got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", table, diff)
			}
		}
	}
	rows, err := ExportTable(&District{Sites: d.Sites[:1]}, "sites")
	if diff := cmp.Diff([][]string{{"标识", "名称", "类型"}, {"hub", "区级节点", "区级"}}, rows); err != nil || diff != "" {
		t.Errorf("%v: columns that nobody fills are not left out (-want +got):\n%s", err, diff)
	}
	if _, err := ExportTable(d, "site"); err == nil {
		t.Error("an unknown table was exported")
	}
}

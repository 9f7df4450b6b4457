package contacts

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/collector/state"
	"fengsui/collector/workbook"
	"fengsui/configs"
	"fengsui/configs/sheet"
)

func newBook(t *testing.T) *Book {
	t.Helper()
	db, err := state.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(db)
}

var district = &configs.District{
	Sites:    []configs.Site{{ID: "hub", Name: "区信息中心"}, {ID: "qingfu", Name: "青福镇"}},
	Units:    []configs.Unit{{ID: "caizheng", Name: "财政局", Access: []configs.AccessPoint{{ID: "main", Unit: "caizheng"}}}},
	Links:    []configs.Link{{ID: "hub-qingfu", Name: "干线", Circuits: []configs.Circuit{{ID: "telecom", Link: "hub-qingfu"}, {ID: "unicom", Link: "hub-qingfu"}}}},
	Devices:  []configs.Device{{ID: "hub-core"}},
	Services: []configs.Service{{ID: "portal", Name: "门户"}},
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const people = "对象,角色,姓名,电话,时间\nsite.qingfu,网络管理员,甲某,0472-3333333,工作日\nsite.qingfu,值班,乙某,13800000000,\nunit.caizheng,联系人,丙某,\"+86 472 3333334\",\n"

// TestImport: a table takes the place of all there was, and says by how much
// it differs.
func TestImport(t *testing.T) {
	t.Parallel()
	b, ctx := newBook(t), t.Context()
	done, err := b.Import(ctx, file(t, "a.csv", people), nil, district, false)
	if want := (Import{false, 3, Change{Added: 3}}); err != nil || done != want {
		t.Fatalf("imported %+v, %v, want %+v", done, err, want)
	}
	got, err := b.Of(ctx, "site.qingfu")
	want := []Contact{{"site.qingfu", "网络管理员", "甲某", "0472-3333333", "工作日"}, {"site.qingfu", "值班", "乙某", "13800000000", ""}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := b.Of(ctx, "site.hub"); err != nil || len(got) != 0 {
		t.Errorf("the hub has %v, %v, want nobody", got, err)
	}
	// One moved away, one has another number, one is new.
	next := "name,phone,role,node\n甲某,0472-4444444,网络管理员,site.qingfu\n丙某,+86 472 3333334,联系人,unit.caizheng\n丁某,12345,总机,link.hub-qingfu\n"
	done, err = b.Import(ctx, file(t, "b.csv", next), nil, district, false)
	if want := (Import{false, 3, Change{Added: 1, Changed: 1, Removed: 1, Same: 1}}); err != nil || done != want {
		t.Errorf("imported %+v, %v, want %+v", done, err, want)
	}

	lines := "电路,运营商,报修电话,电路编号,合同号,承诺修复\nhub-qingfu/telecom,中国电信,10000,NM-0042,HT2026-7,4小时\ncircuit.hub-qingfu/unicom,中国联通,10010,2026-1-1,,\n"
	done, err = b.Import(ctx, file(t, "c.csv", lines), nil, district, false)
	if want := (Import{true, 2, Change{Added: 2}}); err != nil || done != want {
		t.Fatalf("imported %+v, %v, want %+v", done, err, want)
	}
	carrier, ok, err := b.Carrier(ctx, "circuit.hub-qingfu/telecom")
	if want := (Carrier{"circuit.hub-qingfu/telecom", "中国电信", "10000", "NM-0042", "HT2026-7", 4 * time.Hour}); err != nil || !ok || carrier != want {
		t.Errorf("the carrier is %+v, %t, %v, want %+v", carrier, ok, err, want)
	}
	if _, ok, err := b.Carrier(ctx, "circuit.hub-qingfu/none"); ok || err != nil {
		t.Errorf("an unknown circuit has a carrier: %t, %v", ok, err)
	}
	if all, err := b.Contacts(ctx); err != nil || len(all) != 3 {
		t.Errorf("after the carriers came there are %d contacts, %v, want 3", len(all), err)
	}
}

// TestExport: what is exported says the same when it is imported, in every
// form.
func TestExport(t *testing.T) {
	t.Parallel()
	b, ctx := newBook(t), t.Context()
	lines := "电路,运营商,报修电话,电路编号,合同号,承诺修复\nhub-qingfu/telecom,=中国电信,10000,'1-2,@x,90m\nhub-qingfu/unicom,中国联通,10010,007,,1m30s\n"
	for carriers, text := range map[bool]string{false: people, true: lines} {
		if _, err := b.Import(ctx, file(t, "a.csv", text), nil, district, false); err != nil {
			t.Fatal(err)
		}
		rows, err := b.Export(ctx, carriers)
		if err != nil {
			t.Fatal(err)
		}
		var utf8, gb, book bytes.Buffer
		if err := errors.Join(sheet.WriteCSV(&utf8, rows, false), sheet.WriteCSV(&gb, rows, true), workbook.Write(&book, "x", rows)); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"u.csv": utf8.String(), "g.csv": gb.String(), "b.xlsx": book.String()} {
			done, err := b.Import(ctx, file(t, name, text), workbook.Read, district, false)
			if err != nil || done.Change != (Change{Same: len(rows) - 1}) || done.Carriers != carriers {
				t.Errorf("%s: imported %+v, %v, want all the same", name, done, err)
			}
			again, err := b.Export(ctx, carriers)
			if diff := cmp.Diff(rows, again); err != nil || diff != "" {
				t.Errorf("%s: %v (-first +second):\n%s", name, err, diff)
			}
		}
	}
}

// TestRefused: of a table with a mistake nothing is taken; each has its line
// and what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	b, ctx := newBook(t), t.Context()
	if _, err := b.Import(ctx, file(t, "a.csv", people), nil, district, false); err != nil {
		t.Fatal(err)
	}
	const head, lines = "对象,角色,姓名,电话\n", "电路,运营商,报修电话,电路编号,承诺修复\n"
	for text, want := range map[string]string{
		head + "site.qinfu,值班,乙某,110\n":                                   `清单中没有 "site.qinfu"，应写成种类加点加标识，例如 site.qingfu、unit.caizheng、link.hub-qingfu；是不是想写 "site.qingfu"？`,
		head + "青福镇,值班,乙某,110\n":                                          `是不是想写 "site.qingfu"？`,
		head + "caizheng,值班,乙某,110\n":                                     `是不是想写 "unit.caizheng"？`,
		head + "site.hub,值班,乙某,110\nsite.hub,值班,乙某,120\n":                 "a.csv:3:13: error: this is the same as line 2",
		head + "site.hub,值班,,110\n":                                       `缺少"姓名"`,
		head + "site.hub,值班,乙某,4723333333\n":                              `缺少区号开头的 0，应写成 "04723333333"`,
		head + "site.hub,值班,乙某,１１０\n":                                     `含全角字符，应写成半角的 "110"`,
		head + "site.hub,值班,乙某,问门卫\n":                                     "应为电话号码",
		head + "site.hub," + strings.Repeat("长", maxText+1) + ",乙某,110\n": "不超过 64 个字",
		head:              "现有全部内容",
		"姓名,电话\n乙某,110\n": `缺少 "对象" 列`,
		"对象,角色,姓名,电话,微信\nsite.hub,值班,乙某,110,x\n":           `没有 "微信" 这一列`,
		lines + "hub-qingfu/telecon,电信,10000,1,\n":         `清单中没有 "hub-qingfu/telecon" 这条电路，应写成“链路/电路”，例如 hub-qingfu/telecom；是不是想写 "hub-qingfu/telecom"？`,
		lines + "site.hub,电信,10000,1,\n":                   `清单中没有 "site.hub" 这条电路`,
		lines + "hub-qingfu/telecom,电信,10000,1,尽快\n":       `承诺修复时间 "尽快" 应写成`,
		lines + "hub-qingfu/telecom,电信,10000,1.5E+11,4h\n": "变成了科学计数",
	} {
		_, err := b.Import(ctx, file(t, "a.csv", text), nil, district, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot %v\nwant %s", text, err, want)
		}
	}
	if all, err := b.Contacts(ctx); err != nil || len(all) != 3 {
		t.Errorf("%d contacts, %v are left, want the 3 that were there", len(all), err)
	}
	if done, err := b.Import(ctx, file(t, "a.csv", head), nil, district, true); err != nil || done.Change.Removed != 3 {
		t.Errorf("cleared: %+v, %v, want 3 removed", done, err)
	}
}

// TestAtomic: a table of which a row cannot be stored changes nothing.
func TestAtomic(t *testing.T) {
	t.Parallel()
	b, ctx := newBook(t), context.Background()
	if _, err := b.ReplaceCarriers(ctx, []Carrier{{Circuit: "circuit.a/b", Name: "x"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ReplaceCarriers(ctx, []Carrier{{Circuit: "circuit.c/d"}, {Circuit: "circuit.c/d"}}); err == nil {
		t.Error("one circuit with two carriers was taken")
	}
	if all, err := b.Carriers(ctx); err != nil || len(all) != 1 || all[0].Circuit != "circuit.a/b" {
		t.Errorf("the carriers are %v, %v, want the one from before", all, err)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestContactsCommand: contacts go in and out beside a collector at work (the
// desk's open state), and their numbers are on no output.
func TestContactsCommand(t *testing.T) {
	t.Parallel()
	d := newDesk(t, time.Now())
	dir := t.TempDir()
	in, out, book := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv"), filepath.Join(dir, "out.xlsx")
	if err := os.WriteFile(in, []byte("对象,角色,姓名,电话\nsite.qingfu,值班,甲某,0472-3333333\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"contacts", "import", in, "--config", d.config}, {"contacts", "export", out, "--config", d.config},
		{"contacts", "export", book, "--config", d.config}, {"contacts", "import", book, "--config", d.config},
	} {
		code, stdout, stderr := d.run(args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "1") || strings.Contains(stdout, "3333333") {
			t.Errorf("%v: code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	text, err := os.ReadFile(out)
	if want := "\uFEFF对象,角色,姓名,电话,时间\r\nsite.qingfu,值班,甲某,0472-3333333,\r\n"; err != nil || string(text) != want {
		t.Errorf("exported %q, %v, want %q", text, err, want)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v, want it to be nobody else's", info.Mode(), err)
	}
	if code, _, stderr := d.run("contacts", "export", filepath.Join(dir, "out.txt"), "--config", d.config); code != 1 || !strings.Contains(stderr, "扩展名应为 .csv 或 .xlsx") {
		t.Errorf("to .txt: code %d, %s", code, stderr)
	}
}

// TestInventoryExport: the sites of a district become a table that says the
// same in their place, byte for byte.
func TestInventoryExport(t *testing.T) {
	t.Parallel()
	d := newDesk(t, time.Now())
	settings, err := os.ReadFile(filepath.Join(d.config, "district.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	collector, _, _ := strings.Cut(string(settings), "site ")
	for _, name := range []string{"sites.csv", "sites.xlsx"} {
		etc := t.TempDir()
		if err := os.WriteFile(filepath.Join(etc, "district.hcl"), []byte(collector+"table \"sites\" {\n  file = \""+name+"\"\n}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		first, second := filepath.Join(etc, name), filepath.Join(etc, "again.csv")
		from := d.config
		var texts [][]byte
		for _, to := range []string{first, second} {
			if code, _, stderr := d.run("inventory", "export", "--table", "sites", to, "--config", from); code != 0 {
				t.Fatalf("%s: code %d, %s", to, code, stderr)
			}
			from = etc
		}
		if code, _, stderr := d.run("inventory", "export", "--table", "sites", filepath.Join(etc, "direct.csv"), "--config", d.config); code != 0 {
			t.Fatalf("code %d, %s", code, stderr)
		}
		for _, f := range []string{"direct.csv", "again.csv"} {
			text, err := os.ReadFile(filepath.Join(etc, f))
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
		if !bytes.Equal(texts[0], texts[1]) || !bytes.Contains(texts[0], []byte("青福镇")) {
			t.Errorf("by %s: exported\n%s\nand after import\n%s", name, texts[0], texts[1])
		}
	}
	if code, _, stderr := d.run("inventory", "export", "--table", "site", "x.csv", "--config", d.config); code != 1 || !strings.Contains(stderr, "可用的有：") {
		t.Errorf("an unknown table: code %d, %s", code, stderr)
	}
}

// TestUnitsTable: the units of a district go out as a workbook of the finance
// bureau's heads, and come back from it in the place of the blocks.
func TestUnitsTable(t *testing.T) {
	t.Parallel()
	d := newDesk(t, time.Now())
	settings, err := os.ReadFile(filepath.Join(d.config, "district.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(units string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "district.hcl"), []byte(string(settings)+units), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	blocks := write("unit \"caizhengju\" {\n  name = \"区财政局\"\n  code = \"101001\"\n  budget = \"yes\"\n  level = 1\n}\nunit \"dangxiao\" {\n  name = \"党校\"\n}\n")
	table := write("table \"units\" {\n  file = \"units.xlsx\"\n}\n")
	first, second := filepath.Join(blocks, "first.csv"), filepath.Join(table, "second.csv")
	for _, step := range [][2]string{{blocks, filepath.Join(table, "units.xlsx")}, {blocks, first}, {table, second}} {
		if code, _, stderr := d.run("inventory", "export", "--table", "units", step[1], "--config", step[0]); code != 0 {
			t.Fatalf("%s: code %d, %s", step[1], code, stderr)
		}
	}
	const want = "\uFEFF标识,名称,编码,预算单位,预算级次\r\ncaizhengju,区财政局,101001,是,一级\r\ndangxiao,党校,,未定,\r\n"
	for _, file := range []string{first, second} {
		if text, err := os.ReadFile(file); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v, want %q", file, text, err, want)
		}
	}
}

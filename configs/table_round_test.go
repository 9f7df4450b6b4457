package configs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fengsui/configs/sheet"
)

// TestTablesRoundTrip: a district whose sites, units, access points and circuits
// stand in tables exports the bytes that it was read from.
func TestTablesRoundTrip(t *testing.T) {
	t.Parallel()
	const unit = "unit \"caizheng\" {\n  name = \"财政局\"\n  code = \"101001\"\n  budget = \"yes\"\n  level = 2\n%s}\n"
	const link = "link \"hub-qingfu\" {\n  between = [\"hub\", \"qingfu\"]\n%s}\n"
	const sites = `
site "hub" {
  name = "区级节点"
  kind = "hub"
}
site "qingfu" {
  name     = "青福镇"
  kind     = "town"
  parent   = "hub"
  code     = "150204100000"
  owner    = "caizheng"
  access   = "vpn"
  demand   = true
  cir      = "100Mbps"
  gateways = ["10.1.1.1"]
  prefixes = ["10.1.1.0/24"]
  hours    = "office"
}
`
	access := "  access \"main\" {\n    site = \"qingfu\"\n    required = false\n    prefixes = [\"10.1.1.0/25\"]\n    link = \"hub-qingfu\"\n    cir = \"50Mbps\"\n    confirmation = \"7号\"\n    opened = \"2026-03-04\"\n  }\n"
	circuit := "  circuit \"telecom\" {\n    access = \"cable\"\n    cir = \"1Gbps\"\n  }\n"
	first, err := loadSource("x.hcl", []byte(sites+fmt.Sprintf(unit, access)+fmt.Sprintf(link, circuit)), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	written, hcl := map[string][]byte{}, fmt.Sprintf(link, "")
	export := func(d *District, table string) []byte {
		rows, err := ExportTable(d, table)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := sheet.WriteCSV(&out, rows, true); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for _, table := range Tables() {
		written[table] = export(first, table)
		if err := os.WriteFile(filepath.Join(dir, table+".csv"), written[table], 0o600); err != nil {
			t.Fatal(err)
		}
		hcl += "table \"" + table + "\" {\n  file = \"" + table + ".csv\"\n}\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "x.hcl"), []byte(hcl), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Load(dir, testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range Tables() {
		if got := export(again, table); !bytes.Equal(got, written[table]) {
			t.Errorf("%s: exported %q, and after import %q", table, written[table], got)
		}
	}
}

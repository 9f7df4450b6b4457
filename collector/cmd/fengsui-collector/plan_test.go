package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestConfigCheckPlan: config check says what a district will load its
// services and lines with, before the first probe.
func TestConfigCheckPlan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	next := fmt.Sprintf("calendar \"%[1]d\" {\n  source   = \"a test\"\n  holidays = [\"%[1]d-01-01\"]\n  workdays = []\n}\n", time.Now().Year()+1) // wanted from November on
	if err := os.WriteFile(filepath.Join(dir, "district.hcl"), []byte(next+`
site "hub" {
  name = "区中心"
  kind = "hub"
}
service "portal" {
  name   = "门户"
  target = "https://192.0.2.10/"
}
check "http" "portal" {
  service  = "portal"
  sites    = ["hub"]
  interval = "30s"
  method   = "HEAD"
}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"config", "check", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, want := range []string{
		"计划负载（平稳时，含待登记的检查，估计值）：\n",
		"  系统 portal（门户）：每分钟 2.0 次请求，来自 1 个站点\n",
		"  service portal (门户): 2.0 requests a minute, from 1 sites\n",
		"  站点 hub（区中心）：线路 2.2 kbit/s，每月 0.71 GB\n",
		"  site hub (区中心): 2.2 kbit/s of its line, 0.71 GB a month\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

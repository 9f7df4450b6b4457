package collector

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// open opens a collector on the given data directory; more is added to its
// settings.
func open(t *testing.T, data, more string) (*Collector, error) {
	t.Helper()
	config := t.TempDir()
	text := fmt.Sprintf("collector {\n  data = %q\n  listen = \"127.0.0.1:0\"\n  web = \"127.0.0.1:0\"\n  names = [\"127.0.0.1\"]\n%s}\n", data, more)
	if err := os.WriteFile(filepath.Join(config, "collector.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), Options{Config: config, Version: "test", Logger: slog.New(slog.DiscardHandler)})
}

// TestOneCollectorAtATime: a second one on the same data is refused, and the
// directory is free again when the first has closed.
func TestOneCollectorAtATime(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first, err := open(t, data, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, data, ""); err == nil || !strings.Contains(err.Error(), "one at a time") {
		t.Errorf("a second collector on the same data: %v, want it refused", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	again, err := open(t, data, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := again.close(); err != nil {
		t.Error(err)
	}
}

// TestFullDiskIsRefused: it does not start on a disk that is nearly full, and
// leaves nothing locked.
func TestFullDiskIsRefused(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if _, err := open(t, data, "  disk { refuse_below = \"1024TiB\" }\n"); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("a disk without room: %v, want it refused", err)
	}
	c, err := open(t, data, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

// TestHealth: what was refused, and when something was stored, reaches the page.
func TestHealth(t *testing.T) {
	t.Parallel()
	c, err := open(t, filepath.Join(t.TempDir(), "data"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	h := c.health()
	if h.Started.IsZero() || h.DiskTotal == 0 || h.RulesBlind != nil || !h.LastCommit.IsZero() {
		t.Errorf("health is %+v, want a start, a disk, and nothing stored yet", h)
	}
	if c.reloadRefused() != 0 {
		t.Error("a reload counts as refused before there was one")
	}
	if err := os.WriteFile(filepath.Join(c.o.Config, "broken.hcl"), []byte("site {"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := c.District()
	c.Reload(t.Context())
	if c.reloadRefused() != 1 || c.District() != before {
		t.Error("after a broken reload: it does not count as refused, or another configuration is at work")
	}
}

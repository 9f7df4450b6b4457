package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fengsui/collector/backup"
)

// TestControl: one backup at a time, for the owner only, in a folder however
// deep; its staging lives as long as whoever asked.
func TestControl(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), strings.Repeat("deep/", 40))
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	staged := filepath.Join(data, "staged")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 2 { // a socket that a killed collector left is replaced
		c, err := backup.Listen(data)
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		ctx, stop := context.WithCancel(ctx)
		fail := errors.New("no room")
		go func() {
			served <- c.Serve(ctx, func(context.Context) (string, error) {
				if err := fail; err != nil {
					fail = nil
					return "", err
				}
				return staged, os.Mkdir(staged, 0o700)
			})
		}()
		info, err := os.Stat(filepath.Join(data, "backup.sock"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("the socket has mode %v (%v), want 0600", info.Mode(), err)
		}
		if _, _, err := backup.Ask(ctx, data); err == nil || !strings.Contains(err.Error(), "no room") {
			t.Errorf("a staging that failed: %v, want its reason", err)
		}
		dir, release, err := backup.Ask(ctx, data)
		for err != nil && strings.Contains(err.Error(), "under way") { // the first one ends a moment later
			dir, release, err = backup.Ask(ctx, data)
		}
		if err != nil || dir != staged {
			t.Fatalf("asked for a backup: %q, %v; want %q", dir, err, staged)
		}
		if _, _, err := backup.Ask(ctx, data); err == nil || !strings.Contains(err.Error(), "another backup") {
			t.Errorf("a second one: %v, want it refused", err)
		}
		if _, err := os.Stat(staged); err != nil {
			t.Errorf("the staging is gone while it is copied: %v", err)
		}
		if err := release(); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(staged); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the staging is there after its release: %v", err)
		}
		if _, _, err := backup.Ask(context.Background(), data); err == nil || !strings.Contains(err.Error(), "try again") {
			t.Errorf("asked a stopped collector: %v, want it told", err)
		}
	}
}

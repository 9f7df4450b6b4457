package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/collector/wire"
)

// TestEnrollAsks: the site and the agent that it has are shown, and without a
// yes nothing is done and the code lives on.
func TestEnrollAsks(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	c.Present(&wire.Present{Agent: make([]byte, 16), HeardUnixNs: 1_700_000_000e9, Unacknowledged: 42, OldestUnixNs: 1_690_000_000e9})
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"enroll", "--collector", c.Addr, "--data", data, "--pin", c.Authority.Pin().String()}
	for _, answer := range []string{"", "\n", "n\n", "yep\n", "不是\n"} {
		code, out, err := try(collectortest.Code+"\n"+answer, args...)
		if code != 1 || out != "" || !strings.Contains(err, "登记码仍然有效") {
			t.Errorf("answer %q: code %d, %q, %q, want nothing done", answer, code, out, err)
		}
		for _, want := range []string{"青福镇（qingfu）", "2023-", "42 条结果"} {
			if !strings.Contains(err, want) {
				t.Errorf("answer %q: %q, want %q in it", answer, err, want)
			}
		}
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data directory is there (%v), want nothing done", err)
	}
	code, out, err := try(collectortest.Code+"\n 是 \n", append(args, "--lang", "en")...)
	if code != 0 || !strings.Contains(err, "is this machine for that site?") || !strings.Contains(err, "has 42 results") {
		t.Errorf("agreed: code %d, %q, %q", code, out, err)
	}
}

// TestEnrollAgain: when the answer is lost, or the identity cannot be kept,
// the same command with the same code goes on where it was.
func TestEnrollAgain(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	lost := true
	c.Fault = func(_ context.Context, rpc, when string) error {
		if rpc == "Enrol" && when == "after" && lost {
			lost = false
			return errors.New("cut")
		}
		return nil
	}
	data := filepath.Join(t.TempDir(), "data")
	args := []string{"enroll", "--yes", "--collector", c.Addr, "--data", data, "--pin", c.Authority.Pin().String()}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 {
		t.Fatalf("the answer was lost: code %d, %q, want 1", code, err)
	}
	// The name that the identity is written by is taken.
	block := filepath.Join(data, "identity.json.new", "x")
	if err := os.MkdirAll(block, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 || !strings.Contains(err, "用同一登记码重新登记") {
		t.Fatalf("not kept: code %d, %q, want 1 and the way out", code, err)
	}
	if err := os.RemoveAll(filepath.Dir(block)); err != nil {
		t.Fatal(err)
	}
	if code, out, err := try(collectortest.Code+"\n", args...); code != 0 {
		t.Fatalf("again: code %d, %q, %q", code, out, err)
	}
	if _, err := identity.Load(data); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(filepath.Join(data, "*"))
	if len(files) != 1 {
		t.Errorf("the data directory holds %v, want the identity alone", files)
	}
	if code, _, err := try(collectortest.Code+"\n", args...); code != 1 || !strings.Contains(err, wire.CodeUsed) {
		t.Errorf("with the code that another key used: code %d, %q, want it refused", code, err)
	}
}

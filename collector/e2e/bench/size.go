package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// size builds the agent, stripped, for the platforms with a stated bound.
func size(ctx context.Context, _ env) ([]figure, error) {
	dir, err := os.MkdirTemp("", "fengsui-size-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var figures []figure
	for _, p := range []struct{ arch, wanted string }{{"amd64", "≤ 20 MiB"}, {"arm64", "≤ 20 MiB"}, {"mips64le", "≤ 23 MiB"}} {
		out := filepath.Join(dir, p.arch)
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "./agent/cmd/fengsui-agent")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+p.arch)
		if text, err := cmd.CombinedOutput(); err != nil {
			return figures, fmt.Errorf("build the agent for %s: %w: %s", p.arch, err, text)
		}
		info, err := os.Stat(out)
		if err != nil {
			return figures, err
		}
		figures = append(figures, figure{"agent binary, stripped, linux/" + p.arch, mib(info.Size()), p.wanted})
	}
	return figures, nil
}

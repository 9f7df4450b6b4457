// Mutants removes one guard after the other, as its list says, and runs the
// test that has to notice. A guard that nobody misses is no guard.
//
// The tree stays as it is: the compiler is given each mutant by an overlay.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

func main() {
	list := flag.String("list", "checks/all/mutants/mutants.txt", "the list")
	only := flag.String("only", "", "run only those whose name or file holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *list, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, list, only string) error {
	all, err := Read(".", list)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var (
		work   sync.WaitGroup
		mu     sync.Mutex
		places = make(chan struct{}, 2) // two builds at once are enough for two cores
		alive  int
		ran    int
	)
	for i, m := range all {
		if !strings.Contains(m.Name+" "+m.File, only) {
			continue
		}
		ran++
		work.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			began := time.Now()
			said, err := m.test(ctx, filepath.Join(dir, fmt.Sprint(i)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				alive++
				fmt.Printf("ALIVE  %s\n       %s: %v\n", m.Name, m.File, err)
				return
			}
			fmt.Printf("red    %-72s %s  %.1fs\n", m.Name, said, time.Since(began).Seconds())
		})
	}
	work.Wait()
	if alive > 0 {
		return fmt.Errorf("%d of %d mutants live: the tests named in %s do not see that a guard is gone", alive, ran, list)
	}
	fmt.Printf("%d mutants, each seen by its test\n", ran)
	return nil
}

// test runs the mutant's test and returns what of it went red.
func (m Mutant) test(ctx context.Context, dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.File)
	if err != nil {
		return "", err
	}
	mutated, overlay := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(mutated, []byte(m.mutated), 0o600), os.WriteFile(overlay, text, 0o600)); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=4m", "-overlay="+overlay, "-run=^"+m.Test+"$", m.Package).CombinedOutput()
	switch said := string(out); {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s of %s did not end", m.Test, m.Package)
	case err == nil:
		return "", fmt.Errorf("%s of %s stays green, want it red", m.Test, m.Package)
	case strings.Contains(said, "[build failed]") || strings.Contains(said, "[setup failed]"):
		return "", fmt.Errorf("it does not compile, which proves nothing:\n%s", said)
	case !strings.Contains(said, "--- FAIL: "+strings.Split(m.Test, "/")[0]) && !strings.Contains(said, "panic:"):
		return "", fmt.Errorf("%s of %s failed for another reason:\n%s", m.Test, m.Package, said)
	}
	return m.Package + " " + m.Test, nil
}

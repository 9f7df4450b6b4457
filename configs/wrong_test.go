package configs_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks/all"
	"fengsui/collector/workbook"
	"fengsui/configs"
)

// TestWrongInventories: inventories that are wrong in the ways in which a
// bureau's are. Each message names the place and what to do (want.txt); the
// Chinese sentence is what a person there reads.
func TestWrongInventories(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/wrong/*")
	if err != nil || len(dirs) < 12 {
		t.Fatalf("%d inventories, %v, want at least 12", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			d, err := configs.Load(dir, all.Kinds(), nil, configs.WithWorkbook(workbook.Read))
			var m *configs.Mistakes
			if !errors.As(err, &m) || d != nil {
				t.Fatalf("loaded as %+v, %v, want mistakes", d, err)
			}
			got, golden := filepath.ToSlash(err.Error())+"\n", filepath.Join(dir, "want.txt")
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, p := range m.Problems {
				if !cures.MatchString(p.ZH) {
					t.Errorf("%s: %s\nwant what to do in it", p.Place(), p.ZH)
				}
				if p.Line == 0 && !regexp.MustCompile(`第 [0-9]+ 行`).MatchString(p.ZH) {
					t.Errorf("%s: %s\nwant a line", p.Place(), p.ZH)
				}
				if !strings.HasPrefix(p.File, dir) {
					t.Errorf("%s: want a file of %s", p.File, dir)
				}
			}
		})
	}
}

// cures are the words with which a sentence says what to do or to write.
var cures = regexp.MustCompile(`请|应|是不是想写`)

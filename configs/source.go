package configs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/words"
)

// What a configuration may be at most, so that reading one takes bounded time
// and memory whatever it holds.
const (
	maxFile    = 1 << 20
	maxAll     = 16 << 20
	maxFiles   = 200
	maxNesting = 32
	maxSites   = 1000
	maxBlocks  = 5000   // of one kind in all files
	maxChecks  = 50_000 // compiled, of all sites
)

// A reading is one pass over a configuration: what was read and what is wrong.
type reading struct {
	root     string            // the directory or file, for what has no place in it
	sources  map[string][]byte // as parsed, by file name
	problems []Problem
	warnings []Problem
	omitted  int
	alike    map[likeness]*alike // warnings of one kind at one place
	broken   bool                // a file could not be read: names may be missing only for that reason

	// lost are the names of blocks that could not be parsed, as in: site hub.
	// What refers to them is right. It is not empty after any syntax error.
	lost map[string]bool

	vocabulary map[string]map[string]bool // every word asked for, by path of its block
}

func newReading(root string) *reading {
	return &reading{root: root, sources: map[string][]byte{}, alike: map[likeness]*alike{}, lost: map[string]bool{}, vocabulary: map[string]map[string]bool{}}
}

// directory reads the *.hcl files of a directory, by name. Hidden files are
// editors' own.
func (r *reading) directory() []*hclsyntax.Body {
	dir := r.root
	entries, err := os.ReadDir(dir)
	if err != nil {
		r.unreadable(dir, err)
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if e.IsDir() {
			if inner, _ := filepath.Glob(filepath.Join(path, "*.hcl")); len(inner) > 0 { // the pattern is fine
				r.warnFile(path, phrase(words.ConfigSubdirectory))
			}
			continue
		}
		if filepath.Ext(path) == ".hcl" {
			names = append(names, path)
		}
	}
	switch {
	case len(names) == 0:
		r.file(dir, phrase(words.ConfigNoFiles, dir))
	case len(names) > maxFiles:
		r.file(dir, phrase(words.ConfigFilesMany, dir, strconv.Itoa(len(names)), strconv.Itoa(maxFiles)))
		return nil
	}
	var bodies []*hclsyntax.Body
	total, texts := 0, make([][]byte, len(names))
	for i, name := range names {
		texts[i], _ = r.read(name)
		if total += len(texts[i]); total > maxAll { // before any of it is parsed
			r.file(dir, phrase(words.ConfigAllLarge, dir, size(maxAll)))
			r.broken = true
			return nil
		}
	}
	for i, name := range names {
		if texts[i] == nil { // said already
			continue
		}
		if body := r.parse(name, texts[i]); body != nil {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// read reads a file of bounded size.
func (r *reading) read(name string) ([]byte, bool) {
	return r.readUpTo(name, maxFile, words.ConfigFileLarge)
}

// readUpTo reads a file of at most n bytes; large is what is said of others.
func (r *reading) readUpTo(name string, n int, large string) ([]byte, bool) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for ever
		r.file(name, phrase(words.ConfigFileKind))
		r.broken = true
		return nil, false
	}
	var src []byte
	if err == nil {
		src, err = readBounded(name, n)
	}
	switch {
	case err != nil:
		r.unreadable(name, err)
		return nil, false
	case len(src) > n:
		r.file(name, phrase(large, size(int64(n))))
		r.broken = true
		return nil, false
	}
	return src, true
}

func readBounded(name string, n int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(n)+1))
}

func (r *reading) unreadable(name string, err error) {
	r.broken = true
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	r.file(name, phrase(words.ConfigUnreadable, err.Error()))
}

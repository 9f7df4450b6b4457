package backup

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fengsui/collector/state"
)

// format is what this program writes, and the newest that it reads.
const format = 1

// A Manifest says whose a backup is and what every file of it must be.
type Manifest struct {
	Format     int       `json:"format"`
	Program    string    `json:"program"`   // version of fengsui-collector
	Collector  string    `json:"collector"` // its id, hex
	Generation uint64    `json:"generation"`
	Made       time.Time `json:"made"`
	OwnCA      bool      `json:"own_ca,omitempty"` // its authority is the bureau's own, whose files are in no backup
	Files      []File    `json:"files"`            // by path
}

// A File of a backup; its path is relative, with slashes.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Bytes is the size of all files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// HasKey says whether the authority's key is in the backup.
func (m Manifest) HasKey() bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return f.Path == caKey })
}

// Write copies what was staged of the data to a folder that is new or empty.
// With secrets also the authority's key is copied: whoever has that can speak
// as the collector to every agent. The files of a CA of the bureau's own lie
// elsewhere, and are its to keep. What is half written has no manifest.
func Write(to, data, staged, program string, secrets, ownCA bool) (m Manifest, err error) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return m, fmt.Errorf("make the folder of the backup: %w", err)
	}
	if err := empty(to); err != nil {
		return m, fmt.Errorf("write a backup: %w", err)
	}
	id, generation, err := state.Identify(filepath.Join(staged, stateFile))
	if err != nil {
		return m, err
	}
	m = Manifest{Format: format, Program: program, Collector: hex.EncodeToString(id[:]), Generation: generation, Made: time.Now().UTC(), OwnCA: ownCA}
	paths, err := filesIn(staged)
	if err != nil {
		return m, err
	}
	from := map[string]string{}
	if !ownCA {
		from[caCert] = filepath.Join(data, caCert)
	}
	if !ownCA && secrets {
		from[caKey] = filepath.Join(data, caKey)
	}
	for _, p := range paths {
		from[p] = filepath.Join(staged, p)
	}
	for p, path := range from {
		f, err := copyFile(filepath.Join(to, p), path, 0o600)
		if err != nil {
			return m, fmt.Errorf("write a backup: %w", err)
		}
		f.Path = p
		m.Files = append(m.Files, f)
	}
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := syncTree(to); err != nil {
		return m, err
	}
	return m, m.write(filepath.Join(to, manifestName))
}

// write puts the manifest in its place, whole.
func (m Manifest) write(path string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// Verify reads a backup wholly and refuses one that is not what its manifest
// says.
func Verify(dir string) (m Manifest, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s has no %s: it is no backup, or one that was cut off", dir, manifestName)
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read the manifest of %s: %w", dir, err)
	}
	if m.Format < 1 || m.Format > format {
		return m, fmt.Errorf("the manifest of %s has format %d, this program knows up to %d: restore with a newer fengsui-collector", dir, m.Format, format)
	}
	there, err := filesIn(dir)
	if err != nil {
		return m, err
	}
	listed := map[string]bool{manifestName: true}
	for _, f := range m.Files {
		if !filepath.IsLocal(f.Path) {
			return m, fmt.Errorf("the manifest of %s names %q, want files inside of it", dir, f.Path)
		}
		listed[f.Path] = true
		got, err := hashFile(filepath.Join(dir, f.Path), io.Discard)
		if err != nil {
			return m, fmt.Errorf("the backup %s is damaged: %w", dir, err)
		}
		if got.Size != f.Size || got.SHA256 != f.SHA256 {
			return m, fmt.Errorf("the backup %s is damaged: %s has %d bytes with SHA-256 %.16s…, want %d with %.16s…", dir, f.Path, got.Size, got.SHA256, f.Size, f.SHA256)
		}
	}
	for _, p := range there {
		if !listed[p] {
			return m, fmt.Errorf("%s holds %s, which its manifest does not name: files of two backups may be mixed", dir, p)
		}
	}
	for _, p := range []string{stateFile, caCert} {
		if !listed[p] && !(p == caCert && m.OwnCA) {
			return m, fmt.Errorf("the manifest of %s names no %s, want it in every backup", dir, p)
		}
	}
	id, generation, err := state.Identify(filepath.Join(dir, stateFile))
	if err != nil {
		return m, fmt.Errorf("the backup %s: %w", dir, err)
	}
	if hex.EncodeToString(id[:]) != m.Collector || generation != m.Generation {
		return m, fmt.Errorf("the state in %s is of collector %x, generation %d, and its manifest of %s, generation %d: files of two backups are mixed", dir, id, generation, m.Collector, m.Generation)
	}
	return m, nil
}

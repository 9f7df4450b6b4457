package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// empty refuses a folder that holds anything but what it may.
func empty(dir string, but ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	may := map[string]bool{"lost+found": true} // of a file system of its own
	for _, name := range but {
		may[name] = true
	}
	for _, e := range entries {
		if !may[e.Name()] {
			return fmt.Errorf("%s holds %s, want an empty folder: nothing is ever overwritten", dir, e.Name())
		}
	}
	return nil
}

// filesIn lists the files below a folder, with slashes. Anything but plain
// files and folders is refused.
func filesIn(dir string) (paths []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == "lost+found" {
				return fs.SkipDir
			}
			return nil
		}
		if !e.Type().IsRegular() {
			return fmt.Errorf("%s is %s, want plain files and folders", path, e.Type())
		}
		rel, err := filepath.Rel(dir, path)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	return paths, err
}

// copyFile copies a file to a new one, on disk when it returns, and says what
// was copied.
func copyFile(to, from string, mode os.FileMode) (File, error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return File{}, err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return File{}, err
	}
	got, err := hashFile(from, f)
	if err == nil {
		err = f.Sync()
	}
	return got, errors.Join(err, f.Close())
}

// hashFile reads a file into w and says what it was.
func hashFile(path string, w io.Writer) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), f)
	return File{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// syncTree puts the names in a folder and all below it on disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if e.Name() == "lost+found" {
			return fs.SkipDir
		}
		return syncDir(path)
	})
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

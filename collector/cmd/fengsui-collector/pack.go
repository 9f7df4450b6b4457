package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fengsui/collector/identity"
	"fengsui/configs"
	"fengsui/configs/words"
)

// packName is no *.hcl, which a collector would read that has its
// configuration in the working directory; and every desk opens it.
const packName = "fengsui-pack.txt"

type packCmd struct {
	place
	Out string `short:"o" help:"File or folder to write it to. Only another pack is replaced." default:"fengsui-pack.txt" placeholder:"FILE"`
}

// Run writes the pack and says what is in it: who carries it away compares.
func (c packCmd) Run(o output) error {
	d, pin, err := c.pin()
	if err != nil {
		return err
	}
	p, err := d.Pack(pin)
	if err != nil {
		return err
	}
	path := c.Out
	if info, err := os.Stat(path); err == nil && info.IsDir() { // a stick's own folder
		path = filepath.Join(path, packName)
	}
	said := words.PackWritten
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("write the pack: %w", err)
	case !info.Mode().IsRegular():
		return errors.New(bilingual(words.PackFolder, path))
	default:
		if _, err := configs.LoadPack(path); err != nil {
			return errors.New(bilingual(words.PackTaken, path))
		}
		said = words.PackReplaced
	}
	if err := identity.WriteWhole(path, p.Text(), 0o644); err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	for _, lang := range []string{"zh", "en"} {
		fmt.Fprintln(o.out, words.Text(said, lang, path))
		fmt.Fprintln(o.out, words.Text(words.PackHolds, lang, p.District, strings.Join(p.Collectors, " "), p.Pin))
		fmt.Fprintln(o.out, words.Text(words.PackNext, lang, filepath.Base(path)))
	}
	return nil
}

func bilingual(key string, args ...any) string {
	return words.Text(key, "zh", args...) + " / " + words.Text(key, "en", args...)
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Mutant is a guard that is taken out.
type Mutant struct {
	Name    string // what then goes wrong
	File    string
	Package string // whose test has to notice
	Test    string

	mutated string // the file without the guard
}

// Read reads a list of mutants of the module at root. A blank line ends one:
//
//	# what goes wrong without the guard
//	FILE
//	- a line as it is, in its order; with its lines below it must be there once
//	+ what it becomes; none: it goes
//	red ./PACKAGE TEST
//
// The error names the line of the list that no longer fits the code.
func Read(root, list string) ([]Mutant, error) {
	text, err := os.ReadFile(filepath.Join(root, list))
	if err != nil {
		return nil, err
	}
	var all []Mutant
	var m Mutant
	var was, is []string
	for i, line := range strings.Split(string(text)+"\n", "\n") {
		wrong := func(why string) error { return fmt.Errorf("%s:%d: %s: %s", list, i+1, line, why) }
		switch {
		case strings.HasPrefix(line, "# "):
			m.Name = line[2:]
		case strings.HasPrefix(line, "- "):
			was = append(was, line[2:])
		case strings.HasPrefix(line, "+ "):
			is = append(is, line[2:])
		case strings.HasPrefix(line, "red "):
			words := strings.Fields(line)
			if len(words) != 3 {
				return nil, wrong("want red, a package and a test")
			}
			m.Package, m.Test = words[1], words[2]
		case line != "":
			m.File = line
		case m.File != "":
			code, err := os.ReadFile(filepath.Join(root, m.File))
			if err != nil {
				return nil, wrong(err.Error())
			}
			from, to := strings.Join(was, "\n"), strings.Join(is, "\n")
			if n := strings.Count(string(code), from); n != 1 || from == "" {
				return nil, wrong(fmt.Sprintf("%q of mutant %q is %d times in %s, want it once", from, m.Name, n, m.File))
			}
			if m.Name == "" || m.Test == "" {
				return nil, wrong("a mutant wants a name and a test")
			}
			m.mutated = strings.Replace(string(code), from, to, 1)
			all = append(all, m)
			fallthrough
		default:
			m, was, is = Mutant{}, nil, nil
		}
	}
	return all, nil
}

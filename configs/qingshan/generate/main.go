// Generate writes the parts of the shipped district that are one thing many
// times, from the tables beside them: sites and their lines, services, units.
package main

import (
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
)

//go:generate go run . ..

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatalf("generate: %d arguments, want one: the directory with the tables", len(os.Args)-1)
	}
	dir := os.Args[1]
	files, err := generate(dir)
	if err != nil {
		log.Fatal("generate: ", err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			log.Fatal("generate: ", err)
		}
	}
}

// generate returns the texts of files by their names.
func generate(dir string) (map[string]string, error) {
	sites, err := readTable(dir, "sites.tsv", "code", "name", "kind", "parent_code", "parent_name", "id")
	if err != nil {
		return nil, err
	}
	services, err := readTable(dir, "services.tsv", "section", "id", "name", "profile", "tier", "layer", "owner", "status", "from")
	if err != nil {
		return nil, err
	}
	units, err := readTable(dir, "units.tsv", "id", "name")
	if err != nil {
		return nil, err
	}
	files := townFiles(sites)
	files["services.hcl"] = serviceFile(services)
	files["units.hcl"] = unitFile(units)
	return files, nil
}

// readTable returns the rows of a table by the words of its head.
func readTable(dir, name string, head ...string) ([]map[string]string, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	r.LazyQuotes = true
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(lines) < 2 || !slices.Equal(lines[0], head) {
		return nil, fmt.Errorf("read %s: its head and %d lines are no table, want the head %v and a line below", name, len(lines), head)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, word := range head {
			row[word] = line[i]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// header says where a file comes from.
func header(table string) string {
	return "# 按 " + table + " 生成（go generate），部署后在副本中填写真实值 / generated from " + table + "; fill in a copy of it\n"
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fengsui/collector"
	"fengsui/collector/contacts"
	"fengsui/collector/identity"
	"fengsui/collector/workbook"
	"fengsui/configs"
	"fengsui/configs/sheet"
	"fengsui/configs/words"
)

type contactsCmd struct {
	Import contactsImportCmd `cmd:"" help:"Replace all contacts, or all carriers, by those of a table."`
	Export contactsExportCmd `cmd:"" help:"Write the contacts or the carriers as a table."`
}

type contactsImportCmd struct {
	place
	File  string `arg:"" help:"Table (.csv in UTF-8 or GB18030, .xlsx): its heads say whether it holds contacts or carriers."`
	Clear bool   `help:"Take also a table without a row: nothing is left."`
}

// Run says how many came, changed and went: no name and no number is shown.
func (c contactsImportCmd) Run(ctx context.Context, o output) (err error) {
	d, book, end, err := c.book()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	done, err := book.Import(ctx, c.File, workbook.Read, d, c.Clear)
	if err != nil {
		return err
	}
	key := words.ContactsImported
	if done.Carriers {
		key = words.CarriersImported
	}
	inBothLines(o.out, key, done.Rows, done.Change.Added, done.Change.Changed, done.Change.Removed)
	return nil
}

// book opens the contacts beside a collector that may be running.
func (p place) book() (*configs.District, *contacts.Book, func() error, error) {
	d, err := collector.Load(p.Config)
	if err != nil {
		return nil, nil, nil, err
	}
	db, err := openState(d)
	if err != nil {
		return nil, nil, nil, err
	}
	return d, contacts.New(db), db.Close, nil
}

// A tableFile is a table that a command writes.
type tableFile struct {
	File    string `arg:"" help:"File to write: .csv or .xlsx. One that is there is replaced."`
	GB18030 bool   `name:"gb18030" help:"Write a .csv in GB18030 and not in UTF-8."`
}

// write writes rows by the ending of the file's name. Nobody else may read
// it: it may hold people's numbers.
func (f tableFile) write(o output, sheetName string, rows [][]string) error {
	var out bytes.Buffer
	var err error
	switch ext := strings.ToLower(filepath.Ext(f.File)); {
	case ext == ".csv":
		err = sheet.WriteCSV(&out, rows, f.GB18030)
	case ext == ".xlsx" && !f.GB18030:
		err = workbook.Write(&out, sheetName, rows)
	default:
		return errors.New(bilingual(words.TableOutput, f.File))
	}
	if err == nil {
		err = identity.WriteWhole(f.File, out.Bytes(), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the table %s: %w", f.File, err)
	}
	inBothLines(o.out, words.TableExported, len(rows)-1, f.File)
	return nil
}

type contactsExportCmd struct {
	place
	tableFile
	Table string `help:"Which of the two." enum:"contacts,carriers" default:"contacts"`
}

func (c contactsExportCmd) Run(ctx context.Context, o output) (err error) {
	_, book, end, err := c.book()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	rows, err := book.Export(ctx, c.Table == "carriers")
	if err != nil {
		return err
	}
	return c.write(o, c.Table, rows)
}

type inventoryCmd struct {
	Export inventoryExportCmd `cmd:"" help:"Write a part of the inventory as a table that a block table reads again."`
}

type inventoryExportCmd struct {
	place
	tableFile
	Table string `required:"" help:"Which part: ${tables}." placeholder:"TABLE"`
}

func (c inventoryExportCmd) Run(o output) error {
	d, err := collector.Load(c.Config)
	if err != nil {
		return err
	}
	rows, err := configs.ExportTable(d, c.Table)
	if err != nil {
		return err
	}
	return c.write(o, c.Table, rows)
}

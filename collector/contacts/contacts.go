// Package contacts keeps whom to call: the people of a node, and the carrier
// of a circuit. They come by a table (CSV or XLSX) into the state store and
// are nowhere else: not in the configuration, not in logs, not in metrics.
package contacts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fengsui/collector/state"
	"fengsui/configs"
)

// A Contact is a person or a desk that answers for a node.
type Contact struct {
	Node  configs.Node
	Role  string // 网络管理员
	Name  string
	Phone string
	Hours string // when they can be called, as written; "": at any time
}

// A Carrier is who carries a circuit.
type Carrier struct {
	Circuit  configs.Node
	Name     string        // 中国电信
	Hotline  string        // for repairs
	Number   string        // of the circuit, as the carrier knows it
	Contract string        // may be empty
	Repair   time.Duration // promised; 0: not told
}

// A Book is all of them. Its methods may be called at the same time.
type Book struct{ db *state.DB }

// New returns the book of a state.
func New(db *state.DB) *Book { return &Book{db} }

// Of returns the contacts of a node in the order of their table.
func (b *Book) Of(ctx context.Context, n configs.Node) ([]Contact, error) {
	return b.contacts(ctx, "WHERE node = ?", string(n))
}

// Contacts returns those of all nodes, by node.
func (b *Book) Contacts(ctx context.Context) ([]Contact, error) { return b.contacts(ctx, "") }

func (b *Book) contacts(ctx context.Context, where string, args ...any) (all []Contact, err error) {
	rows, err := b.db.Read.QueryContext(ctx, "SELECT node, role, name, phone, hours FROM contacts "+where+" ORDER BY node, position", args...)
	if err != nil {
		return nil, fmt.Errorf("read the contacts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Contact
		if err := rows.Scan(&c.Node, &c.Role, &c.Name, &c.Phone, &c.Hours); err != nil {
			return nil, fmt.Errorf("read the contacts: %w", err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the contacts: %w", err)
	}
	return all, nil
}

// Carrier returns who carries a circuit, false when nobody said.
func (b *Book) Carrier(ctx context.Context, circuit configs.Node) (Carrier, bool, error) {
	c, err := scanCarrier(b.db.Read.QueryRowContext(ctx, selectCarrier+"WHERE circuit = ?", string(circuit)))
	if errors.Is(err, sql.ErrNoRows) {
		return Carrier{}, false, nil
	}
	if err != nil {
		return Carrier{}, false, fmt.Errorf("read the carrier of %s: %w", circuit, err)
	}
	return c, true, nil
}

// Carriers returns those of all circuits, by circuit.
func (b *Book) Carriers(ctx context.Context) (all []Carrier, err error) {
	rows, err := b.db.Read.QueryContext(ctx, selectCarrier+"ORDER BY circuit")
	if err != nil {
		return nil, fmt.Errorf("read the carriers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanCarrier(rows)
		if err != nil {
			return nil, fmt.Errorf("read the carriers: %w", err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the carriers: %w", err)
	}
	return all, nil
}

const selectCarrier = "SELECT circuit, name, hotline, number, contract, repair_ns FROM carriers "

func scanCarrier(row interface{ Scan(...any) error }) (c Carrier, err error) {
	err = row.Scan(&c.Circuit, &c.Name, &c.Hotline, &c.Number, &c.Contract, &c.Repair)
	return c, err
}

// A Change is how a book differs from the one before.
type Change struct{ Added, Changed, Removed, Same int }

// ReplaceContacts makes these all contacts there are, or none of them.
func (b *Book) ReplaceContacts(ctx context.Context, all []Contact) (change Change, err error) {
	type key struct {
		node       configs.Node
		role, name string
	}
	old, err := b.Contacts(ctx)
	if err != nil {
		return Change{}, err
	}
	change = compare(old, all, func(c Contact) key { return key{c.Node, c.Role, c.Name} })
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM contacts"); err != nil {
			return err
		}
		for i, c := range all {
			if _, err := tx.Exec("INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?)", string(c.Node), i, c.Role, c.Name, c.Phone, c.Hours); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Change{}, fmt.Errorf("replace the contacts: %w", err)
	}
	return change, nil
}

// ReplaceCarriers makes these all carriers there are, or none of them.
func (b *Book) ReplaceCarriers(ctx context.Context, all []Carrier) (change Change, err error) {
	old, err := b.Carriers(ctx)
	if err != nil {
		return Change{}, err
	}
	change = compare(old, all, func(c Carrier) configs.Node { return c.Circuit })
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM carriers"); err != nil {
			return err
		}
		for _, c := range all {
			if _, err := tx.Exec("INSERT INTO carriers VALUES (?, ?, ?, ?, ?, ?)", string(c.Circuit), c.Name, c.Hotline, c.Number, c.Contract, int64(c.Repair)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Change{}, fmt.Errorf("replace the carriers: %w", err)
	}
	return change, nil
}

// compare counts by key what came, changed and went.
func compare[T comparable, K comparable](old, all []T, key func(T) K) (c Change) {
	before := map[K]T{}
	for _, o := range old {
		before[key(o)] = o
	}
	for _, n := range all {
		switch o, known := before[key(n)]; {
		case !known:
			c.Added++
		case o == n:
			c.Same++
		default:
			c.Changed++
		}
		delete(before, key(n))
	}
	c.Removed = len(before)
	return c
}

// Package state keeps the collector's state and records in SQLite: one file in
// the data directory, one writer, every commit on disk before it returns.
//
// The tables of all packages are made by the migrations here, so that the
// schema can be read in one place; the queries live with the package that
// asks them.
package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // pure Go: the collector is built without cgo
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is the state. Read it through Read; change it inside Write.
type DB struct {
	Read *sql.DB // query-only pool: a reader never waits for the writer

	// Collector is the id made with the data directory; Generation is raised
	// by a restore.
	Collector  [16]byte
	Generation uint64

	path   string
	mu     sync.Mutex
	writer *sql.DB
	failed error
}

// ErrFailed is wrapped by every Write after one that the disk refused: a later
// fsync may succeed without the lost pages, so nothing may be acknowledged.
var ErrFailed = errors.New("the state database failed before and must be opened anew")

// Open opens or creates the database and brings its schema up to date.
func Open(path string) (*DB, error) {
	writer, err := open(path, false)
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	d := &DB{path: path, writer: writer}
	if err := d.migrate(); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate state %s: %w", path, err), writer.Close())
	}
	if err := d.identify(); err != nil {
		return nil, errors.Join(fmt.Errorf("read the identity in state %s: %w", path, err), writer.Close())
	}
	d.Read, err = open(path, true)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s for reading: %w", path, err), writer.Close())
	}
	d.Read.SetMaxOpenConns(4)
	return d, nil
}

func open(path string, readOnly bool) (*sql.DB, error) {
	q := url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(ON)",
		"journal_size_limit(67108864)",
	}}
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(ON)")
	} else {
		q.Set("_txlock", "immediate")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	return db, db.Ping()
}

// Close closes the database.
func (d *DB) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(d.Read.Close(), d.writer.Close())
}

// Write runs f in one transaction, alone, and returns when its commit is on
// disk. An error of f rolls back and is returned as it is. A failed commit is
// final: from then on every Write returns [ErrFailed].
func (d *DB) Write(ctx context.Context, f func(*sql.Tx) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed != nil {
		return fmt.Errorf("%w: %w", ErrFailed, d.failed)
	}
	// The transaction does not die with ctx half-way: whoever asked may be
	// gone, but what it asked for has been decided.
	tx, err := d.writer.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		d.failed = err
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// CopyTo writes a copy of the database, as it is at one moment, to a new file.
// Writers go on meanwhile. The copy is on disk when whoever wants it syncs it.
func (d *DB) CopyTo(ctx context.Context, path string) error {
	db, err := open(d.path, false) // SQLite takes VACUUM INTO for a write: no reader may
	if err != nil {
		return fmt.Errorf("open the state for a copy: %w", err)
	}
	if _, err = db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		err = fmt.Errorf("copy the state to %s: %w", path, err)
	}
	return errors.Join(err, db.Close())
}

// NewGeneration says that this is a restored database, together with what else
// follows from that. The same backup may be restored twice, so counting alone
// would give two generations one number: it is at least the time in milliseconds.
func (d *DB) NewGeneration(ctx context.Context, now time.Time, also func(*sql.Tx) error) error {
	next := max(d.Generation+1, uint64(max(0, now.UnixMilli())))
	err := d.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("UPDATE meta SET generation = ?", int64(next)); err != nil {
			return err
		}
		return also(tx)
	})
	if err != nil {
		return fmt.Errorf("begin a new generation: %w", err)
	}
	d.Generation = next
	return nil
}

// Identify reads whose a database file is without changing it, and refuses
// one that this program is too old for.
func Identify(path string) (collector [16]byte, generation uint64, err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&immutable=1")
	if err != nil {
		return collector, 0, err
	}
	defer db.Close()
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return collector, 0, err
	}
	var version int
	var id []byte
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return collector, 0, fmt.Errorf("read %s: %w", path, err)
	}
	if version > len(files) {
		return collector, 0, tooNew(version, len(files))
	}
	if err := db.QueryRow("SELECT collector, generation FROM meta").Scan(&id, &generation); err != nil {
		return collector, 0, fmt.Errorf("read the identity in %s: %w", path, err)
	}
	copy(collector[:], id)
	return collector, generation, nil
}

func tooNew(version, known int) error {
	return fmt.Errorf("its schema has version %d, this program knows up to %d: run a newer fengsui-collector", version, known)
}

// migrate applies, in the order of their names, the migrations that
// user_version does not count yet.
func (d *DB) migrate() error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := d.writer.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(files) {
		return tooNew(version, len(files))
	}
	for i := version; i < len(files); i++ {
		text, err := migrations.ReadFile(files[i])
		if err != nil {
			return err
		}
		err = d.Write(context.Background(), func(tx *sql.Tx) error {
			if _, err := tx.Exec(string(text)); err != nil {
				return err
			}
			_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", i+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", strings.TrimPrefix(files[i], "migrations/"), err)
		}
	}
	return nil
}

func (d *DB) identify() error {
	return d.Write(context.Background(), func(tx *sql.Tx) error {
		var id []byte
		err := tx.QueryRow("SELECT collector, generation FROM meta").Scan(&id, &d.Generation)
		if err == nil {
			copy(d.Collector[:], id)
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		rand.Read(d.Collector[:])
		d.Generation = 1
		_, err = tx.Exec("INSERT INTO meta VALUES (1, ?, ?, ?)", d.Collector[:], d.Generation, time.Now().UnixNano())
		return err
	})
}

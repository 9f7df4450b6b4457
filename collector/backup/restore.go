package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fengsui/collector/state"
)

// Restore brings a backup into a data directory that is empty but for the
// lock, which the caller holds, as a new generation. It reads the backup
// wholly before it writes anything. After an error the directory is empty
// again; a process that is killed leaves a mark by which the collector refuses
// to start there.
func Restore(ctx context.Context, dir, data string, minFree int64) (Manifest, error) {
	m, err := Verify(dir)
	if err != nil {
		return m, err
	}
	if err := empty(data, lockFile); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	if err := roomFor(data, m.Bytes(), minFree); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	if err := restore(ctx, m, dir, data); err != nil {
		for _, name := range []string{historyDir, caDir, stateFile, stateFile + "-wal", stateFile + "-shm", restoring} {
			err = errors.Join(err, os.RemoveAll(filepath.Join(data, name)))
		}
		return m, fmt.Errorf("restore %s into %s: %w", dir, data, err)
	}
	return m, nil
}

func restore(ctx context.Context, m Manifest, dir, data string) error {
	mark := filepath.Join(data, restoring)
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return err
	}
	if err := syncDir(data); err != nil {
		return err
	}
	for _, f := range m.Files {
		got, err := copyFile(filepath.Join(data, f.Path), filepath.Join(dir, f.Path), 0o600)
		if err != nil {
			return err
		}
		if got.SHA256 != f.SHA256 {
			return fmt.Errorf("%s changed while it was read", f.Path)
		}
	}
	db, err := state.Open(filepath.Join(data, stateFile))
	if err != nil {
		return err
	}
	err = db.NewGeneration(ctx, time.Now(), forget)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := syncTree(data); err != nil {
		return err
	}
	if err := os.Remove(mark); err != nil {
		return err
	}
	return syncDir(data)
}

// forget drops what must not live again: codes, of which some may have been
// used since (one enrols one machine), and conditions that were on their way
// to an alert, since nobody has looked whether they held all the time.
func forget(tx *sql.Tx) error {
	for _, query := range []string{"DELETE FROM codes WHERE used IS NULL", "DELETE FROM pending"} {
		if _, err := tx.Exec(query); err != nil {
			return err
		}
	}
	return nil
}

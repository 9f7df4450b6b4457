package collector

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fengsui/collector/backup"
	"fengsui/configs"
)

// Backup writes a backup of the data of a configuration to a new or empty
// folder. A collector at work there is asked; of a stopped one the stores are
// opened here.
func Backup(ctx context.Context, d *configs.District, to, version string, secrets bool) (m backup.Manifest, err error) {
	s := d.Collector
	if _, err := os.Stat(filepath.Join(s.Data, "state.db")); err != nil {
		return m, fmt.Errorf("back up the collector's data: %w: start the collector once before", err)
	}
	var staged string
	var release func() error
	held, err := lock(s.Data)
	if errors.Is(err, errWorking) {
		staged, release, err = backup.Ask(ctx, s.Data)
	} else if err == nil {
		defer unlock(held)
		staged, release, err = stageStopped(ctx, s)
	}
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, release()) }()
	return backup.Write(to, s.Data, staged, version, secrets, s.CACert != "")
}

// stageStopped stages the data of a collector that is stopped.
func stageStopped(ctx context.Context, s configs.Collector) (dir string, release func() error, err error) {
	if err := backup.Tidy(s.Data); err != nil {
		return "", nil, err
	}
	c := &Collector{}
	c.newRegistry()
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.openStores(s); err != nil {
		return "", nil, err
	}
	dir, err = c.stores(s).Stage(ctx)
	return dir, func() error { return os.RemoveAll(dir) }, err
}

func (c *Collector) stores(s configs.Collector) backup.Stores {
	return backup.Stores{Data: s.Data, DB: c.db, History: c.history, MinFree: int64(s.MinFree)}
}

// Restore brings a backup into the empty data directory of a configuration.
func Restore(ctx context.Context, d *configs.District, from string) (m backup.Manifest, err error) {
	s := d.Collector
	held, err := lock(s.Data)
	if err != nil {
		return m, err
	}
	defer unlock(held)
	return backup.Restore(ctx, from, s.Data, int64(s.MinFree))
}

package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fengsui/agent/disk"
)

// pendingName is the file of a key that asks to be enrolled. It is there from
// before the code is used until the identity is kept, so that an enrolment
// whose answer was lost can be repeated with the same code.
const pendingName = "enrol.key"

// PendingKey returns the key of a data directory's enrolment, and makes it when
// there is none: on disk when this returns.
func PendingKey(data string) (*Key, error) {
	path := filepath.Join(data, pendingName)
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := parseKey(string(text))
		if err != nil {
			return nil, fmt.Errorf("read the key of an enrolment that did not end, %s: %w; delete it and enrol with a new code", path, err)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of an enrolment that did not end: %w", err)
	}
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	encoded, err := key.encode()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if err := disk.Replace(path, []byte(encoded)); err != nil {
		return nil, fmt.Errorf("keep the key before it is used: %w", err)
	}
	return key, nil
}

// DropPending ends an enrolment whose identity is kept.
func DropPending(data string) error {
	err := os.Remove(filepath.Join(data, pendingName))
	if err == nil {
		err = disk.SyncDir(data)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

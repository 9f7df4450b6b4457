package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// A collector at work is asked by a socket in its data directory, with mode
// 0600: who may read the data may have it backed up, and nobody else, without
// a password and without a port. A connection asks for one staging; its answer
// is one line of JSON; its end lets the staging go.

// answer is what the collector says.
type answer struct {
	Dir   string `json:"dir,omitempty"`
	Error string `json:"error,omitempty"`
}

// A Control is the socket of a collector at work.
type Control struct {
	listener *net.UnixListener
	path     string
}

// at gives a socket's path through a descriptor of its folder: a socket's own
// may have 107 bytes only (unix(7)), and a data directory may lie deeper.
func at(data string) (dir *os.File, path string, err error) {
	if dir, err = os.Open(data); err != nil {
		return nil, "", err
	}
	return dir, filepath.Join("/proc/self/fd", strconv.Itoa(int(dir.Fd())), socketName), nil
}

// Listen opens the socket. Only the holder of the data directory's lock may.
func Listen(data string) (*Control, error) {
	dir, path, err := at(data)
	if err != nil {
		return nil, fmt.Errorf("open the socket for backups: %w", err)
	}
	defer dir.Close()
	c := &Control{path: filepath.Join(data, socketName)}
	if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the socket of a former collector: %w", err)
	}
	if c.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"}); err != nil {
		return nil, fmt.Errorf("open the socket for backups in %s: %w", data, err)
	}
	c.listener.SetUnlinkOnClose(false) // its path ends with dir
	if err := os.Chmod(c.path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open the socket for backups: %w", err), c.Close())
	}
	return c, nil
}

// Close stops listening.
func (c *Control) Close() error {
	err := c.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return errors.Join(err, os.Remove(c.path))
}

// Serve answers until ctx ends, one backup at a time, and returns when the
// last staging is gone.
func (c *Control) Serve(ctx context.Context, stage func(context.Context) (string, error)) error {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		c.Close()
	})
	defer func() {
		if !stop() {
			<-closed // or it would remove the socket of whoever listens next
		}
	}()
	var one sync.Mutex
	var group sync.WaitGroup
	defer group.Wait()
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("listen for backups: %w", err)
		}
		group.Go(func() {
			defer conn.Close()
			if !one.TryLock() {
				json.NewEncoder(conn).Encode(answer{Error: "another backup is under way"})
				return
			}
			defer one.Unlock()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			serve(ctx, conn, stage)
		})
	}
}

func serve(ctx context.Context, conn net.Conn, stage func(context.Context) (string, error)) {
	dir, err := stage(ctx)
	if err != nil {
		json.NewEncoder(conn).Encode(answer{Error: err.Error()})
		return
	}
	if json.NewEncoder(conn).Encode(answer{Dir: dir}) == nil {
		io.Copy(io.Discard, conn) // until whoever asked has copied it, or is gone
	}
	os.RemoveAll(dir) // else the next backup or start does
}

// Ask has the collector at work on data stage a backup. release lets it go.
func Ask(ctx context.Context, data string) (dir string, release func() error, err error) {
	folder, path, err := at(data)
	if err != nil {
		return "", nil, fmt.Errorf("ask the collector at work for a backup: %w", err)
	}
	defer folder.Close()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return "", nil, fmt.Errorf("ask the collector at work for a backup by %s: %w: it may be starting or stopping, try again", filepath.Join(data, socketName), err)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var a answer
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &a)
	}
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("the collector at work made no backup: %w", err), conn.Close())
	}
	return a.Dir, conn.Close, nil
}

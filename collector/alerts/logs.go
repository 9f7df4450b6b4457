package alerts

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/nflog/nflogpb"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/silence/silencepb"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Alertmanager's notification log says, per receiver and group, which alerts
// the last notification named. Its own persistence is a snapshot every
// quarter of an hour; here every change is a row at once.

const (
	// logRetention bounds entries of the notification log; entries that name
	// a firing alert outlive it.
	logRetention = 365 * 24 * time.Hour
	// silenceRetention is how long ended silences stay to be looked at.
	silenceRetention = 120 * time.Hour
)

func (a *Alerts) openLogs() error {
	var err error
	a.nflog, err = nflog.New(nflog.Options{Retention: logRetention, Logger: a.o.Logger, Metrics: a.o.Registerer})
	if err != nil {
		return fmt.Errorf("make the notification log: %w", err)
	}
	if err := a.loadNflog(); err != nil {
		return fmt.Errorf("read the notification log: %w", err)
	}
	a.nflog.SetBroadcast(a.keepNflog)

	a.silences, err = silence.New(silence.Options{Retention: silenceRetention, Logger: a.o.Logger,
		Metrics: a.o.Registerer, EventRecorder: eventrecorder.NopRecorder()})
	if err != nil {
		return fmt.Errorf("make the silences: %w", err)
	}
	if err := a.loadSilences(); err != nil {
		return fmt.Errorf("read the silences: %w", err)
	}
	a.silences.SetBroadcast(a.keepSilence)
	return nil
}

// loadNflog merges the stored log. A reminder is due a repeat interval after
// the last notification or this start, whichever is later: a restart alone
// must not notify. Alerts that are neither open nor untold leave the log: the
// next one of that name is news.
func (a *Alerts) loadNflog() error {
	now := a.o.Now()
	justNow := now.Add(-time.Second) // the log takes later entries only
	alive := map[uint64]bool{}
	for _, list := range []map[model.Fingerprint]*entry{a.book.open, a.book.untold} {
		for _, e := range list {
			alive[hash(e.labels)] = true
		}
	}
	rows, err := a.readEntries(`SELECT entry FROM nflog`)
	if err != nil {
		return err
	}
	stored := map[string]*nflogpb.MeshEntry{}
	var expired []string
	for _, row := range rows {
		var e nflogpb.MeshEntry
		if err := protodelim.UnmarshalFrom(bytes.NewReader(row), &e); err != nil {
			return err
		}
		key := nflogKey(&e)
		e.Entry.FiringAlerts = slices.DeleteFunc(e.Entry.FiringAlerts, func(h uint64) bool { return !alive[h] })
		switch {
		case len(e.Entry.FiringAlerts) > 0:
			e.Entry.Timestamp, e.ExpiresAt = timestamppb.New(justNow), timestamppb.New(now.Add(logRetention))
		case e.ExpiresAt.AsTime().Before(now):
			expired = append(expired, key)
			continue
		case e.Entry.Timestamp.AsTime().After(now): // the clock was ahead
			e.Entry.Timestamp = timestamppb.New(justNow)
		}
		stored[key] = &e
	}
	if err := a.o.DB.Write(context.Background(), func(tx *sql.Tx) error {
		for key, e := range stored {
			if err := putNflog(tx, e); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		for _, key := range expired {
			if _, err := tx.Exec(`DELETE FROM nflog WHERE key = ?`, key); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, e := range stored {
		b, err := delimited(e)
		if err != nil {
			return err
		}
		if err := a.nflog.Merge(b); err != nil {
			return err
		}
	}
	return nil
}

// keepNflog is the log's broadcast: called with every change.
func (a *Alerts) keepNflog(b []byte) {
	var e nflogpb.MeshEntry
	err := protodelim.UnmarshalFrom(bytes.NewReader(b), &e)
	if err == nil {
		err = a.o.DB.Write(context.Background(), func(tx *sql.Tx) error { return putNflog(tx, &e) })
	}
	if err != nil {
		a.fail(fmt.Errorf("write the notification log: %w", err))
	}
}

func putNflog(tx *sql.Tx, e *nflogpb.MeshEntry) error {
	b, err := delimited(e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO nflog (key, entry, expires) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET entry = excluded.entry, expires = excluded.expires`,
		nflogKey(e), b, e.ExpiresAt.AsTime().UnixNano())
	return err
}

func (a *Alerts) loadSilences() error {
	if err := a.o.DB.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM silences WHERE expires < ?`, a.o.Now().UnixNano())
		return err
	}); err != nil {
		return err
	}
	rows, err := a.readEntries(`SELECT entry FROM silences`)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := a.silences.Merge(row); err != nil {
			return err
		}
	}
	return nil
}

// keepSilence is the silences' broadcast: called with every change.
func (a *Alerts) keepSilence(b []byte) {
	var e silencepb.MeshSilence
	err := protodelim.UnmarshalFrom(bytes.NewReader(b), &e)
	if err == nil {
		err = a.o.DB.Write(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO silences (id, entry, expires) VALUES (?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, expires = excluded.expires`,
				e.Silence.Id, b, e.ExpiresAt.AsTime().UnixNano())
			return err
		})
	}
	if err != nil {
		a.fail(fmt.Errorf("write a silence: %w", err))
	}
}

func (a *Alerts) readEntries(query string) ([][]byte, error) {
	rows, err := a.o.DB.Read.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]byte
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// delimited encodes an entry as the log broadcasts it.
func delimited(e *nflogpb.MeshEntry) ([]byte, error) {
	var b bytes.Buffer
	if _, err := protodelim.MarshalTo(io.Writer(&b), e); err != nil {
		return nil, errors.Join(errors.New("encode an entry of the notification log"), err)
	}
	return b.Bytes(), nil
}

// nflogKey is the log's own key of an entry: group and receiver.
func nflogKey(e *nflogpb.MeshEntry) string {
	r := e.Entry.Receiver
	return fmt.Sprintf("%s:%s/%s/%d", e.Entry.GroupKey, r.GroupName, r.Integration, r.Idx)
}

// hash is how the notification log names an alert (notify.hashAlert).
func hash(s model.LabelSet) uint64 {
	names := make(model.LabelNames, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	sort.Sort(names)
	d := xxhash.New()
	for _, name := range names {
		d.WriteString(string(name))
		d.Write([]byte{'\xff'})
		d.WriteString(string(s[name]))
		d.Write([]byte{'\xff'})
	}
	return d.Sum64()
}

func union(a, b []uint64) []uint64 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

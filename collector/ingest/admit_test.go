package ingest

import (
	"database/sql"
	"testing"
	"time"

	"fengsui/collector/wire"
)

// TestFirstPushReplaces: a new agent ends the one before it with its first
// push, not with its Hello, in the transaction that stores the push; what the
// former one had not pushed is kept.
func TestFirstPushReplaces(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	former, next := newMachine("town"), newMachine("town")
	err := r.db.Write(t.Context(), func(tx *sql.Tx) error {
		for _, m := range []*machine{former, next} {
			if _, err := tx.Exec("INSERT INTO agents (agent, site, serial, enrolled, expires, admitted) VALUES (?, 'town', '', 0, 0, ?)",
				m.Agent[:], map[*machine]any{former: 1}[m]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	push := func(m *machine, spool *wire.SpoolState) {
		t.Helper()
		p := &wire.PushRequest{Contact: m.contact(noon, 0, 0), Spool: spool,
			Batches: []*wire.Batch{m.cutBatch(m.body(m.result(noon, 1), m.result(noon.Add(time.Second), 2)))}}
		if _, err := r.Push(t.Context(), m.Caller, p, noon.Add(10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	r.greet(former)
	push(former, &wire.SpoolState{Unacknowledged: 9, OldestUnixNs: 5})
	if n := r.count("SELECT unacknowledged FROM agents WHERE agent = ?", former.Agent[:]); n != 7 {
		t.Errorf("%d results are kept as unpushed, want 9 less the 2 that were acknowledged", n)
	}
	r.greet(next)
	push(former, &wire.SpoolState{Unacknowledged: 8, OldestUnixNs: 5})
	const replaced = "SELECT count(*) FROM agents WHERE agent = ? AND revoked IS NOT NULL AND reason = 'replaced' AND unacknowledged = 6"
	if n := r.count(replaced, former.Agent[:]); n != 0 {
		t.Error("the Hello of the new agent replaced the former one, want its first push to")
	}
	push(next, &wire.SpoolState{Unacknowledged: 2, OldestUnixNs: 5})
	if n := r.count(replaced, former.Agent[:]); n != 1 {
		t.Error("the first push replaced nobody, want the former agent with 6 results unpushed")
	}
	if n := r.count("SELECT count(*) FROM agents WHERE agent = ? AND revoked IS NULL AND admitted IS NOT NULL AND unacknowledged = 0 AND oldest = 0", next.Agent[:]); n != 1 {
		t.Error("the new agent is not the one of its site, with nothing unpushed")
	}
}

package ingest

import (
	"bytes"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/wire"
)

// again opens the ingest anew on the same data: what it knows is on disk.
func (r *rig) again() *rig {
	r.t.Helper()
	now := *r.now
	r.close()
	n := openRig(r.t, r.dir)
	*n.now = now
	return n
}

func (r *rig) code(m *machine, batches ...*wire.Batch) string {
	_, err := r.tryPush(m, batches...)
	return codeOf(err)
}

// one is a new batch of one result of a machine.
func (r *rig) one(m *machine) *wire.Batch {
	return m.cutBatch(m.body(m.result(*r.now, float64(m.next))))
}

// keep is what the command line does.
func (r *rig) keep(m *machine) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE clones SET kept = ? WHERE agent = ? AND ended IS NULL", m.instance[:], m.Agent[:])
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// renumber is what an agent does when it is told to.
func (m *machine) renumber() { m.epoch, m.next = random(), 1 }

// TestCopiedDisk: two processes of one identity. Until the proof the newer one
// is heard, from the proof on neither is, and whom a person keeps goes on with
// a new epoch, also when the collector restarts at any of these moments.
func TestCopiedDisk(t *testing.T) {
	t.Parallel()
	for _, keepNewer := range []bool{true, false} {
		t.Run(fmt.Sprintf("the newer one is kept %t", keepNewer), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			a := newMachine("town")
			r.greet(a)
			r.push(a, r.one(a))
			b := *a
			b.instance, b.boot = random(), random()
			b.next = 1
			if w := r.greet(&b); !w.NumberingWentBack {
				t.Fatal("the copy gives out old numbers: want a new epoch")
			}
			b.renumber()
			r.greet(&b)
			r.push(&b, r.one(&b))

			waits := r.one(a)
			if got := r.code(a, waits); got != wire.CodeSuperseded {
				t.Fatalf("the older one pushes: got %q, want %s", got, wire.CodeSuperseded)
			}
			r = r.again()
			if w := r.greet(a); !w.NumberingWentBack {
				t.Error("the older one says Hello again: want it to open a new epoch")
			}
			a.renumber()
			if w := r.greet(a); w.NumberingWentBack {
				t.Error("it has opened one: want it welcome")
			}
			r = r.again()
			if got := r.code(&b, r.one(&b)); got != "" {
				t.Errorf("nothing is proved yet, the newer one pushes: got %q, want none", got)
			}
			waits = r.one(a)
			for range 2 {
				if got := r.code(a, waits); got != wire.CodeClone {
					t.Errorf("the older one pushes after its Hello: got %q, want %s", got, wire.CodeClone)
				}
				if got := r.code(&b); got != wire.CodeClone {
					t.Errorf("the newer one: got %q, want %s", got, wire.CodeClone)
				}
				r.greet(a) // they go on asking
				r.greet(&b)
				r = r.again()
			}
			if n := r.count("SELECT count(*) FROM clones WHERE ended IS NULL AND since = ? AND one = ? AND other = ?", noon.UnixNano(), b.instance[:], a.instance[:]); n != 1 {
				t.Errorf("%d clones are noted, want this one", n)
			}

			kept, other := a, &b
			if keepNewer {
				kept, other = &b, a
			}
			r.keep(kept)
			if got := r.code(kept); got != wire.CodeClone {
				t.Errorf("kept, and has not said Hello: got %q, want %s", got, wire.CodeClone)
			}
			if w := r.greet(kept); !w.NumberingWentBack {
				t.Error("the kept one says Hello: want it to open a new epoch")
			}
			kept.renumber()
			if w := r.greet(kept); w.NumberingWentBack {
				t.Error("it has opened one: want it welcome")
			}
			for range 2 {
				if got := r.code(kept, r.one(kept)); got != "" {
					t.Errorf("the kept one pushes: got %q, want none", got)
				}
				if _, err := r.Hello(t.Context(), other.Caller, other.hello(noon), noon); codeOf(err) != wire.CodeSuperseded {
					t.Errorf("the other one says Hello: got %v, want %s", err, wire.CodeSuperseded)
				}
				if got := r.code(other, r.one(other)); got != wire.CodeSuperseded {
					t.Errorf("the other one pushes: got %q, want %s", got, wire.CodeSuperseded)
				}
				r = r.again()
			}
			if n := r.count("SELECT count(*) FROM clones WHERE ended IS NULL"); n != 0 {
				t.Errorf("%d clones are open, want none", n)
			}
		})
	}
}

// TestLiveCopy: two machines of one process. The digest tells their results
// apart; the one that is told so opens a new epoch, and the other one, which
// goes on in the old one, proves that it is another machine.
func TestLiveCopy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := newMachine("town")
	r.greet(a)
	r.push(a, r.one(a))
	b := *a // copied while it runs

	*r.now = r.now.Add(time.Second)
	r.push(a, r.one(a))
	*r.now = r.now.Add(time.Second)
	if got := outcome(r.push(&b, r.one(&b))); got != wire.BatchAnswer_CLASHED {
		t.Fatalf("the copy's results: got %v, want CLASHED", got)
	}
	b.renumber()
	r.greet(&b)
	if got := outcome(r.push(&b, r.one(&b))); got != wire.BatchAnswer_STORED {
		t.Fatalf("a process that opened a new epoch: got %v, want STORED", got)
	}
	r = r.again()

	*r.now = r.now.Add(time.Second)
	waits := r.one(a)
	if got := r.code(a, waits); got != wire.CodeSuperseded {
		t.Errorf("results of the epoch that was left: got %q, want %s", got, wire.CodeSuperseded)
	}
	if got := r.code(&b, r.one(&b)); got != "" {
		t.Errorf("nothing is proved yet: got %q, want none", got)
	}
	if w := r.greet(a); !w.NumberingWentBack {
		t.Error("the other machine says Hello: want it to open a new epoch, what is held under its numbers is the copy's")
	}
	a.renumber()
	for range 2 {
		r.greet(a)
		for _, m := range []*machine{a, &b} {
			if got := r.code(m, r.one(m)); got != wire.CodeClone {
				t.Errorf("got %q, want %s", got, wire.CodeClone)
			}
		}
		r = r.again()
	}
}

// TestLateHelloIsNoClone: a Hello of before the new epoch that was long on its
// way proves nothing.
func TestLateHelloIsNoClone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	m := newMachine("town")
	late := proto.CloneOf(m.hello(noon))
	r.greet(m)
	r.push(m, r.one(m))
	*r.now = r.now.Add(time.Second)
	m.renumber()
	r.greet(m)
	r = r.again()
	*r.now = noon.Add(time.Second)
	if _, err := r.Hello(t.Context(), m.Caller, late, *r.now); codeOf(err) != wire.CodeSuperseded {
		t.Errorf("got %v, want %s", err, wire.CodeSuperseded)
	}
	if got := r.code(m, r.one(m)); got != "" {
		t.Errorf("the same process pushes: got %q, want none", got)
	}
}

// TestLateHelloOfADeadProcess: what the network held back of a process that
// died is taken for no second machine, whether it was heard before or not.
func TestLateHelloOfADeadProcess(t *testing.T) {
	t.Parallel()
	for name, heard := range map[string]bool{"heard before": true, "never heard": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			m := newMachine("town")
			r.greet(m)
			r.push(m, r.one(m))
			dead := m.Caller
			hello := proto.CloneOf(m.hello(noon))
			if !heard {
				hello.Contact.Instance = bytes.Repeat([]byte{0xdd}, 16)
			}
			push := &wire.PushRequest{Contact: proto.CloneOf(hello.Contact), Batches: []*wire.Batch{r.one(m)}}
			push.Contact.BootNs++

			*r.now = r.now.Add(time.Second)
			m.instance = random()
			r.greet(m)
			if _, err := r.Hello(t.Context(), dead, hello, *r.now); codeOf(err) != wire.CodeSuperseded {
				t.Errorf("a late Hello: got %v, want %s", err, wire.CodeSuperseded)
			}
			if _, err := r.Push(t.Context(), dead, push, *r.now); codeOf(err) != wire.CodeSuperseded && codeOf(err) != wire.CodeHelloFirst {
				t.Errorf("a late push behind it: got %v, want it refused and no clone proved", err)
			}
			if got := r.code(m, r.one(m)); got != "" {
				t.Errorf("the living process pushes: got %q, want none", got)
			}
		})
	}
}

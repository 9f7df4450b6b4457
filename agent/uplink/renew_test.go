package uplink_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"fengsui/agent/collectortest"
	"fengsui/agent/identity"
	"fengsui/collector/wire"
)

// keeps gives a rig a data directory for its identity, as an agent has it.
func (r *rig) keeps() (data string) {
	r.t.Helper()
	data = r.t.TempDir()
	id, err := r.o.Identity()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := id.Save(data); err != nil {
		r.t.Fatal(err)
	}
	r.o.Identity = func() (*identity.Identity, error) { return identity.Load(data) }
	r.o.Keep = func(former, next *identity.Identity) error { return identity.Swap(data, former, next) }
	return data
}

func (r *rig) serial(data string) string {
	r.t.Helper()
	id, err := identity.Load(data)
	if err != nil {
		r.t.Fatal(err)
	}
	return id.Certificate.SerialNumber.String()
}

// TestRenew: when the collector asks, the next certificate is kept and shown
// at once; an answer that is lost costs nothing but another try.
func TestRenew(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	r := newRig(t, c)
	r.o.PersonPause = 10 * time.Millisecond
	data := r.keeps()
	before := r.serial(data)
	var lost atomic.Bool
	c.Fault = func(_ context.Context, rpc, when string) error {
		if rpc == "Renew" && when == "after" && lost.CompareAndSwap(false, true) {
			return errors.New("cut")
		}
		return nil
	}
	c.WantRenewal()
	r.add("a", 10)
	r.start()
	collectortest.Until(t, "a contact with the next certificate", func() error {
		if seen := c.Seen(); seen.Renewals != 2 || len(seen.Hellos) < 2 || r.serial(data) == before {
			return fmt.Errorf("%d renewals, %d Hellos, serial %s, was %s", seen.Renewals, len(seen.Hellos), r.serial(data), before)
		}
		return nil
	})
	r.add("a", 10)
	r.stored(20)
	r.stop()
	if s := r.up.State(); s.Renew || s.Problem != nil || c.Seen().Renewals != 2 {
		t.Errorf("renew %v, problem %+v, %d renewals; want it done with", s.Renew, s.Problem, c.Seen().Renewals)
	}
}

// TestExpired: an agent whose certificate expired asks for another, says that
// a person is waited for, and goes on by itself once it is approved.
func TestExpired(t *testing.T) {
	t.Parallel()
	c := collectortest.Start(t, "127.0.0.1:0", nil)
	r := newRig(t, c)
	r.o.PersonPause = 10 * time.Millisecond
	data := r.keeps()
	before := r.serial(data)
	var expired, approved atomic.Bool
	c.Fault = func(_ context.Context, rpc, when string) error {
		switch {
		case rpc == "Renew" && when == "before" && !approved.Load():
			return collectortest.Refuse(wire.CodeApprovalWanted)
		case rpc == "Renew" && when == "after":
			expired.Store(false)
		case rpc != "Renew" && expired.Load():
			return collectortest.Refuse(wire.CodeCertificateExpired)
		}
		return nil
	}
	r.add("a", 10)
	r.start()
	r.stored(10)
	expired.Store(true) // on the live connection
	collectortest.Until(t, "the wait for a person", func() error {
		if p := r.up.State().Problem; p == nil || p.Class != wire.CodeApprovalWanted || p.Next.String() != "person" {
			return fmt.Errorf("problem %+v", p)
		}
		return nil
	})
	if r.serial(data) != before {
		t.Error("another certificate is kept before anybody approved")
	}
	r.add("a", 10)
	approved.Store(true)
	r.stored(20)
	if r.serial(data) == before {
		t.Error("the expired certificate is still kept")
	}
}

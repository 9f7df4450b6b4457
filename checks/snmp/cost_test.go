package snmp_test

import (
	"testing"

	"fengsui/checks"
)

// TestCostIsTrue: what a run is said to take is what a run in steady state
// takes, to a fifth.
func TestCostIsTrue(t *testing.T) {
	t.Parallel()
	a := device(t, "ge1", "ge2", "ge3")
	s := poll(t, a.addr, map[string][]string{"interface": {"ge1", "ge2", "ge3"}})
	want(t, run(t, s), checks.Up, "") // finds the interfaces
	a.mu.Lock()
	a.asked, a.bytes = nil, 0
	a.mu.Unlock()
	want(t, run(t, s), checks.Up, "")
	a.mu.Lock()
	defer a.mu.Unlock()
	requests, bytes := s.Check.(checks.Costing).Cost()
	if len(a.asked) != requests || a.bytes*5 < bytes*4 || a.bytes*5 > bytes*6 {
		t.Errorf("a run took %d requests and %d bytes, and is said to take %d and about %d", len(a.asked), a.bytes, requests, bytes)
	}
}

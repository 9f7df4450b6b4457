package all_test

import (
	"testing"

	"fengsui/checks"
	"fengsui/checks/all"
)

// TestCost: what a run takes follows the options.
func TestCost(t *testing.T) {
	t.Parallel()
	byName := map[string]*checks.Kind{}
	for _, k := range all.Kinds() {
		byName[k.Name] = k
	}
	for _, tt := range []struct {
		kind            string
		options         map[string][]string
		requests, bytes int
	}{
		{"icmp", nil, 5, 1040},
		{"icmp", map[string][]string{"count": {"1"}, "size": {"1000"}}, 1, 2096},
		{"tcp", nil, 1, 504},
		{"http", nil, 1, 8192 + 65536},
		{"http", map[string][]string{"max_body": {"100"}}, 1, 8292},
		{"http", map[string][]string{"method": {"HEAD"}}, 1, 8192},
		{"dns", map[string][]string{"type": {"A", "AAAA"}}, 2, 800},
		{"dns", map[string][]string{"type": {"A"}, "transport": {"tcp"}}, 1, 904},
		{"snmp", map[string][]string{"interface": {"ge1", "ge2"}}, 2, 2 * 810},
		{"snmp", map[string][]string{"interface": {"ge1", "ge2"}, "version": {"3"}}, 3, 2*1050 + 350},
	} {
		c := byName[tt.kind].New()
		for name, values := range tt.options {
			if err := checks.Set(c, name, values...); err != nil {
				t.Fatal(err)
			}
		}
		if requests, bytes := c.(checks.Costing).Cost(); requests != tt.requests || bytes != tt.bytes {
			t.Errorf("%s %v costs %d requests and %d bytes, want %d and %d", tt.kind, tt.options, requests, bytes, tt.requests, tt.bytes)
		}
	}
}

package configs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlannedLoad: requests of all sites together for a service, bytes of all
// checks together for a site; a name costs twice what an address costs.
func TestPlannedLoad(t *testing.T) {
	t.Parallel()
	d, err := loadSource("x.hcl", []byte(`
site "hub" {
  kind = "hub"
  check "icmp" "gateway" {
    target   = "10.0.0.1"
    interval = "10s"
    count    = 5
  }
}
site "town" {
  kind   = "town"
  parent = "hub"
}
service "portal" {
  target = "https://portal.gov.cn/"
}
service "records" {
  target = "https://192.0.2.10/"
}
service "nobody" {
  target = "https://other.gov.cn/"
}
check "http" "portal" {
  service  = "portal"
  kinds    = ["hub", "town"]
  interval = "30s"
}
check "http" "portal-v4" {
  service  = "portal"
  sites    = ["town"]
  family   = "v4"
  interval = "1m"
}
check "http" "records" {
  service  = "records"
  sites    = ["town"]
  interval = "1m"
}
`), testKinds, testParse)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.PlannedLoad(testKinds)
	if err != nil {
		t.Fatal(err)
	}
	const (
		ping  = 5 * 100 / 10.0        // bytes a second
		pair  = 2 * usualBytes / 30.0 // of a name over both families
		one   = usualBytes / 60.0     // over one
		month = 30 * 24 * 60 * 60
	)
	want := Plan{
		Services: []ServiceLoad{
			{ID: "portal", Name: "portal", Sites: 2, PerMinute: 4 + 4 + 1},
			{ID: "records", Name: "records", Sites: 1, PerMinute: 1},
		},
		Sites: []SiteLoad{
			{ID: "hub", Name: "hub", BitsPerSecond: 8 * (ping + pair), BytesPerMonth: month * (ping + pair)},
			{ID: "town", Name: "town", BitsPerSecond: 8 * (pair + one + one), BytesPerMonth: month * (pair + one + one)},
		},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return a-b < 1e-3 && b-a < 1e-3 })); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

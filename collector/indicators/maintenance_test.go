package indicators

import (
	"slices"
	"testing"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// TestMaintained: work on a line excuses whoever is only reached over it, for
// the rounds that it touches.
func TestMaintained(t *testing.T) {
	t.Parallel()
	d := &configs.District{Sites: []configs.Site{{ID: "hub", Kind: "hub"}, {ID: "town", Kind: "town", Parent: "hub"}, {ID: "village", Kind: "community", Parent: "town"}, {ID: "other", Kind: "town", Parent: "hub"}},
		Links: []configs.Link{{ID: "hub-town", Between: [2]string{"hub", "town"}}, {ID: "town-village", Between: [2]string{"town", "village"}}, {ID: "hub-other", Between: [2]string{"hub", "other"}}}}
	for _, site := range []string{"hub", "town", "village", "other"} {
		d.Units = append(d.Units, configs.Unit{ID: site, Access: []configs.AccessPoint{{ID: "main", Unit: site, Site: site, Required: true}}})
	}
	d.Units = append(d.Units, configs.Unit{ID: "deep", Access: []configs.AccessPoint{{ID: "main", Unit: "deep", Link: "town-village"}}})
	d.Units = append(d.Units, configs.Unit{ID: "alone", Access: []configs.AccessPoint{{ID: "main", Unit: "alone", Link: "hub-other"}}})
	date := calendar.Date{Year: 2026, Month: 11, Day: 23}
	over := span{date.At(0), time.Hour, 24}
	for _, c := range []struct {
		name string
		on   configs.Node
		want []string
	}{
		{"a line", "link.hub-town", []string{"deep", "town", "village"}},
		{"a site", "site.village", []string{"village"}},
		{"a site with what lies behind it", "site.town", []string{"deep", "town", "village"}},
		{"a unit", "unit.hub", []string{"hub"}},
		{"an access point", "access.other/main", []string{"other"}},
		{"the line of an access point without an agent", "link.hub-other", []string{"alone", "other"}},
	} {
		d.Maintenance = []configs.Maintenance{{ID: "work", On: []configs.Node{c.on}, From: date.At(10*time.Hour + 30*time.Minute), To: date.At(12 * time.Hour)}}
		excused, err := maintained(d, over)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range d.Units {
			node := u.Access[0].Node()
			for round, want := range map[int]bool{9: false, 10: true, 11: true, 12: false} {
				if is := excused(node, round) == "work"; is && !want {
					t.Errorf("%s: round %d of %s is excused, want it not to be", c.name, round, node)
				}
			}
			if excused(node, 10) != "" && excused(node, 11) != "" {
				got = append(got, u.ID)
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: excuses %v, want %v", c.name, got, c.want)
		}
	}
}

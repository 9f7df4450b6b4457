package indicators

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fengsui/checks"
	"fengsui/collector/graph"
	"fengsui/collector/posture"
	"fengsui/configs"
)

// covered is a city without an agent, its hub, two towns and three villages, of
// which two want a line; every site of ours looks at the office system.
func covered() (*configs.District, posture.Snapshot) {
	d := &configs.District{Links: []configs.Link{
		{ID: "city-hub", Between: [2]string{"city", "hub"}}, {ID: "t1-v2", Between: [2]string{"t1", "v2"}, Demand: true},
	}, Services: []configs.Service{{ID: "oa", Name: "协同办公", Section: "A75"}, {ID: "portal", Section: "A01"}}}
	snap := posture.Snapshot{Judging: true}
	for _, s := range []configs.Site{{ID: "city", Kind: "city"}, {ID: "hub", Kind: "hub", Parent: "city"}, {ID: "t1", Kind: "town", Parent: "hub"},
		{ID: "t2", Kind: "town", Parent: "hub"}, {ID: "v1", Kind: "community", Parent: "t1", Demand: true}, {ID: "v2", Kind: "community", Parent: "t1"},
		{ID: "v3", Kind: "community", Parent: "t2"}} {
		s.Checks = []configs.Check{{ID: "oa", Kind: "http", Subject: "service.oa"}, {ID: "portal", Kind: "http", Subject: "service.portal"}}
		d.Sites = append(d.Sites, s)
		snap.Sites = append(snap.Sites, posture.Site{ID: s.ID, Enrolled: s.ID != "city", Standing: posture.Known, State: checks.Up, Checks: []posture.Check{
			look("oa", checks.Up, 0), look("portal", checks.Down, time.Minute),
		}})
	}
	snap.Sites[0].Standing, snap.Sites[0].Checks = posture.Unopened, nil
	return d, snap
}

func look(check string, s checks.State, after time.Duration) posture.Check {
	return posture.Check{ID: check, Standing: posture.Known, Families: []posture.Face{{Standing: posture.Known, State: s, At: noon.Add(after)}}}
}

// brief is a coverage on one line.
func brief(c Coverage) string {
	list := func(all []Missing) string {
		var texts []string
		for _, m := range all {
			text := m.Site + ":" + string(m.Why)
			if m.At != "" {
				text += "@" + m.At
			}
			texts = append(texts, text)
		}
		return "[" + strings.Join(texts, " ") + "]"
	}
	return fmt.Sprintf("towns %d/%d%s villages %d/%d%s through %d/%d%s%s oa %d/%d%s", c.Towns.Connected, c.Towns.Of, list(c.Towns.Missing),
		c.Villages.Connected, c.Villages.Of, list(c.Villages.Missing), c.Through.Through, c.Through.Of, list(c.Through.Broken), list(c.Through.Unknown),
		c.Offices[0].Reached, c.Offices[0].Of, list(c.Offices[0].Missing))
}

func TestCoverageOfADistrict(t *testing.T) {
	t.Parallel()
	good := graph.Health{"link.city-hub": {Verdict: graph.Good}}
	for _, c := range []struct {
		name string
		h    graph.Health
		is   func(*configs.District, map[string]*posture.Site)
		want string
	}{
		{"all is well", good, nil, "towns 2/2[] villages 2/2[] through 6/6[][] oa 6/7[city:no_agent]"},
		{"nobody sees the line to the city", nil, nil,
			"towns 2/2[] villages 2/2[] through 0/6[][hub:unseen@city t1:unseen@city t2:unseen@city v1:unseen@city v2:unseen@city v3:unseen@city] oa 6/7[city:no_agent]"},
		{"it is down", graph.Health{"link.city-hub": {Verdict: graph.Failing}}, nil,
			"towns 2/2[] villages 2/2[] through 0/6[hub:down@city t1:down@city t2:down@city v1:down@city v2:down@city v3:down@city][] oa 6/7[city:no_agent]"},
		{"a town is silent", good, func(_ *configs.District, s map[string]*posture.Site) { s["t1"].State = checks.Silent },
			"towns 1/2[t1:silent] villages 2/2[] through 3/6[t1:silent@t1 v1:silent@t1 v2:silent@t1][] oa 5/7[city:no_agent t1:silent]"},
		{"a village that wants no line has none", good, func(_ *configs.District, s map[string]*posture.Site) { s["v3"].Enrolled = false },
			"towns 2/2[] villages 2/2[] through 5/6[v3:no_agent@v3][] oa 5/7[city:no_agent v3:no_agent]"},
		{"a village that wants one has none", good, func(_ *configs.District, s map[string]*posture.Site) { s["v2"].Enrolled = false },
			"towns 2/2[] villages 1/2[v2:no_agent] through 5/6[v2:no_agent@v2][] oa 5/7[city:no_agent v2:no_agent]"},
		{"one never spoke, one is off duty", good, func(_ *configs.District, s map[string]*posture.Site) {
			s["t2"].Standing, s["v1"].State, s["v1"].OffDuty = posture.Unopened, checks.Silent, true
		}, "towns 1/2[t2:unopened] villages 1/2[v1:off_duty] through 3/6[t2:unopened@t2 v3:unopened@t2][v1:off_duty@v1] oa 4/7[city:no_agent t2:unopened v1:off_duty]"},
		{"the collector has just begun", good, func(_ *configs.District, s map[string]*posture.Site) { s["t2"].Standing = posture.Unjudged },
			"towns 1/2[t2:unjudged] villages 2/2[] through 4/6[][t2:unjudged@t2 v3:unjudged@t2] oa 5/7[city:no_agent t2:unjudged]"},
		{"the newest look tells", good, func(d *configs.District, s map[string]*posture.Site) {
			d.Site("t1").Checks[1].Subject, d.Site("t2").Checks[1].Subject = "service.oa", "service.oa"
			s["t2"].Checks[1] = look("portal", checks.Down, -time.Minute)
			s["v1"].Checks[0] = look("oa", checks.Unable, 0)
			s["v2"].Checks[0] = look("oa", checks.Silent, 0)
			s["v3"].Checks[0].Families[0].Standing = posture.Unopened
			s["hub"].Checks[0] = look("oa", checks.Degraded, 0)
		}, "towns 2/2[] villages 2/2[] through 6/6[][] oa 2/7[city:no_agent t1:down v1:unable v2:silent v3:unopened]"},
		{"a town whose parent nobody registered", good, func(d *configs.District, _ map[string]*posture.Site) { d.Site("t2").Parent = "" },
			"towns 2/2[] villages 2/2[] through 4/6[][t2:topless@t2 v3:topless@t2] oa 6/7[city:no_agent]"},
	} {
		d, snap := covered()
		sites := map[string]*posture.Site{}
		for i := range snap.Sites {
			sites[snap.Sites[i].ID] = &snap.Sites[i]
		}
		if c.is != nil {
			c.is(d, sites)
		}
		if got := brief(CoverageOf(d, snap, c.h)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if _, ok := (Share{}).Ratio(); ok {
		t.Error("a share of no sites has a ratio, want none")
	}
}

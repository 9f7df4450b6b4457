package configs

import (
	"strconv"

	"fengsui/configs/words"
)

// LoadLimits are what the checks of a district may ask for in steady state.
// What asks for more is refused, until a person raises them by hand.
type LoadLimits struct {
	RequestsPerMinute int   // of one service, from all sites together
	Line              int64 // bit/s of one site's line, both ways
}

// DefaultLoadLimits returns the limits that hold where the files are silent.
func DefaultLoadLimits() LoadLimits { return LoadLimits{RequestsPerMinute: 10, Line: 10e6} }

func (l *loading) loadBlock(b *block) {
	if l.limitsB != nil {
		l.problem(b.at, phrase(words.ConfigTwice, "load", l.place(l.limitsB.at)))
		return
	}
	l.limitsB = b
	read(b, "requests_per_minute", &l.limits.RequestsPerMinute, wantInt(1, 1_000_000))
	read(b, "line", &l.limits.Line, wantRate(leastRate, mostRate))
	b.done()
}

// judgeLoad refuses a plan above the limits, where the service or the site
// stands. Who has other mistakes hears of them first: they may be the cause.
func (l *loading) judgeLoad(d *District) error {
	if len(l.problems) > 0 {
		return nil
	}
	plan, err := d.PlannedLoad(l.kinds)
	if err != nil {
		return err
	}
	services, sites := map[string]*block{}, map[string]*block{}
	for _, s := range l.services {
		services[s.service.ID] = s.b
	}
	for _, s := range l.sites {
		sites[s.site.ID] = s.b
	}
	for _, s := range plan.Services {
		if s.PerMinute > float64(l.limits.RequestsPerMinute)*rounding {
			l.problem(services[s.ID].at, phrase(words.PlanServiceAbove, s.Name, s.ID, decimals(s.PerMinute), strconv.Itoa(s.Sites), strconv.Itoa(l.limits.RequestsPerMinute)))
		}
	}
	for _, s := range plan.Sites {
		if s.BitsPerSecond > float64(l.limits.Line)*rounding {
			l.problem(sites[s.ID].at, phrase(words.PlanSiteAbove, s.Name, s.ID, decimals(s.BitsPerSecond/1e3), decimals(float64(l.limits.Line)/1e3)))
		}
	}
	return nil
}

// rounding is what a sum of fractions may be above a limit that it just meets.
const rounding = 1 + 1e-9

func decimals(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

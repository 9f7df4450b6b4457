package agent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"fengsui/agent/schedule"
	"fengsui/checks"
)

// TestSuspect: which runs make a check run more often, and for how long.
func TestSuspect(t *testing.T) {
	t.Parallel()
	up, slow, slower := seen{}, seen{checks.Degraded, "slow"}, seen{checks.Degraded, "slower"}
	refused, blind := seen{checks.Down, "refused"}, seen{checks.Unable, "no_time"}
	for name, tt := range map[string]struct {
		runs []seen // ten minutes apart, but for the last, after which it is asked
		want bool
	}{
		"first run":                         {[]seen{refused}, false},
		"up":                                {[]seen{up, up}, false},
		"worse":                             {[]seen{up, slow}, true},
		"fails in another way":              {[]seen{slow, slower}, true},
		"better":                            {[]seen{refused, slow, up}, true}, // after the other reason
		"up again":                          {[]seen{refused, up}, false},
		"unable":                            {[]seen{up, blind}, false},
		"unable between":                    {[]seen{up, blind, slow}, true},
		"unable and up again":               {[]seen{blind, up}, false},
		"as bad as ever":                    {[]seen{refused, refused, refused}, false},
		"twenty minutes ago, and well":      {[]seen{up, refused, up, up}, false},
		"twenty minutes ago, and still bad": {[]seen{up, refused, refused, refused, refused}, true},
		"ten minutes ago, and well":         {[]seen{up, refused, up}, true},
		"worse in two ways":                 {[]seen{up, slow, slower, slower, slower}, true},
		"twenty minutes in another way":     {[]seen{slow, slower, slower, slower}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &Agent{moods: map[string]mood{}, plan: schedule.New(schedule.Options{})}
				if err := a.plan.Set([]schedule.Item{{ID: "a", Interval: time.Hour, Suspicion: time.Minute, Run: func(context.Context) {}}}); err != nil {
					t.Fatal(err)
				}
				for i, now := range tt.runs {
					if i > 0 {
						time.Sleep(10 * time.Minute)
					}
					a.suspect("a", now)
				}
				if got := a.plan.Suspected("a"); got != tt.want {
					t.Errorf("after %v it is suspected: %t, want %t", tt.runs, got, tt.want)
				}
			})
		})
	}
}

package alerts

import (
	"testing"
	"time"
)

func TestThreeSitesAreOneNotification(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, r *rig) {
		r.start()
		r.run(2*time.Minute, states(0, "hub", "town", "c1", "c2"))
		r.hook.want(t, "all up")
		r.run(time.Second, map[string]float64{"hub": 0, "town": 4})
		r.run(time.Second, map[string]float64{"c1": 4, "c2": 4})
		r.run(3*time.Second, nil)
		r.hook.want(t, "4 s after the first") // group_wait is 5 s
		r.run(10*time.Minute, map[string]float64{"hub": 0, "town": 4, "c1": 4, "c2": 4})
		r.hook.want(t, "silent", "firing c1 c2 town")
		r.wantOpen("silent", "c1", "c2", "town")
		r.run(10*time.Minute, states(0, "hub", "town", "c1", "c2"))
		r.hook.want(t, "back", "firing c1 c2 town", "resolved c1 c2 town")
		r.wantOpen("back")
	})
}

package agent

import "fengsui/checks"

// A mood is what a check's runs said that judged its target. A run that is
// unable says nothing of the target, and looking again and again from a
// machine in trouble makes the trouble worse.
type mood struct {
	last   seen
	normal seen // while it is suspected: what it said before
}

// suspect has a check look more often when a run is worse than the one before
// it or fails in another way, and goes on as long as it is worse than it was
// before all that: so its end is seen soon, too.
func (a *Agent) suspect(id string, now seen) {
	if now.state >= checks.Unable {
		return
	}
	a.mu.Lock()
	m, known := a.moods[id]
	suspected := known && a.plan.Suspected(id)
	news := known && (now.state > m.last.state || now.state != checks.Up && now.code != m.last.code)
	if news && !suspected {
		m.normal = m.last
	}
	worse := news || suspected && now.state > m.normal.state
	m.last = now
	a.moods[id] = m
	a.mu.Unlock()
	if worse {
		a.plan.Suspect(id)
	}
}

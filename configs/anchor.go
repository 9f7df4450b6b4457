package configs

import (
	"hash/fnv"
	"slices"
	"time"
)

// suspicious is how often a site looks that is no anchor, for a while after it
// saw something worse than before.
const suspicious = time.Minute

// hashOf spreads what is chosen; it is the same on every machine.
func hashOf(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// rotate makes the checks of a service that say elsewhere rare at all sites
// but its anchors: load is planned, not accidental.
func (l *loading) rotate(all map[*siteDraft][]*checkDraft) {
	runs := map[string][]*siteDraft{} // by service
	for _, s := range l.sites {
		for _, d := range all[s] {
			if d.elsewhere > 0 && !slices.Contains(runs[d.service], s) {
				runs[d.service] = append(runs[d.service], s)
			}
		}
	}
	for _, service := range l.services {
		id := service.service.ID
		if len(runs[id]) == 0 {
			continue
		}
		anchors := service.anchorsOf(runs[id])
		for _, s := range runs[id] {
			if slices.Contains(anchors, s.site.ID) {
				continue
			}
			for i, d := range all[s] {
				if d.elsewhere > 0 && d.service == id {
					rare := *d
					rare.check.Interval = d.elsewhere
					rare.check.Suspicion = min(suspicious, d.elsewhere)
					all[s][i] = &rare
				}
			}
		}
	}
}

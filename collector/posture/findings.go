package posture

import (
	"slices"
	"time"

	"fengsui/checks"
)

// A finding is the newest outcome of one criterion of one check.
type finding struct {
	family   checks.Family
	rule     string
	outcome  checks.Outcome
	evidence string
	at       int64
	written  time.Duration
}

// maxFindings of one check: rules come from the agent, and a broken one must
// not fill the disk. Further criteria are not remembered.
const maxFindings = 256

// findings keeps the newest outcome of each criterion. A row is written when
// the outcome changes, and its evidence and time every five minutes.
func (r *recording) findings(c *check, st *status, at int64, found []checks.Finding) error {
	all := slices.Clone(st.findings)
	for _, f := range found {
		i := slices.IndexFunc(all, func(old finding) bool { return old.rule == f.Rule && old.family == f.Family })
		if i < 0 {
			if len(all) >= maxFindings {
				continue
			}
			i = len(all)
			all = append(all, finding{family: f.Family, rule: f.Rule, at: -1})
		}
		old := &all[i]
		if at <= old.at {
			continue
		}
		due := old.at < 0 || old.outcome != f.Outcome || r.up-old.written >= flushEvery
		old.outcome, old.evidence, old.at = f.Outcome, f.Evidence, at
		if !due {
			continue
		}
		old.written = r.up
		_, err := r.tx.Exec(`INSERT INTO findings (site, check_, family, rule, outcome, evidence, at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (site, check_, family, rule) DO UPDATE SET outcome = excluded.outcome, evidence = excluded.evidence, at = excluded.at`,
			c.site, c.check, f.Family, f.Rule, f.Outcome, f.Evidence, at)
		if err != nil {
			return err
		}
	}
	st.findings = all
	return nil
}

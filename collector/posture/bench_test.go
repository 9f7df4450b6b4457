package posture

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"fengsui/checks"
)

// BenchmarkRecord is a push of 500 results over both families that change
// nothing: what ingest does at saturation.
func BenchmarkRecord(b *testing.B) {
	h := open(b, b.TempDir(), Options{})
	defer h.end()
	zero := time.Now().Add(-time.Minute)
	var obs []Observed
	for i := range 500 {
		for _, f := range families {
			o := saw(zero, "")
			o.Check, o.Family = fmt.Sprint("check", i), f
			obs = append(obs, o)
		}
	}
	h.record(obs...)
	b.ReportAllocs()
	err := h.db.Write(context.Background(), func(tx *sql.Tx) error {
		for n := 0; b.Loop(); n++ {
			at := zero.Add(time.Duration(n+1) * time.Second)
			for i := range obs {
				obs[i].At = at
			}
			commit, err := h.Record(tx, at, obs)
			if err != nil {
				return err
			}
			commit()
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/result")
	if got := h.checks[key{"hub", "check1"}].cur.faces[0].state; got != checks.Up {
		b.Errorf("state is %v, want up", got)
	}
}

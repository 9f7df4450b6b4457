package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"fengsui/agent/spool"
	"fengsui/collector/wire"
)

// Books are what the collector's state says that it received, read beside the
// running collector.
type Books struct {
	Ranges  []Range
	Losses  []Range // that agents reported
	Anchors []Anchor
	Lost    int64 // results in Losses
	Refused int64 // results decided without being stored
}

// A Range of sequences is held: inclusive at both ends.
type Range struct {
	Site        string
	Epoch       string
	First, Last uint64
}

// An Anchor gives the results that an agent made in a boot their time. Agents
// on one machine share the boot and not the anchor.
type Anchor struct {
	Site          string
	Boot          string
	Since, Offset int64
}

// Books reads the collector's state.
func (d *District) Books(ctx context.Context) (Books, error) {
	path := (&url.URL{Path: filepath.Join(d.Data(), "state.db")}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=query_only(ON)")
	if err != nil {
		return Books{}, err
	}
	defer db.Close()
	var b Books
	for table, to := range map[string]*[]Range{"ranges": &b.Ranges, "lost": &b.Losses} {
		rows, err := db.QueryContext(ctx, `SELECT a.site, r.epoch, r.first, r.last FROM `+table+` r JOIN agents a USING (agent) ORDER BY a.site, r.epoch, r.first`)
		if err != nil {
			return b, fmt.Errorf("read the ranges of %s: %w", path, err)
		}
		defer rows.Close()
		for rows.Next() {
			var r Range
			var epoch []byte
			if err := rows.Scan(&r.Site, &epoch, &r.First, &r.Last); err != nil {
				return b, err
			}
			r.Epoch = string(epoch)
			*to = append(*to, r)
		}
	}
	anchors, err := db.QueryContext(ctx, `SELECT a.site, n.boot, n.since, n.offset FROM anchors n JOIN agents a USING (agent) ORDER BY a.site, n.boot, n.since`)
	if err != nil {
		return b, err
	}
	defer anchors.Close()
	for anchors.Next() {
		var a Anchor
		var boot []byte
		if err := anchors.Scan(&a.Site, &boot, &a.Since, &a.Offset); err != nil {
			return b, err
		}
		a.Boot = string(boot)
		b.Anchors = append(b.Anchors, a)
	}
	err = db.QueryRowContext(ctx, `SELECT (SELECT coalesce(sum(last - first + 1), 0) FROM lost), (SELECT coalesce(sum(count), 0) FROM refusals)`).Scan(&b.Lost, &b.Refused)
	return b, err
}

// Holes says how many sequences are missing between 1 and the last that is
// held, over all epochs of a site.
func (b Books) Holes(site string) (held, holes uint64) {
	next := map[string]uint64{}
	for _, r := range b.Ranges {
		if r.Site != site {
			continue
		}
		held += r.Last - r.First + 1
		holes += r.First - max(next[r.Epoch], 1)
		next[r.Epoch] = r.Last + 1
	}
	return held, holes
}

// Time is the collector's time of a site's result, in milliseconds since 1970.
func (b Books) Time(site string, boot []byte, bootNS int64) (int64, error) {
	at, found := int64(math.MinInt64), false
	for i, a := range b.Anchors {
		if a.Site != site || a.Boot != string(boot) {
			continue
		}
		if first := i == 0 || b.Anchors[i-1].Site != site || b.Anchors[i-1].Boot != a.Boot; first || a.Since <= bootNS {
			at, found = (bootNS+a.Offset)/1e6, true
		}
	}
	if !found {
		return 0, fmt.Errorf("boot %x of %s has no anchor", boot, site)
	}
	return at, nil
}

// A Made is one result as the agent's own disk tells it.
type Made struct {
	Epoch    string
	Sequence uint64
	Boot     []byte
	Result   *wire.Result
}

// Spooled reads everything that a stopped agent's spool still holds,
// acknowledged or not: the truth that the collector's books are held against.
// It works on a copy.
func (a *Agent) Spooled() ([]Made, error) {
	dir, err := os.MkdirTemp("", "fengsui-spool-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := copyTree(dir, filepath.Join(a.Data(), "spool")); err != nil {
		return nil, err
	}
	s, damages, err := spool.Open(spool.Options{Dir: dir, Reserve: -1})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for _, d := range damages { // a torn tail that cost no result is what a crash leaves
		if d.Lost != nil {
			return nil, fmt.Errorf("open a copy of the spool of %s: %v", a.Site, d)
		}
	}
	if err := s.Resume(nil); err != nil { // nothing is held: everything is handed out
		return nil, err
	}
	var all []Made
	for _, batch := range slices.Concat(s.Backlog(math.MaxInt32), s.Live(time.Now(), math.MaxInt32)) {
		var body wire.BatchBody
		if err := proto.Unmarshal(batch.Body, &body); err != nil {
			return nil, fmt.Errorf("read batch %d of the spool of %s: %w", batch.First, a.Site, err)
		}
		for i, r := range body.Results {
			all = append(all, Made{string(batch.Epoch), batch.First + uint64(i), body.Boot, r})
		}
	}
	return all, nil
}

func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil || rel == "." {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
}

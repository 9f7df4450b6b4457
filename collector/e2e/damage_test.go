package e2e_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fengsui/agent/status"
	"fengsui/checks/lab"
	"fengsui/collector/e2e"
)

// segmentBytes is small, so that an agent fills several segments in seconds;
// page is what a flash chip loses at once.
const (
	segmentBytes = 2048
	page         = 512
)

// damages are what happens to a spool between two runs of its agent: to one of
// its segments or to another file. lost says which bytes of the segment are
// damaged, none when nothing may be lost in the end; told is what the agent
// must say.
var damages = []struct {
	name    string
	segment string // last, middle, acked: of the collector's knowledge; "": the spool's directory
	do      func(t *testing.T, path string) (undo func())
	lost    func(size int64) (from, to int64)
	told    string
	killed  bool // the agent was killed, not stopped
}{
	{"last segment truncated", "last", truncate(0.6), share(0.6), "lost results", false},
	{"last batch torn by a kill", "last", tear, torn, "the end of the file", true},
	{"middle segment truncated", "middle", truncate(0.3), share(0.3), "lost results", false},
	{"a garbage page", "middle", overwrite(garbage), onePage, "lost results", false},
	{"a zeroed page", "middle", overwrite(zeros), onePage, "lost results", false},
	{"a zeroed segment", "middle", zeroed, share(0), "no segment's", false},
	{"a segment of no bytes", "middle", truncate(0), share(0), "the end of the file", false},
	{"a segment removed", "middle", remove(""), share(0), "not on disk", false},
	{"a directory in a segment's place", "middle", directory, share(0), "is a directory", false},
	{"another owner's segment", "middle", forbid, share(0), "permission denied", false},
	{"another owner's segment, given back", "middle", lend, nil, "permission denied", false},
	{"an acknowledged segment damaged", "acked", overwrite(garbage), nil, "the spool was damaged", false},
	{"acked damaged", "", scribble("acked"), nil, "checksum", false},
	{"half a rename of acked", "", half("acked"), nil, "it is missing", false},
	{"epoch damaged", "", scribble("epoch"), nil, "checksum", false},
	{"epoch and its copy missing", "", both(remove("epoch"), remove("epoch.copy")), nil, "it is missing", false},
	{"half a rename of epoch", "", half("epoch"), nil, "it is missing", false},
	{"the disk full", "", full, nil, "no space left", false},
	{"the disk read-only", "", readOnly, nil, "read-only file system", false},
}

// TestDamagedSpools: agents of real sites are stopped or killed with results
// that wait, each one's spool is damaged in its own way, and they start again.
// Each says what it lost and goes on, and in the collector's books every number
// that was ever given out is held once or lost, with just the damaged ones lost.
func TestDamagedSpools(t *testing.T) {
	if !lab.AloneWithDisks(t, binVariable+"="+bin) {
		return
	}
	ctx := t.Context()
	d := district(t, 30*time.Second)
	target := listener(t)
	var sites strings.Builder
	for i := range damages {
		sites.WriteString(site(siteOf(i), target, 10))
	}
	must(t, d.Configure("sites.hcl", sites.String()))
	must(t, d.StartCollector(ctx))
	small := fmt.Sprint("FENGSUI_SEGMENT=", segmentBytes)
	var agents []*e2e.Agent
	for i := range damages {
		lab.Disk(t, filepath.Join(d.Dir, "agents", siteOf(i), "data"), 4<<20)
		agents = append(agents, enrol(t, d, siteOf(i)))
	}
	start := func(_ int, a *e2e.Agent) error { return a.Start(small) }
	must(t, each(agents, start))
	for _, a := range agents {
		results(t, d, a.Site, 50)
	}
	d.Collector().Kill()
	acked := make([]int, len(agents)) // segments that were there when the collector went
	for i, a := range agents {
		acked[i] = len(segments(t, a))
	}
	for i, a := range agents {
		until(t, "segments that wait at "+a.Site, func() error {
			if n := len(segments(t, a)); n < acked[i]+4 {
				return fmt.Errorf("%d segments, %d before", n, acked[i])
			}
			return nil
		})
	}
	stop := func(_ int, a *e2e.Agent) error { return a.Process().Stop(patience) }
	must(t, each(agents, func(i int, a *e2e.Agent) error {
		if damages[i].killed {
			a.Process().Kill()
			return nil
		}
		return stop(i, a)
	}))
	before := make([][]e2e.Made, len(agents))
	want := make([][]e2e.Range, len(agents))
	undo := make([]func(), len(agents))
	for i, a := range agents {
		var err error
		before[i], err = a.Spooled()
		must(t, err)
		path := filepath.Join(a.Data(), "spool")
		names := segments(t, a)
		switch damages[i].segment {
		case "last":
			path = names[len(names)-1]
		case "middle":
			path = names[len(names)-3]
		case "acked":
			path = names[0]
		}
		if damages[i].lost != nil {
			want[i] = lostIn(t, a.Site, path, damages[i].lost)
		}
		undo[i] = damages[i].do(t, path)
	}
	must(t, d.StartCollector(ctx))
	started := time.Now()
	must(t, each(agents, start))
	for i, a := range agents {
		going := uint64(len(before[i])) + 20 // all that waited, and some made now
		for _, r := range want[i] {
			going -= r.Last - r.First + 1
		}
		results(t, d, a.Site, going)
		if out := a.Process().Output(); !strings.Contains(out, damages[i].told) {
			t.Errorf("%s: the agent says nothing of %q:\n%s", damages[i].name, damages[i].told, out)
		}
		if undo[i] != nil && damages[i].segment == "" {
			continue // its status cannot be written
		}
		told(t, a, started, "what was damaged", func(f *status.File) error {
			if all := strings.Join(f.Spool.Damages, "; "); all == "" || damages[i].lost != nil && !strings.Contains(all, "lost results") {
				return fmt.Errorf("damages %q, problems %v", f.Spool.Damages, f.Problems)
			}
			return nil
		})
	}
	must(t, each(agents, stop))
	books, err := d.Books(ctx)
	must(t, err)
	var again []*e2e.Agent // whose disk is mended
	for i, a := range agents {
		if undo[i] != nil {
			undo[i]()
			again = append(again, a)
		}
	}
	started = time.Now()
	must(t, each(again, start))
	for _, a := range again {
		held, _ := books.Holes(a.Site)
		results(t, d, a.Site, held+30)
		told(t, a, started, "no damage", func(f *status.File) error {
			if len(f.Problems)+len(f.Spool.Damages) > 0 {
				return fmt.Errorf("problems %v, damages %q", f.Problems, f.Spool.Damages)
			}
			return nil
		})
	}
	must(t, each(again, stop))
	for i, a := range agents {
		t.Run(damages[i].name, func(t *testing.T) { account(t, d, a, before[i], want[i], undo[i] != nil) })
	}
	storedTwice(t, ctx, d)
}

// told waits for what an agent that was started since says of itself.
func told(t *testing.T, a *e2e.Agent, since time.Time, what string, ask func(*status.File) error) {
	t.Helper()
	until(t, "a status of "+a.Site+" with "+what, func() error {
		f, err := status.Read(a.Data())
		if err != nil {
			return err
		}
		if f.Started.Before(since) {
			return fmt.Errorf("it is of a former process, started %s", f.Started)
		}
		return ask(f)
	})
}

// each does the same to all agents at once.
func each(agents []*e2e.Agent, do func(int, *e2e.Agent) error) error {
	var all sync.WaitGroup
	errs := make([]error, len(agents))
	for i, a := range agents {
		all.Go(func() { errs[i] = do(i, a) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func siteOf(i int) string { return fmt.Sprintf("site%d", i) }

// account wants all numbers of a site to be held once or lost, want to be all
// that is lost, and each result that was not lost to be a sample.
func account(t *testing.T, d *e2e.District, a *e2e.Agent, before []e2e.Made, want []e2e.Range, unwritten bool) {
	books, err := d.Books(t.Context())
	must(t, err)
	if books.Refused != 0 {
		t.Errorf("%d results were refused, want none", books.Refused)
	}
	of := func(all []e2e.Range) (mine []e2e.Range) {
		for _, r := range all {
			if r.Site == a.Site {
				mine = append(mine, r)
			}
		}
		return mine
	}
	held, lost := of(books.Ranges), of(books.Losses)
	if !slices.Equal(lost, want) {
		t.Errorf("lost %s, want %s", ranges(lost), ranges(want))
	}
	both := append(slices.Clone(held), lost...)
	slices.SortFunc(both, func(x, y e2e.Range) int {
		return strings.Compare(fmt.Sprintf("%s %20d", x.Epoch, x.First), fmt.Sprintf("%s %20d", y.Epoch, y.First))
	})
	next, last := map[string]uint64{}, map[string]uint64{}
	for _, r := range both {
		if r.First != max(next[r.Epoch], 1) {
			t.Errorf("numbers go on at %d after %d: held %s, lost %s; want every number in one of both", r.First, next[r.Epoch], ranges(held), ranges(lost))
		}
		next[r.Epoch] = r.Last + 1
		last[r.Epoch] = r.Last
	}
	after, unreadable := a.Spooled()
	if unreadable != nil && want == nil {
		t.Error(unreadable)
	}
	gone := func(m e2e.Made) bool {
		return slices.ContainsFunc(lost, func(r e2e.Range) bool {
			return r.Epoch == m.Epoch && r.First <= m.Sequence && m.Sequence <= r.Last
		})
	}
	for _, m := range append(slices.Clone(before), after...) {
		if !gone(m) && m.Sequence > last[m.Epoch] {
			t.Errorf("result %d was made and is neither held nor lost; the last is %d", m.Sequence, last[m.Epoch])
		}
	}
	stored := samples(t, d, a.Site)
	made := map[string]bool{}
	kept := slices.DeleteFunc(append(slices.Clone(before), after...), gone)
	for _, at := range times(t, d, a.Site, kept) {
		made[at] = true
		if !stored[at] {
			t.Errorf("result %s is not stored", at)
		}
	}
	if !unwritten && unreadable == nil && len(stored) != len(made) { // else some were never on its disk, or cannot be read there
		t.Errorf("%d samples are stored of %d results", len(stored), len(made))
	}
}

func ranges(all []e2e.Range) string {
	var out []string
	for _, r := range all {
		out = append(out, fmt.Sprintf("%x:%d-%d", r.Epoch[:2], r.First, r.Last))
	}
	return strings.Join(out, " ")
}

// segments are the paths of an agent's segments, oldest first.
func segments(t *testing.T, a *e2e.Agent) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(a.Data(), "spool", "*.seg"))
	must(t, err)
	slices.Sort(names)
	return names
}

// lostIn reads a segment as agent/spool/segment.go describes it and says which
// numbers it costs when some of its bytes are damaged: what a damaged body
// holds, and behind a damaged header everything.
func lostIn(t *testing.T, site, path string, damaged func(int64) (int64, int64)) []e2e.Range {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	from, to := damaged(int64(len(b)))
	const header, head = 48, 44
	lost := e2e.Range{Site: site, Epoch: string(b[8:24])}
	rest := from < header
	for at := int64(header); at < int64(len(b)); {
		size, first := int64(binary.LittleEndian.Uint32(b[at+4:])), binary.LittleEndian.Uint64(b[at+8:])
		count := uint64(binary.LittleEndian.Uint32(b[at+32:]))
		end := at + head + size
		rest = rest || from < at+head && to > at
		if rest || from < end && to > at {
			if lost.First == 0 {
				lost.First = first
			}
			lost.Last = first + count - 1
		}
		at = end
	}
	if lost.First == 0 {
		t.Fatalf("bytes %d to %d of %s hold no result: nothing would be lost", from, to, path)
	}
	return []e2e.Range{lost}
}

func share(of float64) func(int64) (int64, int64) {
	return func(size int64) (int64, int64) { return int64(float64(size) * of), math.MaxInt64 }
}

// tear takes the end of the last batch, of which the header says what it held.
func tear(t *testing.T, path string) func() {
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, info.Size()-10))
	return nil
}

func torn(size int64) (int64, int64) { return size - 10, math.MaxInt64 }

func onePage(int64) (int64, int64) { return page, 2 * page }

func truncate(to float64) func(*testing.T, string) func() {
	return func(t *testing.T, path string) func() {
		info, err := os.Stat(path)
		must(t, err)
		must(t, os.Truncate(path, int64(float64(info.Size())*to)))
		return nil
	}
}

func garbage() []byte {
	b := make([]byte, page)
	for i := range b {
		b[i] = byte(rand.IntN(256))
	}
	return b
}

func zeros() []byte { return make([]byte, page) }

func overwrite(with func() []byte) func(*testing.T, string) func() {
	return func(t *testing.T, path string) func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteAt(with(), page)
		must(t, err)
		must(t, f.Close())
		return nil
	}
}

func remove(name string) func(*testing.T, string) func() {
	return func(t *testing.T, path string) func() {
		must(t, os.Remove(filepath.Join(path, name)))
		return nil
	}
}

func both(a, b func(*testing.T, string) func()) func(*testing.T, string) func() {
	return func(t *testing.T, path string) func() {
		a(t, path)
		return b(t, path)
	}
}

func directory(t *testing.T, path string) func() {
	must(t, os.Remove(path))
	must(t, os.Mkdir(path, 0o700))
	return nil
}

// forbid is what a restore by another user leaves.
func forbid(t *testing.T, path string) func() {
	must(t, os.Chmod(path, 0))
	must(t, os.Chown(path, 65534, 65534))
	return nil
}

// lend is the same until somebody mends it.
func lend(t *testing.T, path string) func() {
	forbid(t, path)
	return func() {
		must(t, os.Chown(path, os.Getuid(), os.Getgid()))
		must(t, os.Chmod(path, 0o600))
	}
}

func zeroed(t *testing.T, path string) func() {
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.WriteFile(path, make([]byte, info.Size()), 0o600))
	return nil
}

func scribble(name string) func(*testing.T, string) func() {
	return func(t *testing.T, path string) func() {
		path = filepath.Join(path, name)
		b, err := os.ReadFile(path)
		must(t, err)
		b[len(b)/2] ^= 0xff
		must(t, os.WriteFile(path, b, 0o600))
		return nil
	}
}

// half is a rename of which only the beginning reached the disk.
func half(name string) func(*testing.T, string) func() {
	return func(t *testing.T, path string) func() {
		path = filepath.Join(path, name)
		b, err := os.ReadFile(path)
		must(t, err)
		must(t, os.Remove(path))
		must(t, os.WriteFile(path+".new", b[:len(b)/2], 0o600))
		return nil
	}
}

func full(t *testing.T, path string) func() { return lab.Fill(t, filepath.Dir(path)) }

func readOnly(t *testing.T, path string) func() {
	disk := filepath.Dir(path)
	lab.ReadOnly(t, disk, true)
	return func() { lab.ReadOnly(t, disk, false) }
}

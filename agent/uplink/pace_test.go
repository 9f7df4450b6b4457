package uplink

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fengsui/collector/wire"
)

// TestPaceKeepsTheRate sends an endless backlog and counts what the line
// carried.
func TestPaceKeepsTheRate(t *testing.T) {
	t.Parallel()
	const rate = 1_000_000 / 8 // bytes a second
	for _, ratio := range []float64{1, 5} {
		p := newPace(8 * rate)
		now := time.Now()
		began, sent, largest := now, 0, 0
		for now.Sub(began) < 10*time.Minute {
			room := p.backlog(now, 0)
			if room == 0 {
				next := p.ready(now)
				if !next.After(now) {
					t.Fatal("nothing may go, and it may go now")
				}
				now = next
				continue
			}
			compressed := int(float64(room) / ratio)
			sent += compressed
			largest = max(largest, compressed)
			p.sent(now, room, room, compressed)
			now = now.Add(50 * time.Millisecond)
		}
		// A bucket of one push may be ahead.
		if least, most := 0.95*10*60*rate, 1.01*10*60*rate+wire.MaxSend; float64(sent) < least || float64(sent) > most {
			t.Errorf("ratio %v: %d bytes in ten minutes, want %v", ratio, sent, 10*60*rate)
		}
		if largest > wire.MaxSend {
			t.Errorf("ratio %v: a push had %d bytes, want at most %d", ratio, largest, wire.MaxSend)
		}
	}
}

func TestPaceLiveIsFree(t *testing.T) {
	t.Parallel()
	p := newPace(8000)
	now := time.Now()
	for range 1000 {
		p.sent(now, 10_000, 0, 10_000)
	}
	if p.backlog(now, 0) == 0 {
		t.Error("live results used up the backlog's rate")
	}
	if room := p.backlog(now, p.live()); room != 0 {
		t.Errorf("%d bytes of backlog behind a full push of live results, want none", room)
	}
}

// TestPaceOnASlowLine: pushes get smaller until live results wait no longer.
func TestPaceOnASlowLine(t *testing.T) {
	t.Parallel()
	p := newPace(1_000_000_000)
	const line = 4 << 10 // bytes a second
	var took time.Duration
	for range 10 {
		size := min(p.live(), wire.MaxSend)
		took = time.Duration(size) * time.Second / line
		p.took(took, size)
	}
	if took > slowPush {
		t.Errorf("a push still takes %v, want at most %v", took, slowPush)
	}
	for range 10 {
		p.took(time.Millisecond, p.size)
	}
	if p.size != wire.MaxSend {
		t.Errorf("on a quick line the size is %d, want %d again", p.size, wire.MaxSend)
	}
	for range 20 {
		p.smaller()
	}
	if p.size < leastSend {
		t.Errorf("the size fell to %d, want at least %d", p.size, leastSend)
	}
}

func TestPauses(t *testing.T) {
	t.Parallel()
	for name, random := range map[string]func() float64{
		"least": func() float64 { return 0 }, "most": func() float64 { return 0.999999 }, "any": rand.Float64,
	} {
		p := pauses{least: 100 * time.Millisecond, base: time.Second, most: time.Minute, random: random}
		for i := range 100 {
			d := p.next()
			bound := min(time.Minute, p.least+time.Second<<min(i, 10))
			if d < p.least || d > bound {
				t.Errorf("%s: pause %d is %v, want %v to %v", name, i, d, p.least, bound)
			}
		}
		if name == "most" && p.next() < 59*time.Second {
			t.Error("the bound does not grow to a minute")
		}
		p.reset()
		if d := p.next(); d > p.least+time.Second {
			t.Errorf("%s: after a success the pause is %v", name, d)
		}
	}
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := LoadAnchors(dir)
	if err != nil || len(a.All()) != 0 {
		t.Fatalf("an empty directory: %v, %v", a.All(), err)
	}
	boot := func(b byte) []byte { return append(make([]byte, 15), b) }
	told := []*wire.Anchor{{Boot: boot(1), FromBootNs: 1, OffsetNs: 10}, {Boot: boot(1), FromBootNs: 5, OffsetNs: 11}, {Boot: []byte("short")}}
	for range 3 {
		if err := a.Told(told); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Told([]*wire.Anchor{{Boot: boot(1), FromBootNs: 5, OffsetNs: 12}, {Boot: boot(2), FromBootNs: 1, OffsetNs: 1}}); err != nil {
		t.Fatal(err)
	}
	b, err := LoadAnchors(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := b.All()
	if len(got) != 3 || got[1].OffsetNs != 12 || got[2].Boot[15] != 2 {
		t.Errorf("kept %v, want three, the second corrected", got)
	}
	for i := range 2 * maxAnchors {
		if err := b.Told([]*wire.Anchor{{Boot: boot(3), FromBootNs: int64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.All()); n != maxAnchors {
		t.Errorf("%d are kept, want at most %d", n, maxAnchors)
	}

	if err := os.WriteFile(filepath.Join(dir, "anchors.json"), []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := LoadAnchors(dir); err == nil || c == nil || len(c.All()) != 0 {
		t.Errorf("a damaged file: %v, %v, want none and an error to tell", c, err)
	}
}

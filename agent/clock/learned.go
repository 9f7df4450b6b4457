package clock

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"fengsui/collector/wire"
)

const (
	trips      = 10          // how many round trips an estimate looks back on
	stepBeyond = time.Second // what two trips may differ by beyond what they cannot know
	seedLength = time.Hour   // of the trip that stands for what was learned before: any real one is quicker
)

// Learned is the collector's time as this boot has learned it: the offset of
// the quickest of the last round trips, advanced by the boot clock. A trip that
// contradicts older ones shows that a clock was stepped: those are forgotten.
// The zero value has learned nothing. It decides about certificates and tells
// people how wrong the wall clock is; the times of results are the collector's
// business.
type Learned struct {
	mu   sync.Mutex
	last []trip
}

type trip struct {
	offset time.Duration // collector's Unix time minus boot clock
	length time.Duration // on the way, both directions
}

// Learn takes a round trip of this boot. One that cannot be (answered before
// it was received, back before it was sent) teaches nothing.
func (l *Learned) Learn(r *wire.RoundTrip) {
	way := time.Duration(r.GetReturnedBootNs() - r.GetSentBootNs())
	there := time.Duration(r.GetAnsweredUnixNs() - r.GetReceivedUnixNs())
	if r.GetReceivedUnixNs() <= 0 || there < 0 || way < there {
		return
	}
	t := trip{Offset(r), way - there}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = slices.DeleteFunc(l.last, func(old trip) bool {
		return (old.offset - t.offset).Abs() > (old.length+t.length)/2+stepBeyond
	})
	l.last = append(l.last, t)
	if len(l.last) > trips {
		l.last = l.last[len(l.last)-trips:]
	}
}

// Seed takes what an earlier process of this boot was told: the collector's
// time minus the boot clock. It counts until the first round trip.
func (l *Learned) Seed(offset time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) == 0 {
		l.last = append(l.last, trip{offset, seedLength})
	}
}

// Forget makes l know nothing again.
func (l *Learned) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = nil
}

// Now returns the collector's time at a reading of the boot clock, and false
// before anything was learned.
func (l *Learned) Now(boot time.Duration) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) == 0 {
		return time.Time{}, false
	}
	best := l.last[0]
	for _, t := range l.last[1:] {
		if t.length <= best.length {
			best = t
		}
	}
	return time.Unix(0, int64(boot+best.offset)), true
}

// Offset returns what a round trip says the collector's time minus the boot
// clock is (RFC 5905, section 8).
func Offset(r *wire.RoundTrip) time.Duration {
	// Halves are taken first: the sum of two Unix times overflows.
	a := r.GetReceivedUnixNs() - r.GetSentBootNs()
	b := r.GetAnsweredUnixNs() - r.GetReturnedBootNs()
	return time.Duration(a/2 + b/2 + (a%2+b%2)/2)
}

// Same says whether two boot ids are the same.
func Same(a, b []byte) bool { return len(a) > 0 && bytes.Equal(a, b) }

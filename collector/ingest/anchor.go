package ingest

import (
	"math"
	"time"

	"fengsui/collector/wire"
)

// An anchor says that the collector's time is the boot clock plus offset, for
// results made at since, by the boot clock, or later.
type anchor struct{ since, offset int64 }

// A boot is one run of an agent's kernel, whose boot clock never goes back.
//
// Its first anchor is made at the first push that needs one: from the round
// trip that the push carries, or, when it carries none, from the receipt of
// the push, which is then late by the way of the push. It holds from the
// beginning of the boot. Later ones only ever hold from the moment on in which
// they are made, so that a result that is sent again gets the same time to
// the millisecond.
type boot struct {
	anchors []anchor // by since
	trips   []trip   // the last ten, newest last
	off     int      // contacts running at which the estimate was off
}

type trip struct {
	sent   int64 // by the boot clock: which trip it was
	offset int64
	rtt    int64
}

const (
	keepTrips  = 10
	stepBeyond = int64(time.Second)      // an estimate that is off by more
	stepAfter  = 3                       // at so many contacts running makes a step
	maxTrip    = int64(60 * time.Second) // a longer one tells nothing
	adoptNear  = int64(60 * time.Second) // how near an anchor that we once told must lie to our own estimate
)

// offset returns the offset for a result made at bootNs, and whether there is
// one.
func (b *boot) offset(bootNs int64) (int64, bool) {
	if b == nil || len(b.anchors) == 0 {
		return 0, false
	}
	for i := len(b.anchors) - 1; i > 0; i-- {
		if b.anchors[i].since <= bootNs {
			return b.anchors[i].offset, true
		}
	}
	return b.anchors[0].offset, true
}

// heard takes the round trip that a contact reports, as RFC 5905 section 8
// measures it. A trip that contradicts an older one beyond what both cannot
// know shows that a clock was stepped between them: the older ones are
// forgotten. It says whether the trip is new and tells anything: a contact
// that was queued on its way reports one that newer contacts have overtaken.
func (b *boot) heard(c *wire.Contact) bool {
	r := c.LastTrip
	if r == nil || r.SentBootNs <= 0 || r.ReceivedUnixNs <= 0 || r.ReturnedBootNs > c.BootNs {
		return false
	}
	away := r.ReturnedBootNs - r.SentBootNs
	there := r.AnsweredUnixNs - r.ReceivedUnixNs
	t := trip{
		sent:   r.SentBootNs,
		rtt:    away - there,
		offset: r.ReceivedUnixNs - r.SentBootNs + (there-away)/2,
	}
	if away < 0 || there < 0 || t.rtt < 0 || away > maxTrip {
		return false
	}
	if n := len(b.trips); n > 0 && b.trips[n-1].sent >= t.sent {
		return false // the same one again, or one of before
	}
	kept := b.trips[:0]
	for _, old := range b.trips {
		if distance(old.offset, t.offset) <= (old.rtt+t.rtt)/2+stepBeyond {
			kept = append(kept, old)
		}
	}
	if len(kept) == keepTrips {
		kept = append(kept[:0], kept[1:]...)
	}
	b.trips = append(kept, t)
	return true
}

// estimate is the offset of the quickest trip, and by how much it may be wrong,
// as far as a trip can tell. Without one it is that of a contact which was
// received just now, and no contact is made after its receipt: what a slow trip
// says beyond that would put results into the future.
func (b *boot) estimate(c *wire.Contact, received time.Time) (offset, doubt int64) {
	latest := received.UnixNano() - c.BootNs
	if len(b.trips) == 0 {
		return latest, 0
	}
	best := b.quickest()
	return min(best.offset, latest), best.rtt / 2
}

// quickest is the quickest trip, and of equals the newest. There has to be one.
func (b *boot) quickest() trip {
	best := b.trips[0]
	for _, t := range b.trips[1:] {
		if t.rtt <= best.rtt {
			best = t
		}
	}
	return best
}

// ahead is by how much the wall clock of a contact is ahead of the collector's
// time, which the boot clock of the same moment gives. Nobody knows before a
// round trip: how long a contact was on its way would count for the clock.
func (b *boot) ahead(c *wire.Contact) (time.Duration, bool) {
	if len(b.trips) == 0 {
		return 0, false
	}
	return time.Duration(c.WallUnixNs - (c.BootNs + b.quickest().offset)), true
}

// contact makes the first anchor, or a step when it is due, and says whether
// it made one. Only a trip of its own judges an anchor that is there, and only
// by what it can tell: a line that is slow one way for minutes is no step.
func (b *boot) contact(c *wire.Contact, received time.Time) bool {
	fresh := b.heard(c)
	e, doubt := b.estimate(c, received)
	if len(b.anchors) == 0 {
		b.anchors = []anchor{{0, e}}
		return true
	}
	if !fresh {
		return false
	}
	newest := b.anchors[len(b.anchors)-1]
	if distance(newest.offset, e) <= stepBeyond+doubt {
		b.off = 0
		return false
	}
	if b.off++; b.off < stepAfter || c.BootNs <= newest.since {
		return false
	}
	b.off = 0
	b.anchors = append(b.anchors, anchor{c.BootNs, e})
	return true
}

// adopt takes back the anchors that this collector once told, when it was
// restored from a backup that does not have them: those behind its own, if
// the last one lies near its own estimate.
func (b *boot) adopt(told []anchor, estimate int64) bool {
	if len(told) == 0 || distance(told[len(told)-1].offset, estimate) > adoptNear {
		return false
	}
	adopted := false
	for _, a := range told {
		if n := len(b.anchors); n == 0 || a.since > b.anchors[n-1].since {
			b.anchors = append(b.anchors, a)
			adopted = true
		}
	}
	return adopted
}

// distance of two offsets, which an agent may have made up.
func distance(a, b int64) int64 {
	if d := max(a, b) - min(a, b); d >= 0 {
		return d
	}
	return math.MaxInt64
}

package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"fengsui/collector/wire"
)

// Open opens a spool, or makes one. Damage of any sort is reported and never
// stops it: what can be read is kept, what is known to be missing is lost, and
// a directory that cannot be used leaves a spool in memory. The error is for
// options that make no sense and for a spool that is in use.
func Open(o Options) (*Spool, []Damage, error) {
	if o.Dir == "" {
		return nil, nil, errors.New("spool: no directory, want one")
	}
	s := &Spool{
		fs: o.FS, dir: o.Dir, now: o.Now, crash: o.Crash, crashing: o.Crash != nil,
		limit: o.Limit, reserve: o.Reserve, keep: o.Keep, memory: o.Memory, segmentSize: o.SegmentSize,
		epochs: map[[16]byte]*epoch{}, moves: map[[16]byte][]move{}, checkpoints: checkpoints{every: o.Checkpoint},
	}
	if s.fs == nil {
		s.fs = OS{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.crash == nil {
		s.crash = func(string) {}
	}
	if s.reserve == 0 {
		s.reserve = 0.1
	}
	s.limit = cmp.Or(s.limit, 512<<20)
	s.keep = cmp.Or(s.keep, 7*24*time.Hour)
	if s.every > 0 {
		s.memory = cmp.Or(s.memory, 8<<20)
	}
	s.memory = cmp.Or(s.memory, 2<<20)
	s.segmentSize = min(cmp.Or(s.segmentSize, 1<<20), s.limit/4, maxSegment/4)
	if s.limit < 0 || s.keep < 0 || s.memory < 0 || s.every < 0 || s.segmentSize <= 0 || s.reserve >= 1 {
		return nil, nil, fmt.Errorf("spool: limit %d, keep %s, memory %d, checkpoint %s, segment size %d, reserve %g: want positive ones and a reserve below 1",
			o.Limit, o.Keep, o.Memory, o.Checkpoint, o.SegmentSize, o.Reserve)
	}
	o2 := &opening{Spool: s, now: s.now()}
	if err := o2.open(); err != nil {
		return nil, nil, err
	}
	return s, o2.damages, nil
}

// opening is the state of one Open.
type opening struct {
	*Spool
	now     time.Time
	damages []Damage
	stops   []stop // where reading stopped, to tell which damage cost what
}

// A stop is a place in a segment behind which something could not be read.
type stop struct {
	epoch  [16]byte
	at     uint64
	damage int // index into damages
}

func (o *opening) open() error {
	names, err := o.directory()
	if err != nil {
		return err
	}
	epochFound, epochWhole, err := o.loadEpoch()
	if err != nil {
		o.damage(epochFile, 0, err.Error())
	}
	o.epochSaved = epochWhole
	epochMissing := !epochFound && err == nil
	segments := o.scan(names)
	acked, err := o.loadAcked()
	unknown := acked == nil && (epochFound || segments > 0)
	switch {
	case err != nil:
		o.damage(ackedFile, 0, err.Error()+unknownNumbers)
	case unknown && segments > 0:
		o.damage(ackedFile, 0, "it is missing, want it beside the segments"+unknownNumbers)
	}
	if epochMissing && segments > 0 {
		o.damage(epochFile, 0, "it is missing, want it beside the segments")
	}
	o.choose(epochFound, acked)
	o.number(acked)
	if renewed := o.tear(); unknown && !renewed {
		o.renew()
	}
	o.resumeActive()
	if err := o.ready(); err != nil {
		o.damage(epochFile, 0, err.Error())
		o.ackedDirty = true
	} else if err := o.saveAcked(); err != nil {
		o.damage(ackedFile, 0, err.Error())
	}
	o.begin()
	return nil
}

// directory makes, locks and lists the directory.
func (o *opening) directory() ([]string, error) {
	if err := o.fs.MkdirAll(o.dir); err != nil {
		o.damages = append(o.damages, Damage{File: o.dir, What: "it cannot be made, results stay in memory: " + err.Error()})
		return nil, nil
	}
	lock, err := o.fs.Lock(o.path("lock"))
	if errors.Is(err, ErrInUse) {
		return nil, fmt.Errorf("spool: opening %s: %w, want one agent for one spool", o.dir, err)
	}
	if err != nil {
		o.damage("lock", 0, err.Error())
	} else {
		o.lock = lock
	}
	names, err := o.fs.ReadDir(o.dir)
	if err != nil {
		o.damages = append(o.damages, Damage{File: o.dir, What: "it cannot be read, results stay in memory: " + err.Error()})
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasSuffix(name, tempSuffix) {
			o.fs.Remove(o.path(name)) // half a rename; the file that it was to replace is in force
		}
	}
	return names, nil
}

// scan reads all segments and returns how many there are.
func (o *opening) scan(names []string) int {
	n := 0
	read := map[[16]byte]spans{} // by epoch on disk
	var sc scan
	for _, name := range names {
		number, ok := segmentNumber(name)
		if !ok {
			continue
		}
		n++
		o.lastNumber = max(o.lastNumber, number)
		g := &segment{number: number, made: o.now.UnixNano()}
		o.segments = append(o.segments, g)
		if err := o.readSegment(g, &sc); err != nil {
			g.damaged = true
			o.damage(name, 0, err.Error())
			continue
		}
		g.epoch = sc.epoch
		for _, f := range sc.flaws {
			g.damaged = true
			o.damage(name, f.offset, f.what)
			if sc.headOK {
				o.stops = append(o.stops, stop{sc.epoch, f.at, len(o.damages) - 1})
			}
		}
		o.place(g, &sc, read)
	}
	return n
}

func (o *opening) readSegment(g *segment, sc *scan) error {
	f, err := o.fs.Open(o.path(g.name()))
	if err != nil {
		return err
	}
	defer f.Close()
	if g.size, err = f.Size(); err != nil {
		return err
	}
	sc.read(io.NewSectionReader(f, 0, g.size), g.number, g.size)
	return nil
}

// place takes the records of a segment into the numbering. A record that an
// earlier segment holds too was written again after a failed sync: the same
// bytes, counted once.
func (o *opening) place(g *segment, sc *scan, read map[[16]byte]spans) {
	before := read[g.epoch]
	defer func() { read[g.epoch] = before }()
	for _, r := range sc.index {
		x := r.span()
		if before.holds(x) {
			continue
		}
		if double := before.within(x); len(double) > 0 {
			g.damaged = true
			o.damage(g.name(), int64(r.offset), fmt.Sprintf("results %d to %d, want none of %d to %d again", x.first, x.last, double[0].first, double[0].last))
			continue
		}
		before.add(x)
		e, y := o.locate(g.epoch, x)
		if e.present.holds(y) { // the numbering began anew between both
			continue
		}
		if g.span.first == 0 {
			g.span.first = x.first
		}
		g.span.last, g.made = x.last, r.made
		e.present.add(y)
		e.next = max(e.next, y.last+1)
		if age := o.now.UnixNano() - r.made; age >= 0 && age < int64(live) {
			o.recent = append(o.recent, &cut{epoch: g.epoch, first: r.first, count: r.count, digest: r.digest,
				made: o.now.Add(-time.Duration(age)), segment: g, offset: r.offset, size: r.size})
		}
	}
	if !sc.headOK {
		return
	}
	// What a header mentions was given out, even when its body is damaged.
	for _, p := range o.pieces(g.epoch, span{min(g.span.last+1, sc.behind), sc.behind}) {
		p.epoch.next = max(p.epoch.next, p.last)
	}
}

// unknownNumbers is what a spool without an acked file cannot know: what the
// collector holds, and how far the numbers went. What was given out behind the
// last result on disk may be held there or told as lost.
const unknownNumbers = "; what is here counts as not acknowledged until the collector says what it holds, and new results get a new epoch, because how far the numbers went is not known"

// renew begins a new epoch; what is there keeps its numbers.
func (o *opening) renew() {
	o.current, o.epochSaved = o.epoch(newEpochID()), false
	o.current.low, o.unmet = 1, 1
}

// choose finds the epoch in force, or begins one.
func (o *opening) choose(epochFound bool, acked *ackedContent) {
	if epochFound {
		return
	}
	for _, g := range slices.Backward(o.segments) {
		if g.epoch != ([16]byte{}) {
			o.current = o.epoch(g.epoch)
			return
		}
	}
	if acked != nil {
		o.current = o.epoch(acked.current)
		return
	}
	o.current = o.epoch(newEpochID())
}

// number joins what the acked file says with what is on disk, and finds what
// is missing.
func (o *opening) number(acked *ackedContent) {
	if acked != nil {
		for _, a := range acked.epochs {
			e := o.epoch(a.id)
			e.next, e.low = max(e.next, a.next), a.low
			e.acked, e.lost = a.acked, a.lost
			e.settled.addAll(a.settled)
		}
		if acked.current == o.current.id {
			o.unmet = acked.unmet
		}
	}
	for id, e := range o.epochs {
		if n := len(e.acked); n > 0 {
			e.next = max(e.next, e.acked[n-1].last+1)
		}
		e.lost = e.lost.minus(e.present).minus(e.acked)
		e.settled = e.settled.minus(e.present)
		low := e.low
		switch {
		case low > 0:
		case acked != nil && id == o.current.id:
			low = 1 // begun, and the acked file not yet written; an older one was forgotten there
		case len(e.present) > 0:
			low = e.present[0].first
		default:
			low = e.next
		}
		if e.low > 0 && len(e.present) > 0 && e.present[0].first < e.low {
			// It came back after it was given up; nothing else below is missed.
			below := spans{{e.present[0].first, e.low - 1}}
			e.settled.addAll(below.minus(e.present).minus(e.acked).minus(e.lost))
		}
		if low >= e.next {
			continue
		}
		missing := (spans{{low, e.next - 1}}).minus(e.present).minus(e.acked).minus(e.lost).minus(e.settled)
		for _, x := range missing {
			e.lost.add(x)
			o.blame(rangeOf(id, x))
		}
	}
	if o.current.next > maxSequence/2 { // no life is that long: somebody made this up
		o.damage(epochFile, 0, fmt.Sprintf("next sequence %d, want one that counts results", o.current.next))
		o.renew()
	}
	// A process that made numbers and never met the collector leaves its mark
	// to the next: nothing from there on can be held.
	if o.unmet == 0 || o.unmet > o.current.next {
		o.unmet = o.current.next
	}
}

// blame ties a loss to the damage that caused it, where one is known.
func (o *opening) blame(lost *wire.Range) {
	for _, p := range o.stops {
		e, at := o.locate(p.epoch, span{p.at, p.at})
		if string(e.id[:]) == string(lost.Epoch) && lost.First <= at.first && at.first <= lost.Last && o.damages[p.damage].Lost == nil {
			o.damages[p.damage].Lost = lost
			return
		}
	}
	o.damages = append(o.damages, Damage{What: fmt.Sprintf("results %d to %d of epoch %x are not on disk", lost.First, lost.Last, lost.Epoch), Lost: lost})
}

// resumeActive goes on writing the newest segment when it is sound. Its bytes
// may never have been synced; they are now, before anything is offered.
func (o *opening) resumeActive() {
	if len(o.segments) == 0 {
		return
	}
	g := o.segments[len(o.segments)-1]
	if g.damaged || g.epoch != o.current.id || g.span.first == 0 {
		return
	}
	f, err := o.fs.Append(o.path(g.name()))
	if err == nil {
		if err = f.Sync(); err == nil {
			err = o.fs.SyncDir(o.dir)
		}
		if err != nil {
			f.Close()
		}
	}
	if err != nil {
		o.damage(g.name(), g.size, err.Error())
		return
	}
	if g.size >= o.segmentSize {
		f.Close()
		return
	}
	o.indexOf(g)
	o.loaded = nil
	o.active = f
}

func (o *opening) damage(file string, offset int64, what string) {
	o.damages = append(o.damages, Damage{File: o.path(file), Offset: offset, What: what})
}

package spool

import (
	"fengsui/collector/wire"
)

// State says how full the spool is; what waits to be cut is counted too.
func (s *Spool) State() *wire.SpoolState {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := &wire.SpoolState{Bytes: uint64(s.bytes()), Limit: uint64(s.room()), UnacknowledgedBytes: uint64(s.unackedBytes())}
	for _, e := range s.epochs {
		state.Unacknowledged += e.unacked().count()
	}
	for _, c := range s.unwritten {
		state.Bytes += uint64(len(c.body))
	}
	state.Bytes += uint64(s.keptSize)
	results, bytes := s.pending.size()
	state.Unacknowledged += uint64(results)
	state.Bytes += uint64(bytes)
	state.UnacknowledgedBytes += uint64(bytes)
	state.OldestUnixNs = s.oldest()
	return state
}

// room is what the segment files may grow to: the limit, or less where the
// file system has no more to give above its reserve. At least one byte: 0 is
// what an agent says that does not know.
func (s *Spool) room() int64 {
	room := s.limit
	if s.reserve >= 0 {
		if free, total, err := s.fs.Free(s.dir); err == nil {
			room = min(room, s.bytes()+max(0, free-int64(float64(total)*s.reserve)))
		}
	}
	return max(room, 1)
}

// unackedBytes is what the collector lacks, in bytes: of a segment that it has
// in part, as much as of its results.
func (s *Spool) unackedBytes() int64 {
	var n int64
	for _, g := range s.segments {
		var results uint64
		for _, p := range s.unackedIn(g) {
			results += p.span.len()
		}
		if results > 0 {
			n += int64(float64(g.size) * float64(results) / float64(g.span.len()))
		}
	}
	for _, c := range s.unwritten {
		if !s.epoch(c.epoch).acked.holds(c.span()) {
			n += int64(len(c.body))
		}
	}
	return n
}

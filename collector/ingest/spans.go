package ingest

import (
	"slices"
	"sort"
)

// A span is a range of sequences, both ends included.
type span struct{ first, last uint64 }

// spans are the sequences that are held of one epoch: in order, apart from
// each other by at least one. What has changed since the last write of the
// table is remembered, so that a commit writes rows and not the whole.
type spans struct {
	held    []span
	removed map[uint64]bool // rows that are gone
	changed map[uint64]bool // rows to be written
}

// last is the highest sequence held, 0 when there is none.
func (s *spans) last() uint64 {
	if len(s.held) == 0 {
		return 0
	}
	return s.held[len(s.held)-1].last
}

// find returns the index of the first span that ends at or behind seq.
func (s *spans) find(seq uint64) int {
	return sort.Search(len(s.held), func(i int) bool { return s.held[i].last >= seq })
}

// overlaps says whether any of x is held, and contains whether all of it is.
func (s *spans) overlaps(x span) (any, all bool) {
	i := s.find(x.first)
	if i == len(s.held) || s.held[i].first > x.last {
		return false, false
	}
	return true, s.held[i].first <= x.first && s.held[i].last >= x.last
}

// missing returns what of x is not held.
func (s *spans) missing(x span) []span {
	var out []span
	for i := s.find(x.first); i < len(s.held) && s.held[i].first <= x.last; i++ {
		if x.first < s.held[i].first {
			out = append(out, span{x.first, s.held[i].first - 1})
		}
		x.first = s.held[i].last + 1
	}
	if x.first <= x.last {
		out = append(out, x)
	}
	return out
}

// add holds x as well, joining it to its neighbours.
func (s *spans) add(x span) {
	from := s.find(x.first)
	if from > 0 && s.held[from-1].last+1 == x.first {
		from--
	}
	to := from
	for to < len(s.held) && s.held[to].first <= x.last+1 {
		x.first = min(x.first, s.held[to].first)
		x.last = max(x.last, s.held[to].last)
		to++
	}
	if s.changed == nil {
		s.removed, s.changed = map[uint64]bool{}, map[uint64]bool{}
	}
	for _, gone := range s.held[from:to] {
		if gone.first != x.first {
			s.removed[gone.first] = true
			delete(s.changed, gone.first)
		}
	}
	delete(s.removed, x.first)
	s.changed[x.first] = true
	s.held = slices.Replace(s.held, from, to, x)
}

// at returns the span that begins at first.
func (s *spans) at(first uint64) span { return s.held[s.find(first)] }

// written forgets what had changed.
func (s *spans) written() {
	clear(s.removed)
	clear(s.changed)
}

package spool

import "sort"

// maxSequence bounds every number that is read from a disk or a wire, so that
// adding to one never overflows.
const maxSequence = 1 << 62

// A span is a run of sequences, both ends included.
type span struct{ first, last uint64 }

func (x span) len() uint64 { return x.last - x.first + 1 }
func (x span) ok() bool    { return x.first >= 1 && x.first <= x.last && x.last <= maxSequence }

// spans is a set of sequences: sorted, disjoint and not touching.
type spans []span

// from returns the index of the first span that ends at n or later.
func (r spans) from(n uint64) int {
	return sort.Search(len(r), func(i int) bool { return r[i].last >= n })
}

func (r *spans) add(x span) {
	s := *r
	i := s.from(x.first - 1)
	j := i
	for ; j < len(s) && s[j].first <= x.last+1; j++ {
		x.first, x.last = min(x.first, s[j].first), max(x.last, s[j].last)
	}
	*r = splice(s, i, j, x)
}

func (r *spans) remove(x span) {
	s := *r
	i := s.from(x.first)
	j := i
	var rest []span
	for ; j < len(s) && s[j].first <= x.last; j++ {
		if s[j].first < x.first {
			rest = append(rest, span{s[j].first, x.first - 1})
		}
		if s[j].last > x.last {
			rest = append(rest, span{x.last + 1, s[j].last})
		}
	}
	*r = splice(s, i, j, rest...)
}

func splice(s spans, i, j int, with ...span) spans {
	if grow := len(with) - (j - i); grow <= 0 {
		copy(s[i:], with)
		return append(s[:i+len(with)], s[j:]...)
	}
	tail := append(spans(nil), s[j:]...)
	return append(append(s[:i], with...), tail...)
}

// holds says whether all of x is in the set.
func (r spans) holds(x span) bool {
	i := r.from(x.last)
	return i < len(r) && r[i].first <= x.first
}

// within returns what of the set lies in x.
func (r spans) within(x span) spans {
	var out spans
	for i := r.from(x.first); i < len(r) && r[i].first <= x.last; i++ {
		out = append(out, span{max(r[i].first, x.first), min(r[i].last, x.last)})
	}
	return out
}

// minus returns what is in the set and not in o.
func (r spans) minus(o spans) spans {
	var out spans
	j := 0
	for _, x := range r {
		for j < len(o) && o[j].last < x.first {
			j++
		}
		for k := j; k < len(o) && o[k].first <= x.last; k++ {
			if o[k].first > x.first {
				out = append(out, span{x.first, o[k].first - 1})
			}
			x.first = o[k].last + 1
		}
		if x.first <= x.last {
			out = append(out, x)
		}
	}
	return out
}

func (r *spans) addAll(o spans) {
	for _, x := range o {
		r.add(x)
	}
}

func (r *spans) removeAll(o spans) {
	for _, x := range o {
		r.remove(x)
	}
}

// count returns how many sequences are in the set.
func (r spans) count() uint64 {
	var n uint64
	for _, x := range r {
		n += x.len()
	}
	return n
}

package spool

import (
	"math/rand/v2"
	"testing"
)

// The set of spans against a plain map.
func TestSpans(t *testing.T) {
	t.Parallel()
	const top = 60
	r := rand.New(rand.NewPCG(1, 2))
	random := func() span {
		a, b := 1+r.Uint64N(top), 1+r.Uint64N(top)
		return span{min(a, b), min(max(a, b), min(a, b)+r.Uint64N(12))}
	}
	has := func(s spans, n uint64) bool { return s.holds(span{n, n}) }
	var a, b spans
	plain := map[uint64]bool{}
	for step := range 20000 {
		x := random()
		adding := r.IntN(2) == 0
		if adding {
			a.add(x)
		} else {
			a.remove(x)
		}
		for n := x.first; n <= x.last; n++ {
			plain[n] = adding
		}
		y := random()
		b.add(y)
		if r.IntN(5) == 0 {
			b = nil
		}
		within, minus := a.within(y), a.minus(b)
		count := uint64(0)
		for n := uint64(1); n <= top+1; n++ {
			if has(a, n) != plain[n] {
				t.Fatalf("step %d: %d in %v is %t, want %t", step, n, a, has(a, n), plain[n])
			}
			if plain[n] {
				count++
			}
			if want := plain[n] && n >= y.first && n <= y.last; has(within, n) != want {
				t.Fatalf("%v within %v is %v", a, y, within)
			}
			if want := plain[n] && !has(b, n); has(minus, n) != want {
				t.Fatalf("%v minus %v is %v", a, b, minus)
			}
		}
		for i := 1; i < len(a); i++ {
			if a[i].first <= a[i-1].last+1 {
				t.Fatalf("%v has spans that touch", a)
			}
		}
		if a.count() != count {
			t.Fatalf("count of %v is %d, want %d", a, a.count(), count)
		}
	}
}

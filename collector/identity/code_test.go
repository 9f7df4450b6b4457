package identity

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestCodeFindsEveryTypingMistake(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 50 {
		code := makeCode()
		if seen[code] {
			t.Fatalf("code %s was made twice", code)
		}
		seen[code] = true
		if got, err := normaliseCode(code); err != nil || got != code {
			t.Fatalf("code %s: got %q, %v; want it as it is", code, got, err)
		}
		for i := range code {
			for _, other := range alphabet {
				if byte(other) == code[i] {
					continue
				}
				wrong := code[:i] + string(other) + code[i+1:]
				if _, err := normaliseCode(wrong); err == nil {
					t.Fatalf("%s instead of %s: want the wrong character found", wrong, code)
				}
			}
			for j := i + 1; j < len(code); j++ {
				if code[i] == code[j] {
					continue
				}
				b := []byte(code)
				b[i], b[j] = b[j], b[i]
				if _, err := normaliseCode(string(b)); err == nil {
					t.Fatalf("%s instead of %s: want the exchange found", b, code)
				}
			}
		}
	}
}

func TestCodeAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	digits := []byte{1, 0, 17, 31, 1, 0, 20, 2, 3} // 10HZ10M23 and a check character
	digits = append(digits, checkDigit(digits))
	var want strings.Builder
	for _, d := range digits {
		want.WriteByte(alphabet[d])
	}
	code := want.String()
	last := code[9:]
	for _, c := range []struct {
		in string
		ok bool
	}{
		{code, true},
		{strings.ToLower(code), true},
		{GroupCode(code), true},
		{" " + code[:5] + "　" + code[5:] + "\r\n", true},
		{"IOhzLo-m23" + last, true},
		{"ioHZlOM23" + last, true},
		{"", false},
		{code[:9], false},
		{code + "0", false},
		{"U0HZ10M23" + last, false},
		{"10HZ10M2青" + last, false},
		{"10HZ1\x00M23" + last, false},
		{strings.Repeat("-", 1000) + code, false},
	} {
		got, err := normaliseCode(c.in)
		if c.ok && (err != nil || got != code) {
			t.Errorf("%q: got %q, %v; want %s", c.in, got, err, code)
		}
		if !c.ok && err == nil {
			t.Errorf("%q: got %q, want an error", c.in, got)
		}
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	a, b := sourceOf(netip.MustParseAddr("192.0.2.1")), sourceOf(netip.MustParseAddr("::ffff:192.0.2.2"))
	v6, sameNetwork := sourceOf(netip.MustParseAddr("2001:db8::1")), sourceOf(netip.MustParseAddr("2001:db8::2%eth0"))
	if v6 != sameNetwork {
		t.Errorf("got accounts %v and %v, want one for a /64", v6, sameNetwork)
	}
	if b != sourceOf(netip.MustParseAddr("192.0.2.2")) {
		t.Errorf("got account %v for a mapped address, want that of 192.0.2.2", b)
	}
	var l limiter
	now := epoch
	for i := range triesPerSource {
		if w := l.wait(a, now); w != 0 {
			t.Fatalf("try %d: has to wait %v, want none", i, w)
		}
		l.charge(a, now)
		now = now.Add(time.Second)
	}
	if got, want := l.wait(a, now), triesWindow-triesPerSource*time.Second; got != want {
		t.Errorf("try %d of a: has to wait %v, want %v", triesPerSource, got, want)
	}
	if w := l.wait(b, now); w != 0 {
		t.Errorf("another source has to wait %v, want none", w)
	}
	for i := len(l.wrong); i < triesOverall; i++ {
		l.charge(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32), now)
	}
	if w := l.wait(b, now); w == 0 {
		t.Error("after 20 wrong tries over all: a fresh source may try, want it to wait")
	}
	now = now.Add(triesWindow)
	if w := l.wait(a, now); w != 0 || len(l.wrong) != 0 {
		t.Errorf("a minute later: has to wait %v with %d tries remembered, want none", w, len(l.wrong))
	}
	l.charge(a, now)
	if l.wait(a, now.Add(-time.Hour)); len(l.wrong) != 0 {
		t.Error("the clock was set back: the try of the future is remembered, want it forgotten")
	}
}

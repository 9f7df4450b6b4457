package configs

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"fengsui/configs/words"
)

// A literal is a value as it was written: its type is what the person typed,
// never what something could be made of it.
type literal struct {
	kind   byte // 't'ext, 'n'umber, 'b'ool, 'l'ist, 'o'bject, 0 null, 'w' a bare word, 'x' no value
	text   string
	number *big.Float
	bool   bool
	list   []literal
	fields map[string]literal
	keys   []string // of fields, as written
	at     hcl.Range

	made bool  // by an expression that stands at at
	why  *said // of 'x': what is wrong, nil when it is just no plain value
}

// moved is the literal as the value of an expression at another place.
func (l literal) moved(at hcl.Range) literal {
	l.at, l.made = at, true
	if l.list != nil {
		list := make([]literal, len(l.list))
		for i, item := range l.list {
			list[i] = item.moved(at)
		}
		l.list = list
	}
	return l
}

// shown is the value as a sentence quotes it.
func (l literal) shown() string {
	switch l.kind {
	case 't':
		return quote(l.text)
	case 'n':
		return l.number.Text('g', 12)
	case 'b':
		return strconv.FormatBool(l.bool)
	case 'l':
		return "[…]"
	case 'o':
		return "{…}"
	}
	return "null"
}

// A want reads a literal as a value of type T. When it cannot, it says what
// is wanted instead, and where, if that is only a part of the literal.
type want[T any] func(literal) (T, *wrong)

type wrong struct {
	wanted said
	at     *hcl.Range
}

func wants(key string, args ...any) *wrong { return &wrong{wanted: phrase(key, args...)} }

func wantBool(l literal) (bool, *wrong) {
	if l.kind != 'b' {
		return false, wants(words.WantBool)
	}
	return l.bool, nil
}

func wantInt(low, high int) want[int] {
	return func(l literal) (int, *wrong) {
		n, bad := wholeNumber(l)
		if bad != nil {
			return 0, bad
		}
		return n, between(n, low, high, strconv.Itoa)
	}
}

func wholeNumber(l literal) (int, *wrong) {
	if l.kind != 'n' {
		return 0, wants(words.WantNumber)
	}
	n, exact := l.number.Int64()
	if exact != big.Exact || n > math.MaxInt32 || n < math.MinInt32 {
		return 0, wants(words.WantNumber)
	}
	return int(n), nil
}

func between[T int | int64 | float64 | time.Duration](v, low, high T, show func(T) string) *wrong {
	if v < low || v > high {
		return wants(words.WantBetween, show(low), show(high))
	}
	return nil
}

// anyText is a text of bounded length that people can see.
func anyText(l literal) (string, *wrong) {
	if l.kind != 't' {
		return "", wants(words.WantText)
	}
	if len(l.text) > maxText {
		return "", wants(words.WantTextOf, strconv.Itoa(maxText))
	}
	for _, r := range l.text {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			return "", wants(words.WantPrintable)
		}
	}
	return l.text, nil
}

// maxText bounds every text, in bytes; expressions and templates are the
// longest.
const maxText = 4 << 10

// wantLine is one line of 1 to n visible characters.
func wantLine(n int) want[string] {
	return func(l literal) (string, *wrong) {
		s, bad := anyText(l)
		switch {
		case bad != nil:
			return "", bad
		case s == "" || utf8.RuneCountInString(s) > n:
			return "", wants(words.WantTextOf, strconv.Itoa(n))
		case strings.ContainsAny(s, "\n\t") || strings.TrimSpace(s) != s:
			return "", wants(words.WantPrintable)
		}
		return s, nil
	}
}

var (
	namePattern  = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)
	labelPattern = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,62}$`)
)

// matching is a text that matches a pattern.
func matching(p *regexp.Regexp, wanted string) want[string] {
	return func(l literal) (string, *wrong) {
		if s, bad := anyText(l); bad != nil || p.MatchString(s) {
			return s, bad
		}
		return "", wants(wanted)
	}
}

var (
	wantName      = matching(namePattern, words.WantName)
	wantLabelName = matching(labelPattern, words.WantLabelName)
)

// oneOf is one of some texts.
func oneOf(choices ...string) want[string] {
	return func(l literal) (string, *wrong) {
		if l.kind == 't' && slices.Contains(choices, l.text) {
			return l.text, nil
		}
		return "", wants(words.WantChoice, quoted(choices))
	}
}

func quoted(choices []string) string {
	all := make([]string, len(choices))
	for i, c := range choices {
		all[i] = strconv.Quote(c)
	}
	return strings.Join(all, ", ")
}

// listOf is a list of at least some elements, none twice.
func listOf[T comparable](least int, element want[T]) want[[]T] {
	return func(l literal) ([]T, *wrong) {
		if l.kind != 'l' {
			return nil, wants(words.WantList)
		}
		if len(l.list) < least {
			return nil, wants(words.WantListSome)
		}
		seen := make(map[T]bool, len(l.list))
		values := make([]T, 0, len(l.list))
		for _, item := range l.list {
			v, bad := element(item)
			if bad == nil && seen[v] {
				bad = wants(words.WantOnce)
			}
			if bad != nil {
				return nil, &wrong{wanted: bad.wanted, at: &item.at}
			}
			seen[v] = true
			values = append(values, v)
		}
		return values, nil
	}
}

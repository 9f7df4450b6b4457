package configs

import (
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"fengsui/checks"
	"fengsui/configs/words"
)

// A literal is a value as it was written: its type is what the person typed,
// never what something could be made of it.
type literal struct {
	kind   byte // 't'ext, 'n'umber, 'b'ool, 'l'ist, 0 null, 'w' a bare word, 'x' any other expression
	text   string
	number *big.Float
	bool   bool
	list   []literal
	at     hcl.Range
}

// literalOf looks at an expression without evaluating it: HCL cannot be
// interrupted, and nothing but plain values is part of the language.
func literalOf(e hclsyntax.Expression) literal {
	l := literal{kind: 'x', at: e.Range()}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		switch v := e.Val; {
		case v.IsNull():
			l.kind = 0
		case v.Type() == cty.Number:
			l.kind, l.number = 'n', v.AsBigFloat()
		case v.Type() == cty.Bool:
			l.kind, l.bool = 'b', v.True()
		}
	case *hclsyntax.UnaryOpExpr:
		if inner := literalOf(e.Val); e.Op == hclsyntax.OpNegate && inner.kind == 'n' {
			l.kind, l.number = 'n', new(big.Float).Neg(inner.number)
		}
	case *hclsyntax.TemplateExpr:
		var text strings.Builder
		for _, part := range e.Parts {
			lit, ok := part.(*hclsyntax.LiteralValueExpr)
			if !ok || lit.Val.IsNull() || lit.Val.Type() != cty.String {
				return l
			}
			text.WriteString(lit.Val.AsString())
		}
		l.kind, l.text = 't', text.String()
	case *hclsyntax.TupleConsExpr:
		l.kind = 'l'
		for _, item := range e.Exprs {
			l.list = append(l.list, literalOf(item))
		}
	case *hclsyntax.ScopeTraversalExpr:
		if len(e.Traversal) == 1 {
			l.kind = 'w'
		}
	}
	return l
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
	hostPattern  = regexp.MustCompile(`^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?$`)
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

func wantDuration(low, high time.Duration) want[time.Duration] {
	return func(l literal) (time.Duration, *wrong) {
		if l.kind != 't' {
			return 0, wants(words.WantDuration)
		}
		d, err := checks.ParseDuration(l.text)
		if err != nil {
			return 0, wants(words.WantDuration)
		}
		return d, between(d, low, high, span)
	}
}

// span writes a length of time as people do: 90d, 5m, 1m30s.
func span(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func wantPercent(low, high checks.Percent) want[checks.Percent] {
	return func(l literal) (checks.Percent, *wrong) {
		if l.kind != 't' {
			return 0, wants(words.WantPercent)
		}
		p, err := checks.ParsePercent(l.text)
		if err != nil {
			return 0, wants(words.WantPercent)
		}
		if p < low || p > high {
			return 0, wants(words.WantBetween, low.String(), high.String())
		}
		return p, nil
	}
}

func wantSize(low, high int64) want[int64] {
	return scaled(words.WantSize, sizeUnits, low, high, size)
}

func wantRate(low, high int64) want[int64] {
	return scaled(words.WantRate, rateUnits, low, high, rate)
}

// A unit is what a number is multiplied with.
type unit struct {
	name  string
	times int64
}

// Units, the larger first; the first spelling of each is the one we write.
var (
	sizeUnits = []unit{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}
	rateUnits = []unit{
		{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1},
		{"Gbps", 1e9}, {"Mbps", 1e6}, {"kbps", 1e3}, {"bps", 1},
	}
)

// scaled is a whole number with a unit behind it: "512MiB", "1Mbit/s".
func scaled(wanted string, units []unit, low, high int64, show func(int64) string) want[int64] {
	return func(l literal) (int64, *wrong) {
		if l.kind != 't' {
			return 0, wants(wanted)
		}
		for _, u := range units {
			digits, ok := strings.CutSuffix(l.text, u.name)
			if !ok {
				continue
			}
			if n, err := strconv.ParseUint(strings.TrimSuffix(digits, " "), 10, 62); err == nil && int64(n) <= math.MaxInt64/u.times {
				v := int64(n) * u.times
				return v, between(v, low, high, show)
			}
		}
		return 0, wants(wanted)
	}
}

func size(n int64) string { return inUnit(n, sizeUnits) }
func rate(n int64) string { return inUnit(n, rateUnits) }

func inUnit(n int64, units []unit) string {
	for _, u := range units {
		if n >= u.times && n%u.times == 0 {
			return strconv.FormatInt(n/u.times, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + units[len(units)-1].name
}

func wantPath(l literal) (string, *wrong) {
	s, bad := wantLine(maxText)(l)
	if bad != nil || !filepath.IsAbs(s) {
		return "", wants(words.WantPath)
	}
	return filepath.Clean(s), nil
}

// hostPort splits host:port; a port of 0 asks the system for one.
func hostPort(l literal, lowest uint16) (host string, ok bool) {
	s, bad := wantLine(300)(l)
	if bad != nil {
		return "", false
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", false
	}
	port, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil || uint16(port) < lowest {
		return "", false
	}
	host = s[:i]
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
		if a, err := netip.ParseAddr(inner); !bracketed || err != nil || !a.Is6() {
			return "", false
		}
		return inner, true
	}
	return host, !strings.Contains(host, ":")
}

func wantListen(l literal) (string, *wrong) {
	host, ok := hostPort(l, 0)
	if _, err := netip.ParseAddr(host); !ok || host != "" && err != nil {
		return "", wants(words.WantListen)
	}
	return l.text, nil
}

func wantLoopback(l literal) (string, *wrong) {
	host, ok := hostPort(l, 0)
	if a, err := netip.ParseAddr(host); !ok || err != nil || !a.Unmap().IsLoopback() {
		return "", wants(words.WantLoopback)
	}
	return l.text, nil
}

func wantHostPort(l literal) (string, *wrong) {
	host, ok := hostPort(l, 1)
	if !ok || !isHost(host) {
		return "", wants(words.WantHostPort)
	}
	return l.text, nil
}

func wantHost(l literal) (string, *wrong) {
	if l.kind != 't' || !isHost(l.text) {
		return "", wants(words.WantHost)
	}
	return l.text, nil
}

// isHost says whether a text is an address or can be a name; what ends in
// digits only is an address written wrongly (RFC 1123 section 2.1).
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	return len(s) <= 253 && hostPattern.MatchString(s) && strings.Trim(last, "0123456789") != ""
}

func wantURL(l literal) (string, *wrong) {
	s, bad := wantLine(2000)(l)
	if bad != nil {
		return "", wants(words.WantURL)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !isHost(u.Hostname()) {
		return "", wants(words.WantURL)
	}
	return s, nil
}

func wantPrefix(l literal) (netip.Prefix, *wrong) {
	if l.kind != 't' {
		return netip.Prefix{}, wants(words.WantPrefix)
	}
	if a, err := netip.ParseAddr(l.text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(l.text)
	switch {
	case err != nil || p.Addr().Is4In6():
		return netip.Prefix{}, wants(words.WantPrefix)
	case p.Masked() != p:
		return netip.Prefix{}, wants(words.WantPrefixOf, strconv.Quote(p.Masked().String()))
	}
	return p, nil
}

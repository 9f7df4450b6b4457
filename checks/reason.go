package checks

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A Declaration declares a reason: a short code, the state that it means, the
// names of its arguments, and its one sentence in Chinese and in English. A
// sentence says what was looked at, what was seen and what was wanted, and
// names arguments in braces: "{target} refused the connection".
type Declaration struct {
	Code  string
	State State
	Args  []string
	ZH    string
	EN    string
}

// A Reason is a declared reason with the values of its arguments. The zero
// Reason means that there is nothing to explain: up.
type Reason struct {
	Code  string
	State State
	Args  []Arg
}

// An Arg is one argument of a reason.
type Arg struct{ Name, Value string }

// IsZero says whether the reason is the zero one: up.
func (r Reason) IsZero() bool { return r.Code == "" }

// Arg returns the value of an argument, empty when there is none.
func (r Reason) Arg(name string) string {
	for _, a := range r.Args {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Verdict returns the verdict that a reason means.
func (r Reason) Verdict() Verdict { return Verdict{State: r.State, Reason: r} }

// maxArg bounds an argument on the wire; what foreign servers say is longer.
const maxArg = 256

// With gives the declared arguments their values, in the declared order.
func (d Declaration) With(values ...string) Reason {
	if len(values) != len(d.Args) {
		panic(fmt.Sprintf("BUG: reason %s wants %d arguments, got %d", d.Code, len(d.Args), len(values)))
	}
	r := Reason{Code: d.Code, State: d.State}
	for i, v := range values {
		r.Args = append(r.Args, Arg{Name: d.Args[i], Value: clean(v)})
	}
	return r
}

// clean makes foreign text safe to carry and to show: valid UTF-8, one line,
// bounded, without what a terminal acts on or what turns the order of reading.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if len(s) > maxArg {
		cut := maxArg - len("…")
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		s = s[:cut] + "…"
	}
	return s
}

// Render returns the sentence of a reason by its declaration, in Chinese for
// "zh" and in English otherwise.
func (d Declaration) Render(r Reason, lang string) string {
	text := d.EN
	if lang == "zh" {
		text = d.ZH
	}
	pairs := make([]string, 0, 2*len(r.Args))
	for _, a := range r.Args {
		pairs = append(pairs, "{"+a.Name+"}", a.Value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// A Catalogue renders reasons by code.
type Catalogue map[string]Declaration

// NewCatalogue gathers the runner's reasons and those of the kinds. Kinds may
// share a declaration; two different ones with one code are a bug.
func NewCatalogue(kinds []*Kind) Catalogue {
	c := Catalogue{}
	add := func(d Declaration) {
		if old, ok := c[d.Code]; ok && (old.EN != d.EN || old.ZH != d.ZH || old.State != d.State || !slices.Equal(old.Args, d.Args)) {
			panic("BUG: two reasons share the code " + d.Code)
		}
		c[d.Code] = d
	}
	for _, d := range RunnerReasons {
		add(d)
	}
	for _, k := range kinds {
		for _, d := range k.Reasons {
			add(d)
		}
	}
	return c
}

// Render returns the sentence of a reason in Chinese ("zh") or English. A
// code that this release does not know is shown with its arguments.
func (c Catalogue) Render(r Reason, lang string) string {
	if r.IsZero() {
		return ""
	}
	if d, ok := c[r.Code]; ok {
		return d.Render(r, lang)
	}
	var b strings.Builder
	b.WriteString(r.Code)
	for _, a := range r.Args {
		fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
	}
	return b.String()
}

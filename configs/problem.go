package configs

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"fengsui/configs/words"
)

// A Problem is one mistake or warning, with its place in what was written.
type Problem struct {
	File    string
	Line    int    // from 1; 0 when the problem is no line's
	Column  int    // from 1, in characters
	Text    string // the line as written, without its end; of a very long one the part around it
	From    int    // what is wrong in Text, in bytes
	To      int
	Warning bool
	ZH, EN  string // one sentence each: what was seen, what is wanted
}

// Place returns file:line:column, as far as it is known.
func (p Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Mistakes is the error of [Load] and [LoadAgent]: everything that is wrong,
// in the order of files and lines.
type Mistakes struct {
	Problems []Problem // errors first in their order, without warnings
	Warnings []Problem
	Omitted  int // errors beyond maxProblems
}

// Error prints every mistake as [Write] does, without colour.
func (m *Mistakes) Error() string {
	var b strings.Builder
	_ = Write(&b, m.Problems, false, 0) // a strings.Builder never fails
	if m.Omitted > 0 {
		b.WriteString(phrase(words.ConfigMore, strconv.Itoa(m.Omitted)).both())
		b.WriteByte('\n')
	}
	return strings.TrimRight(b.String(), "\n")
}

// maxProblems bounds what one load reports.
const maxProblems = 200

// A said is a sentence or a part of one, not yet in a language.
type said struct {
	key  string
	args []any // texts and saids
}

// phrase makes a sentence of the catalogue with texts and other phrases.
func phrase(key string, args ...any) said { return said{key, args} }

// as is text that is the same in every language.
func as(text string) said { return said{args: []any{text}} }

func (s said) in(lang string) string {
	args := make([]any, len(s.args))
	for i, a := range s.args {
		if inner, ok := a.(said); ok {
			a = inner.in(lang)
		}
		args[i] = a
	}
	if s.key == "" {
		return args[0].(string)
	}
	return words.Text(s.key, lang, args...)
}

func (s said) both() string { return s.in("en") + " / " + s.in("zh") }

// problem notes a mistake at a place. A near name, when there is one, is
// offered at the end of the sentence.
func (r *reading) problem(at hcl.Range, s said, near ...string) {
	r.note(r.locate(at, s, near...))
}

// warn notes something that is allowed and probably not meant.
func (r *reading) warn(at hcl.Range, s said) {
	p := r.locate(at, s)
	p.Warning = true
	like := likeness{p.File, p.Line, p.Column, s.key}
	of := r.alike[like]
	if of == nil {
		of = &alike{texts: map[string]bool{}}
		r.alike[like] = of
	}
	if of.texts[p.EN] {
		return
	}
	of.texts[p.EN] = true
	if told := len(r.warnings); len(of.texts) <= maxAlike {
		if r.note(p); len(r.warnings) > told {
			of.last = len(r.warnings)
		}
	}
}

// A likeness is what warnings have in common that a line gives for each of the
// many that it stands for: among hundreds the one that matters is lost.
type likeness struct {
	file         string
	line, column int
	key          string
}

type alike struct {
	texts map[string]bool
	last  int // of warnings, from 1: the last that is told
}

// maxAlike is how many of those are told before the rest is only counted.
const maxAlike = 2

// countAlike says at the last warning of a likeness how many more there are.
func (r *reading) countAlike() {
	for _, of := range r.alike {
		if n := len(of.texts) - maxAlike; n > 0 && of.last > 0 {
			p := &r.warnings[of.last-1]
			more := phrase(words.ConfigAlike, strconv.Itoa(n))
			p.ZH, p.EN = p.ZH+more.in("zh"), p.EN+more.in("en")
		}
	}
	clear(r.alike)
}

// file notes a mistake of a whole file or directory.
func (r *reading) file(name string, s said) {
	r.note(Problem{File: name, ZH: s.in("zh"), EN: s.in("en")})
}

// warnFile warns about a whole file or directory.
func (r *reading) warnFile(name string, s said) {
	r.note(Problem{File: name, ZH: s.in("zh"), EN: s.in("en"), Warning: true})
}

func (r *reading) note(p Problem) {
	list := &r.problems
	if p.Warning {
		list = &r.warnings
	}
	if slices.Contains(*list, p) { // a block that stands for many says it of each
		return
	}
	if len(*list) >= maxProblems {
		if !p.Warning {
			r.omitted++
		}
		return
	}
	*list = append(*list, p)
}

// maxAround bounds how much of a line a problem keeps on either side, in bytes.
const maxAround = 1000

func (r *reading) locate(at hcl.Range, s said, near ...string) Problem {
	p := Problem{File: at.Filename, Line: at.Start.Line, Column: at.Start.Column, ZH: s.in("zh"), EN: s.in("en")}
	if len(near) > 0 && near[0] != "" {
		hint := phrase(words.ConfigNear, strconv.Quote(near[0]))
		p.ZH += hint.in("zh")
		p.EN += hint.in("en")
	}
	src := r.sources[at.Filename]
	if from := at.Start.Byte; from <= len(src) {
		start := bytes.LastIndexByte(src[:from], '\n') + 1
		end := len(src)
		if i := bytes.IndexByte(src[from:], '\n'); i >= 0 {
			end = from + i
		}
		for start < from-maxAround || start < from && !utf8.RuneStart(src[start]) {
			start++
		}
		for end > from+maxAround || end < len(src) && end > from && !utf8.RuneStart(src[end]) {
			end--
		}
		p.Text = string(src[start:end])
		p.From = from - start
		p.To = min(max(at.End.Byte, from)-start, len(p.Text))
	}
	return p
}

// result sorts what was noted and returns it, the error nil when nothing is
// wrong.
func (r *reading) result() ([]Problem, error) {
	r.countAlike()
	byPlace := func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	}
	slices.SortStableFunc(r.problems, byPlace)
	slices.SortStableFunc(r.warnings, byPlace)
	if len(r.problems) == 0 {
		return r.warnings, nil
	}
	return r.warnings, &Mistakes{Problems: r.problems, Warnings: r.warnings, Omitted: r.omitted}
}

package configs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/words"
)

// A block is the body of one block, or of a file, while it is read: whatever
// was not asked for when done is called is unknown.
type block struct {
	r      *reading
	path   string // the names of the blocks around it: site.check
	name   said   // as sentences call it: site "qingfu"
	labels []string
	at     hcl.Range // its head
	body   *hclsyntax.Body
	scope  *scope // what names in its values stand for

	words  []string // values asked for
	blocks []string // blocks asked for
}

func (r *reading) block(path string, name said, body *hclsyntax.Body, at hcl.Range) *block {
	if r.vocabulary[path] == nil {
		r.vocabulary[path] = map[string]bool{}
	}
	return &block{r: r, path: path, name: name, body: body, at: at}
}

// top is the body of a file.
func (r *reading) top(body *hclsyntax.Body) *block {
	at := body.Range()
	at.End = at.Start
	return r.block("", phrase(words.ConfigTopLevel), body, at)
}

// has says whether a word is written, rightly or not.
func (b *block) has(word string) bool { return b.body.Attributes[word] != nil }

// where is the place of a word's value, of the head when it is not written.
func (b *block) where(word string) hcl.Range {
	if a := b.body.Attributes[word]; a != nil {
		return a.Expr.Range()
	}
	return b.at
}

// read reads the value of a word into place, and says whether it is written
// and right. A place is left alone when it is not.
func read[T any](b *block, word string, place *T, w want[T]) bool {
	b.words = append(b.words, word)
	b.r.vocabulary[b.path][word] = true
	a := b.body.Attributes[word]
	if a == nil {
		return false
	}
	l := b.scope.literal(a.Expr)
	v, bad := w(l)
	if bad == nil {
		*place = v
		return true
	}
	b.r.badValue(word, l, bad)
	return false
}

// must is read for a word that has no default.
func must[T any](b *block, word string, place *T, w want[T], wanted string) bool {
	ok := read(b, word, place, w)
	if !b.has(word) {
		b.r.problem(b.at, phrase(words.ConfigMissing, b.name, word, phrase(wanted)))
	}
	return ok
}

// badValue says what is wrong with the value of a word.
func (r *reading) badValue(word string, l literal, bad *wrong) {
	if bad.at != nil {
		for _, item := range l.list {
			if item.at == *bad.at {
				r.badValue(word, item, &wrong{wanted: bad.wanted})
				return
			}
		}
		return
	}
	shown := clip(string(l.at.SliceBytes(r.sources[l.at.Filename])))
	if l.made && l.kind != 'x' {
		shown += " = " + l.shown()
	}
	switch l.kind {
	case 'x':
		if l.why != nil {
			r.problem(l.at, *l.why)
			return
		}
		r.problem(l.at, phrase(words.ConfigExpression, word, shown))
	case 'w':
		r.problem(l.at, phrase(words.ConfigBareWord, word, shown, strconv.Quote(shown)))
	case 0:
		r.problem(l.at, phrase(words.ConfigNull, word))
	default:
		hint := ""
		if bad.wanted.key == words.WantChoice && l.kind == 't' {
			hint = nearQuoted(l.text, bad.wanted.args[0].(string))
		}
		r.problem(l.at, phrase(words.ConfigBadValue, word, shown, bad.wanted), hint)
	}
}

// nearQuoted is near among choices as quoted writes them.
func nearQuoted(name, choices string) string {
	var known []string
	for _, c := range strings.Split(choices, ", ") {
		known = append(known, strings.Trim(c, `"`))
	}
	return near(name, known)
}

// each reads every inner block of a type, which carries some labels that are
// shown in usage: `site "qingfu"`. Labels are names.
func (b *block) each(word, usage string, do func(*block)) {
	b.blocks = append(b.blocks, word)
	b.r.vocabulary[b.path][word+" {}"] = true
	count := strings.Count(usage, `"`) / 2
	path := strings.TrimPrefix(b.path+"."+word, ".")
	if word == "check" { // has the same words wherever it stands
		path = word
	}
	seen := 0
	for _, inner := range b.body.Blocks {
		if inner.Type != word {
			continue
		}
		if seen++; seen > maxBlocks {
			b.r.problem(inner.TypeRange, phrase(words.ConfigTooMany, word, strconv.Itoa(maxBlocks)))
			return
		}
		head := hcl.RangeBetween(inner.TypeRange, inner.OpenBraceRange)
		head.End = inner.TypeRange.End
		if n := len(inner.LabelRanges); n > 0 {
			head.End = inner.LabelRanges[n-1].End
		}
		if len(inner.Labels) != count {
			b.r.problem(head, phrase(words.ConfigLabels, usage+" { … }"))
			continue
		}
		for i, label := range inner.Labels {
			if !namePattern.MatchString(label) {
				b.r.problem(inner.LabelRanges[i], phrase(words.ConfigBadValue, word, quote(label), phrase(words.WantName)))
			}
		}
		in := b.r.block(path, said{}, inner.Body, head)
		in.scope = b.scope
		if in.body.Attributes[forEach] != nil && slices.Contains(expandable, path) {
			in.expand(word, inner.Labels, do)
			continue
		}
		in.call(word, inner.Labels)
		do(in)
	}
}

// call gives a block its labels, and the name by which sentences call it.
func (b *block) call(word string, labels []string) {
	name := word
	for _, label := range labels {
		name += " " + quote(label)
	}
	b.name, b.labels = as(name), labels
}

// value is what a word is, right or not; it is written.
func (b *block) value(word string) literal { return b.scope.literal(b.body.Attributes[word].Expr) }

// once reads an inner block without labels that may be written once, and says
// whether it is.
func (b *block) once(word string, do func(*block)) bool {
	var first *block
	b.each(word, word, func(in *block) {
		if first != nil {
			b.r.problem(in.at, phrase(words.ConfigTwice, word, b.r.place(first.at)))
			return
		}
		first = in
		do(in)
	})
	return first != nil
}

// texts reads a block of free words, each with a text: labels, annotations.
func (b *block) texts(word string, key func(name string) *said, check func(name string, value literal) *said) map[string]string {
	var all map[string]string
	b.once(word, func(in *block) {
		for _, a := range inOrder(in.body.Attributes) {
			if bad := key(a.Name); bad != nil {
				b.r.problem(a.NameRange, *bad)
				continue
			}
			l := b.scope.literal(a.Expr)
			v, bad := anyText(l)
			if bad != nil {
				b.r.badValue(a.Name, l, bad)
				continue
			}
			if s := check(a.Name, l); s != nil {
				b.r.problem(l.at, *s)
				continue
			}
			if all == nil {
				all = map[string]string{}
			}
			all[a.Name] = v
		}
		in.body.Attributes = nil
		in.done()
	})
	return all
}

// rest takes every value that no one asked for, in their order.
func (b *block) rest(do func(*hclsyntax.Attribute)) {
	for _, a := range inOrder(b.body.Attributes) {
		if !slices.Contains(b.words, a.Name) && !slices.Contains(b.blocks, a.Name) {
			b.words = append(b.words, a.Name)
			do(a)
		}
	}
}

// done refuses what was not asked for.
func (b *block) done() {
	for _, a := range inOrder(b.body.Attributes) {
		switch {
		case slices.Contains(b.words, a.Name):
		case slices.Contains(b.blocks, a.Name):
			b.r.problem(a.NameRange, phrase(words.ConfigIsBlock, a.Name))
		default:
			b.unknown(words.ConfigUnknownWord, a.Name, b.words, a.NameRange)
		}
	}
	for _, in := range b.body.Blocks {
		switch {
		case slices.Contains(b.blocks, in.Type):
		case slices.Contains(b.words, in.Type):
			b.r.problem(in.TypeRange, phrase(words.ConfigIsValue, in.Type))
		default:
			b.unknown(words.ConfigUnknownBlock, in.Type, b.blocks, in.TypeRange)
		}
	}
}

func (b *block) unknown(key, word string, known []string, at hcl.Range) {
	hint := near(word, append(slices.Clone(known), append(b.blocks, b.words...)...))
	var list any = strings.Join(known, ", ")
	if len(known) == 0 {
		list = phrase(words.ConfigNoneKnown)
	}
	b.r.problem(at, phrase(key, clip(word), b.name, list), hint)
}

func inOrder(attributes hclsyntax.Attributes) []*hclsyntax.Attribute {
	all := make([]*hclsyntax.Attribute, 0, len(attributes))
	for _, a := range attributes {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *hclsyntax.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	return all
}

// place shows where something is: file:line.
func (r *reading) place(at hcl.Range) string {
	return at.Filename + ":" + strconv.Itoa(at.Start.Line)
}

// unique notes names and refuses the second of one.
type unique map[string]hcl.Range

func (u unique) add(r *reading, name string, b *block) bool {
	if first, ok := u[name]; ok {
		r.problem(b.at, phrase(words.ConfigTwice, b.name, r.place(first)))
		return false
	}
	u[name] = b.at
	return true
}

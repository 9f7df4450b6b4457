package configs

import (
	"slices"
	"strconv"
	"strings"

	"fengsui/configs/words"
)

// A block with the word for_each stands for many: one for each element of a
// list of texts, or of an object. In its values each.key and each.value are
// that element. Its own last label and the key, or the word id, are the name
// of each.
const (
	forEach = "for_each"
	eachID  = "id"
)

// expandable are the blocks that may stand for many.
var expandable = []string{"site", "unit", "unit.access", "link", "link.circuit", "device", "service", "point", "check"}

// expand calls do with a block for each element.
func (b *block) expand(word string, labels []string, do func(*block)) {
	elements, ok := b.elements()
	if !ok {
		return
	}
	seen := map[string]string{}
	for _, e := range elements {
		in := b.r.block(b.path, said{}, b.body, b.at)
		in.words = []string{forEach}
		in.scope = b.scope.with("each", "each", map[string]literal{"key": {kind: 't', text: e.key, at: e.value.at}, "value": e.value})
		id := strings.TrimSuffix(labels[len(labels)-1]+"-"+e.key, "-")
		in.call(word, labels) // until it has its own
		if in.body.Attributes[eachID] != nil {
			if !read(in, eachID, &id, wantName) {
				continue
			}
		} else if !namePattern.MatchString(id) {
			b.r.problem(e.value.at, phrase(words.ConfigEachID, quote(id), phrase(words.WantName)))
			continue
		}
		if first, twice := seen[id]; twice {
			b.r.problem(in.where(eachID), phrase(words.ConfigEachTwice, quote(first), quote(e.key), quote(id)))
			continue
		}
		seen[id] = e.key
		in.call(word, append(slices.Clone(labels[:len(labels)-1]), id))
		do(in)
	}
}

// An instance is one of what a block stands for.
type instance struct {
	key   string
	value literal
}

// elements reads for_each.
func (b *block) elements() ([]instance, bool) {
	l := b.value(forEach)
	var all []instance
	switch l.kind {
	case 'o':
		for _, key := range l.keys {
			all = append(all, instance{key, l.fields[key]})
		}
	case 'l':
		for _, item := range l.list {
			if item.kind != 't' {
				b.r.badValue(forEach, item, wants(words.WantText))
				return nil, false
			}
			all = append(all, instance{item.text, item})
		}
	default:
		b.r.badValue(forEach, l, wants(words.WantForEach))
		return nil, false
	}
	if len(all) > maxBlocks {
		b.r.problem(l.at, phrase(words.ConfigTooMany, forEach, strconv.Itoa(maxBlocks)))
		return nil, false
	}
	return all, true
}

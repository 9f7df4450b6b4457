// Package words holds every sentence that people read, in Chinese and in
// English, but for the reasons of checks, which their kinds declare.
//
// A part of the product has a file of its own here with its map, from a key
// to the two sentences (fmt verbs, Chinese first), and is listed in all. The
// two sentences of a key take the same arguments; where their order differs,
// write explicit indices: %[2]s.
package words

import "fmt"

// all lists the maps of the files of this package; a key occurs in one only.
var all = []map[string][2]string{
	agentWords,
	alertWords,
	alertTextWords,
	configWords,
	planWords,
	inventoryWords,
	ingestWords,
	identityWords,
	siteWords,
	plainWords,
	packWords,
	authorityWords,
	outageWords,
	taskWords,
	calendarWords,
	sheetWords,
	tableWords,
	workbookWords,
	contactWords,
	indicatorWords,
	pointWords,
	diagnoseWords,
}

var index = func() map[string][2]string {
	joined := map[string][2]string{}
	for _, words := range all {
		for key, both := range words {
			joined[key] = both
		}
	}
	return joined
}()

// Text returns the sentence of a key in Chinese for "zh" and in English
// otherwise. A key without a sentence is shown as it is, with its arguments:
// a person reads something, and the tests of this package forbid it.
func Text(key, lang string, args ...any) string {
	both, ok := index[key]
	if !ok {
		if len(args) == 0 {
			return key
		}
		return fmt.Sprint(key, " ", args)
	}
	text := both[1]
	if lang == "zh" {
		text = both[0]
	}
	return fmt.Sprintf(text, args...)
}

// Known says whether a key has its sentences.
func Known(key string) bool { _, ok := index[key]; return ok }

// Keys returns every key that starts with prefix, in no order.
func Keys(prefix string) []string {
	var keys []string
	for key := range index {
		if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
			keys = append(keys, key)
		}
	}
	return keys
}

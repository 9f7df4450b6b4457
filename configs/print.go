package configs

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"fengsui/configs/words"
)

// Write prints problems for people as a compiler does: the place, the
// sentence in English, the line with what is wrong in it underlined, and the
// sentence in Chinese.
//
//	sites.hcl:4:14: error: interval is "10", want a length of time such as …
//	    4 |   interval = "10"
//	      |              ^^^^
//	      = 错误：interval 的值是 "10"，应为时长，例如 …
//
// Lines of source longer than width columns are cut around what is wrong; a
// width of 0 means 120. Sentences are left to the terminal to break.
func Write(w io.Writer, problems []Problem, color bool, width int) error {
	if width <= 0 {
		width = 120
	}
	var b strings.Builder
	for _, p := range problems {
		paint, word := "\x1b[31m", words.ConfigError
		if p.Warning {
			paint, word = "\x1b[33m", words.ConfigWarning
		}
		strong, faint, plain := "\x1b[1m", "\x1b[2m", "\x1b[0m"
		if !color {
			paint, strong, faint, plain = "", "", "", ""
		}
		fmt.Fprintf(&b, "%s%s:%s %s%s:%s %s\n", strong, p.Place(), plain, paint, words.Text(word, "en"), plain, p.EN)
		margin := "    "
		if p.Line > 0 {
			line := fmt.Sprintf("%5d", p.Line)
			margin = strings.Repeat(" ", len(line))
			before, marked, after := cut(p, width-len(line)-3)
			fmt.Fprintf(&b, "%s%s |%s %s%s%s%s%s\n", faint, line, plain, before, paint, marked, plain, after)
			fmt.Fprintf(&b, "%s%s |%s %s%s%s%s\n", faint, margin, plain, strings.Repeat(" ", Columns(before)), paint,
				strings.Repeat("^", max(1, Columns(marked))), plain)
		}
		fmt.Fprintf(&b, "%s %s=%s %s：%s\n", margin, faint, plain, words.Text(word, "zh"), p.ZH)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cut returns the line of a problem in three parts that fit into width
// columns: what is wrong, and as much as there is room for around it.
func cut(p Problem, width int) (before, marked, after string) {
	width = max(width, 20)
	before, marked, after = visible(p.Text[:p.From]), visible(p.Text[p.From:p.To]), visible(p.Text[p.To:])
	marked = head(marked, width-6)
	room := width - Columns(marked)
	if Columns(before) > room/2 && Columns(before)+Columns(after) > room {
		before = tail(before, max(room/2, room-Columns(after)))
	}
	after = head(after, room-Columns(before))
	return before, marked, after
}

// visible replaces what a terminal would act on.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

func head(s string, width int) string {
	if Columns(s) <= width {
		return s
	}
	used := 0
	for i, r := range s {
		if used += columnsOf(r); used > width-1 {
			return s[:i] + "…"
		}
	}
	return s
}

func tail(s string, width int) string {
	used := 1
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if used += columnsOf(r); used > width {
			return "…" + s[i:]
		}
		i -= size
	}
	return s
}

// Columns is the width of a text on a terminal.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

// columnsOf is 2 for the wide characters of East Asian scripts (UAX 11, W and
// F), 0 for marks that combine, else 1.
func columnsOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana),
		r >= 0x3000 && r <= 0x303F, r >= 0xFF01 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6, r >= 0x1F300 && r <= 0x1FAFF:
		return 2
	}
	return 1
}

// clip shortens what a sentence quotes from the source: one line, bounded.
func clip(s string) string {
	s, _, more := strings.Cut(s, "\n")
	runes := []rune(visible(s))
	if len(runes) > 60 {
		runes, more = runes[:60], true
	}
	if more {
		return string(runes) + "…"
	}
	return string(runes)
}

// quote shows a text in a sentence.
func quote(s string) string { return clip(strconv.Quote(s)) }

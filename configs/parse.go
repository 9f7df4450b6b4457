package configs

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"fengsui/configs/words"
)

// parse parses one source: UTF-8 with or without a byte order mark, lines
// that end as Unix or Windows has it. Nil means that nothing is usable.
func (r *reading) parse(name string, src []byte) *hclsyntax.Body {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	r.sources[name] = src
	if at, bad := firstBad(name, src); bad {
		r.broken = true
		r.problem(at, phrase(words.ConfigNotUTF8, fmt.Sprintf("% X", src[at.Start.Byte:at.End.Byte])))
		return nil
	}
	body, diags := r.part(name, src, hcl.Pos{Line: 1, Column: 1})
	if !diags.HasErrors() {
		return body
	}
	// The parser loses its way after a mistake. What follows is found again
	// where a line begins as blocks and values of the top level do.
	joined := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}}
	for _, p := range split(src) {
		if r.omitted > 0 { // enough
			break
		}
		body, diags := r.part(name, p.src, p.start)
		r.syntax(name, p, diags)
		if body == nil {
			continue
		}
		// What a syntax error lies in says nothing more about itself.
		joined.Blocks = append(joined.Blocks, slices.DeleteFunc(body.Blocks, func(b *hclsyntax.Block) bool {
			return slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool {
				return d.Subject != nil && d.Summary != redefined && touches(b.Range(), b.Body.Range(), *d.Subject)
			})
		})...)
		for _, a := range inOrder(body.Attributes) {
			if joined.Attributes[a.Name] != nil {
				r.problem(a.NameRange, phrase(words.ConfigWordTwice, a.Name, phrase(words.ConfigTopLevel)))
				continue
			}
			joined.Attributes[a.Name] = a
		}
	}
	return joined
}

// redefined is what the parser says of a value that is whole, only one too
// many: no syntax error to us.
const redefined = "Attribute redefined"

// part parses a part of a source that begins at start. Nil means that it was
// not parsed at all, because it is nested too deep.
func (r *reading) part(name string, src []byte, start hcl.Pos) (*hclsyntax.Body, hcl.Diagnostics) {
	tokens, _ := hclsyntax.LexConfig(src, name, start) // ParseConfig says the same again
	if at, deep := tooDeep(tokens); deep {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: nestedTooDeep, Subject: &at}}
	}
	file, diags := hclsyntax.ParseConfig(src, name, start)
	if file == nil {
		return nil, diags
	}
	return file.Body.(*hclsyntax.Body), diags
}

const nestedTooDeep = "Nested too deep"

// syntax reports what the parser says of a part, once for each line: what it
// says after that follows from it. After a text without an end it understands
// nothing any more and complains of every line.
func (r *reading) syntax(name string, p part, diags hcl.Diagnostics) {
	told := map[int]bool{}
	for _, d := range diags {
		at := hcl.Range{Filename: name, Start: p.start, End: p.start}
		if d.Subject != nil {
			at = *d.Subject
		}
		switch d.Summary {
		case redefined:
			r.problem(at, phrase(words.ConfigWordTwice, string(at.SliceBytes(r.sources[name])), phrase(words.ConfigThisBlock)))
			continue
		case nestedTooDeep:
			r.problem(at, phrase(words.ConfigDeep, strconv.Itoa(maxNesting)))
		default:
			if told[at.Start.Line] {
				continue
			}
			told[at.Start.Line] = true
			r.problem(at, phrase(words.ConfigSyntax, syntaxZH(d.Summary), d.Summary+": "+strings.Join(strings.Fields(d.Detail), " ")))
		}
		r.lost[""] = true
		for _, m := range heading.FindAllSubmatch(p.src, -1) {
			r.lost[string(m[1])+" "+string(m[2])] = true
		}
		switch d.Summary {
		case "Invalid multi-line string", "Unterminated template string", "Unclosed configuration block":
			return
		}
	}
}

// A part is a piece of a source with its place.
type part struct {
	src   []byte
	start hcl.Pos
}

// topLine is a line that begins a block or a value of the top level, when it
// is not indented.
var topLine = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*[ \t]*(=[^=]|("[^"]*"[ \t]*)*\{)`)

// heading is the head of a block that others refer to.
var heading = regexp.MustCompile(`(?m)^[ \t]*(site|service|receiver|tier|unit|link|device|point|hours|secret|profile|variable)[ \t]+"([^"\n]*)"`)

// split cuts a source before every line that looks like the beginning of
// something at the top level.
func split(src []byte) []part {
	parts := []part{{start: hcl.Pos{Line: 1, Column: 1}}}
	from, line := 0, 1
	for i := 0; i < len(src); line++ {
		end := len(src)
		if n := bytes.IndexByte(src[i:], '\n'); n >= 0 {
			end = i + n + 1
		}
		if i > 0 && topLine.Match(src[i:end]) {
			parts[len(parts)-1].src = src[from:i]
			parts = append(parts, part{start: hcl.Pos{Line: line, Column: 1, Byte: i}})
			from = i
		}
		i = end
	}
	parts[len(parts)-1].src = src[from:]
	return parts
}

// touches says whether a or b meets at.
func touches(a, b, at hcl.Range) bool {
	meets := func(r hcl.Range) bool { return r.Start.Byte <= at.End.Byte && at.Start.Byte <= r.End.Byte }
	return meets(a) || meets(b)
}

// firstBad finds the first bytes that are not UTF-8, up to four of them.
func firstBad(name string, src []byte) (hcl.Range, bool) {
	if utf8.Valid(src) {
		return hcl.Range{}, false
	}
	line, column := 1, 1
	for i := 0; i < len(src); {
		c, n := utf8.DecodeRune(src[i:])
		if c == utf8.RuneError && n == 1 {
			end := i
			for end < len(src) && end < i+4 && src[end] >= 0x80 {
				end++
			}
			return hcl.Range{
				Filename: name,
				Start:    hcl.Pos{Line: line, Column: column, Byte: i},
				End:      hcl.Pos{Line: line, Column: column + end - i, Byte: end},
			}, true
		}
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
		i += n
	}
	panic("BUG: invalid UTF-8 without an invalid byte")
}

// syntaxZH says in Chinese what HCL's parser complains about, as far as
// people meet it; the English words of the parser always stand beside it.
func syntaxZH(summary string) string {
	switch summary {
	case "Argument or block definition required", "Argument definition required", "Invalid argument name":
		return "此处应为“词 = 值”或一个块"
	case "Invalid block definition", "Missing newline after block definition":
		return "块的写法不对"
	case "Invalid single-argument block definition":
		return "写在一行里的块只能有一个词，请换行书写"
	case "Unclosed configuration block", "Unclosed configuration body":
		return "块缺少右大括号 }"
	case "Invalid expression", "Missing expression", "Missing attribute value":
		return "此处应为一个值"
	case "Missing item separator", "Unterminated tuple constructor expression":
		return "列表各项之间应有逗号，末尾应有 ]"
	case "Missing newline after argument", "Extra characters after expression":
		return "值后面有多余的内容"
	case "Unterminated template string", "Unterminated string literal", "Invalid multi-line string", "Invalid string literal":
		return "文字缺少右引号"
	case "Invalid escape sequence":
		return "文字中的反斜杠转义不对"
	case "Invalid character", "Invalid character encoding":
		return "此处不能使用该字符（注意全角标点和中文引号）"
	}
	return "见后面的英文说明"
}

package sheet

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fengsui/configs/words"
)

// decode returns a text as UTF-8 with plain line ends, whether it was UTF-8,
// with or without a byte order mark, or GB18030 (of which GBK is a part), as
// Excel and WPS write where nobody chose.
func decode(src []byte) ([]byte, *Fault) {
	if bytes.HasPrefix(src, []byte{0xFF, 0xFE}) || bytes.HasPrefix(src, []byte{0xFE, 0xFF}) {
		return nil, &Fault{Key: words.SheetUTF16}
	}
	if bytes.HasPrefix(src, []byte("PK\x03\x04")) || bytes.HasPrefix(src, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return nil, &Fault{Key: words.SheetWorkbook}
	}
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	text := src
	if !utf8.Valid(src) {
		if line := mixed(src); line > 0 {
			return nil, &Fault{Key: words.SheetMixed, Args: []any{fmt.Sprint(line)}}
		}
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(src)
		if err != nil {
			return nil, &Fault{Key: words.SheetEncoding}
		}
		text = decoded
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	for n, line := range bytes.Split(text, []byte("\n")) {
		for _, broken := range []string{"\uFFFD", "锟斤拷", "\x00"} {
			if i := bytes.Index(line, []byte(broken)); i >= 0 {
				return nil, &Fault{Key: words.SheetGarbled, Args: []any{fmt.Sprint(n + 1), fmt.Sprint(utf8.RuneCount(line[:i]) + 1)}}
			}
		}
	}
	return text, nil
}

// mixed returns the first line that is not UTF-8 of a text in which another
// surely is: such a text has two encodings, or is damaged, and read as
// GB18030 it would become other characters that nobody notices.
func mixed(src []byte) int {
	sure, odd := false, 0
	for n, line := range bytes.Split(src, []byte("\n")) {
		switch {
		case !utf8.Valid(line):
			if odd == 0 {
				odd = n + 1
			}
		case bytes.ContainsFunc(line, func(r rune) bool { return r >= 0x3000 && r < 0xFFFD }):
			sure = true
		}
	}
	if !sure {
		return 0
	}
	return odd
}

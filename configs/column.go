package configs

import (
	"regexp"
	"slices"
	"strings"

	"fengsui/configs/words"
)

// A Column is what a table may have. Its word is the word of the block that a
// row stands for, and the English head of the column.
type Column struct {
	Word  string
	Heads []string // Chinese heads; the first is the one that is exported
	Shape Shape
	Needs bool              // a table without this column is refused
	Names map[string]string // of things: as an office writes them, and the word
	Usual string            // what no cell says; a column of nothing else is not exported
}

// A Shape is how the cells of a column look, as far as a spreadsheet can spoil
// them; the block judges the rest.
type Shape byte

// The shapes of cells.
const (
	Free  Shape = iota // what people read
	Name               // a-z, 0-9, - and _
	Code               // digits, whose first may be a zero
	Line               // any text of one word: a number of a contract, a version
	List               // several, with blanks between them
	Flag               // 是 or 否
	Rate               // 100Mbps; a plain number where the head says Mbps
	Day                // 2026-11-24
	Count              // a whole number
	Thing              // one of Names
	Phone              // 0472-3333333
)

// kindNames are what an office calls the kinds of sites.
var kindNames = map[string]string{
	"市级": "city", "市级节点": "city", "市": "city",
	"区级": "hub", "区级节点": "hub", "区": "hub", "中心": "hub",
	"镇街道": "town", "镇（街道）": "town", "镇": "town", "街道": "town", "镇街": "town", "园区": "town",
	"社区村": "community", "社区（村）": "community", "社区": "community", "村": "community",
	"大厅": "hall", "服务大厅": "hall",
	"city": "city", "hub": "hub", "town": "town", "community": "community", "hall": "hall",
}

var exported = map[string]string{
	"city": "市级", "hub": "区级", "town": "镇街道", "community": "社区村", "hall": "大厅",
	"yes": "是", "no": "否", "unset": "未定", "1": "一级", "2": "二级",
	"fiber": "光纤", "cable": "广电", "vpn": "VPN", "5g": "5G", "other": "其他",
}

// accessNames are what an office calls the ways of access.
var accessNames = map[string]string{
	"光纤": "fiber", "专线": "fiber", "广电": "cable", "VPN": "vpn", "5G": "5g", "其他": "other",
	"fiber": "fiber", "cable": "cable", "vpn": "vpn", "5g": "5g", "other": "other",
}

// budgetNames are what the finance bureau's list says of a unit.
var budgetNames = map[string]string{
	"是": "yes", "否": "no", "未定": "unset", "yes": "yes", "no": "no", "unset": "unset",
}

// levelNames are how that list writes a budget level.
var levelNames = map[string]string{
	"一级": "1", "二级": "2", "一级预算单位": "1", "二级预算单位": "2", "1": "1", "2": "2",
}

// fold is how heads of columns are compared: without blanks, brackets and
// what stands in them, in small letters of half width.
func fold(head string) string {
	head = strings.ToLower(halfWidth(head))
	head = inBrackets.ReplaceAllString(head, "")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\r_*:：\u3000\u00A0\uFEFF", r) {
			return -1
		}
		return r
	}, head)
}

var inBrackets = regexp.MustCompile(`\([^)]*\)`)

// halfWidth writes letters, digits and signs of full width as those of ASCII.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		case r == 0x3000 || r == 0x00A0:
			return ' '
		}
		return r
	}, s)
}

// named says whether a head is that of the column.
func (c Column) named(head string) bool {
	head = fold(head)
	return head == fold(c.Word) || slices.ContainsFunc(c.Heads, func(h string) bool { return head == fold(h) })
}

// heads are the heads of columns as sentences list them.
func heads(columns []Column) said {
	zh, en := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		zh[i], en[i] = c.Heads[0], c.Word
	}
	return phrase(words.TableHeads, strings.Join(zh, "、"), strings.Join(en, ", "))
}

var (
	scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$`)
	asDate     = regexp.MustCompile(`^([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[0-9]{1,4}年[0-9]{1,2}月([0-9]{1,2}日)?|[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{1,2})$`)
	phone      = regexp.MustCompile(`^\+?[0-9][0-9 ()-]{1,30}$`)
	digits     = regexp.MustCompile(`^[0-9]+$`)
)

// fits says whether a text may be in a column, near enough to see columns
// whose contents were swapped.
func (c Column) fits(text string) bool {
	switch c.Shape {
	case Free:
		return !digits.MatchString(text) && !namePattern.MatchString(text)
	case Name:
		return namePattern.MatchString(text)
	case Code:
		return digits.MatchString(text)
	case Phone:
		return phone.MatchString(text)
	case Flag:
		_, ok := flags[text]
		return ok
	case Thing:
		_, ok := c.Names[text]
		return ok
	case Rate:
		_, bad := wantRate(0, 1<<62)(literal{kind: 't', text: text})
		return bad == nil || digits.MatchString(text)
	}
	return true
}

var flags = map[string]bool{"是": true, "否": false, "true": true, "false": false, "yes": true, "no": false, "Y": true, "N": false}

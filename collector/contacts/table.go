package contacts

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/configs"
	"fengsui/configs/words"
)

// The columns of the two tables.
var (
	contactColumns = []configs.Column{
		{Word: "node", Heads: []string{"对象"}, Shape: configs.Line, Needs: true},
		{Word: "role", Heads: []string{"角色", "职务", "岗位"}, Needs: true},
		{Word: "name", Heads: []string{"姓名", "联系人"}, Needs: true},
		{Word: "phone", Heads: []string{"电话", "联系电话", "手机"}, Shape: configs.Phone, Needs: true},
		{Word: "hours", Heads: []string{"时间", "联系时间"}},
	}
	carrierColumns = []configs.Column{
		{Word: "circuit", Heads: []string{"电路", "线路"}, Shape: configs.Line, Needs: true},
		{Word: "carrier", Heads: []string{"运营商"}, Needs: true},
		{Word: "hotline", Heads: []string{"报修电话", "客服电话"}, Shape: configs.Phone, Needs: true},
		{Word: "number", Heads: []string{"电路编号", "电路代号", "专线号"}, Shape: configs.Line, Needs: true},
		{Word: "contract", Heads: []string{"合同号", "合同编号"}, Shape: configs.Line},
		{Word: "repair", Heads: []string{"承诺修复", "修复时限"}, Shape: configs.Line},
	}
)

// maxText bounds a text of a contact, in characters.
const maxText = 64

// An Import is what one file changed.
type Import struct {
	Carriers bool // it is the table of the carriers, else that of the contacts
	Rows     int
	Change   Change
}

// ErrEmpty is the error of a table without a row.
var ErrEmpty = errors.New(words.Text(words.ContactsEmpty, "zh") + " / " + words.Text(words.ContactsEmpty, "en"))

// Import reads a table and replaces by it all contacts, or all carriers, as
// its heads say. Of a table with a mistake nothing is taken, nor of one without
// a row, unless clear says that nothing shall be left.
func (b *Book) Import(ctx context.Context, file string, open configs.Workbook, d *configs.District, clear bool) (Import, error) {
	rows, err := configs.ReadRows(file, open, contactColumns, carrierColumns)
	if err != nil {
		return Import{}, err
	}
	if rows.Table == 1 {
		all := readCarriers(rows, d)
		if err := whole(rows, clear); err != nil {
			return Import{}, err
		}
		change, err := b.ReplaceCarriers(ctx, all)
		return Import{true, len(all), change}, err
	}
	all := readContacts(rows, d)
	if err := whole(rows, clear); err != nil {
		return Import{}, err
	}
	change, err := b.ReplaceContacts(ctx, all)
	return Import{false, len(all), change}, err
}

func whole(rows *configs.Rows, clear bool) error {
	err := rows.Err()
	if err == nil && rows.Len() == 0 && !clear {
		return ErrEmpty
	}
	return err
}

func readContacts(rows *configs.Rows, d *configs.District) []Contact {
	known := nodes(d)
	type key struct{ node, role, name string }
	first := map[key]int{}
	var all []Contact
	for i := range rows.Len() {
		node := rows.Text(i, "node")
		if _, ok := known[configs.Node(node)]; !ok {
			rows.Refuse(i, "node", meant(node, known), words.ContactNode, quote(node))
		}
		k := key{node, rows.Text(i, "role"), rows.Text(i, "name")}
		if line, twice := first[k]; twice {
			rows.Refuse(i, "name", "", words.ContactTwice, itoa(line))
		}
		first[k] = rows.Line(i)
		short(rows, i, "role", "name", "phone", "hours")
		all = append(all, Contact{configs.Node(node), k.role, k.name, rows.Text(i, "phone"), rows.Text(i, "hours")})
	}
	return all
}

func readCarriers(rows *configs.Rows, d *configs.District) []Carrier {
	known := nodes(d)
	for n := range known {
		if n.Kind() != "circuit" {
			delete(known, n)
		}
	}
	first := map[configs.Node]int{}
	var all []Carrier
	for i := range rows.Len() {
		written := rows.Text(i, "circuit")
		circuit := configs.NodeOf("circuit", strings.TrimPrefix(written, "circuit."))
		if _, ok := known[circuit]; !ok {
			rows.Refuse(i, "circuit", configs.Node(meant(string(circuit), known)).ID(), words.ContactCircuit, quote(written))
		}
		if line, twice := first[circuit]; twice {
			rows.Refuse(i, "circuit", "", words.ContactTwice, itoa(line))
		}
		first[circuit] = rows.Line(i)
		repair, ok := duration(rows.Text(i, "repair"))
		if !ok {
			rows.Refuse(i, "repair", "", words.ContactRepair, quote(rows.Text(i, "repair")))
		}
		short(rows, i, "carrier", "hotline", "number", "contract")
		all = append(all, Carrier{circuit, rows.Text(i, "carrier"), rows.Text(i, "hotline"), rows.Text(i, "number"), rows.Text(i, "contract"), repair})
	}
	return all
}

// short refuses texts that no alert has room for.
func short(rows *configs.Rows, row int, columns ...string) {
	for _, word := range columns {
		if text := rows.Text(row, word); len([]rune(text)) > maxText || strings.ContainsAny(text, "\r\n\t") {
			rows.Refuse(row, word, "", words.ContactLong, itoa(maxText))
		}
	}
}

// nodes are all that a contact may be of, with their names.
func nodes(d *configs.District) map[configs.Node]string {
	all := map[configs.Node]string{}
	for _, s := range d.Sites {
		all[s.Node()] = s.Name
	}
	for _, s := range d.Services {
		all[s.Node()] = s.Name
	}
	for _, u := range d.Units {
		all[configs.NodeOf("unit", u.ID)] = u.Name
		for _, a := range u.Access {
			all[a.Node()] = ""
		}
	}
	for _, l := range d.Links {
		all[configs.NodeOf("link", l.ID)] = l.Name
		for _, c := range l.Circuits {
			all[c.Node()] = ""
		}
	}
	for _, v := range d.Devices {
		all[configs.NodeOf("device", v.ID)] = v.Name
	}
	return all
}

// meant is the node that somebody meant who wrote its name, its id without
// its kind, or something near to it.
func meant(written string, known map[configs.Node]string) string {
	var ids []string
	for n := range known {
		ids = append(ids, string(n))
	}
	slices.Sort(ids)
	for _, id := range ids {
		if name := known[configs.Node(id)]; name != "" && name == written || configs.Node(id).ID() == written {
			return id
		}
	}
	return configs.Near(written, ids)
}

var chinese = regexp.MustCompile(`^([0-9]{1,4}) ?(分钟|小时|天)$`)

// duration reads 4h or 4小时; nothing is 0.
func duration(s string) (time.Duration, bool) {
	if m := chinese.FindStringSubmatch(s); m != nil {
		s = m[1] + map[string]string{"分钟": "m", "小时": "h", "天": "d"}[m[2]]
	}
	if s == "" {
		return 0, true
	}
	d, err := checks.ParseDuration(s)
	return d, err == nil && d > 0 && d <= 90*24*time.Hour
}

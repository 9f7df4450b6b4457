package contacts

import (
	"context"
	"strconv"
	"time"

	"fengsui/configs"
)

// Export returns the table of the contacts, or of the carriers, as Import
// takes it.
func (b *Book) Export(ctx context.Context, carriers bool) ([][]string, error) {
	if carriers {
		all, err := b.Carriers(ctx)
		rows := [][]string{heads(carrierColumns)}
		for _, c := range all {
			rows = append(rows, []string{c.Circuit.ID(), c.Name, c.Hotline, c.Number, c.Contract, hours(c.Repair)})
		}
		return rows, err
	}
	all, err := b.Contacts(ctx)
	rows := [][]string{heads(contactColumns)}
	for _, c := range all {
		rows = append(rows, []string{string(c.Node), c.Role, c.Name, c.Phone, c.Hours})
	}
	return rows, err
}

func heads(columns []configs.Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Heads[0]
	}
	return all
}

// hours writes a promised time as an office does.
func hours(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "小时"
	case d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "分钟"
	}
	return d.String()
}

func itoa(n int) string     { return strconv.Itoa(n) }
func quote(s string) string { return strconv.Quote(s) }

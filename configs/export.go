package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"fengsui/configs/calendar"
	"fengsui/configs/words"
)

// Tables are the names of the tables that a district may have.
func Tables() []string { return sortedKeys(tables) }

// ExportTable writes a part of a district as the rows of its table, heads
// first, in Chinese. Read again they say the same; a column in which nobody
// has anything unusual is left out.
func ExportTable(d *District, table string) ([][]string, error) {
	t, known := tables[table]
	if !known {
		args := []any{quote(table), strings.Join(Tables(), ", ")}
		return nil, errors.New(words.Text(words.TableUnknown, "zh", args...) + " / " + words.Text(words.TableUnknown, "en", args...))
	}
	values := exports[table](d)
	rows := make([][]string, 1+len(values))
	for _, c := range t.columns {
		cells, said := make([]string, len(values)), c.Needs || c.Word == "name"
		for i, of := range values {
			cells[i] = c.write(of[c.Word])
			said = said || cells[i] != "" && cells[i] != c.Usual
		}
		if !said {
			continue
		}
		rows[0] = append(rows[0], c.Heads[0])
		for i, cell := range cells {
			rows[i+1] = append(rows[i+1], cell)
		}
	}
	return rows, nil
}

// write writes a value as a cell of the column.
func (c Column) write(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "是"
		}
		return "否"
	case int64:
		if v == 0 {
			return ""
		}
		return rate(v)
	case []string:
		return strings.Join(v, " ")
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.In(calendar.Zone).Format(time.DateOnly)
	case []Node:
		return joined(v)
	case []netip.Addr:
		return joined(v)
	case []netip.Prefix:
		return joined(v)
	case string:
		if c.Shape == Thing {
			if name := exported[v]; slices.Contains(sortedKeys(c.Names), name) {
				return name
			}
		}
		return v
	}
	panic(fmt.Sprintf("BUG: no cell for a %T", v))
}

func joined[T any](list []T) string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = fmt.Sprint(v)
	}
	return strings.Join(all, " ")
}

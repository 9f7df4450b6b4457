package all_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/checks/lab"
)

// The verdict table, which says itself how it is read.
const tablePath = "verdicts.txt"

// tabled are the kinds whose every reason and criterion has its rows.
var tabled = []string{
	"http",
	"icmp",
	"ntp",
	"path",
	"tcp",
	"tls",
}

// A row of the table.
type row struct {
	line   int
	kind   string
	name   string
	world  []string // words, in their order
	check  []string // target and options
	v4, v6 string
	pair   string
	about  []string // reasons and criteria
}

// An elsewhere names the test that shows what no world can be arranged for.
type elsewhere struct{ kind, about, test string }

func readTable(t *testing.T) (rows []row, others []elsewhere) {
	t.Helper()
	text, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "|")
		for j := range cells {
			cells[j] = strings.TrimSpace(cells[j])
		}
		switch {
		case len(cells) == 3:
			others = append(others, elsewhere{cells[0], cells[1], cells[2]})
		case len(cells) == 8:
			r := row{line: i + 1, kind: cells[0], name: cells[1], v4: cells[4], v6: cells[5], pair: cells[6]}
			r.world, r.check, r.about = list(cells[2], ";"), strings.Fields(cells[3]), list(cells[7], ",")
			rows = append(rows, r)
		default:
			t.Fatalf("%s:%d: it has %d cells, want 8, or 3 for what is shown elsewhere", tablePath, i+1, len(cells))
		}
	}
	return rows, others
}

func list(cell, separator string) (all []string) {
	for _, word := range strings.Split(cell, separator) {
		if word = strings.TrimSpace(word); word != "" && word != "-" {
			all = append(all, word)
		}
	}
	return all
}

// TestTableIsAligned: it is read by people. -update writes it so.
func TestTableIsAligned(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	aligned := align(string(text))
	if *update {
		if err := os.WriteFile(tablePath, []byte(aligned), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if aligned != string(text) {
		t.Errorf("%s is not aligned: run go test -update", tablePath)
	}
}

// align pads the cells of each block of lines to one width, but for the last.
func align(text string) string {
	lines := strings.Split(text, "\n")
	for from := 0; from < len(lines); {
		to := from
		for to < len(lines) && lines[to] != "" && !strings.HasPrefix(lines[to], "#") {
			to++
		}
		var widths []int
		for pass := range 2 {
			for i, line := range lines[from:to] {
				cells := strings.Split(line, "|")
				for j := range cells[:len(cells)-1] {
					cells[j] = strings.TrimSpace(cells[j])
					if j == len(widths) {
						widths = append(widths, 0)
					}
					widths[j] = max(widths[j], utf8.RuneCountInString(cells[j]))
					if pass == 1 {
						cells[j] += strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cells[j]))
					}
				}
				if last := len(cells) - 1; pass == 1 {
					cells[last] = strings.TrimSpace(cells[last])
					lines[from+i] = strings.Join(cells, " | ")
				}
			}
		}
		from = to + 1
	}
	return strings.Join(lines, "\n")
}

// TestVerdicts arranges the world of each row and looks at it as an agent does.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	rows, _ := readTable(t)
	for _, r := range rows {
		t.Run(fmt.Sprintf("%s/%d: %s", r.kind, r.line, r.name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.order = r.order(t)
			w.arrange(r.world)
			w.look()
			for _, c := range []struct{ where, want, got string }{
				{"on IPv4", r.v4, say(w.last.V4, w.last.Findings, checks.V4, r.v4)},
				{"on IPv6", r.v6, say(w.last.V6, w.last.Findings, checks.V6, r.v6)},
				{"of the pair", r.pair, say(w.last.Pair, w.last.Findings, checks.Pair, r.pair)},
			} {
				if c.got != c.want {
					t.Errorf("%s:%d: the verdict %s is %q, want %q\n%+v", tablePath, r.line, c.where, c.got, c.want, w.last)
				}
			}
		})
	}
}

// order reads the cell of the check: its target, and words as in HCL.
func (r row) order(t *testing.T) order {
	t.Helper()
	o := order{Kind: r.kind, Target: r.check[0], Timeout: 5 * time.Second, Options: map[string][]string{}}
	for _, word := range r.check[1:] {
		name, value, ok := strings.Cut(word, "=")
		var err error
		switch {
		case !ok:
			err = fmt.Errorf("want name=value")
		case name == "timeout":
			o.Timeout, err = time.ParseDuration(value)
		case name == "allow":
			o.Allow = value
		case name == "kinds":
			o.Kinds = strings.Split(value, ",")
		case name == "source":
			o.Source = value
		case name == "interface":
			o.Interface = value
		case name == "declared":
			o.Declared = strings.Split(value, ",")
		case name == "want_v6":
			o.WantV6, err = strconv.ParseBool(value)
		case name == "v4_only":
			o.V4Only, err = strconv.ParseBool(value)
		case name == "family":
			o.Family = map[string]checks.Family{"v4": checks.V4, "v6": checks.V6}[value]
		default:
			o.Options[name] = append(o.Options[name], strings.ReplaceAll(value, "~", " "))
		}
		if err != nil {
			t.Fatalf("%s:%d: the word %q of the check: %v", tablePath, r.line, word, err)
		}
	}
	return o
}

// say writes a verdict as a cell does. Of the findings only those that the cell
// names are told, and those that failed: a failure that nobody expects is never
// passed over.
func say(text string, findings []Found, f checks.Family, cell string) string {
	_, named, _ := strings.Cut(cell, ";")
	var told []string
	for _, x := range findings {
		if x.Family == f && (x.Outcome == "fail" || slices.ContainsFunc(list(named, ","), func(n string) bool { return strings.HasPrefix(n, x.Rule+" ") })) {
			told = append(told, x.Rule+" "+x.Outcome)
		}
	}
	// In the order of the cell, and what it does not name behind.
	wanted := list(named, ",")
	slices.SortStableFunc(told, func(a, b string) int { return place(wanted, a) - place(wanted, b) })
	if len(told) > 0 {
		text += "; " + strings.Join(told, ", ")
	}
	return text
}

func place(wanted []string, told string) int {
	rule, _, _ := strings.Cut(told, " ")
	if i := slices.IndexFunc(wanted, func(w string) bool { return strings.HasPrefix(w, rule+" ") }); i >= 0 {
		return i
	}
	return len(wanted)
}

var declared = regexp.MustCompile(`func (Test\w+)\(`)

// TestTableIsWhole: a reason or criterion without a row that shows it and one
// that shows its absence is a promise that nobody keeps.
func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	rows, others := readTable(t)
	whole := func(kind string, reasons []checks.Declaration, rules []string) {
		for _, d := range reasons {
			if !shownElsewhere(t, others, kind, d.Code) {
				both(t, rows, kind, d.Code, func(r row) bool { return r.shows(d.Code) }, func(r row) bool { return !r.shows(d.Code) })
			}
		}
		for _, rule := range rules {
			if !shownElsewhere(t, others, kind, rule) {
				both(t, rows, kind, rule, func(r row) bool { return r.finds(rule, "fail") || r.finds(rule, "unknown") }, func(r row) bool { return r.finds(rule, "pass") })
			}
		}
	}
	whole(every, checks.RunnerReasons, []string{
		checks.FindingAAAAAbsent, checks.FindingV4Only, checks.FindingV6Worse, checks.FindingResolver, checks.FindingAddresses,
	})
	for _, k := range all.Kinds() {
		if slices.Contains(tabled, k.Name) {
			whole(k.Name, k.Reasons, rules(t, k))
		}
	}
	for _, r := range rows {
		if !slices.Contains(tabled, r.kind) {
			t.Errorf("%s:%d: kind %s is not in the list of kinds that the table is whole for", tablePath, r.line, r.kind)
		}
	}
}

// every stands for all kinds: what the runner itself says.
const every = "every"

// both wants a row of a kind about a reason or criterion that fails, and one
// that passes.
func both(t *testing.T, rows []row, kind, about string, fails, passes func(row) bool) {
	t.Helper()
	rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool {
		return kind != every && r.kind != kind || !slices.Contains(r.about, about)
	})
	if f, p := slices.ContainsFunc(rows, fails), slices.ContainsFunc(rows, passes); !f || !p {
		t.Errorf("%s: %s has a failing row: %v, a passing row: %v; want both (its name in the last cell), or a line that names the test which shows it", kind, about, f, p)
	}
}

// shows says whether a row wants a reason.
func (r row) shows(code string) bool {
	for _, cell := range []string{r.v4, r.v6, r.pair} {
		verdict, _, _ := strings.Cut(cell, ";")
		if _, got, _ := strings.Cut(strings.TrimSpace(verdict), " "); got == code {
			return true
		}
	}
	return false
}

// finds says whether a row wants an outcome of a criterion.
func (r row) finds(rule, outcome string) bool {
	for _, cell := range []string{r.v4, r.v6, r.pair} {
		_, found, _ := strings.Cut(cell, ";")
		if slices.Contains(list(found, ","), rule+" "+outcome) {
			return true
		}
	}
	return false
}

// rules are the criteria of a kind, as its manual lists them.
func rules(t *testing.T, k *checks.Kind) (all []string) {
	t.Helper()
	for _, row := range table(manual(t, k)["Findings"]) {
		if !slices.Contains(all, row[0]) {
			all = append(all, row[0])
		}
	}
	return all
}

func shownElsewhere(t *testing.T, others []elsewhere, kind, code string) bool {
	t.Helper()
	for _, o := range others {
		if o.kind != kind || !slices.Contains(list(o.about, ","), code) {
			continue
		}
		folder, name, _ := strings.Cut(o.test, ".")
		dir := filepath.Join("../..", folder)
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil || !strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				if m[1] == name {
					return true
				}
			}
		}
		t.Errorf("%s of %s is said to be shown by %s, which is not there", code, kind, o.test)
	}
	return false
}

package all_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"fengsui/checks"
	"fengsui/checks/all"
)

var update = flag.Bool("update", false, "write the golden file anew")

// TestNames: the words that configurations, rules and dashboards hold on to are
// in one file, so that a renaming is seen in the diff.
func TestNames(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, k := range all.Kinds() {
		for _, o := range checks.Options(k.New()) {
			fmt.Fprintf(&b, "%s option %s %s\n", k.Name, o.Name, o.Type)
		}
		for _, m := range k.Measurements {
			fmt.Fprintf(&b, "%s measurement %s %s\n", k.Name, m.Name, m.Type)
		}
		for _, d := range k.Reasons {
			fmt.Fprintf(&b, "%s reason %s %v %s\n", k.Name, d.Code, d.State, strings.Join(d.Args, ","))
		}
	}
	const golden = "testdata/names.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("names changed: rules and dashboards in the field use them; if it is meant, run go test -update\n(-want +got)\n%s", diff)
	}
}

// A manual is a README.md of a kind, cut at its headings.
func manual(t *testing.T, k *checks.Kind) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../" + k.Name + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		heading, body, _ := strings.Cut(part, "\n")
		parts[heading] = body
	}
	return parts
}

// table returns the cells of the first table of a section, without its head.
func table(section string) (rows [][]string) {
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if len(rows) > 0 {
				break
			}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		rows = append(rows, cells)
	}
	if len(rows) < 2 {
		return nil
	}
	return rows[2:]
}

// TestManuals holds what a manual says equal to what the code does.
func TestManuals(t *testing.T) {
	t.Parallel()
	for _, k := range all.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			m := manual(t, k)
			for _, heading := range []string{"Name", "Description", "Options", "Measurements", "Reasons", "Findings", "Cost", "Privileges", "Examples"} {
				if strings.TrimSpace(m[heading]) == "" {
					t.Errorf("the section %q is missing or empty", heading)
				}
			}
			if want := fmt.Sprintf("*%s* – %s.", k.Name, k.Doc); strings.TrimSpace(m["Name"]) != want {
				t.Errorf("got name %q, want %q", strings.TrimSpace(m["Name"]), want)
			}
			var options, measurements, reasons [][]string
			for _, o := range checks.Options(k.New()) {
				options = append(options, []string{o.Name, strings.Join(o.Default, ", "), bounds(o), o.Doc})
			}
			for _, x := range k.Measurements {
				measurements = append(measurements, []string{x.Name, x.Unit, x.Doc})
			}
			for _, d := range k.Reasons {
				reasons = append(reasons, []string{d.Code, d.State.String(), d.ZH, d.EN})
			}
			for heading, want := range map[string][][]string{"Options": options, "Measurements": measurements, "Reasons": reasons} {
				if diff := cmp.Diff(want, table(m[heading])); diff != "" {
					t.Errorf("%s: the code and the manual differ (-code +manual)\n%s", heading, diff)
				}
			}
		})
	}
}

func bounds(o checks.Option) string {
	switch {
	case len(o.Choices) > 0:
		return strings.Join(o.Choices, ", ")
	case o.Min != "" && o.Max != "":
		return o.Min + " to " + o.Max
	case o.Max != "":
		return "at most " + o.Max
	case o.Min != "":
		return "at least " + o.Min
	}
	return ""
}

// fences returns the code of a language in a section.
func fences(section, language string) (all []string) {
	for _, part := range strings.Split(section, "```"+language+"\n")[1:] {
		code, _, _ := strings.Cut(part, "```")
		all = append(all, code)
	}
	return all
}

// TestExamples: what a manual shows can be pasted.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, k := range all.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			examples := manual(t, k)["Examples"]
			blocks, commands := fences(examples, "hcl"), fences(examples, "sh")
			if len(blocks) == 0 || len(commands) == 0 {
				t.Fatalf("got %d blocks of HCL and %d of commands, want both", len(blocks), len(commands))
			}
			for _, block := range blocks {
				tryBlock(t, k, block)
			}
			for _, command := range commands {
				tryCommand(t, k, command)
			}
		})
	}
}

// every check has these words, whatever its kind.
var common = []string{"target", "interval", "timeout", "family", "want_v6", "v4_only"}

func tryBlock(t *testing.T, k *checks.Kind, text string) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), k.Name+"/README.md", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		if block.Type != "check" || len(block.Labels) != 2 || block.Labels[0] != k.Name {
			t.Errorf("got block %s %q, want check %q and its name", block.Type, block.Labels, k.Name)
		}
		target, options := "", map[string][]string{}
		for name, attribute := range block.Body.Attributes {
			value, diags := attribute.Expr.Value(nil)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			texts := texts(t, value)
			switch {
			case name == "target":
				target = texts[0]
			case !slices.Contains(common, name):
				options[name] = texts
			}
		}
		if _, err := checks.NewSpec(k, target, options); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

func texts(t *testing.T, v cty.Value) (all []string) {
	t.Helper()
	if v.Type().IsTupleType() {
		for _, e := range v.AsValueSlice() {
			all = append(all, texts(t, e)...)
		}
		return all
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		t.Fatal(err)
	}
	return []string{s.AsString()}
}

func tryCommand(t *testing.T, k *checks.Kind, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "fengsui-agent" || words[1] != "check" || words[2] != k.Name {
			t.Errorf("got %q, want fengsui-agent check %s …", line, k.Name)
			continue
		}
		options := map[string][]string{}
		for i := 4; i+1 < len(words); i += 2 {
			name, value, _ := strings.Cut(words[i+1], "=")
			if words[i] != "--set" {
				t.Errorf("got %q, want --set", words[i])
			}
			options[name] = append(options[name], value)
		}
		if _, err := checks.NewSpec(k, words[3], options); err != nil {
			t.Errorf("%s%v", line, err)
		}
	}
}

// TestOptionsAreNoCommonWords: an option cannot be named like a word that
// every check has, for then nobody could set it.
func TestOptionsAreNoCommonWords(t *testing.T) {
	t.Parallel()
	for _, k := range all.Kinds() {
		for _, o := range checks.Options(k.New()) {
			if slices.Contains(common, o.Name) {
				t.Errorf("%s: option %s is a word of every check", k.Name, o.Name)
			}
		}
	}
}

package configs

import (
	"strings"
	"text/template/parse"
	"time"

	"fengsui/configs/words"
)

func (l *loading) alertBlock(b *block) {
	r := Rule{Name: b.labels[0], Every: DefaultEvery, Severity: "page"}
	must(b, "expr", &r.Expr, wantExpr, words.WantExpr)
	read(b, "recovered", &r.Recovered, wantExpr)
	read(b, "for", &r.For, wantDuration(0, 31*day))
	read(b, "hold_down", &r.HoldDown, wantDuration(0, day))
	read(b, "every", &r.Every, wantDuration(time.Second, day))
	severity := read(b, "severity", &r.Severity, oneOf(Severities...)) || !b.has("severity")
	written := b.once("summary", func(in *block) {
		must(in, "zh", &r.SummaryZH, l.sentence(in, "zh"), words.WantSummary)
		must(in, "en", &r.SummaryEN, l.sentence(in, "en"), words.WantSummary)
		in.done()
	})
	if !written {
		l.problem(b.at, phrase(words.ConfigSummaryMissing, b.name))
	}
	b.once("title", func(in *block) {
		must(in, "zh", &r.TitleZH, l.sentence(in, "zh"), words.WantSummary)
		must(in, "en", &r.TitleEN, l.sentence(in, "en"), words.WantSummary)
		in.done()
	})
	b.once("next_step", func(in *block) {
		must(in, "zh", &r.NextZH, l.sentence(in, "zh"), words.WantSummary)
		must(in, "en", &r.NextEN, l.sentence(in, "en"), words.WantSummary)
		in.done()
	})
	r.Labels = b.texts("labels", labelName("alertname", "severity"), func(string, literal) *said { return nil })
	r.Annotations = b.texts("annotations", labelName("summary_zh", "summary_en", "title_zh", "title_en", "next_zh", "next_en"), func(name string, v literal) *said { return badTemplate(name, v.text) })
	b.done()
	page := severity && r.Severity == "page"
	l.expr(b, "expr", r.Expr, page)
	l.expr(b, "recovered", r.Recovered, page)
	if l.add("alert", b) {
		l.rules = append(l.rules, r)
	}
}

// wantExpr is a text with something in it; whether that is PromQL is judged
// by the parser that was handed in.
func wantExpr(l literal) (string, *wrong) {
	s, bad := anyText(l)
	if bad != nil || strings.TrimSpace(s) == "" {
		return "", wants(words.WantExpr)
	}
	return s, nil
}

// expr judges an expression of a rule. One that calls somebody may read only
// what the collector knows: late data must not, nor may it tell a recovery.
func (l *loading) expr(b *block, word, expr string, page bool) {
	if l.parseExpr == nil || expr == "" {
		return
	}
	series, err := l.parseExpr(expr)
	if err != nil {
		l.problem(b.where(word), phrase(words.ConfigBadExpr, clip(err.Error())))
		return
	}
	if !page {
		return
	}
	for _, name := range series {
		switch {
		case name == "":
			l.problem(b.where(word), phrase(words.ConfigPageUnnamed))
		case name != "fengsui_site_info" && name != "fengsui_target_info" && !strings.HasPrefix(name, "fengsui_known_"):
			l.problem(b.where(word), phrase(words.ConfigPageSeries, clip(name)))
		}
	}
}

// labelName accepts names of labels but those that are set by Fengsui itself.
func labelName(reserved ...string) func(string) *said {
	return func(name string) *said {
		s := phrase(words.ConfigBadValue, phrase(words.ConfigName), quote(name), phrase(words.WantLabelName))
		for _, r := range reserved {
			if name == r {
				s = phrase(words.ConfigReservedLabel, quote(name))
				return &s
			}
		}
		if !labelPattern.MatchString(name) || strings.HasPrefix(name, "__") {
			return &s
		}
		return nil
	}
}

// sentence is a template of one line.
func (l *loading) sentence(b *block, word string) want[string] {
	return func(lit literal) (string, *wrong) {
		s, bad := wantLine(maxSentence)(lit)
		if bad != nil {
			return "", bad
		}
		if wrong := badTemplate(word, s); wrong != nil {
			l.problem(lit.at, *wrong)
		}
		return s, nil
	}
}

// maxSentence bounds a summary, in characters: a text message still holds it.
const maxSentence = 500

// templateWords are what a template may call: functions of text/template and
// of Prometheus's templates that read nothing but their arguments.
var templateWords = func() map[string]any {
	words := map[string]any{}
	for _, name := range strings.Fields(`and or not eq ne lt le gt ge len index print printf
		humanize humanize1024 humanizeDuration humanizePercentage humanizeTimestamp
		title toUpper toLower reReplaceAll match stripPort stripDomain parseDuration`) {
		words[name] = true // nil counts as not defined
	}
	return words
}()

// badTemplate judges a rule template as far as that is possible without its
// data: {{ $labels.site }}, {{ $value }}, if and pure functions. Loops and
// further templates, whose time nothing bounds, are refused. It only parses:
// text/template itself would cost the agent, which links this package, its
// small binary.
func badTemplate(name, text string) *said {
	const given = "{{$labels := .Labels}}{{$value := .Value}}"
	trees, err := parse.Parse("sentence", given+text, "", "", templateWords)
	if err != nil {
		s := phrase(words.ConfigBadTemplate, name, clip(strings.TrimPrefix(err.Error(), "template: sentence:1: ")))
		return &s
	}
	if len(trees) > 1 || trees["sentence"] == nil || unbounded(trees["sentence"].Root) != nil {
		s := phrase(words.ConfigTemplateLoop, name)
		return &s
	}
	return nil
}

// unbounded finds a loop or a call of another template.
func unbounded(list *parse.ListNode) parse.Node {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		var inner []*parse.ListNode
		switch n := node.(type) {
		case *parse.RangeNode, *parse.TemplateNode:
			return n
		case *parse.IfNode:
			inner = []*parse.ListNode{n.List, n.ElseList}
		case *parse.WithNode:
			inner = []*parse.ListNode{n.List, n.ElseList}
		}
		for _, l := range inner {
			if found := unbounded(l); found != nil {
				return found
			}
		}
	}
	return nil
}

package checks_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"fengsui/checks"
)

func TestReasonIsSafeToCarry(t *testing.T) {
	t.Parallel()
	d := checks.Declaration{Code: "x", State: checks.Down, Args: []string{"seen"}, ZH: "看到 {seen}", EN: "saw {seen}"}
	for name, foreign := range map[string]string{
		"gbk":     "\xc7\xe0\xc9\xbd\xc7\xf8",
		"lines":   "a\r\nb\x00c\x1b[31m\u2028d",
		"C1":      "a\u0085b\u009b31m", // a new line and an escape to some terminals
		"turned":  "a\u202eb",
		"long":    strings.Repeat("青", 1000),
		"cut mid": "x" + strings.Repeat("青", 1000),
	} {
		got := d.With(foreign).Arg("seen")
		if !utf8.ValidString(got) || len(got) > 256 || strings.ContainsAny(got, "\r\n\x00\x1b\u0085\u009b\u202e\u2028") {
			t.Errorf("%s: got %q, want valid UTF-8 on one line of at most 256 bytes", name, got)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	d := checks.Declaration{Code: "refused", State: checks.Down, Args: []string{"target", "seen"},
		ZH: "{target} 拒绝连接：{seen}", EN: "{target} refused: {seen}"}
	kind := &checks.Kind{Name: "k", Reasons: []checks.Declaration{d}}
	c := checks.NewCatalogue([]*checks.Kind{kind})
	r := d.With("a:1", "{target}") // an argument is never expanded again
	if got, want := c.Render(r, "zh"), "a:1 拒绝连接：{target}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := c.Render(r, "en"), "a:1 refused: {target}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	newer := checks.Reason{Code: "melted", State: checks.Down, Args: []checks.Arg{{Name: "at", Value: "900K"}}}
	if got, want := c.Render(newer, "zh"), "melted at=900K"; got != want {
		t.Errorf("unknown code: got %q, want %q", got, want)
	}
	if got := c.Render(checks.Reason{}, "zh"); got != "" {
		t.Errorf("zero reason: got %q, want nothing", got)
	}
}

func TestRunnerReasonsSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	for code, d := range checks.NewCatalogue(nil) {
		for _, arg := range d.Args {
			if !strings.Contains(d.ZH, "{"+arg+"}") || !strings.Contains(d.EN, "{"+arg+"}") {
				t.Errorf("reason %s: argument %s is not in both sentences", code, arg)
			}
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for s, want := range map[checks.State]int{checks.Up: 0, checks.Degraded: 1, checks.Down: 2, checks.Unable: 3, checks.Silent: 3} {
		if got := s.ExitCode(); got != want {
			t.Errorf("%v: got %d, want %d", s, got, want)
		}
	}
}

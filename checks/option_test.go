package checks_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fengsui/checks"
)

type options struct {
	Count  int            `option:"count" doc:"how many" min:"1" max:"10"`
	Wait   time.Duration  `option:"wait" doc:"how long" min:"10ms" max:"1m"`
	Loss   checks.Percent `option:"loss" doc:"how much" max:"50%"`
	Follow bool           `option:"follow" doc:"go on"`
	Method string         `option:"method" doc:"which" choices:"GET,HEAD"`
	Header []string       `option:"header" doc:"more"`
}

func (o *options) Host(target string) (string, error) { return target, nil }
func (o *options) Probe(context.Context, checks.Endpoint, *checks.Observation) checks.Reason {
	return checks.Reason{}
}

func TestSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		values []string
		want   options
		err    string // a part of the error, empty for none
	}{
		{"count", []string{"3"}, options{Count: 3}, ""},
		{"count", []string{"0"}, options{}, `option "count" is "0", want at least 1`},
		{"count", []string{"11"}, options{}, `want at most 10`},
		{"count", []string{"three"}, options{}, `want a whole number`},
		{"count", []string{"1", "2"}, options{}, `has 2 values, want one`},
		{"count", nil, options{}, `has 0 values, want one`},
		{"wait", []string{"250ms"}, options{Wait: 250 * time.Millisecond}, ""},
		{"wait", []string{"250"}, options{}, `want a length of time such as`},
		{"wait", []string{"-1s"}, options{}, `want a length of time such as`},
		{"wait", []string{"2m"}, options{}, `want at most 1m`},
		{"loss", []string{"2.5%"}, options{Loss: 0.025}, ""},
		{"loss", []string{"0.5"}, options{}, `want a percentage such as "5%"`},
		{"loss", []string{"NaN%"}, options{}, `want a percentage`},
		{"loss", []string{"60%"}, options{}, `want at most 50%`},
		{"follow", []string{"true"}, options{Follow: true}, ""},
		{"follow", []string{"yes"}, options{}, `want true or false`},
		{"method", []string{"HEAD"}, options{Method: "HEAD"}, ""},
		{"method", []string{"BREW"}, options{}, `want one of: GET, HEAD`},
		{"header", []string{"A: 1", "B: 2"}, options{Header: []string{"A: 1", "B: 2"}}, ""},
		{"colour", []string{"red"}, options{}, `option "colour" is not known, want one of: count, wait,`},
		{"inner", []string{"1"}, options{}, `is not known`},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+strings.Join(tt.values, ","), func(t *testing.T) {
			t.Parallel()
			got := &options{}
			err := checks.Set(got, tt.name, tt.values...)
			switch {
			case tt.err == "" && err != nil:
				t.Fatalf("got error %v, want none", err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Fatalf("got error %v, want one with %q", err, tt.err)
			case tt.err == "":
				if diff := cmp.Diff(tt.want, *got, cmp.AllowUnexported(options{})); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		})
	}
}

// TestOptionsRoundTrip: what Options calls the default, Set takes.
func TestOptionsRoundTrip(t *testing.T) {
	t.Parallel()
	want := &options{Count: 2, Wait: time.Second, Loss: 0.07, Follow: true, Method: "GET", Header: []string{"A: 1"}}
	got := &options{}
	for _, o := range checks.Options(want) {
		if err := checks.Set(got, o.Name, o.Default...); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(options{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "1h30m": 90 * time.Minute, "0s": 0} {
		if got, err := checks.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "99999d", "1.5d", "10", "10 s"} {
		if got, err := checks.ParseDuration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

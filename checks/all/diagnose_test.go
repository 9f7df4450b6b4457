package all_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"fengsui/agent/diagnose"
	"fengsui/checks"
	"fengsui/checks/all"
	"fengsui/checks/lab"
)

// diagnosis is the kind of an order that is no check but a diagnosis of a
// service (fengsui-agent diagnose), with the hub at far.
const diagnosis = "diagnosis"

var hub4 = netip.MustParseAddrPort("10.0.2.2:8443")

// Diagnosed is what came of one.
type Diagnosed struct {
	Segment diagnose.Segment
	ZH      string // the whole report
	Took    time.Duration
}

func diagnoser(o order, orders *json.Decoder, answers *json.Encoder) error {
	kind := "tcp"
	if strings.HasPrefix(o.Target, "http") {
		kind = "http"
	}
	s, err := checks.NewSpec(all.Find(kind), o.Target, o.Options)
	if err != nil {
		return err
	}
	for {
		var again bool
		if err := orders.Decode(&again); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r := diagnose.Run(context.Background(), diagnose.Order{Service: s, Hub: []netip.AddrPort{hub4}})
		var text strings.Builder
		if err := r.Render(&text, "zh", checks.NewCatalogue(all.Kinds())); err != nil {
			return err
		}
		if err := answers.Encode(Diagnosed{r.Verdict.Segment, text.String(), r.Took}); err != nil {
			return err
		}
	}
}

// TestDiagnoses: the segment that a diagnosis names is the one that is broken.
//
//	agent ──access── near ──trunk── far ──last── server
//	machine   LAN  gateway  line     hub   core   service
func TestDiagnoses(t *testing.T) {
	t.Parallel()
	lab.NeedRoot(t)
	slow := func(line string) func(w *world) {
		return func(w *world) {
			for _, a := range []netip.Addr{server4, server6} { // found on the wire before
				if c, err := w.place("agent").Dial(t.Context(), "tcp", netip.AddrPortFrom(a, 9).String()); err == nil {
					c.Close()
				}
			}
			s := lab.Shape{Delay: 40 * time.Millisecond}
			_, err := w.net.Shape(line, s, s, 1)
			w.must(err)
		}
	}
	cut := func(line string) func(w *world) { return func(w *world) { w.must(w.net.Cut(line)) } }
	for _, tt := range []struct {
		name   string
		target string
		world  []string
		broken func(w *world)
		want   diagnose.Segment
		says   string // part of the report
	}{
		{"all is well", "http://site.test/", []string{"http 80"}, nil, diagnose.None, "不是网络的问题"},
		{"slow between gateway and hub", "http://site.test/", []string{"http 80"}, slow("trunk"), diagnose.Line, "10.0.2.2"},
		{"slow behind the hub", "http://site.test/", []string{"http 80"}, slow("last"), diagnose.Core, "10.0.3.2"},
		{"slow in the local network", "http://site.test/", []string{"http 80"}, slow("access"), diagnose.LAN, "10.0.1.1"},
		{"the line is cut", "http://site.test/", []string{"http 80"}, cut("trunk"), diagnose.Line, "运营商"},
		{"the cable is out", "http://site.test/", []string{"http 80"}, cut("access"), diagnose.LAN, "网关 10.0.1.1 和更远的节点都没有应答"},
		{"the core drops it", "http://site.test/", []string{"http 80", "dropped"}, nil, diagnose.Core, "止于第 1 跳 10.0.1.1"},
		{"the service refuses", "http://site.test/", nil, nil, diagnose.Service, "责任单位"},
		{"the service fails", "http://site.test/", []string{"http 80 status=502"}, nil, diagnose.Service, "502"},
		{"the service never answers", "http://site.test/", []string{"silent-http 80"}, nil, diagnose.Service, "没有给出 HTTP 应答"},
		{"IPv6 alone refuses", "http://site.test/", []string{"http 80 v4"}, nil, diagnose.IPv6, "不通（refused）"},
		{"IPv6 alone loses large packets", "https://site.test/", []string{"https 443 size=20000", "hole v6 1280"}, nil, diagnose.IPv6, "fd00:1::1"},
		{"the certificate has expired", "https://site.test/", []string{"https 443 cert=expired"}, nil, diagnose.Certificate, "更换证书"},
		{"no resolver answers", "http://site.test/", []string{"http 80", "no resolver"}, nil, diagnose.DNS, "解析服务器"},
		{"the name does not exist", "http://site.test/", []string{"no name"}, nil, diagnose.DNS, "不存在或没有地址记录"},
		{"this machine forbids it", "http://site.test/", []string{"http 80", "prohibit-here"}, nil, diagnose.Machine, "本机"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.order = order{Kind: diagnosis, Target: tt.target, Options: map[string][]string{}}
			l, err := w.place("far").Listen("tcp", hub4.String())
			w.must(err)
			t.Cleanup(func() { l.Close() })
			w.arrange(tt.world)
			if tt.broken != nil {
				tt.broken(w)
			}
			l2 := w.start()
			w.must(l2.in.Encode(true))
			var got Diagnosed
			w.must(l2.out.Decode(&got))
			if got.Segment != tt.want || !strings.Contains(got.ZH, tt.says) {
				t.Errorf("got %s, want %s and %q in\n%s", got.Segment, tt.want, tt.says, got.ZH)
			}
			if testing.Verbose() {
				t.Log(got.ZH)
			}
			if got.Took > diagnose.Limit {
				t.Errorf("it took %v, want at most %v", got.Took, diagnose.Limit)
			}
		})
	}
}

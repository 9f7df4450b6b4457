package alerts

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// A journal is what was logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// TestWhomToCallIsKeptNowhere: names and numbers arrive and are nowhere else,
// also when the receiver refuses them and quotes what it refuses.
func TestWhomToCallIsKeptNowhere(t *testing.T) {
	t.Parallel()
	const name, number, circuit = "zhangmou", "0472-3130042", "BTNM0042"
	bubble(t, func(t *testing.T, r *rig) {
		var logged journal
		r.log = &logged
		r.whom = func(_ context.Context, labels map[string]string) ([][2]string, error) {
			if labels["site"] == "hub" {
				return nil, nil
			}
			return [][2]string{{"网管 " + name + "，" + number, "admin " + name + ", " + number}, {"电路 " + circuit, "circuit " + circuit}}, nil
		}
		r.hook.answer(http.StatusBadRequest)
		r.start()
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.restart(time.Second) // what is sent now was intended before
		r.hook.answer(0)
		r.run(10*time.Minute, map[string]float64{"hub": 0, "c1": 4, "c2": 4})
		r.run(10*time.Minute, states(0, "hub", "c1", "c2"))
		r.hook.want(t, "in the end", "firing c1 c2", "resolved c1 c2")

		m := r.hook.got[0]
		if want := "\n联系：网管 zhangmou，0472-3130042\n联系：电路 BTNM0042"; !strings.HasSuffix(m.TextZH, want) || strings.Count(m.TextZH, number) != 1 {
			t.Errorf("got %q, want it to end with %q, once for both", m.TextZH, want)
		}
		if want := "\nCall: admin zhangmou, 0472-3130042\nCall: circuit BTNM0042"; !strings.HasSuffix(m.TextEN, want) {
			t.Errorf("got %q, want it to end with %q", m.TextEN, want)
		}
		if over := r.hook.got[1]; strings.Contains(over.TextZH+over.TextEN, number) {
			t.Errorf("the end names whom to call: %q", over.TextZH)
		}
		families, err := r.metrics.Gather()
		if err != nil || len(families) == 0 {
			t.Fatalf("%d families of metrics, %v", len(families), err)
		}
		places := map[string]string{"the log": logged.String()}
		for _, f := range families {
			places["the metrics"] += f.String()
		}
		for _, m := range r.hook.got {
			places["the short message"] += m.SMSZH + m.SMSEN
			for _, al := range m.Alerts {
				for k, v := range al.Labels {
					places["the labels"] += k + v
				}
				for k, v := range al.Annotations {
					places["the annotations"] += k + v
				}
			}
		}
		r.stop()
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(r.path + suffix)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			places["SQL"] += string(b)
		}
		if len(places["SQL"]) == 0 || !strings.Contains(places["the log"], "400") {
			t.Fatalf("%d bytes of SQL and the log %q, want both to tell of the refusal", len(places["SQL"]), places["the log"])
		}
		for place, text := range places {
			for _, secret := range []string{name, number, circuit} {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds %q", place, secret)
				}
			}
		}
	})
}

// TestBookFails: a book of contacts that fails, hangs or knows nobody costs a
// line, never the notification.
func TestBookFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		whom func(context.Context, map[string]string) ([][2]string, error)
		want string
	}{
		"fails": {func(context.Context, map[string]string) ([][2]string, error) {
			return nil, errors.New("disk I/O error")
		}, "联系：联系人名册此刻读不到，请查本单位通讯录"},
		"hangs": {func(ctx context.Context, _ map[string]string) ([][2]string, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, "联系：联系人名册此刻读不到，请查本单位通讯录"},
		"knows nobody": {func(context.Context, map[string]string) ([][2]string, error) { return nil, nil }, "联系：名册中没有登记联系人，请用 fengsui-collector contacts import 导入"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, r *rig) {
				r.log, r.whom = &journal{}, c.whom
				r.start()
				r.run(20*time.Second, map[string]float64{"hub": 0, "c1": 4})
				r.hook.want(t, "all the same", "firing c1")
				if got := r.hook.got[0].TextZH; !strings.HasSuffix(got, "\n"+c.want) {
					t.Errorf("got %q, want it to end with %q", got, c.want)
				}
			})
		})
	}
}

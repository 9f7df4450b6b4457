package alerts

import (
	"context"
	"log/slog"
	"sync"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/common/model"
)

// caused is the stage that holds back what hangs on a cause elsewhere. Who
// was told of an alert goes on to hear of it, of its end above all; of an
// alert that ended while it was held nobody hears.
func (s *sender) caused() notify.Stage {
	return notify.StageFunc(func(ctx context.Context, _ *slog.Logger, alerts ...*alert.Alert) (context.Context, []*alert.Alert, error) {
		fps := make([]model.Fingerprint, len(alerts))
		for i, al := range alerts {
			fps[i] = al.Fingerprint()
		}
		if err := s.a.placeFor(ctx, fps); err != nil {
			return ctx, nil, err
		}
		marks, marked := marker.FromContext(ctx)
		var out []*alert.Alert
		s.a.book.mu.Lock()
		defer s.a.book.mu.Unlock()
		for i, al := range alerts {
			var h hold
			if e := s.a.book.open[fps[i]]; !al.Resolved() && e != nil && e.notified.IsZero() {
				e.hold.missed = e.hold.holds()
				h = e.hold
			}
			if e := s.a.book.untold[fps[i]]; al.Resolved() && e != nil && e.notified.IsZero() {
				h = e.hold
			}
			if !h.holds() {
				out = append(out, al)
			}
			if !marked {
				continue
			}
			if h.holds() {
				by := string(h.by)
				if h.under != 0 {
					by = h.under.String()
				}
				marks.SetInhibited(fps[i], []string{by})
			} else {
				marks.SetInhibited(fps[i], nil)
			}
		}
		return ctx, out, nil
	})
}

// alone lets a group be flushed by one at a time: the dispatcher does it, and
// we do when what was held becomes free.
func (s *sender) alone(key string) (unlock func()) {
	m, _ := s.groups.LoadOrStore(key, &sync.Mutex{})
	m.(*sync.Mutex).Lock()
	return m.(*sync.Mutex).Unlock
}

// flushNow flushes the group of an alert, as the dispatcher does when its
// interval is over: an alert that was held has waited long enough.
func (s *sender) flushNow(labels model.LabelSet) {
	if s.silent() {
		return
	}
	group := model.LabelSet{}
	for name, value := range labels {
		if s.grouped(name) {
			group[name] = value
		}
	}
	ctx, cancel := context.WithTimeout(s.soft, max(s.conf.GroupInterval, notify.MinTimeout))
	ctx = notify.WithNow(ctx, s.a.o.Now())
	ctx = notify.WithGroupKey(ctx, s.groupKey(labels))
	ctx = notify.WithGroupLabels(ctx, group)
	ctx = notify.WithReceiverName(ctx, s.receiver.Name)
	ctx = notify.WithRepeatInterval(ctx, s.conf.RepeatInterval)
	ctx = notify.WithRouteID(ctx, s.route.ID())
	go func() {
		defer cancel()
		if _, _, err := s.stage.Exec(ctx, s.a.o.Logger); err != nil && ctx.Err() == nil {
			s.a.o.Logger.Error("what was held could not be told; the next flush of its group tries again", "group", s.groupKey(labels), "err", err)
		}
	}()
}

// grouped says whether a label is one by which alerts are grouped.
func (s *sender) grouped(name model.LabelName) bool {
	_, ok := s.route.RouteOpts.GroupBy[name]
	return ok || s.route.RouteOpts.GroupByAll
}

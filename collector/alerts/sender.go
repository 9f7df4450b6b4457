package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/nflog/nflogpb"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/types/known/timestamppb"

	"fengsui/configs"
)

// integration names the webhook in the notification log.
const integration = "webhook"

// A sender is what depends on the route and its receiver: dispatcher,
// inhibitor and the pipeline behind them. A reload makes another one.
type sender struct {
	a        *Alerts
	conf     configs.Route
	receiver *configs.Receiver // nil: nobody is told
	route    *dispatch.Route
	hook     *webhook
	tmpl     *template.Template

	inhibitor  *inhibit.Inhibitor
	dispatcher *dispatch.Dispatcher
	inhibited  chan struct{} // closed when the inhibitor has ended

	hard   context.Context // attempts live in it: a stop lets them finish
	cancel context.CancelFunc
	soft   context.Context // flushes of ours live in it: a stop ends their retries
	halt   context.CancelFunc
	flying sync.WaitGroup // flushes in work
	groups sync.Map       // *sync.Mutex by group key: held by a flush
	stage  notify.Stage

	mu      sync.Mutex
	stopped bool
}

func newSender(a *Alerts, route configs.Route, receiver *configs.Receiver) *sender {
	return &sender{a: a, conf: route, receiver: receiver}
}

// silent says that nobody is told of anything.
func (s *sender) silent() bool { return s.receiver == nil }

// compileSender checks a route and its receivers and fills in defaults.
func (a *Alerts) compileSender(receivers []configs.Receiver, route configs.Route) (*sender, error) {
	if route.Receiver == "" {
		return newSender(a, route, nil), nil
	}
	i := slices.IndexFunc(receivers, func(r configs.Receiver) bool { return r.Name == route.Receiver })
	if i < 0 {
		return nil, fmt.Errorf("route: it names the receiver %q, which is not configured", route.Receiver)
	}
	receiver := receivers[i]
	if receiver.Timeout <= 0 {
		receiver.Timeout = configs.DefaultWebhookTimeout
	}
	defaults := configs.DefaultRoute()
	if route.GroupInterval <= 0 {
		route.GroupInterval = defaults.GroupInterval
	}
	if route.RepeatInterval <= 0 {
		route.RepeatInterval = defaults.RepeatInterval
	}
	if route.GroupWait < 0 {
		return nil, fmt.Errorf("route: group_wait is %s, want zero or more", route.GroupWait)
	}
	s := newSender(a, route, &receiver)
	var err error
	if s.tmpl, err = template.FromGlobs(nil); err != nil {
		return nil, fmt.Errorf("read the notification templates: %w", err)
	}
	s.tmpl.ExternalURL = a.external
	if s.hook, err = newWebhook(s); err != nil {
		return nil, fmt.Errorf("receiver %q: %w", receiver.Name, err)
	}
	wait, interval, repeat := model.Duration(route.GroupWait), model.Duration(route.GroupInterval), model.Duration(route.RepeatInterval)
	cr := &config.Route{Receiver: route.Receiver, GroupWait: &wait, GroupInterval: &interval, RepeatInterval: &repeat}
	for _, name := range route.GroupBy {
		if name == "..." {
			cr.GroupByAll = true
		} else {
			cr.GroupBy = append(cr.GroupBy, model.LabelName(name))
		}
	}
	s.route = dispatch.NewRoute(cr, nil)
	return s, nil
}

// pipeline is Alertmanager's pipeline for one receiver, with four
// stages of ours: what has its cause elsewhere is held, the end of an alert that was notified passes every mute, a
// notification in doubt is repeated, and what was dealt with is written down.
func (s *sender) pipeline() notify.Stage {
	a := s.a
	recorder := eventrecorder.NopRecorder()
	recv := &nflogpb.Receiver{GroupName: s.receiver.Name, Integration: integration}
	in := notify.NewIntegration(s.hook, s.hook, integration, 0, s.receiver.Name)
	silencer := silence.NewSilencer(a.silences, a.o.Logger, recorder)
	return s.written(notify.MultiStage{
		s.caused(),
		s.endsPass(notify.NewMuteStage(s.inhibitor, a.metrics.notify)),
		s.endsPass(notify.NewMuteStage(silencer, a.metrics.notify)),
		s.doubtsPass(notify.NewDedupStage(&in, a.nflog, recv)),
		notify.NewRetryStage(in, s.receiver.Name, a.metrics.notify, recorder),
		notify.NewSetNotifiesStage(a.nflog, recv),
	})
}

// written wraps the whole pipeline. What the group says is taken from the
// book: the dispatcher routes alerts one by one, and a flush at that moment
// would tell half of what one evaluation found. When the flush went through,
// the ends in it are told, and a notification that it no longer wanted is
// void.
func (s *sender) written(inner notify.Stage) notify.Stage {
	return notify.StageFunc(func(ctx context.Context, l *slog.Logger, _ ...*alert.Alert) (context.Context, []*alert.Alert, error) {
		if !s.enter() {
			return ctx, nil, context.Canceled
		}
		defer s.flying.Done()
		key, _ := notify.GroupKey(ctx)
		defer s.alone(key)()
		group := s.group(key)
		ctx, out, err := inner.Exec(ctx, l, group...)
		if err != nil {
			return ctx, out, err
		}
		now := s.a.o.Now()
		if l := s.a.outbox.find(s.receiver.Name, key); l != nil {
			if err := s.a.outbox.finish(l, now, "void: nothing is left to tell; last attempt: "+l.outcome, nil); err != nil {
				s.a.fail(err)
				return ctx, nil, err
			}
		}
		var ended []model.Fingerprint
		for _, al := range group {
			if al.Resolved() {
				ended = append(ended, al.Fingerprint())
			}
		}
		if err := s.a.book.told(ctx, now, ended); err != nil {
			s.a.fail(err)
			return ctx, nil, err
		}
		return ctx, out, nil
	})
}

// group returns the alerts of a group as the book has them: what is open and
// what ended untold, oldest first.
func (s *sender) group(key string) []*alert.Alert {
	var list alert.AlertSlice
	s.a.book.mu.Lock()
	for _, entries := range []map[model.Fingerprint]*entry{s.a.book.open, s.a.book.untold} {
		for _, e := range entries {
			if e.tellable() && s.groupKey(e.labels) == key {
				list = append(list, s.a.alertOf(e, e.ended))
			}
		}
	}
	s.a.book.mu.Unlock()
	sort.Stable(list)
	return list
}

// endsPass leads the ends of notified alerts around a mute: whoever was
// called must hear that it is over.
func (s *sender) endsPass(mute notify.Stage) notify.Stage {
	return notify.StageFunc(func(ctx context.Context, l *slog.Logger, alerts ...*alert.Alert) (context.Context, []*alert.Alert, error) {
		var ends, rest []*alert.Alert
		s.a.book.mu.Lock()
		for _, al := range alerts {
			e := s.a.book.untold[al.Fingerprint()]
			if al.Resolved() && e != nil && !e.notified.IsZero() {
				ends = append(ends, al)
			} else {
				rest = append(rest, al)
			}
		}
		s.a.book.mu.Unlock()
		ctx, rest, err := mute.Exec(ctx, l, rest...)
		return ctx, append(rest, ends...), err
	})
}

// doubtsPass corrects the deduplication by what the book knows: it lets a
// notification pass that may or may not have arrived, and alerts of which
// this receiver has never heard.
func (s *sender) doubtsPass(dedup notify.Stage) notify.Stage {
	return notify.StageFunc(func(ctx context.Context, l *slog.Logger, alerts ...*alert.Alert) (context.Context, []*alert.Alert, error) {
		ctx, out, err := dedup.Exec(ctx, l, alerts...)
		if err != nil || len(out) > 0 {
			return ctx, out, err
		}
		key, _ := notify.GroupKey(ctx)
		firing, _ := notify.FiringAlerts(ctx)
		switch doubtful := s.a.outbox.doubtful(s.receiver.Name, key); {
		case s.unheard(alerts):
			ctx = notify.WithNotificationReason(ctx, notify.ReasonNewAlertsInGroup)
		case doubtful && len(firing) == 0:
			ctx = notify.WithNotificationReason(ctx, notify.ReasonAllAlertsResolved)
		case doubtful:
			ctx = notify.WithNotificationReason(ctx, notify.ReasonRepeatIntervalElapsed)
		default:
			return ctx, nil, nil
		}
		return ctx, alerts, nil
	})
}

// unheard says whether some of these alerts fires and was never delivered to
// this receiver.
func (s *sender) unheard(alerts []*alert.Alert) bool {
	s.a.book.mu.Lock()
	defer s.a.book.mu.Unlock()
	return slices.ContainsFunc(alerts, func(al *alert.Alert) bool {
		e := s.a.book.open[al.Fingerprint()]
		return !al.Resolved() && e != nil && (e.notified.IsZero() || e.receiver != s.receiver.Name)
	})
}

func (s *sender) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.flying.Add(1)
	return true
}

// start runs the dispatcher. The provider holds what is open and what ended
// untold, so groups are complete at their first flush.
func (s *sender) start() {
	if s.silent() {
		return
	}
	a := s.a
	s.hard, s.cancel = context.WithCancel(context.Background())
	s.soft, s.halt = context.WithCancel(s.hard)
	s.inhibitor = inhibit.NewInhibitor(a.provider, nil, a.o.Logger, eventrecorder.NopRecorder())
	s.inhibited = make(chan struct{})
	go func() {
		defer close(s.inhibited)
		s.inhibitor.Run()
	}()
	s.inhibitor.WaitForLoading()
	s.stage = s.pipeline()
	s.dispatcher = dispatch.NewDispatcher(a.provider, s.route, s.stage, marker.NewGroupMarker(),
		func(d time.Duration) time.Duration { return max(d, notify.MinTimeout) },
		groupMaintenance, nil, a.o.Logger, eventrecorder.NopRecorder(), a.metrics.dispatch, s.tmpl)
	go s.dispatcher.Run(time.Now())
	s.dispatcher.WaitForLoading()
}

// groupMaintenance is how often the dispatcher forgets groups that are over.
const groupMaintenance = 30 * time.Second

// stop ends dispatcher and inhibitor. Attempts in flight get grace to finish.
func (s *sender) stop(grace time.Duration) {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	if s.dispatcher == nil {
		return
	}
	s.halt()
	s.dispatcher.Stop()
	s.inhibitor.Stop()
	<-s.inhibited
	t := time.AfterFunc(grace, s.cancel)
	s.flying.Wait()
	t.Stop()
	s.cancel()
}

// groupKey is the dispatcher's key of the group that an alert falls into.
func (s *sender) groupKey(labels model.LabelSet) string {
	group := model.LabelSet{}
	for name, value := range labels {
		if s.grouped(name) {
			group[name] = value
		}
	}
	return fmt.Sprintf("%s:%s", s.route.Key(), group)
}

// adopt makes the notification log say of each group which of its alerts this
// receiver was told of, so that another grouping notifies nobody again; and
// closes notifications of groups that exist no more.
func (s *sender) adopt() error {
	if s.silent() {
		return nil
	}
	a, now := s.a, s.a.o.Now()
	type told struct{ open, ended []uint64 }
	groups := map[string]*told{}
	a.book.mu.Lock()
	for _, list := range []map[model.Fingerprint]*entry{a.book.open, a.book.untold} {
		for _, e := range list {
			key := s.groupKey(e.labels)
			if groups[key] == nil {
				groups[key] = &told{}
			}
			switch g := groups[key]; {
			case e.notified.IsZero() || e.receiver != s.receiver.Name:
			case e.ended.IsZero():
				g.open = append(g.open, hash(e.labels))
			default:
				g.ended = append(g.ended, hash(e.labels))
			}
		}
	}
	a.book.mu.Unlock()

	recv := &nflogpb.Receiver{GroupName: s.receiver.Name, Integration: integration}
	for key, g := range groups {
		old, err := a.nflog.Query(nflog.QGroupKey(key), nflog.QReceiver(recv))
		if err != nil && !errors.Is(err, nflog.ErrNotFound) {
			return err
		}
		e := &nflogpb.Entry{Receiver: recv, GroupKey: []byte(key), Timestamp: timestamppb.New(now)}
		if len(old) > 0 {
			e.FiringAlerts, e.ResolvedAlerts = union(old[0].FiringAlerts, nil), old[0].ResolvedAlerts
		}
		known := len(e.FiringAlerts)
		// An end that the log holds was told, though the book does not know.
		ended := slices.DeleteFunc(g.ended, func(h uint64) bool { return slices.Contains(e.ResolvedAlerts, h) })
		e.FiringAlerts = union(e.FiringAlerts, union(g.open, ended))
		if len(e.FiringAlerts) == known {
			continue
		}
		b, err := delimited(&nflogpb.MeshEntry{Entry: e, ExpiresAt: timestamppb.New(now.Add(logRetention))})
		if err != nil {
			return err
		}
		if err := a.nflog.Merge(b); err != nil {
			return err
		}
	}
	for _, l := range a.outbox.unfinished() {
		if _, ok := groups[l.groupKey]; !ok || l.receiver != s.receiver.Name {
			if err := a.outbox.finish(l, now, "void: its group is over; last attempt: "+l.outcome, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

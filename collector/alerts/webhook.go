package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/nflog/nflogpb"
	"github.com/prometheus/alertmanager/notify"
	amwebhook "github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// A Message is the body of a webhook: Alertmanager's version 4, so that its
// receivers work, and the whole of it for people: in full, and as a short
// message of at most 70 characters. ID is the same at every
// attempt of a notification; it is also the header Idempotency-Key.
type Message struct {
	*amwebhook.Message
	Reach  []Reached `json:"reach,omitempty"`
	ID     string    `json:"id"`
	TextZH string    `json:"text_zh"`
	TextEN string    `json:"text_en"`
	SMSZH  string    `json:"sms_zh"`
	SMSEN  string    `json:"sms_en"`
}

// webhook is Alertmanager's webhook notifier, but what is sent is what the
// outbox holds, and whom to call.
type webhook struct {
	s       *sender
	client  *http.Client
	retrier notify.Retrier
}

func newWebhook(s *sender) (*webhook, error) {
	u, err := url.Parse(s.receiver.WebhookURL)
	if err != nil {
		return nil, errors.New("its URL cannot be read, want http://… or https://…") // err holds the URL, a secret
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("its URL has the scheme %q and the host %q, want http or https and a host", u.Scheme, u.Host)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	// Notifications are rare, and walls cut idle connections.
	t.DisableKeepAlives = true
	return &webhook{s: s, client: &http.Client{Transport: t},
		retrier: notify.Retrier{RetryCodes: []int{http.StatusTooManyRequests, http.StatusRequestTimeout}}}, nil
}

// SendResolved implements notify.ResolvedSender.
func (w *webhook) SendResolved() bool { return w.s.receiver.SendResolved }

// Notify implements notify.Notifier: one attempt. The attempt outlives ctx,
// bounded by the receiver's timeout, so that its outcome gets known.
func (w *webhook) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	a := w.s.a
	if err := ctx.Err(); err != nil {
		return false, err
	}
	l, e, err := w.letter(ctx, alerts)
	if err != nil {
		return false, err
	}
	a.o.At("after_intent")
	uncertain, retry, err := w.post(l)
	if err != nil {
		a.metrics.notifications.WithLabelValues(w.s.receiver.Name, "failed").Inc()
		if err := a.outbox.failed(l, err.Error(), uncertain); err != nil {
			a.fail(err)
			return false, err
		}
		return retry, err
	}
	a.o.At("after_delivery")
	var firing []model.Fingerprint
	for _, al := range alerts {
		if !al.Resolved() {
			firing = append(firing, al.Fingerprint())
		}
	}
	now := a.o.Now()
	e.Entry.Timestamp, e.ExpiresAt = timestamppb.New(now), timestamppb.New(now.Add(logRetention))
	if err := a.delivered(l, e, firing, now); err != nil {
		a.fail(err)
		return false, err
	}
	a.metrics.notifications.WithLabelValues(w.s.receiver.Name, "delivered").Inc()
	a.o.At("after_outcome")
	return false, nil
}

// letter returns the open row of the outbox for this notification: the one
// that is there when it says the same, else a new one.
func (w *webhook) letter(ctx context.Context, alerts []*alert.Alert) (*letter, *nflogpb.MeshEntry, error) {
	a := w.s.a
	key, err := notify.ExtractGroupKey(ctx)
	if err != nil {
		return nil, nil, err
	}
	firing, _ := notify.FiringAlerts(ctx)
	resolved, _ := notify.ResolvedAlerts(ctx)
	e := &nflogpb.MeshEntry{Entry: &nflogpb.Entry{
		Receiver:       &nflogpb.Receiver{GroupName: w.s.receiver.Name, Integration: integration},
		GroupKey:       []byte(key.String()),
		FiringAlerts:   firing,
		ResolvedAlerts: resolved,
	}}
	if l := a.outbox.find(w.s.receiver.Name, key.String()); l != nil {
		var old nflogpb.MeshEntry
		if err := protodelim.UnmarshalFrom(bytes.NewReader(l.entry), &old); err == nil &&
			sameSet(old.Entry.FiringAlerts, firing) && sameSet(old.Entry.ResolvedAlerts, resolved) {
			return l, e, nil
		}
	}
	l := &letter{uid: newUID(), receiver: w.s.receiver.Name, groupKey: key.String(), intended: a.o.Now()}
	if l.entry, err = delimited(e); err != nil {
		return nil, nil, err
	}
	data := notify.GetTemplateData(ctx, w.s.tmpl, alerts, a.o.Logger)
	t := telling{held: map[string]int{}, times: a.timesWithin, now: a.o.Now()}
	if a.o.Facts != nil {
		t.facts = a.o.Facts()
	}
	reach := a.reached(alerts)
	for _, r := range reach {
		t.held[r.Fingerprint] = len(r.Held)
	}
	body, err := json.Marshal(Message{
		Message: &amwebhook.Message{Data: data, Version: "4", GroupKey: key.String()},
		ID:      l.uid,
		Reach:   reach,
		TextZH:  t.text(data, "zh"),
		TextEN:  t.text(data, "en"),
		SMSZH:   t.sms(data, "zh"),
		SMSEN:   t.sms(data, "en"),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("encode a notification: %w", err)
	}
	l.body = string(body)
	if err := a.outbox.intend(l); err != nil {
		a.fail(err)
		return nil, nil, err
	}
	return l, e, nil
}

func sameSet(a, b []uint64) bool { return slices.Equal(union(a, nil), union(b, nil)) }

// maxAnswer bounds what is read of a receiver's answer.
const maxAnswer = 512

// post sends a letter. It says whether a failed attempt may have arrived all
// the same, and whether another one makes sense.
func (w *webhook) post(l *letter) (uncertain, retry bool, err error) {
	ctx, cancel := context.WithTimeout(w.s.hard, w.s.receiver.Timeout)
	defer cancel()
	body, named := w.s.a.called(ctx, l.body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.s.receiver.WebhookURL, strings.NewReader(body))
	if err != nil {
		return false, false, notify.RedactURL(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "fengsui-collector")
	req.Header.Set("Idempotency-Key", l.uid)
	began := time.Now()
	resp, err := w.client.Do(req)
	if err != nil {
		var dial *net.OpError
		refused := errors.As(err, &dial) && dial.Op == "dial"
		if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %s, want one within %s: %w", time.Since(began).Round(time.Millisecond), w.s.receiver.Timeout, err)
		}
		return !refused, true, notify.RedactURL(err)
	}
	defer resp.Body.Close()
	var answer io.Reader = io.LimitReader(resp.Body, maxAnswer)
	if named { // an answer that quotes the text would carry numbers into SQL and logs
		answer = nil
	}
	retry, err = w.retrier.Check(resp.StatusCode, answer)
	if err != nil {
		err = notify.NewErrorWithReason(notify.GetFailureReasonFromStatusCode(resp.StatusCode), err)
	}
	// A gateway's 502 or 504 says nothing about what is behind it.
	return resp.StatusCode >= 500, retry, err
}

package alerts

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/template"
)

// callTimeout bounds how long the book of contacts may keep a notification.
const callTimeout = 2 * time.Second

// called is the body of a notification as it is sent: its texts end with whom
// to call. The outbox never has that, and no short message does. It says
// whether anybody is named.
func (a *Alerts) called(ctx context.Context, body string) (string, bool) {
	if a.o.Whom == nil {
		return body, false
	}
	var m struct{ Alerts template.Alerts }
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		a.o.Logger.Error("BUG: a notification of the outbox cannot be read, it goes out without whom to call", "err", err)
		return body, false
	}
	firing := m.Alerts.Firing()
	if len(firing) == 0 {
		return body, false
	}
	lines, named := a.callLines(ctx, firing[:min(len(firing), maxNamed)])
	out, err := withLines(body, lines)
	if err != nil {
		a.o.Logger.Error("BUG: a notification of the outbox cannot be changed, it goes out without whom to call", "err", err)
		return body, false
	}
	return out, named
}

// withLines ends the texts of a body with lines, and leaves the rest of it.
func withLines(body string, lines [][2]string) (string, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		return "", err
	}
	for k, lang := range []string{"zh", "en"} {
		var text string
		if err := json.Unmarshal(fields["text_"+lang], &text); err != nil {
			return "", err
		}
		for _, l := range lines {
			text += "\n" + say(lang, "call", l[k])
		}
		b, err := json.Marshal(text)
		if err != nil {
			return "", err
		}
		fields["text_"+lang] = b
	}
	b, err := json.Marshal(fields)
	return string(b), err
}

// callLines are whom to call for some alerts, each once.
func (a *Alerts) callLines(ctx context.Context, firing []template.Alert) (lines [][2]string, named bool) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for _, al := range firing {
		more, err := a.o.Whom(ctx, al.Labels)
		if err != nil {
			a.o.Logger.Warn("whom to call could not be read, the notification goes out without it", "err", err)
			return append(lines, [2]string{say("zh", "call_lost"), say("en", "call_lost")}), named
		}
		for _, l := range more {
			if named = true; !slices.Contains(lines, l) {
				lines = append(lines, l)
			}
		}
	}
	if !named {
		lines = [][2]string{{say("zh", "call_nobody"), say("en", "call_nobody")}}
	}
	return lines, named
}

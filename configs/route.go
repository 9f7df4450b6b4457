package configs

import (
	"strings"
	"time"

	"fengsui/configs/words"
)

func (l *loading) receiverBlock(b *block) {
	r := Receiver{Name: b.labels[0], Timeout: DefaultWebhookTimeout, SendResolved: true}
	webhook := b.once("webhook", func(in *block) {
		must(in, "url", &r.WebhookURL, wantURL, words.WantURL)
		read(in, "timeout", &r.Timeout, wantDuration(100*time.Millisecond, 5*time.Minute))
		in.done()
	})
	if !webhook {
		l.problem(b.at, phrase(words.ConfigMissingBlock, b.name, "webhook"))
	}
	read(b, "send_resolved", &r.SendResolved, wantBool)
	b.done()
	if l.add("receiver", b) {
		l.receivers = append(l.receivers, r)
	}
}

func (l *loading) routeBlock(b *block) {
	if l.routeB != nil {
		l.problem(b.at, phrase(words.ConfigTwice, "route", l.place(l.routeB.at)))
		return
	}
	l.routeB = b
	r := &l.route
	read(b, "receiver", &r.Receiver, wantName)
	read(b, "group_by", &r.GroupBy, listOf(0, wantLabelName))
	read(b, "group_wait", &r.GroupWait, wantDuration(0, time.Hour))
	interval := read(b, "group_interval", &r.GroupInterval, wantDuration(time.Second, day)) || !b.has("group_interval")
	repeat := read(b, "repeat_interval", &r.RepeatInterval, wantDuration(time.Second, 31*day)) || !b.has("repeat_interval")
	if interval && repeat && r.RepeatInterval < r.GroupInterval {
		l.problem(b.where("repeat_interval"), phrase(words.ConfigRepeatShort, span(r.RepeatInterval), span(r.GroupInterval)))
	}
	b.done()
}

// finishRoute finds the receiver of the route: the one it names, or the only
// one there is.
func (l *loading) finishRoute() Route {
	known := l.names["receiver"]
	switch {
	case l.route.Receiver != "":
		l.reference(l.routeB.where("receiver"), "receiver", l.route.Receiver, words.ConfigReceiverUnknown)
	case len(l.receivers) == 1:
		l.route.Receiver = l.receivers[0].Name
	case !l.whole():
	case len(known) > 1 && l.routeB != nil && !l.routeB.has("receiver"):
		l.problem(l.routeB.at, phrase(words.ConfigReceiverWhich, strings.Join(sortedKeys(known), ", ")))
	case len(known) > 1 && l.routeB == nil:
		for _, name := range sortedKeys(known)[1:] {
			l.problem(known[name], phrase(words.ConfigReceiverWhich, strings.Join(sortedKeys(known), ", ")))
			break
		}
	case len(known) == 0 && l.routeB != nil:
		l.problem(l.routeB.at, phrase(words.ConfigRouteNowhere))
	case len(known) == 0:
		l.warnFile(l.root, phrase(words.ConfigNoReceiver))
	}
	return l.route
}

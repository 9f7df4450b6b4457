package configs

import (
	"time"

	"fengsui/configs/words"
)

// Alerting are the settings of who is told when. They hold from a reload on.
type Alerting struct {
	Linger    time.Duration // how long what hung on a cause stays held after its end
	DutyGrace time.Duration // by how much a site may fall silent before its hours end, and come after they began
}

// DefaultAlerting returns the settings that hold where the files are silent:
// two push intervals, in which the recovery of what hung on a cause arrives,
// and a quarter of an hour.
func DefaultAlerting() Alerting {
	return Alerting{Linger: 30 * time.Second, DutyGrace: 15 * time.Minute}
}

func (l *loading) alertingBlock(b *block) {
	if l.alertingB != nil {
		l.problem(b.at, phrase(words.ConfigTwice, "alerting", l.place(l.alertingB.at)))
		return
	}
	l.alertingB = b
	read(b, "linger", &l.alerting.Linger, wantDuration(0, time.Hour))
	read(b, "duty_grace", &l.alerting.DutyGrace, wantDuration(0, 2*time.Hour))
	b.done()
}

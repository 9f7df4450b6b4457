package configs

import (
	"time"

	"fengsui/checks"
	"fengsui/configs/words"
)

// indicatorsBlock reads the settings of the two measured indicators.
func (l *loading) indicatorsBlock(b *block) {
	if l.indicatorsB != nil {
		l.problem(b.at, phrase(words.ConfigTwice, "indicators", l.place(l.indicatorsB.at)))
		return
	}
	l.indicatorsB = b
	in := &l.indicators
	read(b, "round", &in.Round, wantDuration(time.Second, time.Hour))
	read(b, "quorum", &in.Quorum, listOf(0, wantName))
	read(b, "quorum_need", &in.QuorumNeed, wantInt(1, 100))
	read(b, "levels", &in.Levels, listOf(1, wantInt(1, 2)))
	read(b, "hours", &in.Hours, wantName)
	share(b, "day_ok", &in.DayOK)
	share(b, "day_no_data", &in.DayNoData)
	share(b, "month_ok", &in.MonthOK)
	share(b, "hub_fault", &in.HubFault)
	share(b, "loss", &in.Loss)
	share(b, "slow_loss", &in.SlowLoss)
	read(b, "rtt", &in.RTT, wantDuration(time.Millisecond, time.Minute))
	read(b, "slow_rtt", &in.SlowRTT, wantDuration(time.Millisecond, time.Minute))
	read(b, "extranet", &in.Extranet, listOf(0, wantPrefix))
	read(b, "closes", &in.Closes, wantDuration(time.Minute, 366*day))
	read(b, "promote_after", &in.PromoteAfter, wantInt(1, 1000))
	read(b, "revert_after", &in.RevertAfter, wantInt(1, 1000))
	read(b, "point_round", &in.PointRound, wantDuration(time.Second, 31*day))
	read(b, "vantages", &in.Vantages, wantInt(1, 100))
	if day%in.Round != 0 {
		l.problem(b.where("round"), phrase(words.ConfigRoundDay, span(in.Round)))
	}
	read(b, "gateway_check", &l.gatewayCheck, wantDuration(0, day))
	b.done()
}

// share reads a percentage as a ratio.
func share(b *block, word string, place *float64) {
	p := checks.Percent(*place)
	if read(b, word, &p, wantPercent(0, 1)) {
		*place = float64(p)
	}
}

// finishIndicators judges what the settings refer to.
func (l *loading) finishIndicators() Indicators {
	if b := l.indicatorsB; b != nil {
		for i, id := range l.indicators.Quorum {
			l.refers(element(b, "quorum", i), "service", id)
		}
		if b.has("hours") && l.indicators.Hours != officeHours.Name {
			l.refers(b.where("hours"), "hours", l.indicators.Hours)
		}
		if n := len(l.indicators.Quorum) + 1; b.has("quorum_need") && l.indicators.QuorumNeed > n {
			l.problem(b.where("quorum_need"), phrase(words.ConfigQuorumHigh, l.indicators.QuorumNeed, n))
		}
	}
	l.indicators.Counted = l.hours[l.indicators.Hours]
	return l.indicators
}

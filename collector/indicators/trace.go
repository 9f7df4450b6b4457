package indicators

import (
	"context"
	"net/netip"
	"time"

	"fengsui/collector/origins"
	"fengsui/configs"
	"fengsui/configs/calendar"
)

// AccessEvidence is what rounds of an access point stand on: observations as
// the history has them now, beside the outcomes as the ledger has them.
type AccessEvidence struct {
	Access   configs.Node
	Site     string // "": no agent speaks for it
	Round    time.Duration
	Quorum   []string       // of what a round's Quorum is, in its order: the collector first
	Prefixes []netip.Prefix // from where its agent has to be heard
	Stays    []origins.Stay // from where it was heard on that day
	Counts   []bool         // that each is an address of the extranet
	Rounds   []RoundEvidence
}

// RoundEvidence is a round with what was seen in it.
type RoundEvidence struct {
	Began       time.Time
	Round       Round
	Seen        Evidence
	Maintenance string // the approved one that it falls into; "": none
}

// mostRounds bounds how many rounds one answer tells: a day of 5 minutes each.
const mostRounds = 288

// Evidence tells rounds of an access point on a day: those from a moment on,
// or the newest when it is zero. known is false when the inventory has no
// such access point.
func (i *Indicators) Evidence(ctx context.Context, access configs.Node, date calendar.Date, from time.Time) (e AccessEvidence, known bool, err error) {
	d, now := i.o.District(), i.o.Now()
	a := d.Access(access)
	if a == nil {
		return AccessEvidence{}, false, nil
	}
	terms, err := i.terms(ctx, d, date, now)
	if err != nil {
		return AccessEvidence{}, true, err
	}
	of, err := i.ledger.Day(ctx, date, now, terms.Round)
	if err != nil {
		return AccessEvidence{}, true, err
	}
	rounds := of[access]
	first := max(0, len(rounds)-mostRounds)
	if !from.IsZero() {
		first = min(len(rounds), int(max(0, from.Sub(date.At(0)))/terms.Round))
	}
	rounds = rounds[first:min(len(rounds), first+mostRounds)]
	over := span{date.At(time.Duration(first) * terms.Round), terms.Round, len(rounds)}
	seen, err := i.evidence(ctx, d, over)
	if err != nil {
		return AccessEvidence{}, true, err
	}
	stays, err := i.o.Origins.Stays(ctx, date.At(0), date.At(24*time.Hour))
	if err != nil {
		return AccessEvidence{}, true, err
	}
	e = AccessEvidence{Access: access, Site: a.Site, Round: terms.Round, Quorum: append([]string{"collector"}, d.Indicators.Quorum...)}
	if a.Site != "" {
		e.Prefixes, e.Stays = extranet(d, a), stays[a.Site]
		e.Counts = newDoor(e.Stays, e.Prefixes, d.Indicators.Extranet).counts
	}
	excused, err := maintained(d, over)
	if err != nil {
		return AccessEvidence{}, true, err
	}
	for n, r := range rounds {
		e.Rounds = append(e.Rounds, RoundEvidence{over.from.Add(time.Duration(n) * over.round), r, seen[access][n], excused(access, n)})
	}
	return e, true, nil
}

package ingest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/identity"
	"fengsui/collector/wire"
)

// Bounds of what Hello and Goodbye write into tables.
const (
	maxWord    = 64
	maxAnchors = 100
)

// Hello makes an instance the one that speaks for its agent and answers what
// is held of it. An instance that a newer one has superseded stays so; when it
// pushes after its Hello it has proved that there are two machines with one
// identity, and neither is heard until a person decides.
func (i *Ingest) Hello(ctx context.Context, c identity.Caller, r *wire.HelloRequest, received time.Time) (*wire.HelloResponse, error) {
	err := checkHello(r)
	j := &job{caller: c, received: received, contact: r.GetContact(), hello: r}
	if err == nil {
		err = i.do(ctx, j)
	}
	i.metrics.helloed(err)
	if err != nil {
		return nil, err
	}
	return j.welcome, nil
}

func checkHello(r *wire.HelloRequest) error {
	if r.GetProtocol() != wire.Protocol {
		return refuse(wire.CodeProtocolUnknown, r.GetProtocol(), wire.Protocol)
	}
	if err := checkContact(r.GetContact()); err != nil {
		return err
	}
	if len(r.Epoch) != 16 {
		return refuse(wire.CodeBroken, fmt.Sprintf("epoch has %d bytes, want 16", len(r.Epoch)))
	}
	if r.NextSequence == 0 || r.NextSequence > 2*maxSequence-1 {
		return refuse(wire.CodeBroken, fmt.Sprintf("next_sequence is %d, want at least 1", r.NextSequence))
	}
	return checkLost(r.Lost)
}

// Goodbye notes a clean stop.
func (i *Ingest) Goodbye(ctx context.Context, c identity.Caller, r *wire.GoodbyeRequest, received time.Time) error {
	if err := checkContact(r.GetContact()); err != nil {
		return err
	}
	return i.do(ctx, &job{caller: c, received: received, contact: r.Contact, goodbye: r})
}

func (g *group) hello(a *agent, j *job) {
	r := j.hello
	renumber, err := g.meet(a, j)
	if g.err != nil {
		return
	}
	if j.err = err; err != nil {
		return
	}

	instance, of := id(j.contact.Instance), id(j.contact.Boot)
	b := a.boot(of)
	b.heard(j.contact)
	estimate, _ := b.estimate(j.contact, j.received)
	if b.adopt(toldOf(r.Anchors, j.contact), estimate) {
		if g.saveAnchors(a, of); g.err != nil {
			return
		}
	}
	if g.adoptFormer(a, r, j.received); g.err != nil {
		return
	}
	g.lost(a, r.Lost, j.received)

	j.welcome = &wire.HelloResponse{Timing: g.i.timing(j.received), Site: a.site, Anchors: a.told(of)}
	j.welcome.Held, j.welcome.HeldTruncated = a.ranges(id(r.Epoch))
	j.welcome.NumberingWentBack = renumber
	held := a.epoch(id(r.Epoch)).last()
	wentBack := r.NextSequence <= held
	if wentBack {
		j.welcome.NumberingWentBack = true
		g.i.metrics.wentBack.Inc()
		g.i.o.Logger.Warn("the numbering of an agent went back: it opens a new epoch", "site", a.site, "next", r.NextSequence, "held", held)
	}
	selfTest := g.selfTest(a, r.SelfTest)
	if g.err != nil {
		return
	}
	a.selfTest = selfTest
	g.hellos = append(g.hellos, helloRow{
		of: a, agent: a.id, instance: instance, at: j.received.UnixNano(),
		epoch: id(r.Epoch), bootNs: j.contact.BootNs, returned: a.returned[instance], wentBack: wentBack && !renumber && a.clone == nil && a.current == instance,
		version: word(r.Version), arch: word(r.Arch), boot: of, booted: r.BootedUnixNs, selfTest: selfTest,
	})
}

// toldOf are the anchors of the boot that speaks, by since, that could have
// been told to it. Of a boot that has had many the newest count: the last one
// has to lie near our own estimate.
func toldOf(all []*wire.Anchor, c *wire.Contact) []anchor {
	var told []anchor
	for _, n := range all {
		if bytes.Equal(n.GetBoot(), c.Boot) && n.FromBootNs >= 0 && n.FromBootNs <= c.BootNs {
			told = append(told, anchor{n.FromBootNs, n.OffsetNs})
		}
	}
	slices.SortFunc(told, bySince)
	return told[max(0, len(told)-maxAnchors):]
}

func bySince(a, b anchor) int { return int(min(1, max(-1, a.since-b.since))) }

// adoptFormer takes back the anchors of boots that are over, as far as this
// collector lacks them: most boxes of villages are switched off at night, so
// between a backup and its restore every one of them has booted. There is no
// clock left to compare them with; without them the agent's wall clock would
// decide, which may say 1970, and which no check here can tell from the truth
// either. Nothing from the future is taken.
func (g *group) adoptFormer(a *agent, r *wire.HelloRequest, received time.Time) {
	former := map[id][]anchor{}
	latest := received.Add(future).UnixNano()
	for _, n := range r.Anchors[max(0, len(r.Anchors)-maxAnchors):] {
		if len(n.GetBoot()) == 16 && !bytes.Equal(n.Boot, r.Contact.Boot) && n.FromBootNs >= 0 && n.FromBootNs <= latest && n.OffsetNs <= latest-n.FromBootNs {
			former[id(n.Boot)] = append(former[id(n.Boot)], anchor{n.FromBootNs, n.OffsetNs})
		}
	}
	for of, told := range former {
		slices.SortFunc(told, bySince)
		if a.boot(of).adopt(told, told[len(told)-1].offset) {
			if g.saveAnchors(a, of); g.err != nil {
				return
			}
		}
	}
}

// ranges are what is held of an agent: of the epoch that it has now first,
// the newest sequences first when there are too many.
func (a *agent) ranges(now id) (held []*wire.Range, truncated bool) {
	epochs := make([]id, 0, len(a.epochs))
	for e := range a.epochs {
		epochs = append(epochs, e)
	}
	sort.Slice(epochs, func(x, y int) bool {
		if (epochs[x] == now) != (epochs[y] == now) {
			return epochs[x] == now
		}
		return bytes.Compare(epochs[x][:], epochs[y][:]) < 0
	})
	for _, e := range epochs {
		spans := a.epochs[e].held
		if room := wire.MaxRanges - len(held); len(spans) > room {
			spans, truncated = spans[len(spans)-room:], true
		}
		for _, s := range spans {
			held = append(held, &wire.Range{Epoch: e[:], First: s.first, Last: s.last})
		}
	}
	return held, truncated
}

func (g *group) goodbye(a *agent, j *job) {
	if j.err = g.speaks(a, j); j.err != nil {
		return
	}
	g.byes = append(g.byes, byeRow{a.id, a.current, j.received.UnixNano(), word(j.goodbye.Reason)})
}

// selfTest encodes what an agent says that its machine can do. How far its
// clock is off changes with every call and is kept elsewhere.
func (g *group) selfTest(a *agent, t *wire.SelfTest) []byte {
	t = proto.CloneOf(t)
	if t != nil {
		t.ClockOffsetNs = 0
	}
	b, err := proto.Marshal(t)
	if err != nil {
		g.err = fmt.Errorf("encode the self-test of site %s: %w", a.site, err)
	}
	return b
}

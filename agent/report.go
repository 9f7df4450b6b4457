package agent

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"fengsui/agent/status"
	"fengsui/agent/uplink"
	"fengsui/checks"
	"fengsui/collector/wire"
	"fengsui/configs"
	"fengsui/configs/words"
)

// refreshSelfTest looks anew at what this site can do, before verdicts are
// made of it.
func (a *Agent) refreshSelfTest(ctx context.Context) {
	t := a.o.SelfTest(ctx)
	if ctx.Err() != nil {
		return // cut short: it says nothing
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.test.IcmpMode != t.IcmpMode || a.test.Ipv4 != t.Ipv4 || a.test.Ipv6 != t.Ipv6 || a.test.NoteEn != t.NoteEn {
		a.o.Logger.Info("self-test", "icmp", t.IcmpMode, "ipv4", t.Ipv4, "ipv6", t.Ipv6, "note", t.NoteEn)
	}
	a.test = t
	a.env = checks.Env{Resolver: a.o.Resolver, NoV4: !t.Ipv4, NoV6: !t.Ipv6, Allowed: a.o.Allowed, Kind: a.o.KindAllowed}
}

// selfTest returns what the collector is told: the last self-test, and whether
// the disk takes writes. The receiver may fill it in.
func (a *Agent) selfTest() *wire.SelfTest {
	a.mu.Lock()
	t := proto.CloneOf(a.test)
	a.mu.Unlock()
	if a.up.State().Spool == nil {
		return t
	}
	if t.NoteEn != "" {
		t.NoteZh, t.NoteEn = t.NoteZh+"；", t.NoteEn+"; "
	}
	t.NoteZh += words.Text("selftest.disk", "zh")
	t.NoteEn += words.Text("selftest.disk", "en")
	return t
}

// statusEvery is how often the status is written when nothing is pushed.
// Where results stay in memory to spare the flash, it spares it too.
func (a *Agent) statusEvery() time.Duration {
	least := max(a.o.Config.Idle, time.Second)
	if a.inMemory() {
		return max(least, a.o.Config.Checkpoint/3)
	}
	return least
}

func (a *Agent) inMemory() bool { return a.o.Config.SpoolWhere == configs.SpoolMemory }

// canWait says whether a status need not be written yet: for a while nothing
// is news, and for a longer while only what is wrong.
func (a *Agent) canWait(f *status.File) bool {
	told := fmt.Sprint(f.Contact.Now, f.Assignment.Revision)
	for _, p := range f.Problems {
		told += " " + p.Class
	}
	wait := a.statusEvery()
	if told != a.told {
		wait = min(wait, time.Minute)
	}
	if now := time.Now(); a.written.IsZero() || now.Sub(a.written) >= wait {
		a.written, a.told = now, told
		return false
	}
	return true
}

func (a *Agent) report() {
	a.found(a.spool.Damages())
	a.writeStatus(false)
}

// writeStatus rewrites the status file.
func (a *Agent) writeStatus(stopped bool) {
	a.writing.Lock()
	defer a.writing.Unlock()
	f := a.status()
	f.Stopped = stopped
	if a.inMemory() && !stopped && a.canWait(f) {
		return
	}
	if err := f.Write(a.o.Config.Data); err != nil {
		a.o.Logger.Warn("the status could not be written", "error", err)
	}
}

func (a *Agent) status() *status.File {
	c := a.o.Clock
	u := a.up.State()
	epoch, spooled, runs := a.spool.Epoch(), a.spool.State(), a.plan.Stats()
	f := &status.File{
		Written: c.Wall(), Boot: hex.EncodeToString(c.Boot()), BootNS: int64(c.BootTime()), EveryNS: a.statusEvery(),
		Version: a.o.Version, Site: a.id.Site, SiteName: a.id.SiteName,
		Agent: hex.EncodeToString(a.id.Agent), Instance: hex.EncodeToString(a.up.Instance()), Started: a.started,
		Contact: status.Contact{
			Now: u.InContact, Address: u.Address, LastHello: u.LastHello, LastPush: u.LastPush, LastTry: u.LastTry,
			Pushes: u.Pushes, Results: u.Results, SentBytes: u.SentBytes, Held: u.Held, Clashed: u.Clashed,
			Refused: u.Refused, Renew: u.Renew,
		},
		Spool: status.Spool{
			Epoch: hex.EncodeToString(epoch[:]), Next: a.spool.Next(),
			Unacknowledged: spooled.Unacknowledged, Bytes: spooled.Bytes,
		},
		Schedule: status.Schedule{Running: runs.Running, Runs: runs.Runs, Skipped: runs.Skipped},
		Problems: problems(u),
	}
	if u.SiteName != "" { // renamed since the enrolment
		f.SiteName = u.SiteName
	}
	if at, _, ok := a.spool.Checkpointed(); ok {
		f.Spool.Memory = &status.Memory{Checkpoint: at, EveryNS: a.o.Config.Checkpoint}
	}
	if spooled.OldestUnixNs > 0 {
		f.Spool.Oldest = time.Unix(0, spooled.OldestUnixNs)
	}
	if offset, ok := a.up.ClockOffset(); ok {
		f.Contact.ClockOffsetNS = &offset
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f.Assignment = status.Assignment{
		Revision: hex.EncodeToString(a.work.revision), Cached: a.work.cached && !u.Polled, Checks: a.work.checks, Skipped: a.work.skipped,
	}
	f.Spool.Damages, f.Spool.Dropped = append([]string(nil), a.damages...), a.dropped
	f.SelfTest = status.SelfTest{ICMPMode: a.test.IcmpMode, V4: a.test.Ipv4, V6: a.test.Ipv6, NoteZH: a.test.NoteZh, NoteEN: a.test.NoteEn}
	return f
}

// problems lists what is wrong now.
func problems(u uplink.State) []status.Problem {
	all := []status.Problem{}
	for _, p := range []*uplink.Problem{u.Problem, u.Spool, u.Assignment} {
		if p == nil {
			continue
		}
		s := status.Problem{Class: string(p.Class), ZH: p.ZH, EN: p.EN}
		if p == u.Problem {
			s.Since = u.ProblemTime
		}
		all = append(all, s)
	}
	return all
}

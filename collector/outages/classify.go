package outages

import (
	"strconv"
	"time"
)

// The classes of an outage.
const (
	Line     = "line"      // 线路: the agent kept probing and was not heard
	Power    = "power"     // 停电: its machine booted meanwhile
	Shutdown = "shutdown"  // 关机: it said goodbye before
	Firewall = "firewall"  // 防火墙: it kept probing, others were in reach, the collector was not
	Program  = "program"   // 程序: its process was gone, its machine was not
	OffHours = "off_hours" // 下班: it lay outside the hours of its site
	Unknown  = "unknown"
)

// Classes are all of them.
var Classes = []string{Line, Power, Shutdown, Firewall, Program, OffHours, Unknown}

// Evidence is what is known of an outage.
type Evidence struct {
	Began, Ended time.Time // last contact before, first after; Ended is zero while it lasts

	Excused bool // its hours explain it: nobody missed the site before the end, or until now

	Goodbye time.Time // said by the process that spoke before; zero: none

	Heard        bool      // the agent has said Hello or pushed since
	SameAgent    bool      // it is the agent that spoke before
	SameBoot     bool      // on the boot that it had before
	SameInstance bool      // and the same process
	Booted       time.Time // when its machine booted, by the collector's time; zero: not known
	Backlog      bool      // results are still to come

	Kept     int  // results that were made in the middle of the outage, before any boot
	Looks    int  // of them, at targets beyond the site's own network
	Reached  int  // of these, up or degraded
	Expected bool // something should have been
}

// A Verdict says why a site was not heard: its class, and the evidence as a
// code of words.OutageWhy with its arguments.
type Verdict struct {
	Class, Code string
	Args        []string
}

// bootSlack is by how much a machine's boot, computed from its boot clock, may
// lie outside of the outage: what was in flight, and the estimate.
const bootSlack = time.Minute

// Classify says why a site was not heard. What was going on when the silence
// began decides: a box that is switched off and on after an hour without a
// line was still cut off by its line.
func Classify(e Evidence) Verdict {
	verdict := func(class, code string, args ...string) Verdict { return Verdict{class, code, args} }
	switch {
	case e.Excused:
		return verdict(OffHours, "closed")
	case !e.Goodbye.IsZero():
		return verdict(Shutdown, "goodbye", e.Goodbye.UTC().Format(time.RFC3339))
	case e.Ended.IsZero():
		return verdict(Unknown, "lasts")
	case !e.Heard:
		return verdict(Unknown, "not_heard")
	case !e.SameAgent:
		return verdict(Unknown, "other_agent")
	case e.Kept > 0 && e.Looks == 0:
		return verdict(Line, "kept_probing", strconv.Itoa(e.Kept))
	case e.Kept > 0 && 2*e.Reached > e.Looks:
		return verdict(Firewall, "others_reached", strconv.Itoa(e.Reached), strconv.Itoa(e.Looks))
	case e.Kept > 0:
		return verdict(Line, "others_lost", strconv.Itoa(e.Looks-e.Reached), strconv.Itoa(e.Looks))
	case !e.SameBoot && e.Booted.IsZero():
		return verdict(Power, "booted")
	case !e.SameBoot && (e.Booted.Before(e.Began.Add(-bootSlack)) || e.Booted.After(e.Ended.Add(bootSlack))):
		return verdict(Unknown, "other_machine", e.Booted.UTC().Format(time.RFC3339))
	case !e.SameBoot:
		return verdict(Power, "booted_at", e.Booted.UTC().Format(time.RFC3339))
	case !e.SameInstance && e.Backlog:
		return verdict(Program, "new_process_so_far")
	case !e.SameInstance:
		return verdict(Program, "new_process")
	case e.Expected && !e.Backlog:
		return verdict(Unknown, "stood_still")
	}
	return verdict(Line, "same_process")
}

package main

import (
	"context"
	"runtime/debug"

	"fengsui/agent"
	"fengsui/agent/guard"
	"fengsui/agent/selftest"
	"fengsui/checks/all"
	"fengsui/collector/wire"
	"fengsui/configs"
)

// configFile is where agent.hcl is when nobody says otherwise.
const configFile = "/etc/fengsui/agent.hcl"

type runCmd struct {
	Config string `help:"The site's own settings." default:"/etc/fengsui/agent.hcl" placeholder:"FILE" type:"path"`
}

// The agent shares small boxes with other programs: it collects earlier than
// the default, for memory rather than CPU.
const gcPercent = 50

func (c *runCmd) Execute(ctx context.Context, s streams) int {
	config, err := configs.LoadAgent(c.Config, all.Kinds()...)
	if err != nil {
		return fail(s, err, exitUsage)
	}
	debug.SetGCPercent(gcPercent)
	rails := guard.New(config.AllowPrefixes, config.AllowKinds)
	err = agent.Run(ctx, agent.Options{
		Config: *config, Kinds: all.Kinds(), Version: version, Logger: logger(s.err, config.LogLevel),
		Allowed: rails.Allowed, KindAllowed: rails.Kind, SelfTest: selfTest, Crash: crashPoints(s.err), Segment: segment(),
	})
	if err != nil {
		return fail(s, err, 1)
	}
	return 0
}

func selfTest(ctx context.Context) *wire.SelfTest {
	f := selftest.Run(ctx)
	return &wire.SelfTest{IcmpMode: f.ICMPMode, Ipv4: f.V4, Ipv6: f.V6, NoteZh: f.NoteZH, NoteEn: f.NoteEN}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"fengsui/agent/identity"
	"fengsui/agent/uplink"
	"fengsui/collector/wire"
	"fengsui/configs/words"
)

type enrollCmd struct {
	Pack      string   `help:"The district's pack, as fengsui-collector pack wrote it: addresses and pin for every site." placeholder:"FILE" type:"path"`
	Config    string   `help:"agent.hcl, for the data directory, the collector's addresses and the proxy." placeholder:"FILE" type:"path"`
	Collector []string `help:"Address of the collector, host:port, instead of those in the pack and in agent.hcl; several are tried in turn." placeholder:"HOST:PORT"`
	Data      string   `help:"Data directory." placeholder:"DIR" type:"path"`
	Pin       string   `help:"The collector's pin, as fengsui-collector pin prints it, when there is no pack." placeholder:"sha256:HEX"`
	CodeFile  string   `help:"Read the one-time code from this file instead of asking." placeholder:"FILE" type:"path"`
	Yes       bool     `help:"Enrol for whichever site the code is for, without asking."`

	Proxy             *string `help:"HTTP proxy (CONNECT) to go by, instead of the one in agent.hcl; \"\" goes straight." placeholder:"HOST:PORT"`
	ProxyUser         string  `help:"User when the proxy wants authentication, instead of the one in agent.hcl." placeholder:"NAME"`
	ProxyPasswordFile string  `help:"File with that user's password in one line, instead of the one in agent.hcl." placeholder:"FILE" type:"path"`
	Lang              string  `help:"Language of what is printed." enum:"zh,en" default:"zh"`
}

// maxCode bounds what is read as a code and an answer.
const maxCode = 1 << 10

func (c *enrollCmd) Execute(ctx context.Context, s streams) int {
	w, err := c.way()
	if err != nil {
		return fail(s, err, exitUsage)
	}
	if w.district != "" {
		fmt.Fprintln(s.err, words.Text("enroll.pack", c.Lang, w.district, strings.Join(w.collectors, " ")))
	}
	in := bufio.NewReader(io.LimitReader(s.in, maxCode))
	code, err := c.code(s, in)
	if err != nil {
		return fail(s, err, exitUsage)
	}
	desk := identity.Desk{Collectors: w.collectors, Proxy: w.proxy, Pin: w.pin, Version: version}
	preview, err := desk.Preview(ctx, code)
	if err != nil {
		return fail(s, errors.New(words.Text("enroll.failed", c.Lang, c.why(err))), 1)
	}
	if !c.agreed(s, in, preview) {
		return fail(s, errors.New(words.Text("enroll.declined", c.Lang)), 1)
	}
	key, err := identity.PendingKey(w.data)
	if err != nil {
		return fail(s, errors.New(words.Text("enroll.failed", c.Lang, err)), 1)
	}
	id, err := desk.Enrol(ctx, code, key)
	if err != nil {
		return fail(s, errors.New(words.Text("enroll.failed", c.Lang, c.why(err))), 1)
	}
	if err := id.Save(w.data); err != nil {
		return fail(s, errors.New(words.Text("enroll.unsaved", c.Lang, err)), 1)
	}
	if err := identity.DropPending(w.data); err != nil {
		fmt.Fprintf(s.err, "fengsui-agent: %v\n", err) // it is used again, or replaced: nothing is lost
	}
	fmt.Fprintln(s.out, words.Text("enroll.done", c.Lang, id.SiteName, id.Site, w.data))
	if w.once {
		fmt.Fprintln(s.err, words.Text("enroll.proxy_once", c.Lang))
	}
	return 0
}

// agreed shows what a code is for and asks for a yes: a code that was mixed up
// on the phone would make this machine speak for another site.
func (c *enrollCmd) agreed(s streams, in *bufio.Reader, p *wire.PreviewResponse) bool {
	fmt.Fprintln(s.err, words.Text("enroll.site", c.Lang, plain(p.SiteName), plain(p.Site)))
	if old := p.Present; old != nil {
		heard := words.Text("enroll.never", c.Lang)
		if old.HeardUnixNs != 0 {
			heard = local(old.HeardUnixNs)
		}
		fmt.Fprintln(s.err, words.Text("enroll.present", c.Lang, heard))
		if old.Unacknowledged > 0 {
			fmt.Fprintln(s.err, words.Text("enroll.unpushed", c.Lang, old.Unacknowledged, local(old.OldestUnixNs)))
		}
	}
	if c.Yes {
		return true
	}
	fmt.Fprint(s.err, words.Text("enroll.agree", c.Lang))
	answer, _ := in.ReadString('\n') // an answer that was cut off is judged as it is
	fmt.Fprintln(s.err)
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是", "好":
		return true
	}
	return false
}

func local(ns int64) string { return time.Unix(0, ns).Local().Format(time.DateTime) }

// plain makes what a collector names fit for a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}

// why says what an enrolment failed of: a refusal in the collector's words,
// anything else as it was seen.
func (c *enrollCmd) why(err error) string {
	if wire.RefusalOf(err) == nil {
		return err.Error()
	}
	p := uplink.Judge(err)
	if c.Lang == "zh" {
		return p.ZH
	}
	return p.EN
}

// code reads the one-time code. It is never an argument: those are seen by
// everybody on the machine and stay in the shell's history.
func (c *enrollCmd) code(s streams, in *bufio.Reader) (string, error) {
	if c.CodeFile != "" {
		f, err := os.Open(c.CodeFile)
		if err != nil {
			return "", fmt.Errorf("read the code: %w", err)
		}
		defer f.Close()
		return readCode(bufio.NewReader(io.LimitReader(f, maxCode)))
	}
	fmt.Fprint(s.err, words.Text("enroll.ask", c.Lang))
	code, err := readCode(in)
	fmt.Fprintln(s.err)
	return code, err
}

func readCode(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the code: %w", err)
	}
	return identity.CleanCode(line)
}

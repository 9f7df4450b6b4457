package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"fengsui/agent"
	"fengsui/agent/identity"
	"fengsui/agent/line"
	"fengsui/agent/uplink"
	"fengsui/checks/all"
	"fengsui/collector/wire"
	"fengsui/configs"
	"fengsui/configs/words"
)

type enrollCmd struct {
	Config    string   `help:"agent.hcl, for the data directory, the collector's addresses and the proxy." placeholder:"FILE" type:"path"`
	Collector []string `help:"Address of the collector, host:port; several are tried in turn." placeholder:"HOST:PORT"`
	Data      string   `help:"Data directory." placeholder:"DIR" type:"path"`
	Pin       string   `help:"The collector's pin, as fengsui-collector pin prints it." required:"" placeholder:"sha256:HEX"`
	CodeFile  string   `help:"Read the one-time code from this file instead of asking." placeholder:"FILE" type:"path"`
	Lang      string   `help:"Language of what is printed." enum:"zh,en" default:"zh"`
}

// maxCode bounds what is read as a code.
const maxCode = 1 << 10

func (c *enrollCmd) Execute(ctx context.Context, s streams) int {
	collectors, proxy, data, err := c.place()
	if err != nil {
		return fail(s, err, exitUsage)
	}
	pin, err := identity.ParsePin(c.Pin)
	if err != nil {
		return fail(s, err, exitUsage)
	}
	code, err := c.code(s)
	if err != nil {
		return fail(s, err, exitUsage)
	}
	id, err := identity.Enrol(ctx, collectors, proxy, pin, code, version)
	if err != nil {
		return fail(s, errors.New(words.Text("enroll.failed", c.Lang, c.why(err))), 1)
	}
	if err := id.Save(data); err != nil {
		return fail(s, errors.New(words.Text("enroll.unsaved", c.Lang, err)), 1)
	}
	fmt.Fprintln(s.out, words.Text("enroll.done", c.Lang, id.SiteName, id.Site, data))
	return 0
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

// place says which collector, by which proxy, and which data directory are
// meant: what the command line says goes before what agent.hcl says.
func (c *enrollCmd) place() (collectors []string, proxy *line.Proxy, data string, err error) {
	collectors, data = c.Collector, c.Data
	path := c.Config
	if path == "" && (len(collectors) == 0 || data == "") {
		path = configFile
	}
	if path != "" {
		config, err := configs.LoadAgent(path, all.Kinds()...)
		if err != nil {
			return nil, nil, "", err
		}
		if len(collectors) == 0 {
			collectors = config.Collectors
		}
		proxy = agent.Proxy(config.Proxy)
		if data == "" {
			data = config.Data
		}
	}
	if len(collectors) == 0 {
		return nil, nil, "", fmt.Errorf("no collector is given, want collectors in %s or --collector HOST:PORT", path)
	}
	return collectors, proxy, data, nil
}

// code reads the one-time code. It is never an argument: those are seen by
// everybody on the machine and stay in the shell's history.
func (c *enrollCmd) code(s streams) (string, error) {
	if c.CodeFile != "" {
		f, err := os.Open(c.CodeFile)
		if err != nil {
			return "", fmt.Errorf("read the code: %w", err)
		}
		defer f.Close()
		return readCode(f)
	}
	fmt.Fprint(s.err, words.Text("enroll.ask", c.Lang))
	code, err := readCode(s.in)
	fmt.Fprintln(s.err)
	return code, err
}

func readCode(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxCode)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the code: %w", err)
	}
	return identity.CleanCode(line)
}

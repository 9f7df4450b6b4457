package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"fengsui/agent/clock"
	"fengsui/agent/status"
	"fengsui/checks/all"
	"fengsui/configs"
	"fengsui/configs/words"
)

type statusCmd struct {
	Config string `help:"agent.hcl, for the data directory." default:"/etc/fengsui/agent.hcl" placeholder:"FILE" type:"path"`
	Data   string `help:"Data directory, instead of the one in agent.hcl." placeholder:"DIR" type:"path"`
	Lang   string `help:"Language." enum:"zh,en" default:"zh"`
	JSON   bool   `help:"Print the file as it is."`
}

func (c *statusCmd) Execute(_ context.Context, s streams) int {
	data := c.Data
	if data == "" {
		config, err := configs.LoadAgent(c.Config, all.Kinds()...)
		if err != nil {
			return fail(s, err, exitUnknown)
		}
		data = config.Data
	}
	f, err := status.Read(data)
	if err != nil {
		code := 1 // a file that cannot be read is not fine
		if errors.Is(err, status.ErrNone) {
			code = exitUnknown
		}
		return fail(s, err, code)
	}
	verdict, age := f.Judge(clock.System())
	if c.JSON {
		err = printFile(s.out, status.Path(data))
	} else {
		if why := status.Disk(data); why != "" && (verdict == status.Stale || verdict == status.Before) {
			fmt.Fprintln(s.out, words.Text("status.disk."+why, c.Lang, data))
		}
		err = f.Render(s.out, c.Lang, verdict, age)
	}
	if err != nil {
		return fail(s, err, exitUnknown)
	}
	return verdict.ExitCode()
}

func printFile(w io.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

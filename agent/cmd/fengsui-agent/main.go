// Command fengsui-agent observes a site's network for Fengsui.
//
// Old platforms that clerks can use have keys of 1024 bits; whether one is too
// short is a finding of the checks, not a reason to see nothing.
//
//go:debug rsa1024min=0
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/alecthomas/kong"

	"fengsui/configs"
)

// version is set by the linker.
var version = "unknown"

type cli struct {
	Run      runCmd      `cmd:"" help:"Run the agent. The first SIGINT or SIGTERM stops it cleanly, the second at once."`
	Enroll   enrollCmd   `cmd:"" help:"Enrol this machine for a site, with a one-time code that is asked for."`
	Check    CheckCmd    `cmd:"" help:"Run one check by hand, with the exit codes of monitoring plugins."`
	Diagnose diagnoseCmd `cmd:"" help:"Look at a service from this site, from the machine itself outwards, and say whose the fault is (体检)."`
	Status   statusCmd   `cmd:"" help:"Say how the agent on this machine is: exit code 0 fine, 1 not, 3 unknown."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks; from then on the default action is back, and the
	// second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// Exit codes of wrong use: 2 as usual, and 3 (unknown) where a monitoring
// system reads 2 as "critical".
const (
	exitUsage   = 2
	exitUnknown = 3
)

func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("fengsui-agent"),
		kong.Description("烽燧 Fengsui: the agent of a site."),
		kong.Writers(s.out, s.err), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		panic("BUG: the command line is declared wrongly: " + err.Error())
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(s.err, "fengsui-agent: %v\nfengsui-agent --help lists what it can do\n", err)
		if len(args) > 0 && (args[0] == "check" || args[0] == "status") {
			return exitUnknown
		}
		return exitUsage
	}
	switch parsed.Selected().Name {
	case "run":
		return c.Run.Execute(ctx, s)
	case "diagnose":
		return c.Diagnose.Execute(ctx, s)
	case "enroll":
		return c.Enroll.Execute(ctx, s)
	case "check":
		return c.Check.Execute(ctx, s.out, s.err)
	case "status":
		return c.Status.Execute(ctx, s)
	}
	return c.Version.Execute(ctx, s)
}

// fail prints an error, mistakes of a configuration as a compiler does, and
// returns the exit code.
func fail(s streams, err error, code int) int {
	if mistakes, ok := errors.AsType[*configs.Mistakes](err); ok {
		fmt.Fprint(s.err, mistakes)
		return code
	}
	fmt.Fprintf(s.err, "fengsui-agent: %v\n", err)
	return code
}

func logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

type versionCmd struct{}

func (versionCmd) Execute(_ context.Context, s streams) int {
	fmt.Fprintf(s.out, "fengsui-agent %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return 0
}

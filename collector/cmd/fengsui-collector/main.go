// Command fengsui-collector keeps and judges what the agents of a district
// see.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"fengsui/collector"
	"fengsui/collector/identity"
	"fengsui/collector/state"
	"fengsui/configs"
	"fengsui/configs/words"
)

var version = "unknown"

type cli struct {
	Run       runCmd       `cmd:"" help:"Run the collector. SIGHUP reads the configuration again."`
	Config    configCmd    `cmd:"" help:"Look at a configuration."`
	Inventory inventoryCmd `cmd:"" help:"Write parts of the inventory as tables."`
	Contacts  contactsCmd  `cmd:"" help:"Import or export whom to call: contacts and carriers."`
	Agent     agentCmd     `cmd:"" help:"List agents, revoke one, keep one of two machines, approve a late renewal."`
	Code      codeCmd      `cmd:"" help:"Make one-time enrolment codes for sites."`
	Pin       pinCmd       `cmd:"" help:"Print the pin by which agents know this collector."`
	Pack      packCmd      `cmd:"" help:"Write a file by which every site can enrol: addresses, pin and the district's name, no secret."`
	Backup    backupCmd    `cmd:"" help:"Write a backup of the collector's data, also while it runs."`
	Restore   restoreCmd   `cmd:"" help:"Bring a backup into an empty data directory."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// A place is where the configuration is.
type place struct {
	Config string `help:"Directory of the configuration (*.hcl)." default:"/etc/fengsui" placeholder:"DIR"`
}

// output is where a command writes.
type output struct{ out, err io.Writer }

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	var c cli
	parser := kong.Must(&c, kong.Name("fengsui-collector"),
		kong.Description("烽燧 Fengsui: the collector of a district."),
		kong.Vars{"tables": strings.Join(configs.Tables(), ", ")}, kong.Writers(stdout, stderr), kong.UsageOnError(),
		kong.Exit(func(n int) { panic(exit(n)) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(output{stdout, stderr}))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exit:
			code = int(p)
		default:
			panic(p)
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		parser.FatalIfErrorf(err)
	}
	if err := parsed.Run(); err != nil {
		report(stderr, err)
		return 1
	}
	return 0
}

// exit is how kong's help and errors end the program without ending a test.
type exit int

// report prints an error: mistakes of a configuration as a compiler does,
// anything else on one line.
func report(w io.Writer, err error) {
	var m *configs.Mistakes
	if errors.As(err, &m) {
		fmt.Fprint(w, m)
		return
	}
	fmt.Fprintf(w, "fengsui-collector: %v\n", err)
}

type runCmd struct{ place }

func (r runCmd) Run(ctx context.Context, o output) error {
	var level slog.LevelVar
	log := slog.New(slog.NewTextHandler(o.err, &slog.HandlerOptions{Level: &level}))
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Before the stores open, which may take long: an early SIGHUP would end us.
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	c, err := collector.Open(ctx, collector.Options{Config: r.Config, Version: version, Logger: log, Level: &level, At: at})
	if err != nil {
		return err
	}
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	return c.Run(ctx, reload)
}

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Report every mistake of a configuration with its place."`
}

type configCheckCmd struct {
	Dir string `arg:"" help:"Directory of the configuration (*.hcl)." type:"existingdir"`
}

func (c configCheckCmd) Run(o output) error {
	d, err := collector.Load(c.Dir)
	if err != nil {
		return err
	}
	return c.judge(o, d, time.Now())
}

// judge says what is odd about a district, and what its calendar lacks at a
// moment.
func (c configCheckCmd) judge(o output, d *configs.District, now time.Time) error {
	warnings, missing := d.Warnings, configs.Mistakes{}
	for _, p := range d.CalendarProblems(c.Dir, now) {
		if p.Warning {
			warnings = append(warnings, p)
		} else {
			missing.Problems = append(missing.Problems, p)
		}
	}
	configs.Write(o.err, warnings, false, 0)
	if len(missing.Problems) > 0 {
		// The plan is asked for long before a notice is published.
		return errors.Join(planned(o.out, d), &missing)
	}
	assigned, pending := 0, 0
	for _, s := range d.Sites {
		assigned += len(s.Checks)
		pending += len(s.Pending)
	}
	fmt.Fprintf(o.out, "配置正确：%d 个站点、%d 项检查（另有 %d 项待登记）、%d 条告警规则\n", len(d.Sites), assigned, pending, len(d.Rules))
	fmt.Fprintf(o.out, "the configuration is right: %d sites, %d checks (%d more wait for a real address), %d alert rules\n", len(d.Sites), assigned, pending, len(d.Rules))
	return planned(o.out, d)
}

type codeCmd struct {
	place
	Sites []string      `arg:"" name:"site" help:"Sites to make a code for."`
	Life  time.Duration `help:"For how long a code may be used." default:"24h"`
}

// Run prints a code for each site: shown once, stored nowhere.
func (c codeCmd) Run(ctx context.Context, o output) (err error) {
	d, registry, db, err := c.register()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, site := range c.Sites {
		code, err := registry.NewCode(ctx, site, c.Life)
		if err != nil {
			return err
		}
		fmt.Fprintf(o.out, "%s  %s  %s\n", identity.GroupCode(code), site, d.Site(site).Name)
	}
	return nil
}

// openState opens the state beside a collector that may be running. It is not
// made here: a data directory that does not exist is a mistyped one.
func openState(d *configs.District) (*state.DB, error) {
	path := filepath.Join(d.Collector.Data, "state.db")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open the collector's state: %w: start the collector once before", err)
	}
	return state.Open(path)
}

type pinCmd struct{ place }

func (p pinCmd) Run(o output) error {
	_, pin, err := p.pin()
	if err != nil {
		return err
	}
	fmt.Fprintln(o.out, pin)
	return nil
}

// pin is what agents of a configuration trust.
func (p place) pin() (*configs.District, string, error) {
	d, err := collector.Load(p.Config)
	if err != nil {
		return nil, "", err
	}
	if s := d.Collector; s.CACert == "" { // not made here
		if _, err := os.Stat(filepath.Join(s.Data, "ca")); err != nil {
			return nil, "", fmt.Errorf("read the collector's authority: %w: start the collector once before", err)
		}
	}
	a, err := collector.OpenAuthority(d.Collector)
	if err != nil {
		return nil, "", err
	}
	return d, a.Pin(), nil
}

type backupCmd struct {
	place
	Dir         string `arg:"" help:"Folder for the backup: new, or empty."`
	WithSecrets bool   `help:"Also the key of the built-in authority (ca/ca.key). Whoever has it can speak as this collector. Without it keep a copy of the key apart: a collector without its key has to enrol every agent again."`
}

// Run says where the backup is and what it lacks.
func (b backupCmd) Run(ctx context.Context, o output) error {
	d, err := collector.Load(b.Config)
	if err != nil {
		return err
	}
	m, err := collector.Backup(ctx, d, b.Dir, version, b.WithSecrets)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "备份完成：%s，%d 个文件，%d MiB\n", b.Dir, len(m.Files), m.Bytes()>>20)
	fmt.Fprintf(o.out, "the backup is whole: %s, %d files, %d MiB\n", b.Dir, len(m.Files), m.Bytes()>>20)
	switch key := filepath.Join(d.Collector.Data, "ca", "ca.key"); {
	case m.OwnCA:
		inBothLines(o.out, words.AuthorityNotBacked, d.Collector.CACert, d.Collector.CAKey)
	case !m.HasKey():
		fmt.Fprintf(o.out, "备份不含证书密钥 %s：请另行妥善保管一份，丢失后所有探针都要重新注册\n", key)
		fmt.Fprintf(o.out, "the key %s is not in it: keep a copy apart, without it every agent has to be enrolled again\n", key)
	}
	return nil
}

type restoreCmd struct {
	place
	Dir string `arg:"" help:"Folder of the backup." type:"existingdir"`
}

// Run says what the restored collector cannot know.
func (r restoreCmd) Run(ctx context.Context, o output) error {
	d, err := collector.Load(r.Config)
	if err != nil {
		return err
	}
	m, err := collector.Restore(ctx, d, r.Dir)
	if err != nil {
		return err
	}
	made := m.Made.Local().Format(time.DateTime)
	fmt.Fprintf(o.out, "已恢复 %s 的备份。此后的结果由探针补传；此后注册的探针须重新注册，此后吊销的证书须重新吊销，未用的注册码已作废\n", made)
	fmt.Fprintf(o.out, "restored the backup of %s. Agents send again what they made since; agents enrolled since have to be enrolled again, those revoked since revoked again, and unused codes are void\n", made)
	switch key := filepath.Join(d.Collector.Data, "ca", "ca.key"); {
	case m.OwnCA && d.Collector.CACert == "":
		inBothLines(o.out, words.AuthorityUnnamed)
	case m.OwnCA:
		inBothLines(o.out, words.AuthorityNotRestored, d.Collector.CACert, d.Collector.CAKey)
	case !m.HasKey():
		fmt.Fprintf(o.out, "启动前请放回证书密钥：%s（权限 0600）\n", key)
		fmt.Fprintf(o.out, "put the key back before the start: %s (mode 0600)\n", key)
	}
	return nil
}

// inBothLines writes a sentence in Chinese and one in English.
func inBothLines(w io.Writer, key string, args ...any) {
	fmt.Fprintf(w, "%s\n%s\n", words.Text(key, "zh", args...), words.Text(key, "en", args...))
}

type versionCmd struct{}

func (versionCmd) Run(o output) error {
	_, err := fmt.Fprintln(o.out, "fengsui-collector", version)
	return err
}

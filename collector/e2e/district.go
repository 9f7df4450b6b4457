package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A District is a collector and its agents as real processes, with their
// files below one folder.
type District struct {
	Dir    string
	Bin    string // folder of the programs
	Agents string // folder of the agents' program when it is another one
	Listen string // of the collector, for agents
	Hook   *Webhook

	place     Place        // of the collector
	client    *http.Client // that reaches web; nil: from here
	web       string
	collector *Process
	agents    []*Agent
}

// NewDistrict prepares a district: ports, folders and the settings of its
// collector. Further configuration is written with Configure.
func NewDistrict(bin, dir string, silence time.Duration) (*District, error) {
	d := &District{Dir: dir, Bin: bin}
	for _, addr := range []*string{&d.Listen, &d.web} {
		port, err := FreePort("127.0.0.1")
		if err != nil {
			return nil, err
		}
		*addr = fmt.Sprintf("127.0.0.1:%d", port)
	}
	var err error
	if d.Hook, err = NewWebhook(); err != nil {
		return nil, err
	}
	return d, d.settings(silence, "127.0.0.1")
}

// NewDistrictIn prepares a district whose collector runs in a place with an
// address; client asks from there and hook listens there.
func NewDistrictIn(place Place, host string, client *http.Client, hook net.Listener, bin, dir string, silence time.Duration) (*District, error) {
	d := &District{
		Dir: dir, Bin: bin, Listen: net.JoinHostPort(host, "7443"), Hook: ServeWebhook(hook),
		place: place, client: client, web: "127.0.0.1:7480",
	}
	return d, d.settings(silence, host)
}

func (d *District) settings(silence time.Duration, host string) error {
	return d.Configure("collector.hcl", fmt.Sprintf(`
collector {
  data   = %q
  listen = %q
  web    = %q
  names  = [%q, "::1"]
  silence {
    site        = %q
    check_grace = %q
  }
}

receiver "noc" {
  webhook { url = %q }
}

route {
  receiver       = "noc"
  group_by       = ["alertname"]
  group_wait     = "3s"
  group_interval = "3s"
}
`, d.Data(), d.Listen, d.web, host, silence, silence, d.Hook.URL))
}

var ports sync.Map // that FreePort gave out, with what holds each against other processes

// FreePort returns a TCP port that nobody listened on a moment ago. It lies
// below the ports that the kernel gives to outgoing connections, so it is
// still free when a program that was stopped starts again. Nobody else who
// asks here is given the same, in this process or in another one: a name that
// goes with the process (unix(7), abstract) is held for it.
func FreePort(host string) (int, error) {
	var err error
	for range 100 {
		port := 20000 + rand.IntN(10000)
		if _, taken := ports.Load(port); taken {
			continue
		}
		var held, l net.Listener
		if held, err = net.Listen("unix", fmt.Sprintf("@fengsui-port-%d", port)); err != nil {
			continue
		}
		ports.Store(port, held)
		if l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a free port on %s: %w", host, err)
}

// Config is the folder of the collector's configuration.
func (d *District) Config() string { return filepath.Join(d.Dir, "config") }

// Data is the collector's data directory.
func (d *District) Data() string { return filepath.Join(d.Dir, "data") }

// Configure writes a file of the configuration.
func (d *District) Configure(name, text string) error {
	if err := os.MkdirAll(d.Config(), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.Config(), name), []byte(text), 0o644)
}

// ListenPort is the port at which the collector listens for agents.
func (d *District) ListenPort() (int, error) {
	_, port, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// Web asks the collector's web listener.
func (d *District) Web() Web { return Web{"http://" + d.web, d.client} }

// CollectorPid is the process id of the collector.
func (d *District) CollectorPid() int { return d.collector.Pid() }

// Collector is the collector's process, nil before it was started.
func (d *District) Collector() *Process { return d.collector }

// StartCollector starts the collector and waits until it is ready.
func (d *District) StartCollector(ctx context.Context, env ...string) error {
	if err := d.LaunchCollector(env...); err != nil {
		return err
	}
	return d.Ready(ctx)
}

// LaunchCollector starts the collector and does not wait.
func (d *District) LaunchCollector(env ...string) error {
	var err error
	d.collector, err = d.place.Start("fengsui-collector", filepath.Join(d.Bin, "fengsui-collector"), env, "run", "--config", d.Config())
	return err
}

// Ready waits until the collector says that it is.
func (d *District) Ready(ctx context.Context) error {
	ended := errors.New("it ended")
	err := Until(ctx, 30*time.Second, "the collector to be ready", func() error {
		select {
		case <-d.collector.Exited():
			return ended
		default:
		}
		_, err := d.Web().Get(ctx, "/-/ready")
		return err
	})
	if err != nil {
		return fmt.Errorf("%w; it said:\n%s", err, d.collector.Output())
	}
	return nil
}

// Run runs a command of fengsui-collector against the district.
func (d *District) Run(ctx context.Context, args ...string) (string, error) {
	return d.place.Run(ctx, "", filepath.Join(d.Bin, "fengsui-collector"), append(args, "--config", d.Config())...)
}

// ImportContacts makes a CSV table the contacts, or the carriers.
func (d *District) ImportContacts(ctx context.Context, csv string) error {
	path := filepath.Join(d.Dir, "contacts.csv")
	if err := os.WriteFile(path, []byte(csv), 0o600); err != nil {
		return err
	}
	_, err := d.Run(ctx, "contacts", "import", path)
	return err
}

// Code makes a one-time enrolment code for a site.
func (d *District) Code(ctx context.Context, site string) (string, error) {
	out, err := d.Run(ctx, "code", site)
	if err != nil {
		return "", err
	}
	code := codeText.FindString(out)
	if code == "" {
		return "", fmt.Errorf("make a code for %s: %q, want a code in it", site, out)
	}
	return code, nil
}

var (
	codeText = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b`)
	pinText  = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
)

// Pin is what agents trust.
func (d *District) Pin(ctx context.Context) (string, error) {
	out, err := d.Run(ctx, "pin")
	if err != nil {
		return "", err
	}
	pin := pinText.FindString(out)
	if pin == "" {
		return "", fmt.Errorf("read the pin: %q, want sha256: and 64 hex digits", out)
	}
	return pin, nil
}

// An Agent is a real agent of a site.
type Agent struct {
	Site   string
	Config string // its agent.hcl
	Place  Place  // where it runs; nil: here
	bin    string
	proc   *Process
}

// Enrol makes an agent for a site that reaches the collector at the given
// addresses, and enrols it. settings is added to its agent.hcl.
func (d *District) Enrol(ctx context.Context, site, settings string, collectors ...string) (*Agent, error) {
	pin, err := d.Pin(ctx)
	if err != nil {
		return nil, err
	}
	addresses := fmt.Sprintf("collectors = [\"%s\"]\n", strings.Join(collectors, `", "`))
	return d.EnrolBy(ctx, site, addresses+settings, "--pin", pin)
}

// EnrolBy makes an agent for a site and enrols it as the further arguments
// say. settings is all of its agent.hcl but the data directory.
func (d *District) EnrolBy(ctx context.Context, site, settings string, args ...string) (*Agent, error) {
	a, err := d.Machine(site, site, settings)
	if err != nil {
		return nil, err
	}
	return a, d.EnrolMachine(ctx, a, args...)
}

// Machine makes the machine of an agent that is not enrolled yet; name is that
// of its folder.
func (d *District) Machine(name, site, settings string) (*Agent, error) {
	dir := filepath.Join(d.Dir, "agents", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	a := &Agent{Site: site, Config: filepath.Join(dir, "agent.hcl")}
	a.Install(cmp.Or(d.Agents, d.Bin))
	text := fmt.Sprintf("data = %q\n%s\n", filepath.Join(dir, "data"), settings)
	if err := os.WriteFile(a.Config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	d.agents = append(d.agents, a)
	return a, nil
}

// EnrolMachine enrols a machine for its site, whatever it was before.
func (d *District) EnrolMachine(ctx context.Context, a *Agent, args ...string) error {
	code, err := d.Code(ctx, a.Site)
	if err != nil {
		return err
	}
	_, err = a.Place.Run(ctx, code+"\n", a.bin, append([]string{"enroll", "--yes", "--config", a.Config}, args...)...)
	return err
}

// Copy makes another agent of the files of a running one, as whoever copies a
// disk does.
func (d *District) Copy(a *Agent, name string) (*Agent, error) {
	dir := filepath.Join(d.Dir, "agents", name)
	b := &Agent{Site: a.Site, Config: filepath.Join(dir, "agent.hcl"), bin: a.bin}
	if err := os.MkdirAll(b.Data(), 0o755); err != nil {
		return nil, err
	}
	if err := a.proc.Signal(syscall.SIGSTOP); err != nil {
		return nil, err
	}
	err := errors.Join(copyTree(b.Data(), a.Data()), a.proc.Signal(syscall.SIGCONT))
	if err != nil {
		return nil, fmt.Errorf("copy the agent of %s: %w", a.Site, err)
	}
	text, err := os.ReadFile(a.Config)
	if err != nil {
		return nil, err
	}
	text = []byte(strings.ReplaceAll(string(text), a.Data(), b.Data()))
	if err := os.WriteFile(b.Config, text, 0o644); err != nil {
		return nil, err
	}
	d.agents = append(d.agents, b)
	return b, nil
}

// Install makes the next start one of the program in another folder.
func (a *Agent) Install(bin string) { a.bin = filepath.Join(bin, "fengsui-agent") }

// Start starts the agent.
func (a *Agent) Start(env ...string) error {
	var err error
	a.proc, err = a.Place.Start("fengsui-agent at "+a.Site, a.bin, env, "run", "--config", a.Config)
	return err
}

// Status is what fengsui-agent status prints, whatever it makes of it.
func (a *Agent) Status(ctx context.Context) string {
	out, _ := a.Place.Run(ctx, "", a.bin, "status", "--config", a.Config)
	return out
}

// Process is the agent's process, nil before it was started.
func (a *Agent) Process() *Process { return a.proc }

// Data is the agent's data directory.
func (a *Agent) Data() string { return filepath.Join(filepath.Dir(a.Config), "data") }

// LastWords are what the district's processes printed last, for whoever asks
// why a test failed.
func (d *District) LastWords() string {
	var b strings.Builder
	all := []*Process{d.collector}
	for _, a := range d.agents {
		all = append(all, a.proc)
	}
	for _, p := range all {
		if p != nil {
			fmt.Fprintf(&b, "-- %s:\n%s\n", p.Name(), p.Tail(12))
		}
	}
	return b.String()
}

// Close ends everything that the district started.
func (d *District) Close() {
	for _, a := range d.agents {
		if a.proc != nil {
			a.proc.Kill()
		}
	}
	if d.collector != nil {
		d.collector.Kill()
	}
	d.Hook.Close()
}

// Package collector ties the parts of a collector together: what [Open] opens
// [Collector.Run] keeps at work until it is told to stop or a disk fails.
package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/collectors/version"

	"fengsui/checks/all"
	"fengsui/collector/alerts"
	"fengsui/collector/assignments"
	"fengsui/collector/backup"
	"fengsui/collector/gate"
	"fengsui/collector/graph"
	"fengsui/collector/history"
	"fengsui/collector/identity"
	"fengsui/collector/indicators"
	"fengsui/collector/ingest"
	"fengsui/collector/origins"
	"fengsui/collector/outages"
	"fengsui/collector/posture"
	"fengsui/collector/state"
	"fengsui/collector/workbook"
	"fengsui/configs"
)

// Options say which configuration to run.
type Options struct {
	Config  string // directory of *.hcl files
	Version string
	Logger  *slog.Logger
	Level   *slog.LevelVar    // follows log_level; may be nil
	At      func(step string) // named crash points, for tests; may be nil
}

// A Collector is everything that one data directory needs.
type Collector struct {
	o       Options
	began   time.Time
	silence time.Duration // of sites, as it was at the start

	mu       sync.Mutex // guards district, graph and reloadErr
	district *configs.District
	graph    *graph.Graph // of the district
	reload   error        // why the last reload changed nothing; nil when it was taken

	lock        *os.File
	metrics     *prometheus.Registry
	db          *state.DB
	history     *history.History
	authority   *identity.Authority
	registry    *identity.Registry
	assignments *assignments.Assignments
	posture     *posture.Posture
	outages     *outages.Outages
	ingest      *ingest.Ingest
	alerts      *alerts.Alerts
	origins     *origins.Origins
	indicators  *indicators.Indicators
	gate        *gate.Gate

	agentsListener, webListener net.Listener
	control                     *backup.Control
}

// Load reads a configuration as every command of the collector does.
func Load(dir string) (*configs.District, error) {
	return configs.Load(dir, all.Kinds(), alerts.ParseExpr, configs.WithWorkbook(workbook.Read), configs.WithCircle(graph.Circle))
}

// Open reads the configuration, opens the data directory and listens; nothing
// is served before Run. What was opened is closed again when anything fails.
func Open(ctx context.Context, o Options) (*Collector, error) {
	d, err := Load(o.Config)
	if err != nil {
		return nil, err
	}
	c := &Collector{o: o, began: time.Now(), district: d}
	c.setLevel(d.Collector.LogLevel)
	c.warnOfCalendar(d)
	if err := c.open(ctx, d); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// warnOfCalendar logs which years have no calendar. config check refuses what
// a collector at work has to live with.
func (c *Collector) warnOfCalendar(d *configs.District) {
	for _, p := range d.CalendarProblems(c.o.Config, time.Now()) {
		c.o.Logger.Warn(p.EN)
	}
}

func (c *Collector) open(ctx context.Context, d *configs.District) (err error) {
	settings := d.Collector
	if c.lock, err = lock(settings.Data); err != nil {
		return err
	}
	if err = backup.Tidy(settings.Data); err != nil {
		return err
	}
	if err = enough(settings, c.o.Logger); err != nil {
		return err
	}
	c.newRegistry()
	if err = c.openStores(settings); err != nil {
		return err
	}
	if err = c.openRegistry(ctx, settings); err != nil {
		return err
	}
	if err = c.openParts(ctx, d); err != nil {
		return err
	}
	if c.agentsListener, err = net.Listen("tcp", settings.Listen); err != nil {
		return fmt.Errorf("listen for agents: %w", err)
	}
	if c.webListener, err = net.Listen("tcp", settings.Web); err != nil {
		return fmt.Errorf("listen for the web: %w", err)
	}
	c.control, err = backup.Listen(settings.Data)
	return err
}

func (c *Collector) newRegistry() {
	c.metrics = prometheus.NewRegistry()
	c.metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		version.NewCollector("fengsui_collector"),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "fengsui_collector_reload_refused",
			Help: "1 while the configuration on disk was refused at the last reload and the former one is at work."}, c.reloadRefused),
	)
}

func (c *Collector) openStores(s configs.Collector) (err error) {
	if c.db, err = state.Open(filepath.Join(s.Data, "state.db")); err != nil {
		return err
	}
	c.history, err = history.Open(filepath.Join(s.Data, "history"), history.Options{
		Retention: s.Retention, OutOfOrder: s.OutOfOrder, MaxSeriesPerSite: s.MaxSeriesPerSite,
		Registerer: c.metrics, Logger: c.o.Logger,
	})
	return err
}

// OpenAuthority opens the authority that a configuration names: the bureau's
// own, or the one built in, which is made where there is none.
func OpenAuthority(s configs.Collector) (*identity.Authority, error) {
	if s.CACert != "" {
		return identity.OpenOwn(s.CACert, s.CAKey, s.Names, time.Now)
	}
	return identity.OpenAuthority(filepath.Join(s.Data, "ca"), time.Now)
}

// openRegistry opens the authority and the register of those who trust it.
func (c *Collector) openRegistry(ctx context.Context, s configs.Collector) (err error) {
	if c.authority, err = OpenAuthority(s); err != nil {
		return err
	}
	c.registry = identity.NewRegistry(identity.Options{DB: c.db, Authority: c.authority, Site: c.site, Now: time.Now})
	if soon := c.authorityEnds(); !soon.IsZero() {
		c.o.Logger.Warn("the authority's certificate ends soon, and every agent's trust with it: renew it with the same key", "ends", soon, "pin", c.authority.Pin())
	}
	return c.registry.Bind(ctx)
}

// endsSoon is how long before the authority's end people are warned: a
// bureau's CA is renewed by others, who want their time.
const endsSoon = 90 * 24 * time.Hour

// authorityEnds is when the authority's certificate ends, if that is soon.
func (c *Collector) authorityEnds() time.Time {
	if ends := c.authority.Ends(); time.Until(ends) < endsSoon {
		return ends
	}
	return time.Time{}
}

func (c *Collector) openParts(ctx context.Context, d *configs.District) (err error) {
	s := d.Collector
	c.silence = s.SiteSilence
	c.assignments = assignments.New(c.db)
	if err = c.assignments.Publish(ctx, d); err != nil {
		return err
	}
	c.posture, err = posture.Open(posture.Options{
		DB: c.db, Append: c.history.AppendKnown,
		SiteSilence: s.SiteSilence, CheckIntervals: s.CheckIntervals, CheckGrace: s.CheckGrace,
		Waiting: func() time.Duration { return c.ingest.Waiting() },
		Site:    func(id string, silent bool, at time.Time) { c.outages.Site(id, silent, at) },
		Changed: func() { c.alerts.Trigger() },
		Logger:  c.o.Logger,
	})
	if err != nil {
		return err
	}
	c.posture.SetInventory(d)
	c.outages = outages.New(outages.Options{DB: c.db, Queryable: c.history, District: c.District, Silence: s.SiteSilence, Logger: c.o.Logger})
	if c.graph, err = graph.New(d); err != nil {
		return err
	}
	c.ingest, err = ingest.New(ingest.Options{
		DB: c.db, History: c.history, Kinds: all.Kinds(), Recorder: c.posture, Check: c.check,
		OutOfOrder: s.OutOfOrder, Keep: s.Keep, Registerer: c.metrics, Logger: c.o.Logger, At: c.o.At,
	})
	if err != nil {
		return err
	}
	c.alerts, err = alerts.Open(alerts.Options{
		DB: c.db, Queryable: c.history, Judging: c.posture.Judging, Judged: c.posture.Judged,
		Graph: c.Graph, Look: c.look, Linger: func() time.Duration { return c.District().Alerting.Linger },
		Facts: c.facts, Whom: c.whom, ExternalURL: s.ExternalURL, Registerer: c.metrics, Logger: c.o.Logger, At: c.o.At,
	})
	if err != nil {
		return err
	}
	if err = c.alerts.Reload(d.Rules, d.Receivers, d.Route); err != nil {
		return err
	}
	c.origins = origins.New(c.db, c.o.Logger)
	c.indicators = indicators.New(indicators.Options{
		DB: c.db, Queryable: c.history, Origins: c.origins, Append: c.history.AppendKnown, Coverage: c.coverage,
		District: c.District, Now: time.Now, Logger: c.o.Logger,
	})
	c.gate, err = gate.New(gate.Options{
		DB: c.db, Authority: c.authority, Registry: c.registry, Ingest: c.ingest, Assignments: c.assignments,
		Contact: c.posture.Contact, Heard: c.origins.Heard, Drained: c.origins.Drained, SiteName: c.site, Names: s.Names, Registerer: c.metrics, Logger: c.o.Logger,
	})
	return err
}

// site tells the registry which sites there are now.
func (c *Collector) site(id string) (name string, known bool) {
	if s := c.District().Site(id); s != nil {
		return s.Name, true
	}
	return "", false
}

// District is the configuration at work.
func (c *Collector) District() *configs.District {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.district
}

// Graph is the graph of the district at work.
func (c *Collector) Graph() *graph.Graph {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.graph
}

// look is the graph and how its nodes are now.
func (c *Collector) look() (*graph.Graph, graph.Health) {
	g := c.Graph()
	return g, g.Health(c.posture.Snapshot(), c.silence)
}

// coverage is how far the network reaches now.
func (c *Collector) coverage() indicators.Coverage {
	_, h := c.look()
	return indicators.CoverageOf(c.District(), c.posture.Snapshot(), h)
}

// close closes what is open, the last opened first.
func (c *Collector) close() error {
	var errs []error
	for _, l := range []net.Listener{c.agentsListener, c.webListener} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if c.control != nil {
		errs = append(errs, c.control.Close())
	}
	if c.ingest != nil {
		c.ingest.Close()
	}
	if c.history != nil {
		errs = append(errs, c.history.Close())
	}
	if c.db != nil {
		errs = append(errs, c.db.Close())
	}
	if c.lock != nil {
		errs = append(errs, unlock(c.lock))
	}
	return errors.Join(errs...)
}

package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"time"

	"fengsui/checks"
	"fengsui/collector/outages"
	"fengsui/collector/posture"
	"fengsui/configs/calendar"
	"fengsui/configs/words"
	"fengsui/dashboards"
)

// plain serves /plain: one page that always works, for the wall, the phone,
// a text browser, and the night when nothing else does.
type plain struct {
	o       *Options
	page    *template.Template
	policy  string
	reasons checks.Catalogue
}

func newPlain(o *Options) *plain {
	return &plain{
		o:       o,
		page:    template.Must(template.New("plain").Parse(dashboards.Plain)),
		policy:  "default-src 'none'; style-src '" + styleHash(dashboards.Plain) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		reasons: checks.NewCatalogue(o.Kinds),
	}
}

// styleHash is the source expression of the page's one style sheet
// (CSP Level 3, section 2.3.1); inline styles of a smuggled element fail.
func styleHash(page string) string {
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := p.view(r)
	var b bytes.Buffer
	if err := p.page.Execute(&b, v); err != nil {
		p.o.Logger.Error("the plain page could not be written", "err", err)
		problem(w, http.StatusInternalServerError, "internal", "the page could not be written: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", p.policy)
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(b.Bytes()) // who asked may be gone
}

// A view is what the template shows: every text is in its language already.
type view struct {
	lang                            string
	Headline                        string // of the tab: says what is wrong first
	Now, ISO                        string
	OtherLang, OtherWord, OtherHref string
	Blind                           bool // nothing on the page is the present
	Banners                         []banner
	Total                           int
	Counts                          []count
	Alerts                          []alertRow
	NoAlerts                        string
	Showing, ToggleWord, ToggleHref string
	Sites                           []siteRow
	Figures                         []line    // the measured indicators
	Links                           *linkList // nil: the inventory has no lines
	Tasks                           *taskList // nil: nothing is to be set up
	Health                          []line
}

// T returns one of the page's words.
func (v *view) T(key string, args ...any) string {
	return words.Text(words.Plain+key, v.lang, args...)
}

type banner struct{ Class, Text string }

type line struct{ Label, Text, Class string }

// showAllUpTo is how many checks are listed in full when the page is asked
// for nothing else; with more of them only those in trouble are.
const showAllUpTo = 150

func (p *plain) view(r *http.Request) *view {
	v := &view{lang: "zh", OtherLang: "en", OtherWord: "English"}
	q := r.URL.Query()
	if q.Get("lang") == "en" {
		v.lang, v.OtherLang, v.OtherWord = "en", "zh", "中文"
	}
	snap := p.o.Posture.Snapshot()
	health := p.o.Health()
	v.Now, v.ISO = snap.At.In(calendar.Zone).Format("2006-01-02 15:04:05 -07:00"), snap.At.Format(time.RFC3339)
	v.Blind = health.Failed != nil

	if p.o.District != nil && !v.Blind {
		v.Tasks = v.tasks(p.o.District(), snap)
	}
	snap.Sites = present(snap.Sites, v.Blind)

	show := q.Get("show")
	n := 0
	for i := range snap.Sites {
		n += len(snap.Sites[i].Checks)
	}
	if show != "all" && show != "trouble" {
		show = "trouble"
		if n <= showAllUpTo {
			show = "all"
		}
	}
	v.OtherHref = href(v.OtherLang, q.Get("show"))
	hidden := 0
	var agents map[string]AgentInfo
	if p.o.Agents != nil {
		var err error
		if agents, err = p.o.Agents(r.Context()); err != nil {
			v.Banners = append(v.Banners, banner{"care", v.T("agents_gone", err)})
		}
	}
	var out map[string]outages.Outage
	if p.o.Outages != nil {
		var err error
		if out, err = p.o.Outages.Latest(r.Context()); err != nil {
			v.Banners = append(v.Banners, banner{"care", v.T("outages_gone", err)})
		}
	}
	tree := p.tree(v, snap, agents, out, show == "all", &hidden)
	v.Sites = tree
	v.count(snap)
	if show == "all" {
		v.Showing, v.ToggleWord, v.ToggleHref = v.T("showing"), v.T("trouble"), href(v.lang, "trouble")
	} else {
		v.Showing, v.ToggleWord, v.ToggleHref = v.T("hiding", hidden), v.T("all"), href(v.lang, "all")
	}
	p.alerts(v, snap, health)
	if !v.Blind {
		v.Figures = v.indicators(r, p.o, snap.At)
	}
	if p.o.District != nil {
		v.Links = p.links(v, p.o.District(), snap, show == "all")
	}
	v.health(p.o, snap, health)
	v.Headline = v.headline()
	return v
}

func href(lang, show string) string {
	var parts []string
	if lang == "en" {
		parts = append(parts, "lang=en")
	}
	if show == "all" || show == "trouble" {
		parts = append(parts, "show="+show)
	}
	return "/plain?" + strings.Join(parts, "&")
}

// headline is the title of the tab: "✕2 □1 烽燧".
func (v *view) headline() string {
	var b strings.Builder
	if v.Blind {
		b.WriteString("‼ ")
	}
	for _, c := range v.Counts {
		if c.N > 0 && (c.Class == "down" || c.Class == "silent" || c.Class == "degraded") {
			b.WriteString(c.Symbol)
			b.WriteString(" ")
			b.WriteString(number(c.N))
			b.WriteString(" ")
		}
	}
	return b.String() + v.T("title")
}

// health says how the collector is, above the page where it matters and in
// full below.
func (v *view) health(o *Options, snap posture.Snapshot, h Health) {
	var top []banner
	if h.Failed != nil {
		top = append(top, banner{"bad", v.T("failed", h.Failed)})
	}
	if h.RulesBlind != nil {
		top = append(top, banner{"bad", v.T("blind", h.RulesBlind)})
	}
	if !snap.Judging && h.Failed == nil {
		top = append(top, banner{"care", v.T("not_judging", v.duration(snap.JudgingIn+time.Second-1))})
	}
	if h.DiskLow {
		top = append(top, banner{"care", v.T("disk_low", size(h.DiskFree), size(h.DiskTotal))})
	}
	if !h.AuthorityEnds.IsZero() {
		top = append(top, banner{"care", v.T("authority_ends", h.AuthorityEnds.In(calendar.Zone).Format(time.DateOnly))})
	}
	v.Banners = append(top, v.Banners...)

	judgement := line{v.T("judgement"), v.T("judging_since", clock(snap.Listening)), ""}
	if !snap.Judging {
		judgement.Text, judgement.Class = v.T("not_judged"), "care"
	}
	commit := line{v.T("commit"), v.T("no_commit"), ""}
	if !h.LastCommit.IsZero() {
		commit.Text = v.T("ago", v.duration(snap.At.Sub(h.LastCommit)))
	}
	v.Health = []line{judgement, commit}
	if h.DiskTotal > 0 {
		l := line{v.T("disk"), v.T("of", size(h.DiskFree), size(h.DiskTotal)), ""}
		if h.DiskLow {
			l.Class = "care"
		}
		v.Health = append(v.Health, l)
	}
	if !h.Started.IsZero() {
		v.Health = append(v.Health, line{v.T("started"), v.T("for", clock(h.Started), v.duration(snap.At.Sub(h.Started))), ""})
	}
	v.Health = append(v.Health, line{v.T("version"), o.Version, ""})
}

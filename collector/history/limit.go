package history

import (
	"fmt"
	"strings"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// siteLimit bounds the series of one site: the TSDB asks it before it makes a
// series and tells it of each one made and dropped. What the collector itself
// knows about a site does not count: it must take no room from what is seen.
type siteLimit struct {
	limit int

	mu     sync.Mutex
	open   bool // while the logs are replayed nothing is refused
	bySite map[string]int
}

func newSiteLimit(limit int) *siteLimit { return &siteLimit{limit: limit, bySite: map[string]int{}} }

// replayed says that the logs have been read.
func (l *siteLimit) replayed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = true
}

// reset forgets all series: the logs are replayed once more.
func (l *siteLimit) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.bySite)
}

func (l *siteLimit) of(site string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bySite[site]
}

// PreCreation refuses a series of a site that has its number.
func (l *siteLimit) PreCreation(ls labels.Labels) error {
	site := seenAt(ls)
	if site == "" {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.bySite[site]; l.open && n >= l.limit {
		return fmt.Errorf("%w: site %s has %d, at most %d are taken", ErrSeriesLimit, site, n, l.limit)
	}
	return nil
}

// PostCreation counts a series.
func (l *siteLimit) PostCreation(ls labels.Labels) { l.add(seenAt(ls), 1) }

// PostDeletion counts series off.
func (l *siteLimit) PostDeletion(gone map[chunks.HeadSeriesRef]labels.Labels) {
	for _, ls := range gone {
		l.add(seenAt(ls), -1)
	}
}

func (l *siteLimit) add(site string, n int) {
	if site == "" {
		return
	}
	// The label is a part of the series' labels: a key of its own lets go of them.
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.bySite[site]; !ok {
		site = strings.Clone(site)
	}
	if l.bySite[site] += n; l.bySite[site] <= 0 {
		delete(l.bySite, site)
	}
}

// seenAt returns the site at which a series was seen, none for one that the
// collector makes itself.
func seenAt(ls labels.Labels) string {
	if name := ls.Get(model.MetricNameLabel); strings.HasPrefix(name, "fengsui_known_") || name == "fengsui_site_info" || name == "fengsui_target_info" {
		return ""
	}
	return ls.Get("site")
}

package posture

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestSiteNews: it is told once that a site is silent, since its last contact,
// and once that it is heard; and after a start how it is.
func TestSiteNews(t *testing.T) {
	bubble(t, func(t *testing.T) {
		zero := time.Now()
		var mu sync.Mutex
		var news []string
		b := open(t, t.TempDir(), Options{Site: func(id string, silent bool, at time.Time) {
			mu.Lock()
			defer mu.Unlock()
			news = append(news, fmt.Sprintf("%s %t %s", id, silent, at.Sub(zero).Round(time.Second)))
		}})
		defer b.end()
		b.SetInventory(inventory(hub()))
		b.enrol("hub")
		b.run()
		want := func(when string, want ...string) {
			t.Helper()
			time.Sleep(10 * time.Millisecond)
			b.seen()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(news, want) {
				t.Errorf("%s: told %q, want %q", when, news, want)
			}
			news = nil
		}
		want("never spoke")
		b.Contact("hub", time.Now())
		want("first word", "hub false 0s")
		time.Sleep(20 * time.Second)
		b.Contact("hub", time.Now())
		want("still there")
		time.Sleep(10 * time.Minute)
		want("silent", "hub true 20s")
		b.Contact("hub", time.Now())
		want("back", "hub false 10m20s")
		time.Sleep(time.Minute)
		want("silent again", "hub true 10m20s")
		b.again(time.Second)
		b.SetInventory(inventory(hub()))
		b.run()
		want("restarted")
		time.Sleep(time.Minute)
		want("restarted, and still silent", "hub true 0s") // as table instances says, which this test never wrote again
	})
}

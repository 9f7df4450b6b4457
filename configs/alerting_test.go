package configs

import (
	"strings"
	"testing"
	"time"
)

// TestAlerting: who says nothing has the defaults, and what cannot be is
// refused where it stands.
func TestAlerting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		want      Alerting
		refused   string
	}{
		{"nothing said", ``, DefaultAlerting(), ""},
		{"both", "alerting {\n linger = \"0s\"\n duty_grace = \"1h\"\n}", Alerting{0, time.Hour}, ""},
		{"one", "alerting {\n duty_grace = \"5m\"\n}", Alerting{30 * time.Second, 5 * time.Minute}, ""},
		{"too long", "alerting {\n linger = \"2h\"\n}", Alerting{}, "a.hcl:2:11"},
		{"too long a grace", "alerting {\n duty_grace = \"3h\"\n}", Alerting{}, "a.hcl:2:15"},
		{"twice", "alerting {}\nalerting {}", Alerting{}, "a.hcl:2:1:"},
		{"a word that is none", "alerting {\n lingre = \"2s\"\n}", Alerting{}, "linger"},
	} {
		d, err := loadSource("a.hcl", []byte(c.src), testKinds, testParse)
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v, want it refused with %q", c.name, err, c.refused)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case d.Alerting != c.want:
			t.Errorf("%s: %+v, want %+v", c.name, d.Alerting, c.want)
		}
	}
}

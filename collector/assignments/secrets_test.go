package assignments_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"fengsui/collector/assignments"
	"fengsui/collector/state"
	"fengsui/collector/wire"
	"fengsui/configs"
)

const value = "Hushed-community-1"

// polling is a district in which one site polls a device.
func polling(secrets ...configs.Secret) *configs.District {
	d := district(func(s *configs.Site) {
		s.Checks = append(s.Checks, configs.Check{
			Number: 2, ID: "core", Kind: "snmp", Target: "192.0.2.1", Options: map[string][]string{"interface": {"ge1"}, "secret": {"snmp-core"}},
		})
	})
	d.Secrets = secrets
	return d
}

// named returns the option "secret" of the check that has one.
func named(t *testing.T, a *assignments.Assignment) string {
	t.Helper()
	var m wire.Assignment
	if err := proto.Unmarshal(a.Encoded, &m); err != nil {
		t.Fatal(err)
	}
	for _, o := range m.Checks[1].Options {
		if o.Name == "secret" && len(o.Values) == 1 {
			return o.Values[0]
		}
	}
	t.Fatalf("got %v, want an option secret", m.Checks[1])
	return ""
}

// TestSecrets: an assignment names a version of a secret, the value goes apart
// to the sites whose checks name it, and nothing of it is stored.
func TestSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() (*state.DB, *assignments.Assignments) {
		db, err := state.Open(filepath.Join(dir, "state.db"))
		if err != nil {
			t.Fatal(err)
		}
		return db, assignments.New(db)
	}
	db, a := open()
	publish(t, a, polling(configs.Secret{Name: "other", Value: "x"}, configs.Secret{Name: "snmp-core", Value: value}))
	first := a.Current("qingfu")
	reference, ok := strings.CutPrefix(named(t, first), "secret:")
	if name, version, _ := strings.Cut(reference, "@"); !ok || name != "snmp-core" || len(version) != 16 {
		t.Errorf("the check names %q, want secret:snmp-core@ and a version of 16 digits", reference)
	}
	if len(first.Secrets) != 1 || first.Secrets[0].Reference != reference || string(first.Secrets[0].Value) != value {
		t.Errorf("%d secrets travel, want that of the check alone", len(first.Secrets))
	}
	if hub := a.Current("hub"); len(hub.Secrets) != 0 {
		t.Errorf("%d secrets travel to a site whose checks name none", len(hub.Secrets))
	}
	if bytes.Contains(first.Encoded, []byte(value)) {
		t.Error("the assignment holds the secret's value")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if b, err := os.ReadFile(file); err != nil || bytes.Contains(b, []byte(value)) {
			t.Errorf("%s holds the secret's value, %v", filepath.Base(file), err)
		}
	}

	db, a = open() // another process: the same revision
	defer db.Close()
	publish(t, a, polling(configs.Secret{Name: "snmp-core", Value: value}))
	if again := a.Current("qingfu"); !slices.Equal(again.Revision, first.Revision) {
		t.Error("after a restart the same secret is another revision")
	}
	prefixed := polling(configs.Secret{Name: "snmp-core", Value: value})
	prefixed.Sites[0].Checks[1].Options["secret"] = []string{"secret:snmp-core"}
	publish(t, a, prefixed)
	if again := a.Current("qingfu"); !slices.Equal(again.Revision, first.Revision) {
		t.Error("secret:snmp-core names another secret than snmp-core")
	}
	publish(t, a, polling(configs.Secret{Name: "snmp-core", Value: value + "2"}))
	if changed := a.Current("qingfu"); slices.Equal(changed.Revision, first.Revision) || string(changed.Secrets[0].Value) != value+"2" {
		t.Error("another value is not another revision")
	}
	publish(t, a, polling())
	if none := a.Current("qingfu"); len(none.Secrets) != 0 || named(t, none) != "secret:snmp-core" {
		t.Errorf("without the secret %d travel and the check names %q, want none and the bare name", len(none.Secrets), named(t, none))
	}
}

// TestVersionsAreOfThisCollector: whoever sees a version cannot try values on
// it, for each collector has a key of its own.
func TestVersionsAreOfThisCollector(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2 {
		a := assignments.New(newDB(t))
		publish(t, a, polling(configs.Secret{Name: "snmp-core", Value: value}))
		seen[named(t, a.Current("qingfu"))] = true
	}
	if len(seen) != 2 {
		t.Errorf("two collectors give one secret one version: %v", seen)
	}
}

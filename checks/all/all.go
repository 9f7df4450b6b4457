// Package all is the one list of kinds.
package all

import (
	"slices"

	"fengsui/checks"
	"fengsui/checks/dns"
	"fengsui/checks/http"
	"fengsui/checks/icmp"
	"fengsui/checks/ntp"
	"fengsui/checks/path"
	"fengsui/checks/snmp"
	"fengsui/checks/tcp"
	"fengsui/checks/tls"
)

// Kinds returns every kind of check, in the order of their names.
func Kinds() []*checks.Kind {
	return []*checks.Kind{
		&dns.Kind,
		&http.Kind,
		&icmp.Kind,
		&ntp.Kind,
		&path.Kind,
		&snmp.Kind,
		&tcp.Kind,
		&tls.Kind,
	}
}

// Find returns the kind with this name, nil when there is none.
func Find(name string) *checks.Kind {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k *checks.Kind) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

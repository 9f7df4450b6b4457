package main

import (
	"fmt"
	"slices"
	"strings"
)

// serviceFile writes the services, and for the profiles of district.hcl the
// lists of those that are looked at alike.
func serviceFile(services []map[string]string) string {
	var b strings.Builder
	b.WriteString(header("services.tsv"))
	b.WriteString(`# 目标都是示例地址，即待登记，不会探测；换成真实地址后即开始
# Every target is an example, which is never probed; a real one begins at once

`)
	alike := map[string][]string{}
	for _, s := range services {
		alike[list(s)] = append(alike[list(s)], s["id"])
	}
	var names []string
	for name := range alike {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "variable %q {\n  default = [\n", name)
		for _, id := range alike[name] {
			fmt.Fprintf(&b, "    %q,\n", id)
		}
		b.WriteString("  ]\n}\n")
	}
	for i, s := range services {
		fmt.Fprintf(&b, "\nservice %q {\n  name    = %q\n  section = %q\n  target  = %q\n  owner   = %q\n  tier    = %s\n  layer   = %q\n  status  = %q\n",
			s["id"], s["name"], s["section"], target(i, s), s["owner"], s["tier"], s["layer"], s["status"])
		if named(s) { // and dark when no resolver answers
			b.WriteString("  depends_on = [\"service.dns\"]\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// list names the services that are looked at in the same way, from the same
// sites, as often.
func list(s map[string]string) string {
	name := strings.ToLower(s["profile"])
	if s["profile"] == "VID" { // a port, as of TCP
		name = "tcp"
	}
	if s["tier"] == "1" {
		name += "_tier1"
	}
	if s["from"] != "all" {
		name += "_" + s["from"]
	}
	return name
}

func named(s map[string]string) bool { return s["profile"] == "WEB" || s["profile"] == "API" }

// target is where the service at a place of the table would be: RFC 2606 for
// names, RFC 5737 for addresses.
func target(i int, s map[string]string) string {
	if named(s) {
		return "https://" + s["id"] + ".example/"
	}
	return fmt.Sprintf("203.0.113.%d:443", i+1)
}

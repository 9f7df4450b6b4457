package configs

import (
	_ "embed" // of the demo's district
	"strconv"
	"strings"
)

//go:embed demo/district.hcl.tmpl
var demoDistrict string

// Demo returns the district of `make demo` as text for [Load], without the
// collector's own settings. Both ports are of localhost, on 127.0.0.1 and on
// ::1: the portal as the hub reaches it, and the same through the town's line.
func Demo(portal, line int) string {
	return strings.NewReplacer("{{Portal}}", strconv.Itoa(portal), "{{Line}}", strconv.Itoa(line)).Replace(demoDistrict)
}

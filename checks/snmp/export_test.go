package snmp

import (
	"time"

	"fengsui/checks"
)

// SetClock gives a check another clock for its rates.
func SetClock(c checks.Check, now func() time.Time) { c.(*check).now = now }

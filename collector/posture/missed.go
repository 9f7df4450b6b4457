package posture

import (
	"time"

	"fengsui/configs/calendar"
)

// Missed is when a site with these hours and this grace, heard last at the given time, is
// first missed: a silence that ends before is 下班. The record of outages and
// who is called go by the same.
func Missed(h calendar.Hours, c *calendar.Calendar, grace time.Duration, last time.Time) time.Time {
	return missedFrom(h, c, grace, last)
}

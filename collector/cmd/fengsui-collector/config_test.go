package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// TestConfigCheckCalendar: a year without a calendar is a warning until the
// notice of the next year is published, then an error; the plan is told anyhow.
func TestConfigCheckCalendar(t *testing.T) {
	t.Parallel()
	d := &configs.District{Calendar: configs.PublishedCalendar(), Sites: []configs.Site{{ID: "hub", Name: "区中心", Kind: "hub"}}}
	judge := func(month time.Month) (out, warned string, err error) {
		var stdout, stderr bytes.Buffer
		err = configCheckCmd{Dir: "etc"}.judge(output{&stdout, &stderr}, d, time.Date(2026, month, 1, 0, 0, 0, 0, calendar.Zone))
		return stdout.String(), stderr.String(), err
	}
	if out, warned, err := judge(time.October); err != nil || !strings.Contains(out, "配置正确") || !strings.Contains(warned, "there is no calendar of 2027") {
		t.Errorf("in October: %v\n%s%s\nwant a right configuration with a warning", err, out, warned)
	}
	out, warned, err := judge(time.November)
	var m *configs.Mistakes
	if !errors.As(err, &m) || !strings.Contains(err.Error(), "没有 2027 年的放假调休安排") || !strings.Contains(out, "计划负载") || strings.Contains(out, "配置正确") || warned != "" {
		t.Errorf("in November: %v\n%s%s\nwant the plan and an error that names 2027", err, out, warned)
	}
}

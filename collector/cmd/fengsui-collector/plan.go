package main

import (
	"io"
	"strconv"

	"fengsui/checks/all"
	"fengsui/configs"
	"fengsui/configs/words"
)

// planned prints the load that a configuration makes: what every service sees
// of us, and what every site's line carries.
func planned(w io.Writer, d *configs.District) error {
	p, err := d.PlannedLoad(all.Kinds())
	if err != nil || len(p.Sites) == 0 {
		return err
	}
	inBothLines(w, words.PlanHead)
	for _, s := range p.Services {
		inBothLines(w, words.PlanService, decimals(s.PerMinute, 1), strconv.Itoa(s.Sites), s.Name, s.ID)
	}
	for _, s := range p.Sites {
		inBothLines(w, words.PlanSite, decimals(s.BitsPerSecond/1e3, 1), decimals(s.BytesPerMonth/1e9, 2), s.Name, s.ID)
	}
	return nil
}

func decimals(v float64, n int) string { return strconv.FormatFloat(v, 'f', n, 64) }

package indicators

// A UnitMonth is a unit over the days of a month.
type UnitMonth struct {
	Unit, Name         string
	Counted, Connected int // days
	OK                 bool
}

// A counted day is one that counts, with how its units stood.
type countedDay struct {
	terms *Terms
	units []UnitDay
}

// monthOf puts the counted days of a month together, the oldest first. The
// list is that of the last of them, its cut-off; a day on which a unit was not
// listed or is unsettled does not count for it.
func monthOf(days []countedDay) []UnitMonth {
	if len(days) == 0 {
		return nil
	}
	terms := days[len(days)-1].terms
	counted := map[string][]bool{}
	for _, day := range days {
		for _, u := range day.units {
			if u.State != Unsettled {
				counted[u.Unit] = append(counted[u.Unit], u.State == Connected)
			}
		}
	}
	months := make([]UnitMonth, len(terms.Units))
	for i, u := range terms.Units {
		m := UnitMonth{Unit: u.ID, Name: u.Name, Counted: len(counted[u.ID]), OK: month(counted[u.ID], terms.MonthOK)}
		for _, ok := range counted[u.ID] {
			if ok {
				m.Connected++
			}
		}
		months[i] = m
	}
	return months
}

// month says whether a unit is connected over days, oldest first: on enough
// of the days that count, and on the last of them.
func month(days []bool, enough float64) bool {
	n := 0
	for _, ok := range days {
		if ok {
			n++
		}
	}
	return n > 0 && days[len(days)-1] && share(n, len(days)) >= enough
}

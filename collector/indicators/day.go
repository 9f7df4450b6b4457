package indicators

// A Day is what an access point's rounds of one day come to.
type Day struct {
	OK, Fail, NoData, Excluded int  // rounds within the counted hours
	E2, E3                     int  // of OK, those at least of that grade
	Outside                    int  // rounds in which the agent spoke from elsewhere than its extranet
	Off                        bool // no working day, or every round excluded: it does not count
	Connected                  bool
	WithoutExclusion           bool // as Connected, excluded rounds taken as failed
}

// day judges a day of one access point, of which so many rounds have ended.
// The rounds are those of the day from midnight on; what is behind their end
// has no data.
func (t *Terms) day(rounds []Round, ended int) Day {
	var d Day
	for i := t.From; i < min(t.To, ended); i++ {
		var r Round
		if i < len(rounds) {
			r = rounds[i]
		}
		if r.Outside {
			d.Outside++
		}
		switch r.Outcome {
		case OK:
			d.OK++
			if r.Grade >= E2 {
				d.E2++
			}
			if r.Grade >= E3 {
				d.E3++
			}
		case Fail:
			d.Fail++
		case Excluded:
			d.Excluded++
		default:
			d.NoData++
		}
	}
	d.Off = d.OK+d.Fail+d.NoData == 0
	d.Connected = t.connected(d.OK, d.Fail, d.NoData)
	d.WithoutExclusion = t.connected(d.OK, d.Fail+d.Excluded, d.NoData)
	return d
}

func (t *Terms) connected(ok, fail, noData int) bool {
	return ok > 0 && share(ok, ok+fail) >= t.DayOK && share(noData, ok+fail+noData) <= t.DayNoData
}

// share divides instead of multiplying the bound: 19 of 20 rounds to the very
// number that is written 0.95.
func share(n, of int) float64 { return float64(n) / float64(of) }

package indicators

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"fengsui/configs"
	"fengsui/configs/calendar"
)

// Terms are by what the rounds of a day are counted: the list of units, the
// hours and the bounds. The ledger keeps them with the rounds, so that a day is
// told years later as it was published, whatever the inventory says by then.
type Terms struct {
	Round         time.Duration `json:"round_ns"`
	From          int           `json:"from"` // the rounds from midnight on that count: those wholly within the hours
	To            int           `json:"to"`   // behind the last; From when the day does not count
	CalendarDoubt bool          `json:"calendar_unknown,omitempty"`
	DayOK         float64       `json:"day_ok_ratio"`
	DayNoData     float64       `json:"day_no_data_ratio"`
	MonthOK       float64       `json:"month_ok_ratio"`
	Levels        []int         `json:"levels"`
	Units         []TermsUnit   `json:"units"`
}

// A TermsUnit is a unit as the list had it.
type TermsUnit struct {
	ID     string        `json:"id"`
	Name   string        `json:"name"`
	Budget string        `json:"budget"` // one of configs.BudgetStates
	Level  int           `json:"level"`
	Access []TermsAccess `json:"access,omitempty"`
}

// A TermsAccess is an access point of a unit as the list had it.
type TermsAccess struct {
	Node       configs.Node `json:"access"`
	Site       string       `json:"site,omitempty"` // "": no agent speaks for it
	Required   bool         `json:"required"`
	Confirmed  bool         `json:"confirmed"`            // it has its 开通确认单
	Undeclared bool         `json:"undeclared,omitempty"` // no prefix says from where its evidence has to come
}

// termsOf are the terms of a day by the inventory as it is.
func termsOf(d *configs.District, date calendar.Date) *Terms {
	s := &d.Indicators
	t := &Terms{Round: s.Round, DayOK: s.DayOK, DayNoData: s.DayNoData, MonthOK: s.MonthOK, Levels: s.Levels, Units: []TermsUnit{}}
	_, sure := d.Calendar.Working(date)
	t.CalendarDoubt = !sure
	if open, shut, ok := s.Counted.On(d.Calendar, date); ok {
		t.From, t.To = int((open+s.Round-1)/s.Round), int(shut/s.Round)
	}
	t.To = max(t.From, t.To)
	for i := range d.Units {
		u := &d.Units[i]
		of := TermsUnit{ID: u.ID, Name: u.Name, Budget: u.Budget, Level: u.Level}
		for k := range u.Access {
			a := &u.Access[k]
			of.Access = append(of.Access, TermsAccess{Node: a.Node(), Site: a.Site, Required: a.Required, Confirmed: a.Confirmation != "",
				Undeclared: a.Site != "" && len(extranet(d, a)) == 0})
		}
		t.Units = append(t.Units, of)
	}
	return t
}

// counts says whether the day counts at all.
func (t *Terms) counts() bool { return t.From < t.To }

// encode is the terms as the ledger keeps them, and their hash.
func (t *Terms) encode() (hash string, encoded []byte, err error) {
	if encoded, err = json.Marshal(t); err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), encoded, nil
}

// units rates every unit on a day of which so many rounds have ended.
func (t *Terms) units(rounds Rounds, ended int) []UnitDay {
	units := make([]UnitDay, len(t.Units))
	for i := range t.Units {
		units[i] = rateUnit(&t.Units[i], func(a configs.Node) Day { return t.day(rounds[a], ended) })
	}
	return units
}

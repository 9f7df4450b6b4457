package clock

import "time"

// A Fake is a clock for tests. Its boot clock runs with time.Now, so that
// inside of a testing/synctest bubble all time is the bubble's.
type Fake struct {
	ID    []byte        // boot id, 16 bytes
	Start time.Time     // when the machine started
	Skew  time.Duration // wall clock minus true time
}

// NewFake returns a clock of a machine that has been up for an hour.
func NewFake() *Fake {
	return &Fake{ID: []byte("fake boot id 001"), Start: time.Now().Add(-time.Hour)}
}

// Boot returns ID.
func (f *Fake) Boot() []byte { return f.ID }

// BootTime returns the time since Start.
func (f *Fake) BootTime() time.Duration { return time.Since(f.Start) }

// Wall returns the time, wrong by Skew.
func (f *Fake) Wall() time.Time { return time.Now().Add(f.Skew) }

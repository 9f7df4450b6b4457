package checks

import "fmt"

// A State says how a target stands, as one site sees it.
type State uint8

// The five states, numbered as in fengsui_known_state.
const (
	Up       State = iota
	Degraded       // it serves, but not as wanted
	Down           // the target's fault
	Unable         // we could not look; never counted as the target's failure
	Silent         // no data; never green, never carried over
)

var stateNames = [...]string{"up", "degraded", "down", "unable", "silent"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Valid says whether s is one of the five states.
func (s State) Valid() bool { return int(s) < len(stateNames) }

// ExitCode is the exit code of monitoring plugins for a state
// (Monitoring Plugins Development Guidelines, "Plugin Return Codes").
func (s State) ExitCode() int {
	switch s {
	case Up:
		return 0
	case Degraded:
		return 1
	case Down:
		return 2
	}
	return 3
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

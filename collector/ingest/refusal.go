package ingest

import (
	"connectrpc.com/connect"

	"fengsui/collector/wire"
	"fengsui/configs/words"
)

// Codes of results that were decided without being stored, or not wholly.
const (
	codeClock       = "clock"               // neither the anchor nor the wall gives a possible time
	codeValue       = "value"               // not a finite number, or no state
	codeKey         = "key"                 // of a row: not UTF-8, too long, or not declared
	codeRows        = "rows"                // too many, or malformed ones
	codeFindings    = "findings"            // too many, or malformed ones
	codeCheck       = "check_unknown"       // the revision has no such check, or is another site's
	codeKind        = "kind_unknown"        // not the kind of the check
	codeMeasurement = "measurement_unknown" // the kind declares no such measurement
	codeSeries      = "series_limit"        // the site has as many series as it may have
	codeRevision    = "revision_unknown"    // held for a day, and still not known
	codeBroken      = "broken"              // the digest fits but the body cannot be decoded
	codeSample      = "sample"              // the TSDB refused it
)

// refuse returns the refusal of a whole call.
func refuse(code string, args ...any) error {
	status := map[string]connect.Code{
		wire.CodeSuperseded:      connect.CodeFailedPrecondition,
		wire.CodeClone:           connect.CodeFailedPrecondition,
		wire.CodeHelloFirst:      connect.CodeFailedPrecondition,
		wire.CodeProtocolUnknown: connect.CodeFailedPrecondition,
		wire.CodeTooLarge:        connect.CodeResourceExhausted,
		wire.CodeBroken:          connect.CodeInvalidArgument,
		wire.CodeStopping:        connect.CodeUnavailable,
	}[code]
	if status == 0 {
		panic("BUG: no status for the refusal " + code)
	}
	key := "ingest." + code
	return wire.NewRefusal(status, code, words.Text(key, "zh", args...), words.Text(key, "en", args...))
}

// maxRefused bounds the refused ranges of an answer; what is over is counted
// and shown all the same.
const maxRefused = 1000

// A refusal is one that a job met.
type refusal struct {
	epoch id
	span  span
	code  string
}

// tell adds a refusal to a push's answer, joined to the one before it where it
// follows. It says whether it is another one than the last: a result whose
// parts are refused for one reason counts once.
func (j *job) tell(r refusal) bool {
	if j.refused == r {
		return false
	}
	before := j.refused
	j.refused = r
	if n := len(j.answer.Refused); n > 0 && before.code == r.code && before.epoch == r.epoch && before.span.last+1 == r.span.first {
		if last := j.answer.Refused[n-1]; last.Last == before.span.last {
			last.Last = r.span.last
			return true
		}
	}
	if len(j.answer.Refused) < maxRefused {
		j.answer.Refused = append(j.answer.Refused, &wire.Refused{Epoch: r.epoch[:], First: r.span.first, Last: r.span.last, Code: r.code})
	}
	return true
}

package ingest

import (
	"bytes"
	"slices"
	"time"
)

// Bounds of what one commit takes of what waits.
const (
	maxGroup        = 256
	maxGroupResults = 20_000
	// quickResults is the most that a push holds for which nobody has to wait
	// long: live results are some, a backlog thousands.
	quickResults = 500
	// slowResults is when a commit takes no further push of a backlog. Whoever
	// pushes meanwhile waits for the whole of it.
	slowResults = 2_500
)

// liveFor is for how long a result is live: so long an agent sends it ahead of
// its backlog.
const liveFor = 60 * time.Second

// A queue is the calls that wait for the committer. A backlog that arrives
// keeps it busy for minutes, and live results must not wait behind: quick calls
// and slow ones take turns, and of the slow ones those go first that carry live
// results. Otherwise calls keep the order in which they came, and those of one
// agent always do.
type queue struct {
	quick, slow []*job
	live        int // so many at the beginning of slow carry live results
	slowTurn    bool
}

func (q *queue) empty() bool { return len(q.quick)+len(q.slow) == 0 }

// fill takes what waits. What it leaves waits where it is.
func (q *queue) fill(jobs <-chan *job) {
	for len(q.quick)+len(q.slow) < maxGroup {
		select {
		case j, ok := <-jobs:
			if !ok {
				return // run sees it again
			}
			q.add(j)
		default:
			return
		}
	}
}

func (q *queue) add(j *job) {
	behind := holds(q.slow, j)
	switch {
	case !behind && j.results() <= quickResults:
		q.quick = append(q.quick, j)
	case !behind && j.live():
		q.slow = slices.Insert(q.slow, q.live, j)
		q.live++
	default:
		q.slow = append(q.slow, j)
	}
}

// holds says whether a call of the same agent waits in a list.
func holds(list []*job, j *job) bool {
	return slices.ContainsFunc(list, func(o *job) bool { return o.caller.Agent == j.caller.Agent })
}

// live says whether a push carries live results, which come first in it.
func (j *job) live() bool {
	if len(j.batches) == 0 || j.batches[0].body == nil {
		return false
	}
	b := j.batches[0].body
	n := len(b.results)
	return n > 0 && bytes.Equal(b.boot, j.contact.Boot) && b.results[n-1].bootNs >= j.contact.BootNs-int64(liveFor)
}

// next takes the calls of one commit out of the queue.
func (q *queue) next() []*job {
	from, most := &q.quick, maxGroupResults
	if len(q.quick) == 0 || q.slowTurn && len(q.slow) > 0 && !holds(q.quick, q.slow[0]) {
		from, most = &q.slow, slowResults
	}
	n, results := 0, 0
	for n < len(*from) && results < most && (from == &q.quick || !holds(q.quick, (*from)[n])) {
		results += (*from)[n].results()
		n++
	}
	if q.slowTurn = from == &q.quick; !q.slowTurn {
		q.live = max(0, q.live-n)
	}
	jobs := slices.Clone((*from)[:n])
	*from = slices.Delete(*from, 0, n)
	return jobs
}

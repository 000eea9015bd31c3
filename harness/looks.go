package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"time"

	"limitcheck/compare"
	"limitcheck/scenarios"
)

// A Budget is the time for adding replicas, a further d or theory samples to what is inconclusive. The level holds over
// all looks together (docs/statistics.md, "Several looks"). Checks that share it, one after the other, share the time.
type Budget struct {
	Left time.Duration // counts down
}

const (
	// reserve is asked for beyond Comparison.Need: the next look's bounds are wider, and the estimates do not stay
	// where they are.
	reserve  = 1.3
	maxLooks = 6
)

// An extension is what is added to an inconclusive experiment.
type extension struct {
	experiment scenarios.Experiment
	samples    int // of the theory; 0: as they are
	what       string
	seconds    float64 // estimate
}

// extend adds to an inconclusive experiment, look by look, until it is conclusive or the budget is spent, and notes
// what the reader must know. An interruption and a store that fails are errors; anything else that goes wrong ends the
// extensions with a note.
func (c *check) extend(ctx context.Context) error {
	for c.result.Comparison.Verdict == compare.Inconclusive {
		x, obstacle := c.next()
		if obstacle != "" {
			c.note("%s", obstacle)
			break
		}
		if c.set.Note != nil {
			name := c.result.Scenario.Name
			c.set.Note(fmt.Sprintf("%s: inconclusive; adding %s (about %s)", name, x.what, about(x.seconds)))
		}
		look, start := c.result.Comparison.Look, time.Now()
		err := c.add(ctx, x)
		c.set.Budget.Left -= time.Since(start)
		if ctx.Err() != nil || errors.As(err, new(StoreError)) {
			return err
		}
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			c.note("Time ran out while adding %s; what is finished is kept and need not be simulated again.", x.what)
		case err != nil:
			c.note("Could not add %s: %v.", x.what, err)
		default:
			c.note("Added after look %d, which was inconclusive: %s.", look, x.what)
		}
		if err != nil {
			break
		}
	}
	if k := c.result.Comparison.Look; k > 1 {
		c.note("The data were looked at %d times. Look k spends 2^-k of the level and of what the bounds may miss, "+
			"so that both hold over all looks: at this one p counts %d-fold.", k, 1<<k)
	}
	return nil
}

func (c *check) note(format string, args ...any) {
	c.notes = append(c.notes, compare.Note{Kind: compare.NoteLooks, Text: fmt.Sprintf(format, args...)})
}

// add extends the experiment and looks again. If that fails everything stays as it was.
func (c *check) add(ctx context.Context, x *extension) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.set.Budget.Left)
	defer cancel()
	s, p := *c.result.Scenario, c.prediction
	s.Experiment = x.experiment
	if x.samples > 0 {
		c.set.saved()
		start := time.Now()
		if p, err = c.predictions.predict(ctx, &s, x.samples); err != nil {
			return err
		}
		c.result.TheorySeconds += time.Since(start).Seconds()
		c.seconds = c.since(start)
	}
	return c.look(ctx, &s, p)
}

// next is what to add, or what stands in the way of adding.
func (c *check) next() (x *extension, obstacle string) {
	x = c.extension()
	left := c.set.Budget.Left.Seconds()
	switch {
	case x == nil:
		obstacle = "Nothing that could be added would conclude."
	case c.result.Comparison.Look >= maxLooks:
		obstacle = fmt.Sprintf("After %d looks none is left: each spends half of the level that the one before it had.",
			maxLooks)
	case x.seconds > left:
		obstacle = fmt.Sprintf("Not added for want of time: %s (it would take about %s, %s are left).",
			x.what, about(x.seconds), about(left))
	}
	return x, obstacle
}

// extension chooses what to add by Comparison.Need: more replicas at every d or as many at a further d, whichever is
// cheaper, and theory samples where its error is in the way. Costs are the sources' estimates scaled by the time that
// the runs so far took; the choice does not depend on that time, so that a resumed check chooses the same. nil: none
// would do.
func (c *check) extension() *extension {
	need, experiment := c.result.Comparison.Need, c.result.Scenario.Experiment
	if need == nil {
		return nil
	}
	x := &extension{experiment: experiment}
	if old := c.prediction.samples; need.TheorySamples > 1 && old > 0 {
		x.samples = int(min(1e15, math.Ceil(float64(old)*need.TheorySamples*reserve)))
		x.what = fmt.Sprintf("%d scramblings of the theory, %d in all", x.samples-old, x.samples)
		x.seconds = c.seconds * float64(x.samples) / float64(old)
	}
	if need.Replicas > 1 && !math.IsInf(need.Replicas, 0) && c.ensemble.cost != nil {
		work, what := c.replicas(x, need)
		if x.what != "" {
			x.what += ", and "
		}
		x.what += what
		x.seconds += work * c.ensemble.seconds / float64(c.cores())
	}
	if x.what == "" {
		return nil
	}
	return x
}

// replicas puts more of them into the extension's experiment. It returns their work as a share of that of all that are
// there.
func (c *check) replicas(x *extension, need *compare.Need) (work float64, what string) {
	experiment, factor, done := x.experiment, max(1.25, need.Replicas*reserve), 0.0
	more := func(n int) int { return int(min(1e15, math.Ceil(float64(n)*factor))) }
	x.experiment.Replicas, x.experiment.ReplicasAt = more(experiment.Replicas), maps.Clone(experiment.ReplicasAt)
	for d, n := range experiment.ReplicasAt {
		x.experiment.ReplicasAt[d] = more(n)
	}
	for _, d := range experiment.Dims {
		done += float64(experiment.Count(d)) * c.ensemble.cost(d)
		work += float64(x.experiment.Count(d)-experiment.Count(d)) * c.ensemble.cost(d)
	}
	last := experiment.Count(slices.Max(experiment.Dims))
	if further := float64(last) * c.ensemble.cost(need.Dim); need.Dim > 0 && further < work {
		x.experiment.Replicas, x.experiment.ReplicasAt = experiment.Replicas, maps.Clone(experiment.ReplicasAt)
		if last != experiment.Count(need.Dim) {
			x.experiment.ReplicasAt[need.Dim] = last // not nil: only by it counts differ
		}
		x.experiment.Dims = append(slices.Clone(experiment.Dims), need.Dim)
		return further / done, fmt.Sprintf("%d replicas at d = %d", last, need.Dim)
	}
	if first := experiment.Dims[0]; experiment.ReplicasAt == nil {
		before, now := experiment.Count(first), x.experiment.Count(first)
		return work / done, fmt.Sprintf("%d replicas at every d, %d in all", now-before, now)
	}
	return work / done, fmt.Sprintf("%d replicas, %s in all", x.experiment.Total()-experiment.Total(), x.experiment.Counts())
}

func (c *check) cores() int {
	if n := c.set.Simulation.Workers; n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// about is a time for reading.
func about(seconds float64) string {
	d := time.Duration(max(0, seconds) * float64(time.Second))
	if d < time.Minute {
		return d.Round(time.Second / 10).String()
	}
	return d.Round(time.Second).String()
}

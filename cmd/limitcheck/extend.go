package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"limitcheck/compare"
	"limitcheck/montecarlo"
	"limitcheck/reports"
	"limitcheck/scenarios"
)

const (
	// reserve is asked for beyond Comparison.Need: the next look's bounds are wider, and the estimates do not stay where
	// they are.
	reserve  = 1.3
	maxLooks = 6
	// defaultScramblings of the theory, when none are asked for.
	defaultScramblings = 8
)

// An extension is what is added to an inconclusive experiment.
type extension struct {
	experiment  scenarios.Experiment
	scramblings int // of the theory; 0: as they are
	what        string
	seconds     float64 // estimate
}

// extend adds to an inconclusive experiment, look by look, until it is conclusive or the time is spent. It returns what
// the reader must know. An interruption is an error, anything else that goes wrong ends the extensions with a note.
func (v *verification) extend(section *reports.Section, ablated []compare.Ablated) (notes []compare.Note, err error) {
	scramblings := v.cmd.Theory.Scramblings
	if scramblings == 0 {
		scramblings = defaultScramblings
	}
	stop := func(format string, args ...any) { notes = append(notes, lookNote(format, args...)) }
	for section.Comparison.Verdict == compare.Inconclusive {
		x, ok := v.plan(section, scramblings)
		switch {
		case !ok:
			stop("Nothing that could be added would conclude.")
			return v.told(section, notes), nil
		case section.Comparison.Look >= maxLooks:
			stop("After %d looks none is left: each spends half of the level that the one before it had.", maxLooks)
			return v.told(section, notes), nil
		case x.seconds > v.left.Seconds():
			stop("Not added for want of time: %s (it would take about %s, of --max-time %s are left).", x.what, about(x.seconds), about(v.left.Seconds()))
			return v.told(section, notes), nil
		}
		v.note("%s: inconclusive; adding %s (about %s)", section.Scenario.Name, x.what, about(x.seconds))
		start := time.Now()
		err := v.add(section, x, ablated)
		v.left -= time.Since(start)
		switch {
		case fatal(err):
			return notes, err
		case errors.Is(err, context.DeadlineExceeded):
			stop("Time ran out while adding %s; what is finished is on file and is taken up by --resume.", x.what)
			return v.told(section, notes), nil
		case err != nil:
			stop("Could not add %s: %v.", x.what, err)
			return v.told(section, notes), nil
		}
		if x.scramblings > 0 {
			scramblings = x.scramblings
		}
		notes = append(notes, lookNote("Added after look %d, which was inconclusive: %s.", section.Comparison.Look-1, x.what))
	}
	return v.told(section, notes), nil
}

func lookNote(format string, args ...any) compare.Note {
	return compare.Note{Kind: compare.NoteLooks, Text: fmt.Sprintf(format, args...)}
}

// told adds to notes how several looks are accounted for.
func (v *verification) told(section *reports.Section, notes []compare.Note) []compare.Note {
	if k := section.Comparison.Look; k > 1 {
		notes = append(notes, lookNote("The data were looked at %d times. Look k spends 2^-k of the level and of what the bounds may miss, so that both hold "+
			"over all looks: at this one p counts %d-fold.", k, 1<<k))
	}
	return notes
}

// add extends the section's experiment and looks again. If that fails the section stays as it was.
func (v *verification) add(section *reports.Section, x extension, ablated []compare.Ablated) error {
	ctx, cancel := context.WithTimeout(v.ctx, v.left)
	defer cancel()
	inner, e := *v, *v.env
	e.ctx, inner.env = ctx, &e
	s := section.Scenario
	before, limit := s.Experiment, section.Limit
	s.Experiment = x.experiment
	err := func() error {
		if x.scramblings > 0 {
			set := v.cmd.Theory.settings(s.Experiment.Seed)
			set.Probes, set.Scramblings = true, x.scramblings
			start := time.Now()
			sharper, err := solve(inner.env, s, set)
			if err != nil {
				return err
			}
			section.Limit = sharper
			v.seconds = time.Since(start).Seconds()
			section.TheorySeconds += v.seconds
		}
		return inner.look(section, ablated)
	}()
	if err != nil {
		s.Experiment, section.Limit = before, limit
	}
	return err
}

// plan chooses what to add by Comparison.Need: more replicas at every d or as many at a further d, whichever is cheaper,
// and theory samples where its error is in the way. Costs are the engines' estimates scaled by the time that the
// replicas so far took; the choice does not depend on that time, so that a resumed run chooses the same.
func (v *verification) plan(section *reports.Section, scramblings int) (x extension, ok bool) {
	s, need := section.Scenario, section.Comparison.Need
	if need == nil {
		return x, false
	}
	x.experiment = s.Experiment
	if need.TheorySamples > 1 {
		x.scramblings = int(math.Ceil(float64(scramblings) * need.TheorySamples * reserve))
		x.what = fmt.Sprintf("%d scramblings of the theory, %d in all", x.scramblings-scramblings, x.scramblings)
		x.seconds = v.seconds * float64(x.scramblings) / float64(scramblings)
	}
	if need.Replicas > 1 && !math.IsInf(need.Replicas, 0) {
		cost := func(d int) float64 { return montecarlo.Cost(s, d, engine(s, d, v.set)) }
		all := 0.0
		for _, d := range s.Experiment.Dims {
			all += cost(d)
		}
		old := s.Experiment.Replicas
		replicas := int(math.Ceil(float64(old) * max(1.25, need.Replicas*reserve)))
		work, what := float64(replicas-old)*all, fmt.Sprintf("%d replicas at every d, %d in all", replicas-old, replicas)
		x.experiment.Replicas = replicas
		if further := float64(old) * cost(need.Dim); need.Dim > 0 && further < work {
			x.experiment = s.Experiment
			x.experiment.Dims = append(slices.Clone(s.Experiment.Dims), need.Dim)
			work, what = further, fmt.Sprintf("%d replicas at d = %d", old, need.Dim)
		}
		cores := v.set.Workers
		if cores == 0 {
			cores = runtime.GOMAXPROCS(0)
		}
		x.seconds += work * section.SimulationSeconds / (float64(old) * all) / float64(cores)
		if x.what != "" {
			x.what += ", and "
		}
		x.what += what
	}
	return x, x.what != ""
}

// about is a time for reading.
func about(seconds float64) string {
	d := time.Duration(max(0, seconds) * float64(time.Second))
	if d < time.Minute {
		return d.Round(time.Second / 10).String()
	}
	return d.Round(time.Second).String()
}

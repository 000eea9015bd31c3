// Package harness is the whole check of a scenario: it solves the limit, and limits that are wrong on purpose, trains
// replicas at finite d through a store, compares, and adds to what is inconclusive. It is what a test of one's own
// calls and what the command wraps.
package harness

import (
	"context"
	"fmt"
	"slices"
	"time"

	"limitcheck/compare"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Settings of a check. The zero value asks for defaults.
type Settings struct {
	Theory     theory.Settings // of every limit; Seed 0: the scenario's; Probes follows from CurvesOnly
	Simulation montecarlo.Settings
	Comparison compare.Settings // Seed 0, Margin 0: the scenario's; its own Ablations are compared too

	// Ablations are theories that are wrong on purpose, which the same replicas must reject: a verdict that cannot be
	// lost is worth nothing. nil: DefaultAblations; empty: none.
	Ablations  []theory.Ablation
	CurvesOnly bool // leave out the probes, two-time functions and laws

	// Theirs is a prediction from elsewhere: it is checked in the place of ours, which becomes a third voice. Sample is runs
	// from elsewhere, in the place of simulations. One of the two at most; both leave out the probes.
	Theirs *compare.Prediction
	Sample *Sample
	// Columns say how columns of theirs follow from ours, where they have another name or meaning. Where Theirs is checked, the
	// expressions are applied to the simulations too.
	Columns []Column

	Store  Store                                        // of finished replicas; nil: a new Memory
	Select func(jobs []montecarlo.Job) []montecarlo.Job // those that are wanted, for instance a Share's; nil: all
	Budget *Budget                                      // for adding to what is inconclusive; nil: one look only

	// Note is told what somebody who waits may want to know, and Progress how much of a task, such as "ridge-gd:
	// theory", is done; a task is over when all of it is. Neither is called concurrently; both may be nil.
	Note     func(text string)
	Progress func(task string, done, total int)
}

// DefaultAblations are the memory left out of the local fields, and noise that is drawn anew at every step.
func DefaultAblations() []theory.Ablation {
	return []theory.Ablation{theory.NoMemory, theory.RedrawnNoise}
}

// A Result is what a check found out.
type Result struct {
	Scenario   *scenarios.Scenario // with the Experiment that it was in the end
	Limit      *theory.Limit
	Flow       *theory.Flow        // the continuous-time limit; nil if the scenario asks for none
	Comparison *compare.Comparison // at the last look; nil if it did not come to one
	Theirs     *Theirs             // of a prediction from elsewhere; else nil
	Engines    map[int]string      // that simulated each dim
	Controls   []string            // names of the control variates

	TheorySeconds     float64 // wall time
	SimulationSeconds float64 // sum over the replicas, wherever and whenever they were trained
}

// Rejected counts the wrong theories that can be told from the right one, and those of them that the replicas reject.
func (r *Result) Rejected() (rejected, visible int) {
	if r.Comparison == nil {
		return 0, 0
	}
	for _, a := range r.Comparison.Ablations {
		if a.Visible {
			visible++
			if a.Verdict == compare.Disagrees {
				rejected++
			}
		}
	}
	return rejected, visible
}

// Verify checks a scenario, which may be built in Go: it is validated, its limit and wrong ones are solved, the
// replicas of its Experiment are trained, or found in the store, and all is compared.
//
// A disagreement is no error but the verdict. Errors: a *scenarios.Error; an InputError; a limit or a replica that
// diverges; a StoreError; a cancelled context, whereupon what is finished is in the store. The Result is never nil:
// with an error it holds what there was until then.
func Verify(ctx context.Context, s *scenarios.Scenario, set Settings) (*Result, error) {
	c := &check{result: &Result{Scenario: s}}
	err := c.prepare(s, set)
	if err == nil {
		err = c.run(ctx)
	}
	return c.result, err
}

// A check is a verification in progress.
type check struct {
	set         Settings
	predictions predictor
	runs        runner

	result     *Result
	prediction *prediction // and ensemble: of the last look
	ensemble   *ensemble
	notes      []compare.Note
	seconds    float64 // that the prediction took
}

// prepare validates the scenario and the settings, and fills in defaults.
func (c *check) prepare(s *scenarios.Scenario, set Settings) error {
	set, err := set.complete(s)
	if err != nil {
		return err
	}
	own := *s // its Experiment grows; the caller's stays as it is
	c.set, c.result.Scenario, c.result.Controls = set, &own, montecarlo.ControlNames(&own)
	c.predictions, c.runs, c.notes = solver{set}, simulator{set}, mappings(set.Columns)
	switch {
	case set.Theirs != nil:
		c.predictions = reader{solver{set}, *set.Theirs}
	case set.Sample != nil:
		c.predictions, c.runs = measured{solver{set}, *set.Sample}, *set.Sample
		own.Experiment.Dims = set.Sample.dims()
		c.result.Controls = nil
		return nil
	}
	return fits(s, wanted(s), result(s))
}

func (set Settings) complete(s *scenarios.Scenario) (Settings, error) {
	if err := s.Validate(); err != nil {
		return set, err
	}
	if a := set.Theory.Ablation; a != theory.None {
		return set, InputError{fmt.Errorf("%s: the full theory is checked; a wrong one, such as %s, goes into "+
			"Settings.Ablations", s.Name, a)}
	}
	if set.Ablations == nil {
		set.Ablations = DefaultAblations()
	}
	for _, a := range set.Ablations {
		if !slices.Contains(theory.Ablations(), a) {
			return set, InputError{fmt.Errorf("%s: there is no wrong theory %q (accepted: %q)", s.Name, a,
				theory.Ablations())}
		}
	}
	if set.Theirs != nil && set.Sample != nil {
		return set, InputError{fmt.Errorf("%s: a theory and runs from elsewhere need no scenario: compare them", s.Name)}
	}
	if err := set.checkColumns(s.Name); err != nil {
		return set, err
	}
	set.CurvesOnly = set.CurvesOnly || set.Theirs != nil || set.Sample != nil || s.Data.Features != ""
	set.Theory.Probes = false
	if store := set.Theory.Store; store != nil {
		set.Theory.Store = &parts{Store: store}
	}
	if set.Theory.Seed == 0 {
		set.Theory.Seed = s.Experiment.Seed
	}
	if set.Comparison.Seed == 0 {
		set.Comparison.Seed = s.Experiment.Seed
	}
	setMargins(&set.Comparison, s)
	if set.Store == nil {
		set.Store = new(Memory)
	}
	return set, nil
}

func (c *check) run(ctx context.Context) error {
	p, err := c.theory(ctx)
	if err != nil {
		return err
	}
	if err := c.allow(ctx, p); err != nil {
		return err
	}
	if err := c.look(ctx, c.result.Scenario, p); err != nil {
		return err
	}
	if c.set.Budget != nil {
		err = c.extend(ctx)
	}
	c.result.Comparison.Notes = append(c.result.Comparison.Notes, c.notes...)
	switch {
	case err != nil:
	case c.set.Theirs != nil:
		err = c.confront(ctx)
	case c.set.Sample != nil && c.result.Comparison.Verdict == compare.Disagrees:
		err = c.trace(ctx)
	}
	return err
}

// theory computes all that has no dimension: the prediction, the continuous-time limit and the wrong theories.
func (c *check) theory(ctx context.Context) (*prediction, error) {
	r, start := c.result, time.Now()
	defer func() { r.TheorySeconds = time.Since(start).Seconds() }()
	p, err := c.predictions.predict(ctx, r.Scenario, c.set.Theory.Scramblings)
	if err != nil {
		return nil, err
	}
	r.Limit, c.seconds = p.limit, c.since(start)
	if levels := r.Scenario.Experiment.Flow; levels > 0 {
		if r.Flow, err = c.set.flow(ctx, r.Scenario, levels); err != nil {
			return nil, err
		}
	}
	wrong, diverged, err := c.set.wrong(ctx, r.Scenario)
	for i := range wrong {
		if wrong[i].Prediction, err = like(wrong[i].Prediction, p.values); err != nil {
			return nil, err
		}
	}
	c.set.Comparison.Ablations = slices.Concat(c.set.Comparison.Ablations, wrong)
	c.notes = append(c.notes, diverged...)
	return p, err
}

// since is the time that theory took, or would have taken but for the parts of it that were on file.
func (c *check) since(start time.Time) float64 {
	return time.Since(start).Seconds() + c.set.saved()/float64(c.cores())
}

// look gets the runs that the scenario's experiment asks for and confronts them with the prediction. If that fails,
// what was found before stays.
func (c *check) look(ctx context.Context, s *scenarios.Scenario, p *prediction) error {
	e, err := c.runs.get(ctx, s)
	if err != nil {
		return err
	}
	if c.set.Theirs != nil {
		e.withColumns(c.set.Columns)
	}
	r, set := c.result, c.set.Comparison
	if c.set.Budget != nil {
		set.Look = 1
		if r.Comparison != nil {
			set.Look = r.Comparison.Look + 1
		}
	}
	runs, err := columns(e.runs, e.observables, p.values.Observables)
	if err != nil {
		return err
	}
	comparison, err := compare.Compare(p.values, runs, set)
	if err != nil {
		return err
	}
	r.Scenario, r.Limit, r.Comparison, r.Engines, r.SimulationSeconds = s, p.limit, comparison, e.engines, e.seconds
	c.prediction, c.ensemble = p, e
	return nil
}

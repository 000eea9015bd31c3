package harness

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"limitcheck/compare"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A Sample is runs that were made elsewhere. Observables names the columns of every Run.Values; Rounding bounds what
// printing took from them, [row of Steps][observable], nil: nothing.
type Sample struct {
	Observables []string
	Steps       []int // of the rows, the same in every run; nil: 0, 1, …
	Runs        []compare.Run
	Rounding    [][]float64
}

// Theirs is what a check found out about a prediction from elsewhere beside its verdict.
type Theirs struct {
	Prediction compare.Prediction  // at the steps and observables that were checked
	Ours       compare.Prediction  // the limit as it is solved here, there
	Difference *compare.Difference // of the two, without any runs
	// Diagnosis lists the known mistakes from which their curves cannot be told. nil unless they differ from ours or
	// disagree with the runs.
	Diagnosis []compare.Fit
	Tried     int // how many mistakes were tried for it: all but those that diverge
}

// A reader takes the place of the solver's prediction by one from elsewhere, at the observables that both know.
type reader struct {
	solver
	theirs compare.Prediction
}

func (v reader) predict(ctx context.Context, s *scenarios.Scenario, _ int) (*prediction, error) {
	p, err := v.solver.predict(ctx, s, 0)
	if err != nil {
		return nil, err
	}
	theirs, err := shared(v.theirs, p.values, s.Name, "the theory")
	if err != nil {
		return nil, err
	}
	theirs.Name = s.Name
	return &prediction{values: theirs, limit: p.limit}, nil
}

// A measured prediction is the solver's at the steps and observables of runs from elsewhere, whose rounding counts.
type measured struct {
	solver
	sample Sample
}

func (v measured) predict(ctx context.Context, s *scenarios.Scenario, samples int) (*prediction, error) {
	p, err := v.solver.predict(ctx, s, samples)
	if err != nil {
		return nil, err
	}
	kept, err := shared(v.shape(s.Name), p.values, s.Name, "the runs")
	if err != nil {
		return nil, err
	}
	ours, err := p.values.Part(kept.Observables, kept.Steps)
	if err != nil {
		return nil, err
	}
	ours.Rounding = kept.Rounding
	return &prediction{values: ours, limit: p.limit, samples: p.samples}, nil
}

// shape is the layout of the runs, as that of a prediction of nothing.
func (v measured) shape(name string) compare.Prediction {
	p := compare.Prediction{Name: name, Observables: v.sample.Observables, Steps: v.sample.steps(), Rounding: v.sample.Rounding}
	for range p.Steps {
		p.Mean = append(p.Mean, make([]float64, len(p.Observables)))
	}
	return p
}

func (s *Sample) steps() []int {
	if s.Steps != nil || len(s.Runs) == 0 {
		return s.Steps
	}
	steps := make([]int, len(s.Runs[0].Values))
	for i := range steps {
		steps[i] = i
	}
	return steps
}

// dims of the runs, increasing.
func (s *Sample) dims() (list []int) {
	for _, r := range s.Runs {
		list = append(list, r.Dim)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// get returns the runs as they are: nothing can be added to them.
func (s Sample) get(context.Context, *scenarios.Scenario) (*ensemble, error) {
	return &ensemble{observables: s.Observables, runs: s.Runs}, nil
}

// shared is the part of a prediction from elsewhere that has a counterpart in ours. It must have no step beyond ours.
func shared(theirs, ours compare.Prediction, name, what string) (compare.Prediction, error) {
	columns, _ := theirs.Shared(&ours)
	if len(columns) == 0 {
		return theirs, InputError{fmt.Errorf("%s: %s has the columns %s, none of which is an observable of the scenario (%s)",
			name, what, strings.Join(theirs.Observables, ", "), strings.Join(ours.Observables, ", "))}
	}
	steps := theirs.AllSteps()
	if n := len(steps); n > 0 && steps[n-1] >= len(ours.Mean) {
		return theirs, InputError{fmt.Errorf("%s: %s goes to step %d, the scenario to step %d (method.steps)",
			name, what, steps[n-1], len(ours.Mean)-1)}
	}
	return theirs.Part(columns, steps)
}

// Unmatched are the columns that are not among the known ones.
func Unmatched(columns, known []string) []string {
	return slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return slices.Contains(known, c) })
}

// like cuts a prediction to the observables and steps of another, unless it has just these.
func like(p, model compare.Prediction) (compare.Prediction, error) {
	if slices.Equal(p.Observables, model.Observables) && slices.Equal(p.Steps, model.Steps) {
		return p, nil
	}
	part, err := p.Part(model.Observables, model.AllSteps())
	part.Steps = model.Steps
	return part, err
}

// columns are the runs with the columns that are wanted, all of which they have.
func columns(runs []compare.Run, have, want []string) ([]compare.Run, error) {
	if slices.Equal(have, want) {
		return runs, nil
	}
	at := make([]int, len(want))
	for i, name := range want {
		at[i] = slices.Index(have, name)
	}
	out := slices.Clone(runs)
	for i, r := range out {
		rows := make([][]float64, len(r.Values))
		for t, row := range r.Values {
			if len(row) != len(have) {
				return nil, InputError{fmt.Errorf("d = %d, replica %d, row %d has %d values, not one for each of %s",
					r.Dim, r.Index, t, len(row), strings.Join(have, ", "))}
			}
			rows[t] = make([]float64, len(at))
			for k, j := range at {
				rows[t][k] = row[j]
			}
		}
		out[i].Values, out[i].Probes = rows, nil
	}
	return out, nil
}

// confront says of a prediction from elsewhere how it compares with ours, and if something is wrong with it, which known
// mistakes it may contain: all of them are solved for that.
func (c *check) confront(ctx context.Context) error {
	r := c.result
	ours, err := like(withColumns(Prediction(r.Limit), c.set.Columns), c.prediction.values)
	if err != nil {
		return err
	}
	ours.Families = nil
	t := &Theirs{Prediction: c.prediction.values, Ours: ours}
	r.Theirs = t
	if t.Difference, err = compare.Differ(t.Prediction, ours, c.set.Comparison); err != nil {
		return err
	}
	if t.Difference.Begins == nil && r.Comparison.Verdict != compare.Disagrees {
		return nil
	}
	candidates, err := c.mistakes(ctx)
	if err != nil {
		return err
	}
	t.Tried = len(candidates)
	if t.Diagnosis, err = compare.Diagnose(t.Prediction, candidates, c.set.Comparison); err != nil {
		return err
	}
	if r.Comparison.Verdict == compare.Disagrees {
		r.Comparison.Diagnosis = t.Diagnosis // the runs are ours: what their curves contain is in question
	}
	return nil
}

// mistakes are all wrong theories: those that the runs were confronted with, and the others, which are solved now.
func (c *check) mistakes(ctx context.Context) ([]compare.Ablated, error) {
	var known []compare.Ablated
	rest := c.set
	rest.Ablations = nil
	for _, a := range theory.Ablations() {
		i := slices.IndexFunc(c.set.Comparison.Ablations, func(b compare.Ablated) bool { return b.Name == string(a) })
		switch {
		case i >= 0:
			known = append(known, c.set.Comparison.Ablations[i])
		case !slices.Contains(c.set.Ablations, a): // else it was tried, and diverges
			rest.Ablations = append(rest.Ablations, a)
		}
	}
	solved, _, err := rest.wrong(ctx, c.result.Scenario)
	return append(known, solved...), err
}

// Match lays a prediction and runs from elsewhere out at the steps and observables that both have, for compare.Compare.
func Match(p compare.Prediction, sample Sample) (compare.Prediction, []compare.Run, error) {
	runs := measured{sample: sample}.shape(p.Name)
	names, steps := p.Shared(&runs)
	if len(names) == 0 || len(steps) == 0 {
		return p, nil, fmt.Errorf("nothing to compare: the theory has %s at %d steps, the runs %s at %d, and they share "+
			"%d columns and %d steps", strings.Join(p.Observables, ", "), len(p.AllSteps()),
			strings.Join(runs.Observables, ", "), len(runs.Steps), len(names), len(steps))
	}
	part, err := p.Part(names, steps)
	if err != nil {
		return p, nil, err
	}
	rounding, err := runs.Part(names, steps)
	if err != nil {
		return p, nil, err
	}
	for i := range rounding.Rounding {
		if part.Rounding == nil {
			part.Rounding = rounding.Rounding
			break
		}
		for j, v := range rounding.Rounding[i] {
			part.Rounding[i][j] += v
		}
	}
	cut, err := columns(sample.Runs, sample.Observables, names)
	return part, cut, err
}

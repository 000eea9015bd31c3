package harness

import (
	"context"
	"errors"
	"fmt"

	"limitcheck/compare"
	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A solver predicts by solving the limit.
type solver struct{ set Settings }

var _ predictor = solver{}

func (v solver) predict(ctx context.Context, s *scenarios.Scenario, scramblings int) (*prediction, error) {
	set := v.set.Theory
	set.Probes, set.Scramblings = !v.set.CurvesOnly, scramblings
	limit, err := v.set.solve(ctx, s, set)
	if err != nil {
		return nil, err
	}
	return &prediction{withColumns(Prediction(limit), v.set.Columns), limit, max(len(limit.Replicates), len(limit.ProbeReplicates))}, nil
}

// solve is theory.Solve with its progress told.
func (set Settings) solve(ctx context.Context, s *scenarios.Scenario, t theory.Settings) (*theory.Limit, error) {
	task := s.Name + ": theory"
	if t.Ablation != theory.None {
		task += " (" + string(t.Ablation) + ")"
	}
	t.Progress = set.progress(task)
	limit, err := theory.Solve(ctx, s, t)
	return limit, EngineError(err)
}

// Solve computes the limit of a scenario, and those that are wrong on purpose, for Settings.Theory.Store to keep: all of a
// check that can be done before there are runs. Errors are those of Verify.
func Solve(ctx context.Context, s *scenarios.Scenario, set Settings) error {
	c := &check{result: &Result{Scenario: s}}
	if err := c.prepare(s, set); err != nil {
		return err
	}
	_, err := c.theory(ctx)
	return err
}

// flow solves the continuous-time limit.
func (set Settings) flow(ctx context.Context, s *scenarios.Scenario, levels int) (*theory.Flow, error) {
	t := set.Theory
	t.Progress = set.progress(fmt.Sprintf("%s: gradient flow, %d levels", s.Name, levels))
	flow, err := theory.SolveFlow(ctx, s, levels, t)
	return flow, EngineError(err)
}

// wrong solves the theories that are wrong on purpose. One that diverges cannot be compared, which is noted.
func (set Settings) wrong(ctx context.Context, s *scenarios.Scenario) (list []compare.Ablated, notes []compare.Note,
	err error) {
	t := set.Theory
	t.NoKernels = true
	for _, t.Ablation = range set.Ablations {
		name := string(t.Ablation)
		limit, err := set.solve(ctx, s, t)
		var diverged *theory.DivergenceError
		unreached, none := new(theory.FixedPointError), new(theory.NoMinimizerError)
		switch {
		case errors.As(err, &unreached), errors.As(err, &none):
			text := fmt.Sprintf("The wrong theory %s has no minimiser and is not compared.", name)
			notes = append(notes, compare.Note{Kind: compare.NoteAblation, Text: text})
		case errors.As(err, &diverged):
			text := fmt.Sprintf("The wrong theory %s diverges at step %d and is not compared.", name, diverged.Step)
			notes = append(notes, compare.Note{Kind: compare.NoteAblation, Text: text})
		case err != nil:
			return nil, nil, fmt.Errorf("wrong theory %s: %w", name, err)
		default:
			list = append(list, compare.Ablated{Name: name, Prediction: withColumns(Prediction(limit), set.Columns)})
		}
	}
	return list, notes, nil
}

func (set Settings) progress(task string) func(done, total int) {
	if set.Progress == nil {
		return nil
	}
	return func(done, total int) { set.Progress(task, done, total) }
}

// An InputError says that an engine cannot do what it was asked for: settings out of range, a dimension that does not
// fit the scenario or the memory that it was given.
type InputError struct{ Err error }

// Error implements error.
func (e InputError) Error() string { return e.Err.Error() }

// Unwrap serves errors.Is and errors.As.
func (e InputError) Unwrap() error { return e.Err }

// EngineError makes an error of theory or montecarlo an InputError, unless it is a divergence, a minimiser that was not
// reached, the context's, or this machine's (a *machine.MemoryError).
func EngineError(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, new(*theory.DivergenceError)), errors.As(err, new(*montecarlo.DivergenceError)),
		errors.As(err, new(*theory.FixedPointError)), errors.As(err, new(*montecarlo.NotConvergedError)),
		errors.As(err, new(*machine.MemoryError)), errors.As(err, new(StoreError)):
		return err
	}
	return InputError{err}
}

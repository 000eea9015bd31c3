package harness

import (
	"context"

	"limitcheck/compare"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A predictor is a source of predictions. The solver is one.
type predictor interface {
	// predict says what the scenario's observables are at d = ∞, from that many samples; 0: as many as it takes by
	// itself.
	predict(ctx context.Context, s *scenarios.Scenario, samples int) (*prediction, error)
}

// A prediction is what a theory says, and what is known of how it came about.
type prediction struct {
	values  compare.Prediction
	limit   *theory.Limit // behind it; nil if it was not solved here
	samples int           // behind its error; 0: it cannot be made sharper
}

// A runner is a source of runs. The simulator is one.
type runner interface {
	// get returns the runs that the scenario's Experiment asks for.
	get(ctx context.Context, s *scenarios.Scenario) (*ensemble, error)
}

// An ensemble is runs at finite d, and what is known of how they came about.
type ensemble struct {
	observables []string // of the runs' columns

	runs    []compare.Run
	engines map[int]string        // that simulated each dim
	seconds float64               // sum over the runs
	cost    func(dim int) float64 // of one more run, on the scale of the others'; nil: no more can be had
}

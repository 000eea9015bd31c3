package harness

import (
	"context"
	"errors"

	"limitcheck/compare"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Engines are the settings of both sides for Verify. The zero value asks for defaults.
type Engines struct {
	Theory     theory.Settings // Seed 0: the scenario's
	Simulation montecarlo.Settings
}

// Verify is the whole check of a scenario, for instance in a test of one's own: it validates the scenario, which may be
// built in Go, solves its limit with probes, trains the replicas of its Experiment and compares. The error says what was
// wrong with the scenario, where a limit or a run diverged, or that ctx was cancelled; a disagreement is no error but the
// Verdict.
func Verify(ctx context.Context, s *scenarios.Scenario, engines Engines, set compare.Settings) (*compare.Comparison, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if engines.Theory.Ablation != theory.None {
		return nil, errors.New("harness.Verify checks the full theory: an ablated one goes into compare.Settings.Ablations")
	}
	if engines.Theory.Seed == 0 {
		engines.Theory.Seed = s.Experiment.Seed
	}
	engines.Theory.Probes = true
	limit, err := theory.Solve(ctx, s, engines.Theory)
	if err != nil {
		return nil, err
	}
	var jobs []montecarlo.Job
	for _, d := range s.Experiment.Dims {
		for i := range s.Experiment.Replicas {
			jobs = append(jobs, montecarlo.Job{Dim: d, Index: i})
		}
	}
	var replicas []*montecarlo.Replica
	err = montecarlo.Run(ctx, s, jobs, engines.Simulation, func(r *montecarlo.Replica) error {
		replicas = append(replicas, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if set.Seed == 0 {
		set.Seed = s.Experiment.Seed
	}
	return Compare(limit, replicas, set)
}

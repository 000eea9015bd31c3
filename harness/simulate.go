package harness

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// Jobs are the replicas of a scenario's Experiment, by dim and index.
func Jobs(s *scenarios.Scenario) iter.Seq[montecarlo.Job] {
	return func(yield func(montecarlo.Job) bool) {
		for _, d := range s.Experiment.Dims {
			for i := range s.Experiment.Count(d) {
				if !yield(montecarlo.Job{Dim: d, Index: i}) {
					return
				}
			}
		}
	}
}

// Plan says, without solving or training anything, which of the wanted replicas are in the store, by dim and index, and
// which jobs are missing, the biggest first, so that all cores end at about the same time.
func Plan(s *scenarios.Scenario, set Settings) (finished []*montecarlo.Replica, missing []montecarlo.Job, err error) {
	if set, err = set.complete(s); err != nil {
		return nil, nil, err
	}
	return set.plan(s)
}

func (set Settings) plan(s *scenarios.Scenario) (finished []*montecarlo.Replica, missing []montecarlo.Job, err error) {
	const ofJob = 16 // bytes
	if err := fits(s, wanted(s), ofJob); err != nil {
		return nil, nil, err
	}
	jobs, key := slices.Collect(Jobs(s)), set.Simulation.Keys(s)
	if set.Select != nil {
		jobs = set.Select(jobs)
	}
	if err := fits(s, float64(len(jobs)), result(s)); err != nil {
		return nil, nil, err
	}
	for _, job := range jobs {
		if r := set.Store.Find(key(job)); r != nil {
			finished = append(finished, r)
		} else {
			missing = append(missing, job)
		}
	}
	cost := costs(s, set.Simulation)
	slices.SortStableFunc(missing, func(a, b montecarlo.Job) int { return cmp.Compare(cost(b.Dim), cost(a.Dim)) })
	return finished, missing, nil
}

// wanted is the number of all replicas of a scenario's Experiment.
func wanted(s *scenarios.Scenario) float64 {
	return float64(s.Experiment.Total())
}

// result is the bytes of a finished replica: curves, controls and probes.
func result(s *scenarios.Scenario) float64 {
	numbers := (s.Method.Steps+1)*len(s.Observables()) + len(montecarlo.ControlNames(s)) + len(montecarlo.InnovationNames(s))
	for _, f := range s.Probes().Families() {
		numbers += len(f.Entries)
	}
	return 500 + 8*float64(numbers)
}

// fits refuses what a comparison, which holds all of it twice over, has no memory for.
func fits(s *scenarios.Scenario, replicas, bytes float64) error {
	need, have := machine.Bytes(2*replicas*bytes), machine.Available()
	if need <= have.Bytes {
		return nil
	}
	return &machine.MemoryError{What: fmt.Sprintf("%s: the comparison of %.0f replicas", s.Name, replicas), Need: need, Have: have,
		Hint: "fewer replicas or method.steps take less"}
}

// Simulate returns the wanted replicas, by dim and index: those in the store, and the others as they are trained and
// appended to it. It is all that a shard does. Errors are those of Verify.
func Simulate(ctx context.Context, s *scenarios.Scenario, set Settings) ([]*montecarlo.Replica, error) {
	set, err := set.complete(s)
	if err != nil {
		return nil, err
	}
	return set.simulate(ctx, s)
}

func (set Settings) simulate(ctx context.Context, s *scenarios.Scenario) ([]*montecarlo.Replica, error) {
	finished, missing, err := set.plan(s)
	if err != nil || len(missing) == 0 {
		return finished, err
	}
	key, cost, total := set.Simulation.Keys(s), costs(s, set.Simulation), 0.0
	for _, job := range missing {
		total += cost(job.Dim)
	}
	progress := set.progress(fmt.Sprintf("%s: %d replicas", s.Name, len(missing)))
	err = Train(ctx, s, slices.Values(missing), total, set.Simulation, progress, func(r *montecarlo.Replica) error {
		finished = append(finished, r)
		return set.Store.Append(key(montecarlo.Job{Dim: r.Dim, Index: r.Index}), r)
	})
	slices.SortFunc(finished, func(a, b *montecarlo.Replica) int {
		return cmp.Or(cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Index, b.Index))
	})
	return finished, err
}

// Train is montecarlo.Run with progress in parts of the work, which the jobs' total Cost is; progress may be nil. What
// does not fit is refused before anything is trained. An error of keep is a StoreError.
func Train(ctx context.Context, s *scenarios.Scenario, jobs iter.Seq[montecarlo.Job], total float64, set montecarlo.Settings,
	progress func(done, total int), keep func(*montecarlo.Replica) error) error {
	const parts = 1_000_000
	if progress == nil {
		progress = func(int, int) {}
	}
	for _, d := range s.Experiment.Dims {
		if err := set.Check(s, d); err != nil {
			return EngineError(err)
		}
	}
	cost, done := costs(s, set), 0.0
	progress(0, parts)
	err := montecarlo.Run(ctx, s, jobs, set, func(r *montecarlo.Replica) error {
		if err := keep(r); err != nil {
			return StoreError{err}
		}
		done += cost(r.Dim)
		progress(int(parts*min(1, done/total)), parts)
		return nil
	})
	if err == nil {
		progress(parts, parts)
	}
	return EngineError(err)
}

// Cost estimates the seconds that all replicas of a scenario's Experiment take on one core.
func Cost(s *scenarios.Scenario, set montecarlo.Settings) (total float64) {
	cost := costs(s, set)
	for _, d := range s.Experiment.Dims {
		total += float64(s.Experiment.Count(d)) * cost(d)
	}
	return total
}

// costs is montecarlo.Cost under these settings, computed once for every dim.
func costs(s *scenarios.Scenario, set montecarlo.Settings) func(dim int) float64 {
	known := map[int]float64{}
	return func(dim int) float64 {
		if _, ok := known[dim]; !ok {
			known[dim] = montecarlo.Cost(s, dim, set.EngineAt(s, dim))
		}
		return known[dim]
	}
}

// A simulator gets its runs by training through a store.
type simulator struct{ set Settings }

var _ runner = simulator{}

func (v simulator) get(ctx context.Context, s *scenarios.Scenario) (*ensemble, error) {
	replicas, err := v.set.simulate(ctx, s)
	if err != nil {
		return nil, err
	}
	e := &ensemble{observables: s.Observables(), runs: Runs(replicas), engines: map[int]string{}, cost: costs(s, v.set.Simulation)}
	for _, d := range s.Experiment.Dims {
		e.engines[d] = string(v.set.Simulation.EngineAt(s, d))
	}
	for _, r := range replicas {
		e.seconds += r.Seconds
	}
	return e, nil
}

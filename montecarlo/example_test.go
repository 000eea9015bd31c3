package montecarlo_test

import (
	"context"
	"fmt"
	"slices"

	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// One training run, by the two ways to meet the data: on a matrix that is drawn and stored, and on one that is revealed
// as it is used. They share the teacher, the start and the law of the data, but not the data.
func ExampleSimulate() {
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		fmt.Println(err)
		return
	}
	job := montecarlo.Job{Dim: 400, Index: 0}
	for _, engine := range []montecarlo.Engine{montecarlo.Dense, montecarlo.Conditioning} {
		r, err := montecarlo.Simulate(context.Background(), s, job, montecarlo.Settings{Engine: engine})
		if err != nil {
			fmt.Println(err)
			return
		}
		first, last := r.Values[0], r.Values[len(r.Values)-1]
		fmt.Printf("%s: %s %.3f, then %.3f\n", r.Engine, s.Observables()[0], first[0], last[0])
	}
	// Output:
	// dense: overlap 0.308, then 0.893
	// conditioning: overlap 0.308, then 0.894
}

// Run spreads many replicas over the cores and hands out each as it is finished, in any order.
func ExampleRun() {
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		fmt.Println(err)
		return
	}
	var jobs []montecarlo.Job
	for i := range 50 {
		jobs = append(jobs, montecarlo.Job{Dim: 100, Index: i})
	}
	sum := 0.0
	err = montecarlo.Run(context.Background(), s, slices.Values(jobs), montecarlo.Settings{}, func(r *montecarlo.Replica) error {
		sum += r.Values[len(r.Values)-1][0]
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s at d = 100, the mean of %d runs: %.2f\n", s.Observables()[0], len(jobs), sum/float64(len(jobs)))
	// Output: overlap at d = 100, the mean of 50 runs: 0.78
}

package montecarlo

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"limitcheck/scenarios"
)

// find returns a scenario of the catalogue.
func find(tb testing.TB, name string) *scenarios.Scenario {
	tb.Helper()
	s, err := scenarios.Find(name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// small returns the smallest dim from lowest on that the scenario admits.
func small(tb testing.TB, s *scenarios.Scenario, lowest int) int {
	tb.Helper()
	for d := lowest; d < lowest+1000; d++ {
		if _, err := s.Samples(d); err == nil {
			return d
		}
	}
	tb.Fatalf("%s: no admissible d near %d", s.Name, lowest)
	return 0
}

// forCatalogue runs a test on every scenario of the catalogue that has steps, cut to so many. (Minimisers, which have none,
// have tests of their own.)
func forCatalogue(t *testing.T, steps int, test func(t *testing.T, s *scenarios.Scenario)) {
	for _, s := range scenarios.Catalogue() {
		if _, static := s.Method.Minimizer(); static {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			s.Method.Steps = min(s.Method.Steps, steps)
			test(t, s)
		})
	}
}

func jobsOf(d, n int) []Job {
	jobs := make([]Job, n)
	for i := range jobs {
		jobs[i] = Job{d, i}
	}
	return jobs
}

// simulateAll returns the replicas of jobs in their order.
func simulateAll(tb testing.TB, s *scenarios.Scenario, jobs []Job, set Settings) []*Replica {
	tb.Helper()
	var replicas []*Replica
	err := Run(context.Background(), s, slices.Values(jobs), set, func(r *Replica) error {
		replicas = append(replicas, r)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	slices.SortFunc(replicas, func(a, b *Replica) int { return a.Index - b.Index })
	return replicas
}

// stored keeps every dense Z that is drawn through it.
type stored struct{ z []*mat.Dense }

func (s *stored) operator(n, d int, key streamKey) matrix {
	z := drawDense[float64](n, d, nil, func(block int) *rand.Rand { return key.stream(forMatrix, uint64(block)) }, pool{workers: 1})
	s.z = append(s.z, z.entries())
	return z
}

// rows copies Z row by row.
func rows(z *mat.Dense) [][]float64 {
	n, d := z.Dims()
	x := newVectors(n, d)
	for i := range x {
		mat.Row(x[i], i, z)
	}
	return x
}

package montecarlo

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// TestInnovationsHaveMeanZero tests every innovation of every scenario: a t-test at a level that keeps the chance of any
// false alarm below 1e-3. d is tiny, so that a bias of O(1/d) would show.
func TestInnovationsHaveMeanZero(t *testing.T) {
	const tests = 4000
	replicas := 400
	if testing.Short() {
		replicas = 100
	}
	critical := distuv.UnitNormal.Quantile(1 - 1e-3/tests/2)
	done := 0
	forCatalogue(t, 3, func(t *testing.T, s *scenarios.Scenario) {
		s.Experiment.Seed = 23
		d := small(t, s, 24)
		names := InnovationNames(s)
		if len(names) == 0 {
			t.Skip("has none")
		}
		list := simulateAll(t, s, jobsOf(d, replicas), Settings{Engine: Conditioning, points: 256})
		if found := slices.Concat(list[0].Innovations...); len(found) != len(names) {
			t.Fatalf("%d innovations, %d names", len(found), len(names))
		}
		for j, name := range names {
			done++
			x := collect(list, func(r *Replica) float64 { return slices.Concat(r.Innovations...)[j] })
			mean, deviation := stat.MeanStdDev(x, nil)
			if se := deviation / math.Sqrt(float64(replicas)); !(math.Abs(mean) <= critical*se) {
				t.Errorf("%s: mean %g, standard error %g", name, mean, se)
			}
		}
	})
	if done > tests {
		t.Errorf("%d tests, the level allows for %d", done, tests)
	}
}

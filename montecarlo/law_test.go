package montecarlo

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// TestEnginesHaveTheSameLaw compares the two engines' observables and controls by two-sample Kolmogorov–Smirnov tests
// for every scenario of the catalogue. Seeds differ, so the samples are independent. By Bonferroni over all tests the
// chance of any false alarm is below 1e-3. (Leaving out the projection of z in the conditioning engine is caught in
// nearly all scenarios.)
func TestEnginesHaveTheSameLaw(t *testing.T) {
	const tests = 1500 // more than there are
	replicas := 1000
	if testing.Short() {
		replicas = 100
	}
	done := 0
	forCatalogue(t, 4, func(t *testing.T, s *scenarios.Scenario) {
		if s.Data.Entries != nil {
			t.Skip("drawn by one engine only")
		}
		d := small(t, s, 24)
		s.Experiment.Seed = 11
		a := simulateAll(t, s, jobsOf(d, replicas), Settings{Engine: Dense, points: 16})
		s.Experiment.Seed = 12
		b := simulateAll(t, s, jobsOf(d, replicas), Settings{Engine: Conditioning, points: 16})
		compare := func(what string, value func(r *Replica) float64) {
			done++
			x, y := collect(a, value), collect(b, value)
			if p := kolmogorovSmirnov(x, y); p < 1e-3/tests {
				t.Errorf("%s: p = %g (dense %g ± %g, conditioning %g ± %g)", what, p,
					stat.Mean(x, nil), stat.StdDev(x, nil), stat.Mean(y, nil), stat.StdDev(y, nil))
			}
		}
		for j, name := range s.Observables() {
			for _, step := range []int{1, s.Method.Steps} {
				compare(name, func(r *Replica) float64 { return r.Values[step][j] })
			}
		}
		for j, name := range ControlNames(s) {
			compare(name, func(r *Replica) float64 { return r.Controls[j] })
		}
	})
	if done > tests {
		t.Errorf("%d tests, the level allows for %d", done, tests)
	}
}

func collect(replicas []*Replica, value func(r *Replica) float64) []float64 {
	x := make([]float64, len(replicas))
	for i, r := range replicas {
		x[i] = value(r)
	}
	slices.Sort(x)
	return x
}

// kolmogorovSmirnov returns an upper bound of the p-value of two sorted samples: P(D > x) ≤ 2 exp(-2 x² nm/(n+m))
// (Wei and Dudley 2012, for equal sizes ≥ 458; the asymptotic value otherwise).
func kolmogorovSmirnov(x, y []float64) float64 {
	distance := stat.KolmogorovSmirnov(x, nil, y, nil)
	n, m := float64(len(x)), float64(len(y))
	return min(1, 2*math.Exp(-2*distance*distance*n*m/(n+m)))
}

func TestKolmogorovSmirnovSeesAShift(t *testing.T) {
	r := newStream(5)
	x, y := make([]float64, 1000), make([]float64, 1000)
	for i := range x {
		x[i], y[i] = r.NormFloat64(), r.NormFloat64()+0.4
	}
	slices.Sort(x)
	slices.Sort(y)
	if p := kolmogorovSmirnov(x, y); p > 1e-7 {
		t.Errorf("a shift by 0.4 standard deviations has p = %g", p)
	}
}

// TestControlsHaveMeanZero tests every control of every scenario: a t-test at a level that keeps the chance of any false
// alarm below 1e-3. d is tiny, so a bias of O(1/d) would show.
func TestControlsHaveMeanZero(t *testing.T) {
	const tests = 600
	replicas := 1000
	if testing.Short() {
		replicas = 200
	}
	critical := distuv.UnitNormal.Quantile(1 - 1e-3/tests/2)
	done := 0
	forCatalogue(t, 1, func(t *testing.T, s *scenarios.Scenario) {
		s.Experiment.Seed = 21
		d := small(t, s, 24)
		set := Settings{Engine: Conditioning, points: 256}
		if s.Data.Entries != nil {
			set.Engine = Dense
		}
		list := simulateAll(t, s, jobsOf(d, replicas), set)
		for j, name := range ControlNames(s) {
			done++
			x := collect(list, func(r *Replica) float64 { return r.Controls[j] })
			mean, deviation := stat.MeanStdDev(x, nil)
			if name == "teacher_0_0" && s.Name == "logit-two-point" && mean == 0 && deviation == 0 {
				continue // weights of ±1 have the same square, always
			}
			if se := deviation / math.Sqrt(float64(replicas)); !(math.Abs(mean) < critical*se) {
				t.Errorf("%s: mean %g, standard error %g", name, mean, se)
			}
			if !(deviation > 0.01/math.Sqrt(float64(d))) {
				t.Errorf("%s does not vary: standard deviation %g", name, deviation)
			}
		}
	})
	if done > tests {
		t.Errorf("%d tests, the level allows for %d", done, tests)
	}
}

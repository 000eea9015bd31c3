package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Values of Clopper and Pearson's interval: 0 of 10 has the closed form 1 − 0.025^(1/10); the others are the roots of the
// binomial tails, checked as such.
func TestBinomialInterval(t *testing.T) {
	for _, test := range []struct{ k, n int }{{0, 10}, {10, 10}, {4, 400}, {20, 400}, {399, 400}, {1, 1}} {
		low, high := binomialInterval(test.k, test.n)
		if test.k > 0 { // P(at least k | low) = 2.5 %
			b := distuv.Binomial{N: float64(test.n), P: low}
			if tail := 1 - b.CDF(float64(test.k-1)); math.Abs(tail-0.025) > 1e-9 {
				t.Errorf("%d of %d: P(≥ k) at the lower end is %g", test.k, test.n, tail)
			}
		} else if low != 0 {
			t.Errorf("low = %g for none", low)
		}
		if test.k < test.n {
			b := distuv.Binomial{N: float64(test.n), P: high}
			if tail := b.CDF(float64(test.k)); math.Abs(tail-0.025) > 1e-9 {
				t.Errorf("%d of %d: P(≤ k) at the upper end is %g", test.k, test.n, tail)
			}
		} else if high != 1 {
			t.Errorf("high = %g for all", high)
		}
	}
}

// Kolmogorov's law has its 5 % point at 1.3581 and its 1 % point at 1.6276; Stephens' correction holds both to a
// thousandth at any n. The rate over 4000 uniform samples is within four binomial deviations of 5 %.
func TestKolmogorov(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const repeats = 4000
	for _, n := range []int{10, 400} {
		rejected := 0
		for range repeats {
			sample := make([]float64, n)
			for i := range sample {
				sample[i] = rng.Float64()
			}
			if _, p := kolmogorov(sample); p < 0.05 {
				rejected++
			}
		}
		if sd := math.Sqrt(repeats * 0.05 * 0.95); math.Abs(float64(rejected)-0.05*repeats) > 4*sd {
			t.Errorf("n = %d: %d of %d uniform samples are rejected at 5 %%", n, rejected, repeats)
		}
	}
	if d, p := kolmogorov([]float64{0.01, 0.02, 0.03, 0.04, 0.05}); math.Abs(d-0.95) > 1e-12 || p > 1e-3 {
		t.Errorf("five small values: D = %g, p = %g", d, p)
	}
}

// A non-central t by simulation, within four standard errors of 40 000 draws.
func TestNoncentral(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const draws = 40000
	for _, test := range []struct{ delta, critical, dof float64 }{{0, 3, 9}, {2, 3, 9}, {4, 3.5, 60}, {6, 4, 13}} {
		chi := distuv.ChiSquared{K: test.dof, Src: rng}
		above := 0
		for range draws {
			if math.Abs((rng.NormFloat64()+test.delta)/math.Sqrt(chi.Rand()/test.dof)) > test.critical {
				above++
			}
		}
		p := noncentral(test.delta, test.critical, test.dof)
		if se := math.Sqrt(p * (1 - p) / draws); math.Abs(float64(above)/draws-p) > 4*se {
			t.Errorf("%+v: %g, simulated %g", test, p, float64(above)/draws)
		}
	}
}

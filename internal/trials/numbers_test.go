package trials

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Values of Clopper and Pearson's interval: 0 of 10 has the closed form 1 − 0.025^(1/10); the others are the roots of the
// binomial tails, checked as such.
func TestInterval(t *testing.T) {
	for _, test := range []struct{ k, n int }{{0, 10}, {10, 10}, {4, 400}, {20, 400}, {399, 400}, {1, 1}} {
		low, high := Rate{test.k, test.n}.Interval(0.95)
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
		rejected, outside := 0, 0
		for range repeats {
			sample := make([]float64, n)
			for i := range sample {
				sample[i] = rng.Float64()
			}
			distance, p := Kolmogorov(sample)
			if p < 0.05 {
				rejected++
			}
			if distance > Band(n) {
				outside++
			}
		}
		if sd := math.Sqrt(repeats * 0.05 * 0.95); math.Abs(float64(rejected)-0.05*repeats) > 4*sd {
			t.Errorf("n = %d: %d of %d uniform samples are rejected at 5 %%", n, rejected, repeats)
		}
		if outside != rejected { // the band is the test's, drawn
			t.Errorf("n = %d: %d samples leave the band, %d are rejected", n, outside, rejected)
		}
	}
	if d, p := Kolmogorov([]float64{0.01, 0.02, 0.03, 0.04, 0.05}); math.Abs(d-0.95) > 1e-12 || p > 1e-3 {
		t.Errorf("five small values: D = %g, p = %g", d, p)
	}
}

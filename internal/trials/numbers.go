package trials

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Rate is a proportion, K of N.
type Rate struct{ K, N int }

// Below is the rate of p-values below a level.
func Below(p []float64, level float64) Rate {
	r := Rate{N: len(p)}
	for _, v := range p {
		if v < level {
			r.K++
		}
	}
	return r
}

// Interval is Clopper and Pearson's exact interval of that confidence, for instance 0.95.
func (r Rate) Interval(confidence float64) (low, high float64) {
	tail := (1 - confidence) / 2
	k, n := float64(r.K), float64(r.N)
	low, high = 0, 1
	if r.K > 0 {
		low = distuv.Beta{Alpha: k, Beta: n - k + 1}.Quantile(tail)
	}
	if r.K < r.N {
		high = distuv.Beta{Alpha: k + 1, Beta: n - k}.Quantile(1 - tail)
	}
	return low, high
}

// String has the rate and its 95 % interval in percent.
func (r Rate) String() string {
	low, high := r.Interval(0.95)
	return fmt.Sprintf("%.1f %% [%.1f, %.1f]", 100*float64(r.K)/float64(r.N), 100*low, 100*high)
}

// Kolmogorov is the distance D of a sample from the uniform law on [0,1] and its p-value: Kolmogorov's limit law at
// D (√n + 0.12 + 0.11/√n) (Stephens 1970).
func Kolmogorov(sample []float64) (distance, pvalue float64) {
	sorted := slices.Sorted(slices.Values(sample))
	n := float64(len(sorted))
	for i, v := range sorted {
		distance = max(distance, v-float64(i)/n, float64(i+1)/n-v)
	}
	x := distance * stephens(len(sorted))
	if x < 0.2 {
		return distance, 1 // the series below alternates slowly; the value is 1 to 12 digits
	}
	sign := 1.0
	for k := 1.0; k < 100; k++ {
		pvalue += 2 * sign * math.Exp(-2*k*k*x*x)
		sign = -sign
	}
	return distance, min(1, max(0, pvalue))
}

// Band is half the width of the simultaneous 95 % band around the law of n uniform numbers: their empirical law leaves it
// anywhere once in twenty times.
func Band(n int) float64 {
	const fivePercent = 1.3581 // of Kolmogorov's law
	return fivePercent / stephens(n)
}

func stephens(n int) float64 {
	root := math.Sqrt(float64(n))
	return root + 0.12 + 0.11/root
}

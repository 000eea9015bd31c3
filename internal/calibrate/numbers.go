package main

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// binomialInterval is Clopper and Pearson's exact 95 % interval for a proportion, k of n.
func binomialInterval(k, n int) (low, high float64) {
	const tail = 0.025
	low, high = 0, 1
	if k > 0 {
		low = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(tail)
	}
	if k < n {
		high = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - tail)
	}
	return low, high
}

// kolmogorov is the distance D of a sample from the uniform law on [0,1] and its p-value: Kolmogorov's limit law at
// D (√n + 0.12 + 0.11/√n) (Stephens 1970).
func kolmogorov(sample []float64) (distance, pvalue float64) {
	sorted := slices.Sorted(slices.Values(sample))
	n := float64(len(sorted))
	for i, v := range sorted {
		distance = max(distance, v-float64(i)/n, float64(i+1)/n-v)
	}
	x := distance * (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n))
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

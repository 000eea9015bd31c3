package theory

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The first ten points in three dimensions as printed by Joe and Kuo's reference program (sobol.cc 10 3
// new-joe-kuo-6.21201).
func TestSobolReferencePoints(t *testing.T) {
	want := [][3]float64{{0, 0, 0}, {0.5, 0.5, 0.5}, {0.75, 0.25, 0.25}, {0.25, 0.75, 0.75}, {0.375, 0.375, 0.625},
		{0.875, 0.875, 0.125}, {0.625, 0.125, 0.875}, {0.125, 0.625, 0.375}, {0.1875, 0.3125, 0.9375}, {0.6875, 0.8125, 0.4375}}
	for d := range 3 {
		column := &sobolColumn{direction: sobolTable()[d]}
		u := make([]float64, len(want))
		column.fill(u, 0)
		for i := range u {
			if got := u[i] - 0.5/(1<<sobolBits); got != want[i][d] {
				t.Errorf("point %d, dimension %d: %v, want %v", i, d, got, want[i][d])
			}
		}
	}
	if n := len(sobolTable()); n != 1111 {
		t.Errorf("%d dimensions, want 1111", n)
	}
}

// Every dimension of 2^m scrambled points has exactly one point in each interval of length 2^-m, and a run of the
// sequence that starts anywhere gives the same points.
func TestScrambledSobolIsStratified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.IntRange(1, 10).Draw(t, "m")
		s := sobol{seed: rapid.Uint64().Draw(t, "seed"), stream: 3, used: rapid.IntRange(0, 2*sobolDimensions).Draw(t, "dimension")}
		column := s.next()
		u := make([]float64, 1<<m)
		column.fill(u, 0)
		seen := make([]bool, len(u))
		for _, x := range u {
			cell := int(x * float64(len(u)))
			if seen[cell] {
				t.Fatalf("two points in cell %d of %d", cell, len(u))
			}
			seen[cell] = true
		}
		if column.shuffled {
			return
		}
		lo := rapid.IntRange(0, len(u)-1).Draw(t, "lo")
		part := make([]float64, len(u)-lo)
		column.fill(part, lo)
		for i, x := range part {
			if x != u[lo+i] {
				t.Fatalf("point %d differs when the run starts at %d", lo+i, lo)
			}
		}
	})
}

// Scramblings are unbiased and their spread is an honest standard error: over 200 scramblings of 256 points the mean of
// E[exp(u1+u2)] = (e-1)² must lie within 5 of its standard errors (false alarm 6e-7), far below plain Monte Carlo's.
func TestScrambledSobolIsUnbiased(t *testing.T) {
	const scramblings, n = 200, 256
	var mean, square float64
	u, v := make([]float64, n), make([]float64, n)
	for r := range scramblings {
		s := sobol{seed: 11, stream: uint64(r)}
		s.next().fill(u, 0)
		s.next().fill(v, 0)
		var total float64
		for i := range u {
			total += math.Exp(u[i]+v[i]) / n
		}
		mean += total / scramblings
		square += total * total / scramblings
	}
	se := math.Sqrt((square - mean*mean) / scramblings)
	want := (math.E - 1) * (math.E - 1)
	if math.Abs(mean-want) > 5*se {
		t.Errorf("mean %v, want %v, standard error %v", mean, want, se)
	}
	// Var exp(u1+u2) = ((e²-1)/2)² - (e-1)^4 = 1.488.
	if plain := math.Sqrt(1.488 / n / scramblings); se > plain/10 {
		t.Errorf("standard error %v is not far below plain Monte Carlo's %v", se, plain)
	}
}

// No two of the dimensions in use depend on each other in their two leading digits at 2^13 points: the leading rows of
// their generator matrices, and sums of two of them, are all different.
func TestSobolDimensionsAreIndependentPairs(t *testing.T) {
	seen := map[uint32]int{}
	for d := range sobolDimensions {
		var first, second uint32
		for j, v := range sobolTable()[d][:13] {
			first |= v >> 31 << j
			second |= v >> 30 & 1 << j
		}
		for _, row := range []uint32{first, second, first ^ second} {
			if other, ok := seen[row]; ok {
				t.Errorf("dimensions %d and %d depend on each other", other, d)
			}
			seen[row] = d
		}
	}
}

package compare

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// A Distance between the empirical laws of two samples of real numbers, by their distribution functions F and G.
type Distance string

// The distances. All are 0 only for equal laws.
const (
	// Wasserstein1 is ∫|F-G|, in the units of the samples.
	Wasserstein1 Distance = "wasserstein-1"
	// Energy is 2∫(F-G)², the energy distance 2E|X-Y| - E|X-X'| - E|Y-Y'|, in the units of the samples.
	Energy Distance = "energy"
	// CramerVonMises is nm/(n+m) ∫(F-G)² dH, H the law of both samples together: free of units, and of the law when
	// both are equal and continuous.
	CramerVonMises Distance = "cramer-von-mises"
)

// Between returns the distance between two samples. Neither may be empty nor hold a NaN or an infinity.
func (d Distance) Between(x, y []float64) (float64, error) {
	p, err := d.pool(x, y)
	if err != nil {
		return 0, err
	}
	return p.distance(), nil
}

// Test returns the distance and the probability that it is at least as large when the samples' members are dealt out
// at random: the p-value of "both samples have the same law", if all members are independent of each other. It is exact
// at its resolution 1/(permutations+1).
func (d Distance) Test(x, y []float64, permutations int, seed uint64) (distance, pvalue float64, err error) {
	p, err := d.pool(x, y)
	if err != nil {
		return 0, 0, err
	}
	if permutations < 1 {
		return 0, 0, fmt.Errorf("%s: %d permutations; at least 1 is needed", d, permutations)
	}
	distance = p.distance()
	rng := rand.New(rand.NewPCG(seed, 4))
	count := 1
	for range permutations {
		rng.Shuffle(len(p.first), func(i, j int) { p.first[i], p.first[j] = p.first[j], p.first[i] })
		// Rounding must not break the tie between two deals that are the same but for their order.
		if p.distance() >= distance*(1-1e-12) {
			count++
		}
	}
	return distance, float64(count) / float64(permutations+1), nil
}

// A pool is two samples sorted together.
type pool struct {
	kind  Distance
	value []float64
	first []bool // whether a value is of the first sample
	n, m  float64
}

func (d Distance) pool(x, y []float64) (*pool, error) {
	if d != Wasserstein1 && d != Energy && d != CramerVonMises {
		return nil, fmt.Errorf("unknown distance %q; there are %q, %q and %q", string(d), Wasserstein1, Energy, CramerVonMises)
	}
	if len(x) == 0 || len(y) == 0 {
		return nil, fmt.Errorf("%s between samples of %d and %d; neither may be empty", d, len(x), len(y))
	}
	type member struct {
		value float64
		first bool
	}
	var all []member
	for s, sample := range [][]float64{x, y} {
		for i, v := range sample {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: member %d of sample %d is %g; only finite values have a place on the line", d, i, s+1, v)
			}
			all = append(all, member{v, s == 0})
		}
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.value, b.value) })
	p := &pool{kind: d, n: float64(len(x)), m: float64(len(y))}
	for _, v := range all {
		p.value, p.first = append(p.value, v.value), append(p.first, v.first)
	}
	return p, nil
}

// distance integrates over the gaps between successive values (or, for CramerVonMises, over the values).
func (p *pool) distance() float64 {
	sum, tied := 0.0, 0.0
	var a, b float64 // members of either sample up to here
	for i, v := range p.value {
		if p.first[i] {
			a++
		} else {
			b++
		}
		tied++
		if i+1 < len(p.value) && p.value[i+1] == v {
			continue
		}
		f := a/p.n - b/p.m
		gap := 0.0
		if i+1 < len(p.value) {
			gap = p.value[i+1] - v
		}
		switch p.kind {
		case Wasserstein1:
			sum += math.Abs(f) * gap
		case Energy:
			sum += 2 * f * f * gap
		default:
			sum += f * f * tied / (p.n + p.m)
		}
		tied = 0
	}
	if p.kind == CramerVonMises {
		sum *= p.n * p.m / (p.n + p.m)
	}
	return sum
}

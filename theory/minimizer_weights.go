package theory

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// A penalty is ridge/2 |w|² + l1 |w|₁.
type penalty struct{ ridge, l1 float64 }

// A coupling is what the samples do to the weights: w minimises (λ + sR)w²/2 + λ₁|w| + (√s τ y + D w*) w, y standard
// normal, on a coordinate of eigenvalue s.
type coupling struct {
	response float64                 // R
	noise    float64                 // τ
	drift    func(s float64) float64 // D: sR* of a teacher, κ of a mixture
}

// A weightSide is the population of the weights: nodes of the spectrum and of the law of w*.
type weightSide struct {
	penalty
	eigenvalues, shares []float64
	teacher, chances    []float64
	rho                 float64 // ⟨w*, Σw*⟩
}

// weightMoments are the order parameters that the weights give.
type weightMoments struct {
	overlap  float64 // ⟨w, Σw*⟩
	mean     float64 // ⟨w, w*⟩, which moves the centres of a mixture
	norm     float64 // ⟨w, Σw⟩
	rest     float64 // norm less its part along the teacher
	response float64 // V
}

// newWeightSide fails if the teacher's law cannot be integrated.
func newWeightSide(s *scenarios.Scenario, p penalty) (*weightSide, error) {
	side := &weightSide{penalty: p}
	side.eigenvalues, side.shares = s.Data.Covariance.Nodes()
	for i, v := range side.eigenvalues {
		side.rho += side.shares[i] * v
	}
	if p.l1 == 0 {
		// The weights are linear in w*, of which then the first two moments count.
		side.teacher, side.chances = []float64{-1, 1}, []float64{0.5, 0.5}
		return side, nil
	}
	side.teacher, side.chances = lawNodes(s.Teacher.Weights)
	second := 0.0
	for i, w := range side.teacher {
		second += side.chances[i] * w * w
	}
	if math.Abs(second-1) > 1e-9 {
		return nil, fmt.Errorf("%s: teacher.weights cannot be integrated: the second moment is 1, its quadrature gives %.12g", s.Name, second)
	}
	return side, nil
}

// lawNodes is a quadrature of the law of one entry of w*, a function of a uniform level: tanh-sinh (Takahasi and Mori
// 1974) between the breaks of that function, which stands the infinite ends of a quantile function.
func lawNodes(law scenarios.WeightLaw) (values, chances []float64) {
	entry := func(u float64) float64 {
		w := []float64{0}
		law.Fill(w, []float64{u})
		return w[0]
	}
	const spacing, steps = 1.0 / 24, 74 // to t = 3.1
	low := 0.0
	for _, high := range append(breaks(entry, 1e-16, 1-1e-16), 1) {
		for i := -steps; i <= steps; i++ {
			t := spacing * float64(i)
			toEnd := 1 / (1 + math.Exp(math.Pi*math.Sinh(math.Abs(t)))) // the share of the way from the nearer end
			u := low + (high-low)*toEnd
			if t > 0 {
				u = high - (high-low)*toEnd
			}
			u = min(max(u, 1e-17), 1-1e-16)
			values = append(values, entry(u))
			chances = append(chances, spacing*(high-low)*math.Pi*math.Cosh(t)*toEnd*(1-toEnd))
		}
		low = high
	}
	return values, chances
}

// moments solves for the weights and averages over them.
func (side *weightSide) moments(c coupling) (m weightMoments) {
	type node struct{ weight, s, teacher, mean, variance float64 }
	nodes := make([]node, 0, len(side.eigenvalues)*len(side.teacher))
	for i, s := range side.eigenvalues {
		drift, stiffness := c.drift(s), side.ridge+s*c.response
		for j, teacher := range side.teacher {
			mean, variance, active := softMoments(-drift*teacher, math.Sqrt(s)*c.noise, side.l1)
			n := node{side.shares[i] * side.chances[j], s, teacher, mean / stiffness, variance / (stiffness * stiffness)}
			nodes = append(nodes, n)
			m.overlap += n.weight * s * n.mean * teacher
			m.mean += n.weight * n.mean * teacher
			m.norm += n.weight * s * (n.variance + n.mean*n.mean)
			m.response += n.weight * s * active / stiffness
		}
	}
	for _, n := range nodes {
		rest := n.mean - m.overlap/side.rho*n.teacher
		m.rest += n.weight * n.s * (n.variance + rest*rest)
	}
	return m
}

// softMoments is mean and variance of the soft threshold of N(mean, deviation²), and the chance that it is not 0.
func softMoments(mean, deviation, threshold float64) (first, variance, active float64) {
	if threshold == 0 {
		return mean, deviation * deviation, 1
	}
	var second float64
	for _, sign := range []float64{1, -1} {
		beyond := sign*mean - threshold
		z := beyond / deviation
		chance, density := math.Erfc(-z/math.Sqrt2)/2, distuv.UnitNormal.Prob(z)
		active += chance
		first += sign * (beyond*chance + deviation*density)
		second += (beyond*beyond+deviation*deviation)*chance + beyond*deviation*density
	}
	return first, max(0, second-first*first), active
}

package theory

import (
	"fmt"
	"math"

	"limitcheck/scenarios"
)

// minimiseSquare is the closed form for the square loss without l1, where the prox is linear. With t = λ/R,
//
//	λ/t = Δ(α − E[s/(t+s)]),
//
// and ridge 0 is the limit from above: t = 0 for α > 1, and E[s/(t+s)] = α below, where the minimiser interpolates.
// All else is linear in E(ω−y)², of which q is a part. Source: docs/theory.md, "The minimiser".
func minimiseSquare(s *scenarios.Scenario, ridge, alpha float64) (*minimum, error) {
	values, shares := s.Data.Covariance.Nodes()
	average := func(f func(s float64) float64) (sum float64) {
		for i, v := range values {
			sum += shares[i] * f(v)
		}
		return sum
	}
	if ridge == 0 && alpha == 1 {
		return nil, &NoMinimizerError{s.Name, "ridge 0 at alpha 1: the norm grows without bound as the ridge vanishes"}
	}
	label, err := squareLabels(s, average(func(s float64) float64 { return s }))
	if err != nil {
		return nil, err
	}
	t := effectiveRidge(ridge/label.variance, alpha, func(t float64) float64 {
		return average(func(s float64) float64 { return s / (t + s) })
	})
	response := label.variance * (alpha - average(func(s float64) float64 { return s / (t + s) })) // R; 0 if it interpolates
	if t > 0 {
		response = ridge / t
	}

	m := &minimum{rho: label.rho}
	drift := func(s float64) float64 { return -s * label.slope } // D/R
	position := 0.0
	if s.Data.Mixture != nil {
		// κ/R = (E[c²]⟨v,w⟩ − E[cy])/Δ and ⟨v,w⟩ = −(κ/R) E[1/(t+s)].
		e := average(func(s float64) float64 { return 1 / (t + s) }) / label.variance
		position = label.withPosition * e / (1 + label.squaredPosition*e)
		kappa := (label.squaredPosition*position - label.withPosition) / label.variance
		drift = func(float64) float64 { return kappa }
	}
	m.overlap = -average(func(s float64) float64 { return s * drift(s) / (t + s) })
	// q = E[s (s T² + D²)/(t+s)²] with T² = (τ/R)² = E(ω−y)²/(αΔ) and E(ω−y)² = fixed + Δq.
	fixed := label.squared - 2*label.slope*m.overlap
	if s.Data.Mixture != nil {
		fixed = label.squared - 2*label.withPosition*position + label.squaredPosition*position*position
	}
	gain := average(func(s float64) float64 { return s * s / ((t + s) * (t + s)) }) / (alpha * label.variance)
	own := average(func(s float64) float64 { return s * drift(s) * drift(s) / ((t + s) * (t + s)) })
	m.norm = (own + gain*fixed) / (1 - gain*label.variance)
	m.testLoss = (fixed + label.variance*m.norm) / 2
	shrink := response / (alpha * label.variance) // 1/(1+ΔV)
	m.trainLoss = m.testLoss * shrink * shrink
	m.response = (1/shrink - 1) / label.variance
	st := state{position: position, deviation: math.Sqrt(m.norm), response: m.response}
	if s.Data.Mixture == nil {
		st.along, st.deviation = m.overlap/math.Sqrt(label.rho), math.Sqrt(max(0, m.norm-m.overlap*m.overlap/label.rho))
	}
	noise := math.Sqrt((fixed + label.variance*m.norm) / (alpha * label.variance)) // τ/R
	m.fields, m.weights, m.penalty = st, coupling{1, noise, drift}, penalty{ridge: t}
	if s.Binary() {
		err := squareErrors(s, m, label.rho, st)
		return m, err
	}
	return m, nil
}

// effectiveRidge solves λ/t = α − degrees(t) for t ≥ 0, degrees(t) = E[s/(t+s)] falling from 1 to 0.
func effectiveRidge(ridge, alpha float64, degrees func(t float64) float64) float64 {
	if ridge == 0 && alpha >= 1 {
		return 0
	}
	excess := func(t float64) float64 { return t*(alpha-degrees(t)) - ridge } // rises where it is above −λ
	low, high := 0.0, 1.0
	if ridge == 0 {
		excess = func(t float64) float64 { return alpha - degrees(t) }
	}
	for excess(high) < 0 {
		low, high = high, 2*high
	}
	for range 200 {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break
		}
		if excess(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// labelMoments are what the square loss sees of labels and clusters.
type labelMoments struct {
	rho             float64
	variance        float64 // Δ
	squared         float64 // E y²
	slope           float64 // E[hy]/ρ
	withPosition    float64 // E[cy]
	squaredPosition float64 // E[c²]
}

// squareLabels takes E y² and E hy of a linear label as they are and integrates others.
func squareLabels(s *scenarios.Scenario, rho float64) (labelMoments, error) {
	if noise, ok := s.LinearRegression(); ok {
		return labelMoments{rho: rho, variance: 1, squared: rho + noise, slope: 1}, nil
	}
	var last labelMoments
	for i, n := range refinements {
		now := labelMoments{rho: rho, variance: 1}
		for _, o := range outcomes(s, rho, n) {
			now.variance = o.variance
			now.squared += o.weight * o.label * o.label
			now.slope += o.weight * o.along * o.label / math.Sqrt(rho)
			now.withPosition += o.weight * o.position * o.label
			now.squaredPosition += o.weight * o.position * o.position
		}
		change := max(math.Abs(now.squared-last.squared), math.Abs(now.slope-last.slope)) / (1 + now.squared)
		if i > 0 && change <= 1e-11 {
			return now, nil
		}
		last = now
	}
	return last, fmt.Errorf("%s: the second moment of the labels cannot be integrated to 1e-11", s.Name)
}

// squareErrors fills in the error rates.
func squareErrors(s *scenarios.Scenario, m *minimum, rho float64, st state) error {
	interpolates := math.IsInf(m.response, 1)
	if interpolates {
		st.response = 0
	}
	for i, n := range refinements {
		lastTrain, lastTest := m.trainError, m.testError
		m.trainError, m.testError = errorRates(outcomes(s, rho, n), s.Student.Loss, st)
		if interpolates {
			m.trainError = 0
		}
		if i > 0 && math.Abs(m.trainError-lastTrain)+math.Abs(m.testError-lastTest) <= quadratureError {
			return nil
		}
	}
	return &FixedPointError{s.Name, "error rates' accuracy", len(refinements), m.err, quadratureError}
}

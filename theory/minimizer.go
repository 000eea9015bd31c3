package theory

import (
	"context"
	"fmt"
	"math"

	"limitcheck/scenarios"
)

// A minimum is the limit of the observables at the minimiser of Σ_i ℓ(x_i·w, y_i) + ridge/2 |w|² + l1 |w|₁: the end of a
// curve, without one. Source: docs/theory.md, "The minimiser".
type minimum struct {
	overlap, norm, rho    float64 // ⟨w, Σw*⟩, ⟨w, Σw⟩, ⟨w*, Σw*⟩
	trainLoss, testLoss   float64
	trainError, testError float64 // not used unless all labels are ±1
	// err is the numerical error of the largest of these: what the last refinement of all quadratures changed, relative to
	// 1 + the value; 0 in closed form.
	err  float64
	errs []float64 // of each observable of its row, likewise, as they are; nil in closed form
	// response is V = tr Σ(Σ_i ℓ″ x_i x_iᵀ + …)⁻¹/d, how far the minimiser gives way; +Inf where it interpolates.
	response   float64
	iterations int // evaluations of the fixed point's map

	fields  state    // the law of the fields,
	weights coupling // and of the weights, the minimum of
	penalty penalty
}

// differ notes what the last refinement changed.
func (m *minimum) differ(s *scenarios.Scenario, last *minimum) {
	before := last.row(s)
	m.err, m.errs = 0, nil
	for i, x := range m.row(s) {
		change := math.Abs(x - before[i])
		m.errs = append(m.errs, change)
		m.err = max(m.err, change/(1+math.Abs(x)))
	}
}

// row is the minimum as scenario.Observables() lists it.
func (m *minimum) row(s *scenarios.Scenario) []float64 {
	return scenarios.Row(s.Definitions(), &scenarios.State{
		Teacher: [][]float64{{m.rho}}, Overlap: [][]float64{{m.overlap}}, Student: [][]float64{{m.norm}},
		Train: scenarios.Risk{Loss: m.trainLoss, Error: m.trainError},
		Test:  scenarios.Risk{Loss: m.testLoss, Error: m.testError},
	})
}

// source says how it was computed.
func (m *minimum) source() string {
	if m.iterations == 0 {
		return "closed form"
	}
	return fmt.Sprintf("fixed point of the minimiser, integrals within %.1g", quadratureError)
}

// A NoMinimizerError is a problem whose minimiser does not exist or is not unique in the limit.
type NoMinimizerError struct {
	Scenario, Reason string
}

// Error names the scenario and the reason.
func (e *NoMinimizerError) Error() string { return e.Scenario + ": no minimiser: " + e.Reason }

// A FixedPointError is a fixed point, or a quadrature of it, that was not reached.
type FixedPointError struct {
	Scenario, What       string
	Iterations           int
	Residual, Acceptable float64
}

// Error says what was not reached and by how much.
func (e *FixedPointError) Error() string {
	return fmt.Sprintf("%s: the minimiser's %s was not reached after %d iterations: %.2g, at most %.2g is acceptable",
		e.Scenario, e.What, e.Iterations, e.Residual, e.Acceptable)
}

// quadratureError is how much the last refinement of the integrals may change an observable, relative to 1 + its value.
const quadratureError = 1e-8

// refinements are the numbers of nodes to a smooth piece of a Gaussian integral that are tried in turn.
var refinements = []int{20, 30, 45, 68, 102, 153}

// A minimisation is how a minimum is computed.
type minimisation struct {
	workers  pool
	mistake  mistake
	progress func(done, total int) // may be nil
}

// minimise computes the limit of the minimiser: in closed form for the square loss without l1, clusters being as wide as each
// other, otherwise as a fixed point
// whose quadratures are refined until they do not matter. The scenario must be one that scenarios.Validate accepts with
// this minimiser; of its method nothing is read.
//
// Errors: no or no unique minimiser (*NoMinimizerError); a fixed point not reached (*FixedPointError); a cancelled context.
func minimise(ctx context.Context, s *scenarios.Scenario, p penalty, how minimisation) (*minimum, error) {
	side, err := newWeightSide(s, p)
	if err != nil {
		return nil, err
	}
	f := &fixedPoint{s: s, side: side, workers: how.workers, state: state{deviation: 1, response: 1},
		alpha: s.Data.Alpha, reaction: 1, pull: 1}
	if how.mistake.static != nil {
		how.mistake.static(f)
	}
	oneVariance := s.Data.Mixture == nil || s.Data.Mixture.OneVariance()
	if s.Student.Square() && p.l1 == 0 && oneVariance && f.reaction == 1 && f.pull == 1 {
		return minimiseSquare(s, p.ridge, f.alpha)
	}
	if p.ridge == 0 && p.l1 == 0 && f.alpha <= 1 && !s.Student.Square() {
		return nil, &NoMinimizerError{s.Name, "ridge 0 with alpha ≤ 1: with fewer samples than dimensions it is not unique"}
	}
	if err := f.checkSeparable(); err != nil {
		return nil, err
	}
	var last *minimum
	var failure error // of the last refinement, which may be that its quadrature is too coarse for a fixed point
	for i, n := range refinements {
		if how.progress != nil {
			how.progress(i, len(refinements))
		}
		f.refine(n)
		start := f.state
		if failure = f.solve(ctx); failure != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			f.state, last = start, nil
			continue
		}
		now := f.minimum()
		if last != nil {
			now.differ(s, last)
			if now.err <= quadratureError {
				return now, nil
			}
			failure = &FixedPointError{s.Name, "accuracy of the integrals", f.evaluations, now.err, quadratureError}
		}
		last = now
	}
	return nil, failure
}

// A state is the point of the fixed point's map: the law of a sample's field ω and the width V of the prox.
type state struct {
	along     float64 // m/√ρ, the factor of the teacher's normalised field; 0 in a mixture
	position  float64 // ⟨v, w⟩, the factor of a cluster's position; 0 without a mixture
	deviation float64 // of the part that is independent of these, for Δ = 1
	response  float64 // V
}

func (st state) mean(o outcome) float64 { return st.along*o.along + st.position*o.position }

// A fixedPoint solves for the state.
type fixedPoint struct {
	s       *scenarios.Scenario
	side    *weightSide
	workers pool

	alpha          float64
	reaction, pull float64 // factors of the prox's width and of the weights' drift along the teacher: 1 in the right theory

	n           int // nodes to a smooth piece
	outcomes    []outcome
	state       state
	samples     moments  // at the last state the map was applied to
	coupling    coupling // and weights, to which it led
	weights     weightMoments
	evaluations int
}

func (f *fixedPoint) refine(n int) {
	f.n, f.outcomes = n, condense(outcomes(f.s, f.side.rho, n), n)
}

// apply is the map: from the law of the fields to the gradients, from these to the weights and back.
func (f *fixedPoint) apply(st state) state {
	f.evaluations++
	alpha, rho := f.alpha, f.side.rho
	f.samples = sampleMoments(f.outcomes, f.s.Student.Loss, f.reactingAt(st), f.n, f.workers)
	c := coupling{response: alpha * f.samples.withDeviation / st.deviation, noise: math.Sqrt(alpha * f.samples.squared)}
	mixture := f.s.Data.Mixture != nil
	if mixture {
		kappa := f.pull * alpha * f.samples.withPosition
		c.drift = func(float64) float64 { return kappa }
	} else {
		direct := f.pull * (alpha*f.samples.withTeacher - c.response*st.along) / math.Sqrt(rho)
		c.drift = func(s float64) float64 { return s * direct }
	}
	f.coupling, f.weights = c, f.side.moments(c)
	if mixture {
		return state{position: f.weights.mean, deviation: math.Sqrt(f.weights.norm), response: f.weights.response}
	}
	return state{along: f.weights.overlap / math.Sqrt(rho), deviation: math.Sqrt(f.weights.rest), response: f.weights.response}
}

// reacting is the state with the width of the prox that the samples meet.
func (f *fixedPoint) reacting() state { return f.reactingAt(f.state) }

func (f *fixedPoint) reactingAt(st state) state {
	st.response *= f.reaction
	return st
}

// vector and stateOf translate between states and points without bounds.
func (f *fixedPoint) vector(st state) []float64 {
	return []float64{st.along + st.position, math.Log(st.deviation), math.Log(st.response)}
}

func (f *fixedPoint) stateOf(x []float64) state {
	st := state{deviation: math.Exp(x[1]), response: math.Exp(x[2])}
	if f.s.Data.Mixture != nil {
		st.position = x[0]
	} else {
		st.along = x[0]
	}
	return st
}

// solve iterates from the present state.
func (f *fixedPoint) solve(ctx context.Context) error {
	const (
		most      = 150
		tolerance = 1e-10 // of the logarithms: a coarse quadrature, whose pieces move with the state, is rougher below
		far       = 30.0  // of a logarithm: no longer of order one
	)
	x := f.vector(f.state)
	var mixer anderson
	residual := math.Inf(1)
	for range most {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.state = f.stateOf(x)
		y := f.vector(f.apply(f.state))
		residual = 0
		for i := range x {
			residual = max(residual, math.Abs(y[i]-x[i]))
		}
		switch {
		case residual <= tolerance:
			return nil
		case y[1] < -far:
			return &NoMinimizerError{f.s.Name, "it is a multiple of the teacher, without fluctuations, which these equations do not cover"}
		case math.IsNaN(residual) || y[1] > far || y[2] > far:
			return &NoMinimizerError{f.s.Name, "its norm or its response grows without bound"}
		}
		x = mixer.next(x, y)
	}
	return &FixedPointError{f.s.Name, "fixed point", f.evaluations, residual, tolerance}
}

// minimum collects the observables at the state reached.
func (f *fixedPoint) minimum() *minimum {
	m := &minimum{
		overlap: f.weights.overlap, norm: f.weights.norm, rho: f.side.rho,
		trainLoss: f.samples.trainLoss, testLoss: testLoss(f.outcomes, f.s.Student.Loss, f.state, f.n),
		response: f.state.response, iterations: f.evaluations,
		fields: f.reacting(), weights: f.coupling, penalty: f.side.penalty,
	}
	if f.s.Binary() {
		m.trainError, m.testError = errorRates(f.outcomes, f.s.Student.Loss, f.reacting())
	}
	return m
}

// testLoss is E ℓ(ω, y).
func testLoss(list []outcome, loss scenarios.Loss, st state, n int) (sum float64) {
	for _, o := range list {
		mean, deviation := st.mean(o), math.Sqrt(o.variance)*st.deviation
		var splits []float64
		for _, kink := range o.kinks {
			if z := (kink - mean) / deviation; math.Abs(z) < gaussianEnd {
				splits = append(splits, z)
			}
		}
		eachGaussian(n, splits, func(z, weight float64) {
			sum += o.weight * weight * loss.Value(mean+deviation*z, o.label)
		})
	}
	return sum
}

// errorRates are the probabilities of r y ≤ 0 and ω y ≤ 0. As r increases with ω, it is on the wrong side of 0 as long as
// ω is on that of where the prox leaves 0.
func errorRates(list []outcome, loss scenarios.Loss, st state) (train, test float64) {
	for _, o := range list {
		mean, deviation := st.mean(o), math.Sqrt(o.variance)*st.deviation
		const beside = 1e-300 // the one-sided slope, should 0 be a kink
		leaves := o.variance * st.response * loss.Gradient(math.Copysign(beside, o.label), o.label)
		train += o.weight * normalBelow(o.label*(leaves-mean), deviation)
		test += o.weight * normalBelow(-o.label*mean, deviation)
	}
	return max(0, train), max(0, test) // a condensed weight may be negative
}

// checkSeparable refuses labels ±1 that a direction separates, if there is no penalty: losses of a margin then fall
// for ever. With a the weights' share along the teacher (or the centres) and 1 that along the rest, it is so if and only
// if min_a α E[(−y ω)₊²] < 1 (Candès and Sur, Ann. Statist. 48, 2020).
func (f *fixedPoint) checkSeparable() error {
	if f.side.ridge > 0 || f.side.l1 > 0 || !f.s.Binary() {
		return nil
	}
	least := leastShortfall(outcomes(f.s, f.side.rho, 68))
	// The loss of a large margin must not fall for the theorem to apply: that of a distance to the label is minimal there.
	rising := f.s.Student.Loss.Gradient(1e6, 1) > 0
	if product := f.alpha * least; product < 1 && !rising {
		return &NoMinimizerError{f.s.Name, fmt.Sprintf(
			"the data are separable: ridge 0 needs alpha > %.6g, got %g; a ridge or more samples give one", 1/least, f.alpha)}
	}
	return nil
}

// leastShortfall is min_a E[(−y ω)₊²], a convex function of a, by golden sections.
func leastShortfall(list []outcome) float64 {
	shortfall := func(a float64) (sum float64) {
		for _, o := range list {
			mean := -o.label * a * (o.along + o.position/math.Sqrt(o.variance))
			chance, density := normalBelow(mean, 1), math.Exp(-mean*mean/2)/math.Sqrt(2*math.Pi)
			sum += o.weight * ((mean*mean+1)*chance + mean*density)
		}
		return sum
	}
	low, high := -50.0, 50.0
	for high-low > 1e-9 {
		a, b := high-(high-low)/math.Phi, low+(high-low)/math.Phi
		if shortfall(a) < shortfall(b) {
			high = b
		} else {
			low = a
		}
	}
	return shortfall((low + high) / 2)
}

package main

import "math"

// A problem is ridge regression by gradient descent on mini-batches: one unit, y = h* + noise, Σ = 1.
type problem struct {
	alpha, rate, ridge float64
	batch              float64 // the fraction b of the samples, drawn anew at each step
	noise              float64 // standard deviation of the label's noise
	overlap, norm      float64 // of the start: w_0 = overlap w* + sqrt(norm) ξ
	steps              int
}

// A curve has one row a step.
type curve []point

type point struct{ overlap, norm, trainLoss, testLoss float64 }

func (p point) cosine() float64 { return p.overlap / math.Sqrt(p.norm) } // E (w*)² = 1

// A mistake is a wrong line of the recursion.
type mistake int

const (
	none mistake = iota
	diagonalAtOne
	propagatorDiagonal
	oneTermShort
	notFilledYet
	redrawnNoise
	weightTwice
)

// A recursion carries the two-time functions from step to step: docs/theory.md, "Closed form", with the weights'
// covariance by Gaussian integration by parts where package theory has coefficient vectors. All matrices are [t][s].
type recursion struct {
	problem
	mistake
	first, second float64     // moments of the mask
	m             []float64   // M_t
	c             [][]float64 // C(t,s)
	response      [][]float64 // R(t,s) = E ∂w_t/∂ν_s
	d, g          [][]float64 // D(t,s), G(t,s)
	teacher       []float64   // D(t,*)
	kick          []float64   // −η ∂w_t/∂w_0
}

// solve computes the curve that the recursion with a mistake gives.
func (p problem) solve(wrong mistake) curve {
	size := p.steps + 2
	r := &recursion{
		problem: p, mistake: wrong, first: 1, second: 1 / p.batch,
		m: make([]float64, size), teacher: make([]float64, size), kick: make([]float64, size),
		c: square(size), response: square(size), d: square(size), g: square(size),
	}
	if wrong == weightTwice { // a sample in the batch weighs 1/b²
		r.first, r.second = 1/p.batch, 1/(p.batch*p.batch*p.batch)
	}
	r.m[0], r.c[0][0], r.kick[0] = p.overlap, p.overlap*p.overlap+p.norm, -p.rate
	var out curve
	for t := 0; t <= p.steps; t++ {
		error2 := r.samples(t)
		out = append(out, point{overlap: r.m[t], norm: r.c[t][t], trainLoss: error2 / 2, testLoss: r.residual(t, t) / 2})
		r.weights(t)
	}
	return out
}

func square(n int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
	}
	return rows
}

// residual is V(t,s) = E (ω_t − y)(ω_s − y).
func (r *recursion) residual(t, s int) float64 {
	return r.c[t][s] - r.m[t] - r.m[s] + 1 + r.noise*r.noise
}

// memory is R(t,s) as the local fields use it, r_t = ω_t + Σ_{s<t} R(t,s) g_s.
func (r *recursion) memory(t, s int) float64 {
	switch r.mistake {
	case diagonalAtOne: // row t was written from column 1 on
		if s == 0 {
			return 0
		}
		return r.response[t][s-1]
	case propagatorDiagonal: // the response to a kick of w_s, which is 1 at t = s, in the place of w_{s+1}'s
		if s == 0 {
			return r.kick[t]
		}
		return r.response[t][s-1]
	case oneTermShort: // the sum ends at t − 2
		if s == t-1 {
			return 0
		}
	case notFilledYet: // row t is written after it is read
		return 0
	}
	return r.response[t][s]
}

// samples computes row t of D and G, and E e_t², twice the training loss.
func (r *recursion) samples(t int) float64 {
	for j := 0; j <= t; j++ {
		sum := 0.0
		if j == t {
			sum = 1
		}
		for k := j; k < t; k++ {
			sum += r.memory(t, k) * r.d[k][j]
		}
		r.d[t][j] = r.first * sum
		r.teacher[t] -= r.d[t][j]
	}
	a := make([]float64, t) // E (ω_t − y) g_s
	for s := range a {
		for j := 0; j <= s; j++ {
			a[s] += r.residual(t, j) * r.d[s][j]
		}
	}
	error2 := r.residual(t, t)
	for s := range a {
		sum := a[s]
		for k := range t {
			sum += r.memory(t, k) * r.g[k][s]
			error2 += r.memory(t, s) * r.memory(t, k) * r.g[s][k]
		}
		error2 += 2 * r.memory(t, s) * a[s]
		r.g[t][s] = r.first * sum
		r.g[s][t] = r.g[t][s]
	}
	r.g[t][t] = r.second * error2
	return error2
}

// weights computes what is known of w_{t+1} = (1 − ηλ) w_t − η (ν_t + α Σ_k D(t,k) w_k + α D(t,*) w*).
func (r *recursion) weights(t int) {
	keep := 1 - r.rate*r.ridge
	drift := func(with func(k int) float64, withTeacher float64) float64 {
		sum := r.teacher[t] * withTeacher
		for k := 0; k <= t; k++ {
			sum += r.d[t][k] * with(k)
		}
		return r.alpha * sum
	}
	r.m[t+1] = keep*r.m[t] - r.rate*drift(func(k int) float64 { return r.m[k] }, 1)
	r.kick[t+1] = keep*r.kick[t] - r.rate*drift(func(k int) float64 { return r.kick[k] }, 0)
	for s := 0; s <= t; s++ {
		r.response[t+1][s] = keep*r.response[t][s] - r.rate*drift(func(k int) float64 { return r.response[k][s] }, 0)
	}
	r.response[t+1][t] -= r.rate
	for s := 0; s <= t+1; s++ { // at last w_{t+1} with itself, of which all but one factor is then known
		x := keep*r.c[t][s] - r.rate*(r.noiseWith(t, s)+drift(func(k int) float64 { return r.c[k][s] }, r.m[s]))
		r.c[t+1][s], r.c[s][t+1] = x, x
	}
}

// noiseWith is E ν_t w_s = Σ_j R(s,j) Cov(ν_t, ν_j), for s ≤ t+1.
func (r *recursion) noiseWith(t, s int) float64 {
	sum := 0.0
	for j := range s {
		if r.mistake == redrawnNoise && j != t {
			continue
		}
		sum += r.response[s][j] * r.alpha * r.g[t][j]
	}
	return sum
}

package montecarlo

import (
	"context"
	"math"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// An augmented Lagrangian minimises a loss with kinks (Rockafellar, Math. Oper. Res. 1, 1976): the fields z are free, held
// to Xw by multipliers θ and by σ|Xw − z|²/2. With z minimised over, which is a prox, what is left,
//
//	φ(w) = λ/2 |w|² + Σ [ℓ(z) + θ(r − z) + σ(r − z)²/2],  r = Xw,
//
// is differentiable in w. It is minimised by Newton's method with the slope of the prox for a second derivative (Qi and Sun,
// Math. Program. 58, 1993; for these problems Li, Sun and Toh, SIAM J. Optim. 28, 2018), whose equations are solved by
// conjugate gradients, so through products. A field that is held in a kink has slope σ, any other that of the loss, so the
// equations are as well conditioned as the samples in kinks are few.
type augmentedLagrangian struct {
	*objective
	ctx            context.Context
	sigma          float64
	theta          []float64
	w, g           []float64 // g = Xᵀθ' + λw with θ' the multipliers to which w leads
	slopes         []float64 // of θ' in r
	step, image    []float64 // Newton's, and X step
	residual, way  []float64 // of the conjugate gradients
	fields, answer []float64
}

// minimiseWithKinks goes through rounds of θ ← θ + σ(Xw − z), which is a subgradient of the loss at z, so that with u = Xᵀθ
// the duality gap is
//
//	Σ [ℓ(r) − ℓ(z) − θ(r − z)] + |λw + u|²/(2λ).
//
// The second part is held below the first one of the round before. σ grows slowly: each round then begins near its end, and
// conjugate gradients need not go far. (At d = 500 a support vector machine takes 500 products; with σ growing fourfold to 256,
// or constant, it takes more than 6000.)
func (o *objective) minimiseWithKinks(ctx context.Context, w []float64) (*solution, error) {
	const growth, strongest = 1.3, 1e6
	n, d, y := len(o.data.y), len(w), o.data.y
	vector := func(n int) []float64 { return make([]float64, n) }
	a := &augmentedLagrangian{objective: o, ctx: ctx, theta: vector(n), w: w, g: vector(d), slopes: vector(n), step: vector(d),
		image: vector(n), residual: vector(d), way: vector(d), fields: vector(n), answer: vector(d)}
	s := &solution{w: w, certificate: "relative duality gap", reached: math.Inf(1)}
	tolerance := 1e-2 * math.Sqrt(2*o.ridge*o.value(w)) // w = 0: r = 0
	for a.sigma = 1.0; o.products < o.most; a.sigma = min(growth*a.sigma, strongest) {
		if err := a.minimise(tolerance); err != nil {
			return s, err
		}
		gap := kernel.Dot(a.g, a.g) / (2 * o.ridge)
		for i, r := range a.fields {
			next := a.multiplier(i, r)
			z := r - (next-a.theta[i])/a.sigma
			a.theta[i] = next
			gap += o.loss.Value(r, y[i]) - o.loss.Value(z, y[i]) - next*(r-z)
		}
		copy(o.r, a.fields)
		s.reached, s.products = gap/o.value(w), o.products
		if s.reached <= gapTolerance {
			return s, nil
		}
		tolerance = 0.3 * math.Sqrt(2*o.ridge*gap)
	}
	return s, notConverged(s)
}

// multiplier is θ + σ(r − z).
func (a *augmentedLagrangian) multiplier(i int, r float64) float64 {
	near := scenarios.Prox(a.loss, r+a.theta[i]/a.sigma, a.data.y[i], 1/a.sigma)
	return a.theta[i] + a.sigma*(r-near)
}

// minimise takes Newton steps from w until the gradient of φ is within the tolerance; a.fields are Xw then.
func (a *augmentedLagrangian) minimise(tolerance float64) error {
	for {
		a.pass(a.g, a.w, a.multiplier)
		kernel.Axpy(a.g, a.ridge, a.w)
		copy(a.fields, a.r)
		size := norm(a.g)
		if size <= tolerance || a.left() == 0 || a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		a.newton(max(0.3*tolerance, 0.1*size))
		slope := kernel.Dot(a.step, a.g)
		before := a.products
		_ = before
		length := search(1, slope, func(t float64) float64 {
			rise := a.ridge * (kernel.Dot(a.w, a.step) + t*kernel.Dot(a.step, a.step))
			for i, r := range a.fields {
				rise += a.multiplier(i, r+t*a.image[i]) * a.image[i]
			}
			return rise
		})
		if length == 0 {
			return nil // rounding
		}
		kernel.Axpy(a.w, length, a.step)
	}
}

// newton solves (λ + Xᵀ diag(slopes) X) step = −g to a residual of this size, or as far as it may: one product is left.
func (a *augmentedLagrangian) newton(tolerance float64) {
	for i, r := range a.fields {
		h := 1e-7 * (1 + math.Abs(r))
		a.slopes[i] = (a.multiplier(i, r+h) - a.multiplier(i, r-h)) / (2 * h)
	}
	clear(a.step)
	clear(a.image)
	for i, x := range a.g {
		a.residual[i] = -x
	}
	copy(a.way, a.residual)
	size := kernel.Dot(a.residual, a.residual)
	for math.Sqrt(size) > tolerance && a.left() > 1 && a.ctx.Err() == nil {
		a.pass(a.answer, a.way, func(i int, r float64) float64 { return a.slopes[i] * r })
		kernel.Axpy(a.answer, a.ridge, a.way)
		length := size / kernel.Dot(a.way, a.answer)
		kernel.Axpy(a.step, length, a.way)
		kernel.Axpy(a.image, length, a.r)
		kernel.Axpy(a.residual, -length, a.answer)
		next := kernel.Dot(a.residual, a.residual)
		for i, x := range a.residual {
			a.way[i] = x + next/size*a.way[i]
		}
		size = next
	}
}

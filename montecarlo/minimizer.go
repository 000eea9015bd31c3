package montecarlo

import (
	"context"
	"errors"
	"fmt"
	"math"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// An objective is Σ_i ℓ(x_i·w, y_i) + ridge/2 |w|² + l1 |w|₁, whose minimiser is the estimator. X is met only through
// products, so either engine serves; but the conditioning engine pays for each product with memory and time that grow
// with the number before it (mostConditioned), and a solver makes tens to thousands. Source: docs/theory.md, "The minimiser".
type objective struct {
	data      *dataset
	loss      scenarios.Loss
	ridge, l1 float64

	most     int       // products that may be made; 0: mostProducts
	r        []float64 // the fields at the last point
	products int
}

// How near to the minimiser a solver must come. Where the loss is smooth and there is no l1, the norm of the gradient is
// compared with that at w = 0. Otherwise the duality gap, which bounds how far the objective is from its least value, is
// compared with the objective.
const (
	gradientTolerance = 1e-10
	gapTolerance      = 1e-9
	mostProducts      = 20000

	// The conditioning engine remembers every product, unless they are more than dimensions.
	mostConditioned = 400
)

// A solution is a minimiser with its certificate: a relative gradient norm or a relative duality gap.
type solution struct {
	w           []float64
	certificate string // as in NotConvergedError
	reached     float64
	products    int
}

// A NotConvergedError is a minimiser that was not reached.
type NotConvergedError struct {
	Scenario     string
	Dim, Replica int
	Products     int     // passes over the data
	Certificate  string  // "relative gradient" or "relative duality gap"
	Reached      float64 // of it
	Hint         string  // may be empty
}

// Error says which replica did not get there, how near it came and what may help.
func (e *NotConvergedError) Error() string {
	text := fmt.Sprintf("%s: d = %d, replica %d: the minimiser was not reached after %d products with the data: the %s is %.2g",
		e.Scenario, e.Dim, e.Replica, e.Products, e.Certificate, e.Reached)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// notConverged is the error of a solver that stopped short.
func notConverged(s *solution) error {
	return &NotConvergedError{Products: s.products, Certificate: s.certificate, Reached: s.reached}
}

// minimise takes the place of all steps: from W = 0, at which the controls are measured, to the minimiser, the one row.
func (t *trainer) minimise(ctx context.Context, m *scenarios.Minimizer, progress func(done, total int)) error {
	start, err := t.order(0)
	if err != nil {
		return err
	}
	t.batches.draw(0)
	t.data.step(t.u, t.p, t.gradients)
	t.population.place(start)
	t.controls.first(t, start)
	o := &objective{data: t.data, loss: t.scenario.Student.Loss, ridge: m.Ridge, l1: m.L1, most: t.mostProducts()}
	s, err := o.minimise(ctx, t.job.Dim)
	var short *NotConvergedError
	if errors.As(err, &short) {
		short.Scenario, short.Dim, short.Replica = t.scenario.Name, t.job.Dim, t.job.Index
		switch {
		case o.most != 0:
			short.Hint = "the conditioning engine remembers each product and makes few; --engine dense goes on"
		case m.Ridge == 0 && m.L1 == 0:
			short.Hint = "without a penalty these samples may have none, as labels have that can be separated"
		}
	}
	if err != nil {
		return err
	}
	copy(t.w[0], s.w)
	reached, err := t.order(0)
	if err != nil {
		return err
	}
	t.data.fields(t.rw, t.w)
	if err := t.record(0, reached); err != nil {
		return err
	}
	if progress != nil {
		progress(1, 1)
	}
	return ctx.Err()
}

// mostProducts is how many a minimiser may make here; 0: as many as it likes.
func (t *trainer) mostProducts() int {
	if t.engine == Conditioning && t.job.Dim > mostConditioned {
		return mostConditioned
	}
	return 0
}

// minimise solves for d weights to the tolerances above.
func (o *objective) minimise(ctx context.Context, d int) (*solution, error) {
	o.r = make([]float64, len(o.data.y))
	if o.most == 0 {
		o.most = mostProducts
	}
	w := make([]float64, d)
	switch {
	case jumps(o.loss, o.data.y[:min(len(o.data.y), 16)]):
		return o.minimiseWithKinks(ctx, w)
	case o.l1 > 0:
		return o.proximalGradient(ctx, w)
	}
	u := make([]float64, d)
	o.gradient(u, w)
	scale := norm(u)
	reached, err := lbfgs(ctx, w, gradientTolerance*scale, o.left, o.gradient)
	s := &solution{w, "relative gradient", reached / scale, o.products}
	if err == nil && !(reached <= gradientTolerance*scale && (o.ridge > 0 || !o.fallsBeyond())) {
		err = notConverged(s)
	}
	return s, err
}

// fallsBeyond reports whether twice the weights last met fit better: the gradient is small because the loss is, and a
// minimiser is nowhere.
func (o *objective) fallsBeyond() bool {
	here, beyond := 0.0, 0.0
	for i, r := range o.r {
		here += o.loss.Value(r, o.data.y[i])
		beyond += o.loss.Value(2*r, o.data.y[i])
	}
	return beyond < here
}

// checkSolvable refuses what no solver here minimises.
func checkSolvable(s *scenarios.Scenario) error {
	m, static := s.Method.Minimizer()
	if !static || m.Ridge > 0 && m.L1 == 0 {
		return nil
	}
	labels := []float64{-2, -1, 0, 1, 2}
	switch mixture := s.Data.Mixture; {
	case mixture != nil:
		labels = mixture.Labels
	case s.Binary():
		labels = []float64{-1, 1}
	}
	if !jumps(s.Student.Loss, labels) {
		return nil
	}
	return fmt.Errorf("%s: student.loss %s has a kink: its minimiser is simulated with method.ridge > 0 and without method.l1 "+
		"only, got ridge %g and l1 %g", s.Name, scenarios.Name(s.Student.Loss), m.Ridge, m.L1)
}

// jumps reports whether the gradient of the loss does, at one of the labels: whether halving an interval again and again,
// always keeping the half with the larger change, leaves a change.
func jumps(loss scenarios.Loss, labels []float64) bool {
	const cells, reach = 512, 16.0
	for _, y := range labels {
		for i := range cells {
			a, b := reach*(2*float64(i)/cells-1)+y, reach*(2*float64(i+1)/cells-1)+y
			at := func(f float64) float64 { return loss.Gradient(f, y) }
			for b-a > 1e-9 && at(b)-at(a) > 1e-3 {
				if m := (a + b) / 2; at(m)-at(a) > at(b)-at(m) {
					b = m
				} else {
					a = m
				}
			}
			if at(b)-at(a) > 1e-3 {
				return true
			}
		}
	}
	return false
}

// left is how many products may still be made.
func (o *objective) left() int { return o.most - o.products }

// pass computes the fields at w and u = Xᵀ g for the gradients g_i = slope(i, r_i).
func (o *objective) pass(u, w []float64, slope func(i int, r float64) float64) {
	o.products++
	o.data.step([][]float64{u}, [][]float64{w}, func(lo, hi int, g, r [][]float64) {
		copy(o.r[lo:hi], r[0])
		for i, x := range r[0] {
			g[0][i] = slope(lo+i, x)
		}
	})
}

// gradient of the smooth part, ridge included.
func (o *objective) gradient(u, w []float64) {
	y := o.data.y
	o.pass(u, w, func(i int, r float64) float64 { return o.loss.Gradient(r, y[i]) })
	kernel.Axpy(u, o.ridge, w)
}

// value is the objective at w, whose fields are the last pass's.
func (o *objective) value(w []float64) float64 {
	sum := o.ridge / 2 * kernel.Dot(w, w)
	for _, x := range w {
		sum += o.l1 * math.Abs(x)
	}
	for i, r := range o.r {
		sum += o.loss.Value(r, o.data.y[i])
	}
	return sum
}

// proximalGradient minimises a smooth loss with an l1 penalty by FISTA with restarts (O'Donoghue and Candès, Found.
// Comput. Math. 15, 2015). The gradient g at a point p gives the dual point whose gap is p·u + ψ(p) + ψ*(−u), u = Xᵀg; the
// penalty ψ without a ridge is restricted to |w|₁ ≤ B with B what the objective at p allows, which holds the minimiser.
func (o *objective) proximalGradient(ctx context.Context, w []float64) (*solution, error) {
	y, d := o.data.y, len(w)
	slope := func(i int, r float64) float64 { return o.loss.Gradient(r, y[i]) }
	p, u, last := make([]float64, d), make([]float64, d), make([]float64, d)
	s := &solution{w: p, certificate: "relative duality gap", reached: math.Inf(1)}
	curvature := o.curvature(d)
	for age := 0; o.products < o.most; age++ {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		o.pass(u, p, slope)
		s.reached, s.products = o.sparseGap(p, u), o.products
		if s.reached <= gapTolerance {
			return s, nil
		}
		backwards := 0.0 // the step's inner product with the momentum
		for i := range p {
			next := p[i] - u[i]/curvature
			next = math.Copysign(max(0, math.Abs(next)-o.l1/curvature), next) / (1 + o.ridge/curvature)
			backwards += (p[i] - next) * (next - w[i])
			last[i], w[i] = w[i], next
		}
		if backwards > 0 {
			age = 0
		}
		momentum := float64(age) / float64(age+3)
		for i := range p {
			p[i] = w[i] + momentum*(w[i]-last[i])
		}
	}
	return s, notConverged(s)
}

// sparseGap is the relative duality gap at p, where u = Xᵀg.
func (o *objective) sparseGap(p, u []float64) float64 {
	value := o.value(p)
	gap, largest := kernel.Dot(p, u)+o.ridge/2*kernel.Dot(p, p), 0.0
	for i, x := range u {
		gap += o.l1 * math.Abs(p[i])
		beyond := max(0, math.Abs(x)-o.l1)
		largest = max(largest, beyond)
		if o.ridge > 0 {
			gap += beyond * beyond / (2 * o.ridge)
		}
	}
	if o.ridge == 0 {
		gap += value / o.l1 * largest
	}
	return gap / value
}

// curvature is the largest eigenvalue of XᵀX, by power iteration with a margin for what it misses, times the steepest
// slope of the loss's gradient near the labels.
func (o *objective) curvature(d int) float64 {
	const rounds, margin = 40, 1.05
	v, u := make([]float64, d), make([]float64, d)
	for i := range v {
		v[i] = math.Sin(float64(i*i) + 1) // in no special direction
	}
	eigenvalue := 0.0
	for range rounds {
		o.pass(u, v, func(_ int, r float64) float64 { return r })
		eigenvalue = math.Sqrt(kernel.Dot(u, u) / kernel.Dot(v, v))
		scale := 1 / math.Sqrt(kernel.Dot(u, u))
		for i, x := range u {
			v[i] = scale * x
		}
	}
	const spacing, reach = 1.0 / 32, 8.0
	steepest := 0.0
	for _, y := range o.data.y[:min(len(o.data.y), 16)] {
		for f := -reach; f < reach; f += spacing {
			slope := (o.loss.Gradient(y+f+spacing, y) - o.loss.Gradient(y+f, y)) / spacing
			steepest = max(steepest, slope)
		}
	}
	return margin * eigenvalue * steepest
}

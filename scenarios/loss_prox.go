package scenarios

import "math"

// Prox is the proximal operator of v times a convex loss at label y: the r that minimises ℓ(r, y) + (r-ω)²/(2v), v > 0.
// It solves r + v ∂ℓ(r, y) ∋ ω, so that (ω-r)/v is a subgradient at r. Closed where the loss has a closed one, else
// found by a search that needs nothing but the gradient. Source: docs/theory.md, "The minimiser".
func Prox(l Loss, omega, y, v float64) float64 {
	if p, ok := l.(proximable); ok {
		return p.prox(omega, y, v)
	}
	return proxBySearch(l, omega, y, v)
}

// Kinks are the outputs f at which the gradient of ℓ(·, y) is not smooth, in increasing order. They are known for the
// losses that a file can name and not for those given by formulas.
func Kinks(l Loss, y float64) (at []float64, known bool) {
	if p, ok := l.(proximable); ok {
		return p.kinks(y), true
	}
	return nil, false
}

// PiecewiseQuadratic reports whether the loss is known to be a quadratic between its kinks. Its prox is then affine between
// the images of the kinks.
func PiecewiseQuadratic(l Loss) bool {
	switch l.(type) {
	case square, hinge, *huber, absolute:
		return true
	}
	return false
}

// proximable is a convex loss whose prox and kinks are known.
type proximable interface {
	prox(omega, y, v float64) float64
	kinks(y float64) []float64
}

// Convex reports whether ℓ(·, y) is convex for these labels: known for the named losses, otherwise whether the gradient
// never falls on a fine grid of outputs.
func Convex(l Loss, labels []float64) bool {
	if _, ok := l.(proximable); ok {
		return true
	}
	const points, reach = 4096, 16.0
	for _, y := range labels {
		last := math.Inf(-1)
		for i := range points + 1 {
			g := l.Gradient(reach*(2*float64(i)/points-1), y)
			if g < last-1e-9*(1+math.Abs(last)) { // more than the rounding of a formula
				return false
			}
			last = max(last, g)
		}
	}
	return true
}

func (square) prox(omega, y, v float64) float64 { return y + (omega-y)/(1+v) }
func (square) kinks(float64) []float64          { return nil }

// prox of the logistic loss: with a = yω the margin x = yr solves x = a + v/(1+eˣ), which lies in [a, a+v].
func (logistic) prox(omega, y, v float64) float64 {
	a := y * omega
	low, high := a, a+v
	x, moved := a+v/2, math.Inf(1)
	if a > 0 {
		x = a
	}
	for range 200 {
		p := 1 / (1 + math.Exp(x))
		value := x - a - v*p
		if value > 0 {
			high = x
		} else {
			low = x
		}
		next := x - value/(1+v*p*(1-p))
		// Newton's steps may run to and fro between the ends, so each must be at most half as long as the one before it.
		if !(next > low && next < high) || math.Abs(next-x) > moved/2 {
			next = low + (high-low)/2
		}
		moved = math.Abs(next - x)
		x = next
		if moved <= 1e-15*(1+math.Abs(x)) {
			break
		}
	}
	return y * x
}
func (logistic) kinks(float64) []float64 { return nil }

func (hinge) prox(omega, y, v float64) float64 {
	switch a := y * omega; {
	case a >= 1:
		return omega
	case a >= 1-v:
		return y
	}
	return omega + v*y
}
func (hinge) kinks(y float64) []float64 { return []float64{y} }

func (l *huber) prox(omega, y, v float64) float64 {
	e := omega - y
	if math.Abs(e) <= l.threshold*(1+v) {
		return y + e/(1+v)
	}
	return omega - math.Copysign(v*l.threshold, e)
}
func (l *huber) kinks(y float64) []float64 { return []float64{y - l.threshold, y + l.threshold} }

func (absolute) prox(omega, y, v float64) float64 {
	e := omega - y
	switch {
	case e > v:
		return omega - v
	case e < -v:
		return omega + v
	}
	return y
}
func (absolute) kinks(y float64) []float64 { return []float64{y} }

// proxBySearch finds the sign change of r + v ∂ℓ(r, y) - ω, which increases with r. As the gradient increases too, the
// change lies between ω and ω - v ∂ℓ(ω, y). The search is Chandrupatla's (Adv. Eng. Software 28, 1997): inverse
// quadratic interpolation where it can be trusted, else bisection, so that a jump of the gradient is met as well.
func proxBySearch(l Loss, omega, y, v float64) float64 {
	value := func(r float64) float64 { return r - omega + v*l.Gradient(r, y) }
	a, fa := omega, value(omega)
	if fa == 0 {
		return a
	}
	b := omega - fa
	fb := value(b)
	if fa*fb > 0 { // by rounding only
		return b
	}
	c, fc := a, fa
	t := 0.5
	for range 200 {
		x := a + t*(b-a)
		fx := value(x)
		if fx*fa > 0 {
			c, fc = a, fa
		} else {
			c, fc, b, fb = b, fb, a, fa
		}
		a, fa = x, fx
		best := a
		if math.Abs(fb) < math.Abs(fa) {
			best = b
		}
		tolerance := 1e-15 * (1 + math.Abs(best))
		if width := math.Abs(b - a); width <= 2*tolerance || fa == 0 {
			return best
		} else {
			t = chandrupatla(a, b, c, fa, fb, fc)
			t = min(max(t, tolerance/width), 1-tolerance/width)
		}
	}
	return a
}

// chandrupatla is where, as a share of the way from a to b, the next value is taken.
func chandrupatla(a, b, c, fa, fb, fc float64) float64 {
	xi, phi := (a-b)/(c-b), (fa-fb)/(fc-fb)
	if phi*phi < xi && (1-phi)*(1-phi) < 1-xi {
		return fa/(fb-fa)*fc/(fb-fc) + (c-a)/(b-a)*fa/(fc-fa)*fb/(fc-fb)
	}
	return 0.5
}

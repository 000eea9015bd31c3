package montecarlo

import (
	"context"
	"math"

	"limitcheck/montecarlo/internal/kernel"
)

// lbfgs minimises a convex differentiable function from w on, by limited-memory BFGS (Nocedal and Wright, Numerical
// Optimization, algorithm 7.4), until the gradient's norm is within the tolerance, and returns that norm. Unlike gonum's
// it looks at gradients only: their differences stay meaningful far below where those of values are rounding. It gives up
// before fewer gradients are left than a search may take, or where no step along the direction makes the gradient smaller.
func lbfgs(ctx context.Context, w []float64, tolerance float64, left func() int, gradient func(g, w []float64)) (
	reached float64, err error) {
	const memory = 20
	d := len(w)
	g, next, step, trial := make([]float64, d), make([]float64, d), make([]float64, d), make([]float64, d)
	gradient(g, w)
	var history pairs
	for left() > longestSearch {
		if reached = norm(g); reached <= tolerance || ctx.Err() != nil {
			return reached, ctx.Err()
		}
		history.direction(step, g)
		slope := kernel.Dot(step, g)
		if !(slope < 0) {
			return reached, nil // rounding
		}
		length := 1.0
		if len(history) == 0 {
			length = 0.1 * math.Max(1, norm(w)) / norm(step)
		}
		length = search(length, slope, func(t float64) float64 {
			for i := range trial {
				trial[i] = w[i] + t*step[i]
			}
			gradient(next, trial)
			return kernel.Dot(step, next)
		})
		if length == 0 {
			return reached, nil
		}
		history.add(w, trial, g, next, memory)
		copy(w, trial)
		g, next = next, g
	}
	return norm(g), nil
}

func norm(x []float64) float64 { return math.Sqrt(kernel.Dot(x, x)) }

const longestSearch = 40 // gradients

// search finds a t > 0 at which the derivative of a convex function along a line, which is slope < 0 at 0, has come down
// enough and not become too large: by expansion, then by secants kept away from the ends of the bracket. The last t at
// which derivative is called is the one returned; 0 if there is none within rounding.
func search(t, slope float64, derivative func(t float64) float64) float64 {
	const (
		still  = 0.9 // of the slope: it may fall on that steeply
		beyond = 0.4 // and rise that steeply
	)
	low, atLow, high, atHigh := 0.0, slope, math.Inf(1), math.Inf(1)
	for range longestSearch {
		x := derivative(t)
		switch {
		case x < still*slope:
			low, atLow = t, x
		case !(x <= -beyond*slope):
			high, atHigh = t, x
		default:
			return t
		}
		switch {
		case math.IsInf(high, 1):
			t *= 4
		case math.IsNaN(atHigh) || math.IsInf(atHigh, 0):
			t = (low + high) / 2
		default:
			share := min(max(-atLow/(atHigh-atLow), 0.1), 0.9)
			t = low + share*(high-low)
		}
	}
	return 0
}

// pairs are changes of the point and of the gradient, the newest last.
type pairs []struct {
	point, gradient []float64
	inner           float64
}

// add keeps at most so many; a pair without curvature, which is rounding, is left out.
func (p *pairs) add(from, to, before, after []float64, most int) {
	s, y := make([]float64, len(from)), make([]float64, len(from))
	for i := range s {
		s[i], y[i] = to[i]-from[i], after[i]-before[i]
	}
	inner := kernel.Dot(s, y)
	if !(inner > 1e-14*norm(s)*norm(y)) {
		return
	}
	if len(*p) == most {
		*p = (*p)[1:]
	}
	*p = append(*p, struct {
		point, gradient []float64
		inner           float64
	}{s, y, inner})
}

// direction writes −Hg, H the inverse Hessian that the pairs suggest (two-loop recursion).
func (p pairs) direction(step, g []float64) {
	for i, x := range g {
		step[i] = -x
	}
	a := make([]float64, len(p))
	for i := len(p) - 1; i >= 0; i-- {
		a[i] = kernel.Dot(p[i].point, step) / p[i].inner
		kernel.Axpy(step, -a[i], p[i].gradient)
	}
	if len(p) > 0 {
		last := p[len(p)-1]
		scale := last.inner / kernel.Dot(last.gradient, last.gradient)
		for i := range step {
			step[i] *= scale
		}
	}
	for i, pair := range p {
		kernel.Axpy(step, a[i]-kernel.Dot(pair.gradient, step)/pair.inner, pair.point)
	}
}

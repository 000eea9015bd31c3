package main

import "math"

// modes solves the same problem on the full batch without any two-time function: every eigenvalue x of XᵀX shrinks its
// part c of the teacher, e of the start and a of the label's noise by itself, and the curve is their average over the
// Marchenko–Pastur law. Its midpoints in the angle are exact to rounding.
func (p problem) modes() curve {
	const nodes = 400
	var x, weight []float64
	for i := range nodes {
		theta := (float64(i) + 0.5) * math.Pi / nodes
		at := p.alpha + 1 + 2*math.Sqrt(p.alpha)*math.Cos(theta)
		x = append(x, at)
		weight = append(weight, 2*p.alpha*math.Pow(math.Sin(theta), 2)/(nodes*at))
	}
	if p.alpha < 1 { // the law's atom at 0
		x, weight = append(x, 0), append(weight, 1-p.alpha)
	}
	c, e, a := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		c[i], e[i] = p.overlap, math.Sqrt(p.norm)
	}
	noise2 := p.noise * p.noise
	var out curve
	for t := 0; t <= p.steps; t++ {
		var q point
		q.trainLoss = noise2 * max(0, p.alpha-1) // what of the noise X cannot reach
		for i, w := range weight {
			q.overlap += w * c[i]
			q.norm += w * (c[i]*c[i] + e[i]*e[i] + a[i]*a[i])
			if x[i] > 0 {
				residual := math.Sqrt(x[i])*a[i] - p.noise
				q.trainLoss += w * (x[i]*((c[i]-1)*(c[i]-1)+e[i]*e[i]) + residual*residual)
			}
			c[i] -= p.rate * (p.ridge*c[i] + x[i]*(c[i]-1))
			e[i] -= p.rate * (p.ridge + x[i]) * e[i]
			a[i] -= p.rate * ((p.ridge+x[i])*a[i] - math.Sqrt(x[i])*p.noise)
		}
		q.trainLoss /= 2 * p.alpha
		q.testLoss = (q.norm - 2*q.overlap + 1 + noise2) / 2
		out = append(out, q)
	}
	return out
}

package theory

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// probes lists scenario.Probes() of one finished scrambling. A kernel entry that cannot be told from others is 0, as the
// finite-d side has it.
func (w *sweep) probes() []float64 {
	p, units := w.s.Probes(), w.s.Student.Units
	kernels := w.gauge.kernels(w.paths.pool, units, p.KernelSteps, false)
	x := &scenarios.Trajectory{
		Correlation:    func(t, s, k, l int) float64 { return w.gauge.correlation(t*units+k, s*units+l) },
		WeightResponse: kernels.WeightResponse.At, GradientResponse: kernels.GradientResponse.At,
	}
	for k := range units {
		x.Fields = append(x.Fields, w.paths.law(k, p.Grid))
		x.Weights = append(x.Weights, w.weights.law(w.seen[k], p.Grid))
	}
	for i := range p.Functions {
		if f := &p.Functions[i]; f.OfWeights {
			x.Functions = append(x.Functions, w.weights.average(w.seen, w.teacher, f.Value))
		} else {
			x.Functions = append(x.Functions, w.paths.average(f.Value))
		}
	}
	return p.List(x)
}

// average is the mean over paths of a function of the local fields of W̄ and the label.
func (p *paths) average(f func(r []float64, y float64) float64) float64 {
	total, r := 0.0, make([]float64, p.s.Student.Units)
	for _, b := range p.blocks {
		for i, y := range b.y {
			for k := range r {
				r[k] = b.seen[k][i]
			}
			total += f(r, y)
		}
	}
	return total / float64(p.n)
}

// law is the share of paths whose local field of W̄, unit k, is at most x, for each x of the grid.
func (p *paths) law(k int, grid []float64) []float64 {
	out := make([]float64, len(grid))
	for i, x := range grid {
		for _, b := range p.blocks {
			for _, r := range b.seen[k] {
				if r <= x {
					out[i]++
				}
			}
		}
		out[i] /= float64(p.n)
	}
	return out
}

// A coordinateLaw is the joint law of one coordinate of several vectors given the teacher's: mean coef·w*, Gaussian with
// this covariance around it.
type coordinateLaw struct {
	weight     float64
	coef       [][]float64 // vectors × teachers
	covariance [][]float64
}

// coordinateLaws are the laws at the nodes of the spectrum. Where Σ is not diagonal a coordinate mixes all nodes, which
// leaves one law (the teacher is Gaussian then).
func (c *coefficients) coordinateLaws(vectors [][]float64) (laws []coordinateLaw) {
	for node, weight := range c.weight {
		l := coordinateLaw{weight: weight, covariance: matrix(len(vectors), len(vectors))}
		for k, v := range vectors {
			own := v[node*c.size : (node+1)*c.size]
			l.coef = append(l.coef, append([]float64(nil), own[:c.teachers]...))
			for j := range k + 1 {
				other := vectors[j][node*c.size : (node+1)*c.size]
				l.covariance[k][j] = dot(own[c.teachers:], other[c.teachers:])
			}
		}
		laws = append(laws, l)
	}
	if !c.diagonal {
		return []coordinateLaw{mixed(laws)}
	}
	return laws
}

func mixed(laws []coordinateLaw) coordinateLaw {
	units, teachers := len(laws[0].coef), len(laws[0].coef[0])
	m := coordinateLaw{weight: 1, coef: matrix(units, teachers), covariance: matrix(units, units)}
	for _, l := range laws {
		for k := range units {
			blas64.Axpy(l.weight, vector(l.coef[k]), vector(m.coef[k]))
			for j := range k + 1 {
				m.covariance[k][j] += l.weight * (l.covariance[k][j] + dot(l.coef[k], l.coef[j]))
			}
		}
	}
	for k := range units {
		for j := range k + 1 {
			m.covariance[k][j] -= dot(m.coef[k], m.coef[j])
		}
	}
	return m
}

func (c *coefficients) law(v []float64, grid []float64) []float64 {
	out, laws := make([]float64, len(grid)), c.coordinateLaws([][]float64{v})
	c.pool.each(len(grid), func(i int) { // a spectrum of many nodes makes this long
		for _, l := range laws {
			sigma := math.Sqrt(max(0, l.covariance[0][0]))
			for j := range c.sample[0] {
				mean := 0.0
				for m, w := range c.sample {
					mean += l.coef[0][m] * w[j]
				}
				out[i] += l.weight / float64(len(c.sample[0])) * normalBelow(grid[i]-mean, sigma)
			}
		}
	})
	return out
}

func (c *coefficients) average(vectors, teacher [][]float64, f func(x []float64, y float64) float64) (total float64) {
	units := len(vectors)
	x := make([]float64, units+len(teacher))
	for _, l := range c.coordinateLaws(vectors) {
		if c.pool.stopped() {
			break
		}
		scale := make([]float64, units)
		for k := range scale {
			scale[k] = l.covariance[k][k]
		}
		cholesky(l.covariance, scale)
		for i := range lawPoints {
			for m, w := range c.sample {
				x[units+m] = w[i]
			}
			for k := range units {
				x[k] = dot(l.coef[k], x[units:])
				for j := range k + 1 {
					x[k] += l.covariance[k][j] * c.spread[j][i]
				}
			}
			total += l.weight * f(x, 0) / lawPoints
		}
	}
	return total
}

func (p *population) average(vectors, teacher [][]float64, f func(x []float64, y float64) float64) (total float64) {
	x := make([]float64, len(vectors)+len(teacher))
	for i := range p.size {
		for k, v := range vectors {
			x[k] = v[i]
		}
		for m, w := range teacher {
			x[len(vectors)+m] = w[i]
		}
		total += f(x, 0)
	}
	return total / float64(p.size)
}

// normalBelow is P(σz ≤ x).
func normalBelow(x, sigma float64) float64 {
	if sigma == 0 {
		if x >= 0 {
			return 1
		}
		return 0
	}
	return distuv.UnitNormal.CDF(x / sigma)
}

func (p *population) law(v []float64, grid []float64) []float64 {
	out := make([]float64, len(grid))
	for i, x := range grid {
		for _, w := range v {
			if w <= x {
				out[i]++
			}
		}
		out[i] /= float64(p.size)
	}
	return out
}

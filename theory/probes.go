package theory

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// probes lists scenario.Probes() of one finished scrambling. A kernel entry that cannot be told from others is 0, as the
// finite-d side has it.
func (w *sweep) probes() (list []float64) {
	p, units := w.s.Probes(), w.s.Student.Units
	kernels := w.gauge.kernels(units, w.s.Method.Steps, false)
	pick := func(kernel [][][][]float64, t, s int) {
		for _, row := range kernel[t][s] {
			list = append(list, row...)
		}
	}
	for i, t := range p.Times {
		for _, s := range p.Times[:i+1] {
			pick(kernels.Correlation, t, s)
		}
	}
	for t := range p.KernelSteps {
		for s := range t {
			pick(kernels.WeightResponse, t, s)
		}
	}
	for t := range p.KernelSteps {
		for s := range t + 1 {
			pick(kernels.GradientResponse, t, s)
		}
	}
	for k := range units {
		for _, x := range p.Grid {
			list = append(list, w.paths.below(k, x))
		}
	}
	for k := range units {
		list = append(list, w.weights.law(w.w[k], p.Grid)...)
	}
	return list
}

// below is the share of paths whose local field of W, unit k, is at most x.
func (p *paths) below(k int, x float64) float64 {
	count := 0
	for _, b := range p.blocks {
		for _, r := range b.w[k] {
			if r <= x {
				count++
			}
		}
	}
	return float64(count) / float64(p.n)
}

// law is the distribution function of a coordinate of v: given the teacher's coordinates it is Gaussian at each node of
// the spectrum. Where Σ is not diagonal a coordinate mixes all nodes (and the teacher is Gaussian).
func (c *coefficients) law(v []float64, grid []float64) []float64 {
	out := make([]float64, len(grid))
	if !c.diagonal {
		sigma := math.Sqrt(c.inner(v, v))
		for i, x := range grid {
			out[i] = distuv.UnitNormal.CDF(x / sigma)
		}
		return out
	}
	for node, weight := range c.weight {
		coef := v[node*c.size : (node+1)*c.size]
		sigma := math.Sqrt(dot(coef[c.teachers:], coef[c.teachers:]))
		for i, x := range grid {
			for j := range c.sample[0] {
				mean := 0.0
				for m, w := range c.sample {
					mean += coef[m] * w[j]
				}
				out[i] += weight / float64(len(c.sample[0])) * normalBelow(x-mean, sigma)
			}
		}
	}
	return out
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

package montecarlo

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// A dataset is n labelled samples. X = Z Σ^{1/2}, or with a mixture X = c vᵀ/d + sqrt(Δ) Z Σ^{1/2}: the covariance and
// the mean are wrapped around products with Z, so no engine knows of them.
type dataset struct {
	z     operator
	root  *root
	scale float64 // sqrt(Δ); 1 without a mixture
	y     []float64

	h      [][]float64 // teacher's fields; nil with a mixture, whose labels do not need them
	scores []float64   // the label noise as normal scores; nil if there is none

	clusters  []uint8
	positions []float64 // c_i; nil without a mixture
	direction []float64 // v
	weighted  [][]float64
	rooted    [][]float64
}

// newDataset draws labels for the samples behind z.
func newDataset(s *scenarios.Scenario, z operator, n int, r *root, teacher [][]float64, key streamKey, p pool) *dataset {
	x := &dataset{z: z, root: r, scale: 1, y: make([]float64, n)}
	levels := make([]float64, n)
	if m := s.Data.Mixture; m != nil {
		x.scale = math.Sqrt(m.Variance)
		x.clusters, x.positions, x.direction = make([]uint8, n), make([]float64, n), teacher[0]
		fillLevels(levels, key, p, forLabels)
		for i, u := range levels {
			cluster := pick(m.Weights, u)
			x.clusters[i] = uint8(cluster)
			x.positions[i], x.y[i] = m.Positions[cluster], m.Labels[cluster]
		}
		return x
	}
	x.h = newVectors(len(teacher), n)
	x.fields(x.h, teacher)
	law := s.LabelNoise()
	noisy := hasNoise(law)
	if noisy {
		fillLevels(levels, key, p, forLabels)
		x.scores = levels
	}
	p.pieces(n, func(_, lo, hi int) {
		h, noise := make([]float64, len(teacher)), 0.0
		for i := lo; i < hi; i++ {
			for m := range h {
				h[m] = x.h[m][i]
			}
			if noisy {
				noise = law.Quantile(levels[i])
				x.scores[i] = mathext.NormalQuantile(levels[i])
			}
			x.y[i] = s.Teacher.Label.Label(h, noise)
		}
	})
	return x
}

// fields writes r = X p.
func (x *dataset) fields(r, p [][]float64) {
	x.z.fields(r, x.query(p))
	for k, mean := range x.means(p) {
		kernel.Axpy(r[k], mean, x.positions)
	}
}

// step writes u = Xᵀ g, where gradients turns the fields r = X p into g. It is called as operator.step calls it.
func (x *dataset) step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64)) {
	means := x.means(p)
	if means != nil && x.weighted == nil {
		x.weighted = newVectors(len(p), len(x.y))
	}
	x.z.step(u, x.query(p), func(lo, hi int, g, r [][]float64) {
		for k, mean := range means {
			kernel.Axpy(r[k], mean, x.positions[lo:hi])
		}
		gradients(lo, hi, g, r)
		for k := range means {
			for i, c := range x.positions[lo:hi] {
				x.weighted[k][lo+i] = c * g[k][i]
			}
		}
	})
	for k := range u {
		if !x.plain() {
			x.root.apply(u[k], x.scale, u[k])
		}
		if means != nil {
			sum := 0.0
			for _, v := range x.weighted[k] {
				sum += v
			}
			kernel.Axpy(u[k], sum/float64(len(u[k])), x.direction)
		}
	}
}

func (x *dataset) plain() bool { return x.root.identity() && x.scale == 1 }

// query is what X p asks of Z: sqrt(Δ) Σ^{1/2} p.
func (x *dataset) query(p [][]float64) [][]float64 {
	if x.plain() {
		return p
	}
	for len(x.rooted) < len(p) {
		x.rooted = append(x.rooted, make([]float64, len(p[0])))
	}
	for k := range p {
		x.root.apply(x.rooted[k], x.scale, p[k])
	}
	return x.rooted[:len(p)]
}

// means are ⟨v, p_k⟩, nil without a mixture.
func (x *dataset) means(p [][]float64) []float64 {
	if x.positions == nil {
		return nil
	}
	means := make([]float64, len(p))
	for k := range p {
		means[k] = inner(x.direction, p[k])
	}
	return means
}

// inner is ⟨a, b⟩ = aᵀb/d.
func inner(a, b []float64) float64 { return kernel.Dot(a, b) / float64(len(a)) }

// pick returns which of the weights the level u falls in.
func pick(weights []float64, u float64) int {
	for i, w := range weights {
		if u -= w; u < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// hasNoise reports whether a noise law is anything but 0.
func hasNoise(noise scenarios.Noise) bool {
	return noise != nil && (noise.Quantile(0.9) != 0 || noise.Quantile(0.1) != 0)
}

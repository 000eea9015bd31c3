package montecarlo

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// A dataset is n labelled samples. X = Z Σ^{1/2}, or with a mixture X = Σ_m c_m v_mᵀ/d + sqrt(Δ) Z Σ^{1/2}: the covariance
// and the means are wrapped around products with Z, so no engine knows of them.
type dataset struct {
	z     operator
	root  *root
	scale float64 // sqrt(Δ); 1 without a mixture, or where Δ depends on the cluster
	y     []float64

	h      [][]float64 // teacher's fields; nil with a mixture, whose labels do not need them
	scores []float64   // the label noise as normal scores; nil if there is none

	clusters   []uint8
	positions  [][]float64   // c_m of each sample, M rows; nil without a mixture
	spread     []float64     // sqrt(Δ) of each sample, where it depends on the cluster; else nil
	directions [][]float64   // v_m
	weighted   [][][]float64 // c_m g_k
	rooted     [][]float64
}

// newDataset draws labels for the samples behind z.
func newDataset(s *scenarios.Scenario, z operator, n int, r *root, teacher [][]float64, key streamKey, p pool) *dataset {
	x := &dataset{z: z, root: r, scale: 1, y: make([]float64, n)}
	levels := make([]float64, n)
	if m := s.Data.Mixture; m != nil {
		x.drawClusters(m, levels, teacher, key, p)
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

// drawClusters draws the samples' clusters. levels is scratch.
func (x *dataset) drawClusters(m *scenarios.Mixture, levels []float64, teacher [][]float64, key streamKey, p pool) {
	n := len(levels)
	x.clusters, x.positions, x.directions = make([]uint8, n), newVectors(len(teacher), n), teacher
	if m.OneVariance() {
		x.scale = math.Sqrt(m.Variance[0])
	} else {
		x.spread = make([]float64, n)
	}
	fillLevels(levels, key, p, forLabels)
	for i, u := range levels {
		cluster := pick(m.Weights, u)
		x.clusters[i], x.y[i] = uint8(cluster), m.Labels[cluster]
		for k, c := range m.Positions[cluster] {
			x.positions[k][i] = c
		}
		if x.spread != nil {
			x.spread[i] = math.Sqrt(m.Variance[cluster])
		}
	}
}

// fields writes r = X p.
func (x *dataset) fields(r, p [][]float64) {
	x.z.fields(r, x.query(p))
	x.place(r, x.means(p), 0)
}

// place turns the Gaussian fields of samples lo, lo+1, … into theirs: it multiplies by sqrt(Δ) where that depends on the
// cluster and adds the means.
func (x *dataset) place(r, means [][]float64, lo int) {
	for k := range means {
		hi := lo + len(r[k])
		x.widen(r[k], lo)
		for m, mean := range means[k] {
			kernel.Axpy(r[k], mean, x.positions[m][lo:hi])
		}
	}
}

// widen multiplies samples lo, lo+1, … by sqrt(Δ) where that depends on the cluster.
func (x *dataset) widen(v []float64, lo int) {
	if x.spread != nil {
		for i := range v {
			v[i] *= x.spread[lo+i]
		}
	}
}

// step writes u = Xᵀ g, where gradients turns the fields r = X p into g. It is called as operator.step calls it.
func (x *dataset) step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64)) {
	means := x.means(p)
	for k := len(x.weighted); k < len(means); k++ {
		x.weighted = append(x.weighted, newVectors(len(x.directions), len(x.y)))
	}
	x.z.step(u, x.query(p), func(lo, hi int, g, r [][]float64) {
		x.place(r, means, lo)
		gradients(lo, hi, g, r)
		for k := range means {
			for m, row := range x.weighted[k] {
				for i, c := range x.positions[m][lo:hi] {
					row[lo+i] = c * g[k][i]
				}
			}
			x.widen(g[k], lo)
		}
	})
	for k := range u {
		if !x.plain() {
			x.root.apply(u[k], x.scale, u[k])
		}
		for m := range x.directions {
			sum := 0.0
			for _, v := range x.weighted[k][m] {
				sum += v
			}
			kernel.Axpy(u[k], sum/float64(len(u[k])), x.directions[m])
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

// means are ⟨v_m, p_k⟩, vectors × M; nil without a mixture.
func (x *dataset) means(p [][]float64) [][]float64 {
	if x.positions == nil {
		return nil
	}
	means := newVectors(len(p), len(x.directions))
	for k := range p {
		for m, v := range x.directions {
			means[k][m] = inner(v, p[k])
		}
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

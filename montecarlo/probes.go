package montecarlo

import (
	"math"
	"slices"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// A recorder takes down what scenario.Probes() asks of a replica: it stands between the dataset and Z and keeps the first
// queries with their fields and gradients, and copies the weights at the times of the two-time correlations.
type recorder struct {
	operator
	probes  scenarios.Probes
	units   int
	samples int
	scale   float64 // of a mixture's queries, sqrt(Δ); 1 where Δ depends on the cluster, whose fields and gradients carry it

	queries, images [][]float64 // p and Z p, teacher first if it was asked for
	gradients       [][]float64
	teachers        int
	snapshots       [][][]float64 // Σ^{1/2}W at Times, one group of units each
}

func newRecorder(s *scenarios.Scenario, samples int) *recorder {
	r := &recorder{probes: s.Probes(), units: s.Student.Units, samples: samples, scale: 1}
	if m := s.Data.Mixture; m != nil && m.OneVariance() {
		r.scale = math.Sqrt(m.Variance[0])
	}
	return r
}

// fields keeps the teacher's fields, which are asked for first.
func (r *recorder) fields(images, queries [][]float64) {
	r.operator.fields(images, queries)
	if len(r.queries) == 0 && r.probes.KernelSteps > 0 {
		r.teachers = len(queries)
		r.queries, r.images = copies(queries, 1), copies(images, 1)
	}
}

func (r *recorder) step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64)) {
	if len(r.gradients) >= r.probes.KernelSteps*r.units {
		r.operator.step(u, p, gradients)
		return
	}
	r.queries = append(r.queries, copies(p, 1/r.scale)...)
	images, kept := newVectors(len(p), r.samples), newVectors(len(p), r.samples)
	r.operator.step(u, p, func(lo, hi int, g, fields [][]float64) {
		for k := range fields {
			for i, x := range fields[k] {
				images[k][lo+i] = x / r.scale
			}
		}
		gradients(lo, hi, g, fields)
		for k := range g {
			copy(kept[k][lo:hi], g[k])
		}
	})
	r.images, r.gradients = append(r.images, images...), append(r.gradients, kept...)
}

func copies(vectors [][]float64, scale float64) [][]float64 {
	out := make([][]float64, len(vectors))
	for i, v := range vectors {
		out[i] = slices.Clone(v)
		if scale != 1 {
			for j := range out[i] {
				out[i][j] *= scale
			}
		}
	}
	return out
}

// weights keeps Σ^{1/2}W of a step that is one of Times.
func (r *recorder) weights(step int, rooted [][]float64) {
	if slices.Contains(r.probes.Times, step) {
		r.snapshots = append(r.snapshots, copies(rooted, 1))
	}
}

// trajectory is what is known of the finished run, given the fields, labels and weights of W_T.
func (r *recorder) trajectory(fields [][]float64, y []float64, weights, teacher [][]float64) *scenarios.Trajectory {
	weight, gradient := r.kernels()
	snapshot := func(t int) [][]float64 { return r.snapshots[slices.Index(r.probes.Times, t)] }
	at := func(kernel [][]float64) func(t, s, k, l int) float64 {
		return func(t, s, k, l int) float64 { return kernel[t*r.units+k][s*r.units+l] }
	}
	x := &scenarios.Trajectory{
		Correlation:    func(t, s, k, l int) float64 { return inner(snapshot(t)[k], snapshot(s)[l]) },
		WeightResponse: at(weight), GradientResponse: at(gradient),
	}
	for _, v := range fields {
		x.Fields = append(x.Fields, distribution(v, r.probes.Grid))
	}
	for _, v := range weights {
		x.Weights = append(x.Weights, distribution(v, r.probes.Grid))
	}
	for i := range r.probes.Functions {
		if f := &r.probes.Functions[i]; f.OfWeights {
			x.Functions = append(x.Functions, average(f, slices.Concat(weights, teacher), nil))
		} else {
			x.Functions = append(x.Functions, average(f, fields, y))
		}
	}
	return x
}

// average is the mean of f over the entries of the vectors; labels may be nil.
func average(f *scenarios.Function, vectors [][]float64, labels []float64) (total float64) {
	x, y := make([]float64, len(vectors)), 0.0
	for i := range vectors[0] {
		for k, v := range vectors {
			x[k] = v[i]
		}
		if labels != nil {
			y = labels[i]
		}
		total += f.Value(x, y)
	}
	return total / float64(len(vectors[0]))
}

// kernels derives R_p and R_g at finite d from one matrix (docs/theory.md, "Finite d, exactly"): with the queries
// Gram–Schmidted to q_k and the gradients to f_l (|q|² = |f|² = d), B_lk = f_l·Zq_k/d is α E[f_l z_k] if q_k was asked for
// before f_l, and ⟨y_l, q_k⟩ if after. Row t·K+k is unit k at step t.
func (r *recorder) kernels() (weight, gradient [][]float64) {
	if len(r.gradients) == 0 {
		return nil, nil
	}
	d := float64(len(r.queries[0]))
	l, queries := triangular(r.queries, r.images, d)
	gamma, gradients := triangular(r.gradients, nil, d)
	images, outputs := introduced(r.images, queries), introduced(r.gradients, gradients)
	for c := range r.gradients {
		step := c / r.units
		known, past := r.teachers+(step+1)*r.units, step*r.units
		memory, drift := make([]float64, len(outputs)), make([]float64, len(images))
		for k, q := range images {
			for i, f := range outputs {
				asked, answered := slices.Index(queries, k)-r.teachers, slices.Index(gradients, i)
				b := kernel.Dot(f, q) / d
				if asked < 0 || asked/r.units <= answered/r.units {
					drift[k] += gamma[c][i] * b
				} else {
					memory[i] += l[r.teachers+c][k] * b
				}
			}
		}
		weight = append(weight, response(gamma[:past], gradients[:past], memory))
		gradient = append(gradient, response(l[:known], queries[:known], drift)[r.teachers:])
	}
	return weight, gradient
}

// dependent marks a vector in the span of those before it.
const dependent = -1

// triangular writes vectors over orthonormal directions (|·|² = d), in order, by Gram–Schmidt with a second pass. It
// leaves the directions in the vectors' place, and maps images (nil: there are none) along. It returns the coefficients
// and for each vector the direction it introduced, or dependent.
func triangular(vectors, images [][]float64, d float64) (coef [][]float64, pivots []int) {
	coef = newVectors(len(vectors), len(vectors))
	count := 0
	for i, v := range vectors {
		whole := math.Sqrt(kernel.Dot(v, v) / d)
		for range 2 {
			for j, k := range pivots {
				if k == dependent {
					continue
				}
				c := kernel.Dot(vectors[j], v) / d
				coef[i][k] += c
				kernel.Axpy(v, -c, vectors[j])
				if images != nil {
					kernel.Axpy(images[i], -c, images[j])
				}
			}
		}
		size := math.Sqrt(kernel.Dot(v, v) / d)
		if !(size > 1e-9*whole) {
			pivots = append(pivots, dependent)
			continue
		}
		divide(v, size)
		if images != nil {
			divide(images[i], size)
		}
		coef[i][count] = size
		pivots = append(pivots, count)
		count++
	}
	return coef, pivots
}

func divide(v []float64, by float64) {
	for i := range v {
		v[i] /= by
	}
}

// introduced are the vectors that introduced a direction.
func introduced(vectors [][]float64, pivots []int) (kept [][]float64) {
	for i, k := range pivots {
		if k != dependent {
			kept = append(kept, vectors[i])
		}
	}
	return kept
}

// response solves Σ_c x_c columns_c = row by back substitution; dependent columns get 0.
func response(columns [][]float64, pivots []int, row []float64) []float64 {
	x := make([]float64, len(columns))
	for c := len(columns) - 1; c >= 0; c-- {
		if pivots[c] == dependent {
			continue
		}
		x[c] = row[pivots[c]] / columns[c][pivots[c]]
		for i, v := range columns[c][:len(row)] {
			row[i] -= x[c] * v
		}
	}
	return x
}

// distribution is the share of entries that are at most x, for each x of the ascending grid.
func distribution(v, grid []float64) []float64 {
	out := make([]float64, len(grid))
	for _, x := range v {
		if at, _ := slices.BinarySearch(grid, x); at < len(grid) {
			out[at]++
		}
	}
	total := 0.0
	for i := range out {
		total += out[i]
		out[i] = total / float64(len(v))
	}
	return out
}

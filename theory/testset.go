package theory

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// A testSet estimates the loss and error on a fresh sample, whose fields (h, r) are Gaussian with covariance
// [[ρ, Mᵀ], [M, C]], on one scrambled Sobol set of coordinates z (teacher directions first, then one a student unit).
type testSet struct {
	s     *scenarios.Scenario
	model scenarios.Model
	n     int
	pool  pool
	z     [][]float64
	level []float64 // of the label's noise, or of the cluster
	// threshold: the output is one Gaussian number whose sign is compared with a label ±1. The error then needs no sampling
	// of it, and with that loses the jump that quasi-random points take badly.
	threshold bool
	slope     float64          // of that output in the field
	errors    bool             // the scenario has them
	values    []scenarios.Risk // sums over chunks
	noise     scenarios.Noise  // the label's
}

// testPoints is enough for an error well below that of the order parameters.
const testPoints = 1 << 14

func newTestSet(s *scenarios.Scenario, set Settings, sequence *sobol, pool pool) *testSet {
	n := min(testPoints, set.Paths)
	t := &testSet{s: s, n: n, pool: pool, z: matrix(s.Teacher.Units+s.Student.Units, n), level: make([]float64, n),
		values: make([]scenarios.Risk, chunks(n)), errors: s.HasErrors(), model: s.Student.Model(), noise: s.LabelNoise()}
	slope, linear := s.Student.Slope()
	t.slope, t.threshold = slope, linear && t.errors
	for _, z := range t.z {
		sequence.next().fill(z, 0)
		for i, u := range z {
			z[i] = distuv.UnitNormal.Quantile(u)
		}
	}
	sequence.next().fill(t.level, 0)
	return t
}

// evaluate returns the mean loss and error at the weights with these coefficients over the basis.
func (t *testSet) evaluate(w *sweep, weight [][]float64) (risk scenarios.Risk) {
	units, teachers := len(weight), len(w.gauge.teacher)
	rest, scale := matrix(units, units), make([]float64, units)
	for k := range units {
		scale[k] = dot(weight[k], weight[k])
		for j := range k + 1 {
			n := min(len(weight[k]), len(weight[j]))
			rest[k][j] = dot(weight[k][w.teachers:n], weight[j][w.teachers:n])
		}
	}
	cholesky(rest, scale)
	mean := make([][]float64, units)
	for k := range units {
		mean[k] = w.means(w.seen[k])
	}
	t.pool.each(len(t.values), func(c int) {
		lo, hi := chunk(c, t.n)
		r, y, losses := matrix(units, hi-lo), make([]float64, hi-lo), make([]float64, hi-lo)
		var wrong []bool
		if t.errors && !t.threshold {
			wrong = make([]bool, hi-lo)
		}
		var failures float64
		h := make([]float64, teachers)
		for i := lo; i < hi; i++ {
			var position []float64
			var spread float64
			position, spread, y[i-lo] = t.sample(w, h, i)
			for k, row := range weight {
				given := spread * t.along(row[:w.teachers], i)
				for m, c := range position {
					given += c * mean[k][m]
				}
				var x float64
				for j := range k + 1 {
					x += rest[k][j] * t.z[teachers+j][i]
				}
				r[k][i-lo] = given + spread*x
				if t.threshold {
					// Given the label, the output is Gaussian: the chance of an error is exact.
					failures += normalBelow(-y[i-lo]*given*t.slope, math.Abs(spread*rest[0][0]*t.slope))
				}
			}
		}
		t.model.Evaluate(losses, wrong, r, w.theta, y)
		t.values[c] = scenarios.Risk{Loss: sum(losses), Error: failures + count(wrong)}
	})
	for _, v := range t.values {
		risk.Loss += v.Loss / float64(t.n)
		risk.Error += v.Error / float64(t.n)
	}
	return risk
}

// sample is the cluster's position (none without a mixture), sqrt(Δ) (1 then) and the label of point i; h is scratch.
func (t *testSet) sample(w *sweep, h []float64, i int) (position []float64, spread, label float64) {
	if mixture := t.s.Data.Mixture; mixture != nil {
		c := clusterAt(mixture.Weights, t.level[i])
		return mixture.Positions[c], math.Sqrt(mixture.Variance[c]), mixture.Labels[c]
	}
	for m, row := range w.gauge.teacher {
		h[m] = t.along(row[:min(len(row), w.teachers)], i)
	}
	return nil, 1, t.s.Teacher.Label.Label(h, t.noise.Quantile(t.level[i]))
}

// along is Σ_j coef_j z_j at point i.
func (t *testSet) along(coef []float64, i int) (x float64) {
	for j, c := range coef {
		x += c * t.z[j][i]
	}
	return x
}

package theory

import (
	"math"
	"math/rand/v2"
	"testing"

	"limitcheck/scenarios"
)

// kernelForm solves the limit as the paper writes it (docs/theory.md, "The limit in kernel form"), with pathwise
// derivatives and plain random numbers: one unit, gradient descent with ridge, Bernoulli masks, Huber loss on tanh
// labels. It shares nothing with the gauge but the equations.
func kernelForm(s *scenarios.Scenario, n int, seed uint64) (overlap []float64, c, rp, rg [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	steps, alpha, b := s.Method.Steps, s.Data.Alpha, s.Method.Batch.Size()
	method := s.Method.Optimizer.(*scenarios.SGD)
	eta, lambda := method.LearningRate.At(0), method.Ridge.At(0)
	// Weights over (w*, ξ, ν_0, ν_1, …) with Gram matrix diag(1, 1, covariance of ν).
	size := 2 + steps
	gram := matrix(size, size)
	gram[0][0], gram[1][1] = 1, 1
	inner := func(a, b []float64) (x float64) {
		for i := range size {
			for j := range size {
				x += a[i] * gram[i][j] * b[j]
			}
		}
		return x
	}
	w := [][]float64{make([]float64, size)}
	w[0][0], w[0][1] = s.Init.Overlap[0][0], math.Sqrt(s.Init.Norm)
	z := matrix(steps+1, n) // z_0 makes h*
	for _, row := range z {
		for i := range row {
			row[i] = rng.NormFloat64()
		}
	}
	y := make([]float64, n)
	for i, h := range z[0] {
		y[i] = math.Tanh(h)
	}
	g := matrix(steps, n)
	dw, dh := make([][][]float64, steps), matrix(steps, n) // dw[t][s]: ∂g_t/∂ω_s, dh[t]: ∂g_t/∂h*
	rp, rg = matrix(steps, steps), matrix(steps, steps)
	factor := [][]float64{{1}} // Cholesky of the covariance of (h*, ω_0, ω_1, …)
	for t := range steps {
		row := []float64{w[t][0]}
		for k := range t {
			x := inner(w[t], w[k])
			for j := range row {
				if j < len(factor[k+1])-1 {
					x -= row[j] * factor[k+1][j]
				}
			}
			row = append(row, x/factor[k+1][k+1])
			rp[t][k] = w[t][2+k]
		}
		rest := inner(w[t], w[t])
		for _, x := range row {
			rest -= x * x
		}
		factor = append(factor, append(row, math.Sqrt(rest)))
		dw[t] = matrix(t+1, n)
		var star float64
		for i := range n {
			var r, memory float64
			for j, x := range factor[t+1] {
				r += x * z[j][i]
			}
			for k := range t {
				memory += rp[t][k] * g[k][i]
			}
			r += memory
			mask := 0.0
			if rng.Float64() < b {
				mask = 1 / b
			}
			e := r - y[i]
			g[t][i] = mask * max(-1, min(1, e))
			curvature := 0.0
			if math.Abs(e) < 1 {
				curvature = mask
			}
			dh[t][i] = -curvature * (1 - y[i]*y[i])
			for k := range t {
				dh[t][i] += curvature * rp[t][k] * dh[k][i]
			}
			dw[t][t][i] = curvature
			for k := range t {
				for l := k; l < t; l++ {
					dw[t][k][i] += curvature * rp[t][l] * dw[l][k][i]
				}
			}
			star += alpha * dh[t][i] / float64(n)
		}
		next := make([]float64, size)
		for k := range t + 1 {
			for i := range n {
				rg[t][k] += alpha * dw[t][k][i] / float64(n)
			}
			x := alpha * dot(g[t], g[k]) / float64(n)
			gram[2+t][2+k], gram[2+k][2+t] = x, x
			for j := range size {
				next[j] -= eta * rg[t][k] * w[k][j]
			}
		}
		next[0] -= eta * star
		next[2+t] -= eta
		for j := range size {
			next[j] += (1 - eta*lambda) * w[t][j]
		}
		w = append(w, next)
	}
	c = matrix(steps+1, steps+1)
	for t := range w {
		overlap = append(overlap, w[t][0])
		for k := range w {
			c[t][k] = inner(w[t], w[k])
		}
	}
	return overlap, c, rp, rg
}

// The two forms of the limit agree in the overlap and in every entry of C, R_p and R_g. Each entry is tested against
// the standard error of 16 independent runs of the kernel form at 5 standard errors of Student's t with 15 degrees of
// freedom (two-sided 1.6e-4 each, some 100 entries: false alarm 1.5 %, with a fixed seed). The gauge's own error is
// smaller and added.
func TestGaugeAgreesWithKernelForm(t *testing.T) {
	if testing.Short() {
		t.Skip("16 runs of 20000 paths")
	}
	s := find(t, "huber-heavy-tail")
	tanh, err := scenarios.Find("tanh-teacher")
	if err != nil {
		t.Fatal(err)
	}
	s.Teacher = tanh.Teacher
	s.Teacher.Noise = scenarios.Gaussian(0)
	s.Data = scenarios.Data{Alpha: 2, Covariance: s.Data.Covariance}
	s.Method = scenarios.Method{
		Optimizer: &scenarios.SGD{LearningRate: scenarios.Constant(0.4), Ridge: scenarios.Constant(0.1)},
		Batch:     &scenarios.Bernoulli{Fraction: 0.5}, Steps: 5,
	}
	s.Init = scenarios.Init{Overlap: [][]float64{{0.3}}, Norm: 2}
	limit := solve(t, s, Settings{Paths: 16384})
	const runs = 16
	var entries [][]float64 // one row a run
	for r := range runs {
		overlap, c, rp, rg := kernelForm(s, 20000, uint64(r))
		row := append([]float64(nil), overlap...)
		for _, m := range [][][]float64{c, rp, rg} {
			for _, x := range m {
				row = append(row, x...)
			}
		}
		entries = append(entries, row)
	}
	var want []float64
	for _, row := range limit.Mean {
		want = append(want, row[0])
	}
	for _, data := range limit.Kernels.data() {
		want = append(want, data...)
	}
	gauge := 0.0
	for _, row := range limit.StandardError {
		gauge = max(gauge, row[0], row[1])
	}
	for j := range want {
		var mean, square float64
		for _, row := range entries {
			mean += row[j] / runs
		}
		for _, row := range entries {
			square += (row[j] - mean) * (row[j] - mean)
		}
		se := math.Sqrt(square/(runs-1)/runs) + gauge
		if diff := math.Abs(mean - want[j]); diff > 5*se+1e-12 {
			t.Errorf("entry %d: kernel form %.5f, gauge %.5f, standard error %.1e", j, mean, want[j], se)
		}
	}
}

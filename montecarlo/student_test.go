package montecarlo

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"limitcheck/scenarios"
)

// affine is the student f = a·r + c under the square loss with slope a and offset c as its own parameters.
type affine struct{}

func (affine) Parameters() scenarios.Parameters {
	return scenarios.Parameters{
		{Name: "slope", Start: 0.7, Rate: scenarios.Constant(0.1)}, {Name: "offset", Start: 0.4, Rate: scenarios.Constant(0.2)},
	}
}

func (affine) Judges() scenarios.LabelKind { return scenarios.RealLabels }

func (affine) Evaluate(loss []float64, _ []bool, r [][]float64, theta, y []float64) {
	for i, x := range r[0] {
		e := theta[0]*x + theta[1] - y[i]
		loss[i] = e * e / 2
	}
}

func (affine) Gradients(g, slopes, r [][]float64, theta, y []float64) {
	for i, x := range r[0] {
		e := theta[0]*x + theta[1] - y[i]
		g[0][i] = theta[0] * e
		if slopes != nil {
			slopes[0][i], slopes[1][i] = e*x, e
		}
	}
}

// withOwnParameters are ridge regressions of an affine student, for every way that batches are drawn.
func withOwnParameters(t *testing.T) map[string]*scenarios.Scenario {
	found := map[string]*scenarios.Scenario{}
	for name, batch := range map[string]scenarios.Mask{
		"full": &scenarios.Bernoulli{Fraction: 1}, "bernoulli": &scenarios.Bernoulli{Fraction: 0.5},
		"fixed": &scenarios.Fixed{Fraction: 0.5}, "fresh": &scenarios.Fresh{Fraction: 0.5},
	} {
		s := find(t, "ridge-gd")
		s.Student.Custom, s.Method.Batch, s.Method.Steps = affine{}, batch, 6
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		found[name] = s
	}
	return found
}

// The student's own parameters step with the weights: repeated with gonum, from the trainer's own X, y, W_0 and batches.
// W⁺ = W − η(a Xᵀ(s∘e) + λW), a⁺ = a − η_a (1/d) Σ s e r and c⁺ = c − η_c (1/d) Σ s e with e = a r + c − y, r = XW. All
// numbers are of order one and six steps lose a few units of rounding each.
func TestOwnParametersByMatrixAlgebra(t *testing.T) {
	const d = 40
	for name, s := range withOwnParameters(t) {
		var kept stored
		run := newTrainer(s, streamKey{1}, Job{Dim: d}, Dense, Settings{operator: kept.operator, Workers: 1})
		method := s.Method.Optimizer.(*scenarios.SGD)
		w, a, c := mat.VecDenseCopyOf(mat.NewVecDense(d, run.w[0])), 0.7, 0.4
		for step := range s.Method.Steps {
			if err := run.step(step); err != nil {
				t.Fatal(err)
			}
			row := run.values[step]
			compareClosely(t, [][]float64{row[len(row)-2:]}, [][]float64{{a, c}}, 1e-12)
			var r, u mat.VecDense
			x := kept.z[len(kept.z)-1]
			r.MulVec(x, w)
			n := r.Len()
			g, slopeOfA, slopeOfC := mat.NewVecDense(n, nil), 0.0, 0.0
			for i := range n {
				weight := 1 / s.Method.Batch.Size()
				if !s.Method.Batch.Fresh() && !run.batches.all && !run.batches.in(i) {
					weight = 0
				}
				e := a*r.AtVec(i) + c - run.data.y[i]
				g.SetVec(i, weight*e*a)
				slopeOfA += weight * e * r.AtVec(i) / d
				slopeOfC += weight * e / d
			}
			u.MulVec(x.T(), g)
			u.AddScaledVec(&u, method.Ridge.At(step), w)
			w.AddScaledVec(w, -method.LearningRate.At(step), &u)
			a, c = a-0.1*slopeOfA, c-0.2*slopeOfC
			compareClosely(t, [][]float64{run.theta, run.w[0]}, [][]float64{{a, c}, w.RawVector().Data}, 1e-12)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// The two engines agree on such students too.
func TestOwnParametersReplay(t *testing.T) {
	for name, s := range withOwnParameters(t) {
		t.Run(name, func(t *testing.T) { testReplay(t, s, 40) })
	}
}

// A committee's output weights, biases and offset step with its weights: repeated with gonum, from the trainer's own X, y,
// W_0 and batches, by f = Σ_k a_k tanh(r_k + b_k) + c, e = f − y and
//
//	W_k⁺ = W_k − η(Xᵀ(s∘e∘(a_k/cosh²(r_k+b_k))) + λW_k),  a_k⁺ = a_k − η_a (1/d) Σ s e tanh(r_k+b_k),
//	b_k⁺ = b_k − η_b (1/d) Σ s e a_k/cosh²(r_k+b_k),      c⁺ = c − η_c (1/d) Σ s e.
//
// All numbers are of order one and six steps lose a few units of rounding each.
func TestTrainedReadoutByMatrixAlgebra(t *testing.T) {
	const d, units = 40, 2
	for _, fraction := range []float64{1, 0.5} {
		s := find(t, "committee-readout")
		s.Method.Steps, s.Method.Batch = 6, &scenarios.Bernoulli{Fraction: fraction}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		var kept stored
		run := newTrainer(s, streamKey{1}, Job{Dim: d}, Dense, Settings{operator: kept.operator, Workers: 1})
		x, eta, lambda := kept.z[0], 0.3, 0.05
		var w [units]*mat.VecDense
		for k := range w {
			w[k] = mat.VecDenseCopyOf(mat.NewVecDense(d, run.w[k]))
		}
		theta, rate := []float64{0.8, -0.6, 0.1, -0.1, 0}, []float64{0.1, 0.1, 0.1, 0.1, 0.05}
		for step := range s.Method.Steps {
			if err := run.step(step); err != nil {
				t.Fatal(err)
			}
			row := run.values[step]
			compareClosely(t, [][]float64{row[len(row)-5:]}, [][]float64{theta}, 1e-12)
			var r [units]mat.VecDense
			n, slopes := len(run.data.y), make([]float64, len(theta))
			var g [units]*mat.VecDense
			for k := range r {
				r[k].MulVec(x, w[k])
				g[k] = mat.NewVecDense(n, nil)
			}
			for i := range n {
				if !run.batches.all && !run.batches.in(i) {
					continue
				}
				e := theta[4] - run.data.y[i]
				for k := range units {
					e += theta[k] * math.Tanh(r[k].AtVec(i)+theta[2+k])
				}
				for k := range units {
					z := r[k].AtVec(i) + theta[2+k]
					g[k].SetVec(i, e/fraction*theta[k]/math.Pow(math.Cosh(z), 2))
					slopes[k] += e / fraction * math.Tanh(z) / d
					slopes[2+k] += g[k].AtVec(i) / d
				}
				slopes[4] += e / fraction / d
			}
			for k := range units {
				var u mat.VecDense
				u.MulVec(x.T(), g[k])
				u.AddScaledVec(&u, lambda, w[k])
				w[k].AddScaledVec(w[k], -eta, &u)
				compareClosely(t, [][]float64{run.w[k]}, [][]float64{w[k].RawVector().Data}, 1e-12)
			}
			for j := range theta {
				theta[j] -= rate[j] * slopes[j]
			}
		}
	}
}

// With learning rate 0 they are what fixed ones are, in every bit.
func TestRateZeroIsFixed(t *testing.T) {
	train := func(rate scenarios.Schedule) [][]float64 {
		s := find(t, "committee-readout")
		s.Student.OutputWeightRate, s.Student.BiasRate, s.Student.OffsetRate = rate, rate, rate
		s.Student.Offset = 0.1
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		run := newTrainer(s, streamKey{1}, Job{Dim: 40}, Dense, Settings{Workers: 1})
		defer run.close()
		if err := run.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		return run.values
	}
	fixed, stays := train(nil), train(scenarios.Constant(0))
	for step, row := range stays {
		known := len(row) - 5
		if !slices.Equal(row[:known], fixed[step]) || !slices.Equal(row[known:], []float64{0.8, -0.6, 0.1, -0.1, 0.1}) {
			t.Errorf("step %d: %v and %v", step, row, fixed[step])
		}
	}
}

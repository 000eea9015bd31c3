package montecarlo

import (
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

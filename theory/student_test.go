package theory

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"limitcheck/scenarios"
)

// affine is the student f = a·r + c under the square loss with slope a and offset c as its own parameters.
type affine struct{ slope, offset scenarios.Parameter }

func newAffine(a, rateOfA, c, rateOfC float64) affine {
	return affine{
		scenarios.Parameter{Name: "slope", Start: a, Rate: scenarios.Constant(rateOfA)},
		scenarios.Parameter{Name: "offset", Start: c, Rate: scenarios.Constant(rateOfC)},
	}
}

func (m affine) Parameters() scenarios.Parameters { return scenarios.Parameters{m.slope, m.offset} }
func (affine) Judges() scenarios.LabelKind        { return scenarios.RealLabels }

func (affine) Evaluate(loss []float64, _ []bool, r [][]float64, theta, y []float64) {
	for i, x := range r[0] {
		e := theta[0]*x + theta[1] - y[i]
		loss[i] = e * e / 2
	}
}

func (affine) Gradients(g, slopes, r [][]float64, theta, y []float64) {
	for i, x := range r[0] {
		e := theta[0]*x + theta[1] - y[i]
		g[0][i], slopes[0][i], slopes[1][i] = theta[0]*e, e*x, e
	}
}

// In one pass nothing is remembered, so that overlap M, norm C, slope a and offset c obey four recursions. With e = ar + c − y,
// Δ the noise's variance and g = ae: α E[g r] = αa(aC − M), the drift of u is αa(aW − W*), and U has the variance α E g²/b
// around it.
func TestOwnParametersInOnePass(t *testing.T) {
	const alpha, b, eta, lambda, noise, m0, norm = 2, 0.5, 0.15, 0.3, 0.4, 0.3, 1.2
	const a0, rateOfA, c0, rateOfC = 0.7, 0.1, 0.4, 0.2
	s := parse(t, fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear, noise: %g}
student: {loss: square}
method: {kind: sgd, learning_rate: %g, ridge: %g, batch: {fraction: %g, sampling: fresh}, steps: 6}
init: {overlap: %g, norm: %g}`, alpha, noise, eta, lambda, b, m0, norm))
	for _, own := range []bool{true, false} {
		affineStudent(t, s, own, a0, rateOfA, c0, rateOfC)
		limit := solve(t, s, exactSettings())
		m, q, a, c := m0, m0*m0+norm, a0, c0
		for step := range limit.Mean {
			square := a*a*q - 2*a*m + 1 + c*c + noise*noise // E e²
			for j, want := range []float64{m, q, m / math.Sqrt(q), square / 2, square / 2, a, c} {
				within(t, limit.Observables[j], step, limit.Mean[step][j], limit.StandardError[step][j], want)
			}
			// W⁺ = (1 − ηλ − ηαa²)W + ηαa W* − η (the noise of U).
			shrink, towards := 1-eta*lambda-eta*alpha*a*a, eta*alpha*a
			slope := a - rateOfA*alpha*(a*q-m)
			m, q = shrink*m+towards, shrink*shrink*q+2*shrink*towards*m+towards*towards+eta*eta*alpha*a*a*square/b
			a, c = slope, c-rateOfC*alpha*c
		}
	}
}

// affineStudent gives a scenario the student f = a·r + c, as a Go type of its own or as a file has it.
func affineStudent(t *testing.T, s *scenarios.Scenario, own bool, a, rateOfA, c, rateOfC float64) {
	t.Helper()
	s.Student.Custom = newAffine(a, rateOfA, c, rateOfC)
	if !own {
		s.Student.Custom = nil
		s.Student.OutputWeights, s.Student.OutputWeightRate = []float64{a}, scenarios.Constant(rateOfA)
		s.Student.Offset, s.Student.OffsetRate = c, scenarios.Constant(rateOfC)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
}

// Output weights, biases and an offset with learning rate 0 are fixed ones: the same numbers in every bit.
func TestRateZeroIsFixed(t *testing.T) {
	const text = `
data: {alpha: 2}
teacher: {units: 2, label: linear, noise: 0.2}
student: {units: 2, loss: square, activation: tanh, output_weights: %s, biases: %s, offset: %s}
method: {kind: sgd, learning_rate: 0.2, steps: 4, batch: {fraction: 0.5}}
init: {overlap: 0.3, norm: 0.5}`
	start := []any{"[0.7, -0.6]", "[0.2, -0.1]", "0.1"}
	trained := make([]any, len(start))
	for i, x := range start {
		trained[i] = fmt.Sprintf("{start: %s, learning_rate: 0}", x)
	}
	set := Settings{Paths: 1024}
	fixed, limit := solve(t, parse(t, fmt.Sprintf(text, start...)), set), solve(t, parse(t, fmt.Sprintf(text, trained...)), set)
	for step, row := range limit.Mean {
		known := len(fixed.Mean[step])
		if !slices.Equal(row[:known], fixed.Mean[step]) {
			t.Errorf("step %d: %v and %v", step, row[:known], fixed.Mean[step])
		}
		for j, want := range []float64{0.7, -0.6, 0.2, -0.1, 0.1} {
			within(t, limit.Observables[known+j], step, row[known+j], 0, want)
		}
	}
}

// With samples that come back an offset alone has a known law too. The fields' mean is their memory of the errors' means,
// E r_t = Σ_s R_p(t,s) E g_s, so E e_t = c_t + Σ_s R_p(t,s) E e_s and c⁺ = c − η_c α E e, with the response of plain
// regression, and the overlap is that of plain regression: E g meets no teacher. Both are known in closed form.
func TestOffsetOfRegression(t *testing.T) {
	const alpha, rateOfC, c0 = 2, 0.15, 0.8
	for _, batch := range []string{"{fraction: 1}", "{fraction: 0.5}"} {
		text := fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear, noise: 0.3}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.12, ridge: 0.2, batch: %s, steps: 6}
init: {overlap: 0.3, norm: 1.1}`, alpha, batch)
		plain, s := solve(t, parse(t, text), Settings{}), parse(t, text)
		if plain.Source != "closed form" {
			t.Fatal(plain.Source)
		}
		affineStudent(t, s, batch != "{fraction: 1}", 1, 0, c0, rateOfC)
		limit := solve(t, s, exactSettings())
		c, means := c0, []float64(nil)
		for step, row := range limit.Mean {
			within(t, "overlap, batch "+batch, step, row[0], limit.StandardError[step][0], plain.Mean[step][0])
			within(t, "slope", step, row[5], 0, 1)
			within(t, "offset, batch "+batch, step, row[6], limit.StandardError[step][6], c)
			if step == s.Method.Steps {
				break
			}
			mean := c
			for past, e := range means {
				mean += plain.Kernels.WeightResponse.At(step, past, 0, 0) * e
			}
			means = append(means, mean)
			c -= rateOfC * alpha * mean
		}
	}
}

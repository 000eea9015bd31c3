package scenarios

import (
	"fmt"
	"strings"
)

// output is what students share that have one output f under a loss ℓ(f, y). A label ±1 is wrong where f·y ≤ 0, so that
// an output of exactly 0 is an error.
type output struct{ loss Loss }

func (output) Parameters() Parameters { return nil }
func (output) Judges() LabelKind      { return SignLabels }

// judge turns outputs into losses.
func (o output) judge(f []float64, wrong []bool, y []float64) {
	for i := range wrong {
		wrong[i] = f[i]*y[i] <= 0
	}
	for i, x := range f {
		f[i] = o.loss.Value(x, y[i])
	}
}

// A unit is the student whose output is its one field, f = r.
type unit struct{ output }

func (u unit) Evaluate(loss []float64, wrong []bool, r [][]float64, _, y []float64) {
	copy(loss, r[0])
	u.judge(loss, wrong, y)
}

func (u unit) Gradients(g, _, r [][]float64, _, y []float64) {
	for i, f := range r[0] {
		g[0][i] = u.loss.Gradient(f, y[i])
	}
}

// A committee is the student f(r) = Σ_k a_k activation(r_k + b_k) + c.
type committee struct {
	output
	activation              Activation
	weights, biases, offset numbers // a, b, c
}

// numbers are some of a student's numbers: they are as they start, or some of its own parameters θ.
type numbers struct {
	start []float64
	rate  Schedule // nil: they stay
	first int      // where they stand in θ
}

func newCommittee(s *Student) committee {
	c := committee{output: output{s.Loss}, activation: s.Activation}
	biases := s.Biases
	if biases == nil {
		biases = make([]float64, len(s.OutputWeights))
	}
	count := 0
	add := func(n *numbers, start []float64, rate Schedule) {
		if *n = (numbers{start, rate, count}); rate != nil {
			count += len(start)
		}
	}
	add(&c.weights, s.OutputWeights, s.OutputWeightRate)
	add(&c.biases, biases, s.BiasRate)
	add(&c.offset, []float64{s.Offset}, s.OffsetRate)
	return c
}

func (c committee) Parameters() (list Parameters) {
	list = append(list, c.weights.parameters("output_weight", "a")...)
	list = append(list, c.biases.parameters("bias", "b")...)
	if c.offset.rate != nil {
		list = append(list, Parameter{"offset", "offset", "c", c.offset.start[0], c.offset.rate})
	}
	return list
}

// parameters are the numbers if they are trained, each with its index.
func (n numbers) parameters(name, symbol string) (list Parameters) {
	if n.rate == nil {
		return nil
	}
	for k, x := range n.start {
		words := fmt.Sprintf("%s %d", strings.ReplaceAll(name, "_", " "), k)
		list = append(list, Parameter{fmt.Sprintf("%s_%d", name, k), words, symbol + subscript(k), x, n.rate})
	}
	return list
}

// of are the numbers' values.
func (n numbers) of(theta []float64) []float64 {
	if n.rate == nil {
		return n.start
	}
	return theta[n.first:][:len(n.start)]
}

// rows are those of the slopes in them, nil where none are wanted.
func (n numbers) rows(slopes [][]float64) [][]float64 {
	if n.rate == nil || slopes == nil {
		return nil
	}
	return slopes[n.first:][:len(n.start)]
}

func (c committee) Evaluate(loss []float64, wrong []bool, r [][]float64, theta, y []float64) {
	c.outputs(loss, r, theta)
	c.judge(loss, wrong, y)
}

func (c committee) Gradients(g, slopes, r [][]float64, theta, y []float64) {
	a, b := c.weights.of(theta), c.biases.of(theta)
	ofWeights, ofBiases, ofOffset := c.weights.rows(slopes), c.biases.rows(slopes), c.offset.rows(slopes)
	// g[0] carries f(r) until every unit but the first has used it.
	c.outputs(g[0], r, theta)
	for i, f := range g[0] {
		slope := c.loss.Gradient(f, y[i])
		for k := range a {
			x := r[k][i] + b[k]
			g[k][i] = slope * a[k] * c.activation.Derivative(x)
			if ofWeights != nil {
				ofWeights[k][i] = slope * c.activation.Value(x)
			}
		}
		if ofOffset != nil {
			ofOffset[0][i] = slope
		}
	}
	for k := range ofBiases {
		copy(ofBiases[k], g[k])
	}
}

func (c committee) outputs(f []float64, r [][]float64, theta []float64) {
	a, b, offset := c.weights.of(theta), c.biases.of(theta), c.offset.of(theta)[0]
	for i := range f {
		f[i] = offset
	}
	for k := range a {
		for i, x := range r[k] {
			f[i] += a[k] * c.activation.Value(x+b[k])
		}
	}
}

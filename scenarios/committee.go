package scenarios

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

// A committee is the student f(r) = Σ_k a_k activation(r_k).
type committee struct {
	output
	activation Activation
	weights    []float64 // a
}

func (c committee) Evaluate(loss []float64, wrong []bool, r [][]float64, _, y []float64) {
	c.outputs(loss, r)
	c.judge(loss, wrong, y)
}

func (c committee) Gradients(g, _, r [][]float64, _, y []float64) {
	// g[0] carries f(r) until every unit but the first has used it.
	c.outputs(g[0], r)
	for i, f := range g[0] {
		slope := c.loss.Gradient(f, y[i])
		for k, a := range c.weights {
			g[k][i] = slope * a * c.activation.Derivative(r[k][i])
		}
	}
}

func (c committee) outputs(f []float64, r [][]float64) {
	clear(f)
	for k, a := range c.weights {
		for i, x := range r[k] {
			f[i] += a * c.activation.Value(x)
		}
	}
}

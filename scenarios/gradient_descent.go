package scenarios

import "math"

// linear is what the methods that are linear in the weights share.
type linear struct{ plain }

func (linear) Linear() bool { return true }

// sgd is W⁺ = W − η(U + λW).
type sgd struct {
	linear
	rate  Schedule
	ridge float64
}

func newSGD(m *Method) Optimizer { return &sgd{rate: m.LearningRate, ridge: m.Ridge} }

// step is the LaTeX of a gradient step from a point.
func (o *sgd) step(gradient, point string) string {
	if o.ridge != 0 {
		gradient = "(" + ridged(gradient, point, o.ridge) + ")"
	}
	return "W^{t+1} = " + point + " - " + timed("\\eta", o.rate) + " " + gradient
}

// numbers are those of a gradient step; momentum is nil for a method without.
func (o *sgd) numbers(momentum Schedule) (list settings) {
	list.schedule("\\eta", o.rate)
	list.schedule("\\beta", momentum)
	list.number("\\lambda", o.ridge)
	return list
}

func (o *sgd) Formula() (update, numbers string) {
	return "gradient steps, $" + o.step("U^t", "W^t") + "$", o.numbers(nil).String()
}

func (o *sgd) Step(m Move) {
	rate := o.rate.At(m.T)
	for i, w := range m.W {
		m.Next[i] = w - rate*(m.U[i]+o.ridge*w)
	}
}

// heavyBall is Polyak's W⁺ = W − η(U + λW) + β(W − W⁻).
type heavyBall struct {
	sgd
	momentum Schedule
}

func newHeavyBall(m *Method) Optimizer {
	return &heavyBall{sgd{rate: m.LearningRate, ridge: m.Ridge}, m.Momentum}
}

func (o *heavyBall) Formula() (update, numbers string) {
	return "heavy ball, $" + o.step("U^t", "W^t") + " + " + timed("\\beta", o.momentum) + " (W^t - W^{t-1})$",
		o.numbers(o.momentum).String()
}

func (o *heavyBall) Step(m Move) {
	o.sgd.Step(m)
	momentum := o.momentum.At(m.T)
	for i, w := range m.W {
		m.Next[i] += momentum * (w - m.Previous[i])
	}
}

// nesterov is W⁺ = P − η(U(P) + λP) at the look-ahead point P = W + β(W − W⁻).
type nesterov struct {
	sgd
	momentum Schedule
}

func newNesterov(m *Method) Optimizer {
	return &nesterov{sgd{rate: m.LearningRate, ridge: m.Ridge}, m.Momentum}
}

func (o *nesterov) LookAhead(t int) float64 { return o.momentum.At(t) }

func (o *nesterov) Formula() (update, numbers string) {
	return "Nesterov's method, $" + lookAhead(o.momentum) + "$, $" + o.step("U(P^t)", "P^t") + "$",
		o.numbers(o.momentum).String()
}

// lookAhead is the LaTeX of the point where the gradient is taken.
func lookAhead(momentum Schedule) string {
	return "P^t = W^t + " + timed("\\beta", momentum) + " (W^t - W^{t-1})"
}

func (o *nesterov) Step(m Move) {
	m.W = m.P
	o.sgd.Step(m)
}

// langevin is W⁺ = W − η(U + λW) + sqrt(2ηT) ξ.
type langevin struct {
	sgd
	temperature float64
}

func newLangevin(m *Method) Optimizer {
	return &langevin{sgd{rate: m.LearningRate, ridge: m.Ridge}, m.Temperature}
}

func (o *langevin) NoiseScale(t int) float64 { return math.Sqrt(2 * o.rate.At(t) * o.temperature) }

func (o *langevin) Formula() (update, numbers string) {
	list := o.numbers(nil)
	list.number("T", o.temperature)
	return "Langevin dynamics, $" + o.step("U^t", "W^t") + " + \\sqrt{2 " + timed("\\eta", o.rate) + " T} \\xi^t$",
		list.String()
}

func (o *langevin) Step(m Move) {
	o.sgd.Step(m)
	scale := o.NoiseScale(m.T)
	if scale == 0 {
		return
	}
	for i, x := range m.Noise {
		m.Next[i] += scale * x
	}
}

// spherical is projected gradient descent on the sphere ⟨W,W⟩ = 1: W⁺ = (W − ηU)/sqrt⟨W − ηU, W − ηU⟩, each unit by
// itself. Its coefficients depend on inner products only, so it counts as linear.
type spherical struct{ sgd }

func newSpherical(m *Method) Optimizer { return &spherical{sgd{rate: m.LearningRate}} }

func (o *spherical) Formula() (update, numbers string) {
	step := "W^t - " + timed("\\eta", o.rate) + " U^t"
	return "gradient descent on the sphere, $W^{t+1} = \\sqrt{d} (" + step + ") / \\lVert " + step + " \\rVert$",
		o.numbers(nil).String()
}

func (o *spherical) Step(m Move) {
	o.sgd.Step(m)
	scale := 1 / math.Sqrt(m.Inner(m.Next, m.Next))
	for i := range m.Next {
		m.Next[i] *= scale
	}
}

package scenarios

import "limitcheck/internal/spec"

// HeavyBall is Polyak's W⁺ = W − η(U + λW) + β(W − W⁻).
type HeavyBall struct {
	LearningRate Schedule // η
	Momentum     Schedule // β
	Ridge        Schedule // λ, by default 0
	linear
}

// Keys implements spec.Keyed.
func (o *HeavyBall) Keys() spec.Keys {
	return spec.Keys{learningRate(&o.LearningRate), ridge(&o.Ridge), momentum(&o.Momentum, nil)}
}

// Step moves each unit against its gradient and on along its last step.
func (o *HeavyBall) Step(m Move) {
	rate, ridge, momentum := o.LearningRate.At(m.T), o.Ridge.At(m.T), o.Momentum.At(m.T)
	for k, next := range m.Next {
		descend(next, m.W[k], m.U[k], rate, ridge)
		for i, w := range m.W[k] {
			next[i] += momentum * (w - m.Previous[k][i])
		}
	}
}

// Formula is the update and its numbers in words.
func (o *HeavyBall) Formula() (update, numbers string) {
	step := gradientStep(o.LearningRate, o.Ridge, "U^t", "W^t")
	return "heavy ball, $" + step + " + " + timed("\\beta", o.Momentum) + " (W^t - W^{t-1})$",
		gradientNumbers(o.LearningRate, o.Momentum, o.Ridge).String()
}

// Nesterov is W⁺ = P − η(U(P) + λP) at the look-ahead point P = W + β(W − W⁻).
type Nesterov struct {
	LearningRate Schedule // η
	Momentum     Schedule // β
	Ridge        Schedule // λ, by default 0
	linear
}

// Keys implements spec.Keyed.
func (o *Nesterov) Keys() spec.Keys {
	return spec.Keys{learningRate(&o.LearningRate), ridge(&o.Ridge), momentum(&o.Momentum, nil)}
}

// LookAhead is the momentum.
func (o *Nesterov) LookAhead(t int) float64 { return o.Momentum.At(t) }

// Step moves each unit from its look-ahead point against the gradient there.
func (o *Nesterov) Step(m Move) {
	rate, ridge := o.LearningRate.At(m.T), o.Ridge.At(m.T)
	for k, p := range m.P {
		descend(m.Next[k], p, m.U[k], rate, ridge)
	}
}

// Formula is the update and its numbers in words.
func (o *Nesterov) Formula() (update, numbers string) {
	step := gradientStep(o.LearningRate, o.Ridge, "U(P^t)", "P^t")
	return "Nesterov's method, $" + lookAhead(o.Momentum) + "$, $" + step + "$",
		gradientNumbers(o.LearningRate, o.Momentum, o.Ridge).String()
}

// lookAhead is the LaTeX of the point where the gradient is taken.
func lookAhead(momentum Schedule) string {
	return "P^t = W^t + " + timed("\\beta", momentum) + " (W^t - W^{t-1})"
}

package scenarios

import (
	"math"

	"limitcheck/internal/spec"
)

// SGD is W⁺ = W − η(U + λW): stochastic gradient descent, or gradient descent where the batch is full.
type SGD struct {
	LearningRate Schedule // η
	Ridge        Schedule // λ, by default 0
	linear
}

// Keys implements spec.Keyed.
func (o *SGD) Keys() spec.Keys { return spec.Keys{learningRate(&o.LearningRate), ridge(&o.Ridge)} }

// Step moves each unit against its gradient.
func (o *SGD) Step(m Move) {
	rate, ridge := o.LearningRate.At(m.T), o.Ridge.At(m.T)
	for k, w := range m.W {
		descend(m.Next[k], w, m.U[k], rate, ridge)
	}
}

// descend is next = w − η(u + λw).
func descend(next, w, u []float64, rate, ridge float64) {
	for i, x := range w {
		next[i] = x - rate*(u[i]+ridge*x)
	}
}

// Rate is the learning rate.
func (o *SGD) Rate() Schedule { return o.LearningRate }

// AtRate is the same method at another learning rate.
func (o SGD) AtRate(rate Schedule) Optimizer {
	o.LearningRate = rate
	return &o
}

// Formula is the update and its numbers in words.
func (o *SGD) Formula() (update, numbers string) {
	return "gradient steps, $" + gradientStep(o.LearningRate, o.Ridge, "U^t", "W^t") + "$",
		gradientNumbers(o.LearningRate, nil, o.Ridge).String()
}

// gradientStep is the LaTeX of a gradient step from a point.
func gradientStep(rate, ridge Schedule, gradient, point string) string {
	if !isZero(ridge) {
		gradient = "(" + ridged(gradient, point, ridge) + ")"
	}
	return "W^{t+1} = " + point + " - " + timed("\\eta", rate) + " " + gradient
}

// gradientNumbers are those of a gradient step; momentum is nil for a method without.
func gradientNumbers(rate, momentum, ridge Schedule) (list settings) {
	list.schedule("\\eta", rate)
	list.schedule("\\beta", momentum)
	list.optional("\\lambda", ridge)
	return list
}

// Spherical is projected gradient descent on the sphere ⟨W,W⟩ = 1: W⁺ = (W − ηU)/sqrt⟨W − ηU, W − ηU⟩, each unit by
// itself. Its coefficients depend on inner products only, so it counts as linear.
type Spherical struct {
	LearningRate Schedule // η
	linear
}

// Keys implements spec.Keyed.
func (o *Spherical) Keys() spec.Keys { return spec.Keys{learningRate(&o.LearningRate)} }

// Step moves each unit against its gradient and scales it to unit length.
func (o *Spherical) Step(m Move) {
	rate := o.LearningRate.At(m.T)
	for k, next := range m.Next {
		descend(next, m.W[k], m.U[k], rate, 0)
		square := m.Inner(next, next)
		if square == 0 {
			continue // it has not left a start at 0 yet
		}
		scale := 1 / math.Sqrt(square)
		for i := range next {
			next[i] *= scale
		}
	}
}

// Formula is the update and its numbers in words.
func (o *Spherical) Formula() (update, numbers string) {
	step := "W^t - " + timed("\\eta", o.LearningRate) + " U^t"
	return "gradient descent on the sphere, $W^{t+1} = \\sqrt{d} (" + step + ") / \\lVert " + step + " \\rVert$",
		gradientNumbers(o.LearningRate, nil, nil).String()
}

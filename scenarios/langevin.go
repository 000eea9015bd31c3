package scenarios

import (
	"math"

	"limitcheck/internal/spec"
)

// Langevin is W⁺ = W − η(U + λW) + sqrt(2ηT) ξ, ξ standard normal and new at every step.
type Langevin struct {
	LearningRate Schedule // η
	Ridge        Schedule // λ, by default 0
	Temperature  float64  // T
	linear
}

// Keys implements spec.Keyed.
func (o *Langevin) Keys() spec.Keys {
	return spec.Keys{
		learningRate(&o.LearningRate), ridge(&o.Ridge),
		{Name: "temperature", Required: true, Accepts: "must be > 0", Value: spec.Number(&o.Temperature, spec.Positive)},
	}
}

// NoiseScale is sqrt(2ηT).
func (o *Langevin) NoiseScale(t int) float64 {
	return math.Sqrt(2 * o.LearningRate.At(t) * o.Temperature)
}

// Step moves each unit against its gradient and adds the noise.
func (o *Langevin) Step(m Move) {
	rate, ridge, scale := o.LearningRate.At(m.T), o.Ridge.At(m.T), o.NoiseScale(m.T)
	for k, next := range m.Next {
		descend(next, m.W[k], m.U[k], rate, ridge)
		if scale == 0 {
			continue
		}
		for i, x := range m.Noise[k] {
			next[i] += scale * x
		}
	}
}

// Rate is the learning rate.
func (o *Langevin) Rate() Schedule { return o.LearningRate }

// AtRate is the same method at another learning rate.
func (o Langevin) AtRate(rate Schedule) Optimizer {
	o.LearningRate = rate
	return &o
}

// Formula is the update and its numbers in words.
func (o *Langevin) Formula() (update, numbers string) {
	list := gradientNumbers(o.LearningRate, nil, o.Ridge)
	list.number("T", o.Temperature)
	step, eta := gradientStep(o.LearningRate, o.Ridge, "U^t", "W^t"), timed("\\eta", o.LearningRate)
	return "Langevin dynamics, $" + step + " + \\sqrt{2 " + eta + " T} \\xi^t$", list.String()
}

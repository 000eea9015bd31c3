package scenarios

import (
	"math"

	"limitcheck/internal/spec"
)

// adamEpsilon is the ε that keeps Adam's quotient finite, as in Kingma and Ba (2015).
const adamEpsilon = 1e-8

// Adam is W⁺ = W − η m̂/(sqrt(v̂)+ε), m and v the running means of the gradient U + λW and of its square with the two
// decays, both corrected for their start at 0 (Kingma and Ba 2015, algorithm 1). State is {m, v}.
type Adam struct {
	LearningRate Schedule // η
	Ridge        Schedule // λ, by default 0
	Decay1       float64  // β1, by default 0.9
	Decay2       float64  // β2, by default 0.999
	entrywise
}

// Keys implements spec.Keyed.
func (o *Adam) Keys() spec.Keys {
	return spec.Keys{
		learningRate(&o.LearningRate), ridge(&o.Ridge),
		{Name: "decay1", Default: 0.9, Value: spec.Number(&o.Decay1, spec.OpenUnit)},
		{Name: "decay2", Default: 0.999, Value: spec.Number(&o.Decay2, spec.OpenUnit)},
	}
}

// States are m and v.
func (*Adam) States() int { return 2 }

// Step moves every entry by its mean gradient over the root of its mean square.
func (o *Adam) Step(m Move) {
	rate, ridge := o.LearningRate.At(m.T), o.Ridge.At(m.T)
	correction1 := 1 / (1 - math.Pow(o.Decay1, float64(m.T+1)))
	correction2 := 1 / (1 - math.Pow(o.Decay2, float64(m.T+1)))
	for k, next := range m.Next {
		mean, square := m.State[k][0], m.State[k][1]
		for i, w := range m.W[k] {
			g := m.U[k][i] + ridge*w
			mean[i] += (1 - o.Decay1) * (g - mean[i])
			square[i] += (1 - o.Decay2) * (g*g - square[i])
			next[i] = w - rate*mean[i]*correction1/(math.Sqrt(square[i]*correction2)+adamEpsilon)
		}
	}
}

// Formula is the update and its numbers in words.
func (o *Adam) Formula() (update, numbers string) {
	list := gradientNumbers(o.LearningRate, nil, o.Ridge)
	list.number("\\beta_1", o.Decay1)
	list.number("\\beta_2", o.Decay2)
	step := timed("\\eta", o.LearningRate) + " \\hat{m}^t / (\\sqrt{\\hat{v}^t} + \\epsilon)"
	return "Adam, $W^{t+1} = W^t - " + step + "$", list.String()
}

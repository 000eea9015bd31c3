package scenarios

import "limitcheck/internal/spec"

// AdamW is Adam with the ridge outside of the gradient (Loshchilov and Hutter 2019, as PyTorch has it):
// W⁺ = (1 − ηλ)W − η m̂/(sqrt(v̂)+ε), m̂ and v̂ those of U alone. State is {m, v}.
type AdamW struct {
	LearningRate Schedule // η
	Ridge        Schedule // λ, PyTorch's weight_decay, by default 0
	Decay1       float64  // β1, by default 0.9
	Decay2       float64  // β2, by default 0.999
	entrywise
}

// Keys implements spec.Keyed.
func (o *AdamW) Keys() spec.Keys {
	return spec.Keys{
		learningRate(&o.LearningRate), ridge(&o.Ridge),
		{Name: "decay1", Default: 0.9, Value: spec.Number(&o.Decay1, spec.OpenUnit)},
		{Name: "decay2", Default: 0.999, Value: spec.Number(&o.Decay2, spec.OpenUnit)},
	}
}

// adam is the same without the ridge.
func (o *AdamW) adam() *Adam {
	return &Adam{LearningRate: o.LearningRate, Ridge: Constant(0), Decay1: o.Decay1, Decay2: o.Decay2}
}

// States are m and v.
func (o *AdamW) States() int { return o.adam().States() }

// Step is Adam's on U, and the weights shrink by ηλ beside it.
func (o *AdamW) Step(m Move) {
	o.adam().Step(m)
	shrink := o.LearningRate.At(m.T) * o.Ridge.At(m.T)
	for k, next := range m.Next {
		for i, w := range m.W[k] {
			next[i] -= shrink * w
		}
	}
}

// Formula is the update and its numbers in words.
func (o *AdamW) Formula() (update, numbers string) {
	_, numbers = o.adam().Formula()
	list := settings{numbers}
	list.optional("\\lambda", o.Ridge)
	rate := timed("\\eta", o.LearningRate)
	shrunk := "W^t"
	if !isZero(o.Ridge) {
		shrunk = "(1 - " + rate + " " + timed("\\lambda", o.Ridge) + ") W^t"
	}
	return "AdamW, $W^{t+1} = " + shrunk + " - " + rate + " \\hat{m}^t / (\\sqrt{\\hat{v}^t} + \\epsilon)$", list.String()
}

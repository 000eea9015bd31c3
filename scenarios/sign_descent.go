package scenarios

import "limitcheck/internal/spec"

// SignDescent is W⁺ = W − η sign(U + λW), sign(0) = 0.
type SignDescent struct {
	LearningRate Schedule // η
	Ridge        Schedule // λ, by default 0
	entrywise
}

// Keys implements spec.Keyed.
func (o *SignDescent) Keys() spec.Keys {
	return spec.Keys{learningRate(&o.LearningRate), ridge(&o.Ridge)}
}

// Step moves every entry by the learning rate against the sign of its gradient.
func (o *SignDescent) Step(m Move) {
	rate, ridge := o.LearningRate.At(m.T), o.Ridge.At(m.T)
	for k, next := range m.Next {
		for i, w := range m.W[k] {
			next[i] = w - rate*sign(m.U[k][i]+ridge*w)
		}
	}
}

// Formula is the update and its numbers in words.
func (o *SignDescent) Formula() (update, numbers string) {
	step := timed("\\eta", o.LearningRate) + " \\mathrm{sign}(" + ridged("U^t", "W^t", o.Ridge) + ")"
	return "sign descent, $W^{t+1} = W^t - " + step + "$", gradientNumbers(o.LearningRate, nil, o.Ridge).String()
}

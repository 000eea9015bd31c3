package scenarios

import "math"

// entrywise is what the nonlinear methods that act on each entry by itself share.
type entrywise struct{ plain }

func (entrywise) Linear() bool { return false }

// signDescent is W⁺ = W − η sign(U + λW), sign(0) = 0.
type signDescent struct {
	entrywise
	rate  Schedule
	ridge float64
}

func newSignDescent(m *Method) Optimizer { return &signDescent{rate: m.LearningRate, ridge: m.Ridge} }

func (o *signDescent) Formula() (update, numbers string) {
	var list settings
	list.schedule("\\eta", o.rate)
	list.number("\\lambda", o.ridge)
	return "sign descent, $W^{t+1} = W^t - " + timed("\\eta", o.rate) + " \\mathrm{sign}(" +
		ridged("U^t", "W^t", o.ridge) + ")$", list.String()
}

func (o *signDescent) Step(m Move) {
	rate := o.rate.At(m.T)
	for i, w := range m.W {
		m.Next[i] = w - rate*sign(m.U[i]+o.ridge*w)
	}
}

// adamEpsilon is the ε that keeps Adam's quotient finite, as in Kingma and Ba (2015).
const adamEpsilon = 1e-8

// adam is W⁺ = W − η m̂/(sqrt(v̂)+ε), m and v the running means of the gradient U + λW and of its square with the two
// decays, both corrected for their start at 0 (Kingma and Ba 2015, algorithm 1). State is {m, v}.
type adam struct {
	entrywise
	rate                  Schedule
	ridge, decay1, decay2 float64
}

func newAdam(m *Method) Optimizer {
	return &adam{rate: m.LearningRate, ridge: m.Ridge, decay1: m.Decay1, decay2: m.Decay2}
}

func (*adam) States() int { return 2 }

func (o *adam) Formula() (update, numbers string) {
	var list settings
	list.schedule("\\eta", o.rate)
	list.number("\\lambda", o.ridge)
	list.number("\\beta_1", o.decay1)
	list.number("\\beta_2", o.decay2)
	return "Adam, $W^{t+1} = W^t - " + timed("\\eta", o.rate) + " \\hat{m}^t / (\\sqrt{\\hat{v}^t} + \\epsilon)$",
		list.String()
}

func (o *adam) Step(m Move) {
	rate, mean, square := o.rate.At(m.T), m.State[0], m.State[1]
	correction1 := 1 / (1 - math.Pow(o.decay1, float64(m.T+1)))
	correction2 := 1 / (1 - math.Pow(o.decay2, float64(m.T+1)))
	for i, w := range m.W {
		g := m.U[i] + o.ridge*w
		mean[i] += (1 - o.decay1) * (g - mean[i])
		square[i] += (1 - o.decay2) * (g*g - square[i])
		m.Next[i] = w - rate*mean[i]*correction1/(math.Sqrt(square[i]*correction2)+adamEpsilon)
	}
}

package scenarios

import "limitcheck/internal/spec"

// Velocity is momentum as PyTorch's SGD has it: with G = U + λW, V_0 = G_0 and V_t = βV_{t−1} + (1 − dampening)G_t, it is
// W⁺ = W − ηV, and with Nesterov W⁺ = W − η(G + βV). At a constant rate and without dampening it is HeavyBall; otherwise
// HeavyBall with β_t η_t/η_{t−1} in the place of β_t. Its Nesterov form goes through the points P of Nesterov. State is {V}.
type Velocity struct {
	LearningRate Schedule // η
	Momentum     Schedule // β
	Ridge        Schedule // λ, by default 0
	Dampening    float64  // by default 0
	Nesterov     bool
	linear
}

// Keys implements spec.Keyed.
func (o *Velocity) Keys() spec.Keys {
	return spec.Keys{
		learningRate(&o.LearningRate), ridge(&o.Ridge), momentum(&o.Momentum, nil),
		{Name: "dampening", Default: 0.0, Value: spec.Number(&o.Dampening, spec.In("[0, 1)"))},
		{Name: "nesterov", Default: false, Value: spec.Truth(&o.Nesterov)},
	}
}

// Validate refuses what PyTorch refuses.
func (o *Velocity) Validate() error {
	if o.Nesterov && o.Dampening != 0 {
		return wrong("dampening", "must be 0 with nesterov, as in PyTorch, got %g", o.Dampening)
	}
	return nil
}

// States is V.
func (*Velocity) States() int { return 1 }

// Step moves each unit along its velocity.
func (o *Velocity) Step(m Move) {
	rate, ridge, momentum, fresh := o.LearningRate.At(m.T), o.Ridge.At(m.T), o.Momentum.At(m.T), 1-o.Dampening
	if m.T == 0 {
		fresh = 1
	}
	for k, next := range m.Next {
		velocity := m.State[k][0]
		for i, w := range m.W[k] {
			g := m.U[k][i] + ridge*w
			velocity[i] = momentum*velocity[i] + fresh*g
			along := velocity[i]
			if o.Nesterov {
				along = g + momentum*velocity[i]
			}
			next[i] = w - rate*along
		}
	}
}

// Formula is the update and its numbers in words.
func (o *Velocity) Formula() (update, numbers string) {
	list := gradientNumbers(o.LearningRate, o.Momentum, o.Ridge)
	fresh := ""
	if o.Dampening != 0 {
		list.number("\\tau", o.Dampening)
		fresh = "(1 - \\tau) "
	}
	beta, along := timed("\\beta", o.Momentum), "V^t"
	if o.Nesterov {
		along = "(G^t + " + beta + " V^t)"
	}
	return "velocity, $G^t = " + ridged("U^t", "W^t", o.Ridge) + "$, $V^t = " + beta + " V^{t-1} + " + fresh + "G^t$, $V^0 = G^0$, " +
		"$W^{t+1} = W^t - " + timed("\\eta", o.LearningRate) + " " + along + "$", list.String()
}

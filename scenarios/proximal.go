package scenarios

import (
	"math"
	"strings"

	"limitcheck/internal/spec"
)

// Penalty is ψ(w) = l1·|w|₁ + fused·Σ|w_{i+1}−w_i| + λ|w|²/2.
type Penalty struct {
	L1    float64
	Fused float64  // makes the prox non-separable
	Ridge Schedule // λ, by default 0
}

func (p *Penalty) keys() spec.Keys {
	return spec.Keys{
		{Name: "l1", Value: spec.Number(&p.L1, spec.NonNegative)},
		{Name: "fused", Value: spec.Number(&p.Fused, spec.NonNegative)},
	}
}

// Validate asks for a penalty.
func (p *Penalty) Validate() error {
	if p.L1 == 0 && p.Fused == 0 {
		return wrong("l1", "must be > 0 (or fused must be)")
	}
	return nil
}

// coupling is the key of what makes neighbouring entries depend on each other.
func (p *Penalty) coupling() string { return "fused" }

// Linear is true of a ridge alone.
func (p *Penalty) Linear() bool { return p.L1 == 0 && p.Fused == 0 }

// Separable is true unless neighbours are fused.
func (p *Penalty) Separable() bool { return p.Fused == 0 }

// step is W⁺ = prox_{ηψ}(P − ηU). The three parts of ψ compose exactly: the ridge rescales argument and step, the ℓ1
// prox comes after the fused one (Friedman et al. 2007, proposition 1).
func (p *Penalty) step(m Move, rate float64) {
	shrink := 1 / (1 + rate*p.Ridge.At(m.T))
	for k, next := range m.Next {
		for i, x := range m.P[k] {
			next[i] = shrink * (x - rate*m.U[k][i])
		}
		if p.Fused > 0 {
			totalVariation(next, shrink*rate*p.Fused)
		}
		if p.L1 > 0 {
			threshold := shrink * rate * p.L1
			for i, x := range next {
				next[i] = softThreshold(x, threshold)
			}
		}
	}
}

// softThreshold is the prox of threshold·|x|.
func softThreshold(x, threshold float64) float64 {
	return math.Copysign(max(0, math.Abs(x)-threshold), x)
}

// words are the LaTeX of a proximal step from a point, and its numbers; momentum is nil for a method without.
func (p *Penalty) words(rate, momentum Schedule, gradient, point string) (update, numbers string) {
	list := gradientNumbers(rate, momentum, p.Ridge)
	list.number("\\mu", p.L1)
	list.number("\\nu", p.Fused)
	terms := []string{"\\mu \\sum_i \\lvert w_i \\rvert"}
	if p.Fused != 0 {
		terms = append(terms, "\\nu \\sum_i \\lvert w_{i+1} - w_i \\rvert")
	}
	if !isZero(p.Ridge) {
		terms = append(terms, "\\frac{"+timed("\\lambda", p.Ridge)+"}{2} \\sum_i w_i^2")
	}
	eta := timed("\\eta", rate)
	return "W^{t+1} = \\mathrm{prox}_{" + eta + " \\psi}(" + point + " - " + eta + " " + gradient + ")",
		append(list, "$\\psi(w) = "+strings.Join(terms, " + ")+"$").String()
}

// ISTA is proximal gradient descent, W⁺ = prox_{ηψ}(W − ηU).
type ISTA struct {
	LearningRate Schedule // η
	Penalty               // ψ
	Plain
}

// Keys implements spec.Keyed.
func (o *ISTA) Keys() spec.Keys {
	return append(spec.Keys{learningRate(&o.LearningRate), ridge(&o.Ridge)}, o.Penalty.keys()...)
}

// Step moves each unit against its gradient and applies the prox of the penalty.
func (o *ISTA) Step(m Move) { o.step(m, o.LearningRate.At(m.T)) }

// Formula is the update and its numbers in words.
func (o *ISTA) Formula() (update, numbers string) {
	update, numbers = o.words(o.LearningRate, nil, "U^t", "W^t")
	return "proximal gradient (ISTA), $" + update + "$", numbers
}

// FISTA is proximal gradient descent with a look-ahead, W⁺ = prox_{ηψ}(P − ηU). Its momentum is by default t/(t+3) (Su,
// Boyd and Candès 2016), which Beck and Teboulle's sequence tends to; that is the schedule beck-teboulle.
type FISTA struct {
	LearningRate Schedule // η
	Momentum     Schedule // β
	Penalty               // ψ
	Plain
}

// Keys implements spec.Keyed.
func (o *FISTA) Keys() spec.Keys {
	return append(spec.Keys{learningRate(&o.LearningRate), ridge(&o.Ridge), momentum(&o.Momentum, "nesterov")},
		o.Penalty.keys()...)
}

// LookAhead is the momentum.
func (o *FISTA) LookAhead(t int) float64 { return o.Momentum.At(t) }

// Step moves each unit from its look-ahead point against the gradient there and applies the prox of the penalty.
func (o *FISTA) Step(m Move) { o.step(m, o.LearningRate.At(m.T)) }

// Formula is the update and its numbers in words.
func (o *FISTA) Formula() (update, numbers string) {
	update, numbers = o.words(o.LearningRate, o.Momentum, "U(P^t)", "P^t")
	return "accelerated proximal gradient (FISTA), $" + lookAhead(o.Momentum) + "$, $" + update + "$", numbers
}

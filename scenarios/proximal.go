package scenarios

import (
	"math"
	"strings"
)

// proximal is proximal gradient descent, W⁺ = prox_{ηψ}(P − ηU) with
// ψ(w) = l1·|w|₁ + fused·Σ|w_{i+1}−w_i| + λ|w|²/2.
type proximal struct {
	plain
	rate             Schedule
	l1, fused, ridge float64
}

func newProximal(m *Method) proximal {
	return proximal{rate: m.LearningRate, l1: m.L1, fused: m.Fused, ridge: m.Ridge}
}

func (o *proximal) Linear() bool    { return o.l1 == 0 && o.fused == 0 }
func (o *proximal) Separable() bool { return o.fused == 0 }

// The three parts of ψ compose exactly: the ridge rescales argument and step, the ℓ1 prox comes after the fused one
// (Friedman et al. 2007, proposition 1).
func (o *proximal) Step(m Move) {
	rate := o.rate.At(m.T)
	shrink := 1 / (1 + rate*o.ridge)
	for i, p := range m.P {
		m.Next[i] = shrink * (p - rate*m.U[i])
	}
	if o.fused > 0 {
		totalVariation(m.Next, shrink*rate*o.fused)
	}
	if o.l1 > 0 {
		threshold := shrink * rate * o.l1
		for i, x := range m.Next {
			m.Next[i] = softThreshold(x, threshold)
		}
	}
}

// step is the LaTeX of a proximal step from a point.
func (o *proximal) step(gradient, point string) string {
	rate := timed("\\eta", o.rate)
	return "W^{t+1} = \\mathrm{prox}_{" + rate + " \\psi}(" + point + " - " + rate + " " + gradient + ")"
}

func (o *proximal) numbers(momentum Schedule) string {
	var list settings
	list.schedule("\\eta", o.rate)
	list.schedule("\\beta", momentum)
	list.number("\\lambda", o.ridge)
	list.number("\\mu", o.l1)
	list.number("\\nu", o.fused)
	terms := []string{"\\mu \\sum_i \\lvert w_i \\rvert"}
	if o.fused != 0 {
		terms = append(terms, "\\nu \\sum_i \\lvert w_{i+1} - w_i \\rvert")
	}
	if o.ridge != 0 {
		terms = append(terms, "\\frac{\\lambda}{2} \\sum_i w_i^2")
	}
	return append(list, "$\\psi(w) = "+strings.Join(terms, " + ")+"$").String()
}

// softThreshold is the prox of threshold·|x|.
func softThreshold(x, threshold float64) float64 {
	return math.Copysign(max(0, math.Abs(x)-threshold), x)
}

// ista is proximal gradient descent without acceleration.
type ista struct{ proximal }

func newISTA(m *Method) Optimizer { return &ista{newProximal(m)} }

func (o *ista) Formula() (update, numbers string) {
	return "proximal gradient (ISTA), $" + o.step("U^t", "W^t") + "$", o.numbers(nil)
}

// fista takes the gradient at a look-ahead, by default t/(t+3) (Su, Boyd and Candès 2016), which Beck and Teboulle's
// sequence tends to; that is the schedule beck-teboulle.
type fista struct {
	proximal
	momentum Schedule
}

func newFISTA(m *Method) Optimizer { return &fista{newProximal(m), m.Momentum} }

func (o *fista) LookAhead(t int) float64 { return o.momentum.At(t) }

func (o *fista) Formula() (update, numbers string) {
	return "accelerated proximal gradient (FISTA), $" + lookAhead(o.momentum) + "$, $" + o.step("U(P^t)", "P^t") + "$",
		o.numbers(o.momentum)
}

// totalVariation overwrites y with argmin_x |x−y|²/2 + λ Σ|x_{i+1}−x_i| in O(n), exactly, by Johnson's dynamic programme
// (J. Comput. Graph. Stat. 2013): the derivative of the optimal cost of x_0…x_k as a function of x_k is piecewise linear,
// is clipped at ±λ and grows by one knot at either end with k; a backward pass then clips between the clipping points.
func totalVariation(y []float64, lambda float64) {
	n := len(y)
	if n < 2 || lambda == 0 {
		return
	}
	tv := newKnots(n)
	low, high := make([]float64, n-1), make([]float64, n-1) // where the derivative reaches −λ and +λ
	low[0], high[0] = y[0]-lambda, y[0]+lambda
	tv.left, tv.right = n-1, n
	tv.set(tv.left, low[0], 1, lambda-y[0])
	tv.set(tv.right, high[0], -1, lambda+y[0])
	for k := 1; k < n-1; k++ {
		l, slope, offset := tv.fromLeft(1, -lambda-y[k], -lambda)
		r, slopeR, offsetR := tv.fromRight(l, -1, y[k]-lambda, lambda)
		low[k] = (-lambda - offset) / slope
		high[k] = (lambda + offsetR) / -slopeR
		tv.left, tv.right = l-1, r+1
		tv.set(tv.left, low[k], slope, offset+lambda)
		tv.set(tv.right, high[k], slopeR, offsetR+lambda)
	}
	_, slope, offset := tv.fromLeft(1, -lambda-y[n-1], 0)
	y[n-1] = -offset / slope
	for k := n - 2; k >= 0; k-- {
		y[k] = min(high[k], max(low[k], y[k+1]))
	}
}

// knots is a piecewise linear function: at position x[i], left ≤ i ≤ right, its slope changes by slope[i] and its offset
// by offset[i].
type knots struct {
	x, slope, offset []float64
	left, right      int
}

func newKnots(n int) *knots {
	return &knots{x: make([]float64, 2*n), slope: make([]float64, 2*n), offset: make([]float64, 2*n)}
}

func (k *knots) set(i int, x, slope, offset float64) {
	k.x[i], k.slope[i], k.offset[i] = x, slope, offset
}

// fromLeft walks from the left end, where the function is slope·x+offset, to the first knot where it exceeds level.
func (k *knots) fromLeft(slope, offset, level float64) (i int, s, o float64) {
	for i = k.left; i <= k.right && slope*k.x[i]+offset <= level; i++ {
		slope += k.slope[i]
		offset += k.offset[i]
	}
	return i, slope, offset
}

// fromRight walks from the right end, where the function is −(slope·x+offset), down to the last knot where it is below
// level, not beyond knot last.
func (k *knots) fromRight(last int, slope, offset, level float64) (i int, s, o float64) {
	for i = k.right; i >= last && -slope*k.x[i]-offset >= level; i-- {
		slope += k.slope[i]
		offset += k.offset[i]
	}
	return i, slope, offset
}

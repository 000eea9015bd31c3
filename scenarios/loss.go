package scenarios

import (
	"math"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// A Loss is ℓ(f, y), a function of the student's output f and the label y. Where it is not differentiable Gradient
// returns one subgradient, the same one for both engines. A loss that is not defined for all labels says so
// as NeedsLabels.
type Loss interface {
	Value(f, y float64) float64
	Gradient(f, y float64) float64 // ∂ℓ/∂f
}

// losses are the losses a scenario file can name. At a kink each takes the mean of its two one-sided slopes.
var losses = spec.Registry[Loss]{
	What: "loss",
	New: map[string]func() Loss{
		"square":   func() Loss { return square{} },
		"logistic": func() Loss { return logistic{} },
		"hinge":    func() Loss { return hinge{} },
		"huber":    func() Loss { return &huber{1} },
		"absolute": func() Loss { return absolute{} },
		"phase":    func() Loss { return phase{} },
		"value":    func() Loss { return new(expressionLoss) },

		"cross-entropy": func() Loss { return crossEntropy{} },
	},
}

// square is (f-y)²/2.
type square struct{}

func (square) Value(f, y float64) float64    { return (f - y) * (f - y) / 2 }
func (square) Gradient(f, y float64) float64 { return f - y }
func (square) Formula() string               { return "square loss $\\ell(f, y) = \\frac{1}{2}(f-y)^2$" }

// logistic is log(1+exp(-yf)), y = ±1.
type logistic struct{}

// Value is log1p by way of log (Kahan), which is faster than the library's and as accurate.
func (logistic) Value(f, y float64) float64 {
	m := y * f
	x := math.Exp(-math.Abs(m))
	if u := 1 + x; u != 1 {
		x *= math.Log(u) / (u - 1)
	}
	return max(0, -m) + x
}
func (logistic) Gradient(f, y float64) float64 { return -y / (1 + math.Exp(y*f)) }
func (logistic) Labels() LabelKind             { return SignLabels }
func (logistic) Formula() string               { return "logistic loss $\\ell(f, y) = \\log(1 + e^{-yf})$" }

// hinge is max(0, 1-yf), y = ±1.
type hinge struct{}

func (hinge) Value(f, y float64) float64 { return max(0, 1-y*f) }
func (hinge) Gradient(f, y float64) float64 {
	switch m := y * f; {
	case m < 1:
		return -y
	case m == 1:
		return -y / 2
	}
	return 0
}
func (hinge) Labels() LabelKind { return SignLabels }

func (hinge) Formula() string { return "hinge loss $\\ell(f, y) = \\max(0, 1 - yf)$" }

// huber is e²/2 for |e| ≤ τ and τ|e|-τ²/2 beyond, e = f-y, with the threshold τ = 1 unless it is given.
type huber struct{ threshold float64 }

func (l *huber) Value(f, y float64) float64 {
	e := math.Abs(f - y)
	if e <= l.threshold {
		return e * e / 2
	}
	return l.threshold*e - l.threshold*l.threshold/2
}
func (l *huber) Gradient(f, y float64) float64 { return min(l.threshold, max(-l.threshold, f-y)) }

// Usual is the threshold 1.
func (l *huber) Usual() bool { return l.threshold == 1 }

func (l *huber) Keys() spec.Keys {
	return spec.Keys{{Name: "huber", Value: spec.Number(&l.threshold, spec.Positive)}}
}

func (l *huber) Formula() string {
	if l.Usual() {
		return "huber loss $\\ell(f, y) = \\frac{1}{2}\\min(\\lvert f-y \\rvert, 1)^2 + \\max(\\lvert f-y \\rvert - 1, 0)$"
	}
	t := markdown.Number(l.threshold)
	return "huber loss $\\ell(f, y) = \\frac{1}{2}\\min(\\lvert f-y \\rvert, " + t + ")^2 + " + t + " \\max(\\lvert f-y \\rvert - " + t + ", 0)$"
}

// absolute is |f-y|.
type absolute struct{}

func (absolute) Value(f, y float64) float64    { return math.Abs(f - y) }
func (absolute) Gradient(f, y float64) float64 { return sign(f - y) }
func (absolute) Formula() string               { return "absolute loss $\\ell(f, y) = \\lvert f-y \\rvert$" }

// phase is (f²-y²)²/4, phase retrieval from the amplitude |y|.
type phase struct{}

func (phase) Value(f, y float64) float64 {
	e := f*f - y*y
	return e * e / 4
}
func (phase) Gradient(f, y float64) float64 { return (f*f - y*y) * f }
func (phase) Formula() string               { return "phase loss $\\ell(f, y) = \\frac{1}{4}(f^2-y^2)^2$" }

// sign is -1, 0 or 1.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

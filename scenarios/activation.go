package scenarios

import (
	"math"

	"limitcheck/internal/spec"
)

// An Activation is the nonlinearity of a hidden unit.
type Activation interface {
	Value(x float64) float64
	Derivative(x float64) float64
}

// activations are the activations a scenario file can name.
var activations = spec.Registry[Activation]{
	What: "activation",
	New: map[string]func() Activation{
		"identity": func() Activation { return identity{} },
		"erf":      func() Activation { return erf{} },
		"tanh":     func() Activation { return tanh{} },
		"relu":     func() Activation { return relu{} },
	},
}

type identity struct{}

func (identity) Value(x float64) float64    { return x }
func (identity) Derivative(float64) float64 { return 1 }
func (identity) Formula() string            { return "$\\sigma(x) = x$" }

type erf struct{}

// erf(x/√2), the convention of Saad and Solla (1995).
func (erf) Value(x float64) float64      { return math.Erf(x / math.Sqrt2) }
func (erf) Derivative(x float64) float64 { return math.Sqrt(2/math.Pi) * math.Exp(-x*x/2) }
func (erf) Formula() string              { return "$\\sigma(x) = \\mathrm{erf}(x/\\sqrt{2})$" }

type tanh struct{}

func (tanh) Value(x float64) float64 { return math.Tanh(x) }
func (tanh) Derivative(x float64) float64 {
	c := math.Cosh(x)
	return 1 / (c * c)
}

func (tanh) Formula() string { return "$\\sigma(x) = \\tanh(x)$" }

type relu struct{}

func (relu) Value(x float64) float64 { return max(0, x) }

// Derivative is 1/2 at the kink, the mean of the one-sided slopes.
func (relu) Derivative(x float64) float64 { return (1 + sign(x)) / 2 }
func (relu) Formula() string              { return "$\\sigma(x) = \\max(0, x)$" }

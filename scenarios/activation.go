package scenarios

import (
	"math"

	"limitcheck/internal/formula"
	"limitcheck/internal/markdown"
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
		"gelu":     func() Activation { return gelu{} },
		"softplus": func() Activation { return softplus{} },
		"sigmoid":  func() Activation { return sigmoid{} },
		"square":   func() Activation { return squareActivation{} },
		"value":    func() Activation { return new(expressionActivation) },

		"leaky_relu": func() Activation { return new(leakyReLU) },
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

// leakyReLU is x for x > 0 and below a slope times it.
type leakyReLU struct{ slope float64 }

func (a *leakyReLU) Value(x float64) float64 { return max(0, x) + a.slope*min(0, x) }

// Derivative is (1 + slope)/2 at the kink, the mean of the one-sided slopes.
func (a *leakyReLU) Derivative(x float64) float64 { return (1 + sign(x) + a.slope*(1-sign(x))) / 2 }

func (a *leakyReLU) Keys() spec.Keys {
	return spec.Keys{{Name: "leaky_relu", Value: spec.Number(&a.slope, spec.AnyNumber)}}
}

func (a *leakyReLU) Formula() string {
	return "$\\sigma(x) = \\max(0, x) + " + markdown.Number(a.slope) + " \\min(0, x)$"
}

// gelu is xΦ(x) with the normal distribution function itself, not its approximation by tanh (Hendrycks and Gimpel 2016).
type gelu struct{}

func (gelu) Value(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 }
func (gelu) Derivative(x float64) float64 {
	return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}
func (gelu) Formula() string { return "$\\sigma(x) = x \\Phi(x)$" }

// softplus is log(1+exp(x)), which is the logistic loss at −x.
type softplus struct{}

func (softplus) Value(x float64) float64      { return logistic{}.Value(-x, 1) }
func (softplus) Derivative(x float64) float64 { return sigmoid{}.Value(x) }
func (softplus) Formula() string              { return "$\\sigma(x) = \\log(1 + e^x)$" }

type sigmoid struct{}

func (sigmoid) Value(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
func (s sigmoid) Derivative(x float64) float64 {
	return s.Value(x) * s.Value(-x)
}
func (sigmoid) Formula() string { return "$\\sigma(x) = 1/(1 + e^{-x})$" }

type squareActivation struct{}

func (squareActivation) Value(x float64) float64      { return x * x }
func (squareActivation) Derivative(x float64) float64 { return 2 * x }
func (squareActivation) Formula() string              { return "$\\sigma(x) = x^2$" }

// expressionActivation is an activation given by formulas of x. The derivative is checked against the value when it is loaded.
type expressionActivation struct {
	valueSource, derivativeSource string
	value, derivative             formula.Formula
}

func (a *expressionActivation) Value(x float64) float64      { return a.value.Value(x, 0, nil) }
func (a *expressionActivation) Derivative(x float64) float64 { return a.derivative.Value(x, 0, nil) }

func (a *expressionActivation) Keys() spec.Keys {
	return spec.Keys{
		{Name: "value", Value: expression(&a.valueSource, &a.value, []string{"x"}, nil)},
		{Name: "derivative", Value: expression(&a.derivativeSource, &a.derivative, []string{"x"}, nil)},
	}
}

// Validate checks that the derivative is the value's.
func (a *expressionActivation) Validate() error {
	return formula.CheckDerivative(a.Value, a.Derivative)
}

func (a *expressionActivation) Formula() string {
	return "$\\sigma(x)$ = " + markdown.Code(a.valueSource) + " with derivative " + markdown.Code(a.derivativeSource)
}

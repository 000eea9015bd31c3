package scenarios

import (
	"limitcheck/internal/formula"
	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// expressionLoss is a loss given by two formulas of the output f and the label y. The gradient is checked against the
// value when it is loaded.
type expressionLoss struct {
	valueSource, gradientSource string
	value, gradient             formula.Formula
}

func (l *expressionLoss) Value(f, y float64) float64    { return l.value.Value(f, y, nil) }
func (l *expressionLoss) Gradient(f, y float64) float64 { return l.gradient.Value(f, y, nil) }

func (l *expressionLoss) Formula() string {
	return "loss $\\ell(f, y)$ = " + markdown.Code(l.valueSource) + " with gradient " + markdown.Code(l.gradientSource)
}

func (l *expressionLoss) Keys() spec.Keys {
	variables := []string{"f", "y"}
	return spec.Keys{
		{Name: "value", Value: expression(&l.valueSource, &l.value, variables, nil)},
		{Name: "gradient", Value: expression(&l.gradientSource, &l.gradient, variables, nil)},
	}
}

// Validate checks that the gradient is the value's.
func (l *expressionLoss) Validate() error {
	return formula.CheckGradient(l.Value, l.Gradient, []float64{-2.3, -1, -0.4, 0.7, 1, 2.1})
}

package scenarios

import (
	"fmt"
	"math"

	"limitcheck/internal/markdown"
)

// expressionLoss is a loss given by two formulas of the output f and the label y. The gradient is checked against the
// value when it is loaded.
type expressionLoss struct {
	valueSource, gradientSource string
	value, gradient             formula
}

func (l *expressionLoss) Value(f, y float64) float64    { return l.value.value(f, y, nil) }
func (l *expressionLoss) Gradient(f, y float64) float64 { return l.gradient.value(f, y, nil) }

func (l *expressionLoss) Formula() string {
	return "loss $\\ell(f, y)$ = " + markdown.Code(l.valueSource) + " with gradient " + markdown.Code(l.gradientSource)
}

func (l *expressionLoss) fields() []field {
	variables := []string{"f", "y"}
	return []field{
		{key: "value", value: &expression{&l.valueSource, &l.value, variables, nil}},
		{key: "gradient", value: &expression{&l.gradientSource, &l.gradient, variables, nil}},
	}
}

// validate compares the gradient with central differences of the value, which are exact to O(step²) where the loss is
// smooth. A difference quotient across a kink disagrees with any gradient, so a small share of mismatches passes; a
// gradient that is wrong is wrong on more than isolated points. A jump, which has no gradient, is found by integration.
func (l *expressionLoss) validate() error {
	const (
		step    = 1e-4
		points  = 96
		allowed = 0.05 // share of the points that may sit on kinks
	)
	mismatches := 0
	var first error
	for _, y := range expressionLabels {
		for i := range points {
			// Irregular spacing, so that kinks at round numbers are not met again and again; a third of the points far out.
			reach := 4.0
			if i%3 == 2 {
				reach = 10
			}
			f := reach * (2*math.Mod(float64(i+1)*(math.Sqrt(5)-1)/2, 1) - 1)
			value, gradient := l.Value(f, y), l.Gradient(f, y)
			if !finite(value) {
				return fmt.Errorf("value is %g at f = %.4g, y = %.4g; a loss must be finite everywhere", value, f, y)
			}
			if !finite(gradient) {
				return fmt.Errorf("gradient is %g at f = %.4g, y = %.4g; it must be finite everywhere", gradient, f, y)
			}
			difference := (l.Value(f+step, y) - l.Value(f-step, y)) / (2 * step)
			scale := 1 + math.Abs(gradient) + math.Abs(difference)
			// 1e-4 covers the O(step²) truncation of any loss with moderate third derivative and the rounding
			// |value|·1e-16/step.
			if math.Abs(difference-gradient) > 1e-4*scale+1e-11*math.Abs(value) {
				mismatches++
				if first == nil {
					first = fmt.Errorf("gradient is not the derivative of value: at f = %.4g, y = %.4g it is %.6g, but central differences of value give %.6g", f, y, gradient, difference)
				}
			}
		}
	}
	if float64(mismatches) > allowed*float64(points*len(expressionLabels)) {
		return first
	}
	return l.integrate()
}

// expressionLabels are the labels y that a loss is tried with.
var expressionLabels = []float64{-2.3, -1, -0.4, 0.7, 1, 2.1}

// integrate compares the gradient's integral (midpoints: a kink costs no more than its height times the spacing squared)
// with the difference of the values.
func (l *expressionLoss) integrate() error {
	const (
		low, high = -4.0, 4.0
		pieces    = 4096
		spacing   = (high - low) / pieces
	)
	for _, y := range expressionLabels {
		integral, size := 0.0, 0.0
		for i := range pieces {
			g := spacing * l.Gradient(low+spacing*(float64(i)+0.5), y)
			integral += g
			size += math.Abs(g)
		}
		difference := l.Value(high, y) - l.Value(low, y)
		if math.Abs(difference-integral) > 0.01*(1e-3+size+math.Abs(difference)) {
			return fmt.Errorf("gradient is not the derivative of value, which may jump: at y = %.4g its integral from f = %g to %g is %.6g, but value changes by %.6g",
				y, low, high, integral, difference)
		}
	}
	return nil
}

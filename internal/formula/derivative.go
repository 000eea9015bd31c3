package formula

import (
	"fmt"
	"math"
)

// CheckGradient returns an error unless gradient is ∂value/∂f, at each of the labels y. It compares with central
// differences of the value, which are exact to O(step²) where the loss is smooth. A difference quotient across a kink
// disagrees with any gradient, so a small share of mismatches passes; a gradient that is wrong is wrong on more than
// isolated points. A jump, which has no gradient, is found by integration.
func CheckGradient(value, gradient func(f, y float64) float64, labels []float64) error {
	return check(value, gradient, labels, wording{"gradient", "a loss", "f", func(y float64) string { return fmt.Sprintf("y = %.4g", y) }})
}

// CheckDerivative is the same for a function of one variable x.
func CheckDerivative(value, derivative func(x float64) float64) error {
	ignoring := func(f func(x float64) float64) func(x, _ float64) float64 {
		return func(x, _ float64) float64 { return f(x) }
	}
	return check(ignoring(value), ignoring(derivative), []float64{0}, wording{derivative: "derivative", of: "an activation", variable: "x"})
}

// A wording is how errors speak of a derivative, of what it is one, of the variable, and of the label, if there is one.
type wording struct {
	derivative, of, variable string
	label                    func(y float64) string
}

// at is a point.
func (w wording) at(f, y float64) string {
	point := fmt.Sprintf("%s = %.4g", w.variable, f)
	if w.label != nil {
		point += ", " + w.label(y)
	}
	return point
}

func check(value, gradient func(f, y float64) float64, labels []float64, w wording) error {
	const (
		step    = 1e-4
		points  = 96
		allowed = 0.05 // share of the points that may sit on kinks
	)
	mismatches := 0
	var first error
	for _, y := range labels {
		for i := range points {
			// Irregular spacing, so that kinks at round numbers are not met again and again; a third of the points far out.
			reach := 4.0
			if i%3 == 2 {
				reach = 10
			}
			f := reach * (2*math.Mod(float64(i+1)*(math.Sqrt(5)-1)/2, 1) - 1)
			v, g := value(f, y), gradient(f, y)
			if !finite(v) {
				return fmt.Errorf("value is %g at %s; %s must be finite everywhere", v, w.at(f, y), w.of)
			}
			if !finite(g) {
				return fmt.Errorf("%s is %g at %s; it must be finite everywhere", w.derivative, g, w.at(f, y))
			}
			difference := (value(f+step, y) - value(f-step, y)) / (2 * step)
			scale := 1 + math.Abs(g) + math.Abs(difference)
			// 1e-4 covers the O(step²) truncation of any loss with moderate third derivative and the rounding
			// |value|·1e-16/step.
			if math.Abs(difference-g) > 1e-4*scale+1e-11*math.Abs(v) {
				mismatches++
				if first == nil {
					first = fmt.Errorf("%s is not the derivative of value: at %s it is %.6g, "+
						"but central differences of value give %.6g", w.derivative, w.at(f, y), g, difference)
				}
			}
		}
	}
	if float64(mismatches) > allowed*float64(points*len(labels)) {
		return first
	}
	return integrate(value, gradient, labels, w)
}

// integrate compares the gradient's integral (midpoints: a kink costs no more than its height times the spacing squared)
// with the difference of the values.
func integrate(value, gradient func(f, y float64) float64, labels []float64, w wording) error {
	const (
		low, high = -4.0, 4.0
		pieces    = 4096
		spacing   = (high - low) / pieces
	)
	for _, y := range labels {
		integral, size := 0.0, 0.0
		for i := range pieces {
			g := spacing * gradient(low+spacing*(float64(i)+0.5), y)
			integral += g
			size += math.Abs(g)
		}
		difference := value(high, y) - value(low, y)
		if math.Abs(difference-integral) > 0.01*(1e-3+size+math.Abs(difference)) {
			where := ""
			if w.label != nil {
				where = "at " + w.label(y) + " "
			}
			return fmt.Errorf("%s is not the derivative of value, which may jump: %sits integral from %s = %g to "+
				"%g is %.6g, but value changes by %.6g", w.derivative, where, w.variable, low, high, integral, difference)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

package scenarios

import "math"

// An Activation is the nonlinearity of a hidden unit.
type Activation interface {
	Value(x float64) float64
	Derivative(x float64) float64
}

type identity struct{}

func (identity) Value(x float64) float64    { return x }
func (identity) Derivative(float64) float64 { return 1 }

type erf struct{}

// erf(x/√2), the convention of Saad and Solla (1995).
func (erf) Value(x float64) float64      { return math.Erf(x / math.Sqrt2) }
func (erf) Derivative(x float64) float64 { return math.Sqrt(2/math.Pi) * math.Exp(-x*x/2) }

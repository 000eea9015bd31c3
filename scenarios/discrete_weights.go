package scenarios

import (
	"math"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// discreteWeights take given values with given probabilities, scaled to second moment 1. Their mean must be 0.
type discreteWeights struct{ values, weights []float64 }

func (*discreteWeights) Independent() bool { return true }
func (*discreteWeights) Gaussian() bool    { return false }

// moments are the mean and the mean square of the values as they are given.
func (d *discreteWeights) moments() (mean, square float64) {
	for i, v := range d.values {
		mean += d.weights[i] * v
		square += d.weights[i] * v * v
	}
	return mean, square
}

func (d *discreteWeights) Fill(w, u []float64) {
	_, square := d.moments()
	scale := 1 / math.Sqrt(square)
	last := len(d.values) - 1
	for i, x := range u {
		k := 0
		for k < last && x >= d.weights[k] {
			x -= d.weights[k]
			k++
		}
		w[i] = scale * d.values[k]
	}
}

func (d *discreteWeights) Keys() spec.Keys {
	return spec.Keys{
		{Name: "values", Value: spec.Numbers(&d.values, spec.AnyNumber)},
		{Name: "weights", Value: spec.Probabilities(&d.weights, &d.values)},
	}
}

// Validate refuses laws that are not centred, up to the rounding of a file's decimals.
func (d *discreteWeights) Validate() error {
	mean, square := d.moments()
	switch {
	case square == 0:
		return wrong("values", "are all 0")
	case math.Abs(mean) > 1e-9*math.Sqrt(square):
		return wrong("values", "must have mean 0 under the weights, got %g", mean)
	}
	return nil
}

func (d *discreteWeights) Formula() string {
	return "entries proportional to " + markdown.Numbers(d.values) + " with probabilities " + markdown.Numbers(d.weights) +
		" (unit variance)"
}

package theory

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// anderson accelerates a fixed-point iteration (Walker and Ni, SIAM J. Numer. Anal. 49, 2011): the next point is that
// combination of the last few images whose residuals, were the map linear, would cancel.
type anderson struct{ points, images [][]float64 }

// longestStep is as far as a step may go: the coordinates are logarithms, or of order one.
const longestStep = 1.0

// next takes a point and its image and returns the next point.
func (a *anderson) next(x, y []float64) []float64 {
	if len(a.points) > len(x) {
		a.points, a.images = a.points[1:], a.images[1:]
	}
	a.points, a.images = append(a.points, x), append(a.images, y)
	next := append([]float64(nil), y...)
	// Residuals that hardly differ in some direction say nothing about it: the oldest goes.
	for m := len(a.points) - 1; m > 0; m-- {
		if a.extrapolate(next, x, y) {
			break
		}
		a.points, a.images = a.points[1:], a.images[1:]
	}
	for i := range next {
		if step := next[i] - x[i]; !(math.Abs(step) <= longestStep) {
			a.points, a.images = nil, nil // what was learned far away misleads
			for k := range next {
				next[k] = x[k] + math.Max(-longestStep, math.Min(longestStep, y[k]-x[k]))
			}
			break
		}
	}
	return next
}

// extrapolate subtracts from the image y of x, in next, the combination of earlier images; false if it is not determined.
func (a *anderson) extrapolate(next, x, y []float64) bool {
	m := len(a.points) - 1
	residuals, target := mat.NewDense(len(x), m, nil), mat.NewDense(len(x), 1, nil)
	for i := range x {
		target.Set(i, 0, y[i]-x[i])
		for j := range m {
			residuals.Set(i, j, y[i]-x[i]-(a.images[j][i]-a.points[j][i]))
		}
	}
	var weights mat.Dense
	if weights.Solve(residuals, target) != nil {
		return false
	}
	for i := range next {
		for j := range m {
			next[i] -= weights.At(j, 0) * (y[i] - a.images[j][i])
		}
	}
	return true
}

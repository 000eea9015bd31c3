package theory

import (
	"fmt"
	"math"
	"testing"
)

// Clusters on a line through the plane of two Gaussian vectors are clusters on the line of one, v = 0.6 v_0 + 0.8 v_1, and their
// overlap with that is the sum of the two.
func TestLineInThePlane(t *testing.T) {
	const text = `
data: {alpha: 2, covariance: {values: [0.5, 1.5], weights: [0.5, 0.5]}, mixture: {positions: %s,
  weights: [0.4, 0.35, 0.25], labels: [-1, 1, -1], variance: [0.4, 0.7, 0.5]}}
student: {loss: logistic}
method: {kind: heavy-ball, momentum: 0.4, learning_rate: 0.3, ridge: 0.1, batch: %s, steps: 5}
init: {overlap: %s, norm: 0.6}`
	for _, batch := range []string{"{fraction: 0.5}", "{fraction: 0.5, sampling: fresh}"} {
		line := solve(t, parse(t, fmt.Sprintf(text, "[-1, 1.5, 3]", batch, "0.25")), exactSettings())
		plane := solve(t, parse(t, fmt.Sprintf(text, "[[-0.6, -0.8], [0.9, 1.2], [1.8, 2.4]]", batch, "[[0.15, 0.2]]")), exactSettings())
		for name, coef := range map[string]map[string]float64{
			"overlap": {"overlap_0_0": 0.6, "overlap_0_1": 0.8}, "norm": {"norm": 1},
			"train_loss": {"train_loss": 1}, "train_error": {"train_error": 1},
			"test_loss": {"test_loss": 1}, "test_error": {"test_error": 1},
		} {
			for step := range line.Mean {
				got, se := combination(plane, step, coef)
				want, error := combination(line, step, map[string]float64{name: 1})
				within(t, batch+" "+name, step, got, math.Hypot(se, error), want)
			}
		}
	}
}

// Variances that differ by 1e-12 take the way of those that differ, with the same random numbers as one variance, and change
// nothing but rounding.
func TestOneVarianceIsEqualVariances(t *testing.T) {
	const text = `
data: {alpha: 2, mixture: {positions: [[-1, 0.3], [1, 0.2]], weights: [0.4, 0.6], labels: [0, 1], variance: %s}}
student: {units: 2, loss: cross-entropy}
method: {kind: sgd, learning_rate: 0.3, ridge: 0.1, batch: {fraction: 0.5}, steps: 5}
init: {overlap: [[0.1, 0], [0, 0.2]], norm: 0.6}`
	set := Settings{Paths: 1024, Coordinates: 4096, Scramblings: 2, Sampled: true, Seed: 3}
	one := solve(t, parse(t, fmt.Sprintf(text, "0.5")), set)
	many := solve(t, parse(t, fmt.Sprintf(text, "[0.5, 0.5000000000005]")), set)
	for step, row := range one.Mean {
		for j, want := range row {
			if got := many.Mean[step][j]; !(math.Abs(got-want) <= 1e-9) {
				t.Errorf("%s at step %d: %.12g, with one variance %.12g", one.Observables[j], step, got, want)
			}
		}
	}
}

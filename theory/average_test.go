package theory

import (
	"fmt"
	"testing"
)

// What is observed with an average is a mean of what would be observed without: overlaps are means of overlaps, and norms
// means of two-time correlations, whichever way the limit is computed. Before from they are the iterates' own.
func TestAverage(t *testing.T) {
	const steps, from = 6, 2
	for _, method := range []string{
		"kind: heavy-ball, momentum: 0.5", "kind: nesterov, momentum: 0.5", "kind: sign",
		"kind: sgd, batch: {fraction: 0.5, sampling: fresh}",
	} {
		for _, student := range []string{"loss: square", "loss: logistic"} {
			limit := func(average string) *Limit {
				return solve(t, parse(t, fmt.Sprintf(`
data: {alpha: 2, covariance: {values: [0.5, 2], weights: [0.6, 0.4]}}
teacher: {label: sign, noise: 0.3}
student: {%s}
method: {%s, learning_rate: 0.1, %s steps: %d}
init: {overlap: 0.2, norm: 1}`, student, method, average, steps)), Settings{Paths: 512, Coordinates: 512, Scramblings: 4})
			}
			plain, averaged := limit(""), limit(fmt.Sprintf("average: {from: %d},", from))
			for step := range steps + 1 {
				first := min(from, step)
				var overlap, norm float64
				count := float64(step - first + 1)
				for s := first; s <= step; s++ {
					overlap += plain.Mean[s][0] / count
					for r := first; r <= step; r++ {
						norm += plain.Kernels.Correlation.At(s, r, 0, 0) / count / count
					}
				}
				what := student + ", " + method
				within(t, what+" overlap", step, averaged.Mean[step][0], 0, overlap)
				within(t, what+" norm", step, averaged.Mean[step][1], 0, norm)
				if j := len(plain.Observables) - 1; step < from && averaged.Mean[step][j] != plain.Mean[step][j] {
					t.Errorf("%s: %s changes before the average begins", what, plain.Observables[j])
				}
			}
			last := plain.Kernels.WeightResponse.At(steps-1, 0, 0, 0)
			within(t, "weight response", steps-1, averaged.Kernels.WeightResponse.At(steps-1, 0, 0, 0), 0, last)
		}
	}
}

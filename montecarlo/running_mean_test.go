package montecarlo

import (
	"fmt"
	"math"
	"testing"

	"limitcheck/scenarios"
)

// The fields that are observed with an average are those of the mean of the iterates, whether they were averaged
// themselves, derived behind a look-ahead, or asked of fresh samples; and the mean is that of W_From … W_t.
func TestRunningMean(t *testing.T) {
	const d, steps, from = 40, 5, 1
	for _, method := range []string{
		"kind: sgd, batch: {fraction: 0.5}", "kind: nesterov, momentum: 0.5", "kind: nesterov, momentum: 0.5, batch: {fraction: 0.5, sampling: fresh}",
	} {
		s, err := scenarios.Parse("mean.yaml", fmt.Appendf(nil, `
name: mean
data: {alpha: 2}
teacher: {label: sign}
student: {loss: logistic}
method: {%s, learning_rate: 0.3, average: {from: %d}, steps: %d}`, method, from, steps))
		if err != nil {
			t.Fatal(err)
		}
		for _, engine := range []Engine{Dense, Conditioning} {
			run := newTrainer(s, streamKey{1}, Job{Dim: d}, engine, Settings{points: 64, Workers: 1})
			mean := make([]float64, d)
			for step := range steps {
				if step == from {
					clear(mean)
				}
				for i, w := range run.w[0] {
					mean[i] += w / float64(max(1, steps-from))
				}
				if err := run.step(step); err != nil {
					t.Fatal(err)
				}
			}
			fields := newVectors(1, run.samples)
			run.data.fields(fields, run.mean.weights)
			// Sums of 40 terms of order one, and five times the mean's rounding.
			for i, x := range fields[0] {
				if math.Abs(x-run.mean.fields[0][i]) > 1e-13*100 {
					t.Fatalf("%s, %s: field %d of the mean is %v, observed %v", method, engine, i, x, run.mean.fields[0][i])
				}
			}
			for i, x := range mean {
				if math.Abs(x-run.mean.weights[0][i]) > 1e-13*100 {
					t.Fatalf("%s, %s: weight %d of the mean is %v, want %v", method, engine, i, run.mean.weights[0][i], x)
				}
			}
			run.close()
		}
	}
}

package montecarlo

import (
	"fmt"
	"slices"
	"testing"

	"limitcheck/scenarios"
)

// Softmax regression on two classes is logistic regression of W_1 − W_0 at the rate 2η with the ridge λ/2, from the same
// samples, batches and start: y = ±1 for the classes 1 and 0 makes g_1 = −g_0 the logistic gradient in r_1 − r_0. The same
// holds for b_1 − b_0 and an offset. All numbers are of order one, and twelve steps lose some units of rounding.
func TestSoftmaxOfTwoIsLogistic(t *testing.T) {
	const text = `name: classes
data: {alpha: 2, mixture: {positions: [-1, 1], weights: [0.4, 0.6], labels: [%s, 1], variance: 0.5}}
student: {units: %d, loss: %s, %s}
method: {kind: heavy-ball, momentum: 0.4, learning_rate: %g, ridge: %g, batch: {fraction: 0.5}, steps: 12}
init: {overlap: %s, norm: 1}`
	train := func(text string) *trainer {
		s, err := scenarios.Parse("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return newTrainer(s, streamKey{3}, Job{Dim: 40}, Dense, Settings{Workers: 1})
	}
	two := train(fmt.Sprintf(text, "0", 2, "cross-entropy", "biases: {start: [-0.1, 0.2], learning_rate: 0.1}", 0.2, 0.3, "[[0], [0]]"))
	one := train(fmt.Sprintf(text, "-1", 1, "logistic", "offset: {start: 0.3, learning_rate: 0.2}", 0.4, 0.15, "0"))
	for i := range one.w[0] {
		one.w[0][i] = two.w[1][i] - two.w[0][i]
		one.previous[0][i] = one.w[0][i]
	}
	for step := range one.scenario.Method.Steps {
		for _, run := range []*trainer{two, one} {
			if err := run.step(step); err != nil {
				t.Fatal(err)
			}
		}
		difference := make([]float64, len(one.w[0]))
		for i := range difference {
			difference[i] = two.w[1][i] - two.w[0][i]
		}
		compareClosely(t, [][]float64{difference}, one.w, 1e-12)
		compareClosely(t, [][]float64{{two.theta[1] - two.theta[0]}}, [][]float64{one.theta}, 1e-12)
		for _, name := range []string{"train_loss", "train_error"} {
			at := func(run *trainer) float64 { return run.values[step][column(run.scenario, name)] }
			compareClosely(t, [][]float64{{at(two)}}, [][]float64{{at(one)}}, 1e-12)
		}
	}
}

// column is where an observable stands in a row.
func column(s *scenarios.Scenario, name string) int { return slices.Index(s.Observables(), name) }

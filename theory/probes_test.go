package theory

import (
	"math"
	"testing"

	"limitcheck/scenarios"
)

// Test functions whose mean is an observable: w² is the norm, w·w* the overlap (Σ = 1), the loss of the field the train
// loss. In a population and among the paths they are the same sums, to rounding; from exact coefficients they are
// averages over 4096 points and must agree within 5 of their standard errors (Student's t with 15 degrees of freedom,
// 1.6e-4 each).
func TestFunctionsThatAreObservables(t *testing.T) {
	for _, name := range []string{"lasso-ista", "ridge-sgd", "logistic-sgd", "expression-teacher"} {
		s := find(t, name)
		s.Method.Steps = 5
		loss := func(r []float64, y float64) float64 { return s.Student.Loss.Value(r[0], y) }
		s.Experiment.Functions = []scenarios.Function{
			{Name: "square", Weights: "w[0]^2"}, {Name: "product", Weights: "w[0]*w_star[0]"}, {Name: "loss", Custom: loss},
		}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		limit := solve(t, s, Settings{Paths: 4096, Coordinates: 4096, Scramblings: 16, Probes: true, Sampled: true})
		observable := func(name string) float64 {
			for j, o := range limit.Observables {
				if o == name {
					return limit.Mean[5][j]
				}
			}
			t.Fatalf("%s has no %s", s.Name, name)
			return 0
		}
		overlap := "overlap"
		if s.Teacher.Units > 1 {
			overlap = "overlap_0_0"
		}
		at := len(limit.Probes) - 3
		for i, want := range []float64{observable("norm"), observable(overlap), observable("train_loss")} {
			diff, se := math.Abs(limit.Probes[at+i]-want), limit.ProbeErrors[at+i]
			tolerance := 5 * se
			if name == "lasso-ista" || i == 2 {
				tolerance = 1e-12
			}
			if diff > tolerance {
				t.Errorf("%s, function %d: %.6f, observable %.6f, standard error %.1e", name, i, limit.Probes[at+i], want, se)
			}
		}
	}
}

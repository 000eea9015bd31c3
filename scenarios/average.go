package scenarios

import (
	"fmt"

	"limitcheck/internal/spec"
)

// Average is Polyak's: observed at step t is the mean of W_From … W_t in the place of W_t, before step From W_t itself.
// Gradients, kernels and two-time correlations are those of the iterates, which know nothing of it.
type Average struct {
	From int
}

// Share is s in the recursion of what is observed, W̄_t = (1 − s) W̄_{t−1} + s W_t: 1 without an average.
func (m *Method) Share(t int) float64 {
	if m.Average == nil {
		return 1
	}
	return 1 / float64(1+max(0, t-m.Average.From))
}

func (m *Method) averageKey() spec.Key {
	return spec.Key{
		Name: "average", Unless: m.stepless("has no iterates"),
		Value: spec.Optional(&m.Average, func(a *Average) spec.Keys {
			return spec.Keys{{Name: "from", Default: 0, Value: spec.Whole(&a.From, 0, maxSteps)}}
		}),
	}
}

// checkAverage refuses a mean of iterates that there are not.
func (s *Scenario) checkAverage() error {
	if a := s.Method.Average; a != nil && a.From >= s.Method.Steps {
		return wrong("method.average.from", "must be < method.steps, %d, got %d: nothing would be averaged", s.Method.Steps, a.From)
	}
	return nil
}

// AverageWords say what is observed; "" if it is W_t.
func (m *Method) AverageWords() string {
	if m.Average == nil {
		return ""
	}
	return fmt.Sprintf("What is measured at $t$ is the mean of $W^s$, $s = %d, \\dots, t$", m.Average.From)
}

package theory

import (
	"cmp"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// What cannot be computed is refused by name before it starts: as many points as directions span everything, and a
// history beyond the machine's memory ends the process without a word.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, scenario string
		steps          int
		fraction       float64
		set            Settings
		want           string
	}{
		{"paths", "logistic-sgd", 70, 0, Settings{Paths: 128}, "theory paths must be at least 576: 8 for each orthonormal direction of 70 steps; got 128"},
		{"coordinates", "lasso-ista", 70, 0, Settings{Coordinates: 128}, "theory coordinates must be at least 576: 8 for each orthonormal direction of 70 steps; got 128"},
		{"batch", "logistic-sgd", 10, 1e-3, Settings{Paths: 4096}, "theory paths must be at least 32000: 32 of them in a batch of fraction 0.001; got 4096"},
		{"tiny batch", "logistic-sgd", 10, 1e-9, Settings{}, "theory paths must be at least 32000000000: 32 of them in a batch of fraction 1e-09; got 16777216"},
		{"memory of the sweep", "logistic-sgd", 100_000, 0, Settings{}, "method.steps: the history of 100000 steps takes"},
		{"memory of the closed form", "ridge-gd", 100_000, 0, Settings{}, "method.steps: the history of 100000 steps takes"},
	} {
		s := find(t, c.scenario)
		s.Method.Steps = c.steps
		s.Method.Batch = &scenarios.Bernoulli{Fraction: cmp.Or(c.fraction, s.Method.Batch.Size())}
		if _, err := Solve(t.Context(), s, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// Fresh batches remember nothing, so few paths do for any number of steps; the default number of paths is enough for
// any.
func TestLongRuns(t *testing.T) {
	s := find(t, "logistic-one-pass")
	s.Method.Steps = 200
	solve(t, s, Settings{Paths: 64, Scramblings: 2})
	for _, steps := range []int{1, 50, 500, 5000, 50_000} {
		s.Method.Optimizer, s.Method.Steps = &scenarios.ISTA{Penalty: scenarios.Penalty{L1: 0.1}}, steps
		s.Method.Batch = &scenarios.Bernoulli{Fraction: 1}
		set, err := Settings{}.withDefaults(s)
		if n := directions(s); err != nil || set.Paths < enough*n || set.Coordinates < enough*n {
			t.Errorf("%d steps: %d paths, %d coordinates, %v", steps, set.Paths, set.Coordinates, err)
		}
	}
}

// Kernels of long runs are left out, not the run. The closed form is the quickest of these.
func TestKernelsOfLongRuns(t *testing.T) {
	s := find(t, "ridge-gd")
	for steps, want := range map[int]bool{MostKernelSteps / 10: true, MostKernelSteps: true, MostKernelSteps + 1: false} {
		s.Method.Steps = steps
		if steps != MostKernelSteps && (solve(t, s, Settings{}).Kernels != nil) != want {
			t.Errorf("%d steps: kernels %v", steps, !want)
		}
		if hasKernels(s) != want {
			t.Errorf("%d steps: kernels are to be left out: %v", steps, want)
		}
	}
}

package harness_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/journal"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A run directory is a store.
var _ harness.Store = (*journal.Journal)(nil)

// ridge takes milliseconds.
const ridge = `
name: ridge
title: Ridge regression, five steps
data: {alpha: 2}
teacher: {label: linear, noise: 0.1}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.3, ridge: 0.1, steps: 5}
init: {overlap: 0.2, norm: 1}
experiment: {dims: [32, 64, 128, 256], replicas: 8, seed: 3, margin: 0.04}
`

func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verify(t *testing.T, s *scenarios.Scenario, set harness.Settings) *harness.Result {
	t.Helper()
	r, err := harness.Verify(t.Context(), s, set)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Verify refuses what it cannot do, and the theory's and the caller's part of it before it does anything.
func TestVerifyRefuses(t *testing.T) {
	if _, err := harness.Verify(t.Context(), &scenarios.Scenario{}, harness.Settings{}); !errors.As(err, new(*scenarios.Error)) {
		t.Errorf("an empty scenario: %v", err)
	}
	s := parse(t, ridge)
	for name, set := range map[string]harness.Settings{
		"an ablated theory taken for the full one": {Theory: theory.Settings{Ablation: theory.NoMemory}},
		"a wrong theory that does not exist":       {Ablations: []theory.Ablation{"no-memories"}},
		"the right theory among the wrong ones":    {Ablations: []theory.Ablation{theory.None}},
		"paths that are no power of two":           {Theory: theory.Settings{Paths: 1000}},
		"an unknown engine":                        {Simulation: montecarlo.Settings{Engine: "sparse"}, CurvesOnly: true},
	} {
		set.Store = failing{}
		r, err := harness.Verify(t.Context(), s, set)
		if !errors.As(err, new(harness.InputError)) || r.Comparison != nil {
			t.Errorf("%s: %v", name, err)
		}
		if early := set.Simulation.Engine == montecarlo.Auto; early && r.Limit != nil {
			t.Errorf("%s: refused after the limit was solved", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := harness.Verify(ctx, s, harness.Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Verify gives the numbers that its parts give, called one by one.
func TestVerifyIsItsParts(t *testing.T) {
	s := parse(t, ridge)
	limit, err := theory.Solve(t.Context(), s, theory.Settings{Seed: 3, Probes: true})
	if err != nil {
		t.Fatal(err)
	}
	var jobs []montecarlo.Job
	for _, d := range []int{32, 64, 128, 256} {
		for i := range 8 {
			jobs = append(jobs, montecarlo.Job{Dim: d, Index: i})
		}
	}
	var replicas []*montecarlo.Replica
	err = montecarlo.Run(t.Context(), s, slices.Values(jobs), montecarlo.Settings{}, func(r *montecarlo.Replica) error {
		replicas = append(replicas, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := compare.Compare(harness.Prediction(limit), harness.Runs(replicas), compare.Settings{Seed: 3, Margin: 0.04})
	if err != nil {
		t.Fatal(err)
	}
	r := verify(t, s, harness.Settings{Ablations: []theory.Ablation{}})
	if diff := cmp.Diff(want, r.Comparison, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	curves := verify(t, s, harness.Settings{CurvesOnly: true})
	if curves.Comparison.Families != nil || curves.Limit.Probes != nil {
		t.Error("curves only, and there are probes")
	}
}

// Wrong theories are part of a check unless it is told otherwise, and they are rejected: a verdict can be lost.
func TestWrongTheories(t *testing.T) {
	s := parse(t, ridge)
	for _, test := range []struct {
		asked, given []theory.Ablation
	}{
		{nil, []theory.Ablation{theory.NoMemory, theory.RedrawnNoise}},
		{[]theory.Ablation{theory.WrongAlpha}, []theory.Ablation{theory.WrongAlpha}},
		{[]theory.Ablation{}, nil},
	} {
		r := verify(t, s, harness.Settings{Ablations: test.asked, CurvesOnly: true, Theory: theory.Settings{Paths: 4096}})
		var names []theory.Ablation
		for _, a := range r.Comparison.Ablations {
			names = append(names, theory.Ablation(a.Name))
		}
		if !slices.Equal(names, test.given) {
			t.Errorf("asked for %q, compared with %q", test.asked, names)
		}
		if rejected, visible := r.Rejected(); visible != len(test.given) || test.asked == nil && rejected != 2 {
			t.Errorf("%q: %d of %d are rejected", names, rejected, visible)
		}
	}
}

// Every task that is begun is over when all of it is done, and the tasks are those of a check.
func TestProgress(t *testing.T) {
	text := strings.NewReplacer("learning_rate: 0.3", "learning_rate: 0.05", "dims:", "flow: 3, dims:").Replace(ridge)
	var tasks []string
	at, of := 0, 0
	set := harness.Settings{Theory: theory.Settings{Paths: 1024}}
	set.Progress = func(task string, done, total int) {
		if len(tasks) == 0 || tasks[len(tasks)-1] != task {
			if at != of {
				t.Errorf("%s begins while %s is at %d of %d", task, tasks[len(tasks)-1], at, of)
			}
			tasks, at = append(tasks, task), 0
		}
		if total == of && done < at || done > total {
			t.Errorf("%s: %d of %d after %d of %d", task, done, total, at, of)
		}
		at, of = done, total
	}
	verify(t, parse(t, text), set)
	if at != of {
		t.Errorf("the last task is at %d of %d", at, of)
	}
	want := []string{"ridge: theory", "ridge: gradient flow, 3 levels", "ridge: theory (no-memory)",
		"ridge: theory (redrawn-noise)", "ridge: 32 replicas"}
	if diff := cmp.Diff(want, tasks); diff != "" {
		t.Error(diff)
	}
}

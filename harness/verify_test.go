package harness_test

import (
	"context"
	"errors"
	"slices"
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
title: Ridge regression, three steps
data: {alpha: 2}
teacher: {label: linear, noise: 0.1}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, ridge: 0.1, steps: 3}
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

// Verify refuses what it cannot do before it does anything.
func TestVerifyRefuses(t *testing.T) {
	if _, err := harness.Verify(t.Context(), &scenarios.Scenario{}, harness.Settings{}); !errors.As(err, new(*scenarios.Error)) {
		t.Errorf("an empty scenario: %v", err)
	}
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]harness.Settings{
		"an ablated theory taken for the full one": {Theory: theory.Settings{Ablation: theory.NoMemory}},
		"a wrong theory that does not exist":       {Ablations: []theory.Ablation{"no-memories"}},
		"the right theory among the wrong ones":    {Ablations: []theory.Ablation{theory.None}},
		"paths that are no power of two":           {Theory: theory.Settings{Paths: 1000}},
		"an unknown engine":                        {Simulation: montecarlo.Settings{Engine: "sparse"}},
	} {
		set.Store = failing{}
		if r, err := harness.Verify(t.Context(), s, set); !errors.As(err, new(harness.InputError)) || r == nil {
			t.Errorf("%s: %v", name, err)
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
	err = montecarlo.Run(t.Context(), s, jobs, montecarlo.Settings{}, func(r *montecarlo.Replica) error {
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
	if curves := verify(t, s, harness.Settings{CurvesOnly: true}); curves.Comparison.Families != nil || curves.Limit.Probes != nil {
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

package main

import (
	"testing"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/theory"
)

// TestMutantsAreKilled: with the real engines every wrong theory, in the place of the right one, loses the verdict. The
// wrong theories are those of reports/gallery/power.md, among them the two mistakes of public codes of these equations:
// the batch weight counted twice, and a memory sum that stops one term short.
func TestMutantsAreKilled(t *testing.T) {
	s := study{Scenario: "logistic-heavy-ball-sgd", Steps: 10, Dims: []int{100, 400, 1600}, Replicas: 24, Paths: 8192}
	p, err := s.scenario(5)
	if err != nil {
		t.Fatal(err)
	}
	replicas, err := harness.Simulate(t.Context(), p, s.settings())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range append(theory.Ablations(), theory.None) {
		name, expected := string(a), compare.Disagrees
		if a == theory.None {
			name, expected = "the truth", compare.Agrees
		}
		t.Run(name, func(t *testing.T) {
			limit, err := theory.Solve(t.Context(), p, theory.Settings{Paths: s.Paths, Seed: 5, Ablation: a})
			if err != nil {
				t.Fatal(err)
			}
			c, err := harness.Compare(limit, replicas, compare.Settings{Resamples: 2000, Margin: 0.1})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, p = %.2g", c.Verdict, c.PValue)
			if c.Verdict != expected {
				t.Errorf("verdict %s (p = %.2g), expected %s", c.Verdict, c.PValue, expected)
			}
		})
	}
}

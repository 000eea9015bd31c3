package theory

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// docs/theory.md has a row for every ablation, and an ablation words for what it does.
func TestAblationsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/theory.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, a := range Ablations() {
		if !strings.Contains(string(text), fmt.Sprintf("\n| `%s` | ", a)) {
			t.Errorf("docs/theory.md has no row for the ablation %s", a)
		}
		words := a.Words()
		if words == "" || strings.ContainsAny(words, "|\n") || strings.Count(words, "$")%2 != 0 || seen[words] {
			t.Errorf("%s: %q", a, words)
		}
		seen[words] = true
	}
}

func TestUnknownAblation(t *testing.T) {
	s := find(t, "ridge-gd")
	if _, err := Solve(t.Context(), s, Settings{Ablation: "no-memories"}); err == nil || !strings.Contains(err.Error(), `"no-memory"`) {
		t.Errorf("no-memories gives %v", err)
	}
	if words, why := Ablation("mine").Words(), Ablation("mine").Blind(s); words != "" || why != "" {
		t.Errorf("%q, %q", words, why)
	}
}

// Where an ablation is blind for a reason the sweep gives the same curves, but for the rounding of kernels that are
// solved for and put together again: 1e-9 is 1e7 roundings.
func TestBlindAblationsChangeNothing(t *testing.T) {
	count := 0
	for _, batch := range []scenarios.Mask{&scenarios.Bernoulli{Fraction: 1}, &scenarios.Fresh{Fraction: 0.5}} {
		s := find(t, "ridge-gd")
		s.Method.Steps, s.Method.Batch = 4, batch
		set := Settings{Paths: 512, Scramblings: 2, Sampled: true}
		right := solve(t, s, set)
		for _, set.Ablation = range Ablations() {
			if set.Ablation.Blind(s) == "" {
				continue
			}
			count++
			for step, row := range solve(t, s, set).Mean {
				for j, x := range row {
					if !(math.Abs(x-right.Mean[step][j]) <= 1e-9) {
						t.Errorf("%s, %s: %s changes by %g at step %d", scenarios.Name(batch), set.Ablation, right.Observables[j], x-right.Mean[step][j], step)
					}
				}
			}
		}
	}
	if count != 6 { // full: double-batch; fresh: the five of the memory
		t.Errorf("%d ablations are blind", count)
	}
}

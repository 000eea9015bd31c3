package harness_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// The scenario's margin holds unless the settings give another; 0.05 where neither does.
func TestMargin(t *testing.T) {
	limit := &theory.Limit{Scenario: &scenarios.Scenario{Name: "margin"}, Observables: []string{"overlap"}, Mean: [][]float64{{1}}}
	var replicas []*montecarlo.Replica
	for _, d := range []int{100, 200} {
		for i := range 4 {
			replicas = append(replicas, &montecarlo.Replica{Dim: d, Index: i, Values: [][]float64{{1}}})
		}
	}
	for _, test := range []struct{ setting, scenario, want float64 }{{0, 0, 0.05}, {0, 0.3, 0.3}, {0.2, 0.3, 0.2}} {
		limit.Scenario.Experiment.Margin = test.scenario
		c, err := harness.Compare(limit, replicas, compare.Settings{Margin: test.setting})
		if err != nil {
			t.Fatal(err)
		}
		if b := c.Bounds[0]; math.Abs(b.Margin-test.want) > 1e-15 {
			t.Errorf("margin %g, want %g", b.Margin, test.want)
		}
	}
	if _, err := harness.Compare(nil, replicas, compare.Settings{}); err == nil || !strings.Contains(err.Error(), "no theory given") {
		t.Errorf("without a limit: %v", err)
	}
}

// A limit's families become the prediction's, in the order of a replica's probes; the laws alone have levels, one for each
// entry. A limit that is short of probes is an error of the comparison, not a panic.
func TestPrediction(t *testing.T) {
	for _, name := range []string{"ridge-gd", "committee-erf"} {
		s, err := scenarios.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		limit := &theory.Limit{Scenario: s, Observables: s.Observables()}
		total := 0
		for _, f := range s.Probes().Families() {
			for range f.Entries {
				limit.Probes, limit.ProbeErrors = append(limit.Probes, float64(total)), append(limit.ProbeErrors, 0.5)
				total++
			}
		}
		limit.ProbeReplicates = [][]float64{limit.Probes, limit.Probes}
		p := harness.Prediction(limit)
		next := 0
		for _, f := range p.Families {
			if (f.Levels != nil) != strings.HasPrefix(f.Name, "law") {
				t.Errorf("%s, %s: levels %v", name, f.Name, f.Levels)
			}
			for i, v := range f.Mean {
				if v != float64(next) || f.StandardError[i] != 0.5 || f.Replicates[1][i] != v {
					t.Fatalf("%s, %s: entry %d is %g ± %g, want %d", name, f.Name, i, v, f.StandardError[i], next)
				}
				if f.Levels != nil && !strings.HasSuffix(f.Labels[i], " ≤ "+fmt.Sprint(f.Levels[i])+")") {
					t.Errorf("%s: level %g", f.Labels[i], f.Levels[i])
				}
				next++
			}
		}
		if next != total {
			t.Errorf("%s: %d of %d probes", name, next, total)
		}
		limit.Probes = limit.Probes[:total-1]
		limit.Mean = [][]float64{make([]float64, len(limit.Observables))}
		var replicas []*montecarlo.Replica
		for _, d := range []int{100, 200} {
			for i := range 4 {
				replicas = append(replicas, &montecarlo.Replica{Dim: d, Index: i, Values: limit.Mean, Probes: make([]float64, total)})
			}
		}
		if _, err := harness.Compare(limit, replicas, compare.Settings{}); err == nil || !strings.Contains(err.Error(), "labels for") {
			t.Errorf("%s, a probe short: %v", name, err)
		}
	}
}

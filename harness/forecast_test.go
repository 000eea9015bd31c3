package harness

import (
	"slices"
	"strings"
	"testing"

	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A forecast has a line for each part of a check, in its order, and counts what is asked for.
func TestForecast(t *testing.T) {
	s, err := scenarios.Parse("problem.yaml", []byte(problem))
	if err != nil {
		t.Fatal(err)
	}
	set := Settings{Ablations: []theory.Ablation{theory.NoMemory}}
	tasks, err := Forecast(s, set)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	replicas, seconds := 0, 0.0
	for _, task := range tasks {
		name, _, ladder := strings.Cut(task.Name, ", ")
		if ladder {
			replicas += task.Count
			seconds += task.Seconds
		}
		names = append(names, name)
		if task.Bytes <= 0 || task.Count <= 0 || task.Seconds < 0 {
			t.Errorf("%+v", task)
		}
	}
	if len(names) != 3+len(s.Experiment.Dims) || !slices.Equal(names[:2], []string{"theory", "wrong theory no-memory"}) ||
		names[len(names)-1] != "comparison" {
		t.Errorf("parts %q", names)
	}
	if want := int(wanted(s)); replicas != want {
		t.Errorf("%d replicas, want %d", replicas, want)
	}
	if want := Cost(s, set.Simulation); !(seconds > 0.999*want && seconds < 1.001*want) { // rounding
		t.Errorf("%g seconds of simulations, want %g", seconds, want)
	}
	shares, err := Shares([]*scenarios.Scenario{s}, set.Simulation, 2)
	if err != nil {
		t.Fatal(err)
	}
	set.Select = shares[0].Select(0)
	half, err := Forecast(s, set)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(half); half[n-1].Bytes >= tasks[len(tasks)-1].Bytes {
		t.Error("half of the replicas take as much memory as all")
	}
	s.Method.Steps = 1 << 19
	if _, err := Forecast(s, set); err == nil {
		t.Error("what does not fit is forecast")
	}
}

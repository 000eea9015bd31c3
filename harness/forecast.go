package harness

import (
	"errors"
	"fmt"

	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A Task is a part of a check, and what it takes by the engines' cost models.
type Task struct {
	Name    string  // such as "wrong theory no-memory" or "d = 1000, dense"
	Count   int     // of scramblings or replicas
	Seconds float64 // of all on one core
	Bytes   int64   // of memory: of a replica, of all of a theory that is there at once
}

// Forecast says what Verify takes, task by task, without solving or training anything. What does not fit the memory is
// refused with Verify's error. Continuous-time limits are counted as their finest level taken twice.
func Forecast(s *scenarios.Scenario, set Settings) ([]Task, error) {
	set, err := set.complete(s)
	if err != nil {
		return nil, err
	}
	if set.Theirs != nil || set.Sample != nil {
		return nil, InputError{errors.New("what is from elsewhere has no forecast")}
	}
	full := set.Theory
	full.Probes = !set.CurvesOnly
	tasks, err := forecastTheory(nil, s, "theory", full)
	if err != nil {
		return nil, err
	}
	if levels := s.Experiment.Flow; levels > 0 {
		finest, _ := s.Slower(1 << (levels - 1))
		if tasks, err = forecastTheory(tasks, finest, "gradient flow", set.Theory); err != nil {
			return nil, err
		}
		tasks[len(tasks)-1].Seconds *= 2
	}
	for _, a := range set.Ablations {
		wrong := set.Theory
		wrong.Ablation, wrong.NoKernels = a, true
		if tasks, err = forecastTheory(tasks, s, "wrong theory "+string(a), wrong); err != nil {
			return nil, err
		}
	}
	return forecastReplicas(tasks, s, set)
}

func forecastTheory(tasks []Task, s *scenarios.Scenario, name string, set theory.Settings) ([]Task, error) {
	e, err := set.Estimate(s)
	return append(tasks, Task{name, e.Parts, e.Seconds, e.Bytes}), EngineError(err)
}

// forecastReplicas counts those that are wanted, and what holds them all for the comparison.
func forecastReplicas(tasks []Task, s *scenarios.Scenario, set Settings) ([]Task, error) {
	_, jobs, err := set.plan(s) // of an empty store
	if err != nil {
		return nil, err
	}
	count := map[int]int{}
	for _, job := range jobs {
		count[job.Dim]++
	}
	for _, d := range s.Experiment.Dims {
		if count[d] == 0 {
			continue
		}
		bytes, err := set.Simulation.Footprint(s, d)
		if err != nil {
			return nil, EngineError(err)
		}
		engine := set.Simulation.EngineAt(s, d)
		tasks = append(tasks, Task{fmt.Sprintf("d = %d, %s", d, engine), count[d],
			float64(count[d]) * montecarlo.Cost(s, d, engine), bytes})
	}
	return append(tasks, Task{"comparison", 1, 0, machine.Bytes(2 * float64(len(jobs)) * result(s))}), nil
}

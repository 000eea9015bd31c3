package harness

import (
	"errors"
	"slices"

	"limitcheck/compare"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Prediction is a limit, with the probes it holds, as compare takes it.
func Prediction(limit *theory.Limit) compare.Prediction {
	if limit == nil {
		return compare.Prediction{}
	}
	p := compare.Prediction{Observables: limit.Observables, Mean: limit.Mean, StandardError: limit.StandardError, Replicates: limit.Replicates}
	if limit.Scenario == nil {
		return p
	}
	p.Name = limit.Scenario.Name
	if limit.Probes == nil {
		return p
	}
	from := 0
	for _, f := range limit.Scenario.Probes().Families() {
		part := func(row []float64) []float64 { return row[min(from, len(row)):min(from+len(f.Entries), len(row))] }
		family := compare.ProbeFamily{Name: f.Name, Labels: f.Labels(), Levels: f.Levels(),
			Mean: part(limit.Probes), StandardError: part(limit.ProbeErrors)}
		for _, row := range limit.ProbeReplicates {
			family.Replicates = append(family.Replicates, part(row))
		}
		p.Families = append(p.Families, family)
		from += len(f.Entries)
	}
	return p
}

// Runs are replicas as compare takes them. Innovations count only if all have them, as replicas of the dense engine or of
// an older program do not.
func Runs(replicas []*montecarlo.Replica) []compare.Run {
	runs, all := make([]compare.Run, len(replicas)), true
	for i, r := range replicas {
		runs[i] = compare.Run{
			Dim: r.Dim, Index: r.Index, Values: r.Values, Controls: r.Controls, Innovations: r.Innovations, Probes: r.Probes,
		}
		all = all && slices.EqualFunc(r.Innovations, replicas[0].Innovations,
			func(a, b []float64) bool { return len(a) == len(b) })
	}
	for i := range runs {
		if !all {
			runs[i].Innovations = nil
		}
	}
	return runs
}

// Compare confronts a limit with replicas of its scenario, whose margin holds unless set gives another.
func Compare(limit *theory.Limit, replicas []*montecarlo.Replica, set compare.Settings) (*compare.Comparison, error) {
	if limit == nil || limit.Scenario == nil {
		return nil, errors.New("no theory given: a limit with its scenario is needed")
	}
	setMargins(&set, limit.Scenario)
	return compare.Compare(Prediction(limit), Runs(replicas), set)
}

// setMargins takes the scenario's margins where none are given.
func setMargins(set *compare.Settings, s *scenarios.Scenario) {
	if set.Margin != 0 || set.Margins != nil {
		return
	}
	set.Margin, set.Margins = s.Experiment.Margin, map[string]compare.Margin{}
	for _, m := range s.Experiment.Margins {
		set.Margins[m.Observable] = compare.Margin{Relative: m.Relative, Absolute: m.Absolute}
	}
}

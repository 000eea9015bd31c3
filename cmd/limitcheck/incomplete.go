package main

import (
	"fmt"
	"slices"
	"strings"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// A gap is what is missing of a scenario's replicas.
type gap struct {
	member scenarios.Member
	jobs   []montecarlo.Job
}

// gaps are those of the scenarios that lack any.
func (v *verification) gaps(list []scenarios.Member) (gaps []gap, err error) {
	for _, m := range list {
		_, missing, err := harness.Plan(m.Scenario, v.set)
		if err != nil {
			return nil, err
		}
		if len(missing) > 0 {
			gaps = append(gaps, gap{m, missing})
		}
	}
	return gaps, nil
}

// String says how many replicas are missing, and where.
func (g gap) String() string {
	count := g.missing()
	var where []string
	for _, d := range g.member.Experiment.Dims {
		if n := count[d]; n > 0 {
			where = append(where, fmt.Sprintf("%d at d = %d", n, d))
		}
	}
	return fmt.Sprintf("%-24s incomplete   %d replicas are missing: %s", g.member.Name, len(g.jobs), strings.Join(where, ", "))
}

func (g gap) missing() map[int]int {
	count := map[int]int{}
	for _, j := range g.jobs {
		count[j.Dim]++
	}
	return count
}

// withoutSimulating is what is left to report on if nothing may be simulated: everything, if nothing is missing; with
// --partial, scenarios at the dims that are complete. What is missing is told.
func (v *verification) withoutSimulating(list []scenarios.Member) ([]scenarios.Member, error) {
	gaps, err := v.gaps(list)
	if err != nil || len(gaps) == 0 {
		return list, err
	}
	for _, g := range gaps {
		fmt.Fprintln(v.stdout, g)
	}
	if v.cmd.cluster != nil {
		v.tellShares(gaps)
	}
	if !v.cmd.Partial {
		v.note("replicas are missing and nothing is simulated: no report; --partial reports on the dims that are complete")
		return nil, verdictError{exitVerdict}
	}
	v.partial = map[string]string{}
	for _, g := range gaps {
		i := slices.IndexFunc(list, func(m scenarios.Member) bool { return m.Name == g.member.Name })
		count, own := g.missing(), *list[i].Scenario
		own.Experiment.Dims = slices.DeleteFunc(slices.Clone(own.Experiment.Dims), func(d int) bool { return count[d] > 0 })
		if err := enough(&own); err != nil {
			v.note("%s: at less than 2 dims all replicas are there: nothing to report on", own.Name)
			list = slices.Delete(slices.Clone(list), i, i+1)
			continue
		}
		var left []string
		for _, d := range list[i].Experiment.Dims {
			if count[d] > 0 {
				left = append(left, fmt.Sprint(d))
			}
		}
		list = slices.Clone(list)
		list[i].Scenario = &own
		v.partial[own.Name] = fmt.Sprintf("Partial: d = %s is left out, for replicas are missing there.", strings.Join(left, ", "))
	}
	if len(list) == 0 {
		return nil, verdictError{exitVerdict}
	}
	return list, nil
}

// mark adds to a partial result that it is one.
func (v *verification) mark(r *harness.Result) {
	if text := v.partial[r.Scenario.Name]; text != "" && r.Comparison != nil {
		r.Comparison.Notes = append([]compare.Note{{Kind: compare.NotePartial, Text: text}}, r.Comparison.Notes...)
	}
}

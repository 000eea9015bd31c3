package main

import (
	"os"
	"slices"
	"strings"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/tables"
	"limitcheck/scenarios"
)

// elsewhere is a theory or runs that were made elsewhere; both nil: neither was given.
type elsewhere struct {
	theory  *compare.Prediction
	sample  *harness.Sample
	columns []harness.Column
}

// elsewhere reads the files of --theory and --runs, and refuses what cannot go with them.
func (c *verifyCmd) elsewhere(e *env, list []scenarios.Member) (their elsewhere, err error) {
	if c.Theirs == "" && len(c.Runs) == 0 {
		if len(c.Map) > 0 {
			return their, badInput("--map is about the columns of a file: --theory FILE or --runs FILE")
		}
		return their, nil
	}
	flag := "--theory"
	if len(c.Runs) > 0 {
		flag = "--runs"
	}
	if c.Theirs != "" && len(c.Runs) > 0 {
		return their, badInput("--theory and --runs together need no scenario: limitcheck compare --theory FILE --runs FILE")
	}
	if len(list) != 1 {
		return their, badInput("%s is about one scenario, got %d (one of a grid has one value for each key)", flag, len(list))
	}
	if c.Shard.Of > 0 {
		return their, badInput("%s and --shard exclude each other: a share reaches no verdict", flag)
	}
	own := list[0].Observables()
	known := slices.Clone(own)
	for _, text := range c.Map {
		column, err := harness.ParseColumn(text, own)
		if err != nil {
			return their, badInput("--map %w", err)
		}
		their.columns, known = append(their.columns, column), append(known, column.Name)
	}
	if c.Theirs != "" {
		their.theory, err = readTheory(c.Theirs)
		if err == nil {
			tellUnmatched(e, c.Theirs, their.theory.Observables, known, notMeasured)
		}
		return their, err
	}
	if given := c.simulating(); given != nil {
		return their, badInput("--runs takes the place of simulations: %s has no meaning with it", strings.Join(given, ", "))
	}
	their.sample, err = readRuns(c.Runs)
	if err == nil {
		tellUnmatched(e, strings.Join(c.Runs, ", "), their.sample.Observables, known, notMeasured)
	}
	return their, err
}

// simulating lists the flags given that say how to simulate.
func (c *verifyCmd) simulating() (given []string) {
	f := &c.Simulation
	for name, is := range map[string]bool{"--dim": f.Dim != nil, "--replicas": f.Replicas != nil, "--engine": f.Engine != "auto",
		"--float32": f.Float32, "--workers": f.Workers != 0, "--memory": f.Memory != 0, "--merge": len(c.Merge) > 0,
		"--resume": c.Resume, "--until-conclusive": c.Until} {
		if is {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	return given
}

const notMeasured = "the scenario does not measure it"

// tellUnmatched lists the columns of a file that are not compared, because of what the other side does.
func tellUnmatched(e *env, file string, columns, known []string, because string) {
	if list := harness.Unmatched(columns, known); len(list) > 0 && len(list) < len(columns) {
		e.note("%s: not compared, because %s: %s", file, because, strings.Join(list, ", "))
	}
}

// readTheory reads a prediction from a file.
func readTheory(name string) (*compare.Prediction, error) {
	t, err := tables.ReadTheory(name, os.Stdin)
	if err != nil {
		return nil, err
	}
	if len(t.Observables) == 0 {
		return nil, badInput("%s: no curve in it: a column step and observables are needed", name)
	}
	p := &compare.Prediction{Name: name, Observables: t.Observables, Steps: t.Steps, Mean: t.Mean, Replicates: t.Replicates}
	if t.Replicates == nil {
		p.StandardError = t.StandardError
	}
	for _, row := range t.Mean {
		half := make([]float64, len(row))
		for j, v := range row {
			half[j] = t.Rounding[j].Unit(v) / 2
		}
		p.Rounding = append(p.Rounding, half)
	}
	return p, nil
}

// readRuns reads files of runs. The rounding of a point is the largest of its entries.
func readRuns(names []string) (*harness.Sample, error) {
	r, err := tables.ReadRuns(names, os.Stdin, nil)
	if err != nil {
		return nil, err
	}
	s := &harness.Sample{Observables: r.Observables, Steps: r.Steps}
	for range r.Steps {
		s.Rounding = append(s.Rounding, make([]float64, len(r.Observables)))
	}
	for i, replica := range r.Replicas {
		rows := r.Rows(i)
		s.Runs = append(s.Runs, compare.Run{Dim: replica.Dim, Index: replica.Index, Steps: r.Steps, Values: rows})
		for t, row := range rows {
			for j, v := range row {
				s.Rounding[t][j] = max(s.Rounding[t][j], r.Rounding[j].Unit(v)/2)
			}
		}
	}
	return s, nil
}

package main

import (
	"context"
	"errors"

	"limitcheck/scenarios"
	"limitcheck/theory"
)

// Settings of the theory that every command with a theory in it takes.
type theoryFlags struct {
	Paths       int `help:"Sample-side paths of the sweep, a power of two. Default: chosen by the number of steps." placeholder:"N"`
	Coordinates int `help:"Weight-side coordinates of a nonlinear method, a power of two. Default: 65536." placeholder:"N"`
	Scramblings int `help:"Independent scramblings, whose spread is the standard error. Default: 8." placeholder:"R"`
}

func (f theoryFlags) settings(seed uint64) theory.Settings {
	return theory.Settings{Paths: f.Paths, Coordinates: f.Coordinates, Scramblings: f.Scramblings, Seed: seed}
}

type theoryCmd struct {
	Scenario string      `arg:"" help:"Name or path of a scenario."`
	Format   string      `help:"csv, or json: one object a row, one row a line." enum:"csv,json" default:"csv"`
	Seed     *uint64     `help:"Seed of the scramblings. Default: the scenario's."`
	Sampled  bool        `help:"Sweep even where there is a closed form."`
	Kernels  bool        `help:"Print the two-time kernels instead of the curves."`
	Flags    theoryFlags `embed:""`
}

func (theoryCmd) Help() string {
	return `
Columns: step, then each observable followed by its standard error, which is 0 where the limit is known in closed form.
With --kernels: kernel (correlation C(t,s), weight_response R_p(t,s), gradient_response R_g(t,s)), t, s, k, l, value, for
units k and l.

Examples:

    limitcheck theory ridge-gd
    limitcheck theory logistic-sgd --paths 16384 --format json
    limitcheck theory ridge-gd --sampled --seed 2
    limitcheck theory logistic-sgd --kernels > kernels.csv`
}

// Validate is called by the parser.
func (c *theoryCmd) Validate() error { return validSeed(c.Seed) }

func (c *theoryCmd) Run(e *env) error {
	s, err := scenarios.Find(c.Scenario)
	if err != nil {
		return err
	}
	if c.Seed != nil {
		s.Experiment.Seed = *c.Seed
	}
	set := c.Flags.settings(s.Experiment.Seed)
	set.Sampled = c.Sampled
	limit, err := solve(e, s, set)
	if err != nil {
		return err
	}
	if c.Kernels {
		return writeKernels(newTable(e.stdout, c.Format, "kernel", "t", "s", "k", "l", "value"), limit.Kernels)
	}
	columns := []string{"step"}
	for _, name := range limit.Observables {
		columns = append(columns, name, name+"_se")
	}
	t := newTable(e.stdout, c.Format, columns...)
	for step := range limit.Mean {
		cells := []any{step}
		for j := range limit.Observables {
			cells = append(cells, limit.Mean[step][j], limit.StandardError[step][j])
		}
		t.row(cells...)
	}
	return t.flush()
}

// solve is theory.Solve with its progress shown.
func solve(e *env, s *scenarios.Scenario, set theory.Settings) (*theory.Limit, error) {
	label := s.Name + ": theory"
	if set.Ablation != theory.None {
		label += " (" + string(set.Ablation) + ")"
	}
	var bar *task
	defer func() {
		if bar != nil {
			bar.end()
		}
	}()
	set.Progress = func(done, total int) {
		if bar != nil && bar.total != int64(total) { // the closed form is done, its probes follow
			bar.end()
			bar = nil
		}
		if bar == nil {
			bar = e.task(label, int64(total))
		}
		bar.set(int64(done))
	}
	limit, err := theory.Solve(e.ctx, s, set)
	if err == nil || errors.Is(err, context.Canceled) || errors.As(err, new(*theory.DivergenceError)) {
		return limit, err
	}
	return nil, inputError{err} // settings out of range
}

func writeKernels(t *table, k *theory.Kernels) error {
	for _, kernel := range []struct {
		name   string
		values [][][][]float64
	}{
		{"correlation", k.Correlation},
		{"weight_response", k.WeightResponse},
		{"gradient_response", k.GradientResponse},
	} {
		for i, row := range kernel.values {
			for j, block := range row {
				for k := range block {
					for l, value := range block[k] {
						t.row(kernel.name, i, j, k, l, value)
					}
				}
			}
		}
	}
	return t.flush()
}

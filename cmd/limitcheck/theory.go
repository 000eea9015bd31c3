package main

import (
	"errors"
	"fmt"

	"limitcheck/harness"
	"limitcheck/internal/tables"
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
	Scenario string  `arg:"" predictor:"scenario" help:"Name or path of a scenario, or - for standard input."`
	Format   string  `help:"csv, json (one object a row, one row a line) or npz (NumPy arrays, one a column)." enum:"csv,json,npz" default:"csv"`
	Seed     *uint64 `help:"Seed of the scramblings. Default: the scenario's."`
	Sampled  bool    `help:"Sweep even where there is a closed form."`
	Kernels  bool    `help:"Print the two-time kernels instead of the curves." xor:"what"`
	Flow     int     `help:"Print the gradient flow instead: the curves at this many halvings of the learning rate (3 to 8) and fixed time ηt, extrapolated to η = 0." placeholder:"LEVELS" xor:"what"`
	setFlag  `embed:""`
	Flags    theoryFlags `embed:""`
}

func (theoryCmd) Help() string {
	return `
Columns: step, then each observable followed by its standard error, which is 0 where the limit is known in closed form.
With --kernels: kernel (correlation C(t,s), weight_response R_p(t,s), gradient_response R_g(t,s)), t, s, k, l, value and
its standard error, for units k and l; as npz the arrays C, R_p, R_g, indexed [t, s] or [t, s, k, l]. With --flow: observable, time ηt, limit (η = 0) and its error, order of convergence
in η (NaN, in JSON null, where the differences are inside the errors), and the curve at each η. Of a grid (--set with several
values) the keys set are the first columns.

Examples:

    limitcheck theory ridge-gd
    limitcheck theory logistic-sgd --paths 16384 --format json
    limitcheck theory ridge-gd --sampled --seed 2
    limitcheck theory logistic-sgd --kernels > kernels.csv
    limitcheck theory logistic-sgd --format npz > curve.npz
    limitcheck theory gradient-flow --flow 4
    limitcheck theory ridge-gd --set method.batch.fraction=0.2,0.5,1 --set method.learning_rate=0.1,0.3`
}

func (c *theoryCmd) Run(e *env) error {
	if err := e.writable(c.Format); err != nil {
		return err
	}
	if c.Seed != nil {
		if err := c.exclusive("--seed", "experiment.seed"); err != nil {
			return err
		}
	}
	members, err := c.members(e, c.Scenario)
	if err != nil {
		return err
	}
	for _, m := range members {
		if c.Seed != nil {
			m.Experiment.Seed = *c.Seed
		}
		if n := m.Method.Steps * m.Student.Units; c.Kernels && n > theory.MostKernelSteps {
			return inputError{fmt.Errorf("--kernels: method.steps times student.units must be at most %d, got %d",
				theory.MostKernelSteps, n)}
		}
		if _, static := m.Method.Minimizer(); c.Kernels && static {
			return inputError{errors.New("--kernels: method.kind minimizer has no steps, and so no two-time kernels")}
		}
	}
	if c.Kernels && c.Format == "npz" && len(members) > 1 {
		return badInput("--kernels --format npz is the arrays of one scenario, this is a grid of %d: csv and json take it", len(members))
	}
	if c.Flow != 0 {
		return c.flow(e, members)
	}
	columns := func(i int) []string { return limitColumns(members[i].Scenario) }
	if c.Kernels {
		columns = func(int) []string { return kernelColumns }
	}
	var t *gridTable
	err = e.each(members, func(i int) error {
		s := members[i].Scenario
		set, end := c.settings(e, s, s.Name+": theory")
		limit, err := theory.Solve(e.ctx, s, set)
		end()
		if err != nil {
			return harness.EngineError(err)
		}
		if c.Kernels && c.Format == "npz" {
			return tables.WriteKernels(e.stdout, kernels(limit))
		}
		if t == nil {
			t = newGridTable(e.stdout, c.Format, members, columns)
		}
		t.begin(i, columns(i))
		if c.Kernels {
			writeKernels(t, limit)
		} else {
			writeLimit(t, limit)
		}
		return t.Flush()
	})
	return finish(t, err)
}

// finish closes a table, if it was begun, unless what was to be in it could not be had.
func finish(t *gridTable, err error) error {
	if t == nil || err != nil && !errors.As(err, new(verdictError)) {
		return err
	}
	return errors.Join(err, t.Close())
}

// settings are those of a scenario's limit, with progress shown until end is called.
func (c *theoryCmd) settings(e *env, s *scenarios.Scenario, label string) (set theory.Settings, end func()) {
	progress, end := e.progress()
	set = c.Flags.settings(s.Experiment.Seed)
	set.Sampled = c.Sampled
	set.Progress = func(done, total int) { progress(label, done, total) }
	return set, end
}

// limitColumns are step and each observable with its error.
func limitColumns(s *scenarios.Scenario) []string {
	columns := []string{"step"}
	for _, name := range s.Observables() {
		columns = append(columns, name, name+"_se")
	}
	return columns
}

func writeLimit(t *gridTable, limit *theory.Limit) {
	for step := range limit.Mean {
		cells := []any{step}
		for j := range limit.Observables {
			cells = append(cells, limit.Mean[step][j], limit.StandardError[step][j])
		}
		t.Row(cells...)
	}
}

// flow prints the gradient flows. The columns are known when all are solved.
func (c *theoryCmd) flow(e *env, members []scenarios.Member) error {
	flows := make([]*theory.Flow, len(members))
	failed := e.each(members, func(i int) (err error) {
		s := members[i].Scenario
		set, end := c.settings(e, s, fmt.Sprintf("%s: gradient flow, %d levels", s.Name, c.Flow))
		defer end()
		flows[i], err = theory.SolveFlow(e.ctx, s, c.Flow, set)
		return harness.EngineError(err)
	})
	columns := func(i int) []string {
		if flows[i] == nil {
			return nil
		}
		columns := []string{"observable", "time", "limit", "limit_error", "order"}
		for _, rate := range flows[i].Rates {
			columns = append(columns, fmt.Sprintf("eta_%g", rate))
		}
		return columns
	}
	if failed != nil && !errors.As(failed, new(verdictError)) {
		return failed
	}
	t := newGridTable(e.stdout, c.Format, members, columns)
	for i, f := range flows {
		if f != nil {
			t.begin(i, columns(i))
			writeFlow(t, f)
		}
	}
	return errors.Join(failed, t.Close())
}

func writeFlow(t *gridTable, f *theory.Flow) {
	for j, name := range f.Observables {
		for i, time := range f.Times {
			cells := []any{name, time, f.Limit[i][j], f.LimitError[i][j], f.Order[j]}
			for level := range f.Rates {
				cells = append(cells, f.Levels[level][i][j])
			}
			t.Row(cells...)
		}
	}
}

var kernelColumns = []string{"kernel", "t", "s", "k", "l", "value", "value_se"}

func writeKernels(t *gridTable, limit *theory.Limit) {
	for _, kernel := range []struct {
		name          string
		values, error theory.Kernel
	}{
		{"correlation", limit.Kernels.Correlation, limit.KernelErrors.Correlation},
		{"weight_response", limit.Kernels.WeightResponse, limit.KernelErrors.WeightResponse},
		{"gradient_response", limit.Kernels.GradientResponse, limit.KernelErrors.GradientResponse},
	} {
		times, units := kernel.values.Times(), kernel.values.Units()
		for i := range times {
			for j := range times {
				for k := range units {
					for l := range units {
						t.Row(kernel.name, i, j, k, l, kernel.values.At(i, j, k, l), kernel.error.At(i, j, k, l))
					}
				}
			}
		}
	}
}

// kernels are a limit's two-time functions as arrays.
func kernels(limit *theory.Limit) tables.Kernels {
	array := func(values, errors theory.Kernel) *tables.Kernel {
		k := &tables.Kernel{Times: values.Times(), Units: values.Units()}
		for t := range k.Times {
			for s := range k.Times {
				for i := range k.Units {
					for j := range k.Units {
						k.Values = append(k.Values, values.At(t, s, i, j))
						k.Errors = append(k.Errors, errors.At(t, s, i, j))
					}
				}
			}
		}
		return k
	}
	return tables.Kernels{
		Correlation:      array(limit.Kernels.Correlation, limit.KernelErrors.Correlation),
		WeightResponse:   array(limit.Kernels.WeightResponse, limit.KernelErrors.WeightResponse),
		GradientResponse: array(limit.Kernels.GradientResponse, limit.KernelErrors.GradientResponse),
	}
}

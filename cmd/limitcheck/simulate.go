package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"limitcheck/harness"
	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// maxWorkers bounds a slip of the keyboard.
const maxWorkers = 4096

// Flags of the commands that simulate.
type simulationFlags struct {
	setFlag  `embed:""`
	Dim      []int    `help:"Dimensions d, a comma-separated list. alpha*d must be whole. Default: the scenario's." placeholder:"D"`
	Replicas *int     `help:"Independent training runs at each d. Default: the scenario's." placeholder:"R"`
	Seed     *uint64  `help:"Seed of all random numbers. Default: the scenario's."`
	Engine   string   `help:"dense stores the data matrix, conditioning reveals it as it is used, auto takes the cheaper one at each d. Same law, other random numbers." enum:"auto,dense,conditioning" default:"auto"`
	Float32  bool     `name:"float32" help:"Store data in single precision."`
	Workers  int      `help:"Cores to use. Default: all. Does not change any number." placeholder:"N"`
	Memory   byteSize `help:"What the data may take at once, for instance 8GiB. Default: half of the machine's. Does not change any number." placeholder:"SIZE"`
}

// Validate is called by the parser.
func (f *simulationFlags) Validate() error {
	if f.Dim != nil && len(f.Dim) == 0 {
		return errors.New("--dim needs at least one dimension")
	}
	if n := len(f.Dim); n > scenarios.MostDims {
		return fmt.Errorf("--dim takes at most %d dimensions, got %d", scenarios.MostDims, n)
	}
	if r := f.Replicas; r != nil && (*r < 1 || *r > scenarios.MostReplicas) {
		return fmt.Errorf("--replicas must be between 1 and %d, got %d", scenarios.MostReplicas, *r)
	}
	if f.Workers < 0 || f.Workers > maxWorkers {
		return fmt.Errorf("--workers must be between 1 and %d, got %d", maxWorkers, f.Workers)
	}
	return nil
}

// find is scenarios.FindAll with the flags applied: dims of theirs take the place of those that do not fit.
func (f *simulationFlags) find(e *env, name string) ([]scenarios.Member, error) {
	for _, x := range []struct {
		given     bool
		flag, key string
	}{
		{f.Dim != nil, "--dim", "experiment.dims"},
		{f.Replicas != nil, "--replicas", "experiment.replicas"},
		{f.Seed != nil, "--seed", "experiment.seed"},
	} {
		if x.given {
			if err := f.exclusive(x.flag, x.key); err != nil {
				return nil, err
			}
		}
	}
	list, err := f.members(e, name, f.dims()...)
	for _, m := range list {
		if err == nil {
			err = f.apply(m.Scenario)
		}
	}
	return list, err
}

// dims are those asked for, each once, in order; nil if none are.
func (f *simulationFlags) dims() []int {
	dims := slices.Clone(f.Dim)
	slices.Sort(dims)
	return slices.Compact(dims)
}

// apply puts the flags into the scenario's experiment and checks the result.
func (f *simulationFlags) apply(s *scenarios.Scenario) error {
	if f.Dim != nil {
		s.Experiment.Dims = f.dims()
	}
	if f.Replicas != nil {
		s.Experiment.Replicas, s.Experiment.ReplicasAt = *f.Replicas, nil
	}
	if f.Seed != nil {
		s.Experiment.Seed = *f.Seed
	}
	for _, d := range s.Experiment.Dims {
		if _, err := s.Samples(d); err != nil {
			return err
		}
	}
	return nil
}

func (f *simulationFlags) settings() montecarlo.Settings {
	set := montecarlo.Settings{Workers: f.Workers, MemoryLimit: int64(f.Memory), Float32: f.Float32}
	if f.Engine != "auto" {
		set.Engine = montecarlo.Engine(f.Engine)
	}
	return set
}

// A byteSize is a number of bytes, written with a unit.
type byteSize int64

// UnmarshalText reads 8GiB, 500MB, 1e9.
func (b *byteSize) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	number := strings.TrimRight(s, "kKMGTiB")
	unit, ok := map[string]float64{"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
		"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}[s[len(number):]]
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(value > 0) || value*unit >= 1<<62 {
		return fmt.Errorf("a size such as 8GiB or 500MB is expected, got %q", s)
	}
	if number == s && value < 1e6 {
		return fmt.Errorf("a size such as 8GiB or 500MB is expected, got %q, which would be bytes", s)
	}
	*b = byteSize(value * unit)
	return nil
}

type simulateCmd struct {
	Scenario string          `arg:"" predictor:"scenario" help:"Name or path of a scenario, or - for standard input."`
	Format   string          `help:"csv, json (one object a row, one row a line) or npz (NumPy arrays, one a column)." enum:"csv,json,npz" default:"csv"`
	Flags    simulationFlags `embed:""`
}

func (simulateCmd) Help() string {
	return `
Columns: dim, replica, step, then each observable. Rows are sorted and come as soon as all before them are there; an npz
comes at the end. Of a grid (--set with several values) the keys set are the first columns.

Examples:

    limitcheck simulate ridge-gd --dim 500 --replicas 4
    limitcheck simulate ridge-gd --dim 250,500,1000 --replicas 32 --seed 7 > runs.csv
    limitcheck simulate ridge-gd --format npz > runs.npz
    limitcheck simulate ridge-gd --dim 500 --set method.learning_rate=0.05,0.1,0.2
    limitcheck simulate logistic-sgd --dim 100000 --replicas 1 --engine conditioning --memory 8GiB`
}

func (c *simulateCmd) Run(e *env) error {
	if err := e.writable(c.Format); err != nil {
		return err
	}
	members, err := c.Flags.find(e, c.Scenario)
	if err != nil {
		return err
	}
	var need int64
	for _, m := range members {
		need += npzBytes(m.Scenario)
	}
	if c.Format == "npz" && need > machine.Available().Bytes {
		return &machine.MemoryError{What: "an npz, which is written at the end,", Need: need, Have: machine.Available(),
			Hint: "--format csv writes rows as they come"}
	}
	columns := func(i int) []string { return append([]string{"dim", "replica", "step"}, members[i].Observables()...) }
	t := newGridTable(e.stdout, c.Format, members, columns)
	e.plain = isTerminal(e.stdout)
	err = e.each(members, func(i int) error {
		t.begin(i, columns(i))
		return c.simulate(e, members[i].Scenario, t)
	})
	return finish(t, err)
}

// simulate writes the rows of one scenario.
func (c *simulateCmd) simulate(e *env, s *scenarios.Scenario, t *gridTable) error {
	next, stop := iter.Pull(harness.Jobs(s))
	defer stop()
	first, _ := next()
	waiting := map[montecarlo.Job]*montecarlo.Replica{} // for those before them
	progress, end := e.progress()
	defer end()
	count := s.Experiment.Total()
	bar := func(done, total int) { progress(fmt.Sprintf("%s: %d replicas", s.Name, count), done, total) }
	set := c.Flags.settings()
	return harness.Train(e.ctx, s, harness.Jobs(s), harness.Cost(s, set), set, bar, func(r *montecarlo.Replica) error {
		waiting[montecarlo.Job{Dim: r.Dim, Index: r.Index}] = r
		for r := waiting[first]; r != nil; r = waiting[first] {
			writeReplica(t, r)
			delete(waiting, first)
			first, _ = next()
		}
		return t.Flush()
	})
}

// npzBytes is what all rows take, and again as what is compressed of them.
func npzBytes(s *scenarios.Scenario) int64 {
	rows := float64(s.Experiment.Total()) * float64(s.Method.Steps+1)
	return machine.Bytes(2 * 8 * rows * float64(3+len(s.Observables())))
}

func writeReplica(t *gridTable, r *montecarlo.Replica) {
	for step, values := range r.Values {
		cells := []any{r.Dim, r.Index, step}
		for _, v := range values {
			cells = append(cells, v)
		}
		t.Row(cells...)
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"limitcheck/harness"
	"limitcheck/internal/rundir"
	"limitcheck/internal/slurm"
	"limitcheck/scenarios"
)

type slurmCmd struct {
	selection `embed:""`
	outFlag   `embed:""`

	Tasks      int      `required:"" help:"Into how many tasks the simulations are split; never more than there are replicas." placeholder:"N"`
	Submit     bool     `help:"Submit what was written."`
	Partition  string   `help:"Passed on to sbatch, as are the following." placeholder:"NAME"`
	Account    string   `placeholder:"NAME"`
	QOS        string   `name:"qos" placeholder:"NAME"`
	Constraint string   `placeholder:"LIST"`
	Time       string   `help:"Of each task, as Slurm reads it. Default: three times what the cost model says, and ten minutes." placeholder:"TIME"`
	Mem        byteSize `help:"Of each task, for instance 8GB. Default: what as many of the largest replicas take as there are CPUs." placeholder:"SIZE"`
	CPUs       int      `name:"cpus-per-task" help:"Of each task. Default: 1." default:"1" placeholder:"N"`
	AtOnce     int      `help:"How many tasks may run at a time. Default: as many as the cluster lets." placeholder:"M"`
	Sbatch     []string `help:"A further argument of sbatch, such as --mail-type=END. May be repeated." placeholder:"ARG" sep:"none"`
	Launcher   string   `help:"What to put before the program, such as 'apptainer exec x.sif'." placeholder:"WORDS"`
	Prologue   string   `help:"A file of shell commands that each task runs first, such as module load." placeholder:"FILE"`
}

func (slurmCmd) Help() string {
	return `
Plans a verification for a Slurm cluster and writes it to DIR: the scenarios as resolved, plan.json, which says what each task
simulates, and theory.sh, job.sh (an array over the tasks), merge.sh and submit.sh. Nothing is solved or simulated here. A plan that
exists is not changed: a later build of the program refuses it, and so do other settings.

A task whose time ends goes back into the queue, up to three times, and goes on where it was. The merge waits until all tasks have
ended, well or not; if replicas are missing it says which, and prints the lines that submit only those. To submit again is to
go on: whatever is finished is not done again.

Examples:

    limitcheck slurm --suite full --tasks 100 --out study
    limitcheck slurm mine.yaml --dim 1000,2000,4000,64000 --tasks 200 --at-once 50 --partition short --out study --submit
    limitcheck slurm mine.yaml --tasks 40 --launcher 'apptainer exec lc.sif' --prologue modules.sh --sbatch --mail-type=END`
}

// Validate is called by the parser.
func (c *slurmCmd) Validate() error {
	const most = 1_000_000
	switch {
	case c.Tasks < 1 || c.Tasks > most:
		return fmt.Errorf("--tasks must be between 1 and %d, got %d", most, c.Tasks)
	case c.CPUs < 1 || c.CPUs > maxWorkers:
		return fmt.Errorf("--cpus-per-task must be between 1 and %d, got %d", maxWorkers, c.CPUs)
	case c.AtOnce < 0:
		return fmt.Errorf("--at-once must not be negative, got %d", c.AtOnce)
	case c.Simulation.Workers != 0:
		return errors.New("--workers is what --cpus-per-task says")
	case c.Simulation.Memory != 0:
		return errors.New("--memory follows from --mem")
	}
	return c.selection.Validate()
}

// Run plans, writes and, if asked for, submits.
func (c *slurmCmd) Run(e *env) error {
	list, err := c.scenarios(e)
	if err != nil {
		return err
	}
	names := make([]string, len(list))
	all := make([]*scenarios.Scenario, len(list))
	for i, m := range list {
		if err := enough(m.Scenario); err != nil {
			return err
		}
		names[i], all[i] = m.Name, m.Scenario
	}
	if slurm.Exists(c.Out) {
		return badInput("%s holds a plan already: its submit.sh goes on with it, --out DIR makes another", c.Out)
	}
	if err := c.checkOut(names); err != nil {
		return err
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	request, err := c.request(all)
	if err != nil {
		return err
	}
	shares, err := harness.Shares(all, c.Simulation.settings(), c.Tasks)
	if err != nil {
		return err
	}
	plan, err := c.plan(e, list, request)
	if err != nil {
		return err
	}
	longest := 0.0
	for _, share := range shares {
		plan.Shares = append(plan.Shares, slurm.NewShare(share, names))
		longest = max(longest, share.Seconds)
	}
	if plan.Request.Time == "" {
		plan.Request.Time = slurm.TimeFor(longest, c.CPUs)
	}
	if err := c.write(list, plan, options); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%d tasks of %d CPUs, at most %s each by the cost model; asked for: %s and %d MiB a task\n",
		len(shares), c.CPUs, duration(longest/float64(c.CPUs)), plan.Request.Time, plan.Request.Memory>>20)
	if !c.Submit {
		fmt.Fprintf(e.stdout, "submit: %s\n", quote([]string{"sh", filepath.Join(c.Out, "submit.sh")}))
		return nil
	}
	out, err := slurm.Submit(c.Out)
	e.stdout.Write(out)
	return err
}

// request is what each task asks for; Time is "" if it is to follow from the shares. A replica that is too large for a task
// is refused, with the numbers.
func (c *slurmCmd) request(all []*scenarios.Scenario) (slurm.Request, error) {
	r := slurm.Request{CPUs: c.CPUs, Memory: int64(c.Mem), Time: c.Time}
	set, largest := c.Simulation.settings(), int64(0)
	for _, s := range all {
		for _, d := range s.Experiment.Dims {
			largest = max(largest, set.Bytes(s, d))
		}
	}
	if r.Memory == 0 {
		r.Memory = slurm.MemoryFor(largest * int64(c.CPUs))
	}
	if largest > slurm.DataIn(r.Memory) {
		return r, badInput("the largest replica takes %d MiB, a task has %d MiB for data (--mem %d MiB): --mem %dM is enough",
			largest>>20+1, max(0, slurm.DataIn(r.Memory)>>20), r.Memory>>20, slurm.MemoryFor(largest)>>20)
	}
	return r, nil
}

// options are Slurm's.
func (c *slurmCmd) options() (slurm.Options, error) {
	o := slurm.Options{Partition: c.Partition, Account: c.Account, QOS: c.QOS, Constraint: c.Constraint, AtOnce: c.AtOnce,
		Sbatch: c.Sbatch, Launcher: c.Launcher}
	if c.Prologue != "" {
		text, err := os.ReadFile(c.Prologue)
		if err != nil {
			return o, inputError{err}
		}
		o.Prologue = strings.TrimRight(string(text), "\n")
	}
	if err := o.Check(); err != nil {
		return o, inputError{err}
	}
	return o, nil
}

// plan is what tasks are told, without their shares.
func (c *slurmCmd) plan(e *env, list []scenarios.Member, request slurm.Request) (*slurm.Plan, error) {
	build, err := slurm.Build()
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &slurm.Plan{Format: slurm.Format, Version: version(), Build: build, Program: program, Request: request, Title: c.title(list),
		Command: "limitcheck verify " + quote(c.ofVerify(e.args)),
		Settings: slurm.Settings{Engine: c.Simulation.Engine, Float32: c.Simulation.Float32, Ablations: c.Ablations,
			Paths: c.Theory.Paths, Coordinates: c.Theory.Coordinates, Scramblings: c.Theory.Scramblings}}
	for _, m := range list {
		s := slurm.Scenario{Name: m.Name, Grid: m.Grid}
		for _, x := range m.Settings {
			s.Settings = append(s.Settings, slurm.Setting{Key: x.Key, Text: x.Text})
		}
		p.Scenarios = append(p.Scenarios, s)
	}
	return p, nil
}

// ofVerify are the arguments that one machine would be given to do the same.
func (c *slurmCmd) ofVerify(args []string) (own []string) {
	ours := []string{"--tasks", "--submit", "--partition", "--account", "--qos", "--constraint", "--time", "--mem", "--cpus-per-task",
		"--at-once", "--sbatch", "--launcher", "--prologue"}
	args = slices.Clone(args)
	if i := slices.Index(args, "slurm"); i >= 0 {
		args = slices.Delete(args, i, i+1)
	}
	for i := 0; i < len(args); i++ {
		name, _, hasValue := strings.Cut(args[i], "=")
		switch {
		case !slices.Contains(ours, name):
			own = append(own, args[i])
		case !hasValue && name != "--submit":
			i++ // its value
		}
	}
	return own
}

// write makes the directory a run's, and puts the plan into it.
func (c *slurmCmd) write(list []scenarios.Member, plan *slurm.Plan, options slurm.Options) error {
	if err := rundir.Begin(c.Out, version(), []string{"slurm"}); err != nil {
		return err
	}
	folder := filepath.Join(c.Out, "scenarios")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, m := range list {
		text, err := m.YAML()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, m.Name+".yaml"), text, 0o666); err != nil {
			return err
		}
	}
	return slurm.Write(c.Out, plan, options)
}

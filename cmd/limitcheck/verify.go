package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/journal"
	"limitcheck/montecarlo"
	"limitcheck/reports"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

type verifyCmd struct {
	Scenarios  []string        `arg:"" optional:"" name:"scenario" help:"Names or paths of scenarios. Default: those of the suite."`
	Suite      string          `help:"Scenarios of the catalogue: quick (the default where no scenario is named) or full." placeholder:"SUITE"`
	Out        string          `help:"Run directory: finished replicas and the report. Default: out." default:"out" placeholder:"DIR"`
	Resume     bool            `help:"Keep the replicas that the run directory holds, simulate only what is missing." xor:"start"`
	Fresh      bool            `help:"Discard the replicas that the run directory holds." xor:"start"`
	Shard      shard           `help:"Simulate only the i-th of n shares of the replicas; no report. Each share has its own --out." placeholder:"i/n"`
	Merge      []string        `help:"Take finished replicas from this run directory too, which is not changed. May be repeated." placeholder:"DIR" sep:"none"`
	Ablations  string          `help:"Wrong theories to reject: two (no-memory, redrawn-noise), all or none." enum:"two,all,none" default:"two"`
	Until      bool            `name:"until-conclusive" help:"Add replicas, a further d or theory samples to what is inconclusive, as long as --max-time allows. The level holds over all looks together."`
	MaxTime    *time.Duration  `help:"What --until-conclusive may take beyond the experiments as they are, for instance 90s or 2h. Default: 10m." placeholder:"TIME"`
	Simulation simulationFlags `embed:""`
	Theory     theoryFlags     `embed:""`
}

func (verifyCmd) Help() string {
	return `
For each scenario: the theory, and theories that are wrong on purpose; training runs over the ladder of dims; the verdict:

    agrees        no difference detected, and none larger than the scenario's margin is possible
    disagrees     a difference is detected, at the 1 % level
    inconclusive  no difference detected, but the data cannot exclude one larger than the margin
    failed        could not be verified, for instance because it diverges; the others go on

One line a scenario goes to standard output, the evidence to DIR/report.md and, for programs, DIR/verdict.json. A run may
be interrupted or killed at any moment and taken up with --resume. Exit code: 0 everything agrees, 1 something does not,
2 bad input, 3 failure.

Examples:

    limitcheck verify                                      the quick suite
    limitcheck verify ridge-gd logistic-sgd --out two
    limitcheck verify mine.yaml --dim 500,1000,2000,4000 --replicas 64
    limitcheck verify mine.yaml --until-conclusive --max-time 1h
    limitcheck verify --suite full --out night --resume
    limitcheck verify --suite full --shard 1/2 --out a     on one machine, 2/2 on another, then
    limitcheck verify --suite full --merge a --merge b --out whole`
}

// A shard is the share number of of; none by default.
type shard struct{ number, of int }

// UnmarshalText reads i/n.
func (s *shard) UnmarshalText(text []byte) error {
	i, n, _ := strings.Cut(string(text), "/")
	var err1, err2 error
	s.number, err1 = strconv.Atoi(i)
	s.of, err2 = strconv.Atoi(n)
	if err1 != nil || err2 != nil || s.number < 1 || s.number > s.of {
		return fmt.Errorf("i/n with 1 <= i <= n is expected, got %q", text)
	}
	return nil
}

// share picks every n-th job, so that every share has replicas of every dim.
func (s shard) share(jobs []montecarlo.Job) []montecarlo.Job {
	if s.of == 0 {
		return jobs
	}
	var share []montecarlo.Job
	for i := s.number - 1; i < len(jobs); i += s.of {
		share = append(share, jobs[i])
	}
	return share
}

func (c *verifyCmd) Run(e *env) (err error) {
	started := time.Now()
	if c.Shard.of > 0 && len(c.Merge) > 0 {
		return badInput("--shard simulates and --merge reports: give one of them")
	}
	if c.Shard.of > 0 && c.Until {
		return badInput("--shard simulates and reaches no verdict: give --until-conclusive to the --merge that reports")
	}
	if c.MaxTime != nil && !c.Until {
		return badInput("--max-time limits --until-conclusive, which is not given")
	}
	left := 10 * time.Minute
	if c.MaxTime != nil {
		left = *c.MaxTime
	}
	if left <= 0 {
		return badInput("--max-time must be positive, got %v", left)
	}
	list, err := c.scenarios()
	if err != nil {
		return err
	}
	j, err := c.open(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	v := &verification{env: e, cmd: c, journal: j, set: c.Simulation.settings(), left: left}
	v.tellReuse(list)
	if c.Shard.of > 0 {
		return v.simulateShard(list)
	}
	report := &reports.Report{Title: c.title(list), Started: started, Command: "limitcheck " + quote(plainArgs(e.args)), Version: version()}
	report.Machine, report.GoVersion = reports.Environment()
	code := exitOK
	for _, s := range list {
		section := v.verify(s)
		if fatal(section.Err) {
			return v.explain(section.Err)
		}
		v.summarise(section)
		code = max(code, exitCode(section.Err))
		report.Sections = append(report.Sections, *section)
	}
	code = max(code, v.judge(report.Sections))
	report.Seconds, report.ExitCode = time.Since(started).Seconds(), code
	if err := reports.Write(c.Out, report); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "report: %s\n", filepath.Join(c.Out, "report.md"))
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// scenarios returns what is to be verified, with the flags applied.
func (c *verifyCmd) scenarios() ([]*scenarios.Scenario, error) {
	var list []*scenarios.Scenario
	for _, name := range c.Scenarios {
		s, err := scenarios.Find(name)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if suite := c.Suite; suite != "" || len(list) == 0 {
		if suite == "" {
			suite = "quick"
		}
		all, err := scenarios.Suite(suite)
		if err != nil {
			return nil, err
		}
		list = append(list, all...)
	}
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.Name] {
			return nil, badInput("scenario %s is there twice: give one of the files another name, or leave one out", s.Name)
		}
		seen[s.Name] = true
		if err := c.Simulation.apply(s); err != nil {
			return nil, err
		}
		if x := s.Experiment; len(x.Dims) < 2 || x.Replicas < 4 {
			return nil, badInput("%s: a verdict needs at least 2 dims and 4 replicas at each, got %d and %d", s.Name, len(x.Dims), x.Replicas)
		}
	}
	return list, nil
}

// open opens the run directory and reads those to merge.
func (c *verifyCmd) open(e *env) (*journal.Journal, error) {
	mode := journal.New
	if c.Resume {
		mode = journal.Resume
	} else if c.Fresh {
		mode = journal.Fresh
	}
	j, err := journal.Open(c.Out, mode)
	switch {
	case errors.As(err, new(*journal.ExistsError)):
		return nil, fmt.Errorf("%w: --resume keeps them and simulates what is missing, --fresh discards them, --out DIR goes elsewhere", err)
	case errors.As(err, new(*journal.CorruptError)):
		return nil, fmt.Errorf("%w (--fresh discards all of it, --out DIR goes elsewhere)", err)
	}
	if err != nil {
		return nil, err
	}
	if name := j.Aside(); name != "" {
		e.note("%s: the replicas there were written by an older limitcheck and cannot be used; they are kept as %s", c.Out, name)
	}
	if n := j.Repaired(); n > 0 {
		e.note("%s: the last line was torn (%d bytes) and is cut off; its replica will be simulated again", c.Out, n)
	}
	for _, dir := range c.Merge {
		n, err := j.Include(dir)
		if err != nil {
			return nil, errors.Join(inputError{err}, j.Close())
		}
		e.note("%s: %d replicas", dir, n)
	}
	return j, nil
}

func (c *verifyCmd) title(list []*scenarios.Scenario) string {
	switch {
	case len(list) == 1:
		return list[0].Title
	case len(c.Scenarios) == 0 && c.Suite != "":
		return "The " + c.Suite + " suite"
	case len(c.Scenarios) == 0:
		return "The quick suite"
	}
	return fmt.Sprintf("%d scenarios", len(list))
}

// plainArgs leaves out how a run was started: a resumed run reports the same as an uninterrupted one.
func plainArgs(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		name, _, _ := strings.Cut(a, "=")
		return name == "--resume" || name == "--fresh"
	})
}

// A verification is a run of verify.
type verification struct {
	*env
	cmd     *verifyCmd
	journal *journal.Journal
	set     montecarlo.Settings
	left    time.Duration // of the time for extensions
	seconds float64       // that the limit of the scenario at hand took
}

// keys returns the function from a scenario's jobs to their keys.
func (v *verification) keys(s *scenarios.Scenario) func(montecarlo.Job) journal.Key {
	base := journal.Key{Scenario: s.Name, Hash: s.Hash(), Seed: s.Experiment.Seed, Float32: v.set.Float32}
	engines := v.engines(s)
	return func(job montecarlo.Job) journal.Key {
		k := base
		k.Dim, k.Index, k.Engine = job.Dim, job.Index, engines[job.Dim]
		return k
	}
}

// engines maps each dim to the engine that simulates it.
func (v *verification) engines(s *scenarios.Scenario) map[int]string {
	engines := map[int]string{}
	for _, d := range s.Experiment.Dims {
		engines[d] = string(engine(s, d, v.set))
	}
	return engines
}

// tellReuse says how much of the run is already there.
func (v *verification) tellReuse(list []*scenarios.Scenario) {
	if v.journal.Len() == 0 {
		return
	}
	reused, wanted := 0, 0
	for _, s := range list {
		key := v.keys(s)
		for _, job := range v.cmd.Shard.share(jobsOf(s)) {
			wanted++
			if v.journal.Find(key(job)) != nil {
				reused++
			}
		}
	}
	v.note("%d of %d replicas are reused, %d are to be simulated", reused, wanted, wanted-reused)
	if others := v.journal.Len() - reused; others > 0 {
		v.note("%d replicas on file belong to other scenarios, dims or seeds and are left alone", others)
	}
}

// verify confronts one scenario's theory with its simulations. What goes wrong is in the section.
func (v *verification) verify(s *scenarios.Scenario) *reports.Section {
	section := &reports.Section{Scenario: s, Controls: montecarlo.ControlNames(s)}
	start := time.Now()
	set := v.cmd.Theory.settings(s.Experiment.Seed)
	set.Probes = true
	section.Limit, section.Err = solve(v.env, s, set)
	if section.Err != nil {
		return section
	}
	v.seconds = time.Since(start).Seconds()
	if s.Experiment.Flow > 0 {
		if section.Flow, section.Err = solveFlow(v.env, s, s.Experiment.Flow, v.cmd.Theory.settings(s.Experiment.Seed)); section.Err != nil {
			return section
		}
	}
	ablated, notes, err := v.ablate(s)
	section.TheorySeconds = time.Since(start).Seconds()
	if section.Err = err; err != nil {
		return section
	}
	if section.Err = v.look(section, ablated); section.Err == nil && v.cmd.Until {
		var more []compare.Note
		more, section.Err = v.extend(section, ablated)
		notes = append(notes, more...)
	}
	if section.Comparison != nil {
		section.Comparison.Notes = append(section.Comparison.Notes, notes...)
	}
	return section
}

// look simulates what the scenario's experiment asks for and is not there yet, and compares. What was found before
// stays where it is if that fails.
func (v *verification) look(section *reports.Section, ablated []compare.Ablated) error {
	s := section.Scenario
	replicas, err := v.simulate(s)
	if err != nil {
		return err
	}
	set := compare.Settings{Seed: s.Experiment.Seed, Ablations: ablated}
	if v.cmd.Until {
		set.Look = 1
		if c := section.Comparison; c != nil {
			set.Look = c.Look + 1
		}
	}
	c, err := harness.Compare(section.Limit, replicas, set)
	if err != nil {
		return err
	}
	section.Comparison, section.Engines, section.SimulationSeconds = c, v.engines(s), 0
	for _, r := range replicas {
		section.SimulationSeconds += r.Seconds
	}
	return nil
}

// ablate computes the theories that are wrong on purpose. One that diverges cannot be compared, which is noted.
func (v *verification) ablate(s *scenarios.Scenario) (ablated []compare.Ablated, notes []compare.Note, err error) {
	set := v.cmd.Theory.settings(s.Experiment.Seed)
	for _, set.Ablation = range ablations[v.cmd.Ablations] {
		limit, err := solve(v.env, s, set)
		var diverged *theory.DivergenceError
		if errors.As(err, &diverged) {
			notes = append(notes, compare.Note{Kind: compare.NoteAblation,
				Text: fmt.Sprintf("The wrong theory %s diverges at step %d and is not compared.", set.Ablation, diverged.Step)})
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("wrong theory %s: %w", set.Ablation, err)
		}
		ablated = append(ablated, compare.Ablated{Name: string(set.Ablation), Prediction: harness.Prediction(limit)})
	}
	return ablated, notes, nil
}

var ablations = map[string][]theory.Ablation{
	"two": {theory.NoMemory, theory.RedrawnNoise},
	"all": theory.Ablations(),
}

// simulate returns the scenario's replicas, sorted: those on file, and the others as they come and are put on file.
func (v *verification) simulate(s *scenarios.Scenario) ([]*montecarlo.Replica, error) {
	var replicas []*montecarlo.Replica
	var missing []montecarlo.Job
	key := v.keys(s)
	for _, job := range v.cmd.Shard.share(jobsOf(s)) {
		if r := v.journal.Find(key(job)); r != nil {
			replicas = append(replicas, r)
		} else {
			missing = append(missing, job)
		}
	}
	if len(missing) > 0 {
		slices.Reverse(missing) // the longest first, so that all cores end at about the same time
		err := simulate(v.env, s, missing, v.set, func(r *montecarlo.Replica) error {
			replicas = append(replicas, r)
			return v.journal.Append(key(montecarlo.Job{Dim: r.Dim, Index: r.Index}), r)
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(replicas, func(a, b *montecarlo.Replica) int {
		if a.Dim != b.Dim {
			return a.Dim - b.Dim
		}
		return a.Index - b.Index
	})
	return replicas, nil
}

// simulateShard does a share of the simulations and says how to go on.
func (v *verification) simulateShard(list []*scenarios.Scenario) error {
	code := exitOK
	for _, s := range list {
		replicas, err := v.simulate(s)
		if fatal(err) {
			return v.explain(err)
		}
		if err != nil {
			v.note("%s: %v", s.Name, err)
			code = max(code, exitCode(err))
			continue
		}
		fmt.Fprintf(v.stdout, "%s: %d replicas\n", s.Name, len(replicas))
	}
	v.note("share %d of %d is done; when all are, verify with --merge %s and the others' directories",
		v.cmd.Shard.number, v.cmd.Shard.of, quote([]string{v.cmd.Out}))
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// fatal says whether an error ends the run. Any other is one scenario's, and the rest goes on.
func fatal(err error) bool {
	return errors.Is(err, context.Canceled) || errors.As(err, new(keepError))
}

// explain adds to an error that ends the run how to take it up again.
func (v *verification) explain(err error) error {
	again := "limitcheck " + quote(append(plainArgs(v.args), "--resume"))
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted, %w: %d finished replicas are kept; go on with `%s`", err, v.journal.Len(), again)
	}
	return fmt.Errorf("%w; finished replicas are kept; go on with `%s`", err, again)
}

// summarise prints a section's line.
func (v *verification) summarise(s *reports.Section) {
	if s.Err != nil {
		v.note("%s: %s", s.Scenario.Name, strings.TrimPrefix(s.Err.Error(), s.Scenario.Name+": "))
		fmt.Fprintf(v.stdout, "%-24s failed\n", s.Scenario.Name)
		return
	}
	c := s.Comparison
	line := fmt.Sprintf("%-24s %-12s p = %.2g", s.Scenario.Name, c.Verdict, c.PValue)
	for _, f := range c.Families {
		if f.Adjusted < c.Level {
			line += fmt.Sprintf(", %s p = %.2g", f.Name, f.Adjusted)
		}
	}
	if len(c.Bounds) > 0 {
		line += fmt.Sprintf(", %s within %.2g", c.Bounds[0].Observable, c.Bounds[0].Bound)
	}
	if c.Look > 1 {
		line += fmt.Sprintf(", %d looks", c.Look)
	}
	rejected, visible := 0, 0
	for _, a := range c.Ablations {
		if a.Visible {
			visible++
			if a.Verdict == compare.Disagrees {
				rejected++
			}
		}
	}
	if visible > 0 {
		line += fmt.Sprintf(", rejects %d of %d wrong theories", rejected, visible)
	}
	fmt.Fprintln(v.stdout, line)
}

// judge prints the joint verdict on several scenarios and returns the exit code. Among many right theories some p-value
// is small by chance; the joint verdict corrects for their number.
func (v *verification) judge(sections []reports.Section) int {
	var all []*compare.Comparison
	for _, s := range sections {
		if s.Err == nil {
			all = append(all, s.Comparison)
		}
	}
	if len(all) == 0 {
		return exitOK // each has failed on its own account
	}
	joint := compare.Judge(all, compare.Level)
	for i, c := range all {
		if joint.Verdicts[i] != c.Verdict {
			fmt.Fprintf(v.stdout, "%-24s %-12s p = %.2g, corrected for %d scenarios\n", c.Name, joint.Verdicts[i], joint.Adjusted[i], len(all))
		}
	}
	if len(all) > 1 {
		fmt.Fprintf(v.stdout, "%-24s %s\n", "together", joint.Verdict)
	}
	if joint.Verdict != compare.Agrees {
		return exitVerdict
	}
	return exitOK
}

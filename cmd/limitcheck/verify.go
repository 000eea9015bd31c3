package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/journal"
	"limitcheck/internal/limits"
	"limitcheck/internal/machine"
	"limitcheck/internal/slurm"
	"limitcheck/montecarlo"
	"limitcheck/reports"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A selection is what is to be verified, and how.
type selection struct {
	Scenarios  []string        `arg:"" optional:"" name:"scenario" predictor:"scenario" help:"Names or paths of scenarios, or - for standard input. Default: those of the suite."`
	Suite      string          `help:"Scenarios of the catalogue: quick (the default where no scenario is named), full, or papers, settings of published papers." placeholder:"SUITE"`
	Ablations  string          `help:"Wrong theories to reject: two (no-memory, redrawn-noise), all or none." enum:"two,all,none" default:"two"`
	Simulation simulationFlags `embed:""`
	Theory     theoryFlags     `embed:""`
}

// Validate is called by the parser, which looks for it one level deep.
func (c *selection) Validate() error { return c.Simulation.Validate() }

type verifyCmd struct {
	selection  `embed:""`
	outFlag    `embed:""`
	Resume     bool           `help:"Keep the replicas and the theory that the run directory holds, compute only what is missing." xor:"start"`
	Fresh      bool           `help:"Discard the replicas and the theory that the run directory holds." xor:"start"`
	Shard      shard          `help:"Simulate only the i-th of n shares of the replicas; no report. Each share has its own --out." placeholder:"i/n"`
	Merge      []string       `help:"Take finished replicas and theory from this run directory too, which is not changed. May be repeated." placeholder:"DIR" sep:"none"`
	Plan       bool           `help:"Say what each part of the run will take, in time and memory, and run nothing."`
	NoSimulate bool           `help:"Simulate nothing: if replicas are missing say which, report nothing, and exit with 1."`
	Partial    bool           `help:"Simulate nothing: report on the dims of which all replicas are there, marked as partial. Exit with 1 if any are missing."`
	Theirs     string         `name:"theory" help:"Check the theory in this file (.csv, .json, .npz, … or -) in the place of ours. One scenario." placeholder:"FILE"`
	Runs       []string       `help:"Check against the runs in this file in the place of simulations. One scenario. May be repeated." placeholder:"FILE" sep:"none"`
	Map        []string       `help:"How a column of that file follows from ours: NAME=EXPRESSION, for instance eg=2*test_loss-0.09. May be repeated." placeholder:"NAME=EXPR" sep:"none"`
	Until      bool           `name:"until-conclusive" help:"Add replicas, a further d or theory samples to what is inconclusive, as long as --max-time allows. The level holds over all looks together."`
	MaxTime    *time.Duration `help:"What --until-conclusive may take beyond the experiments as they are, for instance 90s or 2h. Default: 10m." placeholder:"TIME"`
	From       string         `help:"Carry out the plan that limitcheck slurm made in this directory: a --shard of it, --theory-only, or the report on what its shares have." placeholder:"DIR"`
	TheoryOnly bool           `help:"With --from: solve what of the plan's theory is missing, and report nothing."`

	cluster *slurm.Plan // of --from
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
    limitcheck verify mine.yaml --set method.batch.fraction=0.2,0.5,1 --set method.learning_rate=0.1,0.3
    limitcheck verify mine.yaml --until-conclusive --max-time 1h
    limitcheck verify mine.yaml --theory theirs.csv        our simulations, their theory
    limitcheck verify mine.yaml --runs theirs.npz          their simulations, our theory
    limitcheck verify mine.yaml --runs theirs.npz --map "eg=2*test_loss-0.09" --map "q=norm/2"
    limitcheck verify --suite full --plan                  what it will take, without running it
    limitcheck verify --suite full --out night --resume
    limitcheck verify --suite full --shard 1/2 --out a     on one machine, 2/2 on another, then
    limitcheck verify --suite full --merge a --merge b --out whole`
}

// A shard is share Number (1, 2, …) of Of, given as i/n; none by default.
type shard struct{ Number, Of int }

// UnmarshalText reads i/n.
func (s *shard) UnmarshalText(text []byte) error {
	i, n, _ := strings.Cut(string(text), "/")
	var err1, err2 error
	s.Number, err1 = strconv.Atoi(i)
	s.Of, err2 = strconv.Atoi(n)
	if err1 != nil || err2 != nil || s.Number < 1 || s.Number > s.Of {
		return fmt.Errorf("i/n with 1 <= i <= n is expected, got %q", text)
	}
	return nil
}

func (c *verifyCmd) Run(e *env) (err error) {
	started := time.Now()
	if err := c.adopt(); err != nil {
		return err
	}
	budget, err := c.budget()
	if err != nil {
		return err
	}
	list, err := c.members(e)
	if err != nil {
		return err
	}
	if c.Plan {
		return c.plan(e, list)
	}
	their, err := c.elsewhere(e, list)
	if err != nil {
		return err
	}
	j, err := c.open(e, list)
	if err != nil {
		return err
	}
	if j != nil {
		defer func() { err = errors.Join(err, j.Close()) }()
	}
	parts, err := c.openParts()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	signal.Ignore(syscall.SIGPIPE) // whoever reads our lines may stop: the report is written all the same
	progress, end := e.progress()
	defer end()
	v := &verification{env: e, cmd: c, journal: j, parts: parts, end: end, set: harness.Settings{
		Theory: c.Theory.settings(0), Simulation: c.Simulation.settings(), Ablations: ablations[c.Ablations],
		Theirs: their.theory, Sample: their.sample, Columns: their.columns, Budget: budget,
		Progress: progress, Note: func(text string) { e.note("%s", text) },
	}}
	if v.share, err = c.share(list, v.set); err != nil {
		return err
	}
	if c.cluster != nil && v.share == nil && !c.TheoryOnly {
		v.gather()
	}
	if their.sample == nil {
		v.set.Store = j
		words := func() error { return v.explain(context.Canceled) }
		e.lastWords.Store(&words)
		if err := v.tellReuse(list); err != nil {
			return err
		}
	}
	v.set.Theory.Store = parts
	if err := v.begin(list); err != nil {
		return v.explain(err)
	}
	switch {
	case c.Shard.Of > 0:
		return v.simulateShard(list)
	case c.TheoryOnly:
		return v.solve(list)
	}
	if c.NoSimulate || c.Partial {
		if list, err = v.withoutSimulating(list); err != nil {
			return err
		}
	}
	report := &reports.Report{Title: c.title(list), Started: started, Command: "limitcheck " + quote(plainArgs(e.args)), Version: version()}
	report.Machine, report.GoVersion = reports.Environment()
	report.Figures = c.Figures
	if c.cluster != nil {
		report.Title, report.Command, report.Planned = c.cluster.Title, c.cluster.Command, c.cluster.Seconds()
	}
	code := exitOK
	for _, m := range list {
		result, err := harness.Verify(e.ctx, m.Scenario, v.set)
		v.end()
		if fatal(err) {
			return v.explain(err)
		}
		if len(list) > 1 {
			v.settings = m.SettingsText()
		}
		v.mark(result)
		v.summarise(result, err)
		code = max(code, exitCode(err))
		s := section(result, err)
		s.Settings, s.Grid = m.Settings, m.Grid
		if s.Theirs != nil {
			s.Theirs.File = c.Theirs
		}
		report.Sections = append(report.Sections, s)
	}
	v.tellParts()
	code = max(code, v.judge(report.Sections))
	if v.partial != nil {
		report.Title += " (partial)"
		code = max(code, exitVerdict)
	}
	report.Seconds, report.ExitCode = time.Since(started).Seconds(), code
	if v.set.Store != nil {
		err = j.Check()
	}
	if err := errors.Join(err, reports.Write(c.Out, report)); err != nil {
		return v.explain(err)
	}
	fmt.Fprintf(e.stdout, "report: %s\n", filepath.Join(c.Out, "report.md"))
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// budget is what --until-conclusive may take; nil without it. Flags that exclude each other are errors.
func (c *verifyCmd) budget() (*harness.Budget, error) {
	switch {
	case c.Shard.Of > 0 && len(c.Merge) > 0:
		return nil, badInput("--shard simulates and --merge reports: give one of them")
	case c.Shard.Of > 0 && c.Until:
		return nil, badInput("--shard simulates and reaches no verdict: give --until-conclusive to the --merge that reports")
	case (c.NoSimulate || c.Partial) && (c.Shard.Of > 0 || c.Until || len(c.Runs) > 0):
		return nil, badInput("--no-simulate and --partial report on replicas on file: they exclude --shard, --until-conclusive and --runs")
	case c.MaxTime != nil && !c.Until:
		return nil, badInput("--max-time limits --until-conclusive, which is not given")
	case c.MaxTime != nil && *c.MaxTime <= 0:
		return nil, badInput("--max-time must be positive, got %v", *c.MaxTime)
	case !c.Until:
		return nil, nil
	case c.MaxTime != nil:
		return &harness.Budget{Left: *c.MaxTime}, nil
	}
	return &harness.Budget{Left: 10 * time.Minute}, nil
}

// members are what is to be verified, with the flags applied, or the plan's.
func (c *verifyCmd) members(e *env) ([]scenarios.Member, error) {
	if c.cluster != nil {
		return c.planned()
	}
	if slices.Contains(c.Scenarios, "-") && (c.Theirs == "-" || slices.Contains(c.Runs, "-")) {
		return nil, badInput("standard input, -, can be one scenario or one file")
	}
	list, err := c.scenarios(e)
	if err != nil || len(c.Runs) > 0 {
		return list, err
	}
	for _, m := range list {
		if err := enough(m.Scenario); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// scenarios are those that the arguments name, with the flags applied.
func (c *selection) scenarios(e *env) ([]scenarios.Member, error) {
	names := c.Scenarios
	if n := slices.Index(names, "-"); n >= 0 && slices.Contains(names[n+1:], "-") {
		return nil, badInput("standard input, -, can be one scenario or one file")
	}
	if suite := c.Suite; suite != "" || len(names) == 0 {
		all, err := scenarios.SuiteNames(cmp.Or(suite, "quick"))
		if err != nil {
			return nil, err
		}
		names = append(slices.Clone(names), all...)
	}
	var list []scenarios.Member
	for _, name := range names {
		members, err := c.Simulation.find(e, name)
		if err != nil {
			return nil, err
		}
		list = append(list, members...)
	}
	seen := map[string]bool{} // in lower case: some file systems know no other
	for _, s := range list {
		name := strings.ToLower(s.Name)
		if seen[name] {
			return nil, badInput("scenario %s is there twice: give one of the files another name, or leave one out", s.Name)
		}
		seen[name] = true
	}
	for _, s := range list {
		if seen[strings.ToLower(s.Grid)] {
			return nil, badInput("%s is both a grid and a scenario: give one of the files another name, or leave one out", s.Grid)
		}
	}
	return list, nil
}

// enough says whether an experiment is one to conclude from.
func enough(s *scenarios.Scenario) error {
	x := s.Experiment
	fewest := x.Replicas
	for i, d := range x.Dims {
		if n := x.Count(d); i == 0 || n < fewest {
			fewest = n
		}
	}
	if len(x.Dims) < 2 && s.Data.Features == "" || fewest < 4 {
		return badInput("%s: a verdict needs at least 2 dims and 4 replicas at each, got %d and %d", s.Name, len(x.Dims), fewest)
	}
	return nil
}

// open opens the journal of the run directory and reads those to merge. Runs from elsewhere need none: nil, unless the
// directory has one, whose replicas are not to be lost by accident.
func (c *verifyCmd) open(e *env, list []scenarios.Member) (*journal.Journal, error) {
	var names []string // of directories
	for _, s := range list {
		names = append(names, s.Name)
		if s.Grid != "" && !slices.Contains(names, s.Grid) {
			names = append(names, s.Grid)
		}
	}
	if err := c.checkOut(names); err != nil {
		return nil, err
	}
	if len(c.Runs) > 0 && !journal.Ours(c.Out) {
		return nil, nil
	}
	mode := journal.New
	if c.Resume || c.NoSimulate || c.Partial { // these only add
		mode = journal.Resume
	} else if c.Fresh {
		mode = journal.Fresh
	}
	j, err := journal.Open(c.Out, mode)
	switch {
	case errors.As(err, new(*journal.ExistsError)) && len(c.Runs) > 0: // nothing of them could be resumed
		return nil, fmt.Errorf("%w: --out DIR goes elsewhere, --fresh discards them", err)
	case errors.As(err, new(*journal.ExistsError)):
		return nil, fmt.Errorf("%w: --resume keeps them and simulates what is missing, --fresh discards them, --out DIR goes elsewhere", err)
	case err != nil:
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
	tellBad(e, j)
	return j, nil
}

// tellBad says which lines of journals are passed over, and that replicas are from other kinds of machine.
func tellBad(e *env, j *journal.Journal) {
	if text := j.Warning(); text != "" {
		e.note("%s", text)
	}
	const most = 3
	bad := j.Bad()
	for i, line := range bad {
		if i == most {
			e.note("and %d more lines", len(bad)-most)
			break
		}
		e.note("%s; the line is passed over, its replica will be simulated again", line)
	}
	for _, kind := range j.Machines() {
		if kind != machine.Kind() {
			e.note("replicas on file are from a machine of the kind %s, this one is %s: their last bits may differ", kind, machine.Kind())
		}
	}
}

func (c *selection) title(list []scenarios.Member) string {
	switch {
	case len(list) == 1 || len(c.Scenarios) == 1 && c.Suite == "":
		return heading(list)
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
	parts   *limits.Directory // of theory
	set     harness.Settings
	end     func() // of the task whose progress is shown

	settings string            // of the member of a grid at hand
	partial  map[string]string // what is left out, by scenario; nil where nothing is
	share    *harness.Share    // that is simulated; nil: everything
}

// settingsOf are those of the i-th scenario: of a share, with what it has of its jobs.
func (v *verification) settingsOf(i int) harness.Settings {
	set := v.set
	if v.share != nil {
		set.Select = v.share.Select(i)
	}
	return set
}

// share is the one that --shard names; nil: everything.
func (c *verifyCmd) share(list []scenarios.Member, set harness.Settings) (*harness.Share, error) {
	switch {
	case c.Shard.Of == 0:
		return nil, nil
	case c.cluster != nil:
		return c.plannedShare(list), nil
	}
	all := make([]*scenarios.Scenario, len(list))
	for i, m := range list {
		all[i] = m.Scenario
	}
	shares, err := harness.Shares(all, set.Simulation, c.Shard.Of)
	switch {
	case err != nil:
		return nil, err
	case c.Shard.Number <= len(shares):
		return &shares[c.Shard.Number-1], nil
	}
	return &harness.Share{Jobs: make([][]montecarlo.Job, len(list))}, nil // more shares than jobs
}

var ablations = map[string][]theory.Ablation{
	"two":  harness.DefaultAblations(),
	"all":  theory.Ablations(),
	"none": {},
}

// tellReuse says how much of the run is already there.
func (v *verification) tellReuse(list []scenarios.Member) error {
	if v.journal.Len() == 0 {
		return nil
	}
	reused, missing, ours := 0, 0, 0
	for i, s := range list {
		found, jobs, err := harness.Plan(s.Scenario, v.settingsOf(i))
		if err != nil {
			return err
		}
		reused, missing, ours = reused+len(found), missing+len(jobs), ours+len(found)
		if v.share != nil { // what is another share's is not another scenario's
			all, _, err := harness.Plan(s.Scenario, v.set)
			if err != nil {
				return err
			}
			ours += len(all) - len(found)
		}
	}
	v.note("%d of %d replicas are reused, %d are to be simulated", reused, reused+missing, missing)
	if ours > reused {
		v.note("%d replicas on file belong to other shares of this run", ours-reused)
	}
	if others := v.journal.Len() - ours; others > 0 {
		v.note("%d replicas on file belong to other scenarios, dims or seeds and are left alone", others)
	}
	return nil
}

// section is what the report tells about one scenario.
func section(r *harness.Result, err error) reports.Section {
	var theirs *reports.Theirs
	if t := r.Theirs; t != nil {
		theirs = &reports.Theirs{Theirs: t.Prediction, Ours: t.Ours, Difference: t.Difference, Diagnosis: t.Diagnosis,
			Tried: t.Tried}
	}
	return reports.Section{
		Theirs: theirs, Scenario: r.Scenario, Limit: r.Limit, Flow: r.Flow, Comparison: r.Comparison, Err: err,
		Engines: r.Engines, Controls: r.Controls, TheorySeconds: r.TheorySeconds, SimulationSeconds: r.SimulationSeconds,
	}
}

// simulateShard does a share of the simulations and says how to go on.
func (v *verification) simulateShard(list []scenarios.Member) error {
	code := exitOK
	for i, s := range list {
		replicas, err := harness.Simulate(v.ctx, s.Scenario, v.settingsOf(i))
		v.end()
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
	if err := v.journal.Check(); err != nil {
		return err
	}
	rest := fmt.Sprintf("when all are, verify with --merge %s and the others' directories", quote([]string{v.cmd.Out}))
	if v.cmd.cluster != nil {
		rest = fmt.Sprintf("when all are, verify --from %s reports", quote([]string{v.cmd.From}))
	}
	v.note("share %d of %d is done; %s", v.cmd.Shard.Number, v.cmd.Shard.Of, rest)
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// fatal says whether an error ends the run. Any other is one scenario's, and the rest goes on.
func fatal(err error) bool {
	return errors.Is(err, context.Canceled) || errors.As(err, new(harness.StoreError))
}

// explain adds to an error that ends a run of simulations how to take it up again.
func (v *verification) explain(err error) error {
	if v.set.Store == nil { // nothing was simulated
		return err
	}
	if v.cmd.cluster != nil && v.share != nil && errors.Is(err, context.Canceled) {
		return requeued{v.requeue()}
	}
	again := "limitcheck " + quote(append(plainArgs(v.args), "--resume"))
	if errors.Is(err, context.Canceled) {
		finished := fmt.Sprintf("%d finished replicas", v.journal.Len())
		if n := v.parts.New(); n > 0 {
			finished += fmt.Sprintf(" and %d parts of the theory", n)
		}
		return interruption{finished, again}
	}
	if errors.As(err, new(*journal.GoneError)) {
		return err
	}
	return fmt.Errorf("%w; finished replicas are kept; go on with `%s`", err, again)
}

// summarise prints a scenario's line.
func (v *verification) summarise(r *harness.Result, err error) {
	if err != nil {
		v.note("%s: %s", r.Scenario.Name, strings.TrimPrefix(err.Error(), r.Scenario.Name+": "))
		fmt.Fprintf(v.stdout, "%-24s %s\n", r.Scenario.Name, v.withSettings("failed"))
		return
	}
	c := r.Comparison
	line := fmt.Sprintf("%-24s %-12s p = %.2g", c.Name, c.Words(), c.Joint())
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
	if rejected, visible := r.Rejected(); visible > 0 {
		line += fmt.Sprintf(", rejects %d of %d wrong theories", rejected, visible)
	}
	fmt.Fprintln(v.stdout, v.withSettings(line))
	for _, text := range evidence(r) {
		fmt.Fprintf(v.stdout, "%-24s %s\n", "", text)
	}
}

// withSettings adds to a line what was set of the member of a grid that it is about.
func (v *verification) withSettings(line string) string {
	if v.settings != "" {
		line += ", with " + v.settings
	}
	return line
}

// leastP is the smallest p-value that is printed: below it the tail of no law is known.
const leastP = 1e-300

// evidence says of a disagreement where it begins and what fits, and of a theory from elsewhere how it differs from ours.
func evidence(r *harness.Result) (lines []string) {
	c, diagnosis := r.Comparison, r.Comparison.Diagnosis
	if c.Reason != "" {
		lines = append(lines, c.Reason)
	}
	if c.Begins != nil {
		lines = append(lines, fmt.Sprintf("departs at step %d at the latest, in %s", c.Begins.Step, c.Begins.Observable))
	}
	if t := r.Theirs; t != nil {
		diagnosis = t.Diagnosis
		switch b := t.Difference.Begins; {
		case b == nil:
			lines = append(lines, fmt.Sprintf("does not differ from our limit (p = %.2g)", t.Difference.PValue))
		default:
			lines = append(lines, fmt.Sprintf("differs from our limit (p = %.2g) at step %d at the latest, in %s",
				max(t.Difference.PValue, leastP), b.Step, b.Observable))
		}
	}
	if diagnosis == nil {
		return lines
	}
	if len(diagnosis) == 0 {
		return append(lines, "fits none of the known mistakes that were tried")
	}
	if diagnosis[0].Words != "" || diagnosis[len(diagnosis)-1].Words != "" {
		return append(lines, would(diagnosis, c.Tried)...)
	}
	var fits []string
	for _, f := range diagnosis {
		fits = append(fits, fmt.Sprintf("%s (p = %.2g)", f.Name, f.PValue))
	}
	return append(lines, "fits "+strings.Join(fits, ", ")+", nothing else that was tried")
}

// would says under which conditions runs from elsewhere would fit, the best of them first.
func would(diagnosis []compare.Fit, tried int) (lines []string) {
	const most = 4
	for i, f := range diagnosis {
		if i == most {
			break
		}
		words, start := f.Words, "or if"
		if i == 0 {
			start = "fits if"
		}
		if words == "" {
			words = "theory were wrong in this way: " + f.Name
		}
		lines = append(lines, fmt.Sprintf("%s %s (p = %.2g)", start, words, f.PValue))
	}
	if rest := len(diagnosis) - most; rest > 0 {
		return append(lines, fmt.Sprintf("or less well in %d other ways, of %d that were tried: see the report", rest, tried))
	}
	return append(lines, fmt.Sprintf("and in no other way of %d that were tried", tried))
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

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"

	"limitcheck/harness"
	"limitcheck/internal/machine"
	"limitcheck/internal/rundir"
	"limitcheck/internal/trials"
	"limitcheck/reports"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

type calibrateCmd struct {
	Scenario   string          `arg:"" predictor:"scenario" help:"Name or path of a scenario, or - for standard input."`
	Seeds      int             `help:"Verifications to make, each with a seed of its own. Default: 200." default:"200" placeholder:"N"`
	Out        string          `help:"Run directory: the page, its picture, and finished verifications. Default: calibration." default:"calibration" placeholder:"DIR"`
	Simulation simulationFlags `embed:""`
	Theory     theoryFlags     `embed:""`
}

func (calibrateCmd) Help() string {
	return `
How far can a verdict on this scenario be trusted? N verifications with seeds S, S + 1, …, where S is --seed or the
scenario's own: each solves the theory, simulates and compares anew. Where the theory is right, p-values follow the uniform
law; DIR/calibration.md says how often they are below 1 % and 5 %, with exact intervals, and draws their law and the band that
chance leaves it. Exit code 1: a rate is above its level beyond the 99.9 % interval.

Every finished verification is at once in DIR/calibration.jsonl. The same command goes on where an earlier one ended, also
with more seeds; other settings or another build of the program start anew, in the same file.

Examples:

    limitcheck calibrate mine.yaml
    limitcheck calibrate mine.yaml --seeds 1000 --dim 100,200,400,800 --replicas 16 --paths 4096 --out trust`
}

// Validate is called by the parser.
func (c *calibrateCmd) Validate() error {
	const most = 1_000_000
	if c.Seeds < 1 || c.Seeds > most {
		return fmt.Errorf("--seeds must be between 1 and %d, got %d", most, c.Seeds)
	}
	return nil
}

// Run repeats the verification and reports.
func (c *calibrateCmd) Run(e *env) (err error) {
	s, err := c.scenario(e)
	if err != nil {
		return err
	}
	where := outFlag{Out: c.Out}
	if err := where.checkOut(nil); err != nil {
		return err
	}
	log, err := trials.Open(filepath.Join(c.Out, "calibration.jsonl"))
	if err != nil {
		if !errors.As(err, new(*fs.PathError)) {
			err = inputError{err}
		}
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	if err := rundir.Begin(c.Out, version(), e.args); err != nil {
		return err
	}
	words := func() error {
		return interruption{fmt.Sprintf("%d finished verifications", log.Len()), "limitcheck " + quote(e.args)}
	}
	e.lastWords.Store(&words)
	progress, end := e.progress()
	defer end()
	study := c.study(s)
	study.Progress = func(done, total int) { progress(s.Name+": verifications", done, total) }
	found, err := log.Complete(e.ctx, study, c.Seeds)
	switch {
	case errors.Is(err, context.Canceled):
		return words()
	case err != nil:
		return err
	}
	calibration := &reports.Calibration{Scenario: s, Trials: found, Command: "limitcheck " + quote(e.args), Version: version()}
	if err := reports.WriteCalibration(c.Out, calibration); err != nil {
		return err
	}
	return c.tell(e, calibration)
}

// scenario is the one to calibrate, with the flags applied.
func (c *calibrateCmd) scenario(e *env) (*scenarios.Scenario, error) {
	members, err := c.Simulation.find(e, c.Scenario)
	if err != nil {
		return nil, err
	}
	if len(members) > 1 {
		return nil, badInput("calibrate takes one scenario, this is a grid of %d", len(members))
	}
	s := members[0].Scenario
	if err := enough(s); err != nil {
		return nil, err
	}
	if last := s.Experiment.Seed + uint64(c.Seeds) - 1; last > scenarios.LargestSeed {
		return nil, badInput("--seeds %d from seed %d on: seeds end at %d", c.Seeds, s.Experiment.Seed, uint64(scenarios.LargestSeed))
	}
	return s, nil
}

// study is what is repeated. The cores are shared by verifications, of which each has one.
func (c *calibrateCmd) study(s *scenarios.Scenario) trials.Study {
	workers := c.Simulation.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	simulation := c.Simulation.settings()
	simulation.Workers = 1
	if simulation.MemoryLimit == 0 {
		simulation.MemoryLimit = machine.Available().Bytes / 2
	}
	simulation.MemoryLimit /= int64(workers)
	set := harness.Settings{Theory: c.Theory.settings(0), Simulation: simulation, Ablations: []theory.Ablation{}}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %v %s %v %+v %s %t %s", s.Hash(), s.Experiment.Dims, s.Experiment.Counts(),
		append([]scenarios.Margin{{Relative: s.Experiment.Margin}}, s.Experiment.Margins...), c.Theory,
		c.Simulation.Engine, c.Simulation.Float32, version()))
	return trials.Study{Name: s.Name, Key: hex.EncodeToString(key[:8]), First: s.Experiment.Seed, Workers: workers,
		Verify: func(ctx context.Context, seed uint64) (trials.Trial, error) {
			own := *s
			own.Experiment.Seed = seed
			r, err := harness.Verify(ctx, &own, set)
			if err != nil {
				return trials.Trial{}, err
			}
			return trials.New(r.Comparison), nil
		}}
}

// tell prints a line a rate and returns what decides the exit code.
func (c *calibrateCmd) tell(e *env, calibration *reports.Calibration) error {
	code := exitOK
	for _, l := range calibration.Levels() {
		line := fmt.Sprintf("%-24s below %g %% in %s", l.Name, 100*l.Level, l.Rate)
		if l.Exceeded() {
			line += ": too often"
			code = exitVerdict
		}
		fmt.Fprintln(e.stdout, line)
	}
	fmt.Fprintf(e.stdout, "report: %s\n", filepath.Join(c.Out, "calibration.md"))
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/internal/rundir"
	"limitcheck/reports"
	"limitcheck/scenarios"
)

type compareCmd struct {
	Theory     string   `required:"" help:"The theory: step, observables, each with NAME_se if it has an error, or a column replicate. .csv, .csv.gz, .json, .jsonl, .ndjson, .npz, or -." placeholder:"FILE"`
	Runs       []string `required:"" help:"The runs: dim, replica, step, observables. May be repeated." placeholder:"FILE" sep:"none"`
	outFlag    `embed:""`
	Name       string  `help:"Of the problem. Default: compare." default:"compare"`
	Margin     float64 `help:"\"agrees\" means: off by at most this fraction of an observable's scale. Default: 0.05." default:"0.05"`
	Seed       uint64  `help:"Of the test's random draws. Default: 1." default:"1"`
	FiniteSize float64 `help:"Where all runs have one d: |mean(d) - limit| is at most C/d. Without it they conclude nothing about the limit." placeholder:"C"`
}

func (compareCmd) Help() string {
	return `
A theory and runs from elsewhere, of any problem in any field: nothing is solved or simulated. The means of all columns
that both have are extrapolated in 1/d to d = infinity and confronted with the theory; verdict, bounds, rates and pictures
are those of verify. Numbers in text are taken to be rounded to the digits that they have.

Examples:

    limitcheck compare --theory curve.csv --runs runs.csv
    limitcheck compare --theory curve.npz --runs a.npz --runs b.npz --name mine --margin 0.02 --out mine
    limitcheck compare --theory curve.csv --runs d1000.csv --finite-size 3`
}

// Run compares and reports.
func (c *compareCmd) Run(e *env) error {
	started := time.Now()
	if !(c.Margin > 0 && c.Margin < 1) {
		return badInput("--margin must be between 0 and 1, got %g", c.Margin)
	}
	if c.FiniteSize < 0 {
		return badInput("--finite-size must not be negative, got %g", c.FiniteSize)
	}
	if err := scenarios.CheckName(c.Name); err != nil {
		return badInput("--%w", err)
	}
	if err := c.checkOut([]string{c.Name}); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // whoever reads our lines may stop: the report is written all the same
	theory, err := readTheory(c.Theory)
	if err != nil {
		return err
	}
	sample, err := readRuns(c.Runs)
	if err != nil {
		return err
	}
	prediction, runs, err := harness.Match(*theory, *sample)
	if err != nil {
		return inputError{err}
	}
	prediction.Name = c.Name
	const lacking = "the other side lacks it"
	tellUnmatched(e, c.Theory, theory.Observables, prediction.Observables, lacking)
	tellUnmatched(e, strings.Join(c.Runs, ", "), sample.Observables, prediction.Observables, lacking)
	set := compare.Settings{Margin: c.Margin, Seed: c.Seed, Allowance: c.FiniteSize}
	result, err := compare.Compare(prediction, runs, set)
	if err != nil {
		return inputError{err}
	}
	report := &reports.Report{Title: c.Name, Started: started, Command: "limitcheck " + quote(e.args), Version: version(),
		Sections: []reports.Section{{Name: c.Name, Comparison: result}}}
	report.Machine, report.GoVersion = reports.Environment()
	report.Figures = c.Figures
	if result.Verdict != compare.Agrees {
		report.ExitCode = exitVerdict
	}
	report.Seconds = time.Since(started).Seconds()
	(&verification{env: e}).summarise(&harness.Result{Comparison: result}, nil)
	if err := errors.Join(rundir.Begin(c.Out, version(), e.args), reports.Write(c.Out, report)); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "report: %s\n", filepath.Join(c.Out, "report.md"))
	if report.ExitCode != exitOK {
		return verdictError{report.ExitCode}
	}
	return nil
}

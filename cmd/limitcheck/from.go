package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"limitcheck/harness"
	"limitcheck/internal/slurm"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

// adopt makes the command carry out the plan that limitcheck slurm has made in the directory --from: a share of it, its
// theory, or the report on what its shares have.
func (c *verifyCmd) adopt() error {
	if c.From == "" {
		if c.TheoryOnly {
			return badInput("--theory-only is about a plan: --from DIR")
		}
		return nil
	}
	if given := c.notOfPlan(); len(given) > 0 {
		return badInput("--from takes what is verified, and how, from its plan: %s has no meaning with it", strings.Join(given, ", "))
	}
	plan, err := slurm.Read(c.From)
	if err != nil {
		if !errors.As(err, new(*fs.PathError)) {
			err = inputError{err}
		}
		return err
	}
	c.cluster, c.Resume, c.Out = plan, true, c.From
	p := plan.Settings
	c.Simulation.Engine, c.Simulation.Float32, c.Ablations = p.Engine, p.Float32, p.Ablations
	c.Theory = theoryFlags{Paths: p.Paths, Coordinates: p.Coordinates, Scramblings: p.Scramblings}
	if n := len(plan.Shares); c.Shard.Of > 0 {
		if c.Shard.Of != n {
			return badInput("--shard %d/%d: the plan has %d shares", c.Shard.Number, c.Shard.Of, n)
		}
		c.Out = filepath.Join(c.From, slurm.ShareDir(c.Shard.Number))
	}
	return nil
}

// notOfPlan are the flags given that a plan decides.
func (c *verifyCmd) notOfPlan() (given []string) {
	for name, is := range map[string]bool{
		"a scenario": len(c.Scenarios) > 0, "--suite": c.Suite != "", "--out": c.Out != "out", "--fresh": c.Fresh,
		"--merge": len(c.Merge) > 0, "--ablations": c.Ablations != "two", "--theory": c.Theirs != "", "--runs": len(c.Runs) > 0,
		"--until-conclusive": c.Until, "--set": len(c.Simulation.Set) > 0, "--dim": c.Simulation.Dim != nil,
		"--replicas": c.Simulation.Replicas != nil, "--seed": c.Simulation.Seed != nil, "--engine": c.Simulation.Engine != "auto",
		"--float32": c.Simulation.Float32, "--paths": c.Theory.Paths != 0, "--coordinates": c.Theory.Coordinates != 0,
		"--scramblings": c.Theory.Scramblings != 0,
	} {
		if is {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	return given
}

// planned are the plan's scenarios, as they were frozen; of a share, those that it has any jobs of.
func (c *verifyCmd) planned() (list []scenarios.Member, err error) {
	for _, s := range c.cluster.Scenarios {
		if c.Shard.Of > 0 && len(c.cluster.Shares[c.Shard.Number-1].Jobs[s.Name]) == 0 {
			continue
		}
		found, err := scenarios.FindAll(filepath.Join(c.From, "scenarios", s.Name+".yaml"), nil)
		if err != nil {
			return nil, err
		}
		m := found[0]
		m.Grid = s.Grid
		for _, x := range s.Settings {
			choice, err := scenarios.ParseChoice(x.Key + "=" + x.Text)
			if err != nil {
				return nil, err
			}
			m.Settings = append(m.Settings, scenarios.Setting{Key: x.Key, Text: x.Text, Value: choice.Setting(0).Decode()})
		}
		list = append(list, m)
	}
	return list, nil
}

// plannedShare is the share of the plan that --shard names.
func (c *verifyCmd) plannedShare(list []scenarios.Member) *harness.Share {
	share := c.cluster.Shares[c.Shard.Number-1]
	own := &harness.Share{Seconds: share.Seconds}
	for _, m := range list {
		own.Jobs = append(own.Jobs, share.Of(m.Name))
	}
	return own
}

// gather includes what the shares of the plan have, as far as they have come.
func (v *verification) gather() {
	c := v.cmd
	found := 0
	for n := range c.cluster.Shares {
		dir := filepath.Join(c.From, slurm.ShareDir(n+1))
		if _, err := os.Lstat(filepath.Join(dir, "replicas.jsonl")); err != nil {
			continue
		}
		if _, err := v.journal.Include(dir); err != nil {
			v.note("%v: what it has is passed over", err)
			continue
		}
		found++
	}
	v.note("%d of %d shares have begun", found, len(c.cluster.Shares))
}

// tellShares says how to submit the shares that lack replicas, and the merge after them.
func (v *verification) tellShares(gaps []gap) {
	jobs := map[string][]montecarlo.Job{}
	for _, g := range gaps {
		jobs[g.member.Name] = g.jobs
	}
	numbers := v.cmd.cluster.Containing(jobs)
	v.note("%d of %d shares are to go on, and then the merge:", len(numbers), len(v.cmd.cluster.Shares))
	for _, line := range slurm.Resubmit(v.cmd.From, v.cmd.cluster, numbers) {
		fmt.Fprintln(v.stdout, line)
	}
	fmt.Fprintln(v.stdout, "sbatch "+quote([]string{filepath.Join(v.cmd.From, "merge.sh")}))
}

// solve computes what of the plan's theories is not there yet.
func (v *verification) solve(list []scenarios.Member) error {
	code := exitOK
	for _, m := range list {
		err := harness.Solve(v.ctx, m.Scenario, v.set)
		v.end()
		if fatal(err) {
			return v.explain(err)
		}
		if err != nil { // the report will say so; the others go on
			v.note("%s: %s", m.Name, strings.TrimPrefix(err.Error(), m.Name+": "))
			code = max(code, exitCode(err))
			continue
		}
		fmt.Fprintf(v.stdout, "%s: theory\n", m.Name)
	}
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// A requeued task has been interrupted; what it says tells how it goes on.
type requeued struct{ text string }

func (e requeued) Error() string { return e.text }
func (requeued) Unwrap() error   { return context.Canceled }

// requeue puts an interrupted task back into the queue of Slurm, and says how to go on where that cannot be.
func (v *verification) requeue() string {
	err := slurm.Requeue()
	if err == nil {
		return "interrupted: what is finished is kept; the task is back in the queue and goes on from there"
	}
	lines := slurm.Resubmit(v.cmd.From, v.cmd.cluster, []int{v.cmd.Shard.Number})
	return fmt.Sprintf("interrupted: what is finished is kept; not requeued (%v); go on with `%s`", err, strings.Join(lines, "; "))
}

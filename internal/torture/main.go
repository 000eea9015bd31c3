// Torture does to limitcheck what its users' bad luck does, and counts: runs killed at any moment and taken up again,
// damaged journals, full and vanishing disks, too little memory, impatience, and files that nobody meant to write.
//
//	go run ./internal/torture --limitcheck bin/limitcheck [--only kills,files] [--files 2000]
//
// Whatever happens, a run that is taken up ends in the report of one that nothing happened to, nothing panics or hangs,
// nothing of somebody else's is written over, and what is said is said in at most three lines of limitcheck's own without
// control characters. The counts are a Markdown table. What does not hold is told on standard error, its evidence is kept
// below --dir, and the exit code is 1.
package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"limitcheck/scenarios"
)

// A torture is one run of this program.
type torture struct {
	Limitcheck string   `help:"The program to torture." default:"bin/limitcheck" placeholder:"FILE"`
	Dir        string   `help:"Where it happens, and where evidence is left. What is in it is removed." default:"out/torture"`
	Only       []string `help:"Some of the trials: kills, journals, storage, memory, interrupts, files, engines." placeholder:"NAME"`
	Files      int      `help:"Scenario files that are mutated. Of everything else there is as much less as there is of these." default:"100000"`
	Seed       uint64   `help:"Of all that is random here, but for the moments of kills." default:"1"`

	rng   *rand.Rand
	parse func(name string, text []byte) (*scenarios.Scenario, error)
}

// share is n, or as much less as there are fewer files than usual, but at least one.
func (t *torture) share(n int) int { return max(1, min(n, n*t.Files/100_000)) }

// A trial is one kind of bad luck.
type trial struct {
	name string
	run  func(*torture, *tally)
}

// trials in the order in which they are made.
var trials = []trial{
	{"kills", (*torture).kills},
	{"journals", (*torture).journals},
	{"storage", (*torture).storage},
	{"memory", (*torture).memory},
	{"interrupts", (*torture).interrupts},
	{"files", (*torture).files},
	{"engines", (*torture).engines},
}

func main() {
	t := &torture{parse: scenarios.Parse}
	kong.Parse(t, kong.Description("Do to limitcheck what its users' bad luck does, and count."))
	broken, err := t.main(os.Stdout, os.Stderr)
	if err == nil && broken > 0 {
		err = fmt.Errorf("%d promises were broken; evidence is in %s", broken, t.Dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// main makes the trials and returns how often a promise was broken.
func (t *torture) main(table, failures io.Writer) (broken int, err error) {
	if t.Limitcheck, err = filepath.Abs(t.Limitcheck); err != nil {
		return 0, err
	}
	if t.Dir, err = filepath.Abs(t.Dir); err != nil {
		return 0, err
	}
	for _, name := range t.Only {
		if !slices.ContainsFunc(trials, func(x trial) bool { return x.name == name }) {
			return 0, fmt.Errorf("there is no trial %q", name)
		}
	}
	fmt.Fprintln(table, "| trial | what was counted | number |\n|---|---|---:|")
	for _, trial := range trials {
		if len(t.Only) > 0 && !slices.Contains(t.Only, trial.name) {
			continue
		}
		dir := filepath.Join(t.Dir, trial.name)
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o777)); err != nil {
			return broken, err
		}
		t.rng = rand.New(rand.NewPCG(t.Seed, 0))
		start, c := time.Now(), &tally{dir: dir, failures: failures, counts: map[string]int{}}
		trial.run(t, c)
		c.add("broken promises", c.broken)
		c.add("seconds", int(time.Since(start).Seconds()))
		for _, what := range c.order {
			fmt.Fprintf(table, "| %s | %s | %d |\n", trial.name, what, c.counts[what])
		}
		broken += c.broken
	}
	return broken, nil
}

// A tally is what a trial counted.
type tally struct {
	dir      string
	order    []string
	counts   map[string]int
	broken   int
	failures io.Writer
}

// add counts something; n may be 0, so that it is printed.
func (c *tally) add(what string, n int) {
	if _, known := c.counts[what]; !known {
		c.order = append(c.order, what)
	}
	c.counts[what] += n
}

// fail takes down a broken promise.
func (c *tally) fail(format string, args ...any) {
	const most = 10 // that are told
	if c.broken++; c.broken <= most {
		fmt.Fprintf(c.failures, "torture: "+format+"\n", args...)
	}
}

// keep leaves a file as evidence and returns its name.
func (c *tally) keep(name string, data []byte) string {
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return err.Error()
	}
	return path
}

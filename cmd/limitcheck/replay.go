package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/alecthomas/kong"

	"limitcheck/internal/journal"
	"limitcheck/internal/machine"
	"limitcheck/internal/rundir"
	"limitcheck/montecarlo"
)

type replayCmd struct {
	Dir    string `arg:"" help:"Run directory of verify or compare."`
	Out    string `help:"Where to run it again, and to keep that. Default: a directory that is removed at the end." placeholder:"DIR"`
	Resume bool   `help:"Go on with a replay into --out that was interrupted."`
}

func (replayCmd) Help() string {
	return `
What run.json and scenarios/ in the directory say is run again, from nothing and elsewhere; the directory is only read.
Then every replica is compared to the last bit, and everything in verdict.json but its provenance. Numbers may differ in
last bits where the directory is from a machine of another kind, which is said. Files that were given to verify --theory,
verify --runs and compare must be where they were.

Exit code: 0 all is the same, 1 something differs or could not be compared, 2 bad input, 3 failure.

Examples:

    limitcheck replay out
    limitcheck replay night --out again
    limitcheck replay night --out again --resume`
}

// Run runs a run again and compares.
func (c *replayCmd) Run(e *env) error {
	run, files, err := rundir.Read(c.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return badInput("%s is no run directory of this limitcheck: it has no run.json", c.Dir)
	case err != nil:
		return err
	case c.Resume && c.Out == "":
		return badInput("--resume goes on with what is in --out, which is not given")
	}
	if run.Machine != machine.Kind() {
		e.note("%s is from a machine of the kind %s, this one is %s: last bits may differ", c.Dir, run.Machine, machine.Kind())
	}
	if run.Version != version() {
		e.note("%s was written by version %s, this one is %s", c.Dir, run.Version, version())
	}
	out := c.Out
	if out == "" {
		if out, err = os.MkdirTemp("", "limitcheck-replay-"); err != nil {
			return err
		}
		defer os.RemoveAll(out)
	} else if same, err := sameDirectory(c.Dir, out); same || err != nil {
		return errors.Join(badInput("--out %s is the directory that is replayed", out), err)
	}
	again, err := c.command(e, run, files, out)
	if err != nil {
		return err
	}
	stdout := e.stdout
	if c.Out == "" { // nobody will find the report
		e.stdout = io.Discard
	}
	err = again()
	e.stdout = stdout
	if err != nil && !errors.As(err, new(verdictError)) {
		return err
	}
	return c.compare(e, out)
}

func sameDirectory(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(x, y), err
}

// command is what the run's arguments say, with the scenarios as they were resolved and another directory.
func (c *replayCmd) command(e *env, run rundir.Run, files []string, out string) (func() error, error) {
	var again cli
	parser, err := kong.New(&again, append(valueReaders(), kong.Name("limitcheck"), kong.Exit(func(int) {}), kong.Bind(e))...)
	if err != nil {
		return nil, err
	}
	if _, err := parser.Parse(run.Arguments); err != nil {
		return nil, badInput("%s: its arguments are not understood: %w", filepath.Join(c.Dir, "run.json"), err)
	}
	switch run.Arguments[0] {
	case "verify":
		if len(files) == 0 {
			return nil, badInput("%s: it names no scenarios; it was written before they were kept", filepath.Join(c.Dir, "run.json"))
		}
		v := &again.Verify
		if v.Partial {
			return nil, badInput("%s is a partial report, of replicas that were there by then: it cannot be replayed", c.Dir)
		}
		v.Scenarios, v.Suite, v.Simulation.Set, v.Simulation.Dim, v.Simulation.Replicas, v.Simulation.Seed = files, "", nil, nil, nil, nil
		v.Out, v.Merge, v.Fresh, v.Resume, v.NoSimulate = out, nil, false, c.Resume, false
		return func() error { return v.Run(e) }, nil
	case "compare":
		again.Compare.Out = out
		return func() error { return again.Compare.Run(e) }, nil
	}
	return nil, badInput("%s is a run of %s: replay takes those of verify and compare", c.Dir, run.Arguments[0])
}

// compare says what is the same in the two directories and what is not.
func (c *replayCmd) compare(e *env, out string) error {
	replicas, differences, err := c.compareReplicas(out)
	if err != nil {
		return err
	}
	verdict, err := c.compareVerdicts(out)
	if err != nil {
		return err
	}
	const most = 5
	all := slices.Concat(differences, verdict)
	for i, text := range all {
		if i == most {
			fmt.Fprintf(e.stdout, "and %d more\n", len(all)-most)
			break
		}
		fmt.Fprintln(e.stdout, text)
	}
	if len(all) > 0 {
		fmt.Fprintf(e.stdout, "replay: not the same\n")
		return verdictError{exitVerdict}
	}
	fmt.Fprintf(e.stdout, "replay: the same; %d replicas to the last bit, and verdict.json\n", replicas)
	return nil
}

// compareReplicas counts those that are the same and describes the others. Runs from elsewhere have none.
func (c *replayCmd) compareReplicas(out string) (same int, differences []string, err error) {
	if !journal.Ours(out) {
		return 0, nil, nil
	}
	before, err := journal.All(c.Dir)
	if err != nil {
		return 0, nil, err
	}
	now, err := journal.All(out)
	if err != nil {
		return 0, nil, err
	}
	missing := 0
	for key, r := range now {
		switch old := before[key]; {
		case old == nil:
			missing++
		case sameBits(old, r):
			same++
		default:
			differences = append(differences, fmt.Sprintf("%s: replica %d at d = %d has other numbers", c.Dir, r.Index, r.Dim))
		}
	}
	slices.Sort(differences)
	if missing > 0 {
		differences = append(differences, fmt.Sprintf("%s: %d of %d replicas are not there", c.Dir, missing, len(now)))
	}
	return same, differences, nil
}

// sameBits compares all that is no time.
func sameBits(a, b *montecarlo.Replica) bool {
	bits := func(r *montecarlo.Replica) (list []uint64) {
		for _, row := range slices.Concat(r.Values, [][]float64{r.Controls, r.Probes}) {
			list = append(list, uint64(len(row)))
			for _, x := range row {
				list = append(list, math.Float64bits(x))
			}
		}
		return list
	}
	return a.Engine == b.Engine && slices.Equal(bits(a), bits(b))
}

// compareVerdicts describes where verdict.json differs, provenance left aside, and what was set: scenarios are replayed as
// they were resolved.
func (c *replayCmd) compareVerdicts(out string) (differences []string, err error) {
	if _, err := os.Stat(filepath.Join(out, "verdict.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a shard
	}
	var files [2]map[string]any
	for i, dir := range []string{c.Dir, out} {
		path := filepath.Join(dir, "verdict.json")
		text, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return []string{path + " is not there"}, nil
		case err != nil:
			return nil, err
		}
		if err := json.Unmarshal(text, &files[i]); err != nil {
			return nil, badInput("%s: %w", path, err)
		}
		delete(files[i], "provenance")
		scenarios, _ := files[i]["scenarios"].([]any)
		for _, s := range scenarios {
			if s, ok := s.(map[string]any); ok {
				delete(s, "settings")
				delete(s, "grid")
			}
		}
	}
	return differing(filepath.Join(c.Dir, "verdict.json")+":", files[0], files[1]), nil
}

// differing lists the places where two JSON values differ.
func differing(at string, a, b any) (list []string) {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			for _, key := range sortedKeys(x, y) {
				list = append(list, differing(at+" "+key, x[key], y[key])...)
			}
			return list
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				list = append(list, differing(fmt.Sprintf("%s[%d]", at, i), x[i], y[i])...)
			}
			return list
		}
	}
	if !reflect.DeepEqual(a, b) {
		return []string{fmt.Sprintf("%s was %s, is %s", at, short(a), short(b))}
	}
	return nil
}

func sortedKeys(a, b map[string]any) (keys []string) {
	for key := range a {
		keys = append(keys, key)
	}
	for key := range b {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// short is a JSON value on a line.
func short(v any) string {
	const most = 60
	b, _ := json.Marshal(v)
	if len(b) > most {
		return fmt.Sprintf("%.*s…", most, b)
	}
	return string(b)
}

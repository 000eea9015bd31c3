/*
Samebits compares the numbers of two commits, bit for bit, on this machine: it builds an old commit in a worktree of its
own and the files as they stand here, runs both, and prints how many outputs are the same and where the first one differs.

	make same-bits BASE=COMMIT
	make same-bits BASE=COMMIT ENTRIES=ridge-gd,lasso-fista KINDS=theory,simulate PROCESSORS=plain

Compared are theory of every catalogue entry that the old commit has, simulate of a few by both engines, and the curves,
probes and rates that verify writes for the quick suite at small d; each with the vector units of the processor as it is,
without AVX-512, and without fused multiply-add (which takes the portable kernels too). Sizes are small, code paths are
not: every scrambling and every replica runs the same code. The whole takes a quarter of an hour of one core.

Exit code: 0 all the same, 1 something differs, 2 bad usage, 3 a failure.
*/
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/cpu"
)

type command struct {
	Base       string   `help:"Commit to compare with." required:"" placeholder:"COMMIT"`
	Entries    []string `help:"Only these entries of the catalogue. Default: all." placeholder:"NAME,..."`
	Kinds      []string `help:"What is compared." default:"theory,simulate,verify" enum:"theory,simulate,verify"`
	Processors []string `help:"With which vector units." default:"plain,no-avx512,no-fma" enum:"plain,no-avx512,no-fma"`
}

// A processor is one setting of the vector units that the programs may use.
type processor struct {
	name, debug string
	has         bool // this processor has what is switched off
}

var processors = []processor{
	{"plain", "", true},
	{"no-avx512", "cpu.avx512f=off", cpu.X86.HasAVX512F},
	{"no-fma", "cpu.avx512f=off,cpu.fma=off", cpu.X86.HasFMA},
}

// simulated are the entries that are simulated: a smooth loss with batches, several units, a proximal method.
var simulated = []string{"logistic-sgd", "committee-erf", "lasso-ista"}

// verified is the quick suite.
var verified = []string{"ridge-gd", "ridge-sgd", "ridge-sgd-small-batch", "logistic-sgd", "hinge-gd"}

var errDiffers = errors.New("not the same bits")

func main() {
	var c command
	kong.Parse(&c, kong.Name("samebits"), kong.Description("Compare the numbers of two commits bit for bit."),
		kong.Exit(func(code int) { os.Exit(min(code, 2)) }))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := c.run(ctx, os.Stdout)
	stop()
	if errors.Is(err, errDiffers) {
		os.Exit(1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "samebits:", err)
		os.Exit(3)
	}
}

func (c *command) run(ctx context.Context, out io.Writer) (err error) {
	work, err := os.MkdirTemp("", "samebits")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := build(ctx, work, c.Base); err != nil {
		return err
	}
	p := pair{old: filepath.Join(work, "old"), new: filepath.Join(work, "new"), dir: work}
	cases, err := c.cases(ctx, p)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return fmt.Errorf("nothing to compare: the catalogue of %s has none of %s", c.Base, strings.Join(c.Entries, ", "))
	}
	t := table{kinds: c.Kinds}
	for _, unit := range processors {
		if !slices.Contains(c.Processors, unit.name) {
			continue
		}
		if !unit.has {
			t.skip(unit.name)
			continue
		}
		for _, job := range cases {
			difference, err := p.compare(ctx, job, unit.debug)
			if err != nil {
				return err
			}
			t.add(unit.name, job, difference)
		}
	}
	return t.print(out)
}

// build makes the programs old and new in dir.
func build(ctx context.Context, dir, base string) error {
	commit, err := tool(ctx, "", "git", "rev-parse", "--verify", "--quiet", base+"^{commit}")
	if err != nil {
		return fmt.Errorf("git knows no commit %q here", base)
	}
	tree := filepath.Join(dir, "tree")
	if _, err := tool(ctx, "", "git", "worktree", "add", "--detach", tree, strings.TrimSpace(commit)); err != nil {
		return err
	}
	defer func() { // also after an interruption
		_, _ = tool(context.WithoutCancel(ctx), "", "git", "worktree", "remove", "--force", tree)
	}()
	if _, err := tool(ctx, tree, "go", "build", "-buildvcs=false", "-o", filepath.Join(dir, "old"), "./cmd/limitcheck"); err != nil {
		return fmt.Errorf("%s: %w", base, err)
	}
	_, err = tool(ctx, "", "go", "build", "-buildvcs=false", "-o", filepath.Join(dir, "new"), "./cmd/limitcheck")
	return err
}

// tool runs a program in a directory ("" is this one); an error holds what it said.
func tool(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var complaint strings.Builder
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, complaint.String())
	}
	return string(text), nil
}

// A job is one call of the program whose numbers are compared.
type job struct {
	kind, name string
	args       []string
	files      []string // what is compared, in the run directory OUT of args; none: standard output
}

// cases lists the jobs, for the entries of the old catalogue.
func (c *command) cases(ctx context.Context, p pair) ([]job, error) {
	list, err := tool(ctx, "", p.old, "list")
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, kind := range c.Kinds {
		for row := range strings.Lines(list) {
			name, _, _ := strings.Cut(strings.TrimSpace(row), " ")
			if len(c.Entries) == 0 || slices.Contains(c.Entries, name) {
				jobs = append(jobs, jobsOf(kind, name)...)
			}
		}
	}
	return jobs, nil
}

// jobsOf are the jobs of one kind for one entry. The standard error of a limit needs four scramblings.
func jobsOf(kind, name string) (jobs []job) {
	switch {
	case kind == "theory":
		return []job{{kind, name, []string{"theory", name, "--scramblings", "4"}, nil}}
	case kind == "simulate" && slices.Contains(simulated, name):
		for _, engine := range []string{"dense", "conditioning"} {
			args := []string{"simulate", name, "--dim", "100,200", "--replicas", "2", "--engine", engine}
			jobs = append(jobs, job{kind, name + " " + engine, args, nil})
		}
	case kind == "verify" && slices.Contains(verified, name):
		args := []string{"verify", name, "--dim", "50,100,200", "--replicas", "8", "--scramblings", "4", "--fresh", "--out", "OUT"}
		return []job{{kind, name, args, []string{name + "/curves.csv", name + "/probes.csv", name + "/rates.csv"}}}
	}
	return jobs
}

// A pair is the two programs and a directory for what they write.
type pair struct{ old, new, dir string }

// compare runs a job in both programs and returns the first difference, "" if there is none.
func (p pair) compare(ctx context.Context, j job, debug string) (string, error) {
	programs := []string{p.old, p.new}
	outputs := make([]map[string]string, len(programs))
	group, ctx := errgroup.WithContext(ctx)
	for i, program := range programs {
		group.Go(func() (err error) {
			outputs[i], err = j.run(ctx, program, program+".out", debug)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	for _, file := range append([]string{"exit code", "output"}, j.files...) {
		old, new := outputs[0][file], outputs[1][file]
		if d := firstDifference(old, new); d != "" {
			return file + d, nil
		}
	}
	return "", nil
}

// run returns what is compared, by name. That a verdict is not "agrees" (exit code 1) is no failure here.
func (j job) run(ctx context.Context, program, dir, debug string) (map[string]string, error) {
	args := slices.Clone(j.args)
	if i := slices.Index(args, "OUT"); i >= 0 {
		args[i] = dir
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "GODEBUG="+debug)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && len(j.files) > 0 {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, complaint.String())
	}
	outputs := map[string]string{"exit code": fmt.Sprint(cmd.ProcessState.ExitCode())}
	if len(j.files) == 0 {
		outputs["output"] = string(text)
	}
	for _, file := range j.files {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		outputs[file] = string(text)
	}
	return outputs, nil
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(old, new string) string {
	if old == new {
		return ""
	}
	a, b := strings.Split(old, "\n"), strings.Split(new, "\n")
	for i := range max(len(a), len(b)) {
		x, y := "(nothing)", "(nothing)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return fmt.Sprintf(", line %d\n  old %s\n  new %s", i+1, x, y)
		}
	}
	return ""
}

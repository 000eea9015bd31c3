/*
Limitcheck decides with evidence whether an asymptotic theory of learning is right. It computes the d → ∞ learning
curve of a problem from its dynamical mean-field equations, trains real estimators on sampled data at growing d, and
tests whether the second converges to the first.

	limitcheck list                    the catalogue of scenarios, one line each
	limitcheck show SCENARIO           a scenario with every default filled in, as YAML
	limitcheck theory SCENARIO         the limit: one row a step, each quantity followed by its standard error
	limitcheck simulate SCENARIO       training runs at finite d: one row a replica and step
	limitcheck verify [SCENARIO...]    both, compared: a verdict for each scenario, and a report with the evidence
	limitcheck compare                 a theory and runs from files: no scenario, any problem in any field
	limitcheck calibrate SCENARIO      how far a verdict on it can be trusted: the law of p-values over fresh seeds
	limitcheck replay DIR              run again what a run directory is of, and compare every number
	limitcheck slurm [SCENARIO...]     the same in many tasks of a Slurm cluster: a plan, and the scripts that submit it
	limitcheck new KIND                a commented scenario, to start one's own from
	limitcheck completion SHELL        what makes bash, zsh or fish complete commands and scenarios
	limitcheck version                 what this program was built from

SCENARIO is a name from the catalogue, the path of a YAML file, or - for one from standard input. A new problem starts from a template, or from an old
one (limitcheck show logistic-sgd > mine.yaml):

	limitcheck new regression > mine.yaml
	limitcheck verify mine.yaml

Rows go to standard output, everything else to standard error, so that pipes work:

	limitcheck theory ridge-gd | tail -1
	limitcheck simulate ridge-gd --dim 500 --replicas 4 --format json | jq .overlap

The same scenario and seed give the same bytes, whatever the number of cores.

# Settings and grids

Show, theory, simulate and verify take a scenario with other values than its file has:

	limitcheck theory ridge-gd --set method.learning_rate=0.3 --set method.batch.fraction=0.5
	limitcheck verify ridge-gd --set method.learning_rate=0.1,0.3 --set method.batch.fraction=0.2,0.5,1

Values are YAML, applied to the file as written, before defaults; null removes a key and a list stands in brackets.
Several values, with commas between them, make a grid of all combinations, which show refuses: its rows have the keys
set as their first columns, and verify has a line for each member, NAME.001, …, and one joint verdict. A key grid in the
file does the same.

# Verify

Verify runs the quick suite unless it is told what to run. It computes the theory and, to show that its verdict can be
lost, theories that are wrong on purpose; simulates every replica of the ladder of dims; compares; and writes
DIR/report.md with pictures and curves (DIR is out, or --out DIR), and DIR/verdict.json for programs. Standard output
gets one line a scenario as it is done and, for several, the joint verdict, in which p-values are corrected for the
number of scenarios and which decides the exit code. Every finished replica is at once in DIR/replicas.jsonl and every
finished part of the theory in DIR/theory, so a run may be killed at any moment:

	limitcheck verify --out night
	^C
	limitcheck verify --out night --resume

Resuming takes what matches and simulates what is missing, also when replicas or dims were added meanwhile. A directory
that already holds replicas is never overwritten by accident: say --resume to keep them or --fresh to discard them. The
report is always rewritten; until it is, an earlier one is called report.old.md, verdict.old.json. A directory is a run's if its run.json says so or a journal stands in it; in any other
no file is written over, and --fresh does not change that. A damaged line of a journal is named and passed over.

What is inconclusive can be added to, replicas, a further d or theory samples, until it is conclusive or the time is spent;
the level holds over all looks together:

	limitcheck verify mine.yaml --until-conclusive --max-time 1h

Several machines share a run by shards, and any of them reports on the whole:

	limitcheck verify --suite full --shard 1/2 --out a
	limitcheck verify --suite full --shard 2/2 --out b
	limitcheck verify --suite full --merge a --merge b --out whole

What is merged is copied, and the shards are needed no more. With --no-simulate nothing is simulated: if replicas are missing
it says which and exits with 1. --partial reports on the dims that are complete.

On a Slurm cluster one command plans, and another submits; the report is that of one machine (docs/cluster.md):

	limitcheck slurm --suite full --tasks 100 --out study
	sh study/submit.sh

# Exit codes

	0    done; verify: everything agrees
	1    verify: something disagrees or is inconclusive; also a training run or a limit that diverges
	2    bad usage or bad input
	3    an internal or an I/O failure, or more memory than this machine has
	130  interrupted: at once, and a second time without a word
*/
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"github.com/alecthomas/kong"

	"limitcheck/harness"
	_ "limitcheck/internal/floor"
	"limitcheck/internal/journal"
	"limitcheck/internal/machine"
	"limitcheck/internal/rundir"
	"limitcheck/internal/tables"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	if os.Getenv("GOMEMLIMIT") == "" {
		// What awaits collection must not take what the engines' plans count on.
		debug.SetMemoryLimit(machine.Available().Bytes / 10 * 9)
	}
	e := newEnv(ctx, os.Args[1:], os.Stdout, os.Stderr)
	context.AfterFunc(ctx, func() { os.Exit(e.leave()) })
	os.Exit(e.run())
}

// patience is how long an interrupted command may take to end by itself. Everything that is computed looks often enough
// whether it is to stop; what is not ours, such as a parser, does not.
const patience = 60 * time.Millisecond

// leave ends an interrupted command that does not end by itself, and returns the exit code.
func (e *env) leave() int {
	time.Sleep(patience)
	e.once.Do(func() {
		err := context.Canceled
		if words := e.lastWords.Load(); words != nil {
			err = (*words)()
		}
		e.explain(err)
	})
	return exitInterrupted
}

type cli struct {
	List      listCmd      `cmd:"" help:"List the catalogue, one scenario a line."`
	Show      showCmd      `cmd:"" help:"Print a scenario with every default filled in, as YAML."`
	Theory    theoryCmd    `cmd:"" help:"Compute the limit d → ∞: one row a step, each quantity followed by its standard error."`
	Simulate  simulateCmd  `cmd:"" help:"Train at finite d: one row a replica and step."`
	Verify    verifyCmd    `cmd:"" help:"Compare theory and simulations: a verdict for each scenario and a report."`
	Compare   compareCmd   `cmd:"" help:"Compare a theory and runs that were both made elsewhere: no scenario, any problem."`
	Calibrate calibrateCmd `cmd:"" help:"Repeat a scenario's verification with fresh seeds: how often is a right theory called wrong?"`
	Replay    replayCmd    `cmd:"" help:"Run again what a run directory is of, and compare every number."`
	Slurm     slurmCmd     `cmd:"" help:"Plan a verification for a Slurm cluster: scripts that simulate in many tasks, merge and report."`
	New       newCmd       `cmd:"" help:"Write a commented scenario of some kind, to start one's own from."`

	Completion completionCmd `cmd:"" help:"Print what makes a shell complete commands, flags and scenarios."`
	Version    versionCmd    `cmd:"" help:"Print what this program was built from."`

	VersionFlag versionFlag `name:"version" help:"Print what this program was built from." hidden:""`
}

// An env is what a command meets the world through.
type env struct {
	ctx            context.Context
	args           []string
	stdout, stderr io.Writer
	plain          bool // no progress bars: rows go to the same terminal

	once      sync.Once                    // for the error that ends the command
	lastWords atomic.Pointer[func() error] // what an interruption says, if a command has more to say than that it was
}

func newEnv(ctx context.Context, args []string, stdout, stderr io.Writer) *env {
	return &env{ctx: ctx, args: args, stdout: stdout, stderr: stderr}
}

// An output remembers the first error of writing, which not every caller looks at.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// note writes a line to standard error. What a terminal would take for a command is spelled out.
func (e *env) note(format string, a ...any) {
	io.WriteString(e.stderr, "limitcheck: "+printable(fmt.Sprintf(format, a...))+"\n")
}

// printable spells out what does not print, but for ends of lines.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// run is the program without its process. It returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return newEnv(ctx, args, stdout, stderr).run()
}

func (e *env) run() (code int) {
	out := &output{Writer: e.stdout}
	e.stdout = out
	args, stdout, stderr := e.args, e.stdout, e.stderr
	defer func() {
		if p := recover(); p != nil {
			e.once.Do(func() {
				e.note("internal error: %v; please report it with the command and the scenario", p)
				if os.Getenv("GOTRACEBACK") != "" {
					stderr.Write(debug.Stack())
				}
			})
			code = exitFailure
		}
	}()
	helped := false
	parser, err := kong.New(&cli{}, append(valueReaders(), kong.Name("limitcheck"), kong.Description(description),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }), kong.Bind(e),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}))...)
	if err != nil {
		panic(err)
	}
	complete(parser)
	if helped {
		return exitOK
	}
	parsed, err := parser.Parse(helpFirst(args))
	switch {
	case helped, out.err != nil:
		err = nil
	case err != nil:
		e.note("%v", usageError(err))
		return exitUsage
	default:
		err = parsed.Run()
	}
	if out.err != nil && exitCode(err) < exitFailure && !errors.Is(out.err, syscall.EPIPE) {
		err = fmt.Errorf("standard output: %w", out.err) // lines are missing there, whatever was found
	}
	e.once.Do(func() { e.explain(err) })
	return exitCode(err)
}

// explain says why a command ends.
func (e *env) explain(err error) {
	switch code := exitCode(err); {
	case errors.Is(err, context.Canceled) && !errors.As(err, new(interruption)) && !errors.As(err, new(requeued)):
		e.note("interrupted")
	case code != exitOK && !errors.As(err, new(verdictError)):
		e.note("%v", err)
	}
}

const description = `Decide with evidence whether an asymptotic theory of learning is right.

SCENARIO is a name from "limitcheck list", the path of a YAML file, or - for standard input. Start with "limitcheck verify ridge-gd"; every
command has its own --help with examples.`

const (
	exitOK          = 0
	exitVerdict     = 1
	exitUsage       = 2
	exitFailure     = 3
	exitInterrupted = 130
)

// A verdictError ends verify when not everything agrees. All there is to say has been said.
type verdictError struct{ code int }

func (verdictError) Error() string { return "not everything agrees" }

// An interruption of a run that keeps what is finished.
type interruption struct {
	finished string // for instance "7 finished replicas"
	again    string // the command that goes on
}

func (e interruption) Error() string {
	return fmt.Sprintf("interrupted: %s are kept; go on with `%s`", e.finished, e.again)
}

func (interruption) Unwrap() error { return context.Canceled }

// An inputError is the user's to mend.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func badInput(format string, a ...any) error { return inputError{fmt.Errorf(format, a...)} }

func exitCode(err error) int {
	var verdict verdictError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE): // whoever read our rows has seen enough
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, new(*theory.DivergenceError)), errors.As(err, new(*montecarlo.DivergenceError)),
		errors.As(err, new(*theory.FixedPointError)), errors.As(err, new(*montecarlo.NotConvergedError)):
		return exitVerdict
	case errors.As(err, new(inputError)), errors.As(err, new(harness.InputError)), errors.As(err, new(*scenarios.Error)),
		errors.As(err, new(*tables.Error)), errors.As(err, new(*journal.ExistsError)), errors.As(err, new(*journal.LockedError)),
		errors.As(err, new(*journal.FormatError)), errors.As(err, new(*journal.ForeignError)),
		errors.As(err, new(*rundir.ForeignError)):
		return exitUsage
	}
	return exitFailure
}

// helpFirst reads "help COMMAND" as "COMMAND --help".
func helpFirst(args []string) []string {
	if len(args) > 0 && args[0] == "help" {
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// quote writes an argument as a shell would read it back.
func quote(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\n\"'`$&|;<>()*?[]#~\\{}!") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}

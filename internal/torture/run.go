package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// patience is how long a command of this program may take; longer is a hang.
const patience = 5 * time.Minute

// An outcome is how a command ended.
type outcome struct {
	args           []string
	code           int // -1: by a signal
	stdout, stderr string
	took           time.Duration
	hung           bool
}

func (o outcome) String() string {
	return fmt.Sprintf("limitcheck %s: exit code %d, %q", strings.Join(o.args, " "), o.code, cut(o.stderr))
}

func cut(s string) string {
	if len(s) > 400 {
		return s[:400] + "…"
	}
	return s
}

// run runs limitcheck in dir.
func (t *torture) run(dir string, args ...string) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return finish(ctx, t.command(ctx, dir, args...), args)
}

func (t *torture) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, t.Limitcheck, args...)
	c.Dir = dir
	return c
}

func finish(ctx context.Context, c *exec.Cmd, args []string) outcome {
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	start := time.Now()
	err := c.Run()
	o := outcome{args: args, stdout: stdout.String(), stderr: stderr.String(), took: time.Since(start), hung: ctx.Err() != nil}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		o.code = exit.ExitCode()
	case err != nil:
		o.code, o.stderr = -2, err.Error()
	}
	return o
}

// judge checks what holds for every command: it ends, with one of the codes, without a panic, and says what it has to say
// in lines of its own.
func (c *tally) judge(o outcome, codes ...int) bool {
	good := false
	for _, code := range codes {
		good = good || o.code == code
	}
	why := ""
	switch {
	case o.hung:
		why = "hangs"
	case strings.Contains(o.stderr, "goroutine ") || strings.Contains(o.stderr, "internal error") || strings.Contains(o.stderr, "fatal error"):
		why = "panics"
	case !good:
		why = fmt.Sprintf("has not one of the exit codes %v", codes)
	case !printable(o.stderr):
		why = "says control characters"
	case foreignLine(o.stderr) != "":
		why = fmt.Sprintf("says %q", cut(foreignLine(o.stderr)))
	}
	if why != "" {
		c.fail("%s: %v", why, o)
	}
	return why == ""
}

// printable reports whether a text holds nothing that a terminal takes for a command or that turns the writing around.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
	})
}

// foreignLine is the first line that is not limitcheck's, or "".
func foreignLine(stderr string) string {
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "limitcheck: ") {
			return line
		}
	}
	return ""
}

var reproduce = regexp.MustCompile(`(?s)\n## Reproduce\n.*`)

// report is what a run found, but for what differs between runs on the same data: report, verdict and curves.
func report(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		return "", err
	}
	verdict, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		return "", err
	}
	found, _, _ := strings.Cut(string(verdict), "\n  \"provenance\":")
	whole := reproduce.ReplaceAllString(string(text), "") + found
	curves, err := filepath.Glob(filepath.Join(dir, "*", "*.csv"))
	if err != nil || len(curves) == 0 {
		return "", fmt.Errorf("%s has no curves: %v", dir, err)
	}
	for _, name := range curves {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		whole += "\n" + filepath.Base(name) + "\n" + string(data)
	}
	return whole, nil
}

// same checks that a run has come to the report of the one that nothing happened to.
func (c *tally) same(dir, want string) bool {
	got, err := report(dir)
	if err != nil {
		c.fail("no report: %v", err)
		return false
	}
	if got != want {
		c.fail("%s differs from the report of an uninterrupted run", c.keep(filepath.Base(dir)+".report", []byte(got)))
		return false
	}
	return true
}

// problem is two scenarios whose runs take a second, and the report of a run to which nothing happened.
func (t *torture) problem(c *tally) (args []string, want string) {
	for name, text := range map[string]string{"first.yaml": first, "second.yaml": second} {
		c.keep(name, []byte(text))
	}
	args = []string{"verify", "first.yaml", "second.yaml", "--paths", "512"}
	o := t.run(c.dir, append(args, "--out", "whole")...)
	if !c.judge(o, 0, 1) {
		return args, ""
	}
	want, err := report(filepath.Join(c.dir, "whole"))
	if err != nil {
		c.fail("%v", err)
	}
	return args, want
}

const first = `name: first
data: {alpha: 2}
teacher: {label: linear, noise: 0.1}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, ridge: 0.1, steps: 6}
init: {overlap: 0.2, norm: 1}
experiment: {dims: [100, 200, 400], replicas: 24, seed: 3}
`

const second = `name: second
data: {alpha: 2}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: sgd, learning_rate: 0.5, ridge: 0.1, batch: {fraction: 0.5}, steps: 5}
init: {overlap: 0.2, norm: 1}
experiment: {dims: [100, 200, 400], replicas: 24, seed: 4}
`

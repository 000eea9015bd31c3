package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"limitcheck/harness"
	"limitcheck/internal/tables"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// python finds one that has NumPy, or skips the test by name.
func python(t *testing.T) string {
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import numpy").Run() == nil {
			return name
		}
	}
	t.Skip("no python3 with numpy on this machine")
	return ""
}

// The Python of docs/your-own.md runs, its curve is that of ridge-gd to the digits it prints, and no command of
// the page contradicts it.
func TestYourOwn(t *testing.T) {
	page, err := os.ReadFile("../../docs/your-own.md")
	if err != nil {
		t.Fatal(err)
	}
	scripts := blocks(string(page), "python")
	if len(scripts) != 2 {
		t.Fatalf("%d blocks of Python", len(scripts))
	}
	name, dir := python(t), t.TempDir()
	for _, text := range scripts {
		run := exec.Command(name, "-")
		run.Dir, run.Stdin = dir, strings.NewReader(text)
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	curve, err := tables.ReadTheory(filepath.Join(dir, "curve.csv"), nil)
	if err != nil {
		t.Fatal(err)
	}

	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		t.Fatal(err)
	}
	s.Method.Steps = curve.Steps[len(curve.Steps)-1]
	limit, err := theory.Solve(t.Context(), s, theory.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ours := harness.Prediction(limit)
	for i, step := range curve.Steps {
		for j, observable := range curve.Observables {
			x := curve.Mean[i][j]
			want := ours.Mean[step][slices.Index(ours.Observables, observable)]
			if unit := curve.Rounding[j].Unit(x); math.Abs(x-want) > unit/2+1e-14 || unit > 1e-9 {
				t.Errorf("step %d: %s is %.12g, known to %g; limitcheck says %.12g", step, observable, x, unit, want)
			}
		}
	}

	t.Chdir(dir)
	var commands int
	for line := range strings.Lines(string(page)) {
		command, ok := strings.CutPrefix(line, "    limitcheck ")
		if !ok {
			continue
		}
		commands++
		args := strings.Fields(command)
		if strings.HasPrefix(command, "verify") {
			args = append(args, "--ablations", "none")
		}
		if strings.HasPrefix(command, "verify") && !strings.Contains(command, "--runs") {
			args = append(args, "--dim", "50,100,200", "--replicas", "8", "--fresh")
		}
		// Few runs decide little: whether they agree is for them to say, but they were made to be right.
		code, out := try(t, args)
		if code != exitOK && !(code == exitVerdict && strings.Contains(out, " inconclusive ")) {
			t.Errorf("limitcheck %s: exit code %d\n%s", command, code, out)
		}
		if strings.Contains(command, "verify ridge-gd --theory") && !strings.Contains(out, "does not differ from our limit") {
			t.Errorf("limitcheck %s:\n%s", command, out)
		}
	}
	if commands != 3 {
		t.Errorf("%d commands", commands)
	}

	// The runs can find a curve wrong: this one by 0.2 at every step.
	wrong := "step,overlap\n"
	for i, step := range curve.Steps {
		wrong += fmt.Sprintf("%d,%.6f\n", step, curve.Mean[i][slices.Index(curve.Observables, "overlap")]+0.2)
	}
	if err := os.WriteFile("wrong.csv", []byte(wrong), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out := try(t, []string{"compare", "--theory", "wrong.csv", "--runs", "runs.npz"})
	if code != exitVerdict || !strings.Contains(out, "departs at step") {
		t.Errorf("a curve that is wrong by 0.2: exit code %d\n%s", code, out)
	}
}

// try runs a command in this process.
func try(t *testing.T, args []string) (code int, output string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

// The Go of docs/your-own.md is compare's example, which runs.
func TestYourOwnGo(t *testing.T) {
	page, err := os.ReadFile("../../docs/your-own.md")
	if err != nil {
		t.Fatal(err)
	}
	goIsIn(t, string(page), "../../compare/example_test.go")
}

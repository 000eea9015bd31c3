package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"limitcheck/compare"
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

// The Python of docs/your-own.md runs, its curve is that of ridge-gd to the digits it prints, and its runs do not
// contradict it.
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
	runs, err := tables.ReadRuns([]string{filepath.Join(dir, "runs.npz")}, nil, nil)
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

	p := compare.Prediction{Name: "curve", Observables: curve.Observables, Steps: curve.Steps, Mean: curve.Mean}
	var list []compare.Run
	for i, r := range runs.Replicas {
		list = append(list, compare.Run{Dim: r.Dim, Index: r.Index, Steps: runs.Steps, Values: runs.Rows(i)})
	}
	// 32 runs of one seed: whether they agree is for them to say, but they were made to be right.
	if c, err := compare.Compare(p, list, compare.Settings{}); err != nil || c.Verdict == compare.Disagrees {
		t.Errorf("%v, %+v", err, c)
	}
	for i := range p.Mean { // and could have been found wrong
		p.Mean[i][0] += 0.2
	}
	if c, err := compare.Compare(p, list, compare.Settings{}); err != nil || c.Verdict != compare.Disagrees {
		t.Errorf("a curve that is wrong by 0.2 passes: %v", err)
	}
}

// The Go of docs/your-own.md is compare's example, which runs.
func TestYourOwnGo(t *testing.T) {
	page, err := os.ReadFile("../../docs/your-own.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../../compare/example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	code := blocks(string(page), "go")
	if len(code) == 0 {
		t.Error("no Go code")
	}
	for _, text := range code {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.Contains(string(source), line) {
				t.Errorf("not in the example: %s", line)
			}
		}
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"limitcheck/internal/tables"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// printed runs a command and puts its rows into a file.
func printed(t *testing.T, args, format string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), append(strings.Fields(args), "--format", format), &stdout, &stderr); code != 0 {
		t.Fatalf("%s: exit code %d, %s", args, code, stderr.String())
	}
	name := filepath.Join(t.TempDir(), "rows."+format)
	if err := os.WriteFile(name, stdout.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// The same numbers come from every format, to the last bit.
func TestFormatsAgree(t *testing.T) {
	anyRounding := cmpopts.IgnoreTypes([]tables.Rounding{})
	var curves []*tables.Theory
	var runs []*tables.Runs
	for _, format := range []string{"csv", "json", "npz"} {
		curve, err := tables.ReadTheory(printed(t, "theory testdata/sweep.yaml --paths 256", format), nil)
		if err != nil {
			t.Fatal(err)
		}
		run, err := tables.ReadRuns([]string{printed(t, "simulate testdata/tiny.yaml", format)}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		curves, runs = append(curves, curve), append(runs, run)
		if diff := cmp.Diff(curves[0], curve, anyRounding); diff != "" {
			t.Errorf("theory, %s:\n%s", format, diff)
		}
		if diff := cmp.Diff(runs[0], run, anyRounding); diff != "" {
			t.Errorf("runs, %s:\n%s", format, diff)
		}
	}
	if len(runs[0].Replicas) < 2 || len(curves[0].Mean) < 2 || curves[0].StandardError[1][0] == 0 {
		t.Errorf("too little to compare: %d replicas, %d steps, standard error %g", len(runs[0].Replicas), len(curves[0].Mean), curves[0].StandardError[1][0])
	}
}

// Kernels come back from an .npz entry by entry, for one unit and for two.
func TestKernelArrays(t *testing.T) {
	for _, name := range []string{"ridge-gd", "committee-erf"} {
		args := "theory " + name + " --kernels --paths 256 --scramblings 2"
		got, err := tables.ReadTheory(printed(t, args, "npz"), nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		limit, err := theory.Solve(t.Context(), s, theory.Settings{Paths: 256, Scramblings: 2, Seed: s.Experiment.Seed})
		if err != nil {
			t.Fatal(err)
		}
		want := kernels(limit)
		for _, k := range []*tables.Kernel{want.Correlation, want.WeightResponse, want.GradientResponse} {
			// Between units R_p(1,0) = -eta I vanishes; two steps apart nothing does.
			if at := k.At(2, 0, 0, k.Units-1); k.Values[at] == 0 {
				t.Errorf("%s: entry %d is 0", name, at)
			}
		}
		if diff := cmp.Diff(want, got.Kernels, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		last := s.Method.Steps
		if k := got.Kernels.Correlation; k.Values[k.At(last, 1, 0, 0)] != limit.Kernels.Correlation.At(last, 1, 0, 0) {
			t.Errorf("%s: C(%d, 1)", name, last)
		}
	}
}

package harness_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// train returns runs of a scenario as somebody else would have them: with ours in the place of theirs.
func train(t *testing.T, s *scenarios.Scenario, dims []int, replicas int, theirs func(step int, ours map[string]float64) []float64,
	observables ...string) *harness.Sample {
	t.Helper()
	var jobs []montecarlo.Job
	for _, d := range dims {
		for i := range replicas {
			jobs = append(jobs, montecarlo.Job{Dim: d, Index: i})
		}
	}
	sample, own := &harness.Sample{Observables: observables}, s.Observables()
	err := montecarlo.Run(t.Context(), s, slices.Values(jobs), montecarlo.Settings{}, func(r *montecarlo.Replica) error {
		run := compare.Run{Dim: r.Dim, Index: r.Index}
		for step, row := range r.Values {
			ours := map[string]float64{}
			for j, name := range own {
				ours[name] = row[j]
			}
			run.Values = append(run.Values, theirs(step, ours))
		}
		sample.Runs = append(sample.Runs, run)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sample
}

func mapped(t *testing.T, s *scenarios.Scenario, texts ...string) (list []harness.Column) {
	t.Helper()
	for _, text := range texts {
		c, err := harness.ParseColumn(text, s.Observables())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// FuzzParseColumn: no text makes the parser panic, every error is one printable line, and what is read has a name and
// reads back.
func FuzzParseColumn(f *testing.F) {
	for _, text := range []string{"eg=2*test_loss-0.09", "q = norm/2", "a=b=c", "=", "e\u202eg=norm", "e=\x1b[31mnorm", "e\n=norm\n+overlap",
		"e=norm[0]", "e=max(norm, overlap, \u0085)", "e=1e400", "e=norm ? 1 : 2", strings.Repeat("e=(", 300)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := harness.ParseColumn(text, []string{"overlap", "norm", "test_loss"})
		if err != nil {
			if i := strings.IndexFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
				t.Errorf("%q: %q", text, err.Error())
			}
			return
		}
		again, err := harness.ParseColumn(c.Name+" = "+c.Expression, []string{"overlap", "norm", "test_loss"})
		if err != nil || again.Name != c.Name || again.Expression != c.Expression {
			t.Errorf("%q: %+v, %v", text, again, err)
		}
	})
}

// Columns of runs that follow from ours are compared when it is said how, also one with a name of ours, and one that does
// not follow so disagrees.
func TestColumnsOfRuns(t *testing.T) {
	s := parse(t, ridge)
	sample := train(t, s, []int{40, 80, 160, 320}, 16, func(_ int, x map[string]float64) []float64 {
		return []float64{2*x["test_loss"] - 0.01, x["norm"] - x["overlap"]*x["overlap"], math.Sqrt(x["norm"])}
	}, "eg", "q", "norm")
	for _, set := range []theory.Settings{{}, {Sampled: true, Paths: 4096}} {
		r := verify(t, s, harness.Settings{Ablations: []theory.Ablation{theory.NoMemory}, Sample: sample, Theory: set,
			Columns: mapped(t, s, "eg=2*test_loss-0.01", "norm = sqrt(norm)", "q=norm-overlap^2")})
		c := r.Comparison
		if len(c.Observables) != 3 || c.Verdict == compare.Disagrees || c.Ablations[0].Verdict != compare.Disagrees {
			t.Errorf("%v: %s (p = %g), without memory %s", c.Observables, c.Verdict, c.PValue, c.Ablations[0].Verdict)
		}
		if c.Notes[len(c.Notes)-1].Text != "their q is compared with norm-overlap^2 of ours" {
			t.Errorf("the notes are %v", c.Notes)
		}
	}
	r := verify(t, s, harness.Settings{Ablations: []theory.Ablation{}, Sample: sample, Columns: mapped(t, s, "eg=test_loss")})
	if b := r.Comparison.Begins; b == nil || b.Observable != "eg" && b.Observable != "norm" {
		t.Errorf("a wrong map begins %v", b)
	}
}

// Of a theory likewise: the simulations' columns are made to be theirs.
func TestColumnsOfTheory(t *testing.T) {
	s := parse(t, ridge)
	limit, err := theory.Solve(t.Context(), s, theory.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ours := harness.Prediction(limit)
	theirs := &compare.Prediction{Observables: []string{"eg", "overlap"}}
	for _, row := range ours.Mean {
		theirs.Mean = append(theirs.Mean, []float64{2*row[slices.Index(ours.Observables, "test_loss")] - 0.01, row[0]})
	}
	set := harness.Settings{Ablations: []theory.Ablation{}, Theirs: theirs, Columns: mapped(t, s, "eg=2*test_loss-0.01")}
	r := verify(t, s, set)
	if c := r.Comparison; c.Verdict == compare.Disagrees || len(c.Observables) != 2 || r.Theirs.Difference.Begins != nil {
		t.Errorf("%v: %s (p = %g), against ours %+v", c.Observables, c.Verdict, c.PValue, r.Theirs.Difference)
	}
}

// The error of a mapped column of a limit with replicates is their spread, and never above what errors alone allow.
func TestColumnError(t *testing.T) {
	s := parse(t, ridge)
	sample := train(t, s, []int{40, 80}, 4, func(_ int, x map[string]float64) []float64 {
		return []float64{x["overlap"] - x["overlap"]}
	}, "nothing")
	r := verify(t, s, harness.Settings{Ablations: []theory.Ablation{}, Sample: sample, Theory: theory.Settings{Sampled: true, Paths: 1024},
		Columns: mapped(t, s, "nothing=overlap-overlap")})
	for _, row := range r.Comparison.Theory.SE {
		if row[0] != 0 {
			t.Errorf("overlap less itself has the error %g", row[0])
		}
	}
}

func TestBadColumns(t *testing.T) {
	s := parse(t, ridge)
	for text, want := range map[string]string{
		"eg":               "NAME=EXPRESSION is expected",
		"=overlap":         "NAME=EXPRESSION is expected",
		"eg=":              "NAME=EXPRESSION is expected",
		"eg=2*energy":      "unknown variable energy: accepted are overlap, norm, cosine, train_loss, test_loss",
		"eg=2*":            "cannot parse",
		"eg=gamma(norm)":   "unknown function gamma",
		"eg=overlap[0]":    "unknown variable overlap[0]",
		"eg=norm == 1":     "operator ==",
		"eg=sqrt(norm, 1)": "sqrt takes 1 argument",
		"e\x1b[31m=norm":   `"e\x1b[31m" cannot be the name of a column; a printable name is expected`,
	} {
		if _, err := harness.ParseColumn(text, s.Observables()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
	sample := &harness.Sample{Observables: []string{"eg"}}
	for want, set := range map[string]harness.Settings{
		"there is no column loss to map (there are eg)": {Sample: sample, Columns: mapped(t, s, "loss=norm")},
		"column eg is mapped twice":                     {Sample: sample, Columns: mapped(t, s, "eg=norm", "eg=norm")},
		"where a theory or runs are from elsewhere":     {Columns: mapped(t, s, "eg=norm")},
		"is not from ParseColumn":                       {Sample: sample, Columns: []harness.Column{{Name: "eg"}}},
	} {
		if _, err := harness.Verify(t.Context(), s, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

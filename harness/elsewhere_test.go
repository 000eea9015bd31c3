package harness_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"limitcheck/compare"
	"limitcheck/harness"
	"limitcheck/montecarlo"
	"limitcheck/theory"
)

// A right curve printed with six digits, at some of the steps and observables, is judged as ours is, does not differ from
// ours, and a digit changed by more than the runs' noise makes it disagree where it was changed.
func TestTheirs(t *testing.T) {
	s := parse(t, ridge)
	limit, err := theory.Solve(t.Context(), s, theory.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	printed := func(from int, off float64) *compare.Prediction {
		p := &compare.Prediction{Observables: []string{"norm", "unheard of", "overlap"}, Steps: []int{0, 2, 3, 5}}
		for _, step := range p.Steps {
			row := []float64{limit.Mean[step][1], 7, limit.Mean[step][0]}
			half := []float64{0, 0, 0}
			for j := range row {
				if j == 2 && step >= from {
					row[j] += off
				}
				row[j], half[j] = math.Round(row[j]*1e6)/1e6, 0.5e-6
			}
			p.Mean, p.Rounding = append(p.Mean, row), append(p.Rounding, half)
		}
		return p
	}
	none := harness.Settings{Ablations: []theory.Ablation{}}
	right := none
	right.Theirs = printed(9, 0)
	r := verify(t, s, right)
	if r.Comparison.Verdict == compare.Disagrees || r.Theirs.Difference.PValue != 1 || r.Theirs.Diagnosis != nil {
		t.Errorf("a right curve: %s, p = %g, against ours %+v", r.Comparison.Verdict, r.Comparison.PValue, r.Theirs.Difference)
	}
	if got := strings.Join(r.Comparison.Observables, " "); got != "norm overlap" || len(r.Comparison.Steps) != 4 {
		t.Errorf("compared %s at steps %v", got, r.Comparison.Steps)
	}
	wrong := none
	wrong.Theirs = printed(3, 0.5)
	r = verify(t, s, wrong)
	want := compare.Point{Step: 3, Observable: "overlap"}
	if r.Comparison.Verdict != compare.Disagrees || r.Comparison.Begins == nil || *r.Comparison.Begins != want {
		t.Errorf("wrong by 0.5 from step 3 on: %s, begins %v", r.Comparison.Verdict, r.Comparison.Begins)
	}
	if d := r.Theirs; d.Difference.Begins == nil || *d.Difference.Begins != want || d.Diagnosis == nil || len(d.Diagnosis) != 0 {
		t.Errorf("against ours: %+v, diagnosis %v", d.Difference, d.Diagnosis)
	}
	for name, bad := range map[string]*compare.Prediction{
		"none of which is an observable": {Observables: []string{"energy"}, Mean: [][]float64{{1}}},
		"goes to step 9":                 {Observables: []string{"norm"}, Steps: []int{9}, Mean: [][]float64{{1}}},
	} {
		set := none
		set.Theirs = bad
		if _, err := harness.Verify(t.Context(), s, set); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

// Each known mistake, taken for somebody's theory, is found to differ from ours, and the diagnosis contains it: with its own
// error from other scramblings, so that nothing is equal by construction. (What cannot be seen in three steps of this
// problem is left out.)
func TestDiagnosisNamesTheMistake(t *testing.T) {
	s := parse(t, ridge)
	for _, mistake := range []theory.Ablation{theory.NoMemory, theory.NoWeightMemory, theory.ShortMemory, theory.NoTeacherDrift, theory.WrongAlpha} {
		limit, err := theory.Solve(t.Context(), s, theory.Settings{Ablation: mistake, Seed: 77, Paths: 8192})
		if err != nil {
			t.Fatal(err)
		}
		theirs := harness.Prediction(limit)
		r := verify(t, s, harness.Settings{Ablations: []theory.Ablation{}, Theirs: &theirs, Theory: theory.Settings{Paths: 8192}})
		if r.Theirs.Difference.Begins == nil {
			t.Errorf("%s does not differ from ours", mistake)
			continue
		}
		named := false
		for _, f := range r.Theirs.Diagnosis {
			named = named || f.Name == string(mistake)
		}
		if !named || len(r.Theirs.Diagnosis) > 2 {
			t.Errorf("%s: the diagnosis is %v", mistake, r.Theirs.Diagnosis)
		}
	}
}

// Runs from elsewhere take the place of simulations, with the columns that they have, at the steps that they have; at
// other dims than the scenario's.
func TestSample(t *testing.T) {
	s := parse(t, ridge)
	var jobs []montecarlo.Job
	for _, d := range []int{40, 80, 160, 320} {
		for i := range 8 {
			jobs = append(jobs, montecarlo.Job{Dim: d, Index: i})
		}
	}
	sample := &harness.Sample{Observables: []string{"test_loss", "overlap"}, Steps: []int{1, 4}}
	own := s.Observables()
	err := montecarlo.Run(t.Context(), s, slices.Values(jobs), montecarlo.Settings{}, func(r *montecarlo.Replica) error {
		run := compare.Run{Dim: r.Dim, Index: r.Index, Steps: sample.Steps}
		for _, step := range sample.Steps {
			row := make([]float64, 2)
			for j, name := range own {
				switch name {
				case "test_loss":
					row[0] = r.Values[step][j]
				case "overlap":
					row[1] = r.Values[step][j]
				}
			}
			run.Values = append(run.Values, row)
		}
		sample.Runs = append(sample.Runs, run)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := verify(t, s, harness.Settings{Ablations: []theory.Ablation{}, Sample: sample})
	c := r.Comparison
	if c.Verdict == compare.Disagrees || len(c.Steps) != 2 || len(c.Observables) != 2 || c.Dims[0] != 40 || len(r.Engines) != 0 {
		t.Errorf("%s, p = %g at steps %v, %v, dims %v", c.Verdict, c.PValue, c.Steps, c.Observables, c.Dims)
	}
	wider := &harness.Sample{Observables: []string{"energy", "test_loss", "overlap"}, Steps: sample.Steps}
	for i, run := range sample.Runs { // with a column that nobody knows, which one row lacks
		rows := [][]float64{append([]float64{1}, run.Values[0]...), append([]float64{1}, run.Values[1]...)}
		if i == 3 {
			rows[1] = rows[1][:2]
		}
		run.Values = rows
		wider.Runs = append(wider.Runs, run)
	}
	_, err = harness.Verify(t.Context(), s, harness.Settings{Ablations: []theory.Ablation{}, Sample: wider})
	ragged := fmt.Sprintf("d = %d, replica %d, row 1 has 2 values", sample.Runs[3].Dim, sample.Runs[3].Index)
	if err == nil || !strings.Contains(err.Error(), ragged) {
		t.Errorf("error %v, want one with %q", err, ragged)
	}
	for i := range sample.Runs { // a loss without its ½
		for _, row := range sample.Runs[i].Values {
			row[0] *= 2
		}
	}
	r = verify(t, s, harness.Settings{Ablations: []theory.Ablation{}, Sample: sample})
	if b := r.Comparison.Begins; r.Comparison.Verdict != compare.Disagrees || b == nil || b.Observable != "test_loss" || b.Step != 1 {
		t.Errorf("a doubled loss: %s, begins %v", r.Comparison.Verdict, b)
	}
}

package compare

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// wrongFrom makes a prediction wrong by size from step t on, in every observable.
func wrongFrom(p Prediction, t int, size float64) Prediction {
	mean := make([][]float64, len(p.Mean))
	for i, row := range p.Mean {
		mean[i] = append([]float64(nil), row...)
		if i >= t {
			for o := range row {
				mean[i][o] += size
			}
		}
	}
	p.Mean = mean
	return p
}

// A theory that is wrong from step 4 on is said to depart there or later, never before: the closed test keeps the chance
// of naming an earlier point below the level. 400 cases at level 0.05; the 99.9 % point of Binomial(400, 0.05) is 35.
// With an error of 9 standard deviations (0.7/√d is the noise, some 0.01 the error of the intercept) the step is found.
func TestBeginsIsNotTooEarly(t *testing.T) {
	const n, level, start = 400, 0.05, 4
	s := usual()
	early, there, found := 0, 0, 0
	for _, c := range eachSeed(t, n, func(seed uint64) (*Comparison, error) {
		limit, runs := s.draw(seed)
		return Compare(wrongFrom(limit, start, 0.09), runs, Settings{Level: level, Resamples: 499, Seed: seed})
	}) {
		if c.Begins == nil {
			continue
		}
		found++
		switch {
		case c.Begins.Step < start:
			early++
		case c.Begins.Step == start:
			there++
		}
	}
	if !binomial(early, n, level) && early > n*level {
		t.Errorf("%d of %d departures are named before the first wrong step, at level %g", early, n, level)
	}
	if found < n*95/100 || there < found*8/10 {
		t.Errorf("a departure is named in %d of %d cases and at the right step in %d", found, n, there)
	}
	t.Logf("early %d, at step %d %d, found %d of %d", early, start, there, found, n)
}

// Taking the first point with p < level by itself names a point before the departure more often than the level: the closed
// test is needed. The same cases as above.
func TestFirstSignificantPointIsTooEarly(t *testing.T) {
	const n, level, start = 400, 0.05, 4
	early := 0
	for seed := range uint64(n) {
		limit, runs := usual().draw(seed + 1)
		p := wrongFrom(limit, start, 0.09)
		e, err := newEnsemble(&p, runs)
		if err != nil {
			t.Fatal(err)
		}
		set, _ := Settings{Level: level, Resamples: 499, Seed: seed}.complete("")
		th, _ := e.target("", &p)
		a, err := newAnalysis(e, th, set)
		if err != nil {
			t.Fatal(err)
		}
		c := a.contest(th)
		a.model.fit.rotate(0, []*contest{c}, a.points(), set.Resamples, set.Seed)
		for j := range start * len(a.observables) {
			if exceedance(c.max[j], math.Abs(c.t[j])) < level {
				early++
				break
			}
		}
	}
	if binomial(early, n, level) || early < n*level {
		t.Errorf("naming the first significant point is early in only %d of %d cases: the test above could not fail", early, n)
	}
}

// Rounding is a bounded error: a right curve printed with so few digits that its rounding is many standard errors is not
// called wrong; without the bound it is; and one wrong by more than its digits still is.
func TestRounding(t *testing.T) {
	s := usual()
	s.sigma, s.a = 1e-6, 1e-5
	limit, runs := s.draw(3)
	const unit = 1e-3
	rounded := wrongFrom(limit, 0, 0)
	rounded.Rounding = make([][]float64, len(rounded.Mean))
	for i, row := range rounded.Mean {
		for o, v := range row {
			row[o] = math.Round(v/unit) * unit
			rounded.Rounding[i] = append(rounded.Rounding[i], unit/2)
		}
	}
	c := mustCompare(t, rounded, runs, Settings{})
	if c.Verdict != Agrees || c.PValue < 0.05 {
		t.Errorf("a right curve rounded to %g: %s, p = %g", unit, c.Verdict, c.PValue)
	}
	for _, b := range c.Bounds {
		if b.Bound < unit/2 {
			t.Errorf("the bound on %s is %g, less than the rounding error", b.Observable, b.Bound)
		}
	}
	bare := rounded
	bare.Rounding = nil
	if c := mustCompare(t, bare, runs, Settings{}); c.Verdict != Disagrees {
		t.Errorf("without its rounding: %s", c.Verdict)
	}
	wrong := wrongFrom(rounded, 3, 2*unit)
	if c := mustCompare(t, wrong, runs, Settings{}); c.Verdict != Disagrees || c.Begins == nil || c.Begins.Step != 3 {
		t.Errorf("wrong by two units from step 3 on: %s, begins %v", c.Verdict, c.Begins)
	}
}

// Runs at one d: nothing is known of the limit unless an allowance says how far it may be.
func TestOneDim(t *testing.T) {
	s := usual()
	s.dims, s.controls = []int{1000}, 0
	limit, runs := s.draw(4) // mean(d) = limit + 3 sin(…)/d
	c := mustCompare(t, limit, runs, Settings{})
	if c.Verdict != Inconclusive || c.PValue != 1 || !math.IsInf(c.Bounds[0].Bound, 1) || c.Need != nil {
		t.Errorf("without an allowance: %s, p = %g, %+v", c.Verdict, c.PValue, c.Bounds[0])
	}
	if !strings.Contains(c.Notes[0].Text, "all runs have d = 1000") || c.Notes[0].Kind != NoteModel {
		t.Errorf("notes %v", c.Notes)
	}
	if c := mustCompare(t, wrongFrom(limit, 0, 1), runs, Settings{}); c.Verdict != Inconclusive {
		t.Errorf("without an allowance even a theory that is off by 1 cannot be contradicted: %s", c.Verdict)
	}
	if c := mustCompare(t, limit, runs, Settings{Allowance: 3}); c.Verdict == Disagrees || c.Bounds[0].Bound < 0.003 {
		t.Errorf("with the true allowance: %s, p = %g, %+v", c.Verdict, c.PValue, c.Bounds[0])
	}
	if c := mustCompare(t, limit, runs, Settings{Allowance: 3, Margin: 0.2}); c.Verdict != Agrees {
		t.Errorf("with the true allowance and a wide margin: %s, %+v", c.Verdict, c.Bounds)
	}
	if c := mustCompare(t, wrongFrom(limit, 5, 0.2), runs, Settings{Allowance: 3}); c.Verdict != Disagrees || c.Begins.Step != 5 {
		t.Errorf("off by 0.2 from step 5 on: %s, begins %v", c.Verdict, c.Begins)
	}
}

// Of two predictions with sampled errors that say the same, fewer than the level are called different (Bonferroni's bound
// over 18 correlated points is conservative: 2000 pairs, at most the 99.9 % point of Binomial(2000, 0.05), 131). An error
// that the data would show is seen where it begins, and told from others.
func TestDiffer(t *testing.T) {
	const n, level = 2000, 0.05
	s := usual()
	s.scramblings, s.theorySD = 8, 0.01
	different := 0
	for seed := range uint64(n) {
		rng := rand.New(rand.NewPCG(seed, 2))
		d, err := Differ(s.limit(rng), s.limit(rng), Settings{Level: level})
		if err != nil {
			t.Fatal(err)
		}
		if d.PValue < level {
			different++
		}
		if (d.Begins != nil) != (d.PValue < level) {
			t.Fatalf("p = %g, begins %v", d.PValue, d.Begins)
		}
	}
	if different > 131 {
		t.Errorf("%d of %d pairs of equal predictions are called different at level %g", different, n, level)
	}
	t.Logf("called different: %d of %d", different, n)

	rng := rand.New(rand.NewPCG(1, 2))
	exact := synthetic.limit(usual(), rng)
	d, err := Differ(s.limit(rng), wrongFrom(exact, 5, 0.2), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Begins == nil || d.Begins.Step != 5 || d.PValue > 1e-3 {
		t.Errorf("off by 0.2 from step 5 on: p = %g, begins %v", d.PValue, d.Begins)
	}
	wrong := func(name string, step int) Ablated {
		p := s.limit(rng)
		for i := range p.Replicates {
			p.Replicates[i] = wrongFrom(Prediction{Mean: p.Replicates[i]}, step, 0.2).Mean
		}
		return Ablated{name, wrongFrom(p, step, 0.2)}
	}
	fits, err := Diagnose(wrongFrom(exact, 5, 0.2), []Ablated{wrong("from 2", 2), wrong("from 5", 5), wrong("never", 99)}, Settings{})
	if err != nil || len(fits) != 1 || fits[0].Name != "from 5" {
		t.Errorf("fits %v, error %v", fits, err)
	}
}

// A *disagrees* names the mistakes that the runs cannot tell from the truth: here the theory is wrong and one of the
// ablations is what the runs follow.
func TestDiagnosis(t *testing.T) {
	limit, runs := usual().draw(7)
	c := mustCompare(t, wrongFrom(limit, 3, 0.2), runs, Settings{Ablations: []Ablated{
		{"other", wrongFrom(limit, 6, 0.2)}, {"truth", limit}, {"both", wrongFrom(limit, 1, -0.3)},
	}})
	if c.Verdict != Disagrees || len(c.Diagnosis) != 1 || c.Diagnosis[0].Name != "truth" || c.Begins.Step != 3 {
		t.Errorf("%s, diagnosis %v, begins %v", c.Verdict, c.Diagnosis, c.Begins)
	}
	c = mustCompare(t, wrongFrom(limit, 3, 0.2), runs, Settings{Ablations: []Ablated{{"other", wrongFrom(limit, 6, 0.2)}}})
	if c.Diagnosis == nil || len(c.Diagnosis) != 0 {
		t.Errorf("nothing fits, but the diagnosis is %v", c.Diagnosis)
	}
	if c := mustCompare(t, limit, runs, Settings{Ablations: []Ablated{{"other", limit}}}); c.Diagnosis != nil || c.Begins != nil {
		t.Errorf("a theory that is not rejected has diagnosis %v, begins %v", c.Diagnosis, c.Begins)
	}
}

// Differ takes what both have, and says so when that is nothing; ragged curves are errors, not panics.
func TestDifferErrors(t *testing.T) {
	limit, _ := usual().draw(1)
	only := Prediction{Observables: []string{"norm"}, Steps: []int{2, 7}, Mean: [][]float64{{limit.Mean[2][1]}, {limit.Mean[7][1]}}}
	d, err := Differ(only, limit, Settings{})
	if err != nil || d.PValue != 1 || len(d.Steps) != 2 || len(d.Observables) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	for want, p := range map[string]Prediction{
		"nothing to compare": {Observables: []string{"cosine"}, Mean: [][]float64{{1}}},
		"of another shape":   {Observables: []string{"norm"}, Mean: [][]float64{{}}},
		"norm is NaN":        {Observables: []string{"norm"}, Mean: [][]float64{{math.NaN()}}},
	} {
		if _, err := Differ(p, limit, Settings{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

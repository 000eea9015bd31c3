package compare

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustCompare(t *testing.T, limit Prediction, replicas []Run, set Settings) *Comparison {
	t.Helper()
	c, err := Compare(limit, replicas, set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func noted(c *Comparison, words string) bool {
	return slices.ContainsFunc(c.Notes, func(n Note) bool { return strings.Contains(n.Text, words) })
}

// TestVerdicts takes every branch of the verdict.
func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *synthetic)
		set    Settings
		want   Verdict
		note   Note // its kind, and words of it
	}{
		{"agrees", func(s *synthetic) {}, Settings{Margin: 0.2}, Agrees, Note{}},
		{"inconclusive", func(s *synthetic) {}, Settings{Margin: 0.01}, Inconclusive, Note{NoteNeed, "times as many replicas"}},
		{"disagrees", func(s *synthetic) { s.offset = 0.1 }, Settings{Margin: 0.2}, Disagrees, Note{}},
		{"disagrees by little", func(s *synthetic) { s.offset = 0.1 }, Settings{Margin: 0.5}, Disagrees, Note{NoteMargin, "smaller than the margin"}},
		{"theory too noisy", func(s *synthetic) { s.scramblings, s.theorySD = 8, 0.5 }, Settings{Margin: 0.05}, Inconclusive, Note{NoteNeed, "samples in the theory"}},
		{"wrong where nothing is random", func(s *synthetic) { s.exact, s.offset = true, -1e-6 }, Settings{Margin: 0.2}, Agrees, Note{NoteExact, "without randomness"}},
		{"fluctuations", func(s *synthetic) { s.exponent, s.controls = -0.25, 0 }, Settings{}, Inconclusive, Note{NoteRates, "misses -1/2 by chance"}},
		{"too few replicas for control variates", func(s *synthetic) { s.dims, s.replicas = []int{100, 400}, 4 }, Settings{Margin: 5}, Agrees,
			Note{NoteControls, "2 control variates not used"}},
		{"two dims", func(s *synthetic) { s.dims = []int{100, 400} }, Settings{Margin: 5}, Agrees, Note{NoteModel, "nothing is left to check it with"}},
		{"three dims", func(s *synthetic) { s.dims = []int{100, 200, 400} }, Settings{Margin: 5}, Agrees, Note{NoteModel, "a/d + b/d²) passes through all 3 dims"}},
		{"small d not asymptotic", func(s *synthetic) { s.dims, s.odd = []int{20, 200, 1000, 5000, 20000}, 20 }, Settings{Margin: 5}, Agrees, Note{NoteModel, "d = 20 was left out"}},
		{"hinges on the model", func(s *synthetic) { s.c = 6e6 }, Settings{}, Inconclusive, Note{NoteModel, "hinges on the form of the finite-size correction"}},
		{"bias falls too slowly", func(s *synthetic) {
			s.mean, s.a, s.controls = func(d float64) float64 { return 7/math.Sqrt(d) - 7*0.01313 }, 0, 0 // extrapolated to the theory
		}, Settings{}, Inconclusive, Note{NoteModel, "the bias falls like d^-0."}},
		{"quadratic", func(s *synthetic) { s.b = 2e4 }, Settings{Margin: 5, Order: 1}, Agrees, Note{NoteModel, "a term in 1/d² is significant"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := usual()
			test.change(&s)
			c, err := s.compare(5, test.set)
			if err != nil {
				t.Fatal(err)
			}
			if c.Verdict != test.want {
				t.Errorf("verdict %s (p = %g, bounds %+v), want %s", c.Verdict, c.PValue, c.Bounds, test.want)
			}
			if test.note.Text != "" && !slices.ContainsFunc(c.Notes, func(n Note) bool {
				return n.Kind == test.note.Kind && strings.Contains(n.Text, test.note.Text)
			}) {
				t.Errorf("no note %q in %q", test.note, c.Notes)
			}
			if (c.Need != nil) != (c.Verdict == Inconclusive && c.Reason == "") || c.Correction.Anchored != (c.Verdict != Disagrees) || (c.UsableFrom != nil) != c.Correction.Anchored {
				t.Errorf("need %+v, anchored %v and usable from %v do not go with %s", c.Need, c.Correction.Anchored, c.UsableFrom, c.Verdict)
			}
		})
	}
}

// TestFiniteSizeModel: the changes of the model show in the result.
func TestFiniteSizeModel(t *testing.T) {
	s := usual()
	s.dims, s.odd = []int{20, 200, 1000, 5000, 20000}, 20
	c, err := s.compare(5, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Model.Order != 2 || !slices.Equal(c.Model.Dropped, []int{20}) || c.Model.LackOfFit < 0.01 || len(c.Means) != 5 {
		t.Errorf("order %d without %v, lack of fit %g", c.Model.Order, c.Model.Dropped, c.Model.LackOfFit)
	}
	s = usual()
	s.b = 2e4
	if c, err = s.compare(5, Settings{Order: 1}); err != nil {
		t.Fatal(err)
	}
	if c.Model.Order != 2 || len(c.Model.Dropped) != 0 || c.Model.LackOfFit < 0.01 {
		t.Errorf("order %d without %v, lack of fit %g", c.Model.Order, c.Model.Dropped, c.Model.LackOfFit)
	}
	if want := 2e4 * shape(5, 0, s.steps); math.Abs(c.Correction.Second.Value[5][0]-want) > 4.5*c.Correction.Second.SE[5][0] {
		t.Errorf("curvature %g ± %g, want %g", c.Correction.Second.Value[5][0], c.Correction.Second.SE[5][0], want)
	}
}

// TestNeed: doing what an inconclusive comparison asks for brings the bounds to the margin or nearly so.
func TestNeed(t *testing.T) {
	const n = 40
	s := usual()
	set := Settings{Margin: 0.018, Resamples: 499}
	asked, byReplicas, byDim := 0, 0, 0
	within := func(c *Comparison) bool {
		return !slices.ContainsFunc(c.Bounds, func(b Bound) bool { return b.Bound > 1.25*b.Margin })
	}
	for i, c := range s.many(t, n, set) {
		if c.Need == nil || c.Need.Replicas > 10 {
			continue
		}
		ratio := 1.0
		for _, b := range c.Bounds {
			ratio = max(ratio, b.Bound/b.Margin)
		}
		if math.Abs(c.Need.Replicas-ratio*ratio) > 1e-6 {
			t.Errorf("bounds %g times their margins need %g times the replicas", ratio, c.Need.Replicas)
		}
		asked++
		more := s
		more.replicas = int(math.Ceil(c.Need.Replicas * float64(s.replicas)))
		further := s
		further.dims = append(slices.Clone(s.dims), c.Need.Dim)
		for _, try := range []struct {
			s     synthetic
			count *int
		}{{more, &byReplicas}, {further, &byDim}} {
			again, err := try.s.compare(uint64(1000+i), set)
			if err != nil {
				t.Fatal(err)
			}
			if within(again) {
				*try.count++
			}
		}
	}
	if asked < 10 || byReplicas < asked*8/10 || byDim < asked*8/10 {
		t.Errorf("of %d inconclusive comparisons, %d were settled by more replicas and %d by a further dim", asked, byReplicas, byDim)
	}
}

// TestExactPoints: where nothing is random, agreement to rounding counts as agreement, and any mismatch as disagreement.
func TestExactPoints(t *testing.T) {
	for _, controls := range []int{0, 2} { // constant, and linear in the control variates
		s := usual()
		s.exact, s.controls = true, controls
		limit, replicas := s.draw(3)
		c := mustCompare(t, limit, replicas, Settings{})
		if c.PValue < 0.01 || !noted(c, "1 point(s) without randomness") || c.Worst == (Point{0, "overlap"}) {
			t.Errorf("agreement without randomness: p = %g, worst %v, notes %q", c.PValue, c.Worst, c.Notes)
		}
		limit.Mean[0][0] += 1e-7
		c = mustCompare(t, limit, replicas, Settings{})
		if c.Verdict != Disagrees || c.Worst != (Point{0, "overlap"}) || !noted(c, "differ where neither has any randomness") {
			t.Errorf("mismatch without randomness: %s, p = %g, worst %v, notes %q", c.Verdict, c.PValue, c.Worst, c.Notes)
		}
		if c = mustCompare(t, limit, replicas, Settings{Rounding: 1e-6}); c.PValue < 0.01 {
			t.Errorf("mismatch below the declared rounding: p = %g", c.PValue)
		}
	}
}

// TestAllExact: nothing fluctuates at all.
func TestAllExact(t *testing.T) {
	s := usual()
	s.sigma, s.a, s.controls = 0, 0, 0
	limit, replicas := s.draw(3)
	c := mustCompare(t, limit, replicas, Settings{})
	if c.Verdict != Agrees || c.Fluctuation.Resolved || c.Bias.Resolved {
		t.Errorf("%s, fluctuation %+v, bias %+v", c.Verdict, c.Fluctuation, c.Bias)
	}
	limit.Mean[2][1] += 1e-3
	if c = mustCompare(t, limit, replicas, Settings{}); c.Verdict != Disagrees {
		t.Errorf("%s, p = %g", c.Verdict, c.PValue)
	}
}

// TestSecondOrderPoints: points whose leading order the control variates explain fluctuate like 1/d. They must neither
// raise alarms nor change the finite-size model.
func TestSecondOrderPoints(t *testing.T) {
	const n = 100
	for order := 1; order <= 2; order++ {
		alarms, changed := 0, 0
		for i := range n {
			s := usual()
			s.dims, s.replicas = []int{100, 400, 1600, 6400}, 16
			limit, replicas := s.draw(uint64(i + 1))
			rng := rand.New(rand.NewPCG(uint64(i), 9))
			for _, r := range replicas {
				for t := range r.Values {
					r.Values[t][0] = limit.Mean[t][0] + r.Controls[0] + (2+3*rng.NormFloat64())/float64(r.Dim)
				}
			}
			c := mustCompare(t, limit, replicas, Settings{Resamples: 499, Order: order})
			if c.PValue < 0.05 {
				alarms++
			}
			if c.Model.Order != order || len(c.Model.Dropped) > 0 {
				changed++
			}
		}
		if alarms > 13 || changed > 3 { // P(Binomial(100, 0.05) > 13) = 5e-4, P(Binomial(100, 0.002) > 3) = 6e-5
			t.Errorf("order %d: %d alarms at 5 %%, %d changes of model in %d", order, alarms, changed, n)
		}
	}
}

// TestAblations: a theory that is wrong by more than the data's resolution is rejected, one that changes nothing is
// called invisible, and neither affects the comparison itself.
func TestAblations(t *testing.T) {
	for _, scramblings := range []int{0, 8} {
		s := usual()
		s.scramblings, s.theorySD = scramblings, 1e-3
		limit, replicas := s.draw(2)
		wrong := s
		wrong.offset = 0.2
		bad, _ := wrong.draw(3)
		same, _ := s.draw(4)
		plain := mustCompare(t, limit, replicas, Settings{})
		c := mustCompare(t, limit, replicas, Settings{Ablations: []Ablated{{"wrong", bad}, {"same", same}}})
		if len(c.Ablations) != 2 {
			t.Fatal(c.Ablations)
		}
		if a := c.Ablations[0]; a.Name != "wrong" || a.Verdict != Disagrees || !a.Visible || math.Abs(a.Shift-0.2/c.Bounds[0].Scale) > 0.01 || a.PValue > 1e-4 {
			t.Errorf("wrong theory: %+v", a)
		}
		if a := c.Ablations[1]; a.Name != "same" || a.Verdict == Disagrees || a.Visible {
			t.Errorf("the same theory: %+v", a)
		}
		c.Ablations = nil
		if scramblings == 0 { // else the streams of random numbers are shared with the ablations
			if diff := cmp.Diff(plain, c); diff != "" {
				t.Errorf("ablations change the comparison: %s", diff)
			}
		}
	}
}

// TestAblationIsRight: when the theory given is the wrong one, the data side with the other.
func TestAblationIsRight(t *testing.T) {
	s := usual()
	right, replicas := s.draw(2)
	s.offset = 0.2
	wrong, _ := s.draw(3)
	c := mustCompare(t, wrong, replicas, Settings{Ablations: []Ablated{{"right", right}}})
	if a := c.Ablations[0]; c.Verdict != Disagrees || a.Verdict == Disagrees || !a.Visible {
		t.Errorf("%s, but %+v", c.Verdict, a)
	}
}

// TestDeterminism: the order of the replicas and the number of cores change no bit.
func TestDeterminism(t *testing.T) {
	s := usual()
	s.scramblings, s.theorySD = 8, 1e-3
	limit, replicas := s.draw(1)
	set := Settings{Ablations: []Ablated{{"same", limit}}}
	want := mustCompare(t, limit, replicas, set)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(replicas), func(i, j int) { replicas[i], replicas[j] = replicas[j], replicas[i] })
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	for _, cores := range []int{1, 3} {
		runtime.GOMAXPROCS(cores)
		if diff := cmp.Diff(want, mustCompare(t, limit, replicas, set)); diff != "" {
			t.Errorf("GOMAXPROCS=%d: %s", cores, diff)
		}
	}
}

// TestHolm against values computed by hand.
func TestHolm(t *testing.T) {
	for _, test := range []struct{ p, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.02}, []float64{0.02}},
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}}, // 4·0.005, 3·0.01, 2·0.03, max(0.06, 0.04)
		{[]float64{0.5, 0.6}, []float64{1, 1}},
		{[]float64{0.2, 0.2, 0.001}, []float64{0.4, 0.4, 0.003}},
	} {
		got := Holm(test.p)
		for i := range test.want {
			if math.Abs(got[i]-test.want[i]) > 1e-15 {
				t.Errorf("Holm(%v) = %v, want %v", test.p, got, test.want)
				break
			}
		}
	}
}

// TestHolmRejects: adjusted p-values reject what the step-down procedure rejects.
func TestHolmRejects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 0.1), 1, 10).Draw(t, "p")
		level := rapid.Float64Range(0.001, 0.1).Draw(t, "level")
		adjusted := Holm(p)
		sorted := slices.Sorted(slices.Values(p))
		rejected := 0
		for rejected < len(sorted) && float64(len(sorted)-rejected)*sorted[rejected] < level {
			rejected++
		}
		got := 0
		for i := range p {
			if adjusted[i] < level {
				got++
			}
			if adjusted[i] < p[i] {
				t.Fatalf("adjusted %g below %g", adjusted[i], p[i])
			}
		}
		if got != rejected {
			t.Fatalf("%d rejected, want %d", got, rejected)
		}
	})
}

// TestJoint: with two families, the smallest of three p-values counts threefold, the next twofold.
func TestJoint(t *testing.T) {
	for _, test := range []struct {
		curves, first, second float64
		want                  float64
		note                  string
	}{
		{0.008, 0.5, 0.6, 0.024, "the curves' p = 0.008 is not significant"},
		{0.5, 0.002, 0.6, 0.006, "the first contradicts theory (p = 0.006"},
		{0.5, 0.4, 0.6, 1, ""},
	} {
		c := &Comparison{Level: 0.01, Test: Test{PValue: test.curves}, Families: []Family{
			{Name: "first", Test: Test{PValue: test.first}}, {Name: "second", Test: Test{PValue: test.second}}}}
		c.noteFamilies()
		if got := c.Joint(); math.Abs(got-test.want) > 1e-15 || (test.note != "") != (len(c.Notes) == 1) || test.note != "" && !noted(c, test.note) {
			t.Errorf("%+v: %g, notes %q", test, got, c.Notes)
		}
	}
}

func judged(p float64, bounds []Bound) *Comparison {
	return &Comparison{Test: Test{PValue: p, Bounds: bounds}}
}

func TestJudge(t *testing.T) {
	inside, outside := []Bound{{Bound: 1, Margin: 2}}, []Bound{{Bound: 3, Margin: 2}}
	for _, test := range []struct {
		list []*Comparison
		want Verdict
		each []Verdict
	}{
		{nil, Inconclusive, nil},
		{[]*Comparison{judged(0.5, inside), judged(0.2, inside)}, Agrees, []Verdict{Agrees, Agrees}},
		{[]*Comparison{judged(0.5, inside), judged(0.2, outside)}, Inconclusive, []Verdict{Agrees, Inconclusive}},
		{[]*Comparison{judged(0.5, outside), judged(0.004, inside)}, Disagrees, []Verdict{Inconclusive, Disagrees}},
		{[]*Comparison{judged(0.004, inside), judged(0.5, outside)}, Disagrees, []Verdict{Disagrees, Inconclusive}},
		// One scenario's 0.006 would disagree on its own; in a company of two, 0.012 does not.
		{[]*Comparison{judged(0.5, inside), judged(0.006, inside)}, Agrees, []Verdict{Agrees, Agrees}},
	} {
		got := Judge(test.list, 0.01)
		if got.Verdict != test.want || !slices.Equal(got.Verdicts, test.each) {
			t.Errorf("%+v, want %s %v", got, test.want, test.each)
		}
	}
}

// TestSteps: a prediction at some of the runs' steps is judged as those of the whole that remain, whether the runs say
// which steps they have or not, and its points keep their steps' numbers.
func TestSteps(t *testing.T) {
	some := []int{1, 4, 8}
	p, runs := usual().draw(1)
	short := p
	short.Steps, short.Mean, short.StandardError = some, nil, nil
	for _, i := range some {
		short.Mean = append(short.Mean, p.Mean[i])
	}
	short.Mean[1] = []float64{p.Mean[4][0], p.Mean[4][1] + 1}
	want := mustCompare(t, short, runs, Settings{})
	if want.Worst != (Point{4, "norm"}) || want.Bounds[1].Step != 4 || !slices.Equal(want.Steps, some) || len(want.Theory.Value) != 3 {
		t.Errorf("worst %v, bound %+v, steps %v", want.Worst, want.Bounds[1], want.Steps)
	}
	if want.Theory.Value[1][0] != p.Mean[4][0] || math.Abs(want.Extrapolated.Value[1][0]-p.Mean[4][0]) > 0.1 {
		t.Errorf("step 4 is %g, %g", want.Theory.Value[1][0], want.Extrapolated.Value[1][0])
	}
	sparse := slices.Clone(runs)
	for i := range sparse {
		v := sparse[i].Values
		sparse[i].Steps, sparse[i].Values = []int{0, 1, 4, 7, 8}, [][]float64{v[0], v[1], v[4], v[7], v[8]}
	}
	if diff := cmp.Diff(want, mustCompare(t, short, sparse, Settings{})); diff != "" {
		t.Error(diff)
	}
}

// TestErrors: each is one line that says what and where.
func TestErrors(t *testing.T) {
	type input struct {
		limit    Prediction
		replicas []Run
		set      Settings
	}
	for _, test := range []struct {
		name   string
		change func(in *input)
		want   string
	}{
		{"no prediction", func(in *input) { in.limit = Prediction{} }, "no theory given"},
		{"no observables", func(in *input) { in.limit.Observables = nil }, "0 observables at 9 steps"},
		{"no replicas", func(in *input) { in.replicas = nil }, "no runs; four or more at each of two or more dimensions are needed"},
		{"three replicas", func(in *input) { in.replicas = in.replicas[:35] }, "3 replica(s) at d = 500; at least 4"},
		{"twice", func(in *input) { in.replicas[3].Index = 4 }, "replica 4 at d = 250 was given twice"},
		{"no dim", func(in *input) { in.replicas[3].Dim = 0 }, "d = 0, replica 3: the dimension must be positive"},
		{"steps", func(in *input) { in.replicas[40].Values = in.replicas[40].Values[1:] }, "d = 500, replica 8 has 8 steps, the prediction 9"},
		{"observables", func(in *input) { in.replicas[40].Values[2] = []float64{1} }, "d = 500, replica 8, step 2 has 1 observables, not 2"},
		{"not a number", func(in *input) { in.replicas[40].Values[2][1] = math.NaN() }, "synthetic: d = 500, replica 8, step 2: norm is NaN"},
		{"controls", func(in *input) { in.replicas[40].Controls = nil }, "d = 500, replica 8 has 0 control variates"},
		{"control", func(in *input) { in.replicas[40].Controls[1] = math.Inf(1) }, "control variate 1 is +Inf"},
		{"limit not finite", func(in *input) { in.limit.Mean[2][1] = math.NaN() }, "the prediction, step 2: norm is NaN"},
		{"ragged limit", func(in *input) { in.limit.Mean[2] = nil }, "the prediction, step 2 has 0 observables, not 2"},
		{"negative error", func(in *input) { in.limit.StandardError[2][1] = -0.1 }, "standard error -0.1 at norm at step 2"},
		{"one replicate", func(in *input) { in.limit.Replicates = [][][]float64{in.limit.Mean} }, "has 1 replicate(s); at least 4"},
		{"short replicate", func(in *input) {
			in.limit.Replicates = [][][]float64{in.limit.Mean, in.limit.Mean, in.limit.Mean, in.limit.Mean[1:]}
		}, "replicate 3 has 8 steps, not 9"},
		{"ablation", func(in *input) { in.set.Ablations = []Ablated{{"no-memory", Prediction{}}} }, "the ablation no-memory has observables []"},
		{"other ablation", func(in *input) {
			in.set.Ablations = []Ablated{{"no-memory", Prediction{Observables: []string{"overlap"}}}}
		}, "the ablation no-memory has observables [overlap]"},
		{"steps that go back", func(in *input) { in.limit.Steps = []int{0, 2, 1} }, "the prediction's step 1 comes after step 2"},
		{"step that no run has", func(in *input) { in.limit.Steps = []int{0, 1, 2, 3, 4, 5, 6, 7, 9} }, "d = 250, replica 0 has no values at step 9"},
		{"rows without a step", func(in *input) { in.replicas[2].Steps = []int{0, 1} }, "d = 250, replica 2 has 9 rows of values at 2 steps"},
		{"other steps", func(in *input) {
			other := in.limit
			other.Steps = []int{1}
			in.set.Ablations = []Ablated{{"no-memory", other}}
		}, "the ablation no-memory has steps [1]"},
		{"level", func(in *input) { in.set.Level = 2 }, "level 2"},
		{"negative level", func(in *input) { in.set.Level = -1 }, "the significance level must be positive"},
		{"resamples", func(in *input) { in.set.Resamples = 50 }, "at least 1/level resamples"},
		{"allowance", func(in *input) { in.set.Allowance = -1 }, "the finite-size allowance must be finite and not negative, got -1"},
		{"rounding", func(in *input) { in.limit.Rounding = in.limit.Mean; in.limit.Rounding[0][0] = -1 }, "has rounding error -1 at overlap at step 0"},
		{"margin", func(in *input) { in.set.Margin = -1 }, "the margin must be positive"},
		{"order", func(in *input) { in.set.Order = 3 }, "order 0, 1 or 2"},
		{"order for the ladder", func(in *input) { in.set.Order, in.replicas = 2, in.replicas[:64] }, "order 2 needs 3 dims, got 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var in input
			in.limit, in.replicas = usual().draw(1)
			test.change(&in)
			_, err := Compare(in.limit, in.replicas, in.set)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, test.want)
			}
		})
	}
}

// TestMargin: a fraction of each observable's scale, 0.05 by default.
func TestMargin(t *testing.T) {
	limit, replicas := usual().draw(1)
	for _, test := range []struct{ setting, want float64 }{{0, 0.05}, {0.2, 0.2}} {
		c := mustCompare(t, limit, replicas, Settings{Margin: test.setting})
		if b := c.Bounds[0]; math.Abs(b.Margin-test.want*b.Scale) > 1e-15 {
			t.Errorf("margin %g of %g, want %g of it", b.Margin, b.Scale, test.want)
		}
	}
	// An observable that vanishes in theory is measured against 0.1.
	for t := range limit.Mean {
		limit.Mean[t][1] = 0
	}
	if c := mustCompare(t, limit, replicas, Settings{}); c.Bounds[1].Scale != 0.1 || c.Bounds[1].Adjusted < c.Bounds[1].PValue || c.Verdict != Disagrees {
		t.Errorf("%+v", c.Bounds[1])
	}
}

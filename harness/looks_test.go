package harness

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"limitcheck/compare"
	"limitcheck/scenarios"
)

// draws is a source of runs of one observable with mean 1 and standard deviation noise/√d, and of a prediction of it.
type draws struct {
	noise    float64
	stubborn bool // more replicas scatter more: their mean is none the better
	cost     func(dim int) float64
	fail     error // of every look but the first; errWait: waits for the context

	bias     float64 // of the prediction
	error    float64 // standard deviation of each of its samples
	samples  []int   // that were asked for
	searched int     // looks
}

var errWait = errors.New("wait")

func (d *draws) get(ctx context.Context, s *scenarios.Scenario) (*ensemble, error) {
	if d.searched++; d.fail == errWait && d.searched > 1 {
		<-ctx.Done()
		return nil, ctx.Err()
	} else if d.fail != nil && d.searched > 1 {
		return nil, d.fail
	}
	e, noise := &ensemble{observables: []string{"overlap"}, cost: d.cost, seconds: 1e-3}, d.noise
	if d.stubborn {
		noise *= math.Sqrt(float64(s.Experiment.Replicas) / 8)
	}
	for j := range Jobs(s) {
		rng := rand.New(rand.NewPCG(uint64(j.Dim), uint64(j.Index)))
		value := 1 + noise*rng.NormFloat64()/math.Sqrt(float64(j.Dim))
		e.runs = append(e.runs, compare.Run{Dim: j.Dim, Index: j.Index, Values: [][]float64{{value}}})
	}
	return e, nil
}

func (d *draws) predict(_ context.Context, s *scenarios.Scenario, samples int) (*prediction, error) {
	d.samples = append(d.samples, samples)
	p := &prediction{values: compare.Prediction{Name: s.Name, Observables: []string{"overlap"}}}
	if d.error == 0 {
		p.values.Mean = [][]float64{{1 + d.bias}}
		return p, nil
	}
	p.samples = samples
	if samples == 0 {
		p.samples = 8
	}
	// Normal quantiles in the place of draws: the mean is exact, the error what it should be.
	mean := 0.0
	for i := range p.samples {
		v := 1 + d.bias + d.error*math.Sqrt2*math.Erfinv(2*(float64(i)+0.5)/float64(p.samples)-1)
		p.values.Replicates = append(p.values.Replicates, [][]float64{{v}})
		mean += v / float64(p.samples)
	}
	p.values.Mean = [][]float64{{mean}}
	return p, nil
}

var _ runner = (*draws)(nil)
var _ predictor = (*draws)(nil)

const problem = `
name: problem
title: Any
data: {alpha: 2}
teacher: {label: linear}
student: {loss: square}
method: {kind: sgd, learning_rate: 0.1, steps: 1}
experiment: {dims: [100, 200, 400, 800], replicas: 8, margin: 0.05}
`

// lookAt checks the problem against the sources.
func lookAt(t *testing.T, ctx context.Context, d *draws, budget *Budget) (*check, error) {
	t.Helper()
	s, err := scenarios.Parse("problem.yaml", []byte(problem))
	if err != nil {
		t.Fatal(err)
	}
	experiment := s.Experiment
	c := &check{result: &Result{Scenario: s}}
	if err := c.prepare(s, Settings{Budget: budget, Comparison: compare.Settings{Resamples: 7000}}); err != nil {
		t.Fatal(err)
	}
	c.set.Ablations, c.predictions, c.runs = nil, d, d
	err = c.run(ctx)
	if !slices.Equal(s.Experiment.Dims, experiment.Dims) || s.Experiment.Replicas != experiment.Replicas {
		t.Error("the caller's scenario was changed")
	}
	return c, err
}

// told says whether there is a note about looks that contains text.
func told(c *check, text string) bool {
	return slices.ContainsFunc(c.result.Comparison.Notes, func(n compare.Note) bool {
		return n.Kind == compare.NoteLooks && strings.Contains(n.Text, text)
	})
}

func flat(int) float64        { return 1 }
func cubic(dim int) float64   { return math.Pow(float64(dim), 3) }
func hours(n float64) *Budget { return &Budget{Left: time.Duration(n * float64(time.Hour))} }

// Where a replica costs the same at every d a further one is cheaper than more at every d, and the other way round.
// Either way what was inconclusive becomes conclusive, and every look is counted.
func TestExtensions(t *testing.T) {
	for name, cost := range map[string]func(int) float64{"further": flat, "more": cubic} {
		budget := hours(1000)
		c, err := lookAt(t, t.Context(), &draws{noise: 2, cost: cost}, budget)
		if err != nil {
			t.Fatal(err)
		}
		if budget.Left >= hours(1000).Left {
			t.Errorf("%s: nothing is spent of the budget", name)
		}
		r, x := c.result, c.result.Scenario.Experiment
		if r.Comparison.Verdict != compare.Agrees || r.Comparison.Look < 2 {
			t.Errorf("%s: %s at look %d", name, r.Comparison.Verdict, r.Comparison.Look)
		}
		if further := len(x.Dims) > 4; further != (name == "further") || further == (x.Replicas > 8) {
			t.Errorf("%s: %d replicas at d = %v", name, x.Replicas, x.Dims)
		}
		if !slices.Equal(r.Comparison.Dims, x.Dims) {
			t.Errorf("%s: the result's experiment is not the one compared: %v, %v", name, x.Dims, r.Comparison.Dims)
		}
		if !told(c, "Added after look 1") || !told(c, "times") {
			t.Errorf("%s: notes %v", name, r.Comparison.Notes)
		}
	}
}

// Where counts differ each grows by the same factor, and a further d gets as many replicas as the largest has.
func TestExtensionsOfUnequalCounts(t *testing.T) {
	counts := map[int]int{250: 40, 2000: 10}
	for name, cost := range map[string]func(int) float64{"further": flat, "more": cubic} {
		x := &extension{experiment: scenarios.Experiment{Dims: []int{250, 500, 2000}, Replicas: 20, ReplicasAt: counts}}
		c := &check{ensemble: &ensemble{cost: cost}}
		work, _ := c.replicas(x, &compare.Need{Replicas: 2 / reserve, Dim: 4000})
		after := x.experiment
		more := after.Count(250) == 80 && after.Count(500) == 40 && after.Count(2000) == 20 && len(after.Dims) == 3 && work == 1
		further := after.Count(250) == 40 && after.Count(500) == 20 && after.Count(4000) == 10 && len(after.Dims) == 4 &&
			math.Abs(work-1.0/7) < 1e-12 // 10 more beside 70, each at the same cost
		if more == further || more != (name == "more") || counts[250] != 40 || len(counts) != 2 {
			t.Errorf("%s: work %g, %+v", name, work, after)
		}
	}
}

// Without a budget the data are looked at once, whatever comes out, and the whole level is spent on it.
func TestOneLook(t *testing.T) {
	d := &draws{noise: 2, cost: flat}
	c, err := lookAt(t, t.Context(), d, nil)
	one := c.result.Comparison
	if err != nil || one.Look != 0 || one.Verdict != compare.Inconclusive || d.searched != 1 {
		t.Errorf("%v: %s at look %d", err, one.Verdict, one.Look)
	}
	budgeted, err := lookAt(t, t.Context(), &draws{noise: 2}, hours(1))
	if first := budgeted.result.Comparison; err != nil || !(first.Critical > one.Critical) {
		t.Errorf("%v: a first look of several has critical value %g, an only one %g", err, first.Critical, one.Critical)
	}
}

// Where the theory's own error is in the way, it is the theory that is made sharper.
func TestSharperTheory(t *testing.T) {
	d := &draws{noise: 0.01, cost: flat, error: 0.2}
	c, err := lookAt(t, t.Context(), d, hours(1000))
	if err != nil {
		t.Fatal(err)
	}
	if c.result.Comparison.Verdict != compare.Agrees || len(d.samples) < 2 || d.samples[0] != 0 || d.samples[1] <= 8 {
		t.Errorf("%s with samples %v", c.result.Comparison.Verdict, d.samples)
	}
	if c.result.Scenario.Experiment.Replicas != 8 || !told(c, "scramblings of the theory") {
		t.Errorf("%d replicas, notes %v", c.result.Scenario.Experiment.Replicas, c.result.Comparison.Notes)
	}
}

// What ends the looks without a conclusion is told; it is no error, and what was found stays.
func TestObstacles(t *testing.T) {
	for _, test := range []struct {
		told   string
		look   int
		draws  draws
		budget *Budget
	}{
		{"Nothing that could be added", 1, draws{noise: 2}, hours(1)},
		{"Not added for want of time", 1, draws{noise: 2, cost: cubic}, &Budget{Left: 1}},
		{"Time ran out", 1, draws{noise: 2, cost: cubic, fail: errWait}, &Budget{Left: 200 * time.Millisecond}},
		{"Could not add 8 replicas at d = 6400: not here.", 1, draws{noise: 2, cost: flat, fail: errors.New("not here")}, hours(1)},
		{"After 6 looks", 6, draws{noise: 0.9, stubborn: true, cost: cubic}, hours(1)},
	} {
		c, err := lookAt(t, t.Context(), &test.draws, test.budget)
		if err != nil {
			t.Errorf("%s: %v", test.told, err)
			continue
		}
		x, r := c.result.Scenario.Experiment, c.result.Comparison
		if r.Verdict != compare.Inconclusive || r.Look != test.look || !told(c, test.told) {
			t.Errorf("%s: %s at look %d, %v", test.told, r.Verdict, r.Look, r.Notes)
		}
		if test.look == 1 && (x.Replicas != 8 || len(x.Dims) != 4) {
			t.Errorf("%s: what was not added is in the experiment: %+v", test.told, x)
		}
	}
}

// An interruption and a store that fails are errors at any look, and the last look's comparison is in the result.
func TestExtensionErrors(t *testing.T) {
	full := StoreError{errors.New("no space left")}
	c, err := lookAt(t, t.Context(), &draws{noise: 2, cost: flat, fail: full}, hours(1))
	if !errors.Is(err, full.Err) || c.result.Comparison == nil {
		t.Errorf("a full store: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c, err = lookAt(t, ctx, &draws{noise: 2, cost: flat, fail: errWait}, hours(1))
	if !errors.Is(err, context.DeadlineExceeded) || c.result.Comparison == nil {
		t.Errorf("the caller's own deadline: %v", err)
	}
}

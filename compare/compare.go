// Package compare decides from a prediction of a d → ∞ limit and runs at finite d whether the second converge to the
// first. It knows neither who made the numbers nor how: a Prediction and a []Run are plain slices.
//
// The mean of every observable at every step is extrapolated to d = ∞ in one weighted regression, and the differences
// to the prediction are tested all at once. See docs/statistics.md for the model, the test and what was measured about
// them.
package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Settings of a comparison. The zero value asks for defaults.
type Settings struct {
	Level     float64           // of Disagrees; 0: Level
	Margin    float64           // of Agrees, as a fraction of an observable's scale; 0: 0.05
	Margins   map[string]Margin // of some observables, in its place; a name without indices is that of all entries of a matrix
	Tolerance float64           // of Comparison.UsableFrom, relative; 0: 0.01
	Order     int               // of the finite-size expansion to begin with, 1 or 2; 0: 2 (1 with two dims only)
	Rounding  float64           // relative error of the values themselves, below which a difference is none; 0: 1e-9
	Resamples int               // random draws; 0: 10000
	Seed      uint64            // of the draws

	// Allowance is the C of |mean(d) − limit| ≤ C/d, taken as known where all runs have one and the same d, as nothing can
	// be extrapolated there. 0: unknown, and the verdict on such runs is always Inconclusive. Of no effect on runs at several d.
	Allowance float64

	// Look says that this is look number Look at data that are added to as long as the verdict is Inconclusive. Of the
	// level, and of what the bounds may miss, look k spends 2^-k, so that both hold over all looks together. 0: the only
	// look.
	Look int

	Ablations []Ablated
}

// A Margin is a fraction of an observable's scale or, if that is 0, an absolute number.
type Margin struct{ Relative, Absolute float64 }

// An Ablated prediction is wrong on purpose. The same runs must reject it.
type Ablated struct {
	Name       string
	Prediction Prediction
}

const (
	defaultMargin    = 0.05
	defaultTolerance = 0.01
	defaultRounding  = 1e-9
	defaultResamples = 10000
	confidence       = 0.95
	// smallestScale: all observables are O(1) by construction, so one that vanishes in theory is measured against this.
	smallestScale = 0.1
)

func (s Settings) complete(name string) (Settings, error) {
	fallback := func(v *float64, what string, value float64) error {
		if *v == 0 {
			*v = value
		}
		if !(*v > 0) || math.IsInf(*v, 0) {
			return fmt.Errorf("compare %s: %s must be positive, got %g", name, what, *v)
		}
		return nil
	}
	for _, err := range []error{
		fallback(&s.Level, "the significance level", Level),
		fallback(&s.Margin, "the margin", defaultMargin),
		fallback(&s.Tolerance, "the tolerance", defaultTolerance),
		fallback(&s.Rounding, "the rounding error", defaultRounding),
	} {
		if err != nil {
			return s, err
		}
	}
	for observable, m := range s.Margins {
		if size := m.Relative + m.Absolute; !(m.Relative >= 0 && m.Absolute >= 0 && size > 0) || math.IsInf(size, 0) {
			return s, fmt.Errorf("compare %s: the margin of %s must be positive, got %g", name, observable, size)
		}
	}
	if s.Resamples == 0 {
		s.Resamples = defaultResamples
	}
	if s.Allowance < 0 || math.IsNaN(s.Allowance) || math.IsInf(s.Allowance, 0) {
		return s, fmt.Errorf("compare %s: the finite-size allowance must be finite and not negative, got %g", name, s.Allowance)
	}
	if s.Level >= 1 || s.Look < 0 || float64(s.Resamples+1)*s.Level*spent(s.Look) < 1 || s.Order < 0 || s.Order > 2 {
		return s, fmt.Errorf("compare %s: level %g with %d resamples at look %d and order %d; a level below 1, at least 1/level resamples (2^k times "+
			"as many at look k) and order 0, 1 or 2 are needed", name, s.Level, s.Resamples, s.Look, s.Order)
	}
	return s, nil
}

// spent is the share of the level that a look may use.
func spent(look int) float64 { return math.Pow(2, -float64(look)) }

// confidence of the bounds at this look.
func (s Settings) confidence() float64 { return 1 - (1-confidence)*spent(s.Look) }

// Compare confronts a prediction with runs at two or more dims (four, so that the finite-size model can be checked; one, if
// Settings.Allowance is known), four or more at each. The result depends on neither the order of the runs nor GOMAXPROCS.
//
// The model, for observable and step j and the weights d: y = θ_j + a_j/d + b_j/d² + β_j·controls + noise/√d. The null
// hypothesis is θ_j = prediction_j for all j. See docs/statistics.md.
func Compare(p Prediction, runs []Run, set Settings) (*Comparison, error) {
	e, err := newEnsemble(&p, runs)
	if err != nil {
		return nil, err
	}
	if set, err = set.complete(e.name); err != nil {
		return nil, err
	}
	e.allow(set.Allowance)
	if set.Order >= len(e.dims) {
		return nil, fmt.Errorf("compare %s: order %d needs %d dims, got %d", e.name, set.Order, set.Order+1, len(e.dims))
	}
	th, err := e.target("the prediction", &p)
	if err != nil {
		return nil, err
	}
	families, narrow, err := e.families(p.Families, set)
	if err != nil {
		return nil, err
	}
	a, err := newAnalysis(e, th, set)
	if err != nil {
		return nil, err
	}
	return a.compare(families, narrow)
}

// An analysis is a test in progress.
type analysis struct {
	*ensemble
	set    Settings
	theory *target
	scale  []float64  // of each observable
	delta  *mat.Dense // values less the theory
	floor  []float64  // rounding error of each point
	least  []float64  // smallest standard error that an extrapolation is given: leastError
	loose  *mat.Dense // rows with the covariance of least errors that go together: leastError; nil: rounding alone
	model  *model
	form   []float64 // of each point: formErrors
	noise  Rate      // the exponent of the fluctuations
	late   int       // the first row of the late part of the curves, which has a scale of its own; 0: there is none
}

// newAnalysis fits the finite-size model to the ensemble.
func newAnalysis(e *ensemble, th *target, set Settings) (*analysis, error) {
	a := &analysis{ensemble: e, set: set, theory: th}
	a.scale = e.scales(th, 0)
	if !e.timeless && len(e.steps) >= minLateRows {
		a.late = len(e.steps) / 2
	}
	a.delta = e.corrected()
	for i := range e.rows() {
		row := a.delta.RawRowView(i)
		for j := range row {
			row[j] -= th.mean[j]
		}
	}
	for j := range e.points() {
		a.floor = append(a.floor, set.Rounding*a.scale[e.observable(j)])
	}
	a.reweigh()
	var err error
	if a.model, err = e.choose(a.delta, set.Order, a.floor, set); err != nil {
		return nil, err
	}
	if a.least, err = a.leastError(); err != nil {
		return nil, fmt.Errorf("compare %s: %w", e.name, err)
	}
	if a.form, err = a.formErrors(); err != nil {
		return nil, fmt.Errorf("compare %s: %w", e.name, err)
	}
	return a, nil
}

// reweigh measures how the fluctuations fall with d and, where that is not like d^-1/2, weighs the runs by their variance at
// each d as it was measured: the weights d would make too much of the dims that fluctuate more than they say.
func (a *analysis) reweigh() {
	a.noise = a.fluctuation()
	if !a.noise.Resolved || a.noise.Low <= -0.5 && -0.5 <= a.noise.High {
		return
	}
	a.weight = slices.Clone(a.dim)
	for k, v := range a.noise.Values {
		for i := a.start[k]; i < a.start[k+1]; i++ {
			a.weight[i] = 1 / (v * v)
		}
	}
}

// trust is the smallest part of a standard error that control variates can leave.
const trust = 0.1

// leastError is, point by point, a tenth of the standard error without control variates, and the rounding error. Where
// they explain more than that, what is left is not the leading fluctuation: it falls faster than d^-1/2, or slower
// (the engines' integrals over a fresh sample have an error of their own), and the weights d do not hold. A point that
// they explain to rounding is exact.
func (a *analysis) leastError() ([]float64, error) {
	if len(a.controls) == 0 {
		return a.floor, nil
	}
	from := a.start[a.model.first]
	bare, err := regress(a.powers(from, a.model.order), a.weight[from:], a.values.Slice(from, a.rows(), 0, a.points()))
	if err != nil {
		return nil, err
	}
	least := slices.Clone(a.floor)
	for j, rounding := range a.floor {
		if a.model.fit.standardError(0, j) > rounding {
			least[j] = math.Hypot(rounding, trust*bare.standardError(0, j))
		}
	}
	a.loose = new(mat.Dense)
	a.loose.Scale(trust*math.Sqrt(bare.cov.At(0, 0)/float64(bare.dof)), bare.residual)
	return least, nil
}

// standardError of the extrapolation at a point.
func (a *analysis) standardError(j int) float64 {
	se := a.model.fit.standardError(0, j)
	if a.least[j] > a.floor[j] {
		return math.Hypot(se, a.least[j])
	}
	return se
}

// test confronts the extrapolation with the theory, and with other targets by the same draws. The first contest is the
// theory's, the others follow in order.
func (a *analysis) test(others ...*target) (Test, []*contest) {
	e, f := a.ensemble, a.model.fit
	t := Test{
		Observables: e.observables, Steps: e.steps, Dims: e.dims, Controls: len(e.controls),
		Model:  Model{a.model.order, e.dims[:a.model.first:a.model.first], a.model.lackOfFit},
		Theory: Curve{e.curve(a.theory.mean), e.curve(a.theory.se)}, Means: a.means(),
	}
	if e.explained != nil {
		for _, row := range e.runs[0].Innovations {
			t.Innovations += len(row)
		}
	}
	for k := range e.dims {
		t.Replicas = append(t.Replicas, e.count(k))
	}
	extrapolated, se := make([]float64, e.points()), make([]float64, e.points())
	for j := range extrapolated {
		extrapolated[j], se[j] = a.theory.mean[j]+f.coef.At(0, j), a.standardError(j)
	}
	t.Extrapolated = Curve{e.curve(extrapolated), e.curve(se)}

	full := a.contest(a.theory)
	contests := []*contest{full}
	for _, p := range others {
		contests = append(contests, a.contest(p))
	}
	f.rotate(0, contests, len(e.observables), a.set.Resamples, a.set.Seed)
	var at int
	t.MaxT, at = full.largest()
	t.Worst, t.PValue = e.point(at), f.pvalue(full)
	t.FormPValue = a.formPValue(a.theory, t.PValue)
	t.Critical = f.critical(full, a.set.confidence())
	t.Bounds = a.bounds(full)
	return t, contests
}

// compare adds to the test of the curves what is asked of them alone.
func (a *analysis) compare(families []Family, narrow []string) (*Comparison, error) {
	ablated, err := a.ablated()
	if err != nil {
		return nil, err
	}
	c := &Comparison{Name: a.name, Level: a.set.Level, Look: a.set.Look, Resamples: a.set.Resamples, Notes: a.model.notes, Families: families}
	var contests []*contest
	c.Test, contests = a.test(ablated...)
	full := contests[0]
	c.noteFamilies()
	c.Fluctuation = a.noise
	c.Bias = a.bias()
	c.Verdict, c.Reason = c.decide(c.Joint(), a.set.Level)
	if c.Verdict == Inconclusive && c.Reason == "" && !math.IsInf(a.unknown, 1) {
		c.Need = a.need(full, c)
	}
	for i, p := range ablated {
		c.Ablations = append(c.Ablations, a.ablation(a.set.Ablations[i].Name, p, contests[i+1]))
	}
	if c.Verdict == Disagrees {
		c.Begins = a.begins(a.theory)
		c.Tried = len(c.Ablations)
		c.Diagnosis = fitting(c.Ablations, a.set.Level*spent(a.set.Look))
	}
	if c.Correction, err = a.correction(c.Verdict != Disagrees); err != nil {
		return nil, err
	}
	if c.Correction.Anchored {
		for o, name := range a.observables {
			c.UsableFrom = append(c.UsableFrom, UsableDim{name, a.set.Tolerance, c.usableFrom(o, a.set.Tolerance*a.scale[o])})
		}
	}
	a.note(c, full, narrow)
	return c, nil
}

// contest confronts the extrapolation with a prediction.
func (a *analysis) contest(p *target) *contest {
	c := newContest(a.model.fit, a.least, p)
	c.row, c.loose = len(a.observables), a.loose
	for j := range c.diff {
		c.diff[j] += a.theory.mean[j] - p.mean[j]
	}
	return c
}

// means summarises the runs at each dim.
func (a *analysis) means() (list []DimSummary) {
	f, corrected := a.model.fit, a.corrected()
	for k, d := range a.dims {
		n := a.count(k)
		raw := mat.DenseCopyOf(a.values.Slice(a.start[k], a.start[k+1], 0, a.points()))
		adjusted := mat.DenseCopyOf(corrected.Slice(a.start[k], a.start[k+1], 0, a.points()))
		for i := range n {
			row := adjusted.RawRowView(i)
			for q, control := range a.controls {
				beta := f.coef.RawRowView(a.model.order + 1 + q)
				for j := range row {
					row[j] -= beta[j] * control[a.start[k]+i]
				}
			}
		}
		centre(raw)
		mean := centre(adjusted)
		se := columnDeviation(adjusted)
		for j := range se {
			se[j] /= math.Sqrt(float64(n))
		}
		list = append(list, DimSummary{d, Curve{a.curve(mean), a.curve(se)}, a.curve(columnDeviation(raw))})
	}
	return list
}

// columnDeviation is the sample standard deviation of every column of centred values.
func columnDeviation(centred *mat.Dense) []float64 {
	n, points := centred.Dims()
	out := make([]float64, points)
	for i := range n {
		for j, v := range centred.RawRowView(i) {
			out[j] += v * v
		}
	}
	for j, ss := range out {
		out[j] = math.Sqrt(ss / float64(n-1))
	}
	return out
}

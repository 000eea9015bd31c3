package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"limitcheck/montecarlo"
	"limitcheck/theory"
)

// Settings of a comparison. The zero value asks for defaults.
type Settings struct {
	Level     float64 // of Disagrees; 0: Level
	Margin    float64 // of Agrees, as a fraction of an observable's scale; 0: the scenario's Experiment.Margin, or else 0.05
	Tolerance float64 // of Comparison.UsableFrom, relative; 0: 0.01
	Order     int     // of the finite-size expansion to begin with, 1 or 2; 0: 2 (1 with two dims only)
	Rounding  float64 // relative error of the values themselves, below which a difference is none; 0: 1e-9
	Resamples int     // random draws; 0: 10000
	Seed      uint64  // of the draws

	// Looks says that this is the k-th look at data that are added to as long as the verdict is Inconclusive. Of the
	// level, and of what the bounds may miss, look k spends 2^-k, so that both hold over all looks together. 0: the only
	// look.
	Looks int

	Ablations []Ablated
}

// An Ablated theory is wrong on purpose. The same simulations must reject it.
type Ablated struct {
	Name  string
	Limit *theory.Limit
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

func (s Settings) complete(limit *theory.Limit) (Settings, error) {
	fallback := func(v *float64, names string, values ...float64) error {
		for _, d := range values {
			if *v == 0 {
				*v = d
			}
		}
		if !(*v > 0) || math.IsInf(*v, 0) {
			return fmt.Errorf("compare %s: %s must be positive, got %g", limit.Scenario.Name, names, *v)
		}
		return nil
	}
	for _, err := range []error{
		fallback(&s.Level, "the significance level", Level),
		fallback(&s.Margin, "the margin", limit.Scenario.Experiment.Margin, defaultMargin),
		fallback(&s.Tolerance, "the tolerance", defaultTolerance),
		fallback(&s.Rounding, "the rounding error", defaultRounding),
	} {
		if err != nil {
			return s, err
		}
	}
	if s.Resamples == 0 {
		s.Resamples = defaultResamples
	}
	if s.Level >= 1 || s.Looks < 0 || float64(s.Resamples+1)*s.Level*spent(s.Looks) < 1 || s.Order < 0 || s.Order > 2 {
		return s, fmt.Errorf("compare %s: level %g with %d resamples at look %d and order %d; a level below 1, at least 1/level resamples (2^k times "+
			"as many at look k) and order 0, 1 or 2 are needed", limit.Scenario.Name, s.Level, s.Resamples, s.Looks, s.Order)
	}
	return s, nil
}

// spent is the share of the level that a look may use.
func spent(looks int) float64 { return math.Pow(2, -float64(looks)) }

// confidence of the bounds at this look.
func (s Settings) confidence() float64 { return 1 - (1-confidence)*spent(s.Looks) }

// Compare confronts a limit with replicas at two or more dims (four, so that the finite-size model can be checked), four
// or more at each. The result depends on neither the order of the replicas nor GOMAXPROCS.
//
// The model, for observable and step j and the weights d: y = θ_j + a_j/d + b_j/d² + β_j·controls + noise/√d. The null
// hypothesis is θ_j = limit_j for all j. See docs/statistics.md.
func Compare(limit *theory.Limit, replicas []*montecarlo.Replica, set Settings) (*Comparison, error) {
	e, err := newEnsemble(limit, replicas)
	if err != nil {
		return nil, err
	}
	if set, err = set.complete(limit); err != nil {
		return nil, err
	}
	if set.Order >= len(e.dims) {
		return nil, fmt.Errorf("compare %s: order %d needs %d dims, got %d", e.scenario, set.Order, set.Order+1, len(e.dims))
	}
	th, err := e.predict("the limit", limit)
	if err != nil {
		return nil, err
	}
	a := &analysis{ensemble: e, set: set, theory: th}
	a.scale = e.scales(th)
	a.delta = mat.DenseCopyOf(e.values)
	for i := range e.rows() {
		row := a.delta.RawRowView(i)
		for j := range row {
			row[j] -= th.mean[j]
		}
	}
	for j := range e.points() {
		a.floor = append(a.floor, set.Rounding*a.scale[e.observable(j)])
	}
	if a.model, err = e.choose(a.delta, set.Order, a.floor, set); err != nil {
		return nil, err
	}
	if a.least, err = a.leastError(); err != nil {
		return nil, fmt.Errorf("compare %s: %w", e.scenario, err)
	}
	if a.families, a.narrow, err = families(limit, replicas, set); err != nil {
		return nil, err
	}
	return a.compare()
}

// An analysis is a comparison in progress.
type analysis struct {
	*ensemble
	set    Settings
	theory *prediction
	scale  []float64  // of each observable
	delta  *mat.Dense // values less the theory
	floor  []float64  // rounding error of each point
	least  []float64  // smallest standard error that an extrapolation is given: leastError
	model  *model

	families []Family
	narrow   []string // families left out
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
	bare, err := regress(a.powers(from, a.model.order), a.dim[from:], a.delta.Slice(from, a.rows(), 0, a.points()))
	if err != nil {
		return nil, err
	}
	least := slices.Clone(a.floor)
	for j, rounding := range a.floor {
		if a.model.fit.standardError(0, j) > rounding {
			least[j] = math.Hypot(rounding, trust*bare.standardError(0, j))
		}
	}
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

// scales are the largest magnitude of each observable in theory, at least smallestScale.
func (e *ensemble) scales(th *prediction) []float64 {
	scale := make([]float64, len(e.observables))
	for o := range scale {
		scale[o] = smallestScale
	}
	for j, v := range th.mean {
		o := e.observable(j)
		scale[o] = max(scale[o], math.Abs(v))
	}
	return scale
}

func (a *analysis) compare() (*Comparison, error) {
	e, f := a.ensemble, a.model.fit
	c := &Comparison{
		Scenario: e.scenario, Observables: e.observables, Dims: e.dims, Controls: len(e.controls),
		Resamples: a.set.Resamples, Level: a.set.Level, Looks: a.set.Looks,
		Order: a.model.order, DroppedDims: e.dims[:a.model.first:a.model.first], LackOfFit: a.model.lackOfFit,
		Theory: e.curve(a.theory.mean), TheorySE: e.curve(a.theory.se),
		Notes: a.model.notes, Families: a.families,
	}
	for k := range e.dims {
		c.Replicas = append(c.Replicas, e.count(k))
	}
	extrapolated, se := make([]float64, e.points()), make([]float64, e.points())
	for j := range extrapolated {
		extrapolated[j], se[j] = a.theory.mean[j]+f.coef.At(0, j), a.standardError(j)
	}
	c.Extrapolated, c.StandardError = e.curve(extrapolated), e.curve(se)

	full := a.contest(a.theory)
	contests := []*contest{full}
	ablated, err := a.ablated(&contests)
	if err != nil {
		return nil, err
	}
	f.rotate(0, contests, len(e.observables), a.set.Resamples, a.set.Seed)

	var at int
	c.MaxT, at = full.largest()
	c.Worst, c.PValue = e.point(at), f.pvalue(full)
	c.Critical = quantile(full.pivot, a.set.confidence())
	c.Bounds = a.bounds(full, c.Critical)
	c.noteFamilies()
	c.Verdict = verdict(c.Joint(), a.set.Level, c.Bounds)
	if c.Verdict == Inconclusive {
		c.Need = a.need(full, c)
	}
	for i, b := range ablated {
		c.Ablations = append(c.Ablations, a.ablation(a.set.Ablations[i].Name, b, contests[i+1]))
	}
	if err := a.finiteSize(c); err != nil {
		return nil, err
	}
	a.summarise(c)
	c.Fluctuation = a.fluctuation()
	c.Bias = a.bias()
	a.note(c, full)
	return c, nil
}

// contest confronts the extrapolation with a prediction.
func (a *analysis) contest(p *prediction) *contest {
	c := newContest(a.model.fit, a.least, p)
	for j := range c.diff {
		c.diff[j] += a.theory.mean[j] - p.mean[j]
	}
	return c
}

// summarise fills Means.
func (a *analysis) summarise(c *Comparison) {
	f := a.model.fit
	for k, d := range a.dims {
		n := a.count(k)
		raw := mat.DenseCopyOf(a.values.Slice(a.start[k], a.start[k+1], 0, a.points()))
		adjusted := mat.DenseCopyOf(raw)
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
		c.Means = append(c.Means, DimSummary{d, a.curve(mean), a.curve(se), a.curve(columnDeviation(raw))})
	}
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

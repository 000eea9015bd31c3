package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// fitting are the known mistakes that the runs cannot tell from the truth: those whose p-value, Bonferroni-corrected for
// their number, is not below the level; the best fit first.
func fitting(ablations []AblationResult, level float64) []Fit {
	if len(ablations) == 0 {
		return nil
	}
	candidates := make([]Fit, len(ablations))
	for i, r := range ablations {
		candidates[i] = Fit{Name: r.Name, PValue: r.PValue}
	}
	return NotRejected(candidates, level)
}

// NotRejected are the candidates that the data cannot tell from the truth: those whose p-value, Bonferroni-corrected for
// their number, is not below the level; the best fit first.
func NotRejected(candidates []Fit, level float64) []Fit {
	kept := []Fit{}
	for _, f := range candidates {
		if f.PValue*float64(len(candidates)) >= level {
			kept = append(kept, f)
		}
	}
	slices.SortStableFunc(kept, func(a, b Fit) int { return cmp.Compare(b.PValue, a.PValue) })
	return kept
}

// A Difference is what two predictions of one limit say against each other, at the steps and observables that both have.
type Difference struct {
	Observables []string
	Steps       []int
	PValue      float64 // of the largest |t|, by Bonferroni's bound over all points
	MaxT        float64
	Worst       Point
	Begins      *Point // where they part at the latest, as in Comparison; nil if they do not differ
}

// Differ confronts two predictions without any runs. Errors are taken as independent between the two; those with
// replicates follow Student's t, those without the normal law. Differences inside the rounding of either are none. Of
// Settings the Level and the Rounding are read.
func Differ(a, b Prediction, set Settings) (*Difference, error) {
	set, err := set.complete(cmp.Or(a.Name, b.Name))
	if err != nil {
		return nil, err
	}
	x, y, err := common(a, b)
	if err != nil {
		return nil, err
	}
	d := &Difference{Observables: x.observables, Steps: x.steps, PValue: 1}
	least, prefixes := 1.0, make([]float64, 0, len(x.mean))
	for j := range x.mean {
		t, p := gap(x, y, j, set.Rounding)
		if t > d.MaxT {
			d.MaxT, d.Worst = t, x.point(j)
		}
		least = min(least, p)
		prefixes = append(prefixes, min(1, least*float64(j+1)))
	}
	d.PValue = prefixes[len(prefixes)-1]
	first := len(prefixes)
	for first > 0 && prefixes[first-1] < set.Level {
		first--
	}
	if first < len(prefixes) {
		at := x.point(first)
		d.Begins = &at
	}
	return d, nil
}

// Diagnose lists the candidates from which a prediction cannot be told: the known mistakes that its curves may contain.
func Diagnose(p Prediction, candidates []Ablated, set Settings) ([]Fit, error) {
	set, err := set.complete(p.Name)
	if err != nil {
		return nil, err
	}
	fits := make([]Fit, len(candidates))
	for i, c := range candidates {
		d, err := Differ(p, c.Prediction, set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		fits[i] = Fit{Name: c.Name, PValue: d.PValue}
	}
	return NotRejected(fits, set.Level), nil
}

// gap is |t| of the difference at a point and its two-sided p-value.
func gap(x, y *sheet, j int, rounding float64) (t, p float64) {
	diff := math.Abs(x.mean[j]-y.mean[j]) - x.slackAt(j) - y.slackAt(j)
	if diff <= 0 {
		return 0, 1
	}
	floor := rounding * max(smallestScale, x.scale[x.observable(j)], y.scale[x.observable(j)])
	t = diff / math.Sqrt(x.se[j]*x.se[j]+y.se[j]*y.se[j]+floor*floor)
	dof, share := math.Inf(1), 0.0
	for _, s := range []*sheet{x, y} {
		if s.replicates != nil {
			r, _ := s.replicates.Dims()
			share += math.Pow(s.se[j], 4) / float64(r-1)
		}
	}
	if share > 0 {
		dof = math.Pow(x.se[j]*x.se[j]+y.se[j]*y.se[j], 2) / share
	}
	if dof > 1e6 {
		return t, 2 * distuv.UnitNormal.Survival(t)
	}
	return t, 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: dof}.Survival(t)
}

// A sheet is a prediction at the steps and observables that it shares with another.
type sheet struct {
	ensemble
	*target
	scale []float64
}

func (s *sheet) slackAt(j int) float64 {
	if s.slack == nil {
		return 0
	}
	return s.slack[j]
}

// common lays two predictions out at their common steps and observables, in the order of the first.
func common(a, b Prediction) (x, y *sheet, err error) {
	observables, shared := a.Shared(&b)
	if len(observables) == 0 || len(shared) == 0 {
		return nil, nil, fmt.Errorf("compare %s: nothing to compare: one side has %v at %d steps, the other %v at %d, "+
			"and they share %d and %d", cmp.Or(a.Name, b.Name), a.Observables, len(a.AllSteps()), b.Observables,
			len(b.AllSteps()), len(observables), len(shared))
	}
	lay := func(p *Prediction) (*sheet, error) {
		part, err := p.Part(observables, shared)
		if err != nil {
			return nil, err
		}
		s := &sheet{ensemble: ensemble{ladder: ladder{name: cmp.Or(a.Name, b.Name)}, observables: observables, steps: shared}}
		if s.target, err = s.ensemble.target("a prediction", &part); err != nil {
			return nil, err
		}
		s.scale = s.scales(s.target, 0)
		return s, nil
	}
	x, errX := lay(&a)
	y, errY := lay(&b)
	return x, y, errors.Join(errX, errY)
}

// Shared are the observables and the steps that p has and other has too, in the order of p.
func (p *Prediction) Shared(other *Prediction) (observables []string, steps []int) {
	for _, name := range p.Observables {
		if slices.Contains(other.Observables, name) {
			observables = append(observables, name)
		}
	}
	theirs := other.AllSteps()
	for _, t := range p.AllSteps() {
		if _, ok := slices.BinarySearch(theirs, t); ok {
			steps = append(steps, t)
		}
	}
	return observables, steps
}

// AllSteps are the steps of the rows of Mean: Steps, or 0, 1, … where that is nil.
func (p *Prediction) AllSteps() []int {
	if p.Steps != nil {
		return p.Steps
	}
	return upTo(len(p.Mean))
}

// Part is the prediction of some of its observables at some of its steps, without families. The error names what it lacks.
func (p *Prediction) Part(observables []string, steps []int) (Prediction, error) {
	part := Prediction{Name: p.Name, Observables: observables, Steps: steps}
	var columns, rows []int
	for _, name := range observables {
		i := slices.Index(p.Observables, name)
		if i < 0 {
			return part, fmt.Errorf("compare %s: there is no prediction of %s (there is one of %v)", p.Name, name, p.Observables)
		}
		columns = append(columns, i)
	}
	own := p.AllSteps()
	for _, t := range steps {
		i, ok := slices.BinarySearch(own, t)
		if !ok || i >= len(p.Mean) {
			return part, fmt.Errorf("compare %s: there is no prediction for step %d", p.Name, t)
		}
		rows = append(rows, i)
	}
	curves := [][][]float64{p.Mean, p.StandardError, p.Rounding}
	cuts := make([][][]float64, len(curves)+len(p.Replicates))
	for n, curve := range append(curves, p.Replicates...) {
		if curve == nil {
			continue
		}
		for _, i := range rows {
			if len(curve) != len(own) || len(curve[i]) != len(p.Observables) {
				return part, fmt.Errorf("compare %s: a prediction of %d observables at %d steps has a curve of another shape",
					p.Name, len(p.Observables), len(own))
			}
			row := make([]float64, len(columns))
			for k, j := range columns {
				row[k] = curve[i][j]
			}
			cuts[n] = append(cuts[n], row)
		}
	}
	part.Mean, part.StandardError, part.Rounding = cuts[0], cuts[1], cuts[2]
	if len(p.Replicates) > 0 {
		part.Replicates = cuts[len(curves):]
	}
	return part, nil
}

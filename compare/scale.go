package compare

import (
	"cmp"
	"math"
	"regexp"
)

// scales are the largest magnitude of each observable in theory from a row on, at least smallestScale. Entries of one
// matrix, overlap_0_1 and its like, have one scale.
func (e *ensemble) scales(th *target, from int) []float64 {
	of := map[string]float64{}
	for j := from * len(e.observables); j < len(th.mean); j++ {
		name := matrixOf(e.observables[e.observable(j)])
		of[name] = max(of[name], smallestScale, math.Abs(th.mean[j]))
	}
	scale := make([]float64, len(e.observables))
	for o, name := range e.observables {
		scale[o] = of[matrixOf(name)]
	}
	return scale
}

var entryOfMatrix = regexp.MustCompile(`^(.+)_[0-9]+_[0-9]+$`)

// matrixOf is the name of the matrix of which an observable is an entry, or its own.
func matrixOf(observable string) string { return entryOfMatrix.ReplaceAllString(observable, "$1") }

// margin of an observable where it has this scale.
func (s Settings) margin(observable string, scale float64) float64 {
	m, ok := s.Margins[observable]
	if !ok {
		m = s.Margins[matrixOf(observable)]
	}
	return cmp.Or(m.Absolute, cmp.Or(m.Relative, s.Margin)*scale)
}

// minLateRows is how many rows curves must have to have a late part.
const minLateRows = 4

// bounds are |difference| + t · (its standard error), at their largest over the steps, with t the one-sided quantile of
// Student's law at each point; and the same of the late half of the steps, whose scale may be much smaller.
//
// *agrees* claims that every error is inside its margin, the union of "the error at point j is not" being rejected by
// rejecting each: an intersection-union test (Berger, Technometrics 24 (1982) 295), whose level is that of its parts. No
// correction for the number of points is needed, unlike for bands that hold at all of them (Test.Critical).
func (a *analysis) bounds(c *contest) []Bound {
	bounds := make([]Bound, len(a.observables))
	pvalues := make([]float64, len(bounds))
	lateScale := a.scales(a.theory, a.late)
	for o, name := range a.observables {
		b := Bound{Observable: name, Scale: a.scale[o], Margin: a.set.margin(name, a.scale[o]), PValue: a.model.fit.largestPValue(c, o)}
		b.Late = Late{Scale: lateScale[o], Margin: a.set.margin(name, lateScale[o])}
		form, lateForm := 0.0, 0.0
		for i := range a.steps {
			j := i*len(a.observables) + o
			v := c.most(j, a.model.fit.oneSided(c, j, a.set.confidence()))
			if v > b.Bound {
				b.Bound, b.Step = v, a.steps[i]
			}
			form = max(form, v+a.form[j])
			if i >= a.late {
				if v > b.Late.Bound {
					b.Late.Bound, b.Late.Step = v, a.steps[i]
				}
				lateForm = max(lateForm, v+a.form[j])
			}
		}
		b.Form, b.Late.Form = form-b.Bound, lateForm-b.Late.Bound
		bounds[o], pvalues[o] = b, b.PValue
	}
	for o, p := range Holm(pvalues) {
		bounds[o].Adjusted = p
	}
	return bounds
}

// Open says that the bound is not inside its margin, over all steps or late.
func (b Bound) Open() bool { return !(b.Bound <= b.Margin) || !(b.Late.Bound <= b.Late.Margin) }

// openInForm is Open if the finite-size correction has another form.
func (b Bound) openInForm() bool {
	return !(b.Bound+b.Form <= b.Margin) || !(b.Late.Bound+b.Late.Form <= b.Late.Margin)
}

// excess is how many margins the bound is wide, where that is most, and the step of it.
func (b Bound) excess() (ratio float64, step int) {
	if late := b.Late.Bound / b.Late.Margin; late > b.Bound/b.Margin {
		return late, b.Late.Step
	}
	return b.Bound / b.Margin, b.Step
}

package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// formErrors are, at each point, what the extrapolation would be off by if the correction that is seen at the smallest d
// had another form than the powers of 1/d that were fitted: c/√d, c·log d/d or the next power of 1/d, whichever is worst. A
// correction is seen if it exceeds its standard error, and may be larger by two of them.
//
// A test of the next power is nearly blind to such terms where they already move the extrapolation by several of its
// standard errors, and fitting them costs most of the power (docs/statistics.md, "Another form of the correction").
func (a *analysis) formErrors() ([]float64, error) {
	errors := make([]float64, a.points())
	order, from := a.model.order, a.start[a.model.first]
	if order == 0 {
		return errors, nil
	}
	share, err := a.formShare()
	if err != nil {
		return nil, err
	}
	f, x := a.model.fit, a.dim[0]/a.dim[from]
	power, variance := make([]float64, order+1), 0.0
	for k := 1; k <= order; k++ {
		power[k] = math.Pow(x, float64(k))
	}
	for k := 1; k <= order; k++ {
		for l := 1; l <= order; l++ {
			variance += power[k] * power[l] * f.cov.At(k, l)
		}
	}
	for j := range a.points() {
		seen := 0.0
		for k := 1; k <= order; k++ {
			seen += power[k] * f.coef.At(k, j)
		}
		if se := f.deviation[j] * math.Sqrt(variance); math.Abs(seen) > se {
			errors[j] = share * (math.Abs(seen) + 2*se)
		}
	}
	return errors, nil
}

// formShare is what the extrapolation is off by if the correction has another form, per unit of the correction that is then
// seen at the smallest d in use.
func (a *analysis) formShare() (share float64, err error) {
	from := a.start[a.model.first]
	first := a.dim[from]
	forms := mat.NewDense(a.rows()-from, 3, nil)
	for i, d := range a.dim[from:] {
		x := first / d
		forms.SetRow(i, []float64{math.Sqrt(x), x * math.Log(d) / math.Log(max(first, 2)), math.Pow(x, float64(a.model.order+1))})
	}
	f, err := regress(a.powers(from, a.model.order), a.weight[from:], forms)
	if err != nil {
		return 0, err
	}
	for _, v := range f.coef.RawRowView(0) { // every form is 1 at the smallest d
		share = max(share, math.Abs(v/(1-v)))
	}
	return share, nil
}

// formPValue is the p-value of a prediction if the limit may be off by the form errors. It is not worked out where the
// difference is not significant anyway.
func (a *analysis) formPValue(p *target, pvalue float64) float64 {
	if pvalue >= a.set.Level {
		return pvalue
	}
	loose := *p
	loose.slack = make([]float64, a.points())
	for j := range loose.slack {
		loose.slack[j] = a.form[j]
		if p.slack != nil {
			loose.slack[j] += p.slack[j]
		}
	}
	c, f := a.contest(&loose), a.model.fit
	largest := 0.0
	for j := range c.diff {
		largest = max(largest, math.Abs(c.beyond(j))/c.total(j))
	}
	// Bonferroni's bound is enough for most, without a draw.
	if bound := f.union(c, largest, upTo(a.points())); bound < a.set.Level*spent(a.set.Look)/100 {
		return max(bound, pvalue)
	}
	f.rotate(0, []*contest{c}, 1, a.set.Resamples, a.set.Seed)
	return max(f.pvalue(c), pvalue)
}

// slowest is the exponent of the bias above which powers of 1/d do not describe it.
const slowest = -0.95

// unchecked says that the finite-size model passes through all dims, so that nothing speaks for it.
func (t *Test) unchecked() bool {
	return t.Model.Order > 0 && len(t.Dims)-len(t.Model.Dropped) < t.Model.Order+2
}

// hinges says that there is no significant difference if the correction may have another form.
func (c *Comparison) hinges(level float64) bool {
	pvalues := []float64{c.FormPValue}
	for _, f := range c.Families {
		pvalues = append(pvalues, f.FormPValue)
	}
	return slices.Min(c.holm(pvalues)) >= level
}

// decide is the rule: a significant difference disagrees; all bounds inside their margins agree; else inconclusive. Either
// must hold whatever the form of the finite-size correction, where there is reason to doubt it; if that is what stands in the
// way, reason says so.
func (c *Comparison) decide(p, level float64) (v Verdict, reason string) {
	if p < level {
		if !c.hinges(level) {
			return Disagrees, ""
		}
		return Inconclusive, fmt.Sprintf("the difference is significant (p = %.2g), but hinges on the form of the finite-size correction: "+
			"if it falls like 1/√d or log d/d, or has a term in 1/d%s, the extrapolation may be off by as much; larger d, or larger "+
			"steps between them, tell", p, superscript(c.Model.Order+1))
	}
	if slices.ContainsFunc(c.Bounds, Bound.Open) {
		return Inconclusive, ""
	}
	slow := c.Bias.Resolved && c.Bias.Low > slowest
	for _, b := range c.Bounds {
		if !b.openInForm() {
			continue
		}
		switch {
		case slow:
			return Inconclusive, fmt.Sprintf("the bias falls like d^%.2f [%.2f, %.2f], more slowly than the 1/d that the extrapolation rests "+
				"on; if like 1/√d, the %s may be off by %.2g more than its bound of %.2g", c.Bias.Estimate, c.Bias.Low, c.Bias.High,
				b.Observable, b.Form, b.Bound)
		case c.unchecked():
			return Inconclusive, fmt.Sprintf("%d dims leave nothing to check the finite-size model with; if the correction seen at d = %d "+
				"has another form, the %s may be off by %.2g more than its bound of %.2g", len(c.Dims)-len(c.Model.Dropped),
				c.Dims[len(c.Model.Dropped)], b.Observable, b.Form, b.Bound)
		}
	}
	return Agrees, ""
}

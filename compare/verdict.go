package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// verdict is the rule for a theory that is wrong on purpose: decide, without doubts about an agreement.
func verdict(p, form, level float64, bounds []Bound) Verdict {
	if p < level && form < level {
		return Disagrees
	}
	if p < level || slices.ContainsFunc(bounds, Bound.Open) {
		return Inconclusive
	}
	return Agrees
}

// need says what would shrink every bound to its margin, if |difference| shrank in proportion: the variance must fall by
// (margin/bound)² where the bound is reached. The theory may keep half of that.
func (a *analysis) need(c *contest, result *Comparison) *Need {
	n := &Need{Replicas: 1, TheorySamples: 1}
	for o, b := range result.Bounds {
		if !b.Open() {
			continue
		}
		ratio, step := b.excess()
		j := slices.Index(a.steps, step)*len(a.observables) + o
		data, scrambling := c.se[j]*c.se[j], c.theorySE[j]*c.theorySE[j]
		target := (data + scrambling) / (ratio * ratio)
		left := target - scrambling
		if scrambling > target/2 {
			n.TheorySamples = max(n.TheorySamples, 2*scrambling/target)
			left = target / 2
		}
		n.Replicas = max(n.Replicas, data/left)
	}
	if n.Replicas > 1 {
		n.Dim = a.furtherDim(n.Replicas)
	}
	return n
}

// furtherDim is the smallest d, a power of two times the largest, at which as many replicas as there would divide the
// variance of the extrapolation by factor; 0 if none up to 1024 times does.
func (a *analysis) furtherDim(factor float64) int {
	last := len(a.dims) - 1
	var kept []float64
	for i := a.start[a.model.first]; i < a.rows(); i++ {
		kept = append(kept, a.dim[i])
	}
	now := a.interceptVariance(kept)
	for d, k := a.dims[last], 0; k < 10; k++ {
		d *= 2
		longer := slices.Clone(kept)
		for range a.count(last) {
			longer = append(longer, float64(d))
		}
		if a.interceptVariance(longer)*factor <= now {
			return d
		}
	}
	return 0
}

// interceptVariance of the powers of 1/d alone, in units of the residual variance.
func (a *analysis) interceptVariance(dim []float64) float64 {
	p := a.model.order + 1
	x := mat.NewDense(len(dim), p, nil)
	for i, d := range dim {
		for k := range p {
			x.Set(i, k, math.Sqrt(d)*math.Pow(dim[0]/d, float64(k)))
		}
	}
	inverse, err := orthogonalise(x, nil)
	if err != nil {
		return math.Inf(1)
	}
	row := inverse.RawRowView(0)
	v := 0.0
	for _, r := range row {
		v += r * r
	}
	return v
}

// ablated lays the ablated theories out.
func (a *analysis) ablated() (list []*target, err error) {
	for i := range a.set.Ablations {
		b := &a.set.Ablations[i]
		p, err := a.target("the ablation "+b.Name, &b.Prediction)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// ablation judges one ablated theory by the rule for the full one. It is visible if it differs from the full theory
// somewhere by more than both theories' errors can explain: Bonferroni over the points, at the level of the verdict.
func (a *analysis) ablation(name string, p *target, c *contest) AblationResult {
	r := AblationResult{Name: name, PValue: a.model.fit.pvalue(c)}
	var at int
	r.MaxT, at = c.largest()
	r.Worst = a.point(at)
	look := spent(a.set.Look)
	r.Verdict = verdict(min(1, r.PValue/look), min(1, a.formPValue(p, r.PValue)/look), a.set.Level, a.bounds(c))
	critical := visibleFrom(a.set.Level/float64(2*a.points()), p, a.theory)
	for j, v := range p.mean {
		shift := math.Abs(v - a.theory.mean[j])
		r.Shift = max(r.Shift, shift/a.scale[a.observable(j)])
		if shift > max(2*a.floor[j], critical*math.Hypot(p.se[j], a.theory.se[j])) {
			r.Visible = true
		}
	}
	return r
}

// visibleFrom is the |difference| of targets, in units of its standard error, that errors exceed with probability miss on
// either side: Student's t where replicates tell the errors, else the normal law.
func visibleFrom(miss float64, targets ...*target) float64 {
	dof := math.Inf(1)
	for _, p := range targets {
		if p.replicates != nil {
			n, _ := p.replicates.Dims()
			dof = min(dof, float64(n-1))
		}
	}
	if math.IsInf(dof, 1) {
		return distuv.UnitNormal.Quantile(1 - miss)
	}
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: dof}.Quantile(1 - miss)
}

// Holm returns the p-values adjusted for testing them all (Holm's step-down method): rejecting where the adjusted
// p-value is below a level keeps the chance of any false rejection below that level, whatever their dependence.
func Holm(pvalues []float64) []float64 {
	order := make([]int, len(pvalues))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(pvalues[i], pvalues[j]) })
	adjusted := make([]float64, len(pvalues))
	running := 0.0
	for rank, i := range order {
		running = max(running, min(1, float64(len(order)-rank)*pvalues[i]))
		adjusted[i] = running
	}
	return adjusted
}

// Joint is the p-value that decides the verdict: the smallest of the curves' and the families', after Holm's correction
// over them, and that divided by the share of the level that its look may spend. With neither it is PValue.
func (c *Comparison) Joint() float64 { return slices.Min(c.adjusted()) }

// adjusted p-values of the curves and of every family.
func (c *Comparison) adjusted() []float64 {
	pvalues := []float64{c.PValue}
	for _, f := range c.Families {
		pvalues = append(pvalues, f.PValue)
	}
	return c.holm(pvalues)
}

// holm corrects p-values of the curves and of every family.
func (c *Comparison) holm(pvalues []float64) []float64 {
	for i := range pvalues {
		pvalues[i] = min(1, pvalues[i]/spent(c.Look))
	}
	return Holm(pvalues)
}

// noteFamilies fills Family.Adjusted and notes the families that contradict theory, and curves that do so only on their own.
func (c *Comparison) noteFamilies() {
	adjusted := c.adjusted()
	for i := range c.Families {
		c.Families[i].Adjusted = adjusted[i+1]
		if adjusted[i+1] < c.Level {
			c.note(NoteFamilies, "the %s contradicts theory (p = %.2g after Holm's correction over the curves and %d families of probes)",
				c.Families[i].Name, adjusted[i+1], len(c.Families))
		}
	}
	if c.PValue < c.Level && adjusted[0] >= c.Level {
		over := fmt.Sprintf("Holm's correction over them and %d families of probes", len(c.Families))
		if c.Look > 0 {
			over += fmt.Sprintf(" at look %d", c.Look)
		}
		c.note(NoteFamilies, "the curves' p = %.2g is not significant after %s (%.2g)", c.PValue, over, adjusted[0])
	}
}

// A Suite is the joint verdict on several scenarios.
type Suite struct {
	Verdict  Verdict
	Adjusted []float64 // Holm-adjusted p-value of each scenario
	Verdicts []Verdict // of each scenario, by its adjusted p-value
}

// Judge corrects the verdicts for the number of scenarios, so that a suite of right theories is called wrong with
// probability below the level, not each of its scenarios: the suite disagrees if any scenario does, agrees if all do.
func Judge(comparisons []*Comparison, level float64) Suite {
	var pvalues []float64
	for _, c := range comparisons {
		pvalues = append(pvalues, c.Joint())
	}
	s := Suite{Verdict: Agrees, Adjusted: Holm(pvalues)}
	if len(comparisons) == 0 {
		s.Verdict = Inconclusive
	}
	for i, c := range comparisons {
		v, _ := c.decide(s.Adjusted[i], level)
		s.Verdicts = append(s.Verdicts, v)
		switch {
		case v == Disagrees:
			s.Verdict = Disagrees
		case v == Inconclusive && s.Verdict == Agrees:
			s.Verdict = Inconclusive
		}
	}
	return s
}

// note adds a note.
func (c *Comparison) note(kind NoteKind, format string, args ...any) {
	c.Notes = append(c.Notes, Note{kind, fmt.Sprintf(format, args...)})
}

// note says in words what the reader of the verdict must know.
func (a *analysis) note(c *Comparison, full *contest, narrow []string) {
	if len(a.dims) == 1 {
		c.note(NoteModel, "%s", a.oneDim())
	}
	var exact, missed []string
	for j := range a.points() {
		if full.se[j] > a.floor[j] || full.theorySE[j] > a.floor[j] {
			continue
		}
		p := a.point(j)
		name := fmt.Sprintf("%s at step %d", p.Observable, p.Step)
		exact = append(exact, name)
		if math.Abs(full.t[j]) > c.Critical {
			missed = append(missed, fmt.Sprintf("%s (%.3g off)", name, full.diff[j]))
		}
	}
	if len(exact) > 0 {
		c.note(NoteExact, "%d point(s) without randomness, compared to %g of their scale: %s", len(exact), a.set.Rounding, few(exact))
	}
	if len(missed) > 0 {
		c.note(NoteExact, "theory and simulation differ where neither has any randomness: %s", few(missed))
	}
	curves := c.Verdict == Disagrees && c.PValue < a.set.Level // not a family of probes
	if curves && !slices.ContainsFunc(c.Bounds, Bound.Open) {
		c.note(NoteMargin, "the difference is significant but everywhere smaller than the margin")
	}
	if len(narrow) > 0 {
		c.note(NoteFamilies, "not compared, because narrower than the grid of levels: %s", strings.Join(narrow, ", "))
	}
	if c.Need != nil {
		c.note(NoteNeed, "inconclusive: %s", c.Need.words(c))
	}
	if c.Reason != "" {
		c.note(NoteModel, "inconclusive: %s", c.Reason)
	}
	if r := c.Fluctuation; r.Resolved && (r.Low > -0.5 || r.High < -0.5) {
		c.note(NoteRates, "fluctuations fall like d^%.3f [%.3f, %.3f], so runs are weighed by their variance as measured at each d; one in twenty such "+
			"intervals misses -1/2 by chance", r.Estimate, r.Low, r.High)
	}
	if len(c.Bias.Dropped) > 0 {
		c.note(NoteRates, "bias exponent: d = %s left out, the bias expected there is inside the noise", ints(c.Bias.Dropped))
	}
	if !c.Bias.Resolved {
		c.note(NoteRates, "bias exponent not resolved: at least %d dims whose bias stands out of the noise are needed", minRateDims)
	}
}

// oneDim says what runs at one d can tell.
func (a *analysis) oneDim() string {
	d := a.dims[0]
	if !math.IsInf(a.unknown, 1) {
		return fmt.Sprintf("all runs have d = %d: nothing is extrapolated; that the limit is within %.3g of the mean at this d is taken as known",
			d, a.unknown)
	}
	there := *a.theory
	there.slack = nil
	c := a.contest(&there)
	a.model.fit.rotate(0, []*contest{c}, len(a.observables), a.set.Resamples, a.set.Seed)
	return fmt.Sprintf("all runs have d = %d: how far the limit is from the mean at this d is not known, so they can neither "+
		"confirm nor contradict it; state how far it may be, or add a second d (taken as a prediction for d = %d itself: p = %.2g)",
		d, d, a.model.fit.pvalue(c))
}

// words turns the need into a sentence.
func (n *Need) words(c *Comparison) string {
	var ways []string
	if n.Replicas > 1 {
		s := fmt.Sprintf("%.2g times as many replicas", n.Replicas)
		if n.Dim > 0 {
			s += fmt.Sprintf(" (or %d replicas at d = %d too)", c.Replicas[len(c.Replicas)-1], n.Dim)
		}
		ways = append(ways, s)
	}
	if n.TheorySamples > 1 {
		ways = append(ways, fmt.Sprintf("%.2g times as many samples in the theory", n.TheorySamples))
	}
	if ways == nil {
		return "a larger margin, or a smaller rounding error, is needed"
	}
	return "to bring the bounds inside their margins takes about " + strings.Join(ways, " and ")
}

// few lists at most four names.
func few(names []string) string {
	if len(names) > 4 {
		return strings.Join(names[:4], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

func ints(list []int) string {
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprint(v))
	}
	return strings.Join(words, ", ")
}

package harness

import (
	"context"
	"errors"
	"math"
	"slices"

	"limitcheck/compare"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A tracer looks for what runs from elsewhere are runs of, if not of the scenario: it tries the table of slips and that of
// the theories that are wrong on purpose, and solves for each what it needs. A slip's number is found by the Gauss-Newton
// method, with the derivative along the line between the last two solutions.
type tracer struct {
	ctx   context.Context
	set   Settings
	s     *scenarios.Scenario
	model compare.Prediction // steps, observables and rounding of the runs
	fits  *compare.Fitter
	ours  *theory.Limit // with the settings that all candidates are solved with
	done  int           // solutions
	probe []probed
}

// A probed slip is one whose visible effect is known.
type probed struct {
	name  string
	curve [][]float64
}

// errUnsolvable says that a candidate means no problem that can be solved.
var errUnsolvable = errors.New("no such problem")

// trace fills the diagnosis of runs from elsewhere that disagree.
func (c *check) trace(ctx context.Context) error {
	r := c.result
	runs, err := columns(c.ensemble.runs, c.ensemble.observables, c.prediction.values.Observables)
	if err != nil {
		return err
	}
	fitter, err := compare.NewFitter(c.prediction.values, runs, c.set.Comparison)
	if err != nil {
		return err
	}
	t := &tracer{ctx: ctx, set: c.set, s: r.Scenario, model: c.prediction.values, fits: fitter}
	if t.ours, err = t.solve(r.Scenario); err != nil {
		return err
	}
	all, err := t.tried()
	if err != nil {
		return err
	}
	wrong, err := t.ablations(c.set.Comparison.Ablations)
	if err != nil {
		return err
	}
	all = append(all, wrong...)
	r.Comparison.Tried = len(all)
	r.Comparison.Diagnosis = compare.NotRejected(all, r.Comparison.Level)
	return nil
}

// tried are all slips that change anything here, each at the number that fits best.
func (t *tracer) tried() (all []compare.Fit, err error) {
	for i := range slips {
		p := &slips[i]
		if t.set.Progress != nil {
			t.set.Progress(t.s.Name+": what fits", i, len(slips)+1)
		}
		m := copied(t.s.Method.Optimizer)
		if p.applies != nil && !p.applies(t.s, m) {
			continue
		}
		var n *number
		if p.number != nil {
			n = p.number(t.s, m)
		}
		f, visible, err := t.try(p, n)
		if err != nil {
			return nil, err
		}
		if visible {
			all = append(all, f)
		}
	}
	if t.set.Progress != nil {
		t.set.Progress(t.s.Name+": what fits", len(slips)+1, len(slips)+1)
	}
	return all, nil
}

// ablations are the theories that are wrong on purpose, judged like the slips; those known are solved already.
func (t *tracer) ablations(known []compare.Ablated) (all []compare.Fit, err error) {
	var list []compare.Prediction
	for _, a := range theory.Ablations() {
		var p compare.Prediction
		i := slices.IndexFunc(known, func(b compare.Ablated) bool { return b.Name == string(a) })
		switch {
		case a.Blind(t.s) != "":
			continue
		case i >= 0:
			p = known[i].Prediction
		default:
			set := t.set.Theory.Coarse(t.s)
			set.Ablation = a
			limit, err := t.set.solve(t.ctx, t.s, set)
			if errors.As(err, new(*theory.DivergenceError)) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if p, err = t.layOut(withColumns(Prediction(limit), t.set.Columns)); err != nil {
				return nil, err
			}
		}
		p.Name, p.Rounding = string(a), t.model.Rounding
		list, all = append(list, p), append(all, compare.Fit{Name: string(a)})
	}
	pvalues, err := t.fits.PValues(list, t.hopeless())
	for i := range pvalues {
		all[i].PValue = pvalues[i]
	}
	return all, err
}

// hopeless is a p-value that is excluded in any case.
func (t *tracer) hopeless() float64 {
	return compare.Level / float64(len(slips)+len(theory.Ablations())) / 2
}

// solve solves a scenario, coarsely. A problem that is none, or diverges, is errUnsolvable.
func (t *tracer) solve(s *scenarios.Scenario) (*theory.Limit, error) {
	if s != t.s && !valid(s) {
		return nil, errUnsolvable
	}
	t.done++
	set := t.set.Theory.Coarse(s)
	set.Progress = nil
	limit, err := theory.Solve(t.ctx, s, set)
	if errors.As(err, new(*theory.DivergenceError)) || errors.As(EngineError(err), new(InputError)) {
		return nil, errUnsolvable
	}
	return limit, EngineError(err)
}

// valid reports whether there is such a problem in the limit, where α need not make whole numbers of samples. Defaults are
// filled in.
func valid(s *scenarios.Scenario) bool {
	alpha, dims := s.Data.Alpha, s.Experiment.Dims
	defer func() { s.Data.Alpha, s.Experiment.Dims = alpha, dims }()
	if !(alpha > 0) || math.IsInf(alpha, 0) {
		return false
	}
	s.Data.Alpha = 1
	for d := 100; d < 1000; d++ {
		if _, err := s.Samples(d); err == nil {
			s.Experiment.Dims = []int{d}
			break
		}
	}
	return s.Validate() == nil
}

// layOut gives a prediction the layout and the rounding of the runs.
func (t *tracer) layOut(p compare.Prediction) (compare.Prediction, error) {
	p, err := like(p, t.model)
	p.Rounding = t.model.Rounding
	return p, err
}

// at is the prediction with a slip at a number.
func (t *tracer) at(p *slip, x float64) (compare.Prediction, error) {
	limit := t.ours
	if p.problem != nil || p.shift > 0 {
		s, m := *t.s, copied(t.s.Method.Optimizer)
		if p.problem != nil {
			p.problem(&s, m, x)
		}
		s.Method.Optimizer = m.Optimizer
		s.Method.Steps += max(0, p.shift)
		var err error
		if limit, err = t.solve(&s); err != nil {
			return compare.Prediction{}, err
		}
	}
	values := Prediction(limit)
	values.Name = p.name
	if p.shift != 0 {
		values = shifted(values, p.shift, len(t.ours.Mean))
	}
	if p.columns != nil {
		values = remade(values, func(r *row) { p.columns(t.s, r, x) })
	}
	return t.layOut(withColumns(values, t.set.Columns))
}

// shifted is a prediction whose row t is row t + by of p; the first row stands for those before it.
func shifted(p compare.Prediction, by, rows int) compare.Prediction {
	move := func(curve [][]float64) (out [][]float64) {
		for t := range min(rows, len(curve)) {
			out = append(out, curve[max(0, t+by)])
		}
		return out
	}
	return throughout(p, move)
}

// remade is a prediction with its rows changed.
func remade(p compare.Prediction, change func(r *row)) compare.Prediction {
	return throughout(p, func(curve [][]float64) (out [][]float64) {
		for _, values := range curve {
			r := &row{p.Observables, slices.Clone(values)}
			change(r)
			out = append(out, r.values)
		}
		return out
	})
}

// throughout applies a map of curves to the mean and to every replicate, whose spread is the error.
func throughout(p compare.Prediction, curve func([][]float64) [][]float64) compare.Prediction {
	out := p
	out.Mean, out.StandardError, out.Replicates = curve(p.Mean), nil, nil
	for _, r := range p.Replicates {
		out.Replicates = append(out.Replicates, curve(r))
	}
	return out
}

// try judges a slip. It is not visible if it changes nothing that the runs have, or what another slip changes in the same
// way.
func (t *tracer) try(p *slip, n *number) (f compare.Fit, visible bool, err error) {
	ours, err := t.layOut(withColumns(Prediction(t.ours), t.set.Columns))
	if err != nil {
		return f, false, err
	}
	x := 0.0
	if n != nil {
		x = n.away(n.is, n.first)
	}
	first, err := t.at(p, x)
	if errors.Is(err, errUnsolvable) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	if same(first.Mean, ours.Mean) || slices.ContainsFunc(t.probe, func(b probed) bool { return same(first.Mean, b.curve) }) {
		return f, false, nil
	}
	t.probe = append(t.probe, probed{p.name, first.Mean})
	if n == nil {
		pvalues, err := t.fits.PValues([]compare.Prediction{first}, t.hopeless())
		if err != nil {
			return f, false, err
		}
		return p.asFit(nil, pvalues[0], 0, 0, 0), true, nil
	}
	h := &hunt{tracer: t, slip: p, number: n}
	f, err = h.best(ours, first, x)
	return f, err == nil, err
}

// same reports whether two curves differ by no more than rounding.
func same(a, b [][]float64) bool {
	for i := range a {
		for j, v := range a[i] {
			if math.Abs(v-b[i][j]) > 1e-12*max(1, math.Abs(v)) {
				return false
			}
		}
	}
	return true
}

// away is the number so far from x: on the side that is allowed, in ratios where only these count.
func (n *number) away(x, by float64) float64 {
	y := x + by
	if n.positive {
		y = x * math.Exp(by)
	}
	if y > n.most {
		y = 2*x - y
	}
	return y
}

// within brings a number inside its range.
func (n *number) within(x float64) float64 { return min(n.most, max(n.least, x)) }

// A hunt is the search for a slip's number.
type hunt struct {
	*tracer
	*slip
	*number
}

// A spot is a number and what is predicted there.
type spot struct {
	x          float64
	prediction compare.Prediction
	distance   float64
}

const (
	mostSteps = 12   // of a search
	closeBy   = 0.02 // of the interval: the number is found
	farthest  = 0.7  // of one step, in the logarithm of a ratio
)

// best searches from the number as it is, and if what is found there does not fit, from the most promising guess.
func (h *hunt) best(ours, first compare.Prediction, x float64) (compare.Fit, error) {
	a, err := h.spot(h.is, ours)
	if err != nil {
		return compare.Fit{}, err
	}
	b, err := h.spot(x, first)
	if err != nil {
		return compare.Fit{}, err
	}
	f, err := h.search(a, b)
	if err != nil || f.PValue >= h.hopeless() {
		return f, err
	}
	var start *spot
	for _, guess := range h.guesses {
		if guess == h.is || guess < h.least || guess > h.most || h.positive && guess <= 0 {
			continue
		}
		g, err := h.look(guess)
		if errors.Is(err, errUnsolvable) {
			continue
		}
		if err != nil {
			return f, err
		}
		if start == nil || g.distance < start.distance {
			start = g
		}
	}
	if start == nil {
		return f, nil
	}
	beside, err := h.look(h.away(start.x, h.first))
	if errors.Is(err, errUnsolvable) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	second, err := h.search(start, beside)
	if err == nil && second.PValue > f.PValue {
		f = second
	}
	return f, err
}

func (h *hunt) look(x float64) (*spot, error) {
	p, err := h.at(h.slip, x)
	if err != nil {
		return nil, err
	}
	return h.spot(x, p)
}

func (h *hunt) spot(x float64, p compare.Prediction) (*spot, error) {
	d, err := h.fits.Distance(p)
	return &spot{x, p, d}, err
}

// coordinate is the scale on which steps are taken.
func (h *hunt) coordinate(x float64) float64 {
	if h.positive {
		return math.Log(x)
	}
	return x
}

func (h *hunt) value(u float64) float64 {
	if h.positive {
		return math.Exp(u)
	}
	return u
}

// search goes from the better of two spots to where the distance is least, and judges the prediction there.
func (h *hunt) search(a, b *spot) (compare.Fit, error) {
	if b.distance < a.distance {
		a, b = b, a
	}
	var half float64 // of the interval
	for range mostSteps {
		change, err := h.fits.Change(a.prediction, slope(a, b, h.coordinate(b.x)-h.coordinate(a.x)))
		if err != nil {
			return compare.Fit{}, err
		}
		if math.IsInf(change.Error, 0) {
			break
		}
		half = change.Error
		if math.Abs(change.Value) < closeBy*half {
			break
		}
		next, err := h.advance(a, change.Value)
		if err != nil {
			return compare.Fit{}, err
		}
		if next == nil {
			break
		}
		a, b = next, a
	}
	pvalues, err := h.fits.PValues([]compare.Prediction{a.prediction}, h.hopeless())
	if err != nil {
		return compare.Fit{}, err
	}
	u := h.coordinate(a.x)
	return h.asFit(h.number, pvalues[0], a.x, h.within(h.value(u-half)), h.within(h.value(u+half))), nil
}

// advance takes a step, and half of it as long as that leads farther away. nil: no step leads nearer.
func (h *hunt) advance(from *spot, by float64) (*spot, error) {
	if h.positive {
		by = max(-farthest, min(farthest, by))
	}
	for range 6 {
		x := h.within(h.value(h.coordinate(from.x) + by))
		if x == from.x {
			return nil, nil
		}
		next, err := h.look(x)
		switch {
		case errors.Is(err, errUnsolvable):
		case err != nil:
			return nil, err
		case next.distance < from.distance:
			return next, nil
		}
		by /= 2
	}
	return nil, nil
}

// slope is the derivative along the line between two spots.
func slope(a, b *spot, du float64) [][]float64 {
	out := make([][]float64, len(a.prediction.Mean))
	for i, row := range a.prediction.Mean {
		out[i] = make([]float64, len(row))
		for j, v := range row {
			out[i][j] = (b.prediction.Mean[i][j] - v) / du
		}
	}
	return out
}

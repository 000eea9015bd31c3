package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A ladder is all runs, sorted by (Dim, Index), without their values.
type ladder struct {
	name     string // of the problem, for messages
	runs     []Run
	dims     []int
	start    []int // runs start[k] to start[k+1]-1 have dim dims[k]
	dim      []float64
	weight   []float64   // of each run in the regressions: its d, but where fluctuations do not fall like d^-1/2
	controls [][]float64 // [control][run]
	unknown  float64     // what the limit may differ from what is extrapolated by, beside noise: allow
	news     *mat.Dense  // what innovations explain of the curves, then of the probes, of each run; nil: nothing
}

func (l *ladder) rows() int       { return len(l.dim) }
func (l *ladder) count(k int) int { return l.start[k+1] - l.start[k] }

const minRuns = 4

// newLadder checks the runs against each other and sorts them.
func newLadder(name string, runs []Run) (*ladder, error) {
	l := &ladder{name: name, runs: slices.Clone(runs)}
	slices.SortStableFunc(l.runs, func(a, b Run) int {
		return cmp.Or(cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Index, b.Index))
	})
	for i := range l.runs {
		r := &l.runs[i]
		if err := l.check(r); err != nil {
			return nil, err
		}
		if i > 0 && l.runs[i-1].Dim == r.Dim && l.runs[i-1].Index == r.Index {
			return nil, fmt.Errorf("compare %s: replica %d at d = %d was given twice; replicas must be independent", name, r.Index, r.Dim)
		}
		if i == 0 || l.runs[i-1].Dim != r.Dim {
			l.dims, l.start = append(l.dims, r.Dim), append(l.start, i)
		}
		l.dim = append(l.dim, float64(r.Dim))
	}
	l.start = append(l.start, len(l.runs))
	if len(l.dims) == 0 {
		return nil, fmt.Errorf("compare %s: no runs; four or more at each of two or more dimensions are needed (at four dimensions "+
			"the 1/d expansion can be checked too)", name)
	}
	for k, d := range l.dims {
		if l.count(k) < minRuns {
			return nil, fmt.Errorf("compare %s: %d replica(s) at d = %d; at least %d at every dimension are needed", name, l.count(k), d, minRuns)
		}
	}
	l.weight = l.dim
	l.controls = make([][]float64, len(l.runs[0].Controls))
	for k := range l.controls {
		for i := range l.runs {
			l.controls[k] = append(l.controls[k], l.runs[i].Controls[k])
		}
	}
	return l, nil
}

// allow takes |mean(d) − limit| ≤ allowance/d as known where all runs have one d; 0: nothing is known there.
func (l *ladder) allow(allowance float64) {
	switch {
	case len(l.dims) > 1:
		l.unknown = 0
	case allowance > 0:
		l.unknown = allowance / float64(l.dims[0])
	default:
		l.unknown = math.Inf(1)
	}
}

// where names a run.
func (l *ladder) where(r *Run) string {
	return fmt.Sprintf("compare %s: d = %d, replica %d", l.name, r.Dim, r.Index)
}

// check names the first thing wrong with one run, apart from its values.
func (l *ladder) check(r *Run) error {
	first := &l.runs[0]
	if r.Dim < 1 {
		return fmt.Errorf("%s: the dimension must be positive", l.where(r))
	}
	if len(r.Controls) != len(first.Controls) {
		return fmt.Errorf("%s has %d control variates, d = %d, replica %d has %d; all must have the same", l.where(r),
			len(r.Controls), first.Dim, first.Index, len(first.Controls))
	}
	if err := l.checkInnovations(r); err != nil {
		return err
	}
	for i, v := range r.Controls {
		if !finite(v) {
			return fmt.Errorf("%s: control variate %d is %g; only finite values can be compared", l.where(r), i, v)
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// An ensemble is the curves of all runs (or one family of their probes) as a matrix with a row for each run. Column
// i·O+o is observable o at steps[i].
type ensemble struct {
	ladder
	observables []string
	steps       []int
	values      *mat.Dense // runs × points
	explained   mat.Matrix // by innovations; nil: nothing
	timeless    bool       // the rows are not steps: a family of probes
}

func (e *ensemble) points() int { return len(e.steps) * len(e.observables) }
func (e *ensemble) point(j int) Point {
	return Point{e.steps[j/len(e.observables)], e.observables[j%len(e.observables)]}
}
func (e *ensemble) observable(j int) int { return j % len(e.observables) }

// curve lays a row of points out as [row][observable].
func (e *ensemble) curve(flat []float64) [][]float64 {
	out := make([][]float64, len(e.steps))
	for i := range out {
		o := len(e.observables)
		out[i] = slices.Clone(flat[i*o : (i+1)*o])
	}
	return out
}

// newEnsemble gathers the runs' values at the steps of a prediction.
func newEnsemble(p *Prediction, runs []Run) (*ensemble, error) {
	if len(p.Observables) == 0 && p.Mean == nil {
		return nil, errors.New("compare: no theory given: a prediction with its observables is needed")
	}
	e := &ensemble{observables: p.Observables, steps: p.Steps}
	if e.steps == nil {
		e.steps = upTo(len(p.Mean))
	}
	if len(e.observables) == 0 || len(e.steps) == 0 {
		return nil, fmt.Errorf("compare %s: the prediction has %d observables at %d steps; at least one of each is needed",
			p.Name, len(e.observables), len(e.steps))
	}
	if err := increasing(e.steps); err != nil {
		return nil, fmt.Errorf("compare %s: the prediction's %w", p.Name, err)
	}
	l, err := newLadder(p.Name, runs)
	if err != nil {
		return nil, err
	}
	e.ladder = *l
	e.values = mat.NewDense(l.rows(), e.points(), nil)
	for i := range l.runs {
		if err := e.fill(i, p.Steps == nil); err != nil {
			return nil, err
		}
	}
	e.explain()
	return e, nil
}

func increasing(steps []int) error {
	for i, s := range steps {
		if i > 0 && s <= steps[i-1] {
			return fmt.Errorf("step %d comes after step %d; steps must increase", s, steps[i-1])
		}
	}
	return nil
}

// fill copies the values of run i at the ensemble's steps; whole says that these are all steps there are.
func (e *ensemble) fill(i int, whole bool) error {
	r := &e.runs[i]
	steps := r.Steps
	switch {
	case steps == nil && whole && len(r.Values) != len(e.steps):
		return fmt.Errorf("%s has %d steps, the prediction %d; both must belong to the same problem", e.where(r), len(r.Values), len(e.steps))
	case steps == nil:
		steps = upTo(len(r.Values))
	case len(steps) != len(r.Values):
		return fmt.Errorf("%s has %d rows of values at %d steps", e.where(r), len(r.Values), len(steps))
	}
	if err := increasing(steps); err != nil {
		return fmt.Errorf("%s: %w", e.where(r), err)
	}
	row := e.values.RawRowView(i)
	for k, step := range e.steps {
		at, ok := slices.BinarySearch(steps, step)
		if !ok {
			return fmt.Errorf("%s has no values at step %d, where there is a prediction", e.where(r), step)
		}
		v := r.Values[at]
		if err := e.checkRow(v, step); err != nil {
			return fmt.Errorf("%s, %w", e.where(r), err)
		}
		copy(row[k*len(e.observables):], v)
	}
	return nil
}

func (e *ensemble) checkRow(v []float64, step int) error {
	if len(v) != len(e.observables) {
		return fmt.Errorf("step %d has %d observables, not %d (%v)", step, len(v), len(e.observables), e.observables)
	}
	for o, x := range v {
		if !finite(x) {
			return fmt.Errorf("step %d: %s is %g; only finite values can be compared", step, e.observables[o], x)
		}
	}
	return nil
}

// flatten is the inverse of curve, with its shape and values checked.
func (e *ensemble) flatten(name string, curve [][]float64) ([]float64, error) {
	if len(curve) != len(e.steps) {
		return nil, fmt.Errorf("compare %s: %s has %d steps, not %d", e.name, name, len(curve), len(e.steps))
	}
	flat := make([]float64, 0, e.points())
	for i, row := range curve {
		if err := e.checkRow(row, e.steps[i]); err != nil {
			return nil, fmt.Errorf("compare %s: %s, %w", e.name, name, err)
		}
		flat = append(flat, row...)
	}
	return flat, nil
}

// corrected are the values less what innovations explain of them, in a matrix of their own.
func (e *ensemble) corrected() *mat.Dense {
	out := mat.DenseCopyOf(e.values)
	if e.explained != nil {
		out.Sub(out, e.explained)
	}
	return out
}

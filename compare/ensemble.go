package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"limitcheck/montecarlo"
	"limitcheck/theory"
)

// An ensemble is all replicas of a ladder as one matrix, sorted by (Dim, Index). Column t·O+o is observable o at step t.
type ensemble struct {
	scenario    string
	observables []string
	steps       int // T+1
	dims        []int
	start       []int      // rows start[k] to start[k+1]-1 have dim dims[k]
	dim         []float64  // of each row
	values      *mat.Dense // rows × points
	controls    [][]float64
}

func (e *ensemble) rows() int       { return len(e.dim) }
func (e *ensemble) points() int     { return e.steps * len(e.observables) }
func (e *ensemble) count(k int) int { return e.start[k+1] - e.start[k] }
func (e *ensemble) point(j int) Point {
	return Point{j / len(e.observables), e.observables[j%len(e.observables)]}
}
func (e *ensemble) observable(j int) int { return j % len(e.observables) }

// curve lays a row of points out as [t][observable].
func (e *ensemble) curve(flat []float64) [][]float64 {
	out := make([][]float64, e.steps)
	for t := range out {
		o := len(e.observables)
		out[t] = slices.Clone(flat[t*o : (t+1)*o])
	}
	return out
}

const minReplicas = 4

// newEnsemble checks the replicas against the limit and gathers them.
func newEnsemble(limit *theory.Limit, replicas []*montecarlo.Replica) (*ensemble, error) {
	if limit == nil || limit.Scenario == nil {
		return nil, errors.New("compare: no theory given: a limit with its scenario is needed")
	}
	e := &ensemble{scenario: limit.Scenario.Name, observables: limit.Observables, steps: len(limit.Mean)}
	if len(e.observables) == 0 || e.steps == 0 {
		return nil, fmt.Errorf("compare %s: the limit has %d observables at %d steps; at least one of each is needed",
			e.scenario, len(e.observables), e.steps)
	}
	sorted := slices.Clone(replicas)
	if i := slices.Index(sorted, nil); i >= 0 {
		return nil, fmt.Errorf("compare %s: replica %d of %d is nil", e.scenario, i, len(replicas))
	}
	slices.SortStableFunc(sorted, func(a, b *montecarlo.Replica) int {
		return cmp.Or(cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Index, b.Index))
	})
	for i, r := range sorted {
		if err := e.check(r, sorted[0]); err != nil {
			return nil, err
		}
		if i > 0 && sorted[i-1].Dim == r.Dim && sorted[i-1].Index == r.Index {
			return nil, fmt.Errorf("compare %s: replica %d at d = %d was given twice; replicas must be independent", e.scenario, r.Index, r.Dim)
		}
		if i == 0 || sorted[i-1].Dim != r.Dim {
			e.dims, e.start = append(e.dims, r.Dim), append(e.start, i)
		}
		e.dim = append(e.dim, float64(r.Dim))
	}
	e.start = append(e.start, len(sorted))
	if err := e.checkLadder(); err != nil {
		return nil, err
	}
	e.fill(sorted)
	return e, nil
}

// check names the first thing wrong with one replica.
func (e *ensemble) check(r, first *montecarlo.Replica) error {
	where := fmt.Sprintf("compare %s: d = %d, replica %d", e.scenario, r.Dim, r.Index)
	if r.Dim < 1 {
		return fmt.Errorf("%s: the dimension must be positive", where)
	}
	if len(r.Values) != e.steps {
		return fmt.Errorf("%s has %d steps, the limit %d; both must belong to the same scenario", where, len(r.Values), e.steps)
	}
	for t, row := range r.Values {
		if len(row) != len(e.observables) {
			return fmt.Errorf("%s, step %d has %d observables, the limit %d (%v)", where, t, len(row), len(e.observables), e.observables)
		}
		for o, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s, step %d: %s is %g; only finite values can be compared", where, t, e.observables[o], v)
			}
		}
	}
	if len(r.Controls) != len(first.Controls) {
		return fmt.Errorf("%s has %d control variates, d = %d, replica %d has %d; all must have the same", where,
			len(r.Controls), first.Dim, first.Index, len(first.Controls))
	}
	for i, v := range r.Controls {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: control variate %d is %g; only finite values can be compared", where, i, v)
		}
	}
	return nil
}

func (e *ensemble) checkLadder() error {
	if len(e.dims) < 2 {
		return fmt.Errorf("compare %s: replicas at %d dimension(s) %v; at least two are needed to extrapolate to d = ∞ "+
			"(four, so that the 1/d expansion can be checked too)", e.scenario, len(e.dims), e.dims)
	}
	for k, d := range e.dims {
		if e.count(k) < minReplicas {
			return fmt.Errorf("compare %s: %d replica(s) at d = %d; at least %d at every dimension are needed",
				e.scenario, e.count(k), d, minReplicas)
		}
	}
	return nil
}

func (e *ensemble) fill(sorted []*montecarlo.Replica) {
	e.values = mat.NewDense(len(sorted), e.points(), nil)
	e.controls = make([][]float64, len(sorted[0].Controls))
	for i, r := range sorted {
		row := e.values.RawRowView(i)
		for t, v := range r.Values {
			copy(row[t*len(e.observables):], v)
		}
		for k, c := range r.Controls {
			e.controls[k] = append(e.controls[k], c)
		}
	}
}

// A prediction is a limit laid out as the ensemble is.
type prediction struct {
	mean       []float64
	se         []float64  // standard error of mean
	replicates *mat.Dense // scramblings × points, centred; nil when exact
}

const minScramblings = 4

// predict checks a limit against the ensemble and lays it out. The standard error is that of the replicates' mean.
func (e *ensemble) predict(name string, limit *theory.Limit) (*prediction, error) {
	if limit == nil {
		return nil, fmt.Errorf("compare %s: %s is nil", e.scenario, name)
	}
	if !slices.Equal(limit.Observables, e.observables) {
		return nil, fmt.Errorf("compare %s: %s has observables %v, not %v", e.scenario, name, limit.Observables, e.observables)
	}
	p := &prediction{se: make([]float64, e.points())}
	var err error
	if p.mean, err = e.flatten(name, limit.Mean); err != nil {
		return nil, err
	}
	if limit.Replicates == nil {
		for t, row := range limit.StandardError {
			for o, v := range row {
				if v != 0 {
					return nil, fmt.Errorf("compare %s: %s has standard error %g at step %d (%s) but no replicates; "+
						"an error without the scramblings behind it cannot be resampled", e.scenario, name, v, t, e.observables[o])
				}
			}
		}
		return p, nil
	}
	return p, e.replicate(name, p, limit.Replicates)
}

func (e *ensemble) replicate(name string, p *prediction, replicates [][][]float64) error {
	r := len(replicates)
	if r < minScramblings {
		return fmt.Errorf("compare %s: %s has %d scrambling(s); at least %d are needed for its own error", e.scenario, name, r, minScramblings)
	}
	p.replicates = mat.NewDense(r, e.points(), nil)
	for i, curve := range replicates {
		row, err := e.flatten(fmt.Sprintf("%s, scrambling %d", name, i), curve)
		if err != nil {
			return err
		}
		p.replicates.SetRow(i, row)
	}
	for j := range p.se {
		mean, ss := 0.0, 0.0
		for i := range r {
			mean += p.replicates.At(i, j) / float64(r)
		}
		for i := range r {
			v := p.replicates.At(i, j) - mean
			p.replicates.Set(i, j, v)
			ss += v * v
		}
		p.se[j] = math.Sqrt(ss / float64(r*(r-1)))
	}
	return nil
}

// flatten is the inverse of curve, with its shape and values checked.
func (e *ensemble) flatten(name string, curve [][]float64) ([]float64, error) {
	if len(curve) != e.steps {
		return nil, fmt.Errorf("compare %s: %s has %d steps, not %d", e.scenario, name, len(curve), e.steps)
	}
	flat := make([]float64, 0, e.points())
	for t, row := range curve {
		if len(row) != len(e.observables) {
			return nil, fmt.Errorf("compare %s: %s, step %d has %d observables, not %d", e.scenario, name, t, len(row), len(e.observables))
		}
		for o, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("compare %s: %s, step %d: %s is %g; only finite values can be compared", e.scenario, name, t, e.observables[o], v)
			}
		}
		flat = append(flat, row...)
	}
	return flat, nil
}

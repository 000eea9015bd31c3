package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Prediction is what a theory says about the d → ∞ limit of runs, whoever derived it and however it was computed.
type Prediction struct {
	Name        string   // of the problem, for messages
	Observables []string // names of the columns of Mean and of every Run.Values
	Steps       []int    // of the rows of Mean, increasing; nil: 0, 1, …

	// Mean[i][j] is observable j at Steps[i]. StandardError is its error in the same layout; nil where the prediction is
	// exact. Replicates [replicate][i][j] are four or more independent computations with Mean as their mean; they show
	// how the errors at different points go together, and the error used is then that of their mean. Errors without
	// replicates are taken as normal, of known size and unknown correlation (docs/statistics.md, "A prediction with
	// errors alone").
	Mean, StandardError [][]float64
	Replicates          [][][]float64

	// Rounding bounds what printing took from each entry, of Mean and of the runs that meet it, in the layout of Mean; nil:
	// nothing. It is a bounded error, not a variance: a difference inside it is none, and it widens every bound.
	Rounding [][]float64

	Families []ProbeFamily // what else is predicted: two-time functions, laws, …
}

// A ProbeFamily predicts probes of one kind: numbers of a run beside its curves. It is judged as a curve is, with its
// entries in the place of steps.
type ProbeFamily struct {
	Name   string
	Labels []string // of its entries

	// Levels of a law: entry i is the probability P(X ≤ Levels[i]), and the levels follow each other at equal distances
	// (again and again, if the family holds several laws). nil for anything else.
	Levels []float64

	Mean, StandardError []float64   // of each entry; the error as in Prediction
	Replicates          [][]float64 // [replicate][entry]
}

// A Run is one experiment at finite dimension: a training run, a simulation, one sample of data.
type Run struct {
	Dim, Index int         // each pair once
	Steps      []int       // of the rows of Values, increasing, among them those of the prediction; nil: 0, 1, …
	Values     [][]float64 // [row][observable], in the order of Prediction.Observables
	// Controls are control variates: statistics of the run's random draw whose exact mean is subtracted, so that each has
	// mean 0 at every dimension and a standard deviation of O(Dim^{-1/2}). The same ones in every run; may be nil.
	Controls []float64
	// Innovations are more of the same, by the row of Values from which on they say something: Innovations[i] is known with
	// row i. There may be hundreds. nil: none, in all runs. Of no effect on runs with Steps.
	Innovations [][]float64
	Probes      []float64 // the entries of Prediction.Families, family after family
}

// upTo returns 0, 1, …, n-1.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// A target is a prediction laid out as the values of an ensemble are.
type target struct {
	mean       []float64
	se         []float64  // standard error of mean
	replicates *mat.Dense // replicates × points, centred; nil when exact or when there are errors alone
	slack      []float64  // largest systematic error of mean; nil: none
}

const minReplicates = 4

// target lays a prediction out, which must have the ensemble's observables and steps.
func (e *ensemble) target(name string, p *Prediction) (*target, error) {
	if !slices.Equal(p.Observables, e.observables) {
		return nil, fmt.Errorf("compare %s: %s has observables %v, not %v", e.name, name, p.Observables, e.observables)
	}
	if p.Steps != nil && !slices.Equal(p.Steps, e.steps) {
		return nil, fmt.Errorf("compare %s: %s has steps %v, not %v", e.name, name, p.Steps, e.steps)
	}
	mean, err := e.flatten(name, p.Mean)
	if err != nil {
		return nil, err
	}
	var se []float64
	if p.StandardError != nil {
		if se, err = e.flatten(name+", standard error", p.StandardError); err != nil {
			return nil, err
		}
	}
	var replicates [][]float64
	for i, curve := range p.Replicates {
		row, err := e.flatten(fmt.Sprintf("%s, replicate %d", name, i), curve)
		if err != nil {
			return nil, err
		}
		replicates = append(replicates, row)
	}
	t, err := e.newTarget(name, mean, se, replicates)
	if err != nil || p.Rounding == nil {
		return t, err
	}
	if t.slack, err = e.flatten(name+", rounding", p.Rounding); err != nil {
		return nil, err
	}
	for j, v := range t.slack {
		if v < 0 {
			return nil, fmt.Errorf("compare %s: %s has rounding error %g at %s at step %d; it must not be negative", e.name, name, v,
				e.point(j).Observable, e.point(j).Step)
		}
		t.slack[j] += e.unknown
	}
	return t, nil
}

// newTarget takes finite rows of points; se and replicates may be nil.
func (e *ensemble) newTarget(name string, mean, se []float64, replicates [][]float64) (*target, error) {
	p := &target{mean: mean, se: make([]float64, len(mean))}
	if e.unknown > 0 {
		p.slack = slices.Repeat([]float64{e.unknown}, len(mean))
	}
	if replicates == nil {
		copy(p.se, se)
		for j, v := range p.se {
			if v < 0 {
				return nil, fmt.Errorf("compare %s: %s has standard error %g at %s at step %d; it must not be negative", e.name, name, v,
					e.point(j).Observable, e.point(j).Step)
			}
		}
		return p, nil
	}
	r := len(replicates)
	if r < minReplicates {
		return nil, fmt.Errorf("compare %s: %s has %d replicate(s); at least %d are needed for its own error", e.name, name, r, minReplicates)
	}
	p.replicates = mat.NewDense(r, len(mean), nil)
	for i, row := range replicates {
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
	return p, nil
}

// errors are the centred replicates, or what stands in for them where only the size of errors is known: rows that all go
// together and have the signs of the mean bias, which moves a sum along it as far as such errors can. nil: exact.
func (p *target) errors(bias [][]float64, counts []float64) *mat.Dense {
	if p.replicates != nil {
		return mat.DenseCopyOf(p.replicates)
	}
	if slices.Max(p.se) == 0 {
		return nil
	}
	const r = 16
	scores, square := make([]float64, r), 0.0
	for i := range scores {
		scores[i] = distuv.UnitNormal.Quantile((float64(i) + 0.5) / r)
		square += scores[i] * scores[i]
	}
	x := mat.NewDense(r, len(p.se), nil)
	for j, se := range p.se {
		along := 0.0
		for k, b := range bias {
			along += counts[k] * b[j]
		}
		for i, z := range scores { // so that the error of the rows' mean is se
			x.Set(i, j, math.Copysign(se, along)*z*math.Sqrt(r*(r-1)/square))
		}
	}
	return x
}

package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Fitter asks of runs which of many predictions they fit, and by how much a number in one would have to change for
// them to. See docs/statistics.md, "Slips".
type Fitter struct{ *analysis }

// NewFitter takes what Compare takes, and returns what it says of Settings too. The finite-size model is the one that is
// chosen for p; it is a statement about the runs, whatever they are compared with.
func NewFitter(p Prediction, runs []Run, set Settings) (*Fitter, error) {
	e, err := newEnsemble(&p, runs)
	if err != nil {
		return nil, err
	}
	if set, err = set.complete(e.name); err != nil {
		return nil, err
	}
	e.allow(set.Allowance)
	th, err := e.target("the prediction", &p)
	if err != nil {
		return nil, err
	}
	a, err := newAnalysis(e, th, set)
	return &Fitter{a}, err
}

// face confronts the runs with a prediction that has p's observables and steps.
func (f *Fitter) face(p *Prediction) (*contest, error) {
	t, err := f.target("the candidate "+p.Name, p)
	if err != nil {
		return nil, err
	}
	return f.contest(t), nil
}

// Distance is the mean over all points of the squared difference to a prediction, in units of its standard error: about 1
// where it is right.
func (f *Fitter) Distance(p Prediction) (float64, error) {
	c, err := f.face(&p)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for j := range c.diff {
		sum += math.Pow(c.beyond(j)/c.total(j), 2)
	}
	return sum / float64(len(c.diff)), nil
}

// A Change is by how much a number in a prediction would have to change.
type Change struct {
	Value float64
	Error float64 // half of the 95 % interval
}

// Change estimates that from the prediction at the number as it is, and from its derivative, by least squares with every
// point weighted by its own error; the interval knows that they go together. It is of no use, and Error infinite, where the
// derivative vanishes.
func (f *Fitter) Change(p Prediction, derivative [][]float64) (Change, error) {
	c, err := f.face(&p)
	if err != nil {
		return Change{}, err
	}
	slope, err := f.flatten("the derivative of "+p.Name, derivative)
	if err != nil {
		return Change{}, err
	}
	weight, value, curvature, slack := make([]float64, len(slope)), 0.0, 0.0, 0.0
	for j, g := range slope {
		total := c.total(j)
		weight[j] = g / (total * total)
		value += weight[j] * c.diff[j]
		curvature += weight[j] * g
		if c.slack != nil && weight[j] != 0 {
			slack += math.Abs(weight[j]) * c.slack[j]
		}
	}
	if !(curvature > 0) {
		return Change{0, math.Inf(1)}, nil
	}
	square, dof := f.variance(c, weight)
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: dof}.Quantile(1-(1-confidence)/2)*math.Sqrt(square) + slack
	return Change{value / curvature, half / curvature}, nil
}

// variance is that of a weighted sum of a contest's differences, with its degrees of freedom (Welch and Satterthwaite's).
func (f *Fitter) variance(c *contest, weight []float64) (square, dof float64) {
	fit := f.model.fit
	ofRows := func(rows *mat.Dense) (sum float64) {
		var along mat.VecDense
		along.MulVec(rows, mat.NewVecDense(len(weight), weight))
		return math.Pow(mat.Norm(&along, 2), 2)
	}
	data := ofRows(fit.residual) / float64(fit.dof) * fit.cov.At(0, 0)
	for j, w := range weight {
		data += math.Pow(w*c.floor[j], 2)
	}
	theory, own := 0.0, math.Inf(1)
	if c.replicates != nil {
		r, _ := c.replicates.Dims()
		theory, own = ofRows(c.replicates)/float64(r*(r-1)), float64(r-1)
	} else {
		for j, w := range weight { // errors of unknown correlation, at worst
			theory += math.Abs(w) * c.theorySE[j]
		}
		theory *= theory
	}
	if data+theory == 0 {
		return 0, float64(fit.dof)
	}
	return data + theory, (data + theory) * (data + theory) / (data*data/float64(fit.dof) + theory*theory/own)
}

// PValues are those of the largest |t| of each prediction. One that is below least whatever the draws say may be a bound.
func (f *Fitter) PValues(list []Prediction, least float64) ([]float64, error) {
	pvalues, fit := make([]float64, len(list)), f.model.fit
	var open []*contest
	var at []int
	for i := range list {
		c, err := f.face(&list[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list[i].Name, err)
		}
		c.row = 0 // a number is estimated point by point, and not so well that Hotelling's statistic would pass it
		largest := 0.0
		for j := range c.diff {
			largest = max(largest, math.Abs(c.beyond(j))/c.total(j))
		}
		if pvalues[i] = fit.union(c, largest, upTo(len(c.diff))); pvalues[i] >= least {
			open, at = append(open, c), append(at, i)
		}
	}
	fit.rotate(0, open, 1, f.set.Resamples, f.set.Seed)
	for k, c := range open {
		pvalues[at[k]] = fit.pvalue(c)
	}
	return slices.Clip(pvalues), nil
}

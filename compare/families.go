package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Family is the test of one family of probes, with the family in the place of an observable and its entries in the
// place of steps: entry i of the curves is Labels[i].
type Family struct {
	Name   string
	Labels []string
	Levels []float64 // of a law; nil for other families
	Test
	Adjusted float64 // its p-value after Holm's correction over the curves and all families

	// Wasserstein, for a law, is the mean Wasserstein-1 distance of a run's empirical law to the predicted one at each d
	// (∫|F−G| over the levels, in their units) and its exponent; sampling n or d independent coordinates gives −1/2. nil
	// for other families.
	Wasserstein *Rate
}

// OpenFamilies are the families of probes with a bound outside its margin. They are no part of the verdict, so that *agrees* is
// about the curves alone where there are any.
func (c *Comparison) OpenFamilies() (names []string) {
	for _, f := range c.Families {
		if slices.ContainsFunc(f.Bounds, Bound.Open) {
			names = append(names, f.Name)
		}
	}
	return names
}

// Words are the verdict as it is printed: "curves agree" where families of probes could still be off by more than their margin.
func (c *Comparison) Words() string {
	if c.Verdict == Agrees && c.OpenFamilies() != nil {
		return "curves agree"
	}
	return string(c.Verdict)
}

// lawTail leaves out levels where fewer than this share of the coordinates lie on one side: counts there are too few to
// be Gaussian.
const lawTail = 0.02

// families tests every family of probes, but for laws that are narrower than their levels, which it names.
func (l *ladder) families(list []ProbeFamily, set Settings) (tested []Family, narrow []string, err error) {
	if err := l.checkProbes(list); err != nil {
		return nil, nil, err
	}
	from := 0
	for i := range list {
		p := &list[i]
		kept := p.kept()
		if len(kept) == 0 {
			narrow = append(narrow, p.Name)
		} else {
			f, err := l.family(p, from, kept, set)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", p.Name, err)
			}
			tested = append(tested, *f)
		}
		from += len(p.Labels)
	}
	return tested, narrow, nil
}

// kept are the entries that are compared: all, but for the tails of a law.
func (p *ProbeFamily) kept() (entries []int) {
	for i, v := range p.Mean {
		if p.Levels == nil || v > lawTail && v < 1-lawTail {
			entries = append(entries, i)
		}
	}
	return entries
}

// checkProbes names the first thing wrong with the shapes and values of predicted and measured probes.
func (l *ladder) checkProbes(list []ProbeFamily) error {
	total := 0
	for i := range list {
		if err := list[i].check(); err != nil {
			return fmt.Errorf("compare %s: %w", l.name, err)
		}
		total += len(list[i].Labels)
	}
	if total == 0 {
		return nil
	}
	for i := range l.runs {
		r := &l.runs[i]
		if len(r.Probes) != total {
			return fmt.Errorf("%s has %d probes, the prediction %d; both must belong to the same problem", l.where(r), len(r.Probes), total)
		}
		for j, v := range r.Probes {
			if !finite(v) {
				return fmt.Errorf("%s: probe %d is %g; only finite values can be compared", l.where(r), j, v)
			}
		}
	}
	return nil
}

func (p *ProbeFamily) check() error {
	rows := append([][]float64{p.Mean}, p.Replicates...)
	if p.StandardError != nil {
		rows = append(rows, p.StandardError)
	}
	for _, row := range rows {
		if len(row) != len(p.Labels) {
			return fmt.Errorf("the %s has %d labels for %d entries", p.Name, len(p.Labels), len(row))
		}
		for i, v := range row {
			if !finite(v) {
				return fmt.Errorf("the %s, %s: the prediction is %g; only finite values can be compared", p.Name, p.Labels[i], v)
			}
		}
	}
	if p.Levels != nil && (len(p.Levels) != len(p.Labels) || len(p.Levels) < 2 || !(p.Levels[1] > p.Levels[0])) {
		return fmt.Errorf("the %s has levels %v for %d entries; one for each is needed, two at least, and they must increase",
			p.Name, p.Levels, len(p.Labels))
	}
	return nil
}

// family tests the kept entries of one family, whose probes begin at number from.
func (l *ladder) family(p *ProbeFamily, from int, kept []int, set Settings) (*Family, error) {
	e := &ensemble{ladder: *l, timeless: true, observables: []string{p.Name}, steps: upTo(len(kept)), values: mat.NewDense(l.rows(), len(kept), nil)}
	for i := range l.runs {
		e.values.SetRow(i, pick(l.runs[i].Probes[from:], kept))
	}
	if l.news != nil {
		_, columns := l.news.Dims()
		probes := l.news.Slice(0, l.rows(), columns-len(l.runs[0].Probes), columns)
		explained := mat.NewDense(l.rows(), len(kept), nil)
		for i := range l.rows() {
			explained.SetRow(i, pick(mat.Row(nil, i, probes)[from:], kept))
		}
		e.explained = explained
	}
	var se []float64
	if p.StandardError != nil {
		se = pick(p.StandardError, kept)
	}
	var replicates [][]float64
	for _, row := range p.Replicates {
		replicates = append(replicates, pick(row, kept))
	}
	th, err := e.newTarget("the prediction", pick(p.Mean, kept), se, replicates)
	if err != nil {
		return nil, err
	}
	a, err := newAnalysis(e, th, set)
	if err != nil {
		return nil, err
	}
	f := &Family{Name: p.Name}
	f.Test, _ = a.test()
	for _, i := range kept {
		f.Labels = append(f.Labels, p.Labels[i])
	}
	if p.Levels != nil {
		f.Levels, f.Wasserstein = pick(p.Levels, kept), l.wasserstein(p, from)
	}
	return f, nil
}

func pick(row []float64, kept []int) (out []float64) {
	for _, i := range kept {
		out = append(out, row[i])
	}
	return out
}

// wasserstein measures each run's distance to the predicted law and fits its exponent by weighted least squares on the
// log of the means.
func (l *ladder) wasserstein(p *ProbeFamily, from int) *Rate {
	step := p.Levels[1] - p.Levels[0]
	r := &Rate{Dims: l.dims}
	var x, y, weights []float64
	for k, d := range l.dims {
		var distances []float64
		for i := l.start[k]; i < l.start[k+1]; i++ {
			total := 0.0
			for j, v := range p.Mean {
				total += math.Abs(l.runs[i].Probes[from+j]-v) * step
			}
			distances = append(distances, total)
		}
		// There are as many as minRuns, so these cannot fail.
		mean, _ := stats.Mean(distances)
		deviation, _ := stats.StandardDeviationSample(distances)
		se := deviation / math.Sqrt(float64(len(distances)))
		r.Values, r.Errors = append(r.Values, mean), append(r.Errors, se)
		x, y, weights = append(x, math.Log(float64(d))), append(y, math.Log(mean)), append(weights, mean*mean/(se*se))
	}
	r.Resolved = len(l.dims) >= minRateDims
	_, r.Estimate = stat.LinearRegression(x, y, weights, false)
	centre := stat.Mean(x, weights)
	spread := 0.0
	for i, w := range weights {
		spread += w * (x[i] - centre) * (x[i] - centre)
	}
	half := distuv.UnitNormal.Quantile((1+confidence)/2) / math.Sqrt(spread)
	r.Low, r.High = r.Estimate-half, r.Estimate+half
	return r
}

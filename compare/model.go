package compare

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// lackOfFitLevel is the significance at which the finite-size model is changed. A change made by chance costs false
// alarms, so it must stay well below Level.
const lackOfFitLevel = 0.002

// A model is a finite-size expansion fitted to the upper part of the ladder:
// mean(d) - limit = a/d + b/d² + …, to power order.
type model struct {
	order     int
	first     int // smallest dim in use, as an index into the ladder
	lackOfFit float64
	fit       *fit
	columns   [][]float64
	notes     []Note
}

// powers are the columns (d_1/d)^0 … (d_1/d)^order of the regression from row from on, d_1 the smallest d of the ladder.
func (e *ensemble) powers(from, order int) [][]float64 {
	columns := make([][]float64, order+1)
	for i := from; i < e.rows(); i++ {
		x, power := e.dim[0]/e.dim[i], 1.0
		for k := range columns {
			columns[k] = append(columns[k], power)
			power *= x
		}
	}
	return columns
}

// design is the regression's columns: powers of 1/d, then control variates.
func (e *ensemble) design(from, order int) [][]float64 {
	columns := e.powers(from, order)
	for _, c := range e.controls {
		columns = append(columns, c[from:])
	}
	return columns
}

// keepControls drops control variates that say nothing new (combinations of those before) and, when there are too few
// replicas to estimate their coefficients, all of them. It returns a note on the latter.
func (e *ensemble) keepControls(order int) (note string) {
	var kept [][]float64
	for _, c := range e.controls {
		trial := append(e.powers(0, order), append(kept[:len(kept):len(kept)], c)...)
		if !dependent(trial, e.weight) {
			kept = append(kept, c)
		}
	}
	e.controls = kept
	if need := 4 * (order + 1 + len(kept)); len(kept) > 0 && e.rows() < need {
		note = fmt.Sprintf("%d control variates not used: %d replicas over all dims are too few to estimate their coefficients (at least %d are needed)",
			len(kept), e.rows(), need)
		e.controls = nil
	}
	return note
}

// dependent says whether the last column lies in the span of the others.
func dependent(columns [][]float64, dim []float64) bool {
	n, p := len(dim), len(columns)
	if p >= n {
		return true
	}
	x := mat.NewDense(n, p, nil)
	for i, d := range dim {
		for k, c := range columns {
			x.Set(i, k, math.Sqrt(d)*c[i])
		}
	}
	size := mat.Norm(x.ColView(p-1), 2)
	qr(x, nil)
	return !(math.Abs(x.At(p-1, p-1)) > collinear*size)
}

// choose fits the finite-size model to delta, the values less the theory. It starts from the second order in 1/d (the
// first when there are only two dims) or the order asked for, and tests it by the next power. If that is significant it
// goes on from the first to the second order, or from the second to a ladder without its smallest d.
//
// Why not start from the first order and add the second when significant: what such a test misses still biases the
// extrapolation by more than its standard error (docs/statistics.md).
func (e *ensemble) choose(delta *mat.Dense, order int, floor []float64, set Settings) (*model, error) {
	if order == 0 {
		order = min(2, len(e.dims)-1)
	}
	m := &model{order: order}
	if note := e.keepControls(order); note != "" {
		m.notes = append(m.notes, Note{NoteControls, note})
	}
	for {
		if err := m.refit(e, delta); err != nil {
			return nil, fmt.Errorf("compare %s: %w", e.name, err)
		}
		left := len(e.dims) - m.first
		m.lackOfFit = 1
		if len(e.dims) == 1 {
			return m, nil // nothing to extrapolate: noted with what may be concluded
		}
		if left < m.order+2 {
			m.note("the finite-size model (%s) passes through all %d dims: nothing is left to check it with; "+
				"add a dim", m.formula(), left)
			return m, nil
		}
		p, at, err := m.test(e, delta, floor, set)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", e.name, err)
		}
		m.lackOfFit = p
		found := fmt.Sprintf("a term in 1/d%s is significant (p = %.2g, %s at step %d)", superscript(m.order+1), p, at.Observable, at.Step)
		switch {
		case p >= lackOfFitLevel:
			return m, nil
		case m.order == 1:
			m.order = 2
			m.note("finite-size model: %s, so it was added", found)
		case left > m.order+1:
			m.note("finite-size model: %s, so d = %d was left out of the extrapolation", found, e.dims[m.first])
			m.first++
		}
	}
}

func (m *model) note(format string, args ...any) {
	m.notes = append(m.notes, Note{NoteModel, fmt.Sprintf(format, args...)})
}

func (m *model) refit(e *ensemble, delta *mat.Dense) (err error) {
	from, points := e.start[m.first], e.points()
	m.columns = e.design(from, m.order)
	m.fit, err = regress(m.columns, e.weight[from:], delta.Slice(from, e.rows(), 0, points))
	return err
}

// test returns the p-value of the next power of 1/d, all points at once, and the point where it is most significant.
func (m *model) test(e *ensemble, delta *mat.Dense, floor []float64, set Settings) (float64, Point, error) {
	from := e.start[m.first]
	next := m.order + 1
	wider, err := regress(e.design(from, next), e.weight[from:], delta.Slice(from, e.rows(), 0, e.points()))
	if err != nil {
		return 0, Point{}, err
	}
	c := &contest{floor: floor, theorySE: make([]float64, e.points()), row: len(e.observables)}
	for j := range e.points() {
		c.diff = append(c.diff, wider.coef.At(next, j))
		c.se = append(c.se, wider.standardError(next, j))
	}
	wider.rotate(next, []*contest{c}, 1, set.Resamples, set.Seed+uint64(m.first)*1e6+uint64(m.order))
	_, at := c.largest()
	return wider.pvalue(c), e.point(at), nil
}

// centre subtracts the mean of every column and returns the means.
func centre(x *mat.Dense) []float64 {
	n, points := x.Dims()
	mean := make([]float64, points)
	for i := range n {
		for j, v := range x.RawRowView(i) {
			mean[j] += v / float64(n)
		}
	}
	for i := range n {
		row := x.RawRowView(i)
		for j := range row {
			row[j] -= mean[j]
		}
	}
	return mean
}

// formula of the model, for readers.
func (m *model) formula() string {
	terms := []string{"a/d"}
	for k := 2; k <= m.order; k++ {
		terms = append(terms, string(rune('a'+k-1))+"/d"+superscript(k))
	}
	return strings.Join(terms, " + ")
}

func superscript(k int) string {
	return [...]string{"⁰", "", "²", "³", "⁴"}[k]
}

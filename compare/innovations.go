package compare

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// Innovations are hundreds of control variates, more than a regression on a few hundred runs can bear. Their coefficients
// are shrunk, and those that correct a run are fitted to other runs: a fold of the runs is corrected by what the other
// folds say, so that a correction has mean 0 given its coefficients, as if these had been known beforehand
// (docs/statistics.md, "Innovations").
const (
	innovationFolds = 6
	// smoothness is how much of the penalty is on the change of a coefficient from step to step, not on its size.
	smoothness = 0.98
)

// penalties are tried for each point; the one with the smallest error across folds is taken.
var penalties = []float64{1e-3, 1e-2, 1e-1, 1, 10}

// A shrinkage is the ridge regression of all points on controls and innovations.
type shrinkage struct {
	*ladder
	x      *mat.Dense // runs × columns, × √d, of mean square 1: controls, then innovations by step
	y      *mat.Dense // runs × points, × √d
	known  []int      // columns known by each point's step, ascending
	folds  [][]int    // runs
	pen    *mat.SymDense
	fitted []*mat.Dense // [penalty] runs × points, × √d
}

// explain finds what innovations explain of every run's curves and probes, if there are any innovations and enough runs.
// What becomes known later than a point's step does not enter; probes may be of any step.
func (e *ensemble) explain() {
	first := &e.runs[0]
	if first.Innovations == nil || first.Steps != nil || e.rows() < 4*(3+len(e.controls)) {
		return
	}
	points := e.points()
	values := mat.NewDense(e.rows(), points+len(first.Probes), nil)
	var step []int
	for j := range points {
		step = append(step, e.point(j).Step)
	}
	for range first.Probes {
		step = append(step, len(first.Innovations))
	}
	for i := range e.runs {
		if len(e.runs[i].Probes) != len(first.Probes) {
			return // refused where probes are compared
		}
		values.SetRow(i, slices.Concat(e.values.RawRowView(i), e.runs[i].Probes))
	}
	s := &shrinkage{ladder: &e.ladder}
	s.lay(values, step)
	s.fold()
	for range penalties {
		s.fitted = append(s.fitted, mat.NewDense(e.rows(), len(step), nil))
	}
	for k := range s.folds {
		if !s.fit(k) {
			return
		}
	}
	e.news = s.best()
	e.explained = e.news.Slice(0, e.rows(), 0, points)
}

// lay fills in the columns and what belongs to them.
func (s *shrinkage) lay(values *mat.Dense, step []int) {
	n := s.rows()
	var columns [][]float64
	var free []bool
	var before []int // the column of the same control one step earlier; -1: none
	add := func(value func(i int) float64, unpenalised bool, previous int) int {
		column, square := make([]float64, n), 0.0
		for i := range column {
			column[i] = math.Sqrt(s.dim[i]) * value(i)
			square += column[i] * column[i] / float64(n)
		}
		if square == 0 {
			return -1
		}
		for i := range column {
			column[i] /= math.Sqrt(square)
		}
		columns, free, before = append(columns, column), append(free, unpenalised), append(before, previous)
		return len(columns) - 1
	}
	for _, c := range s.controls {
		add(func(i int) float64 { return c[i] }, true, -1)
	}
	var ends, last []int
	for t, row := range s.runs[0].Innovations {
		at := make([]int, len(row))
		for j := range row {
			previous := -1
			if len(last) == len(row) {
				previous = last[j]
			}
			at[j] = add(func(i int) float64 { return s.runs[i].Innovations[t][j] }, false, previous)
		}
		ends, last = append(ends, len(columns)), at
	}
	for _, t := range step {
		s.known = append(s.known, ends[min(t, len(ends)-1)])
	}
	p := len(columns)
	s.x, s.y = mat.NewDense(n, p, nil), mat.NewDense(n, len(step), nil)
	for j, c := range columns {
		s.x.SetCol(j, c)
	}
	for i, d := range s.dim {
		for j, v := range values.RawRowView(i) {
			s.y.Set(i, j, math.Sqrt(d)*v)
		}
	}
	s.pen = mat.NewSymDense(p, nil)
	for j := range p {
		s.pen.SetSym(j, j, s.pen.At(j, j)+1-smoothness)
		switch i := before[j]; {
		case free[j]:
			s.pen.SetSym(j, j, 0)
		case i >= 0:
			s.pen.SetSym(i, i, s.pen.At(i, i)+smoothness)
			s.pen.SetSym(j, j, s.pen.At(j, j)+smoothness)
			s.pen.SetSym(i, j, -smoothness)
		}
	}
}

// fold deals the runs of every dim to the folds.
func (s *shrinkage) fold() {
	s.folds = make([][]int, innovationFolds)
	dealt := 0
	for i := range s.rows() {
		s.folds[dealt%innovationFolds] = append(s.folds[dealt%innovationFolds], i)
		dealt++
	}
}

// fit predicts the runs of fold k from all others, with each penalty. It reports whether the equations could be solved.
func (s *shrinkage) fit(k int) bool {
	_, p := s.x.Dims()
	_, points := s.y.Dims()
	own := map[int]bool{}
	for _, i := range s.folds[k] {
		own[i] = true
	}
	x, y := mat.NewDense(s.rows()-len(own), p, nil), mat.NewDense(s.rows()-len(own), points, nil)
	row := 0
	for d := range s.dims {
		from := row
		for i := s.start[d]; i < s.start[d+1]; i++ {
			if !own[i] {
				x.SetRow(row, s.x.RawRowView(i))
				y.SetRow(row, s.y.RawRowView(i))
				row++
			}
		}
		if row > from {
			centre(y.Slice(from, row, 0, points).(*mat.Dense))
		}
	}
	var gram, xy mat.Dense
	gram.Mul(x.T(), x)
	xy.Mul(x.T(), y)
	for q, penalty := range penalties {
		a := mat.NewSymDense(p, nil)
		scale := float64(row)
		for i := range p {
			for j := i; j < p; j++ {
				a.SetSym(i, j, gram.At(i, j)+scale*penalty*s.pen.At(i, j))
			}
			a.SetSym(i, i, a.At(i, i)+1e-12*scale) // controls may depend on each other
		}
		u, ok := lapack64.Potrf(a.RawSymmetric())
		if !ok {
			return false
		}
		z := mat.DenseCopyOf(&xy)
		blas64.Trsm(blas.Left, blas.Trans, 1, u, z.RawMatrix())
		s.predict(k, q, u, z)
	}
	return true
}

// predict ends the solution for every point, on the columns known by then: the first ones, whose equations the factor's
// leading block solves.
func (s *shrinkage) predict(k, q int, u blas64.Triangular, z *mat.Dense) {
	for from := 0; from < len(s.known); {
		to := from + 1
		for to < len(s.known) && s.known[to] == s.known[from] {
			to++
		}
		n := s.known[from]
		leading := blas64.Triangular{N: n, Stride: u.Stride, Data: u.Data, Uplo: u.Uplo, Diag: u.Diag}
		b := mat.DenseCopyOf(z.Slice(0, n, from, to))
		blas64.Trsm(blas.Left, blas.NoTrans, 1, leading, b.RawMatrix())
		for _, i := range s.folds[k] {
			row := mat.NewDense(1, n, s.x.RawRowView(i)[:n])
			var value mat.Dense
			value.Mul(row, b)
			copy(s.fitted[q].RawRowView(i)[from:to], value.RawRowView(0))
		}
		from = to
	}
}

// best takes for each point the penalty that leaves least.
func (s *shrinkage) best() *mat.Dense {
	_, points := s.y.Dims()
	out := mat.NewDense(s.rows(), points, nil)
	least := make([]float64, points)
	for q, fitted := range s.fitted {
		left := make([]float64, points)
		for d := range s.dims {
			var rest mat.Dense
			rest.Sub(s.y.Slice(s.start[d], s.start[d+1], 0, points), fitted.Slice(s.start[d], s.start[d+1], 0, points))
			centre(&rest)
			for i := range s.count(d) {
				for j, v := range rest.RawRowView(i) {
					left[j] += v * v
				}
			}
		}
		for j, v := range left {
			if q > 0 && v >= least[j] {
				continue
			}
			least[j] = v
			for i, d := range s.dim {
				out.Set(i, j, fitted.At(i, j)/math.Sqrt(d))
			}
		}
	}
	return out
}

// checkInnovations names the first thing wrong with a run's innovations.
func (l *ladder) checkInnovations(r *Run) error {
	first := &l.runs[0]
	if len(r.Innovations) != len(first.Innovations) {
		return fmt.Errorf("%s has innovations of %d steps, d = %d, replica %d of %d; all must have the same", l.where(r),
			len(r.Innovations), first.Dim, first.Index, len(first.Innovations))
	}
	for t, row := range r.Innovations {
		if len(row) != len(first.Innovations[t]) {
			return fmt.Errorf("%s has %d innovations at step %d, d = %d, replica %d has %d; all must have the same", l.where(r),
				len(row), t, first.Dim, first.Index, len(first.Innovations[t]))
		}
		for j, v := range row {
			if !finite(v) {
				return fmt.Errorf("%s: innovation %d at step %d is %g; only finite values can be compared", l.where(r), j, t, v)
			}
		}
	}
	return nil
}

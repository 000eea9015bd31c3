package theory

import "math"

// A gauge is the record of a sweep: coefficients over the orthonormal directions q and f, one row a column of P or g
// (row t·K + k for unit k at step t). A row covers the directions known at its time.
type gauge struct {
	teacher  [][]float64 // Σ^{1/2}W* over q
	point    [][]float64 // L: Σ^{1/2}P over q
	weight   [][]float64 // Σ^{1/2}W over q
	memory   [][]float64 // ⟨y, Σ^{1/2}P⟩
	gradient [][]float64 // Γ: g over f
	drift    [][]float64 // α E[z g]

	pointPivot    []int // the direction a column introduced, teacher columns first
	gradientPivot []int
}

// dependent marks a column that lies in the span of those before it.
const dependent = -1

// response solves Σ_c x_c columns_c = row for the response kernel x: the columns are triangular in their pivots. A
// dependent column cannot be told from those it depends on and gets none of the response.
func response(columns [][]float64, pivots []int, row []float64) []float64 {
	rest, x := append([]float64(nil), row...), make([]float64, len(columns))
	for c := len(columns) - 1; c >= 0; c-- {
		p := pivots[c]
		if p == dependent || p >= len(rest) {
			continue
		}
		x[c] = rest[p] / columns[c][p]
		for i, v := range columns[c][:min(len(rest), len(columns[c]))] {
			rest[i] -= x[c] * v
		}
	}
	return x
}

// identified sets the entries of a response to NaN that cannot be told from those of a later, dependent column.
func identified(x []float64, pivots []int) []float64 {
	lost := false
	for c := len(x) - 1; c >= 0; c-- {
		lost = lost || pivots[c] == dependent
		if lost {
			x[c] = math.NaN()
		}
	}
	return x
}

// resolved is the inverse of response.
func resolved(columns [][]float64, x []float64, n int) []float64 {
	row := make([]float64, n)
	for c, coef := range x {
		for i, v := range columns[c][:min(n, len(columns[c]))] {
			row[i] += coef * v
		}
	}
	return row
}

// columns are the queried columns, teacher first, of steps up to the one whose drift rows are the last.
func (g *gauge) columns(points int) [][]float64 {
	return append(append([][]float64(nil), g.teacher...), g.point[:points]...)
}

// correlation is the product of the rows a and b of W.
func (g *gauge) correlation(a, b int) float64 {
	row, other := g.weight[a], g.weight[b]
	n := min(len(row), len(other))
	return dot(row[:n], other[:n])
}

// kernels converts the record of the first steps into two-time functions, unless the pool is stopped. mark sets entries
// that are not identified to NaN.
func (g *gauge) kernels(pool pool, units, steps int, mark bool) *Kernels {
	finish := func(x []float64, pivots []int) []float64 {
		if mark {
			return identified(x, pivots)
		}
		return x
	}
	k := newKernels(units, steps)
	for a := 0; a < (steps+1)*units && !pool.stopped(); a++ {
		for b := range (steps + 1) * units {
			k.Correlation.Set(a/units, b/units, a%units, b%units, g.correlation(a, b))
		}
	}
	teachers := len(g.teacher)
	for a := 0; a < steps*units && !pool.stopped(); a++ {
		t := a / units
		columns := g.columns((t + 1) * units)
		pivots := g.pointPivot[:len(columns)]
		for c, x := range finish(response(columns, pivots, g.drift[a]), pivots)[teachers:] {
			k.GradientResponse.Set(t, c/units, a%units, c%units, x)
		}
		pivots = g.gradientPivot[:t*units]
		for c, x := range finish(response(g.gradient[:t*units], pivots, g.memory[a]), pivots) {
			k.WeightResponse.Set(t, c/units, a%units, c%units, x)
		}
	}
	return k
}

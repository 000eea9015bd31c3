package theory

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

// kernels converts the record into two-time functions.
func (g *gauge) kernels(units, steps int) *Kernels {
	k := &Kernels{
		Correlation:      newKernel(steps+1, units),
		WeightResponse:   newKernel(steps, units),
		GradientResponse: newKernel(steps, units),
	}
	for a, row := range g.weight {
		for b, other := range g.weight {
			n := min(len(row), len(other))
			k.Correlation[a/units][b/units][a%units][b%units] = dot(row[:n], other[:n])
		}
	}
	teachers := len(g.teacher)
	for a := range steps * units {
		t := a / units
		columns := g.columns((t + 1) * units)
		for c, x := range response(columns, g.pointPivot[:len(columns)], g.drift[a])[teachers:] {
			k.GradientResponse[t][c/units][a%units][c%units] = x
		}
		for c, x := range response(g.gradient[:t*units], g.gradientPivot[:t*units], g.memory[a]) {
			k.WeightResponse[t][c/units][a%units][c%units] = x
		}
	}
	return k
}

func newKernel(steps, units int) [][][][]float64 {
	k := make([][][][]float64, steps)
	for t := range k {
		k[t] = make([][][]float64, steps)
		for s := range k[t] {
			k[t][s] = matrix(units, units)
		}
	}
	return k
}

// average replaces k by the mean of all, entry by entry.
func averageKernels(all []*Kernels) *Kernels {
	mean := func(get func(*Kernels) [][][][]float64) [][][][]float64 {
		first := get(all[0])
		out := newKernel(len(first), len(first[0][0]))
		for _, one := range all {
			for t, row := range get(one) {
				for s, block := range row {
					for k := range block {
						for l, x := range block[k] {
							out[t][s][k][l] += x / float64(len(all))
						}
					}
				}
			}
		}
		return out
	}
	return &Kernels{
		Correlation:      mean(func(k *Kernels) [][][][]float64 { return k.Correlation }),
		WeightResponse:   mean(func(k *Kernels) [][][][]float64 { return k.WeightResponse }),
		GradientResponse: mean(func(k *Kernels) [][][][]float64 { return k.GradientResponse }),
	}
}

package compare

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// A battery is what a contest is asked beside its largest |t|, which looks at every point by itself: the largest |t| of the
// curve's innovations, which sees a step that does not follow from the one before, and Hotelling's T² on the leading
// principal components, which sees many small differences that go together. See docs/statistics.md, "Three statistics".
//
// Innovations and components are linear combinations of points. Their coefficients come from the second moments of
// residuals and difference *together*, which no rotation changes, so that one rotation turns all three statistics and
// their joint law is as exact as that of the first.
type battery struct {
	points      []int // that take part: known correlation, and not exact
	innovations []innovation
	components  *mat.Dense // points × components: C^-1/2 on the leading principal components of the standardised C

	dof       float64   // of the components' errors
	axis      []float64 // observed difference along each component, in units of the residuals
	scrambled []float64 // the same, in units of the replicates
	t         float64   // largest |t| of the innovations
	hotelling float64   // sum of the squared components of the difference

	innovation, hotellings []float64 // of each draw
	rows                   []prefix  // of the first rows of points alone, 0 to i; nil unless asked for
}

// A prefix holds the two statistics of the points of some first rows.
type prefix struct {
	t, hotelling           float64
	innovation, hotellings []float64 // of each draw
}

// An innovation is a point less what other points of its own step and of the step before predict for it.
type innovation struct {
	point                         int
	from                          []int
	beta                          []float64
	t, deviation, theorySE, floor float64
}

const (
	maxComponents = 20
	// componentShare of the degrees of freedom goes to components at most, so that their variances can be estimated.
	componentShare = 0.25
	// exactShare is the part of a point's least error below which its own error hardly counts: such a point is as good as
	// exact, which only max|t| can judge.
	exactShare = 0.1
)

// prepare sets c.battery up, with row observables in a row of points.
func (f *fit) prepare(k int, c *contest, draws int) {
	c.battery = nil
	b := &battery{innovation: make([]float64, draws), hotellings: make([]float64, draws)}
	for j := range c.diff {
		if !c.unknown(j) && math.Hypot(c.se[j], c.theorySE[j]) > exactShare*c.floor[j] {
			b.points = append(b.points, j)
		}
	}
	if c.row == 0 || len(b.points) < 2 {
		return
	}
	m := f.moments(k, c, b.points)
	f.innovate(c, b, m)
	f.decompose(c, b, m)
	c.battery = b
	if c.prefixes {
		b.observeRows(c, draws)
	}
}

// moments of residuals and difference together, points in rows: C = X Xᵀ + diag.
type moments struct {
	points []int
	x      *mat.Dense
	diag   []float64
	dof    float64
	total  []float64 // C's diagonal
}

// moments are those of a contest's points: data and theory with the observed difference as one more row, each as rotate
// has it, and the least errors, half of them as if they went together as the data's errors without control variates do.
func (f *fit) moments(k int, c *contest, points []int) *moments {
	rank, _ := f.residual.Dims()
	rows := rank + 1
	r := 0
	if c.replicates != nil {
		r, _ = c.replicates.Dims()
		rows += r + 1
	}
	loose := 0
	if c.loose != nil {
		loose, _ = c.loose.Dims()
		rows += loose
	}
	m := &moments{points: points, x: mat.NewDense(len(points), rows, nil)}
	n := float64(f.dof)
	ofData := math.Sqrt(f.cov.At(k, k) / (n + 1))
	var data, theory float64
	for i, j := range points {
		row := m.x.RawRowView(i)[:0]
		for l := range rank {
			row = append(row, ofData*f.residual.At(l, j))
		}
		row = append(row, ofData*c.t[j]*f.deviation[j])
		a := dot(row, row)
		var b float64
		if r > 0 {
			from := len(row)
			for l := range r {
				row = append(row, c.replicates.At(l, j)/float64(r))
			}
			row = append(row, c.theorySE[j]*c.t[j]/math.Sqrt(float64(r)))
			b = dot(row[from:], row[from:])
		}
		for l := range loose {
			row = append(row, c.loose.At(l, j))
		}
		square := c.floor[j] * c.floor[j]
		m.diag, m.total = append(m.diag, square), append(m.total, dot(row, row)+square)
		data, theory = data+a/m.total[i], theory+b/m.total[i]
	}
	m.dof = n
	if r > 0 {
		m.dof = (data + theory) * (data + theory) / (data*data/n + theory*theory/float64(r-1))
	}
	return m
}

// at is C's entry i, l.
func (m *moments) at(i, l int) float64 {
	if i == l {
		return m.total[i]
	}
	return dot(m.x.RawRowView(i), m.x.RawRowView(l))
}

// predictors of a point's innovation: the same observable one row before, and what comes before it in its own row, two at
// most (an overlap and a norm, from which the rest follows but for its own noise).
func predictors(j, row int) (from []int) {
	if j >= row {
		from = append(from, j-row)
	}
	return append(from, upTo(j + 1)[j-j%row:j-j%row+min(j%row, 2)]...)
}

func (f *fit) innovate(c *contest, b *battery, m *moments) {
	for i, j := range b.points {
		v := innovation{point: j}
		var at []int
		for _, q := range predictors(j, c.row) {
			if l, ok := slices.BinarySearch(b.points, q); ok {
				v.from, at = append(v.from, q), append(at, l)
			}
		}
		if v.from == nil || !v.regress(m, i, at) {
			continue
		}
		v.measure(f, c)
		b.innovations, b.t = append(b.innovations, v), max(b.t, math.Abs(v.t))
	}
}

// regress finds the coefficients; false if they cannot be found.
func (v *innovation) regress(m *moments, i int, at []int) bool {
	gram, right := mat.NewSymDense(len(at), nil), mat.NewVecDense(len(at), nil)
	for a, l := range at {
		for b := a; b < len(at); b++ {
			gram.SetSym(a, b, m.at(l, at[b])/math.Sqrt(m.total[l]*m.total[at[b]]))
		}
		gram.SetSym(a, a, 1+1e-9) // predictors that depend on each other share
		right.SetVec(a, m.at(l, i)/math.Sqrt(m.total[l]))
	}
	var factor mat.Cholesky
	var beta mat.VecDense
	if !factor.Factorize(gram) || factor.SolveVecTo(&beta, right) != nil {
		return false
	}
	for a, l := range at {
		v.beta = append(v.beta, beta.AtVec(a)/math.Sqrt(m.total[l]))
	}
	return true
}

// of a row of points.
func (v *innovation) of(row []float64) float64 {
	x := row[v.point]
	for a, q := range v.from {
		x -= v.beta[a] * row[q]
	}
	return x
}

// square is t*² of one draw.
func (v *innovation) square(u turn, p, q []float64) float64 {
	scrambled := 0.0
	if q != nil {
		scrambled = v.of(q)
	}
	t2, _ := u.squares(v.t, v.deviation, v.theorySE, v.floor, v.of(p), scrambled)
	return t2
}

// measure its error and its t. Its least error is that of its parts, and a tenth of its point's own: what does not fall with d
// among small differences of large numbers is no evidence.
func (v *innovation) measure(f *fit, c *contest) {
	rank, _ := f.residual.Dims()
	for l := range rank {
		x := v.of(f.residual.RawRowView(l))
		v.deviation += x * x
	}
	v.deviation = math.Sqrt(v.deviation / float64(f.dof))
	own := math.Hypot(c.se[v.point], c.theorySE[v.point])
	se := c.se[v.point]
	if s := f.deviation[v.point]; s > 0 {
		se *= v.deviation / s
	}
	if c.replicates != nil {
		r, _ := c.replicates.Dims()
		for l := range r {
			x := v.of(c.replicates.RawRowView(l))
			v.theorySE += x * x
		}
		v.theorySE = math.Sqrt(v.theorySE / float64(r*(r-1)))
	}
	v.floor = math.Hypot(c.floor[v.point], trust*own)
	slack := 0.0
	if c.slack != nil {
		slack = c.slack[v.point]
	}
	for a, q := range v.from {
		v.floor = math.Hypot(v.floor, v.beta[a]*c.floor[q])
		if c.slack != nil && v.beta[a] != 0 {
			slack += math.Abs(v.beta[a]) * c.slack[q]
		}
	}
	if diff := v.of(c.diff); math.Abs(diff) > slack {
		v.t = math.Copysign(math.Abs(diff)-slack, diff) / math.Sqrt(se*se+v.theorySE*v.theorySE+v.floor*v.floor)
	}
}

// decompose finds the leading principal components of the standardised moments, by a few steps of subspace iteration: any
// function of C would do for the level, and what leads is found at once.
func (f *fit) decompose(c *contest, b *battery, m *moments) {
	p := len(m.points)
	count := min(maxComponents, p, max(1, int(m.dof*componentShare)))
	width := min(p, count+8)
	unit := make([]float64, p)
	x := mat.DenseCopyOf(m.x)
	diag := slices.Clone(m.diag)
	for i, v := range m.total {
		unit[i] = 1 / math.Sqrt(v)
		diag[i] /= v
		row := x.RawRowView(i)
		for l := range row {
			row[l] *= unit[i]
		}
	}
	times := func(v *mat.Dense) *mat.Dense {
		var inner, out mat.Dense
		inner.Mul(x.T(), v)
		out.Mul(x, &inner)
		for i, d := range diag {
			for l := range width {
				out.Set(i, l, out.At(i, l)+d*v.At(i, l))
			}
		}
		return &out
	}
	rng := rand.New(rand.NewPCG(1, 1))
	basis := mat.NewDense(p, width, nil)
	basis.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, basis)
	for range 6 {
		var factor mat.QR
		factor.Factorize(times(basis))
		var q mat.Dense
		factor.QTo(&q)
		basis = mat.DenseCopyOf(q.Slice(0, p, 0, width))
	}
	var small mat.Dense
	small.Mul(basis.T(), times(basis))
	symmetric := mat.NewSymDense(width, nil)
	for i := range width {
		for l := i; l < width; l++ {
			symmetric.SetSym(i, l, (small.At(i, l)+small.At(l, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		return
	}
	values := eigen.Values(nil) // ascending
	var vectors, leading mat.Dense
	eigen.VectorsTo(&vectors)
	leading.Mul(basis, &vectors)
	for count > 1 && values[width-count] < 1e-10*values[width-1] {
		count--
	}
	b.components = mat.NewDense(p, count, nil)
	for i := range p {
		for l := range count {
			b.components.Set(i, l, unit[i]*leading.At(i, width-1-l)/math.Sqrt(values[width-1-l]))
		}
	}
	b.dof = m.dof
	b.observe(f, c)
}

// observe the difference along the components.
func (b *battery) observe(f *fit, c *contest) {
	_, count := b.components.Dims()
	b.axis, b.scrambled = make([]float64, count), make([]float64, count)
	square, slack := 0.0, 0.0
	for l := range count {
		y, s := 0.0, 0.0
		for i, j := range b.points {
			g := b.components.At(i, l)
			y += g * c.diff[j]
			b.axis[l] += g * c.t[j] * f.deviation[j]
			if c.replicates != nil {
				r, _ := c.replicates.Dims()
				b.scrambled[l] += g * c.t[j] * c.theorySE[j] * math.Sqrt(float64(r))
			}
			if c.slack != nil {
				s += math.Abs(g) * c.slack[j]
			}
		}
		square, slack = square+y*y, slack+s*s
	}
	// A systematic error can shorten the difference by no more than its own length.
	if length := math.Sqrt(square) - math.Sqrt(slack); length > 0 {
		b.hotelling = length * length
	}
}

// turn adds one draw of both statistics: p and q are the projections of residuals and replicates on the draw's directions,
// along those on the components.
func (b *battery) turn(u turn, p, q, alongP, alongQ []float64, at int) {
	largest := 0.0
	for i := range b.innovations {
		largest = max(largest, b.innovations[i].square(u, p, q))
	}
	b.innovation[at] = math.Sqrt(largest)
	for l, y := range alongP {
		scrambled := 0.0
		if q != nil {
			scrambled = alongQ[l]
		}
		d := u.difference(b.axis[l], b.scrambled[l], y, scrambled)
		b.hotellings[at] += d * d
	}
}

// observeRows is observe, and the largest |t| of the innovations, for the first rows alone.
func (b *battery) observeRows(c *contest, draws int) {
	_, count := b.components.Dims()
	y, slack := make([]float64, count), make([]float64, count)
	next, from, largest := 0, 0, 0.0
	for end := c.row; end <= len(c.diff); end += c.row {
		for ; next < len(b.points) && b.points[next] < end; next++ {
			j := b.points[next]
			for l := range count {
				g := b.components.At(next, l)
				y[l] += g * c.diff[j]
				if c.slack != nil {
					slack[l] += math.Abs(g) * c.slack[j]
				}
			}
		}
		for ; from < len(b.innovations) && b.innovations[from].point < end; from++ {
			largest = max(largest, math.Abs(b.innovations[from].t))
		}
		r := prefix{t: largest, innovation: make([]float64, draws), hotellings: make([]float64, draws)}
		if length := math.Sqrt(dot(y, y)) - math.Sqrt(dot(slack, slack)); length > 0 {
			r.hotelling = length * length
		}
		b.rows = append(b.rows, r)
	}
}

// turnRows adds one draw of both statistics for the first rows alone.
func (b *battery) turnRows(f *fit, c *contest, u turn, p, q []float64, at int) {
	_, count := b.components.Dims()
	y := make([]float64, count)
	next, from, largest := 0, 0, 0.0
	for i := range b.rows {
		end := (i + 1) * c.row
		for ; next < len(b.points) && b.points[next] < end; next++ {
			j := b.points[next]
			theory, scrambled := 0.0, 0.0
			if q != nil {
				theory, scrambled = c.t[j]*c.theorySE[j]*math.Sqrt(u.r), q[j]
			}
			d := u.difference(c.t[j]*f.deviation[j], theory, p[j], scrambled)
			for l := range y {
				y[l] += b.components.At(next, l) * d
			}
		}
		for ; from < len(b.innovations) && b.innovations[from].point < end; from++ {
			largest = max(largest, b.innovations[from].square(u, p, q))
		}
		b.rows[i].innovation[at], b.rows[i].hotellings[at] = math.Sqrt(largest), dot(y, y)
	}
}

// along projects on the components.
func (b *battery) along(projection *mat.Dense) *mat.Dense {
	draws, points := projection.Dims()
	some := projection
	if len(b.points) < points {
		some = mat.NewDense(draws, len(b.points), nil)
		for i := range draws {
			row, all := some.RawRowView(i), projection.RawRowView(i)
			for l, j := range b.points {
				row[l] = all[j]
			}
		}
	}
	var out mat.Dense
	out.Mul(some, b.components)
	return &out
}

// bound is what the p-value of each statistic cannot exceed, whatever the draws say: Bonferroni's for the innovations, and
// the beta law of Hotelling's T².
func (b *battery) bound(f *fit, c *contest) (innovations, hotelling float64) {
	for i := range b.innovations {
		v := &b.innovations[i]
		dof := float64(f.dof)
		if v.theorySE > 0 {
			r, _ := c.replicates.Dims()
			data, theory := v.deviation*v.deviation*f.cov.At(0, 0), v.theorySE*v.theorySE
			dof = (data + theory) * (data + theory) / (data*data/dof + theory*theory/float64(r-1))
		}
		innovations += 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: dof}.Survival(b.t)
	}
	_, count := b.components.Dims()
	left := 1 - b.hotelling/(b.dof+1)
	if c.slack != nil && !(left > 0) {
		return min(1, innovations), 1
	}
	rest := (b.dof + 1 - float64(count)) / 2
	return min(1, innovations), mathext.RegIncBeta(rest, float64(count)/2, max(left, 1e-14))
}

// least is the p-value of the smallest of several p-values, and whether one of them is as small as the draws can tell: the draws
// of each statistic are judged among themselves, with the observed one as one of them.
func least(draws [][]float64, observed []float64) (p float64, unresolved bool) {
	n := len(draws[0]) + 1
	smallest := slices.Repeat([]float64{1}, n)
	for s, list := range draws {
		all := append(list[:len(list):len(list)], observed[s])
		sorted := slices.Clone(all)
		slices.Sort(sorted)
		for i, v := range all {
			below, _ := slices.BinarySearch(sorted, v)
			smallest[i] = min(smallest[i], float64(n-below)/float64(n))
		}
		unresolved = unresolved || !(sorted[n-1] > observed[s]) && !(sorted[n-2] >= observed[s])
	}
	count := 0
	for _, v := range smallest {
		if v <= smallest[n-1] {
			count++
		}
	}
	return float64(count) / float64(n), unresolved
}

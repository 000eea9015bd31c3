package theory

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"limitcheck/scenarios"
)

// A sweep is one scrambling of the causal sweep in the orthonormal gauge (docs/theory.md, "The orthonormal gauge"). At
// step t it expands P_t over the directions q of all queries so far, lets the sample side turn the coefficients into
// gradients, expands those over their directions f, and builds u_t from as many normal directions y.
type sweep struct {
	s       *scenarios.Scenario
	set     Settings
	mistake mistake // that it makes on purpose, if any
	alpha   float64
	opt     scenarios.Optimizer
	weights space
	paths   *paths
	test    *testSet

	teacher     [][]float64 // W*, M vectors
	basis       [][]float64 // q, orthonormal, of the span of Σ^{1/2} W*, Σ^{1/2} P_0, …
	teachers    int         // how many of them the teacher takes
	noise       [][]float64 // y, one for each f
	w, previous [][]float64 // W_t, W_{t−1}
	seen        [][]float64 // W̄_t, what is observed; W_t unless there is an average
	seenRows    [][]float64 // Σ^{1/2}W̄_t over q
	next        [][]float64
	state       [][][]float64

	theta []float64 // the student's own parameters

	gauge       gauge
	observables []scenarios.Observable
	curve       [][]float64 // [t][observable]
}

func newSweep(s *scenarios.Scenario, set Settings, scrambling int, pool pool) *sweep {
	sequence := func(stream int) *sobol {
		return &sobol{seed: set.Seed, stream: uint64(4*scrambling + stream)}
	}
	w := &sweep{
		s: s, set: set, alpha: s.Data.Alpha, opt: s.Method.Optimizer, weights: newSpace(s, set, sequence(0), pool),
		observables: s.Definitions(),
	}
	w.paths = newPaths(s, set, sequence(1), pool)
	w.test = newTestSet(s, set, sequence(2), pool)
	w.theta = w.paths.model.Parameters().Start()
	w.mistake, _ = set.Ablation.find()
	if w.mistake.start != nil {
		w.mistake.start(w)
	}
	return w
}

// run carries the sweep through all steps. progress is called after each.
func (w *sweep) run(ctx context.Context, progress func()) error {
	w.start()
	for t := 0; t <= w.s.Method.Steps; t++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		last := t == w.s.Method.Steps
		points := w.points(t, last)
		q := w.query(t, points, last)
		w.average(t)
		w.advance(q)
		row := scenarios.Row(w.observables, w.observe())
		if err := checkRange(w.s, t, row); err != nil {
			return err
		}
		w.curve = append(w.curve, row)
		if !last {
			w.move(t, points, w.gradientField(t, points))
		}
		progress()
	}
	return nil
}

func (w *sweep) start() {
	w.teacher = w.weights.teacher()
	for _, v := range w.teacher {
		row, pivot := w.expand(w.rooted(v))
		w.gauge.teacher = append(w.gauge.teacher, row)
		w.gauge.pointPivot = append(w.gauge.pointPivot, pivot)
	}
	w.teachers = len(w.basis)
	for k := range w.s.Student.Units {
		v := w.weights.zero()
		w.weights.combine(v, []float64{math.Sqrt(w.s.Init.Norm)}, [][]float64{w.weights.fresh()})
		w.weights.combine(v, w.s.Init.Overlap[k], w.teacher)
		w.w = append(w.w, v)
		w.previous = append(w.previous, append([]float64(nil), v...))
		w.next = append(w.next, w.weights.zero())
		var state [][]float64
		for range w.opt.States() {
			state = append(state, w.weights.zero())
		}
		w.state = append(w.state, state)
	}
	if !w.paths.mask.Fresh() {
		w.paths.begin(w.gauge.teacher, w.teachers)
		w.paths.prepare()
	}
}

func (w *sweep) rooted(v []float64) []float64 {
	r := append([]float64(nil), v...)
	w.weights.root(r)
	return r
}

// expand writes v over the basis, extended by what is left of v if that is more than rounding; pivot is the direction it
// adds, or dependent. Projection twice is enough for orthogonality (Kahan).
func (w *sweep) expand(v []float64) (coef []float64, pivot int) {
	size := math.Sqrt(w.weights.inner(v, v))
	coef = make([]float64, len(w.basis), len(w.basis)+1)
	correction := make([]float64, len(w.basis))
	for range 2 {
		w.weights.dots(correction, w.basis, v)
		for i, c := range correction {
			coef[i] += c
			correction[i] = -c
		}
		w.weights.combine(v, correction, w.basis)
	}
	rest := math.Sqrt(w.weights.inner(v, v))
	if !(rest > negligible*size) {
		return coef, dependent
	}
	for i := range v {
		v[i] /= rest
	}
	w.basis = append(w.basis, v)
	return append(coef, rest), len(w.basis) - 1
}

// points returns P_t, where the gradient is taken; at the last step W_T, which is only observed.
func (w *sweep) points(t int, last bool) [][]float64 {
	beta := w.opt.LookAhead(t)
	points := make([][]float64, len(w.w))
	for k, v := range w.w {
		points[k] = v
		if beta != 0 && t > 0 && !last {
			points[k] = append([]float64(nil), v...)
			w.weights.combine(points[k], []float64{beta, -beta}, [][]float64{v, w.previous[k]})
		}
	}
	return points
}

func (w *sweep) query(t int, points [][]float64, last bool) query {
	q := query{step: t, lookAhead: w.opt.LookAhead(t), share: w.s.Method.Share(t), last: last, theta: w.theta}
	if last {
		q.lookAhead = 0
	}
	for _, p := range points {
		v := w.rooted(p)
		memory := make([]float64, len(w.noise))
		w.weights.dots(memory, w.noise, v)
		row, pivot := w.expand(v)
		if pivot != dependent {
			q.directions++
		}
		w.gauge.pointPivot = append(w.gauge.pointPivot, pivot)
		q.fields = append(q.fields, row)
		if w.mistake.memory != nil {
			memory = w.mistake.memory(w, memory)
		}
		q.memory = append(q.memory, memory)
		if w.s.Data.Mixture != nil {
			q.mean = append(q.mean, w.means(p))
		}
	}
	for k, row := range q.fields {
		q.fields[k] = padded(row, len(w.basis))
		if t > 0 && q.lookAhead != 0 {
			row = w.weightRow(t, k, q)
		}
		w.gauge.weight = append(w.gauge.weight, row)
	}
	w.gauge.point = append(w.gauge.point, q.fields...)
	w.gauge.memory = append(w.gauge.memory, q.memory...)
	return q
}

// means are ⟨v_m, p⟩, which are the coordinates of the mean of p's field in a mixture.
func (w *sweep) means(p []float64) []float64 {
	means := make([]float64, len(w.teacher))
	for m, v := range w.teacher {
		means[m] = w.weights.inner(v, p)
	}
	return means
}

// average takes W_t into what is observed.
func (w *sweep) average(t int) {
	rows, share := w.gauge.weight[t*w.s.Student.Units:], w.s.Method.Share(t)
	if share == 1 {
		w.seen, w.seenRows = nil, nil
	}
	for k, v := range w.w {
		if share == 1 {
			w.seen, w.seenRows = append(w.seen, slices.Clone(v)), append(w.seenRows, slices.Clone(rows[k]))
			continue
		}
		w.seenRows[k] = padded(w.seenRows[k], len(rows[k]))
		for i, x := range v {
			w.seen[k][i] += share * (x - w.seen[k][i])
		}
		for i, x := range rows[k] {
			w.seenRows[k][i] += share * (x - w.seenRows[k][i])
		}
	}
}

// weightRow is W_t over the basis, from P_t = W_t + β_t (W_t − W_{t−1}).
func (w *sweep) weightRow(t, k int, q query) []float64 {
	units := w.s.Student.Units
	row := append([]float64(nil), q.fields[k]...)
	for i, x := range w.gauge.weight[(t-1)*units+k] {
		row[i] += q.lookAhead * x
	}
	for i := range row {
		row[i] /= 1 + q.lookAhead
	}
	return row
}

func padded(row []float64, n int) []float64 {
	for len(row) < n {
		row = append(row, 0)
	}
	return row
}

// advance runs the sample side. Fresh batches meet new samples at every step: the paths start again, with one z for
// each direction in the span of the teacher and the K points, and no memory.
func (w *sweep) advance(q query) {
	if !w.paths.mask.Fresh() {
		w.paths.advance(q)
		w.gauge.drift = append(w.gauge.drift, w.scaledRows(w.paths.sums.zg, len(w.basis))...)
		return
	}
	if q.last {
		q.fields = w.seenRows
	}
	span := orthonormalRows(append(append([][]float64(nil), w.gauge.teacher...), q.fields...), len(w.basis))
	reduced := func(rows [][]float64) [][]float64 {
		out := matrix(len(rows), len(span))
		for i, row := range rows {
			for j, e := range span {
				out[i][j] = dot(padded(row, len(e)), e)
			}
		}
		return out
	}
	w.paths.begin(reduced(w.gauge.teacher), len(span))
	small := q
	small.fields, small.directions, small.memory = reduced(q.fields), 0, matrix(len(q.fields), 0)
	small.lookAhead, small.share = 0, 1
	w.paths.advance(small)
	drift := matrix(len(q.fields), len(w.basis))
	for k, row := range w.scaledRows(w.paths.sums.zg, len(span)) {
		for j, e := range span {
			for i := range e {
				drift[k][i] += row[j] * e[i]
			}
		}
	}
	w.gauge.drift = append(w.gauge.drift, drift...)
}

// scaledRows are α times the first n columns.
func (w *sweep) scaledRows(rows [][]float64, n int) [][]float64 {
	out := matrix(len(rows), n)
	for k, row := range rows {
		for i := range n {
			out[k][i] = w.alpha * row[i]
		}
	}
	return out
}

// orthonormalRows is an orthonormal basis of the span of short rows.
func orthonormalRows(rows [][]float64, n int) [][]float64 {
	var basis [][]float64
	for _, row := range rows {
		v := padded(append([]float64(nil), row...), n)
		size := dot(v, v)
		for range 2 {
			for _, e := range basis {
				c := dot(e, v)
				for i := range v {
					v[i] -= c * e[i]
				}
			}
		}
		rest := dot(v, v)
		if rest <= negligible*negligible*size {
			continue
		}
		for i := range v {
			v[i] /= math.Sqrt(rest)
		}
		basis = append(basis, v)
	}
	return basis
}

// gradientField returns U_t = Σ^{1/2} u_t (+ α Σ_m E[c_m g] v_m), one vector a unit.
func (w *sweep) gradientField(t int, points [][]float64) [][]float64 {
	units := len(points)
	earlier, own, added := w.expandGradients()
	for k := range units {
		pivot := dependent
		if added[k] {
			if own[k][k] != 0 {
				pivot = len(w.noise)
			}
			w.noise = append(w.noise, w.weights.fresh())
		}
		w.gauge.gradientPivot = append(w.gauge.gradientPivot, pivot)
	}
	drift := w.gauge.drift[t*units:]
	if w.mistake.drift != nil {
		drift = w.mistake.drift(w, drift)
	}
	fields := make([][]float64, units)
	for k := range units {
		u := w.weights.zero()
		row := append([]float64(nil), earlier[k]...)
		for j := range units {
			if added[j] {
				row = append(row, own[k][j]) // lower triangular: 0 for j > k
			}
		}
		w.gauge.gradient = append(w.gauge.gradient, row)
		w.weights.combine(u, row, w.noise)
		w.weights.combine(u, drift[k], w.basis)
		if w.paths.scale != 1 {
			for i := range u {
				u[i] *= w.paths.scale
			}
		}
		w.weights.root(u)
		if w.s.Data.Mixture != nil {
			w.weights.combine(u, w.scaledRows(w.paths.sums.cg[k:k+1], len(w.teacher))[0], w.teacher)
		}
		fields[k] = u
	}
	return fields
}

// expandGradients returns the coefficients Γ of the current gradients over the earlier directions f and over their own
// new ones, in the inner product α E[· ·], and how many of the K new ones there are, and tells the sample side to take
// these up.
//
// The directions themselves are orthonormal among the paths as drawn, so that the drawn gradients are exactly what they
// span. Under a random mask Γ is not the drawn gradients' but has the current mask integrated out; by Bessel's
// inequality its pivots are then never negative, however many the directions.
func (w *sweep) expandGradients() (earlier, own [][]float64, added []bool) {
	sums, units := &w.paths.sums, w.s.Student.Units
	if w.paths.mask.Fresh() {
		earlier, own = w.project(products{matrix(units, len(w.noise)), sums.gg}, nil)
		return earlier, own, pivots(own)
	}
	share, factor := w.project(sums.drawn, nil)
	total, small := share, false
	for k := range units {
		small = small || w.alpha*sums.drawn.gg[k][k]-dot(share[k], share[k]) < reorthogonalise*w.alpha*sums.drawn.gg[k][k]
	}
	if small {
		rest, scale := w.paths.residual(share), sums.drawn.gg
		share, factor = w.project(rest, scale)
		for k := range total {
			blas64.Axpy(1, vector(share[k]), vector(total[k]))
		}
	}
	added = pivots(factor)
	w.paths.remember(&expansion{share, factor})
	if !w.paths.masked() {
		return total, factor, added
	}
	earlier, own = w.project(products{sums.fg, sums.gg}, nil)
	return earlier, own, added
}

// reorthogonalise is the share of a gradient's square below which what Gram–Schmidt leaves of it needs a second pass.
const reorthogonalise = 0.01

// project returns share = α E[f g] over the earlier directions and the factor of α E[g gᵀ] − share shareᵀ. Pivots are
// dropped in comparison with the diagonal of α·scale (nil: of α E[g gᵀ] itself).
func (w *sweep) project(p products, scale [][]float64) (share, own [][]float64) {
	units, known := w.s.Student.Units, len(w.noise)
	share, own = matrix(units, known), matrix(units, units)
	size := make([]float64, units)
	for k := range units {
		if !w.mistake.separate {
			blas64.Axpy(w.alpha, vector(p.fg[k][:known]), vector(share[k]))
		}
		for j := range k + 1 {
			own[k][j] = w.alpha*p.gg[k][j] - dot(share[k], share[j])
		}
		size[k] = w.alpha * p.gg[k][k]
		if scale != nil {
			size[k] = w.alpha * scale[k][k]
		}
	}
	cholesky(own, size)
	return share, own
}

func pivots(factor [][]float64) []bool {
	added := make([]bool, len(factor))
	for k := range factor {
		added[k] = factor[k][k] != 0
	}
	return added
}

// move lets the method turn U_t into W_{t+1}; the student's own parameters take their step.
func (w *sweep) move(t int, points, fields [][]float64) {
	slopes := append([]float64(nil), w.paths.sums.slopes...)
	for j := range slopes {
		slopes[j] *= w.alpha
	}
	w.paths.model.Parameters().Step(t, w.theta, slopes)
	move := scenarios.Move{T: t, Next: w.next, W: w.w, Previous: w.previous, P: points, U: fields, State: w.state,
		Inner: w.weights.inner}
	if w.opt.NoiseScale(t) > 0 {
		for range w.w {
			move.Noise = append(move.Noise, w.weights.fresh())
		}
	}
	w.s.Method.Resize(fields, w.weights.inner)
	w.opt.Step(move)
	for k := range w.w {
		w.previous[k], w.w[k], w.next[k] = w.w[k], w.next[k], w.previous[k]
	}
}

// observe is what the sweep knows of W̄_t.
func (w *sweep) observe() *scenarios.State {
	teacher, weight := w.gauge.teacher, w.seenRows
	x := &scenarios.State{
		Teacher: innerProducts(teacher, teacher), Overlap: innerProducts(weight, teacher),
		Student: innerProducts(weight, weight), Parameters: w.theta,
		Train: w.paths.sums.risk, Test: w.test.evaluate(w, weight),
	}
	if w.paths.mask.Fresh() {
		x.Train = x.Test // a batch never seen before is a test set
	}
	return x
}

// innerProducts are those of coefficient vectors over the basis, which may be shorter than the basis.
func innerProducts(a, b [][]float64) [][]float64 {
	out := matrix(len(a), len(b))
	for i, x := range a {
		for j, y := range b {
			n := min(len(x), len(y))
			out[i][j] = dot(x[:n], y[:n])
		}
	}
	return out
}

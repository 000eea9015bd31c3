package theory

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// paths is the sample side: N paths of the process (r^t, g^t), in blocks that stay in cache and are worked on
// independently. Sums over paths are kept per block and added in order.
type paths struct {
	s        *scenarios.Scenario
	model    scenarios.Model
	n        int
	blocks   []*block
	pool     pool
	sequence *sobol
	noise    *sobolColumn
	cluster  *sobolColumn
	scale    float64 // sqrt(Δ) of a mixture with one variance, else 1
	batch    float64 // b
	weight   float64 // of a sample in the batch, 1/b (an ablation changes it)
	mask     scenarios.Mask
	sums     sums // of the last step, means over paths
	pending  *expansion
}

// An expansion writes the K gradients of one step over orthonormal directions: g_k = Σ_l earlier_kl f_l +
// Σ_j own_kj f_new,j with own lower triangular. A zero pivot adds no direction.
type expansion struct{ earlier, own [][]float64 }

// A block is a run of paths with their whole history: one row a direction, one column a path.
type block struct {
	lo, n    int
	z, f     rows
	ahead    rows // raw normal numbers for the coming z's, K rows
	y        []float64
	position [][]float64 // cluster positions c_m, M rows; nil without a mixture
	spread   []float64   // sqrt(Δ) where it depends on the cluster, else nil
	state    []uint8     // of the mask
	r        [][]float64 // local fields of P (K rows)
	w        [][]float64 // local fields of W
	seen     [][]float64 // local fields of W̄; the same memory unless there is an average
	g        [][]float64 // masked gradients of the last step
	slope    [][]float64 // gradients before the mask
	own      [][]float64 // slopes in the student's own parameters
	mean     []float64   // E[s | the path so far]
	second   []float64   // E[s² | the path so far]
	scratch  []float64
	wrong    []bool // of W; nil where nothing can be
	sums     sums
}

// rows is a matrix that grows by rows of equal length, inside the room it was given.
type rows struct {
	n, width int
	data     []float64
}

func newRows(room, width int) rows { return rows{width: width, data: make([]float64, room*width)} }

func (m *rows) row(i int) []float64 { return m.data[i*m.width : (i+1)*m.width] }

func (m *rows) grow() []float64 {
	m.n++
	return m.row(m.n - 1)
}

func (m *rows) general() blas64.General {
	return blas64.General{Rows: m.n, Cols: m.width, Stride: m.width, Data: m.data}
}

// combine adds factor·Σ_k coef_k row_k to dst, over the first len(coef) rows.
func (m *rows) combine(dst []float64, factor float64, coef []float64) {
	if len(coef) > 0 {
		g := m.general()
		g.Rows = len(coef)
		blas64.Gemv(blas.Trans, factor, g, vector(coef), 1, vector(dst))
	}
}

func (m *rows) subtract(dst, coef []float64) { m.combine(dst, -1, coef) }

// dots adds row_k·v to dst_k.
func (m *rows) dots(dst, v []float64) {
	if m.n > 0 {
		blas64.Gemv(blas.NoTrans, 1, m.general(), vector(v), 1, vector(dst[:m.n]))
	}
}

// sums are means over paths at one step: with g the gradient and the current mask averaged out,
// E[z_k g], E[f_l g], E[g gᵀ], E[c_m g], E[s ∂ℓ/∂θ_j], and the train loss and error of W. drawn are E[f_l g] and E[g gᵀ]
// with the mask as it was drawn. Where clusters differ in their variance Δ, g stands for sqrt(Δ) g, but in E[c_m g].
// With a the raw numbers of the coming directions: E[z_k a] and E[a aᵀ].
type sums struct {
	zg, fg, gg [][]float64
	drawn      products
	za, aa     [][]float64
	cg         [][]float64 // units × teachers
	slopes     []float64
	risk       scenarios.Risk
}

// products of gradients with the directions f and with each other.
type products struct{ fg, gg [][]float64 }

func newProducts(units, directions int) products {
	return products{matrix(units, directions), matrix(units, units)}
}

func newSums(units, teachers, directions, parameters int) sums {
	return sums{drawn: newProducts(units, directions), zg: matrix(units, directions), fg: matrix(units, directions), gg: matrix(units, units),
		za: matrix(units, directions), aa: matrix(units, units), cg: matrix(units, teachers),
		slopes: make([]float64, parameters)}
}

func (a *sums) matrices() [][][]float64 {
	return [][][]float64{a.zg, a.fg, a.gg, a.drawn.fg, a.drawn.gg, a.za, a.aa, a.cg, {a.slopes}}
}

func (a *sums) reset() {
	for _, m := range a.matrices() {
		for _, row := range m {
			clear(row)
		}
	}
	a.risk = scenarios.Risk{}
}

func (a *sums) add(b *sums, factor float64) {
	from := b.matrices()
	for i, m := range a.matrices() {
		for k, row := range m {
			blas64.Axpy(factor, vector(from[i][k]), vector(row))
		}
	}
	a.risk.Loss += factor * b.risk.Loss
	a.risk.Error += factor * b.risk.Error
}

// blockBytes is what a block's history may take: half of a common second-level cache.
const blockBytes = 512 << 10

// blockSize is the number of paths in a block.
func (set Settings) blockSize(s *scenarios.Scenario) int {
	return min(set.Paths, max(64, powerOfTwo(blockBytes/(16*directions(s)))))
}

func newPaths(s *scenarios.Scenario, set Settings, sequence *sobol, pool pool) *paths {
	units := s.Student.Units
	directions := directions(s)
	model := s.Student.Model()
	parameters := len(model.Parameters())
	p := &paths{s: s, model: model, n: set.Paths, pool: pool, sequence: sequence, scale: 1,
		batch: s.Method.Batch.Size(), mask: s.Method.Batch, sums: newSums(units, s.Teacher.Units, directions, parameters)}
	p.weight = 1 / p.batch
	size := set.blockSize(s)
	inputs, outputs := directions, units*s.Method.Steps
	if p.mask.Fresh() { // nothing is remembered
		inputs, outputs = s.Teacher.Units+units, 0
	}
	for lo := 0; lo < set.Paths; lo += size {
		b := &block{lo: lo, n: size, z: newRows(inputs, size), f: newRows(outputs, size), ahead: newRows(units, size), y: make([]float64, size),
			state: make([]uint8, size), mean: make([]float64, size), second: make([]float64, size), scratch: make([]float64, size),
			r: matrix(units, size), w: matrix(units, size), g: matrix(units, size), slope: matrix(units, size),
			own: matrix(parameters, size), sums: newSums(units, s.Teacher.Units, directions, parameters)}
		b.seen = b.w
		if s.Method.Average != nil {
			b.seen = matrix(units, size)
		}
		if m := s.Data.Mixture; m != nil {
			b.position = matrix(s.Teacher.Units, size)
			if !m.OneVariance() {
				b.spread = make([]float64, size)
			}
		}
		if s.HasErrors() {
			b.wrong = make([]bool, size)
		}
		p.blocks = append(p.blocks, b)
	}
	if m := s.Data.Mixture; m != nil && m.OneVariance() {
		p.scale = math.Sqrt(m.Variance[0])
	}
	return p
}

// begin forgets every path and draws new ones up to the labels, with this many directions z over which the teacher's
// coefficients are given. It starts the sequence again: nothing relates new paths to forgotten ones.
func (p *paths) begin(teacher [][]float64, directions int) {
	p.sequence.used = 0
	columns := p.columns(directions)
	if p.s.Data.Mixture != nil {
		p.cluster = p.sequence.next()
	} else {
		p.noise = p.sequence.next()
	}
	p.pool.each(len(p.blocks), func(i int) {
		b := p.blocks[i]
		b.z.n, b.f.n, b.ahead.n = 0, 0, 0
		b.z.draw(columns, b.lo)
		b.label(p, teacher)
	})
}

func (p *paths) columns(n int) []*sobolColumn {
	columns := make([]*sobolColumn, n)
	for i := range columns {
		columns[i] = p.sequence.next()
	}
	return columns
}

// draw appends rows of normal numbers.
func (m *rows) draw(columns []*sobolColumn, lo int) {
	for _, column := range columns {
		z := m.grow()
		column.fill(z, lo)
		for j, u := range z {
			z[j] = distuv.UnitNormal.Quantile(u)
		}
	}
}

func (b *block) label(p *paths, teacher [][]float64) {
	if mixture := p.s.Data.Mixture; mixture != nil {
		p.cluster.fill(b.scratch, b.lo)
		for i, u := range b.scratch {
			c := clusterAt(mixture.Weights, u)
			b.y[i] = mixture.Labels[c]
			for m, x := range mixture.Positions[c] {
				b.position[m][i] = x
			}
			if b.spread != nil {
				b.spread[i] = math.Sqrt(mixture.Variance[c])
			}
		}
		return
	}
	h, noise := make([]float64, len(teacher)), p.s.LabelNoise()
	p.noise.fill(b.scratch, b.lo)
	for i, u := range b.scratch {
		for m, coef := range teacher {
			h[m] = 0
			for k, c := range coef {
				h[m] += c * b.z.row(k)[i]
			}
		}
		b.y[i] = p.s.Teacher.Label.Label(h, noise.Quantile(u))
	}
}

// clusterAt is the cluster at level u of the distribution with these probabilities.
func clusterAt(weights []float64, u float64) int {
	last := len(weights) - 1
	for c, w := range weights[:last] {
		if u < w {
			return c
		}
		u -= w
	}
	return last
}

// A query is what the weight side asks of the sample side at one step, one row a student unit.
type query struct {
	step       int
	directions int         // new directions, each with its own z
	fields     [][]float64 // L: coefficients of P over z
	memory     [][]float64 // ⟨y_l, P⟩: coefficients over f
	mean       [][]float64 // ⟨v_m, P⟩, the mixture's shift per unit of c_m
	lookAhead  float64     // β_t
	share      float64     // of W in W̄
	theta      []float64   // the student's own parameters
	last       bool        // W only: no gradient is wanted
}

// prepare draws the raw numbers of the first directions to come and correlates them with the past.
func (p *paths) prepare() {
	columns := p.columns(len(p.sums.aa))
	p.pool.each(len(p.blocks), func(i int) {
		b := p.blocks[i]
		b.sums.reset()
		b.lookAhead(columns)
	})
	p.collect()
}

// masked reports whether a random mask belongs to the paths.
func (p *paths) masked() bool { return p.batch < 1 && !p.mask.Fresh() }

// collect averages the blocks' sums.
func (p *paths) collect() {
	p.sums.reset()
	for _, b := range p.blocks {
		p.sums.add(&b.sums, 1/float64(p.n))
	}
}

// advance computes fields, losses and gradients at one step and leaves their averages in p.sums.
func (p *paths) advance(q query) {
	added := p.whitening(q.directions)
	columns := p.columns(q.directions)
	var decision, chance *sobolColumn
	if p.masked() && !q.last {
		decision = p.sequence.next()
	}
	if scenarios.Random(p.model) && !q.last {
		chance = p.sequence.next()
	}
	p.pool.each(len(p.blocks), func(i int) {
		b := p.blocks[i]
		if p.pending != nil {
			b.remember(p.pending)
		}
		b.extend(added)
		b.fields(p, q)
		b.sums.reset()
		b.evaluate(p, q.theta)
		if !q.last {
			b.gradients(p, q, decision, chance)
			b.lookAhead(columns)
		}
	})
	p.pending = nil
	p.collect()
}

// lookAhead draws raw numbers for later directions and correlates all that wait with the past of the paths.
func (b *block) lookAhead(columns []*sobolColumn) {
	b.ahead.draw(columns, b.lo)
	for i := range b.ahead.n {
		a := b.ahead.row(i)
		b.z.dots(b.sums.za[i], a)
		for k := range b.ahead.n {
			b.sums.aa[i][k] = dot(b.ahead.row(k), a)
		}
	}
}

// A whitened direction is a linear combination: its raw numbers less their share of earlier directions (those added
// before it at the same step included), scaled.
type whitened struct {
	share []float64
	scale float64
}

// whitening makes the sampled second moments of all directions what they are in the limit, E[z z'] = δ. High dimensions
// of a Sobol sequence have bad pairs; this is where they would hurt.
func (p *paths) whitening(directions int) []whitened {
	known := p.blocks[0].z.n
	added, factor, scale := make([]whitened, directions), matrix(directions, directions), make([]float64, directions)
	for i := range added {
		added[i].share = append([]float64(nil), p.sums.za[i][:known]...)
		for j := range i + 1 {
			factor[i][j] = p.sums.aa[i][j] - dot(added[i].share, added[j].share)
		}
		scale[i] = p.sums.aa[i][i]
	}
	cholesky(factor, scale)
	for i := range added {
		added[i].share = append(added[i].share, factor[i][:i]...)
		added[i].scale = 1 / factor[i][i]
	}
	return added
}

// extend turns waiting raw numbers into directions.
func (b *block) extend(added []whitened) {
	for i, w := range added {
		z := b.z.grow()
		copy(z, b.ahead.row(i))
		b.z.subtract(z, w.share)
		blas64.Scal(w.scale, vector(z))
	}
	// Those that were not needed move up.
	rest := b.ahead.data[len(added)*b.ahead.width : b.ahead.n*b.ahead.width]
	copy(b.ahead.data, rest)
	b.ahead.n -= len(added)
}

func (b *block) fields(p *paths, q query) {
	for k, r := range b.r {
		clear(r)
		b.z.combine(r, 1, q.fields[k])
		b.f.combine(r, 1, q.memory[k])
		if p.scale != 1 {
			blas64.Scal(p.scale, vector(r))
		}
		if b.spread != nil {
			for i, x := range b.spread {
				r[i] *= x
			}
		}
		for m, c := range b.position {
			blas64.Axpy(q.mean[k][m], vector(c), vector(r))
		}
		// X W_t from X P_t = X W_t + β_t X (W_t − W_{t−1}); at t = 0 both are W_0.
		for i, x := range r {
			if q.step == 0 || q.lookAhead == 0 {
				b.w[k][i] = x
			} else {
				b.w[k][i] = (x + q.lookAhead*b.w[k][i]) / (1 + q.lookAhead)
			}
		}
		if p.s.Method.Average != nil {
			for i, x := range b.w[k] {
				b.seen[k][i] += q.share * (x - b.seen[k][i])
			}
		}
	}
}

// evaluate sums the train loss and error at W̄.
func (b *block) evaluate(p *paths, theta []float64) {
	p.model.Evaluate(b.scratch, b.wrong, b.seen, theta, b.y)
	b.sums.risk = scenarios.Risk{Loss: sum(b.scratch), Error: count(b.wrong)}
}

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}

// count is how many are true.
func count(x []bool) (total float64) {
	for _, v := range x {
		if v {
			total++
		}
	}
	return total
}

// gradients fills g = s ∘ ∂ℓ and the averages over the path with the current mask s integrated out exactly: what is
// still undecided about s given the path enters through its conditional mean and second moment. chance has the levels of a
// student that is trained with chance of its own.
func (b *block) gradients(p *paths, q query, decision, chance *sobolColumn) {
	if chance != nil {
		chance.fill(b.scratch, b.lo)
	}
	scenarios.Gradients(p.model, b.slope, b.own, b.r, q.theta, b.y, b.scratch)
	b.masks(p, q.step, decision)
	for j, slope := range b.own {
		b.sums.slopes[j] = dot(b.mean, slope)
	}
	for k := range b.slope {
		weighted := b.scratch
		for i, m := range b.mean {
			weighted[i] = m * b.slope[k][i]
		}
		for m, c := range b.position {
			b.sums.cg[k][m] = dot(c, weighted)
		}
		b.widen(k, weighted)
		b.z.dots(b.sums.zg[k], weighted)
		b.f.dots(b.sums.fg[k], weighted)
		for j := range k + 1 {
			var total float64
			for i, m := range b.second {
				total += m * b.slope[k][i] * b.slope[j][i]
			}
			b.sums.gg[k][j] = total
		}
	}
	b.multiply()
}

// widen multiplies unit k's gradients by sqrt(Δ) where that depends on the cluster: with it they meet the Gaussian part of
// the samples.
func (b *block) widen(k int, weighted []float64) {
	for i, x := range b.spread {
		weighted[i] *= x
		b.slope[k][i] *= x
		b.g[k][i] *= x
	}
}

// multiply fills sums.drawn from the gradients as they are.
func (b *block) multiply() {
	for k, g := range b.g {
		b.f.dots(b.sums.drawn.fg[k], g)
		for j := range k + 1 {
			b.sums.drawn.gg[k][j] = dot(g, b.g[j])
		}
	}
}

// masks draws the current mask into g and its conditional moments into mean and second.
func (b *block) masks(p *paths, t int, decision *sobolColumn) {
	if decision == nil {
		// Full or fresh batch: nothing later depends on which samples were drawn.
		for i := range b.mean {
			b.mean[i], b.second[i] = p.batch*p.weight, p.batch*p.weight*p.weight
		}
		for k := range b.g {
			for i, slope := range b.slope[k] {
				b.g[k][i] = b.mean[i] * slope
			}
		}
		return
	}
	decision.fill(b.scratch, b.lo)
	for i, u := range b.scratch {
		probability := p.mask.Probability(t, b.state[i])
		b.mean[i], b.second[i] = probability*p.weight, probability*p.weight*p.weight
		on := u < probability
		b.state[i] = p.mask.Next(t, b.state[i], on)
		s := 0.0
		if on {
			s = p.weight
		}
		for k := range b.g {
			b.g[k][i] = s * b.slope[k][i]
		}
	}
}

// remember appends the directions f of the last step's gradients. It waits for the next advance, which has the block's
// history in cache anyway.
func (p *paths) remember(e *expansion) { p.pending = e }

// residual takes the share of the directions f out of the gradients and returns what a second look finds, free of
// cancellation.
func (p *paths) residual(share [][]float64) products {
	p.pool.each(len(p.blocks), func(i int) {
		b := p.blocks[i]
		b.sums.reset()
		for k, g := range b.g {
			b.f.subtract(g, share[k])
		}
		b.multiply()
	})
	total := newSums(len(share), p.s.Teacher.Units, len(p.sums.fg[0]), len(p.sums.slopes))
	for _, b := range p.blocks {
		total.add(&b.sums, 1/float64(p.n))
	}
	return total.drawn
}

func (b *block) remember(e *expansion) {
	for k := range e.own {
		b.f.subtract(b.g[k], e.earlier[k]) // what is left of g_k stays in its place
	}
	added := make([][]float64, len(e.own))
	for k, own := range e.own {
		if own[k] == 0 {
			continue
		}
		for j := range k {
			if added[j] != nil {
				blas64.Axpy(-own[j], vector(added[j]), vector(b.g[k]))
			}
		}
		added[k] = b.f.grow()
		blas64.Axpy(1/own[k], vector(b.g[k]), vector(added[k]))
	}
}

package montecarlo

import (
	"fmt"
	"math"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// innovations collects what each step of a replica brought that the steps before did not tell: statistics whose mean
// given the past is exactly 0 at every d (docs/theory.md, "Innovations"). It is there if the engine is watched.
//
// Given the past, a sample's local fields are r = μ + Σ_j mix_j ξ_j with independent Gaussian ξ_j of known variance. A
// function F of r, whatever it is, is replaced by Σ_j c_j x_j + c'_j (x_j² - 1), x_j = ξ_j in units of its deviation, with
// the coefficients of a three-point Gauss–Hermite rule: they are known to the past, so the mean is 0 however rough F, and
// for a polynomial of degree two in one unit's field nothing of F is lost.
type innovations struct {
	start  [][]float64 // fields at W_0
	values [][]float64 // of each step
}

func (c *innovations) add(values ...float64) {
	last := len(c.values) - 1
	c.values[last] = append(c.values[last], values...)
}

// InnovationNames names Replica.Innovations, in order; each name ends in @ and its step. G = s∘g is the masked gradient.
//
//	gradient_teacher_k_m  (1/n) Σ_i G_ik h_im less its mean given the past, h the teacher's field (a mixture's position)
//	gradient_init_k_l     the same of G_ik r_il at W_0
//	gradient_field_k_l    the same of G_ik r_il at this step
//	gradient_square_k_l   the same of G_ik G_il
//	slope_j               the same of s_i ∂ℓ_i/∂θ_j
//	field_square_k_l      (1/n) Σ_i ε_ik ε_il less its mean, ε what is new in the local fields
//	field_gradient        (1/n) Σ_ik g_ik ε_ik, g at the fields without ε
//	news_square_k_l       ⟨ν_k, ν_l⟩ less its mean, ν what is new in the gradient field U
//	news_teacher_k_m      ⟨ν_k, ΣW*_m⟩, if Σ is not the identity
//	news_weight_k_l       ⟨ν_k, ΣP_l⟩, likewise
//	noise_teacher_k_m     ⟨ξ_k, ΣW*_m⟩, ξ the noise that the method adds
//	noise_weight_k_l      ⟨ξ_k, ΣP_l⟩
//	noise_square_k_l      ⟨ξ_k, Σξ_l⟩ less its mean
//
// At the first step, and at every step whose samples are new, the past of a sample is the weights alone. A minimiser has
// none, as its steps are no part of the problem, and entries of Z that are not Gaussian have no such past.
func InnovationNames(s *scenarios.Scenario) (names []string) {
	if _, static := s.Method.Minimizer(); static || !knowsFields(s) {
		return nil
	}
	for t := range s.Method.Steps {
		add := func(format string, index ...any) {
			names = append(names, fmt.Sprintf(format, index...)+fmt.Sprintf("@%d", t))
		}
		k, m := s.Student.Units, s.Teacher.Units
		functionals := func(what string, start bool) {
			each(k, m, add, what+"_teacher_%d_%d")
			if start {
				each(k, k, add, what+"_init_%d_%d")
			}
			each(k, k, add, what+"_field_%d_%d")
			upper(k, add, what+"_square_%d_%d")
			for j := range s.Student.Model().Parameters() {
				add(what+"_slope_%d", j)
			}
		}
		new := knownMoments(s, t)
		if new || !s.Method.Batch.Fresh() {
			functionals("gradient", !new)
			if !full(s.Method.Batch) {
				functionals("mask", !new)
			}
		}
		if !new && !s.Method.Batch.Fresh() {
			upper(k, add, "field_square_%d_%d")
			add("field_gradient")
		}
		upper(k, add, "news_square_%d_%d")
		if !s.Data.Covariance.Identity() {
			each(k, m, add, "news_teacher_%d_%d")
			each(k, k, add, "news_weight_%d_%d")
		}
		if s.Method.Optimizer.NoiseScale(t) > 0 {
			each(k, m, add, "noise_teacher_%d_%d")
			each(k, k, add, "noise_weight_%d_%d")
			upper(k, add, "noise_square_%d_%d")
		}
	}
	return names
}

// knownMoments says whether a step's samples are new and its population expectations are at hand.
func knownMoments(s *scenarios.Scenario, step int) bool {
	return step == 0 || s.Method.Batch.Fresh() && s.Method.Optimizer.LookAhead(step) == 0 && s.Method.Average == nil
}

// step adds what is new in the gradients of a step, before the weights move on.
func (c *innovations) step(t *trainer, step int) {
	m, ok := t.matrix.(watched)
	if !ok || !m.watching() || t.pool.stopped() {
		return
	}
	fillLevels(t.levels, t.key, t.pool, forDropout, uint64(step)) // the step has packed them
	fields, gradients := m.watched()
	c.values = append(c.values, nil)
	switch {
	case knownMoments(t.scenario, step):
		c.population(t)
	case !t.mask.Fresh():
		c.samples(t, fields)
	}
	if step == 0 && !t.mask.Fresh() {
		c.start = copies(t.r, 1)
	}
	c.weights(t, gradients)
}

// population adds the moments of the gradients of new samples less their expectations.
func (c *innovations) population(t *trainer) {
	e := t.population.moments(t.means(t.w), t.means(t.teacher), t.theta)
	sums := make([][]float64, pieceCount(t.samples))
	t.pool.pieces(t.samples, func(piece, lo, hi int) {
		s := newSurprise(c, t, nil, lo, hi)
		sums[piece] = append(s.functionals(s.at.all()), s.masked()...)
	})
	if t.pool.stopped() {
		return
	}
	total := addUp(sums)
	for i := range total {
		total[i] /= float64(t.samples)
	}
	mean := total
	subtract := func(x, scale float64) {
		mean[0] -= scale * x
		mean = mean[1:]
	}
	known := e.withTeacher
	if t.data.positions != nil {
		known = e.withCluster
	}
	for _, row := range known {
		for _, x := range row {
			subtract(x, 1)
		}
	}
	for _, row := range e.withSelf {
		for _, x := range row {
			subtract(x, 1)
		}
	}
	for k := range e.square {
		for l := k; l < len(e.square); l++ {
			subtract(e.square[l][k], t.weight)
		}
	}
	for _, x := range e.slopes {
		subtract(x, 1)
	}
	c.add(total...)
}

// in is 1 for a sample in the batch, else 0.
func (t *trainer) in(i int) float64 {
	if t.mask.Fresh() || t.batches.all {
		return 1
	}
	return float64(t.batches.on[i])
}

func addUp(rows [][]float64) []float64 {
	total := make([]float64, len(rows[0]))
	for _, row := range rows {
		for i, x := range row {
			total[i] += x
		}
	}
	return total
}

// samples adds what is new in the gradients of samples that have been met before.
func (c *innovations) samples(t *trainer, fields *news) {
	sums := make([][]float64, pieceCount(t.samples))
	t.pool.pieces(t.samples, func(piece, lo, hi int) {
		s := newSurprise(c, t, fields, lo, hi)
		sums[piece] = append(append(s.functionals(s.first), s.masked()...), s.fields()...)
	})
	if t.pool.stopped() {
		return
	}
	for _, x := range addUp(sums) {
		c.add(x / float64(t.samples))
	}
}

// A surprise is what is new in one piece of the samples.
type surprise struct {
	t           *trainer
	news        *news
	lo, hi      int
	known       [][]float64 // the teacher's fields, or a mixture's positions
	start       [][]float64 // the fields at W_0, of samples that were there
	r, mu       [][]float64
	y, levels   []float64
	at, middle  *evaluation // at r and at μ
	first       [][]float64 // of each function, what is new given the mask
	mean, shift []float64   // of the mask's weight: its mean given the past, and what it differs by
}

// An evaluation is the functions whose averages drive the order parameters: g_k, ∂ℓ/∂θ_j, g_k r_l and g_k g_l, k ≤ l.
type evaluation struct{ g, slopes, fields, squares [][]float64 }

func (e *evaluation) all() (list [][]float64) {
	for _, part := range [][][]float64{e.g, e.slopes, e.fields, e.squares} {
		list = append(list, part...)
	}
	return list
}

func (s *surprise) evaluate(r [][]float64) *evaluation {
	units, rows := len(r), s.hi-s.lo
	e := &evaluation{g: newVectors(units, rows), slopes: newVectors(len(s.t.theta), rows)}
	scenarios.Gradients(s.t.model, e.g, e.slopes, r, s.t.theta, s.y, s.levels)
	product := func(a, b []float64) []float64 {
		x := make([]float64, rows)
		for i := range x {
			x[i] = a[i] * b[i]
		}
		return x
	}
	for _, g := range e.g {
		for l := range r {
			e.fields = append(e.fields, product(g, r[l]))
		}
	}
	for k := range e.g {
		for l := k; l < units; l++ {
			e.squares = append(e.squares, product(e.g[k], e.g[l]))
		}
	}
	return e
}

// newSurprise looks at samples lo … hi-1; fields is what is new in their fields, nil for samples that are new themselves.
func newSurprise(c *innovations, t *trainer, fields *news, lo, hi int) *surprise {
	rows := hi - lo
	s := &surprise{t: t, lo: lo, hi: hi, r: section(t.r, lo, hi), y: t.data.y[lo:hi]}
	if t.data.positions != nil {
		s.known = section(t.data.positions, lo, hi)
	} else {
		s.known = section(t.data.h, lo, hi)
	}
	if t.levels != nil {
		s.levels = t.levels[lo:hi]
	}
	s.start = section(c.start, lo, hi)
	s.mean, s.shift = make([]float64, rows), make([]float64, rows)
	for i := range rows {
		odds := 1.0
		if !t.mask.Fresh() && !t.batches.all {
			odds = t.batches.odds(lo + i)
		}
		s.mean[i], s.shift[i] = t.weight*odds, t.weight*(t.in(lo+i)-odds)
	}
	if fields == nil || !full(t.mask) {
		s.at = s.evaluate(s.r)
	}
	if fields != nil {
		s.expand(fields)
	}
	return s
}

// expand computes what is new in each function given the mask, times the mask's mean.
func (s *surprise) expand(fields *news) {
	rows := s.hi - s.lo
	s.news, s.mu = fields, newVectors(len(s.r), rows)
	for k, mu := range s.mu {
		fields.of(mu, k, s.lo, s.hi)
		s.t.data.widen(mu, s.lo)
		for i := range mu {
			mu[i] = s.r[k][i] - mu[i]
		}
	}
	s.middle = s.evaluate(s.mu)
	s.first = newVectors(len(s.middle.all()), rows)
	for j := range fields.fresh {
		s.along(j)
	}
	for _, x := range s.first {
		for i := range x {
			x[i] *= s.mean[i]
		}
	}
}

// masked sums what the mask's choice adds to each function; nothing if it has none.
func (s *surprise) masked() []float64 {
	if full(s.t.mask) {
		return nil
	}
	x := s.at.all()
	for _, f := range x {
		for i := range f {
			f[i] *= s.shift[i]
		}
	}
	return s.functionals(x)
}

// full reports whether all samples there are enter every step.
func full(m scenarios.Mask) bool { return m.Fresh() || m.Size() == 1 }

// along adds what is new along new direction j.
func (s *surprise) along(j int) {
	rows := s.hi - s.lo
	deviation, x := make([]float64, rows), make([]float64, rows)
	for i := range rows {
		deviation[i] = math.Sqrt(s.news.spread[s.lo+i] / float64(s.t.job.Dim))
		if deviation[i] > 0 {
			x[i] = s.news.fresh[j][s.lo+i] / deviation[i]
		}
	}
	s.t.data.widen(deviation, s.lo)
	beside := func(sign float64) [][]float64 {
		r := newVectors(len(s.r), rows)
		for k := range r {
			for i, mu := range s.mu[k] {
				r[k][i] = mu + sign*math.Sqrt(3)*s.news.mix[k][j]*deviation[i]
			}
		}
		return s.evaluate(r).all()
	}
	above, below, middle := beside(1), beside(-1), s.middle.all()
	for f, dst := range s.first {
		up, down, centre := above[f], below[f], middle[f]
		for i, z := range x {
			dst[i] += z*(up[i]-down[i])/(2*math.Sqrt(3)) + (z*z-1)*(up[i]+down[i]-2*centre[i])/6
		}
	}
}

// functionals sums functions, times what they are multiplied by, in the order of InnovationNames.
func (s *surprise) functionals(functions [][]float64) (list []float64) {
	units := len(s.r)
	g := functions[:units]
	for _, part := range [][][]float64{s.known, s.start} {
		for k := range g {
			for _, a := range part {
				list = append(list, kernel.Dot(g[k], a))
			}
		}
	}
	rest := functions[units:]
	slopes, rest := rest[:len(s.t.theta)], rest[len(s.t.theta):]
	for _, x := range rest[:units*units] {
		list = append(list, sum(x))
	}
	for _, x := range rest[units*units:] {
		list = append(list, s.t.weight*sum(x)) // s² = s/b
	}
	for _, x := range slopes {
		list = append(list, sum(x))
	}
	return list
}

// fields sums what is new in the local fields themselves.
func (s *surprise) fields() (list []float64) {
	units, total, spread := len(s.r), 0.0, 0.0
	epsilon := newVectors(units, s.hi-s.lo)
	for k, e := range epsilon {
		s.news.of(e, k, s.lo, s.hi)
		total += kernel.Dot(e, s.middle.g[k])
	}
	for _, v := range s.news.spread[s.lo:s.hi] {
		spread += v / float64(s.t.job.Dim)
	}
	for k := range units {
		for l := k; l < units; l++ {
			list = append(list, kernel.Dot(epsilon[k], epsilon[l])-s.news.covariance(k, l)*spread)
		}
	}
	return append(list, total)
}

// weights adds what is new in the gradient field, and the method's own noise.
func (c *innovations) weights(t *trainer, gradients *news) {
	units, d := len(t.u), t.job.Dim
	nu := newVectors(units, d)
	for k := range nu {
		gradients.of(nu[k], k, 0, d)
	}
	spread := 0.0
	for _, v := range gradients.spread {
		spread += v / float64(d)
	}
	scale := t.data.scale * t.data.scale
	for k := range units {
		for l := k; l < units; l++ {
			mean := gradients.covariance(k, l) * spread / float64(d)
			c.add(scale * (inner(nu[k], nu[l]) - mean))
		}
	}
	if t.root.identity() {
		return
	}
	for k := range nu { // ⟨Σ^{1/2}χ, ΣW⟩ = ⟨Σχ, Σ^{1/2}W⟩
		t.root.apply(nu[k], t.data.scale, nu[k])
		t.root.apply(nu[k], 1, nu[k])
	}
	for _, part := range [][][]float64{t.rootedTeacher, t.rootedQuery()} {
		for k := range nu {
			for _, w := range part {
				c.add(inner(nu[k], w))
			}
		}
	}
}

// rootedQuery is Σ^{1/2}P.
func (t *trainer) rootedQuery() [][]float64 {
	rooted := newVectors(len(t.p), t.job.Dim)
	for k := range rooted {
		t.root.apply(rooted[k], 1, t.p[k])
	}
	return rooted
}

// noise adds the noise ξ that the method adds to the weights.
func (c *innovations) noise(t *trainer) {
	if m, ok := t.matrix.(watched); !ok || !m.watching() || t.pool.stopped() {
		return
	}
	rooted, w := t.noise, t.p
	if !t.root.identity() {
		rooted, w = newVectors(len(t.noise), t.job.Dim), t.rootedQuery()
		for k := range rooted {
			t.root.apply(rooted[k], 1, t.noise[k])
		}
	}
	for _, part := range [][][]float64{t.rootedTeacher, w} {
		for k := range rooted {
			for _, v := range part {
				c.add(inner(rooted[k], v))
			}
		}
	}
	for k := range rooted {
		for l := k; l < len(rooted); l++ {
			c.add(inner(rooted[k], rooted[l]) - t.root.traceIf(k == l))
		}
	}
}

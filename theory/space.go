package theory

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// A space represents the weight side: the law of one coordinate (of W*, W_0, y_0, W_1, …) as vectors with an inner
// product that stands for ⟨a,b⟩ in the limit. A method acts on its vectors as it would on weights.
type space interface {
	zero() []float64
	teacher() [][]float64 // M vectors, called once, first
	fresh() []float64     // a standard normal direction independent of everything before
	root(v []float64)     // v becomes Σ^{1/2} v
	inner(a, b []float64) float64
	dots(dst []float64, basis [][]float64, v []float64)       // dst_k = ⟨basis_k, v⟩
	combine(dst []float64, coef []float64, basis [][]float64) // dst += Σ_k coef_k basis_k
	law(v, grid []float64) []float64                          // P(entry of v ≤ x) for each x of the grid
	// average is E f over the joint law of one entry of the vectors, followed by the teacher's.
	average(vectors, teacher [][]float64, f func(x []float64, y float64) float64) float64
}

// newSpace chooses the representation: exact coefficients for a linear method with Gaussian teachers, a population
// otherwise.
func newSpace(s *scenarios.Scenario, set Settings, sequence *sobol, pool pool) space {
	if exactWeights(s) {
		return newCoefficients(s, sequence, pool)
	}
	return newPopulation(s, set, sequence, pool)
}

// exactWeights reports whether every weight vector is a combination of known directions, node by node of the spectrum.
func exactWeights(s *scenarios.Scenario) bool {
	return s.Method.Optimizer.Linear() && (s.Data.Covariance.Diagonal() || s.Teacher.Weights.Gaussian())
}

// directions is how many orthonormal directions q a sweep can meet, and at most how many f.
func directions(s *scenarios.Scenario) int {
	return s.Teacher.Units + s.Student.Units*(s.Method.Steps+1)
}

// innovations is how many independent vectors the weight side is made of: the teacher, the start, the normal directions
// y of the gradient fields, the method's noise.
func innovations(s *scenarios.Scenario) int {
	n := directions(s)
	if isNoisy(s) {
		n += s.Student.Units * s.Method.Steps
	}
	return n
}

// isNoisy reports whether the method adds noise at any step.
func isNoisy(s *scenarios.Scenario) bool {
	opt := s.Method.Optimizer
	for t := range s.Method.Steps {
		if opt.NoiseScale(t) > 0 {
			return true
		}
	}
	return false
}

// exactLength is how many numbers hold a vector of an exact weight side.
func exactLength(s *scenarios.Scenario) int {
	values, _ := s.Data.Covariance.Nodes()
	return innovations(s) * len(values)
}

// coefficients holds a vector exactly, by its coefficients over the directions met so far (teachers first), one block
// for each node of the spectrum of Σ. Directions are orthonormal in every node.
type coefficients struct {
	pool     pool
	teachers int
	size     int // directions a block has room for
	used     int
	weight   []float64 // of the nodes
	sqrt     []float64 // of the eigenvalues
	metric   []float64 // weight of every entry; nil when there is one node

	diagonal bool        // Σ is diagonal where a coordinate's law is asked for
	sample   [][]float64 // of the teachers' coordinates, for that law
	modes    [][]float64 // of a teacher that is known, one number for each node; else nil
	spread   [][]float64 // of standard normal coordinates, one a student unit
}

// lawPoints is how many teacher coordinates a law of weights averages over.
const lawPoints = 4096

func newCoefficients(s *scenarios.Scenario, sequence *sobol, pool pool) *coefficients {
	values, weights := s.Data.Covariance.Nodes()
	c := &coefficients{pool: pool, teachers: s.Teacher.Units, weight: weights, sqrt: make([]float64, len(values)), diagonal: s.Data.Covariance.Diagonal()}
	for range s.Teacher.Units {
		levels, w := make([]float64, lawPoints), make([]float64, lawPoints)
		sequence.next().fill(levels, 0)
		s.Teacher.Weights.Fill(w, levels)
		c.sample = append(c.sample, w)
	}
	for range s.Student.Units {
		z := make([]float64, lawPoints)
		sequence.next().fill(z, 0)
		for i, u := range z {
			z[i] = distuv.UnitNormal.Quantile(u)
		}
		c.spread = append(c.spread, z)
	}
	c.size, c.modes = innovations(s), s.TeacherModes()
	for i, v := range values {
		c.sqrt[i] = math.Sqrt(v)
	}
	if len(values) > 1 {
		for _, w := range weights {
			for range c.size {
				c.metric = append(c.metric, w)
			}
		}
	}
	return c
}

func (c *coefficients) zero() []float64 { return make([]float64, c.size*len(c.weight)) }

func (c *coefficients) teacher() [][]float64 {
	var vectors [][]float64
	for range c.teachers {
		vectors = append(vectors, c.fresh())
	}
	for m, modes := range c.modes { // all of them multiples of one and the same direction in each node
		for node, x := range modes {
			vectors[m][node*c.size+m], vectors[m][node*c.size] = 0, x
		}
	}
	return vectors
}

func (c *coefficients) fresh() []float64 {
	v := c.zero()
	for node := range c.weight {
		v[node*c.size+c.used] = 1
	}
	c.used++
	return v
}

func (c *coefficients) root(v []float64) {
	for node, factor := range c.sqrt {
		blas64.Scal(factor, vector(v[node*c.size:(node+1)*c.size]))
	}
}

func (c *coefficients) inner(a, b []float64) float64 {
	if c.metric == nil {
		return dot(a, b)
	}
	var sum float64
	for i, w := range c.metric {
		sum += w * a[i] * b[i]
	}
	return sum
}

func (c *coefficients) dots(dst []float64, basis [][]float64, v []float64) {
	for k, q := range basis {
		if c.pool.stopped() {
			return
		}
		dst[k] = c.inner(q, v)
	}
}

func (c *coefficients) combine(dst, coef []float64, basis [][]float64) {
	for k, q := range basis {
		if c.pool.stopped() {
			return
		}
		blas64.Axpy(coef[k], vector(q), vector(dst))
	}
}

// population holds a vector as D coordinates drawn from the limit's law: quasi-random where coordinates are treated
// one by one, shuffled strata where a map couples neighbours, which quasi-random neighbours would betray.
type population struct {
	size     int
	pool     pool
	sequence *sobol
	entries  scenarios.WeightLaw // of the teacher
	teachers int
	factor   []float64 // diagonal Σ^{1/2}; nil for identity or a ring
	ring     *fourier.FFT
	gain     []float64 // of the ring's filter
	spectrum []complex128
	partial  []float64

	innovations [][]float64 // teachers and fresh directions so far
	rooted      [][]float64 // Σ^{1/2} of them, the same vectors for identity
	squares     []float64   // ⟨v, Σv⟩ of them
	trace       float64     // mean eigenvalue
}

func newPopulation(s *scenarios.Scenario, set Settings, sequence *sobol, pool pool) *population {
	p := &population{size: set.Coordinates, pool: pool, sequence: sequence, entries: s.Teacher.Weights, teachers: s.Teacher.Units}
	cov := s.Data.Covariance
	values, weights := cov.Nodes()
	p.trace = dot(values, weights)
	if !s.Method.Optimizer.Separable() || !cov.Diagonal() || !p.entries.Independent() {
		p.sequence.used = sobolDimensions
	}
	switch {
	case cov.Identity():
	case cov.Diagonal():
		p.factor = p.zero()
		for i := range p.factor {
			p.factor[i] = math.Sqrt(cov.Quantile((float64(i) + 0.5) / float64(p.size)))
		}
	default:
		p.ring = fourier.NewFFT(p.size)
		p.gain = make([]float64, p.size/2+1)
		for j := range p.gain {
			// The transform pair of gonum multiplies by the length.
			p.gain[j] = math.Sqrt(cov.Density(2*math.Pi*float64(j)/float64(p.size))) / float64(p.size)
		}
	}
	return p
}

func (p *population) zero() []float64 { return make([]float64, p.size) }

func (p *population) levels() []float64 {
	u, column := p.zero(), p.sequence.next()
	p.pool.each(chunks(p.size), func(c int) {
		lo, hi := chunk(c, p.size)
		column.fill(u[lo:hi], lo)
	})
	return u
}

func (p *population) teacher() [][]float64 {
	var vectors [][]float64
	for range p.teachers {
		w := p.zero()
		p.entries.Fill(w, p.levels())
		vectors = append(vectors, p.whiten(w, p.entries.Independent() || p.ring == nil))
	}
	return vectors
}

func (p *population) fresh() []float64 {
	v := p.levels()
	p.pool.each(chunks(p.size), func(c int) {
		lo, hi := chunk(c, p.size)
		for i := lo; i < hi; i++ {
			v[i] = distuv.UnitNormal.Quantile(v[i])
		}
	})
	return p.whiten(v, true)
}

// whiten gives v the second moments that the sweep sees, ⟨v, Σv'⟩, their values in the limit, against everything drawn
// before: the sampling error that matters most, removed at a cost of O(1/D) in bias. That of v itself is the mean
// eigenvalue (known), unless neighbours both depend on each other and are mixed by Σ.
func (p *population) whiten(v []float64, known bool) []float64 {
	coef, rooted, white := make([]float64, len(p.innovations)), v, p.factor == nil && p.ring == nil
	if !white {
		rooted = append([]float64(nil), v...)
		p.root(rooted)
	}
	p.dots(coef, p.rooted, rooted)
	for i := range coef {
		coef[i] /= -p.squares[i]
	}
	p.combine(v, coef, p.innovations)
	if !white {
		p.combine(rooted, coef, p.rooted)
	}
	square := p.inner(rooted, rooted)
	if known {
		scale := math.Sqrt(p.trace / square)
		square = p.trace
		blas64.Scal(scale, vector(v))
		if !white {
			blas64.Scal(scale, vector(rooted))
		}
	}
	p.innovations, p.rooted, p.squares = append(p.innovations, v), append(p.rooted, rooted), append(p.squares, square)
	return v
}

func (p *population) root(v []float64) {
	switch {
	case p.factor != nil:
		for i, f := range p.factor {
			v[i] *= f
		}
	case p.ring != nil:
		p.spectrum = p.ring.Coefficients(p.spectrum, v)
		for j, gain := range p.gain {
			p.spectrum[j] *= complex(gain, 0)
		}
		p.ring.Sequence(v, p.spectrum)
	}
}

func (p *population) inner(a, b []float64) float64 {
	var sum [1]float64
	p.dots(sum[:], [][]float64{a}, b)
	return sum[0]
}

func (p *population) dots(dst []float64, basis [][]float64, v []float64) {
	n, k := chunks(p.size), len(basis)
	if len(p.partial) < n*k {
		p.partial = make([]float64, n*k)
	}
	partial := p.partial[:n*k]
	p.pool.each(n, func(c int) {
		lo, hi := chunk(c, p.size)
		for j, q := range basis {
			partial[c*k+j] = dot(q[lo:hi], v[lo:hi])
		}
	})
	clear(dst[:k])
	for c := range n {
		for j := range k {
			dst[j] += partial[c*k+j]
		}
	}
	for j := range k {
		dst[j] /= float64(p.size)
	}
}

func (p *population) combine(dst, coef []float64, basis [][]float64) {
	p.pool.each(chunks(p.size), func(c int) {
		lo, hi := chunk(c, p.size)
		for j, q := range basis {
			blas64.Axpy(coef[j], vector(q[lo:hi]), vector(dst[lo:hi]))
		}
	})
}

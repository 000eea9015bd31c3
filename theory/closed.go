package theory

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"limitcheck/scenarios"
)

// hasClosedForm reports whether docs/theory.md, "Closed form", which lists the conditions, covers the scenario.
func hasClosedForm(s *scenarios.Scenario) bool {
	_, regression := s.LinearRegression()
	return regression && exactWeights(s) && s.Method.Batch.Independent() && !s.Method.Batch.Fresh()
}

// A closed is the closed-form sweep. Vectors are coefficients over w*, the fresh part of w_0, the noises ν_0, ν_1, … of
// the gradient field and those of the method, one block for each node of the spectrum.
type closed struct {
	s        *scenarios.Scenario
	opt      scenarios.Optimizer
	pool     pool // of one: it says when to stop
	noisy    bool
	size     int
	weight   []float64 // of the nodes
	sqrt     []float64 // of the eigenvalues
	second   float64   // E[s²]
	variance float64   // of the label's noise
	rho      float64
	alpha    float64

	rooted, weights [][]float64 // Σ^{1/2}P_t, Σ^{1/2}W_t
	overlap         []float64   // M_p^t
	response        [][]float64 // R_p(t,k), k < t
	d               [][]float64 // D(t,j), j ≤ t
	g               []float64   // G(t,s), Steps×Steps, filled as far as known
}

const (
	atTeacher = 0
	atInit    = 1
	atNoise   = 2
)

// closedLimit is the limit in closed form.
func closedLimit(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	part, err := set.part(s, ClosedForm, func() (*Part, error) { return solveClosed(ctx, s, set) },
		func() { set.Progress(s.Method.Steps+1, s.Method.Steps+1) })
	if err != nil {
		return nil, err
	}
	limit := &Limit{Scenario: s, Observables: s.Observables(), Source: "closed form", Mean: part.Curve}
	for _, row := range part.Curve {
		limit.StandardError = append(limit.StandardError, make([]float64, len(row)))
	}
	if part.Kernels != nil {
		limit.Kernels, limit.KernelErrors = newKernels(1, s.Method.Steps), newKernels(1, s.Method.Steps)
		for i, data := range limit.Kernels.data() {
			copy(data, part.Kernels[i])
		}
	}
	return limit, nil
}

func solveClosed(ctx context.Context, s *scenarios.Scenario, set Settings) (*Part, error) {
	c := newClosed(s)
	c.pool = pool{1, ctx}
	observables := s.Definitions()
	part := &Part{}
	w := c.zero()
	for node := range c.weight {
		w[node*c.size+atTeacher] = s.Init.Overlap[0][0]
		w[node*c.size+atInit] = math.Sqrt(s.Init.Norm)
	}
	previous, next, seen := append([]float64(nil), w...), c.zero(), c.zero()
	state := make([][]float64, c.opt.States())
	for i := range state {
		state[i] = c.zero()
	}
	for t := 0; t <= s.Method.Steps; t++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := t == s.Method.Steps
		p := w
		if beta := c.opt.LookAhead(t); beta != 0 && t > 0 && !last {
			p = append([]float64(nil), w...)
			for i := range p {
				p[i] += beta * (w[i] - previous[i])
			}
		}
		rootedP, rootedW := c.root(p), c.root(w)
		ofP := c.residualOf(rootedP)
		ofW := ofP
		if &p[0] != &w[0] {
			ofW = c.residualOf(rootedW)
		}
		c.weights = append(c.weights, rootedW)
		ofSeen := ofW
		if share := s.Method.Share(t); share < 1 {
			for i, x := range w {
				seen[i] += share * (x - seen[i])
			}
			ofSeen = c.residualOf(c.root(seen))
		} else {
			copy(seen, w)
		}
		row := scenarios.Row(observables, c.observe(ofSeen))
		if err := checkRange(s, t, row); err != nil {
			return nil, err
		}
		part.Curve = append(part.Curve, row)
		if !last {
			c.advance(rootedP, ofP)
			one := func(v []float64) [][]float64 { return [][]float64{v} }
			field := one(c.field(t))
			s.Method.Resize(field, c.inner)
			c.opt.Step(scenarios.Move{
				T: t, Next: one(next), W: one(w), Previous: one(previous), P: one(p), U: field,
				Noise: one(c.methodNoise(t)), State: [][][]float64{state}, Inner: c.inner,
			})
			previous, w, next = w, next, previous
		}
		set.Progress(t+1, s.Method.Steps+1)
	}
	if set.kernels(s) {
		part.Kernels = c.kernels().data()
	}
	return part, ctx.Err()
}

func newClosed(s *scenarios.Scenario) *closed {
	values, weights := s.Data.Covariance.Nodes()
	c := &closed{s: s, opt: s.Method.Optimizer, weight: weights, alpha: s.Data.Alpha, second: 1 / s.Method.Batch.Size()}
	c.variance, _ = s.LinearRegression()
	c.size = atNoise + s.Method.Steps
	c.g = make([]float64, s.Method.Steps*s.Method.Steps)
	if c.noisy = isNoisy(s); c.noisy {
		c.size += s.Method.Steps
	}
	for i, v := range values {
		c.sqrt = append(c.sqrt, math.Sqrt(v))
		c.rho += weights[i] * v
	}
	return c
}

func (c *closed) zero() []float64 { return make([]float64, c.size*len(c.weight)) }

// node is the part of v at one eigenvalue.
func (c *closed) node(v []float64, i int) []float64 { return v[i*c.size : (i+1)*c.size] }

// inner is ⟨a, b⟩: all directions are orthonormal but the noises, whose Gram matrix is αG.
func (c *closed) inner(a, b []float64) float64 {
	return c.against(c.covector(b), a)
}

// against is the weighted product of a with a covector.
func (c *closed) against(covector, a []float64) (total float64) {
	for i, weight := range c.weight {
		total += weight * dot(c.node(covector, i), c.node(a, i))
	}
	return total
}

// covector multiplies b by the Gram matrix, so that many inner products with b cost one each.
func (c *closed) covector(b []float64) []float64 {
	out := append([]float64(nil), b...)
	if known := len(c.d); known > 0 {
		for i := range c.weight {
			noise := c.node(out, i)[atNoise : atNoise+known]
			blas64.Gemv(blas.NoTrans, c.alpha, c.gram(), vector(c.node(b, i)[atNoise:atNoise+known]), 0, vector(noise))
		}
	}
	return out
}

// gram is the known part of G.
func (c *closed) gram() blas64.General {
	known := len(c.d)
	return blas64.General{Rows: known, Cols: known, Stride: c.s.Method.Steps, Data: c.g}
}

// A residual is what the closed form knows of e = x·p − y for one vector p asked for at step t.
type residual struct {
	overlap  float64   // M_p = ⟨p, Σw*⟩
	norm     float64   // ⟨p, Σp⟩
	response []float64 // R_p(t,k), k < t
	distance []float64 // V(t,s) = ⟨p, ΣP_s⟩ − M_p − M_s + ρ + Δ_ε, s < t
	a        []float64 // A(t,s) = E[(ω − y) g_s], s < t
	memory   []float64 // Σ_k R_p(t,k) G(k,s), s < t
	square   float64   // E[e²]
}

// residualOf derives it from rooted = Σ^{1/2}p.
func (c *closed) residualOf(rooted []float64) (r residual) {
	t := len(c.d)
	covector := c.covector(rooted)
	for i, weight := range c.weight {
		r.overlap += weight * c.sqrt[i] * c.node(covector, i)[atTeacher]
	}
	r.norm = c.against(covector, rooted)
	r.response, r.distance, r.a = make([]float64, t), make([]float64, t), make([]float64, t)
	for k := 0; k < t && !c.pool.stopped(); k++ {
		for i, weight := range c.weight {
			r.response[k] += weight * c.node(rooted, i)[atNoise+k]
		}
		r.distance[k] = c.against(covector, c.rooted[k]) - r.overlap - c.overlap[k] + c.rho + c.variance
	}
	for s := range t {
		r.a[s] = dot(r.distance[:s+1], c.d[s])
	}
	r.square = r.norm - 2*r.overlap + c.rho + c.variance
	r.memory = make([]float64, t)
	if t > 0 {
		blas64.Gemv(blas.NoTrans, 1, c.gram(), vector(r.response), 0, vector(r.memory))
	}
	for k, x := range r.response {
		r.square += x * (2*r.a[k] + r.memory[k])
	}
	return r
}

// advance takes P_t into the kernels D and G.
func (c *closed) advance(rooted []float64, r residual) {
	t := len(c.d)
	d := make([]float64, t+1)
	d[t] = 1
	for k, x := range r.response {
		blas64.Axpy(x, vector(c.d[k]), vector(d[:k+1]))
	}
	stride := c.s.Method.Steps
	for s := range t {
		g := r.a[s] + r.memory[s]
		c.g[t*stride+s], c.g[s*stride+t] = g, g
	}
	c.g[t*stride+t] = c.second * r.square
	c.rooted, c.overlap, c.response = append(c.rooted, rooted), append(c.overlap, r.overlap), append(c.response, r.response)
	c.d = append(c.d, d)
}

// observe is what is known of W, given its residual.
func (c *closed) observe(w residual) *scenarios.State {
	test := (w.norm - 2*w.overlap + c.rho + c.variance) / 2
	return &scenarios.State{
		Teacher: [][]float64{{c.rho}}, Overlap: [][]float64{{w.overlap}}, Student: [][]float64{{w.norm}},
		Train: scenarios.Risk{Loss: w.square / 2}, Test: scenarios.Risk{Loss: test},
	}
}

func (c *closed) root(v []float64) []float64 {
	out := append([]float64(nil), v...)
	for i, r := range c.sqrt {
		if r != 1 {
			node := c.node(out, i)
			for j := range node {
				node[j] *= r
			}
		}
	}
	return out
}

// field is U_t = Σ^{1/2}(ν_t + α Σ_k D(t,k) Σ^{1/2}P_k + α D(t,*) Σ^{1/2}w*).
func (c *closed) field(t int) []float64 {
	u := c.zero()
	var teacher float64
	for k, d := range c.d[t] {
		if c.pool.stopped() {
			break
		}
		teacher -= d
		blas64.Axpy(c.alpha*d, vector(c.rooted[k]), vector(u))
	}
	for i, r := range c.sqrt {
		node := c.node(u, i)
		node[atTeacher] += c.alpha * teacher * r
		node[atNoise+t]++
	}
	return c.root(u)
}

func (c *closed) methodNoise(t int) []float64 {
	if !c.noisy {
		return nil
	}
	v := c.zero()
	for i := range c.weight {
		c.node(v, i)[atNoise+c.s.Method.Steps+t] = 1
	}
	return v
}

// kernels are the two-time functions: C from the weights, R_p, and R_g(t,s) = α D(t,s).
func (c *closed) kernels() *Kernels {
	steps := c.s.Method.Steps
	k := newKernels(1, steps)
	for t, w := range c.weights {
		if c.pool.stopped() {
			break
		}
		covector := c.covector(w)
		for s, v := range c.weights {
			k.Correlation.Set(t, s, 0, 0, c.against(covector, v))
		}
	}
	for t := range steps {
		for s, r := range c.response[t] {
			k.WeightResponse.Set(t, s, 0, 0, r)
		}
		for s, d := range c.d[t] {
			k.GradientResponse.Set(t, s, 0, 0, c.alpha*d)
		}
	}
	return k
}

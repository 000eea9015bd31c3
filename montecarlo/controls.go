package montecarlo

import (
	"fmt"
	"slices"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// maxControls bounds the number of control variates: a regression on more costs more than it gains.
const maxControls = 12

// controls collects a replica's control variates: statistics of its draw less their exact mean, which is exact for every
// d, either given the weights (the samples are independent of them) or outright.
type controls struct {
	xi     [][]float64 // ⟨ξ_k, ΣW*_m⟩, then ⟨ξ_k, Σξ_l⟩: rows of a Gram matrix over (W*, ξ)
	values []float64
}

// ControlNames names Replica.Controls, in order:
//
//	init_teacher_k_m      ⟨ξ_k, ΣW*_m⟩, ξ the part of W_0 that is independent of the teacher
//	teacher_m_l           ⟨W*_m, ΣW*_l⟩ - δ_ml tr Σ/d
//	init_k_l              ⟨ξ_k, Σξ_l⟩ - δ_kl tr Σ/d
//	gradient_teacher_k_m  ⟨U_0k, W*_m⟩ - α E[g_k h_m], U_0 the first gradient field, E over a fresh sample given the weights
//	gradient_init_k       ⟨U_0k, W_0k⟩ - α E[g_k r_k]
//	field_teacher_m_l     (1/n) Σ_i h_im h_il - ⟨W*_m, ΣW*_l⟩
//	field_cross_k_m       (1/n) Σ_i r_ik h_im - ⟨W_0k, ΣW*_m⟩
//	field_init_k_l        (1/n) Σ_i r_ik r_il - ⟨W_0k, ΣW_0l⟩
//	noise                 (1/n) Σ_i z_i² - 1, z the label noise as a normal score
//	cluster_c             share of cluster c - its probability
//
// With a mixture fields are taken without their mean, times Δ, and those of the teacher are left out. Statistics that do
// not vary, or whose mean is not known for the scenario's laws, are left out, and so is what exceeds twelve.
func ControlNames(s *scenarios.Scenario) []string {
	if s.Data.Features != "" { // one teacher, and data of no known law
		return nil
	}
	names := allControlNames(s)
	return names[:min(len(names), maxControls)]
}

func allControlNames(s *scenarios.Scenario) (names []string) {
	add := func(format string, index ...any) { names = append(names, fmt.Sprintf(format, index...)) }
	k, m := s.Student.Units, s.Teacher.Units
	random, mixture := s.Init.Norm > 0, s.Data.Mixture
	if random {
		each(k, m, add, "init_teacher_%d_%d")
	}
	for i := range m {
		for j := i; j < m; j++ {
			if teacherKnown(s, i == j) {
				add("teacher_%d_%d", i, j)
			}
		}
	}
	if random {
		upper(k, add, "init_%d_%d")
	}
	if knowsFields(s) {
		each(k, m, add, "gradient_teacher_%d_%d")
		for i := range k {
			if random {
				add("gradient_init_%d", i)
			}
		}
	}
	if mixture == nil {
		upper(m, add, "field_teacher_%d_%d")
	}
	if random && mixture == nil {
		each(k, m, add, "field_cross_%d_%d")
	}
	if random {
		upper(k, add, "field_init_%d_%d")
	}
	switch {
	case mixture != nil:
		for c := range mixture.Weights[1:] {
			add("cluster_%d", c+1)
		}
	case hasNoise(s.LabelNoise()):
		add("noise")
	}
	return names
}

func each(rows, columns int, add func(string, ...any), format string) {
	for i := range rows {
		for j := range columns {
			add(format, i, j)
		}
	}
}

func upper(n int, add func(string, ...any), format string) {
	for i := range n {
		for j := i; j < n; j++ {
			add(format, i, j)
		}
	}
}

// teacherKnown reports whether E⟨W*_m, ΣW*_l⟩ is δ_ml tr Σ/d. For m = l it is if Σ is diagonal, since entries have second
// moment 1; otherwise entries must be independent and centred.
func teacherKnown(s *scenarios.Scenario, same bool) bool {
	return s.Teacher.Weights.Gaussian() || same && s.Data.Covariance.Diagonal()
}

// newControls is called while the trainer's weights are ξ.
func newControls(t *trainer) *controls {
	return &controls{xi: gram(slices.Concat(t.rootedTeacher, t.rootedWeights(t.w)))}
}

// first computes the controls in the middle of step 0, when its gradient field and fields are there. covariance is that
// of the fields (h, r).
func (c *controls) first(t *trainer, covariance [][]float64) {
	s := t.scenario
	if s.Data.Features != "" {
		return
	}
	students, teachers := len(t.w), len(t.teacher)
	random := s.Init.Norm > 0
	var v []float64
	if random {
		for k := range students {
			v = append(v, c.xi[teachers+k][:teachers]...)
		}
	}
	for m := range teachers {
		for l := m; l < teachers; l++ {
			if teacherKnown(s, m == l) {
				v = append(v, c.xi[l][m]-t.root.traceIf(m == l))
			}
		}
	}
	if random {
		for k := range students {
			for l := k; l < students; l++ {
				v = append(v, c.xi[teachers+l][teachers+k]-t.root.traceIf(k == l))
			}
		}
	}
	c.values = v
	if knowsFields(s) {
		c.gradient(t, random)
	}
	c.fields(t, covariance, random)
	c.labels(t)
	c.values = c.values[:min(len(c.values), maxControls)]
}

// gradient adds the first gradient field's inner products less their means. Masked gradients have the mean of unmasked
// ones times that of the mask, which need not be 1 at the start of a chain.
func (c *controls) gradient(t *trainer, random bool) {
	weight := t.weight * float64(t.samples) / float64(t.job.Dim)
	if !t.mask.Fresh() {
		weight *= t.mask.Probability(0, 0)
	}
	e := t.population.moments(t.means(t.w), t.means(t.teacher), t.theta)
	for k, u := range t.u {
		for m, v := range t.teacher {
			c.values = append(c.values, inner(u, v)-weight*e.withTeacher[k][m])
		}
	}
	if random {
		for k, u := range t.u {
			c.values = append(c.values, inner(u, t.w[k])-weight*e.withSelf[k][k])
		}
	}
}

// fields adds the empirical second moments of the fields at the start less their means given the weights.
func (c *controls) fields(t *trainer, covariance [][]float64, random bool) {
	h, r := t.data.h, t.rw
	if means := t.data.means(t.w); means != nil {
		h, r = nil, make([][]float64, len(t.rw))
		for k := range r {
			r[k] = append([]float64(nil), t.rw[k]...)
			for m, mean := range means[k] {
				kernel.Axpy(r[k], -mean, t.data.positions[m])
			}
		}
	}
	teachers, scale := len(t.teacher), t.data.scale*t.data.scale
	if t.data.spread != nil {
		scale = kernel.Dot(t.scenario.Data.Mixture.Weights, t.scenario.Data.Mixture.Variance)
	}
	add := func(a, b []float64, mean float64) {
		c.values = append(c.values, kernel.Dot(a, b)/float64(len(a))-scale*mean)
	}
	for m := range h {
		for l := m; l < len(h); l++ {
			add(h[m], h[l], covariance[l][m])
		}
	}
	if !random {
		return
	}
	for k := range r {
		for m := range h {
			add(r[k], h[m], covariance[teachers+k][m])
		}
	}
	for k := range r {
		for l := k; l < len(r); l++ {
			add(r[k], r[l], covariance[teachers+l][teachers+k])
		}
	}
}

// labels adds what is known of the labels' own randomness.
func (c *controls) labels(t *trainer) {
	if m := t.scenario.Data.Mixture; m != nil {
		share := make([]float64, len(m.Weights))
		for _, cluster := range t.data.clusters {
			share[cluster] += 1 / float64(t.samples)
		}
		for i, w := range m.Weights[1:] {
			c.values = append(c.values, share[i+1]-w)
		}
		return
	}
	if z := t.data.scores; z != nil {
		c.values = append(c.values, kernel.Dot(z, z)/float64(len(z))-1)
	}
}

// traceIf is the mean of a standard normal vector's ⟨w, Σw⟩, or 0.
func (r *root) traceIf(same bool) float64 {
	if !same {
		return 0
	}
	return r.trace
}

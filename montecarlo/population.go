package montecarlo

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// generator is the generating vector of a rank-1 lattice that is good in all two-dimensional projections for every
// power of two up to 2^20 points: R. Cools, F. Y. Kuo, D. Nuyens, "Constructing embedded lattice rules for multivariate
// integration", SIAM J. Sci. Comput. 28 (2006), order-2 weights.
var generator = [...]uint64{
	1, 182667, 469891, 498753, 110745, 446247, 250185, 118627, 245333, 283199,
	408519, 391023, 246327, 126539, 399185, 461527, 300343, 69681, 516695, 436179,
}

// A population takes expectations over a fresh sample, given one replica's weights. The fields (h, r) of a fresh sample
// are Gaussian with covariance [[ρ, Mᵀ],[M, C]] (with a mixture: Δ times that, around means c_i⟨v, ·⟩; the clusters are
// summed over exactly), so an expectation is an integral over a unit cube: one coordinate for each field and one for the
// label noise. It is computed on a rank-1 lattice with a random shift and a tent transform. The shift, drawn once a
// replica, makes every such integral unbiased: the mean over replicas is exact.
type population struct {
	scenario *scenarios.Scenario
	points   int
	normals  [][]float64 // [field: teacher units, then student units][point]
	noise    []float64   // label noise at each point

	weights, positions []float64 // of the clusters; a single one at 0 without a mixture
	scale              float64   // sqrt(Δ)

	labels [][]float64 // [cluster][point]
	factor [][]float64 // lower triangle of the fields' covariance
	fields [][]float64 // [field][point]
	f      []float64
}

// populationPoints grows as d^(2/3): for an error rate the lattice's error falls as N^(-3/4), so it stays well below
// the replica's own fluctuation d^(-1/2).
func populationPoints(d int) int {
	points := 1 << 11
	for points < 1<<17 && float64(points) < (1<<11)*math.Pow(float64(d)/2000, 2.0/3) {
		points *= 2
	}
	return points
}

func newPopulation(s *scenarios.Scenario, d int, key streamKey) *population {
	units := s.Teacher.Units + s.Student.Units
	n := populationPoints(d)
	p := &population{
		scenario: s, points: n,
		normals: newVectors(units, n), fields: newVectors(units, n), factor: newVectors(units, units),
		f:       make([]float64, n),
		weights: []float64{1}, positions: []float64{0}, scale: 1,
	}
	stream := key.stream(forTest)
	for j, x := range p.normals {
		fillLattice(x, j, level(stream))
		for i := range x {
			x[i] = mathext.NormalQuantile(x[i])
		}
	}
	if m := s.Data.Mixture; m != nil {
		p.weights, p.positions, p.scale = m.Weights, m.Positions, math.Sqrt(m.Variance)
	} else if hasNoise(s.Teacher.Noise) {
		p.noise = make([]float64, n)
		fillLattice(p.noise, units, level(stream))
		for i, u := range p.noise {
			p.noise[i] = s.Teacher.Noise.Quantile(u)
		}
	}
	return p
}

// fillLattice writes coordinate j of the shifted lattice, after the tent transform u → 1-|2u-1|.
func fillLattice(x []float64, j int, shift float64) {
	n := uint64(len(x))
	for i := range x {
		u := float64(uint64(i)*generator[j%len(generator)]%n)/float64(n) + shift
		u -= math.Floor(u)
		u = 1 - math.Abs(2*u-1)
		x[i] = min(max(u, 1e-16), 1-1e-16)
	}
}

// place sets the fields' joint law: the covariance of (h, r), lower triangle used. The teacher's block must be the same
// at every call; the labels are drawn at the first.
func (p *population) place(covariance [][]float64) {
	factorise(p.factor, covariance)
	teachers := p.scenario.Teacher.Units
	if p.labels == nil {
		p.combine(0, teachers)
		p.drawLabels(p.fields[:teachers])
	}
	p.combine(teachers, len(p.factor))
}

// combine computes the centred fields lo … hi-1.
func (p *population) combine(lo, hi int) {
	for j := lo; j < hi; j++ {
		clear(p.fields[j])
		for i, c := range p.factor[j][:j+1] {
			if c != 0 {
				kernel.Axpy(p.fields[j], p.scale*c, p.normals[i])
			}
		}
	}
}

func (p *population) drawLabels(h [][]float64) {
	p.labels = newVectors(len(p.weights), p.points)
	m := p.scenario.Data.Mixture
	values, noise := make([]float64, len(h)), 0.0
	for c, y := range p.labels {
		for i := range y {
			if m != nil {
				y[i] = m.Labels[c]
				continue
			}
			for k := range h {
				values[k] = h[k][i]
			}
			if p.noise != nil {
				noise = p.noise[i]
			}
			y[i] = p.scenario.Teacher.Label.Label(values, noise)
		}
	}
}

// risk returns the expected loss and the probability of f·y ≤ 0 (meaningful for labels ±1; an output of exactly 0 counts
// as an error). mean[k] is the field of student unit k at position 1 of a mixture.
func (p *population) risk(mean []float64) (loss, failure float64) {
	student := &p.scenario.Student
	p.overClusters(mean, func(cluster int, weight float64, r [][]float64) {
		y := p.labels[cluster]
		student.Outputs(p.f, r)
		lossSum, failures := 0.0, 0
		for i, f := range p.f {
			lossSum += student.Loss.Value(f, y[i])
			if f*y[i] <= 0 {
				failures++
			}
		}
		loss += weight * lossSum / float64(p.points)
		failure += weight * float64(failures) / float64(p.points)
	})
	return loss, failure
}

// correlations returns E[g_k h_m] and E[g_k r_k], g the per-sample gradient without mask. teacherMean[m] is the
// teacher's field at position 1 of a mixture.
func (p *population) correlations(mean, teacherMean []float64) (withTeacher [][]float64, withSelf []float64) {
	teachers := p.scenario.Teacher.Units
	students := p.scenario.Student.Units
	withTeacher, withSelf = newVectors(students, teachers), make([]float64, students)
	g := newVectors(students, p.points)
	p.overClusters(mean, func(cluster int, weight float64, r [][]float64) {
		weight /= float64(p.points)
		p.scenario.Student.Gradients(g, r, p.labels[cluster])
		for k := range g {
			withSelf[k] += weight * kernel.Dot(g[k], r[k])
			for m, c := range teacherMean {
				sum := 0.0
				for _, x := range g[k] {
					sum += x
				}
				withTeacher[k][m] += weight * (kernel.Dot(g[k], p.fields[m]) + c*p.positions[cluster]*sum)
			}
		}
	})
	return withTeacher, withSelf
}

// overClusters calls f with the students' fields in each cluster.
func (p *population) overClusters(mean []float64, f func(cluster int, weight float64, r [][]float64)) {
	r := p.fields[p.scenario.Teacher.Units:]
	at := 0.0
	for c, weight := range p.weights {
		for k := range r {
			if shift := (p.positions[c] - at) * mean[k]; shift != 0 {
				for i := range r[k] {
					r[k][i] += shift
				}
			}
		}
		at = p.positions[c]
		f(c, weight, r)
	}
	for k := range r {
		for i := range r[k] {
			r[k][i] -= at * mean[k]
		}
	}
}

// factorise writes L with L Lᵀ = a (lower triangles) for a positive semidefinite a. A direction whose variance is within
// rounding of 0 gets none, so linearly dependent fields are no special case.
func factorise(l, a [][]float64) {
	for i := range a {
		clear(l[i])
		for j := range i {
			x := a[i][j]
			for k := range j {
				x -= l[i][k] * l[j][k]
			}
			if l[j][j] > 0 {
				l[i][j] = x / l[j][j]
			}
		}
		x := a[i][i]
		for _, v := range l[i][:i] {
			x -= v * v
		}
		if x > 1e-13*a[i][i] {
			l[i][i] = math.Sqrt(x)
		}
	}
}

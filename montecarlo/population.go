package montecarlo

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// generators holds, for 2^11, 2^12, … 2^17 points, the generating vector of a rank-1 lattice. Each was found component by
// component as the best of 600 random candidates by the criterion P_2 with product weights 1, 1, 0.8, 0.6, 0.5, 0.4,
// 0.3, 0.3, 0.2, … (Sloan and Joe, Lattice Methods for Multiple Integration, 1994, chapter 4).
var generators = [...][12]uint64{
	{1, 567, 1899, 1813, 611, 1129, 1921, 1657, 1315, 1041, 699, 5},
	{1, 1557, 2355, 1257, 3357, 3861, 365, 2975, 1107, 1489, 371, 1503},
	{1, 2433, 3867, 5483, 5231, 7801, 5813, 2205, 2411, 37, 5857, 4801},
	{1, 10385, 12525, 15065, 13145, 283, 10309, 12379, 6639, 1839, 15019, 4521},
	{1, 20073, 23107, 24347, 16599, 4857, 28213, 1419, 21341, 25877, 985, 9525},
	{1, 14781, 45073, 53849, 12535, 40437, 4361, 51403, 17259, 60483, 22557, 29615},
	{1, 50053, 27775, 68695, 5375, 81259, 8423, 55773, 128249, 29265, 7843, 98905},
}

// A population takes expectations over a fresh sample, given one replica's weights. The fields (h, r) of a fresh sample
// are Gaussian with covariance [[ρ, Mᵀ],[M, C]] (with a mixture: Δ times that, around means Σ_m c_m⟨v_m, ·⟩; the clusters are
// summed over exactly), so an expectation is an integral over a unit cube: one coordinate for each field and one for the
// label noise. It is computed on a rank-1 lattice with a random shift and a tent transform. The shift, drawn once a
// replica, makes every such integral unbiased: the mean over replicas is exact.
type population struct {
	scenario *scenarios.Scenario
	model    scenarios.Model
	points   int
	pool     pool
	normals  [][]float64 // [field: teacher units, then student units][point]
	noise    []float64   // label noise at each point
	levels   []float64   // of a student that is trained with chance of its own; else nil

	weights   []float64   // of the clusters; a single one at 0 without a mixture
	positions [][]float64 // [cluster][teacher]
	scale     float64     // sqrt(Δ) where it is the same for all
	spread    []float64   // sqrt(Δ) of each cluster where it is not, else 1

	labels [][]float64 // [cluster][point]
	factor [][]float64 // lower triangle of the fields' covariance
	fields [][]float64 // [field][point]
	losses []float64
	wrong  []bool // nil where no label can be

	// threshold: the output of one unit without activation, whose sign a label ±1 is compared with. The last coordinate
	// of an error's probability is then integrated in closed form.
	threshold bool
	slope     float64 // of that output in the field
}

// minPoints is the logarithm (base 2) of the smallest number of points that generators serve.
const minPoints = 11

// populationPoints makes an integral's error small beside the replica's own fluctuation d^(-1/2): at d = 1000 it is 2 %
// to 20 % of it for the losses of the catalogue. For a kinked or discontinuous integrand it falls as N^(-3/4), so N grows
// as d^(2/3).
func populationPoints(s *scenarios.Scenario, d int) int {
	points := 11 + 2.0/3*math.Log2(float64(d)/2000)
	if s.Teacher.Units+s.Student.Units > 2 || s.Data.Mixture == nil && hasNoise(s.LabelNoise()) {
		points += 2
		points = max(points, minPoints+2)
	}
	return 1 << min(max(minPoints, int(math.Ceil(points))), minPoints+len(generators)-1)
}

func newPopulation(s *scenarios.Scenario, n int, key streamKey, workers pool) *population {
	units := s.Teacher.Units + s.Student.Units
	p := &population{
		scenario: s, model: s.Student.Model(), points: n, pool: workers,
		normals: newVectors(units, n), fields: newVectors(units, n), factor: newVectors(units, units),
		losses:  make([]float64, n),
		weights: []float64{1}, positions: [][]float64{{0}}, scale: 1, spread: []float64{1},
	}
	stream := key.stream(forTest)
	for j, x := range p.normals {
		fillLattice(x, j, level(stream))
		for i := range x {
			x[i] = mathext.NormalQuantile(x[i])
		}
	}
	if s.HasErrors() {
		p.wrong = make([]bool, n)
		p.slope, p.threshold = s.Student.Slope()
	}
	if m := s.Data.Mixture; m != nil {
		p.weights, p.positions, p.spread = m.Weights, m.Positions, make([]float64, len(m.Weights))
		for c, variance := range m.Variance {
			p.spread[c] = math.Sqrt(variance)
		}
		if m.OneVariance() {
			p.scale, p.spread = p.spread[0], slices.Repeat([]float64{1}, len(m.Weights))
		}
	} else if law := s.LabelNoise(); hasNoise(law) {
		p.noise = make([]float64, n)
		fillLattice(p.noise, units, level(stream))
		for i, u := range p.noise {
			p.noise[i] = law.Quantile(u)
		}
	}
	if scenarios.Random(p.model) {
		p.levels = make([]float64, n)
		fillLattice(p.levels, units+1, level(stream))
	}
	return p
}

// fillLattice writes coordinate j of the shifted lattice, after the tent transform u → 1-|2u-1|. Coordinates beyond the
// generators' twelve share them, with a shift of their own: no less unbiased.
func fillLattice(x []float64, j int, shift float64) {
	n := uint64(len(x))
	generator := generators[min(max(bits.Len64(n)-minPoints-1, 0), len(generators)-1)]
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

// risk is the expected loss and the probability of an error. mean[k][m] is the share of teacher vector m in the mean of the
// field of student unit k in a mixture.
func (p *population) risk(mean [][]float64, theta []float64) (risk scenarios.Risk) {
	sums := make([]scenarios.Risk, pieceCount(p.points))
	p.overClusters(mean, func(cluster int, weight float64, r [][]float64) {
		p.pool.pieces(p.points, func(piece, lo, hi int) {
			losses, wrong, fields, y := p.losses[lo:hi], p.wrong, section(r, lo, hi), p.labels[cluster][lo:hi]
			if wrong != nil {
				wrong = wrong[lo:hi]
			}
			p.model.Evaluate(losses, wrong, fields, theta, y)
			sums[piece] = total(losses, wrong)
			if deviation := p.scale * p.spread[cluster] * p.last(); p.threshold && deviation != 0 {
				sums[piece].Error = p.failures(lo, deviation, fields[0], y)
			}
		})
		weight /= float64(p.points)
		for _, s := range sums {
			risk.Loss += weight * s.Loss
			risk.Error += weight * s.Error
		}
	})
	return risk
}

// last is the part of the last field that is independent of all others.
func (p *population) last() float64 {
	last := len(p.factor) - 1
	return p.factor[last][last]
}

// failures sums the probabilities of f·y ≤ 0 for f a multiple of the field r, given all but the last Gaussian number of
// r, which has that deviation, over the points from number lo on.
func (p *population) failures(lo int, deviation float64, r, y []float64) (sum float64) {
	normals := p.normals[len(p.normals)-1]
	scale := math.Abs(p.slope) * deviation * math.Sqrt2
	for i, x := range r {
		rest := p.slope*x - p.slope*deviation*normals[lo+i]
		sum += math.Erfc(y[i]*rest/scale) / 2
	}
	return sum
}

// moments are expectations over a fresh sample of its gradient g before the mask, at given weights.
type moments struct {
	withTeacher [][]float64 // E[g_k h_m]
	withCluster [][]float64 // E[g_k c_m], c a mixture's position
	withSelf    [][]float64 // E[g_k r_l]
	square      [][]float64 // E[g_k g_l], lower triangle
	slopes      []float64   // E[∂ℓ/∂θ_j]
}

// moments computes them. teacherMean[m] is for the field of teacher unit m what mean is for those of the student.
func (p *population) moments(mean, teacherMean [][]float64, theta []float64) moments {
	teachers, students := p.scenario.Teacher.Units, p.scenario.Student.Units
	e := moments{
		withTeacher: newVectors(students, teachers), withCluster: newVectors(students, len(p.positions[0])),
		withSelf: newVectors(students, students), square: newVectors(students, students), slopes: make([]float64, len(theta)),
	}
	g, slopes := newVectors(students, p.points), newVectors(len(theta), p.points)
	p.overClusters(mean, func(cluster int, weight float64, r [][]float64) {
		weight /= float64(p.points)
		scenarios.Gradients(p.model, g, slopes, r, theta, p.labels[cluster], p.levels)
		for k := range g {
			for l := range r {
				e.withSelf[k][l] += weight * kernel.Dot(g[k], r[l])
			}
			for l := range k + 1 {
				e.square[k][l] += weight * kernel.Dot(g[k], g[l])
			}
			total := sum(g[k])
			for m, c := range p.positions[cluster] {
				e.withCluster[k][m] += weight * c * total
			}
			for m, shares := range teacherMean {
				shift := 0.0
				for l, c := range p.positions[cluster] {
					shift += shares[l] * c
				}
				e.withTeacher[k][m] += weight * (p.spread[cluster]*kernel.Dot(g[k], p.fields[m]) + shift*total)
			}
		}
		for j := range slopes {
			e.slopes[j] += weight * sum(slopes[j])
		}
	})
	return e
}

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}

// overClusters calls f with the students' fields in each cluster.
func (p *population) overClusters(mean [][]float64, f func(cluster int, weight float64, r [][]float64)) {
	r := p.fields[p.scenario.Teacher.Units:]
	at, spread := make([]float64, len(p.positions[0])), 1.0
	move := func(to []float64) {
		for k := range r {
			shift := 0.0
			for m, c := range to {
				shift += (c - at[m]) * mean[k][m]
			}
			if shift != 0 {
				for i := range r[k] {
					r[k][i] += shift
				}
			}
		}
		at = to
	}
	origin := at
	for c, weight := range p.weights {
		if p.spread[c] != spread {
			move(origin)
			for k := range r {
				for i := range r[k] {
					r[k][i] *= p.spread[c] / spread
				}
			}
			spread = p.spread[c]
		}
		move(p.positions[c])
		f(c, weight, r)
	}
	move(origin)
	if spread != 1 {
		for k := range r {
			divide(r[k], spread)
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

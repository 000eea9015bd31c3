package theory

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// gaussianEnd is where Gaussian integrals are cut: what lies beyond, 6e-14 of the mass, is far inside the 1e-8 asked
// for, even times a power.
const gaussianEnd = 7.5

// A legendreRule is a Gauss–Legendre rule on [-1, 1].
type legendreRule struct{ x, weight []float64 }

var rules sync.Map // number of nodes → legendreRule

func legendre(n int) legendreRule {
	if r, ok := rules.Load(n); ok {
		return r.(legendreRule)
	}
	r := legendreRule{make([]float64, n), make([]float64, n)}
	quad.Legendre{}.FixedLocations(r.x, r.weight, -1, 1)
	rules.Store(n, r)
	return r
}

// eachGaussian visits the nodes of ∫ f(z) exp(-z²/2)/√2π dz, n between any two of the sorted splits: an integrand that is
// smooth between them is integrated with an error that falls geometrically with n.
func eachGaussian(n int, splits []float64, visit func(z, weight float64)) {
	r := legendre(n)
	low := -gaussianEnd
	for i := range len(splits) + 1 {
		high := gaussianEnd
		if i < len(splits) {
			high = min(splits[i], gaussianEnd)
		}
		if high-low < 1e-13 {
			continue
		}
		half, middle := (high-low)/2, (high+low)/2
		for j, x := range r.x {
			z := middle + half*x
			visit(z, half*r.weight[j]*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi))
		}
		low = high
	}
}

// breaks finds, to their rounding, the points of (low, high) at which f jumps, and to some 1e-6 those at which its slope
// does. An interval in which fourth differences are small against f is smooth; others are halved, and where that is of no
// avail there is a break. Two breaks within an interval of the first division may look like none.
func breaks(f func(float64) float64, low, high float64) []float64 {
	const (
		divisions = 96
		tolerance = 1e-6
		suspect   = 1e-3 // times the width of the first division: a smooth function needs no interval as narrow
		narrowest = 1e-12
	)
	var found []narrow
	first := (high - low) / divisions
	var look func(a, b float64, x [5]float64)
	look = func(a, b float64, x [5]float64) {
		scale := 1.0
		for _, v := range x {
			scale = max(scale, math.Abs(v))
		}
		smooth := math.Abs(x[0]-4*x[1]+6*x[2]-4*x[3]+x[4]) <= tolerance*scale
		if smooth || b-a < narrowest*max(math.Abs(a), math.Abs(b), first) {
			if b-a < suspect*first {
				found = append(found, narrow{(a + b) / 2, b - a})
			}
			return
		}
		m := (a + b) / 2
		look(a, m, [5]float64{x[0], f((7*a + b) / 8), x[1], f((5*a + 3*b) / 8), x[2]})
		look(m, b, [5]float64{x[2], f((3*a + 5*b) / 8), x[3], f((a + 7*b) / 8), x[4]})
	}
	// The divisions are shifted by an irrational share of themselves, so that no break at a round number is an end.
	at := low
	for i := range divisions + 1 {
		next := min(high, low+(float64(i)+1/math.Phi)*first)
		w := (next - at) / 4
		look(at, next, [5]float64{f(at), f(at + w), f(at + 2*w), f(at + 3*w), f(next)})
		at = next
	}
	return apart(found, 4*suspect*first)
}

// narrow is a small interval in which a function breaks.
type narrow struct{ middle, width float64 }

// apart keeps the narrowest of each cluster of intervals, which are in order.
func apart(list []narrow, distance float64) (kept []float64) {
	for i, x := range list {
		switch {
		case i == 0 || x.middle-list[i-1].middle >= distance:
			kept = append(kept, x.middle)
		default:
			if last := list[i-1]; last.width < x.width {
				list[i].width = last.width
				continue
			}
			kept[len(kept)-1] = x.middle
		}
	}
	return kept
}

// An outcome is one node of the integral over everything in a sample but the student's own Gaussian part: with it the
// field is offset + position·⟨v, w⟩ + along·(m/√ρ) + deviation·z, z standard normal.
type outcome struct {
	weight   float64
	label    float64
	along    float64 // z₀, the teacher's field over its deviation; 0 in a mixture
	position float64 // of the cluster; 0 without a mixture
	variance float64 // Δ
	kinks    []float64
}

// outcomes lists the nodes, n to a smooth piece of each variable. The outer variable is the noise's normal score, the
// inner one the teacher's field, split where the label breaks at that noise: however small the noise, the inner integral
// is a smooth function of the outer variable.
func outcomes(s *scenarios.Scenario, rho float64, n int) (list []outcome) {
	kinks := kinkFinder(s.Student.Loss)
	if m := s.Data.Mixture; m != nil {
		for c, weight := range m.Weights {
			y := m.Labels[c]
			list = append(list, outcome{weight, y, 0, m.Positions[c][0], m.Variance[c], kinks(y)})
		}
		return list
	}
	label := func(along, noise float64) float64 {
		return s.Teacher.Label.Label([]float64{math.Sqrt(rho) * along}, noise)
	}
	inner := func(noise, weight float64) {
		splits := breaks(func(z float64) float64 { return label(z, noise) }, -gaussianEnd, gaussianEnd)
		eachGaussian(n, splits, func(z, w float64) {
			y := label(z, noise)
			list = append(list, outcome{weight * w, y, z, 0, 1, kinks(y)})
		})
	}
	overNoise(s, n, inner)
	return list
}

// overNoise visits the nodes of the label's noise, n to a smooth piece; a single one where there is none.
func overNoise(s *scenarios.Scenario, n int, visit func(noise, weight float64)) {
	if s.LabelNoise().Quantile(0.1) == 0 && s.LabelNoise().Quantile(0.9) == 0 {
		visit(0, 1)
		return
	}
	label := func(along, noise float64) float64 { return s.Teacher.Label.Label([]float64{along}, noise) }
	quantile := func(score float64) float64 { return s.LabelNoise().Quantile(math.Erfc(-score/math.Sqrt2) / 2) }
	eachGaussian(n, noiseBreaks(label, quantile), func(score, weight float64) { visit(quantile(score), weight) })
}

// noiseBreaks are the noise's normal scores at which the label breaks whatever the teacher's field: those common to two
// fields that have nothing to do with each other. Beyond 6 lies a mass of 2e-9, and levels so near 1 that their rounding
// looks like steps.
func noiseBreaks(label func(along, noise float64) float64, quantile func(float64) float64) (common []float64) {
	at := func(along float64) []float64 {
		return breaks(func(score float64) float64 { return label(along, quantile(score)) }, -6, 6)
	}
	other := at(-1.2345)
	for _, x := range at(0.6789) {
		if slices.ContainsFunc(other, func(y float64) bool { return math.Abs(x-y) < 1e-6 }) {
			common = append(common, x)
		}
	}
	return common
}

// kinkFinder returns a function that lists the kinks of the loss at a label.
func kinkFinder(loss scenarios.Loss) func(y float64) []float64 {
	const reach = 40 // of the search around 0, where the fields are
	seen := map[float64][]float64{}
	return func(y float64) []float64 {
		if list, known := scenarios.Kinks(loss, y); known {
			return list
		}
		list, ok := seen[y]
		if !ok {
			list = breaks(func(f float64) float64 { return loss.Gradient(f, y) }, -reach, reach)
			seen[y] = list
		}
		return list
	}
}

// condense replaces the outcomes of each of few labels by fewer that share a grid of the teacher's field: what is averaged
// over them is a smooth function of that field, given the label, and its interpolating polynomial is as good. A node's
// weight is then the average of its Lagrange polynomial, and may be negative.
func condense(list []outcome, n int) []outcome {
	const fewLabels = 4
	size := 2 * n
	nodes, signs := make([]float64, size), make([]float64, size) // Chebyshev's, with their barycentric weights
	for k := range nodes {
		angle := math.Pi * (float64(k) + 0.5) / float64(size)
		nodes[k], signs[k] = gaussianEnd*math.Cos(angle), math.Sin(angle)
		if k%2 == 1 {
			signs[k] = -signs[k]
		}
	}
	var condensed []outcome
	first := map[float64]int{} // label → its first node
	terms := make([]float64, size)
	for _, o := range list {
		at, ok := first[o.label]
		if !ok {
			if at = len(condensed); len(first) == fewLabels || at+size >= len(list) {
				return list
			}
			first[o.label] = at
			for _, z := range nodes {
				node := o
				node.weight, node.along = 0, z
				condensed = append(condensed, node)
			}
		}
		sum := 0.0
		for k, z := range nodes {
			if o.along == z {
				clear(terms)
				terms[k], sum = 1, 1
				break
			}
			terms[k] = signs[k] / (o.along - z)
			sum += terms[k]
		}
		for k, term := range terms {
			condensed[at+k].weight += o.weight * term / sum
		}
	}
	return condensed
}

// Moments over the samples at one state, in the notation of docs/theory.md, "The minimiser".
type moments struct {
	gradient      float64 // E g
	squared       float64 // E Δg²
	withPosition  float64 // E cg
	withTeacher   float64 // E z₀g
	withDeviation float64 // E √Δ z₁g
	trainLoss     float64
}

// sampleMoments integrates over the samples, n nodes to a smooth piece of z₁.
func sampleMoments(list []outcome, loss scenarios.Loss, st state, n int, p pool) moments {
	parts := make([]moments, chunksOf(len(list)))
	p.each(len(parts), func(i int) {
		var sum moments
		for _, o := range list[i*outcomesPerChunk : min(len(list), (i+1)*outcomesPerChunk)] {
			sum.add(o, loss, st, n)
		}
		parts[i] = sum
	})
	var total moments
	for _, m := range parts {
		total.gradient += m.gradient
		total.squared += m.squared
		total.withPosition += m.withPosition
		total.withTeacher += m.withTeacher
		total.withDeviation += m.withDeviation
		total.trainLoss += m.trainLoss
	}
	return total
}

const outcomesPerChunk = 64

func chunksOf(n int) int { return (n + outcomesPerChunk - 1) / outcomesPerChunk }

// add integrates over z₁ at one outcome.
func (m *moments) add(o outcome, l scenarios.Loss, st state, n int) {
	mean, root := st.mean(o), math.Sqrt(o.variance)
	deviation, v := root*st.deviation, o.variance*st.response
	var g, zg, gg, value float64
	at := func(z float64) (slope, loss float64) {
		omega := mean + deviation*z
		if v == 0 { // what a mistake may make of it
			return l.Gradient(omega, o.label), l.Value(omega, o.label)
		}
		r := scenarios.Prox(l, omega, o.label, v)
		return (omega - r) / v, l.Value(r, o.label)
	}
	splits := st.splits(o, l)
	if scenarios.PiecewiseQuadratic(l) {
		g, zg, gg, value = quadraticPieces(splits, at)
	} else {
		eachGaussian(n, splits, func(z, weight float64) {
			slope, loss := at(z)
			g += weight * slope
			zg += weight * z * slope
			gg += weight * slope * slope
			value += weight * loss
		})
	}
	m.gradient += o.weight * g
	m.squared += o.weight * o.variance * gg
	m.withPosition += o.weight * o.position * g
	m.withTeacher += o.weight * o.along * g
	m.withDeviation += o.weight * root * zg
	m.trainLoss += o.weight * value
}

// quadraticPieces is E g, E zg, E g² and E ℓ for a g that is affine and an ℓ that is quadratic between the splits, from
// their values at three points of each piece and the Gaussian moments of the piece.
func quadraticPieces(splits []float64, at func(z float64) (g, loss float64)) (g, zg, gg, loss float64) {
	low := math.Inf(-1)
	for i := range len(splits) + 1 {
		high, middle, step := math.Inf(1), 0.0, 1.0
		if i < len(splits) {
			high = splits[i]
		}
		switch bounded := !math.IsInf(low, -1); {
		case bounded && !math.IsInf(high, 1):
			middle, step = (low+high)/2, (high-low)/4
		case bounded:
			middle = low + 2
		case !math.IsInf(high, 1):
			middle = high - 2
		}
		m0 := normalBetween(low, high)
		densityLow, densityHigh := distuv.UnitNormal.Prob(low), distuv.UnitNormal.Prob(high)
		m1, m2 := densityLow-densityHigh, m0
		if densityLow > 0 {
			m2 += low * densityLow
		}
		if densityHigh > 0 {
			m2 -= high * densityHigh
		}
		first, second := m1-middle*m0, m2-2*middle*m1+middle*middle*m0 // around the middle
		gLow, lossLow := at(middle - step)
		gMiddle, lossMiddle := at(middle)
		gHigh, lossHigh := at(middle + step)
		slope := (gHigh - gLow) / (2 * step)
		g += gMiddle*m0 + slope*first
		zg += gMiddle*m1 + slope*(m2-middle*m1)
		gg += gMiddle*gMiddle*m0 + 2*gMiddle*slope*first + slope*slope*second
		loss += lossMiddle*m0 + (lossHigh-lossLow)/(2*step)*first + (lossHigh-2*lossMiddle+lossLow)/(2*step*step)*second
		low = high
	}
	return g, zg, gg, loss
}

// normalBetween is the chance of a standard normal between two numbers, without cancellation in either tail.
func normalBetween(low, high float64) float64 {
	if low > 0 {
		low, high = -high, -low
	}
	return (math.Erfc(-high/math.Sqrt2) - math.Erfc(-low/math.Sqrt2)) / 2
}

// splits are the z₁ at which the prox has kinks: where the field reaches a kink of the loss and where it leaves it. A
// smooth loss bends within a few units of 0, which is a narrow piece of a wide field: splits around it spare nodes.
func (st state) splits(o outcome, loss scenarios.Loss) (at []float64) {
	const wide = 2
	mean, deviation, v := st.mean(o), math.Sqrt(o.variance)*st.deviation, o.variance*st.response
	add := func(kink, side float64) {
		z := (kink + v*loss.Gradient(kink+side, o.label) - mean) / deviation
		if math.Abs(z) < gaussianEnd {
			at = append(at, z)
		}
	}
	for _, kink := range o.kinks {
		near := 1e-9 * (1 + math.Abs(kink))
		add(kink, -near)
		add(kink, near)
	}
	if deviation > wide && len(o.kinks) == 0 && !scenarios.PiecewiseQuadratic(loss) {
		for _, bend := range []float64{-8, -3, 0, 3, 8} {
			add(bend, 0)
		}
	}
	slices.Sort(at)
	return slices.CompactFunc(at, func(x, y float64) bool { return math.Abs(x-y) < 1e-7 }) // both sides of a kink of the slope
}

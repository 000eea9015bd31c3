package theory

import (
	"math"
	"slices"

	"limitcheck/scenarios"
)

// lawError is how much the last refinement of its integrals may change a law.
const lawError = 1e-6

// laws lists scenario.Probes(), which for a minimiser are its laws, with the error of each entry: what the last refinement
// of the integrals changed.
func (m *minimum) laws(s *scenarios.Scenario) (list, errs []float64) {
	grid := s.Probes().Grid
	weights := weightLaw(s, m.weights, m.penalty, grid)
	for i, n := range refinements {
		last := list
		list = s.Probes().List(&scenarios.Trajectory{
			Fields: [][]float64{fieldLaw(s, m.rho, m.fields, n, grid)}, Weights: [][]float64{weights},
		})
		if i == 0 {
			continue
		}
		errs = errs[:0]
		for j, x := range list {
			errs = append(errs, math.Abs(x-last[j]))
		}
		if slices.Max(errs) <= lawError {
			break
		}
	}
	return list, errs
}

// fieldLaw is P(r ≤ x) at each level x of the grid. As r increases with ω, it is P(ω ≤ x + ΔVℓ′(x, y)): where the prox
// leaves x. As a function of the teacher's field that breaks where the label or the slope of the loss does. A minimiser that
// interpolates, V = ∞, has r = y.
func fieldLaw(s *scenarios.Scenario, rho float64, st state, n int, grid []float64) []float64 {
	law, loss := make([]float64, len(grid)), s.Student.Loss
	below := func(x, y, mean, variance float64) float64 {
		if math.IsInf(st.response, 1) {
			return normalBelow(x-y, 0)
		}
		beyond := math.Nextafter(x, math.Inf(1)) // the one-sided slope, should x be a kink
		return normalBelow(x+variance*st.response*loss.Gradient(beyond, y)-mean, math.Sqrt(variance)*st.deviation)
	}
	if m := s.Data.Mixture; m != nil {
		for i, x := range grid {
			for c, weight := range m.Weights {
				law[i] += weight * below(x, m.Labels[c], m.Positions[c][0]*st.position, m.Variance[c])
			}
		}
		return law
	}
	overNoise(s, n, func(noise, weight float64) {
		label := func(z float64) float64 { return s.Teacher.Label.Label([]float64{math.Sqrt(rho) * z}, noise) }
		for i, x := range grid {
			splits := breaks(func(z float64) float64 {
				if math.IsInf(st.response, 1) {
					return normalBelow(x-label(z), 0)
				}
				return loss.Gradient(x, label(z))
			}, -gaussianEnd, gaussianEnd)
			eachGaussian(n, splits, func(z, w float64) { law[i] += weight * w * below(x, label(z), st.along*z, 1) })
		}
	})
	return law
}

// weightLaw is P(w ≤ x) at each level x of the grid. With a covariance that is not diagonal a weight mixes all modes: the
// teacher must be Gaussian, and the law is that of one Gaussian number then.
func weightLaw(s *scenarios.Scenario, c coupling, p penalty, grid []float64) []float64 {
	law := make([]float64, len(grid))
	eigenvalues, shares := s.Data.Covariance.Nodes()
	if !s.Data.Covariance.Diagonal() {
		variance := 0.0
		for i, v := range eigenvalues {
			variance += shares[i] * (v*c.noise*c.noise + c.drift(v)*c.drift(v)) / math.Pow(p.ridge+v*c.response, 2)
		}
		for i, x := range grid {
			law[i] = normalBelow(x, math.Sqrt(variance))
		}
		return law
	}
	teacher, chances := lawNodes(s.Teacher.Weights)
	for k, v := range eigenvalues {
		drift, stiffness, deviation := c.drift(v), p.ridge+v*c.response, math.Sqrt(v)*c.noise
		for i, x := range grid {
			threshold := x*stiffness + math.Copysign(p.l1, x) // of the argument of the soft threshold
			for j, w := range teacher {
				law[i] += shares[k] * chances[j] * normalBelow(threshold+drift*w, deviation)
			}
		}
	}
	return law
}

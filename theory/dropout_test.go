package theory

import (
	"fmt"
	"math"
	"testing"
)

// One linear unit with dropout, f = ζ r, ζ = 1/p or 0, on fresh batches closes at m = ⟨w,w*⟩ and q = ⟨w,w⟩: given the sample
// E g = r/p − y and E g² = E (r/p − y)²/p. So dropout is gradient descent on half of E (r − y)² + (1/p − 1) r², with more noise.
func TestDropoutOnFreshBatches(t *testing.T) {
	const alpha, eta, lambda, m0, norm, b, noise = 2, 0.1, 0.3, 0.3, 1.2, 0.25, 0.4
	for _, keep := range []float64{0.8, 0.3} {
		s := parse(t, fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear, noise: %g}
student: {loss: square, dropout: {keep: %g}}
method: {kind: sgd, learning_rate: %g, ridge: %g, batch: {fraction: %g, sampling: fresh}, steps: 5}
init: {overlap: %g, norm: %g}`, alpha, noise, keep, eta, lambda, b, m0, norm))
		limit := solve(t, s, exactSettings())
		m, q := m0, m0*m0+norm
		for step := range s.Method.Steps + 1 {
			loss := (q - 2*m + 1 + noise*noise) / 2 // all on
			for j, want := range []float64{m, q, m / math.Sqrt(q), loss, loss} {
				within(t, limit.Observables[j], step, limit.Mean[step][j], limit.StandardError[step][j], want)
			}
			shrink, kick := 1-eta*lambda-eta*alpha/keep, (q/keep/keep-2*m/keep+1+noise*noise)/keep
			m, q = shrink*m+eta*alpha, shrink*shrink*q+2*shrink*eta*alpha*m+eta*eta*alpha*alpha+eta*eta*alpha/b*kick
		}
	}
}

// Where nothing is remembered yet, a full batch does the same: after one step, with the masks of the step averaged over.
func TestDropoutOnAFullBatch(t *testing.T) {
	const alpha, eta, m0, norm, keep = 2, 0.2, 0.3, 1.2, 0.6
	s := parse(t, fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear}
student: {loss: square, dropout: {keep: %g}}
method: {kind: sgd, learning_rate: %g, steps: 2}
init: {overlap: %g, norm: %g}`, alpha, keep, eta, m0, norm))
	limit := solve(t, s, exactSettings())
	q := m0*m0 + norm
	shrink, kick := 1-eta*alpha/keep, (q/keep/keep-2*m0/keep+1)/keep
	m := shrink*m0 + eta*alpha
	q = shrink*shrink*q + 2*shrink*eta*alpha*m0 + eta*eta*alpha*alpha + eta*eta*alpha*kick
	for j, want := range []float64{m, q} {
		within(t, limit.Observables[j], 1, limit.Mean[1][j], limit.StandardError[1][j], want)
	}
}

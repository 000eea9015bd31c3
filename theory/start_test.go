package theory

import (
	"fmt"
	"math"
	"testing"
)

// The first two steps of regression from W_0 = 0, for X with entries N(0,1/d), from E tr(XᵀX)^k/d = α, α(1+α) for k = 1, 2:
// W_1 = ηXᵀy and W_2 = (2 − ηλ)ηXᵀy − η²XᵀX Xᵀy with y = XW* + ε. The test error of labels ±1 is 1 where nothing is said,
// and otherwise arccos(cosine)/π for a sign teacher without noise (Gaussian fields of that correlation).
func TestStartAtZero(t *testing.T) {
	const alpha, eta, lambda, noise = 2, 0.15, 0.3, 0.5
	for _, set := range []Settings{{}, exactSettings()} {
		limit := solve(t, parse(t, fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear, noise: %g}
student: {loss: square}
method: {kind: sgd, learning_rate: %g, ridge: %g, steps: 2}
init: {overlap: 0, norm: 0}`, alpha, noise, eta, lambda)), set)
		const second = alpha * (1 + alpha)
		for _, x := range []struct {
			step, column int
			want         float64
		}{
			{0, 0, 0}, {0, 1, 0}, {0, 2, 0}, {0, 3, (1 + noise*noise) / 2}, {0, 4, (1 + noise*noise) / 2},
			{1, 0, eta * alpha}, {1, 1, eta * eta * (second + alpha*noise*noise)},
			{2, 0, (2-eta*lambda)*eta*alpha - eta*eta*second},
		} {
			within(t, limit.Observables[x.column], x.step, limit.Mean[x.step][x.column], limit.StandardError[x.step][x.column], x.want)
		}
	}
	s := parse(t, `
data: {alpha: 2}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: adam, learning_rate: 0.2, steps: 3}
init: {norm: 0}`)
	limit := solve(t, s, exactSettings())
	for step, row := range limit.Mean {
		want := math.Acos(row[2]) / math.Pi
		if step == 0 {
			want = 1
			within(t, "train error", step, row[5], 0, 1)
			within(t, "train loss", step, row[3], 0, math.Ln2)
		}
		within(t, "test error", step, row[6], limit.StandardError[step][6]+limit.StandardError[step][2], want)
	}
}

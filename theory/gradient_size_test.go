package theory

import (
	"fmt"
	"math"
	"testing"
)

// From zero the first gradient field of linear regression is −Xᵀy, whose square is α + α² + ασ² in the limit (the second
// moment of the Marchenko–Pastur law, and the noise's share). So the first step is known, clipped, normalised or neither;
// and clipped steps are steps at a smaller rate.
func TestGradientSize(t *testing.T) {
	const alpha, sigma, rate = 2.0, 0.5, 0.3
	size := math.Sqrt(alpha + alpha*alpha + alpha*sigma*sigma)
	limit := func(keys string, set Settings) *Limit {
		return solve(t, parse(t, fmt.Sprintf(`
data: {alpha: %g}
teacher: {label: linear, noise: %g}
student: {loss: square}
method: {kind: sgd, %s, steps: 3}
init: {overlap: 0, norm: 0}`, alpha, sigma, keys)), set)
	}
	for _, set := range []Settings{{}, {Sampled: true, Paths: 4096, Scramblings: 8}} {
		clipped := limit(fmt.Sprintf("learning_rate: %g, clip: 2.5", rate), set)
		normalised := limit(fmt.Sprintf("learning_rate: %g, normalise: true", rate), set)
		// The second gradient is smaller than 2.5: |U_1| ≤ |1 − rate·2.5/|U_0| XᵀX| |U_0|, far below here.
		slower := limit(fmt.Sprintf("learning_rate: [%.17g, %g, %g]", rate*2.5/size, rate, rate), set)
		loose := limit(fmt.Sprintf("learning_rate: %g, clip: 100", rate), set)
		free := limit(fmt.Sprintf("learning_rate: %g", rate), set)
		for j, name := range free.Observables {
			for step := range 4 {
				if loose.Mean[step][j] != free.Mean[step][j] {
					t.Errorf("a clip that is never reached changes %s at step %d", name, step)
				}
				se := math.Hypot(clipped.StandardError[step][j], slower.StandardError[step][j])
				within(t, "clipped "+name, step, clipped.Mean[step][j], se, slower.Mean[step][j])
			}
		}
		within(t, "overlap", 1, normalised.Mean[1][0], normalised.StandardError[1][0], rate*alpha/size)
		within(t, "norm", 1, normalised.Mean[1][1], normalised.StandardError[1][1], rate*rate)
	}
}

package theory

import (
	"fmt"
	"testing"
)

// PyTorch's momentum with a rate that is cut to a tenth is not heavy ball: the velocity keeps the steps of the old rate. The
// figures, overlaps at step 15, are those of the closed form, and were found independently in simulations of either rule.
func TestVelocityIsNotHeavyBall(t *testing.T) {
	for kind, want := range map[string]string{"velocity": "1.053", "heavy-ball": "0.816"} {
		s := parse(t, fmt.Sprintf(`
data: {alpha: 3}
teacher: {label: linear, noise: 0.3}
student: {loss: square}
method: {kind: %s, learning_rate: {schedule: step, initial: 0.05, factor: 0.1, every: 10}, momentum: 0.9, ridge: 0.1, steps: 15}
init: {overlap: 0.2, norm: 1}`, kind))
		if got := fmt.Sprintf("%.3f", solve(t, s, Settings{}).Mean[15][0]); got != want {
			t.Errorf("%s: overlap %s, want %s", kind, got, want)
		}
	}
}

// A step at rate 0 leaves the weights alone: with a full batch the curve is the one without such steps, each point held. Asked
// again where it was asked before, the sweep finds no new direction.
func TestPauses(t *testing.T) {
	for _, student := range []string{"{loss: square}", "{loss: huber}"} {
		limit := func(rates string, steps int) *Limit {
			return solve(t, parse(t, fmt.Sprintf(`
data: {alpha: 2}
teacher: {label: linear, noise: 0.3}
student: %s
method: {kind: sgd, learning_rate: %s, ridge: 0.2, steps: %d}
init: {overlap: 0.2, norm: 1}`, student, rates, steps)), Settings{Paths: 1024, Scramblings: 4})
		}
		pausing, straight := limit("[0.2, 0, 0.1, 0, 0, 0.2]", 6), limit("[0.2, 0.1, 0.2]", 3)
		for step, same := range []int{0, 1, 1, 2, 2, 2, 3} {
			for j, want := range straight.Mean[same] {
				// The paths' later directions are other Sobol dimensions, so that the sampled curve agrees to sampling errors only.
				se := straight.StandardError[same][j] + pausing.StandardError[step][j]
				within(t, student+" "+pausing.Observables[j], step, pausing.Mean[step][j], 2*se, want)
			}
		}
	}
}

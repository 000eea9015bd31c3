package theory

import (
	"context"
	"math"
	"testing"

	"limitcheck/scenarios"
)

// The gradient flow of ridge regression, mode by mode: c' = -(λc + x(c-1)), b' = -(λ+x)b, averaged over the spectrum.
// The extrapolation must reach it within its own error and to 2e-4 (the terms in η³ that it leaves: (ηx)³ at the coarsest
// of the three rates, η = 0.025, with x ≤ 7.5, is 7e-3; Richardson divides by 64·21/8 and more), at first order.
func TestFlowOfRidgeRegression(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 20
	flow, err := SolveFlow(context.Background(), s, 5, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	lambda := s.Method.Optimizer.(*scenarios.SGD).Ridge.At(0)
	for i, tau := range flow.Times {
		overlap := marchenkoPastur(s.Data.Alpha, func(x float64) float64 {
			fixed := x / (x + lambda)
			return fixed + (s.Init.Overlap[0][0]-fixed)*math.Exp(-(lambda+x)*tau)
		})
		diff := math.Abs(flow.Limit[i][0] - overlap)
		if diff > flow.LimitError[i][0]+1e-12 || diff > 2e-4 {
			t.Errorf("τ = %g: %.8f, exact %.8f, stated error %.1e", tau, flow.Limit[i][0], overlap, flow.LimitError[i][0])
		}
	}
	for j, order := range flow.Order[:2] {
		// Successive differences halve up to (1 + O(η)): ηx/2 is at most 0.05 at the finest pair.
		if math.Abs(order-1) > 0.1 {
			t.Errorf("%s converges at order %.3f", flow.Observables[j], order)
		}
	}
}

func TestFlowIsRefused(t *testing.T) {
	momentum := find(t, "ridge-heavy-ball")
	schedule := find(t, "ridge-gd")
	rate, _ := scenarios.Named[scenarios.Schedule]("{schedule: power, initial: 0.1, exponent: 0.5}")
	schedule.Method.Optimizer = schedule.Method.Optimizer.(*scenarios.SGD).AtRate(rate)
	for _, s := range []*scenarios.Scenario{momentum, schedule} {
		if _, err := SolveFlow(context.Background(), s, 3, Settings{}); err == nil {
			t.Errorf("%s: accepted", scenarios.Name(s.Method.Optimizer))
		}
	}
	if _, err := SolveFlow(context.Background(), find(t, "ridge-gd"), 2, Settings{}); err == nil {
		t.Error("two levels accepted")
	}
}

package theory

import (
	"context"
	"fmt"
	"math"
	"testing"

	"limitcheck/scenarios"
)

func find(t testing.TB, name string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func solve(t testing.TB, s *scenarios.Scenario, set Settings) *Limit {
	t.Helper()
	limit, err := Solve(context.Background(), s, set)
	if err != nil {
		t.Fatal(err)
	}
	return limit
}

// marchenkoPastur integrates f over the law of the eigenvalues of XᵀX, X n×d with entries N(0,1/d), n = αd, α ≥ 1:
// density sqrt((x-a)(b-x))/(2πx) on [a,b] = (1∓√α)². Gauss–Chebyshev of the second kind: the error falls
// geometrically for the analytic f/x, and is rounding at 400 nodes for α ≥ 2.
func marchenkoPastur(alpha float64, f func(x float64) float64) (total float64) {
	const n = 400
	mid, half := 1+alpha, 2*math.Sqrt(alpha)
	for k := 1; k <= n; k++ {
		theta := math.Pi * float64(k) / (n + 1)
		x := mid + half*math.Cos(theta)
		total += math.Pi / (n + 1) * half * half * math.Sin(theta) * math.Sin(theta) / (2 * math.Pi * x) * f(x)
	}
	return total
}

// A mode is linear regression restricted to one eigenvalue x of XᵀX: W = c w* + b ξ + e (label noise, of variance x Δ).
type mode struct{ c, b, e float64 }

func (m mode) times(s float64) mode { return mode{s * m.c, s * m.b, s * m.e} }
func (m mode) plus(o mode) mode     { return mode{m.c + o.c, m.b + o.b, m.e + o.e} }

// modeCurve runs gradient descent on one mode, by the method's own formula.
func modeCurve(s *scenarios.Scenario, x float64) []mode {
	eta, lambda := s.Method.LearningRate.At(0), s.Method.Ridge
	gradient := func(p mode) mode { // U + λP
		return mode{lambda*p.c + x*(p.c-1), (lambda + x) * p.b, (lambda+x)*p.e - 1}
	}
	w := mode{s.Init.Overlap[0][0], math.Sqrt(s.Init.Norm), 0}
	before, curve := w, []mode{w}
	for t := range s.Method.Steps {
		step := w.plus(before.times(-1))
		var next mode
		switch s.Method.Kind {
		case "sgd":
			next = w.plus(gradient(w).times(-eta))
		case "heavy-ball":
			next = w.plus(gradient(w).times(-eta)).plus(step.times(s.Method.Momentum.At(t)))
		case "nesterov":
			p := w.plus(step.times(s.Method.Momentum.At(t)))
			next = p.plus(gradient(p).times(-eta))
		default:
			panic("no mode formula for " + s.Method.Kind)
		}
		before, w = w, next
		curve = append(curve, w)
	}
	return curve
}

// Full-batch linear regression is an average over the spectrum of XᵀX: the closed form equals it at every step, for
// every linear method. 1e-12 is some 5000 roundings of numbers of order one, what O(T²) sums can lose.
func TestClosedFormIsMarchenkoPastur(t *testing.T) {
	for _, kind := range []string{"sgd", "heavy-ball", "nesterov"} {
		for _, noise := range []float64{0, 0.7} {
			t.Run(fmt.Sprint(kind, noise), func(t *testing.T) {
				s := find(t, "ridge-gd")
				s.Method.Kind, s.Method.Momentum, s.Teacher.Noise = kind, scenarios.Constant(0.4), scenarios.Gaussian(noise)
				limit := solve(t, s, Settings{})
				if limit.Source != "closed form" {
					t.Fatalf("solved by %s", limit.Source)
				}
				for step, row := range limit.Mean {
					average := func(f func(x float64, m mode) float64) float64 {
						return marchenkoPastur(s.Data.Alpha, func(x float64) float64 { return f(x, modeCurve(s, x)[step]) })
					}
					variance := noise * noise
					overlap := average(func(_ float64, m mode) float64 { return m.c })
					norm := average(func(x float64, m mode) float64 { return m.c*m.c + m.b*m.b + m.e*m.e*x*variance })
					// Σ(r-y)²/n = (1/α)⟨x ((c-1)² + b²) + Δ (xe-1)²⟩ + Δ(1-1/α): the noise has n-d directions outside the data.
					train := average(func(x float64, m mode) float64 {
						return x*((m.c-1)*(m.c-1)+m.b*m.b) + variance*(x*m.e-1)*(x*m.e-1)
					})/s.Data.Alpha + variance*(1-1/s.Data.Alpha)
					want := []float64{overlap, norm, overlap / math.Sqrt(norm), train / 2, (norm - 2*overlap + 1 + variance) / 2}
					for j, name := range limit.Observables {
						if diff := math.Abs(row[j] - want[j]); !(diff <= 1e-12) {
							t.Errorf("step %d, %s: %.16g, want %.16g (difference %.1e)", step, name, row[j], want[j], diff)
						}
					}
				}
			})
		}
	}
}

// Values of an independent prototype's Marchenko–Pastur quadrature.
func TestRidgePublishedValues(t *testing.T) {
	limit := solve(t, find(t, "ridge-gd"), Settings{})
	for step, want := range map[int]float64{0: 0.2, 1: 0.43, 2: 0.5555, 3: 0.630775, 10: 0.782428648775761, 49: 0.813791693686264} {
		if got := limit.Mean[step][0]; math.Abs(got-want) > 1e-14 {
			t.Errorf("overlap at %d: %.16g, want %.16g", step, got, want)
		}
	}
	if got, want := limit.Mean[49][1], 0.672103844125888; math.Abs(got-want) > 1e-14 {
		t.Errorf("norm at 49: %.16g, want %.16g", got, want)
	}
}

// With the square loss and masks independent across steps the overlap does not depend on the batch fraction; the norm
// does.
func TestOverlapDoesNotDependOnBatch(t *testing.T) {
	full := solve(t, find(t, "ridge-gd"), Settings{})
	half := solve(t, find(t, "ridge-sgd"), Settings{})
	for step := range full.Mean {
		if diff := math.Abs(full.Mean[step][0] - half.Mean[step][0]); diff > 1e-13 {
			t.Errorf("step %d: overlaps differ by %.1e", step, diff)
		}
	}
	if diff := half.Mean[10][1] - full.Mean[10][1]; diff < 1e-3 {
		t.Errorf("norm at step 10 grows by %.1e only with half the batch", diff)
	}
}

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

// marchenkoPastur integrates f over the law of the eigenvalues of XᵀX, X n×d with entries N(0,1/d), n = αd, α ≥ 1.
func marchenkoPastur(alpha float64, f func(x float64) float64) (total float64) {
	values, weights := eigenvalues(alpha)
	for i, x := range values {
		total += weights[i] * f(x)
	}
	return total
}

// eigenvalues is a quadrature of that law, of density sqrt((x-a)(b-x))/(2πx) on [a,b] = (1∓√α)²: Gauss–Chebyshev of the
// second kind. The error falls geometrically for the analytic f/x, and is rounding at 400 nodes for α ≥ 2.
func eigenvalues(alpha float64) (values, weights []float64) {
	const n = 400
	mid, half := 1+alpha, 2*math.Sqrt(alpha)
	for k := 1; k <= n; k++ {
		theta := math.Pi * float64(k) / (n + 1)
		x := mid + half*math.Cos(theta)
		values = append(values, x)
		weights = append(weights, math.Pi/(n+1)*half*half*math.Sin(theta)*math.Sin(theta)/(2*math.Pi*x))
	}
	return values, weights
}

// A mode is linear regression restricted to one eigenvalue x of XᵀX: W = c w* + b ξ + e (label noise, of variance x Δ) +
// the method's own noise, of this variance.
type mode struct{ c, b, e, variance float64 }

func (m mode) times(s float64) mode { return mode{s * m.c, s * m.b, s * m.e, s * s * m.variance} }

// plus is for modes of which one at most has noise of the method.
func (m mode) plus(o mode) mode {
	return mode{m.c + o.c, m.b + o.b, m.e + o.e, m.variance + o.variance}
}

// square is E W².
func (m mode) square(x, noise float64) float64 {
	return m.c*m.c + m.b*m.b + m.e*m.e*x*noise + m.variance
}

// modeCurves runs gradient descent on all modes, by the method's own formula: [step][mode].
func modeCurves(s *scenarios.Scenario, values, weights []float64, noise float64) [][]mode {
	var rate, ridge, ball, ahead scenarios.Schedule // the momentum, of a heavy ball or of a look-ahead
	temperature, spherical := 0.0, false
	switch o := s.Method.Optimizer.(type) {
	case *scenarios.SGD:
		rate, ridge = o.LearningRate, o.Ridge
	case *scenarios.HeavyBall:
		rate, ridge, ball = o.LearningRate, o.Ridge, o.Momentum
	case *scenarios.Nesterov:
		rate, ridge, ahead = o.LearningRate, o.Ridge, o.Momentum
	case *scenarios.Langevin:
		rate, ridge, temperature = o.LearningRate, o.Ridge, o.Temperature
	case *scenarios.Spherical:
		rate, ridge, spherical = o.LearningRate, scenarios.Constant(0), true
	default:
		panic("no mode formula for " + scenarios.Name(o))
	}
	eta, lambda := rate.At(0), ridge.At(0)
	// step is p − η(U + λp).
	step := func(x float64, p mode) mode {
		next := p.times(1 - eta*(lambda+x))
		next.c += eta * x
		next.e += eta
		return next
	}
	w := make([]mode, len(values))
	for i := range w {
		w[i] = mode{s.Init.Overlap[0][0], math.Sqrt(s.Init.Norm), 0, 0}
	}
	before, curves := w, [][]mode{w}
	for t := range s.Method.Steps {
		next, norm := make([]mode, len(w)), 0.0
		for i, x := range values {
			moved := w[i].plus(before[i].times(-1))
			switch {
			case ball != nil:
				next[i] = step(x, w[i]).plus(moved.times(ball.At(t)))
			case ahead != nil:
				next[i] = step(x, w[i].plus(moved.times(ahead.At(t))))
			default:
				next[i] = step(x, w[i])
				next[i].variance += 2 * eta * temperature
			}
			norm += weights[i] * next[i].square(x, noise)
		}
		if spherical {
			for i := range next {
				next[i] = next[i].times(1 / math.Sqrt(norm))
			}
		}
		before, w = w, next
		curves = append(curves, w)
	}
	return curves
}

// Full-batch linear regression is an average over the spectrum of XᵀX: the closed form equals it at every step, for
// every linear method. 1e-12 is some 5000 roundings of numbers of order one, what O(T²) sums can lose.
func TestClosedFormIsMarchenkoPastur(t *testing.T) {
	gradient := find(t, "ridge-gd").Method.Optimizer.(*scenarios.SGD)
	rate, ridge, momentum := gradient.LearningRate, gradient.Ridge, scenarios.Constant(0.4)
	for kind, optimizer := range map[string]scenarios.Optimizer{
		"sgd":        gradient,
		"heavy-ball": &scenarios.HeavyBall{LearningRate: rate, Ridge: ridge, Momentum: momentum},
		"nesterov":   &scenarios.Nesterov{LearningRate: rate, Ridge: ridge, Momentum: momentum},
		"langevin":   &scenarios.Langevin{LearningRate: rate, Ridge: ridge, Temperature: 0.3},
		"spherical":  &scenarios.Spherical{LearningRate: rate},
	} {
		for _, deviation := range []float64{0, 0.7} {
			t.Run(fmt.Sprint(kind, deviation), func(t *testing.T) {
				s := find(t, "ridge-gd")
				s.Method.Optimizer = optimizer
				s.Teacher.Noise = scenarios.Gaussian(deviation)
				limit := solve(t, s, Settings{})
				if limit.Source != "closed form" {
					t.Fatalf("solved by %s", limit.Source)
				}
				variance := deviation * deviation
				values, weights := eigenvalues(s.Data.Alpha)
				curves := modeCurves(s, values, weights, variance)
				for step, row := range limit.Mean {
					average := func(f func(x float64, m mode) float64) (total float64) {
						for i, x := range values {
							total += weights[i] * f(x, curves[step][i])
						}
						return total
					}
					overlap := average(func(_ float64, m mode) float64 { return m.c })
					norm := average(func(x float64, m mode) float64 { return m.square(x, variance) })
					// Σ(r-y)²/n = (1/α)⟨x ((c-1)² + b² + variance) + Δ (xe-1)²⟩ + Δ(1-1/α): the noise has n-d directions outside
					// the data.
					train := average(func(x float64, m mode) float64 {
						return x*((m.c-1)*(m.c-1)+m.b*m.b+m.variance) + variance*(x*m.e-1)*(x*m.e-1)
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

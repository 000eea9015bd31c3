package theory

import (
	"math"
	"testing"

	"limitcheck/scenarios"
)

// The bridge from the two-time equations to the fixed point: where a method converges, its curves end in the minimiser.

// Gradient descent ends in the minimiser. By Marchenko–Pastur the slowest mode of XᵀX is (√α − 1)², so the
// distance shrinks by 1 − η(λ + (√α − 1)²) a step, up to a power of t from the density's edge.
func TestDescentEndsInTheMinimiser(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 260
	descent := s.Method.Optimizer.(*scenarios.SGD)
	curve := solve(t, s, Settings{}).Mean
	want := mustMinimise(t, s, penalty{ridge: descent.Ridge.At(0)}).row(s)
	slowest := 1 - descent.LearningRate.At(0)*(descent.Ridge.At(0)+math.Pow(math.Sqrt(s.Data.Alpha)-1, 2))
	for j, name := range s.Observables() {
		near(t, name, curve[260][j], want[j], 1e-11)
		rate := math.Pow((curve[100][j]-want[j])/(curve[60][j]-want[j]), 1.0/40)
		if !(rate < slowest && rate > 0.9*slowest) { // the density's edge costs (60/100)^(3/2) in 40 steps: 0.98 a step
			t.Errorf("%s approaches by %.4f a step, the slowest mode by %.4f", name, rate, slowest)
		}
	}
}

// bridges are the catalogue's entries with a smooth loss or a prox, full batches and a rate that does not vanish, with the
// steps after which the last quarter of them is more than half of the way that is left. (ar1-ista has no static equations
// here, nor has the fused penalty; logistic-power-law would take hundreds of steps.)
var bridges = []struct {
	name      string
	steps     int
	ridge, l1 float64
}{
	{"ridge-gd", 160, 0.5, 0},
	{"ridge-heavy-ball", 120, 0.5, 0},
	{"ridge-nesterov", 120, 0.5, 0},
	{"ridge-spectrum", 200, 0.2, 0},
	{"ridge-marchenko-pastur", 120, 0.2, 0},
	{"sparse-teacher-ridge", 160, 0.5, 0},
	{"relu-teacher", 80, 0.2, 0},
	{"tanh-teacher", 80, 0.2, 0},
	{"logistic-gd", 60, 0.1, 0},
	{"logistic-nesterov", 40, 0.1, 0},
	{"probit", 50, 0.2, 0},
	{"mixture-two", 50, 0.1, 0},
	{"custom-loss", 60, 0.1, 0},
	{"huber-heavy-tail", 60, 0.1, 0},
	{"lasso-ista", 110, 0, 0.15},
	{"lasso-fista", 40, 0, 0.15},
	{"elastic-net-ista", 60, 0.1, 0.1},
}

// The last point of each is the fixed point's, within five standard errors of the sweep, the fixed point's own error and
// what is left to go, which is less than the last quarter's way.
func TestCatalogueEndsInTheMinimiser(t *testing.T) {
	for _, c := range bridges {
		t.Run(c.name, func(t *testing.T) {
			s := find(t, c.name)
			if testing.Short() && !hasClosedForm(s) {
				t.Skip("seconds of arithmetic in one goroutine")
			}
			s.Method.Steps = c.steps
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			limit := solve(t, s, Settings{Paths: 1 << 10, Coordinates: 1 << 12})
			end := mustMinimise(t, s, penalty{ridge: c.ridge, l1: c.l1})
			want := end.row(s)
			for j, name := range s.Observables() {
				last, se := limit.Mean[c.steps][j], limit.StandardError[c.steps][j]
				left := math.Abs(last - limit.Mean[c.steps*3/4][j])
				near(t, name, last, want[j], 5*se+left+end.err+1e-12)
				// The approach is e^(−t/τ) with this τ on average over the second quarter, where noise does not hide it.
				from, to := math.Abs(limit.Mean[c.steps/4][j]-want[j]), math.Abs(limit.Mean[c.steps/2][j]-want[j])
				if to > 10*limit.StandardError[c.steps/2][j] {
					t.Logf("%s: %.6f ± %.1g, minimiser %.6f, %.1g left; time constant %.1f steps", name, last, se, want[j], left,
						float64(c.steps/4)/math.Log(from/to))
				} else {
					t.Logf("%s: %.6f ± %.1g, minimiser %.6f, %.1g left", name, last, se, want[j], left)
				}
			}
		})
	}
}

// A subgradient's steps must fall for it to end there, as 1/√t in absolute-heavy-tail. What is minimised, per dimension
// α train_loss + ridge/2 norm, is above its least value always, and the gap falls.
func TestSubgradientsGapFalls(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of arithmetic in one goroutine")
	}
	s := find(t, "absolute-heavy-tail")
	const ridge, steps = 0.1, 64
	s.Method.Steps = steps
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	objective := func(row []float64) float64 {
		value := 0.0
		for j, name := range s.Observables() {
			switch name {
			case "train_loss":
				value += s.Data.Alpha * row[j]
			case "norm":
				value += ridge / 2 * row[j]
			}
		}
		return value
	}
	limit := solve(t, s, Settings{Paths: 1 << 10})
	least, last := objective(mustMinimise(t, s, penalty{ridge: ridge}).row(s)), math.Inf(1)
	for step := 4; step <= steps; step *= 2 {
		gap := objective(limit.Mean[step]) - least
		if !(gap > 0 && gap < 0.8*last) {
			t.Errorf("step %d: the gap is %.4g after %.4g", step, gap, last)
		}
		t.Logf("step %d: gap %.4g", step, gap)
		last = gap
	}
}

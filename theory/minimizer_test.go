package theory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// static returns a scenario of these lines; a method is added, which the minimiser does not read.
func static(t *testing.T, lines string) *scenarios.Scenario {
	t.Helper()
	yaml := "name: static\ntitle: A minimiser\n" + lines + `
method: {kind: sgd, learning_rate: 0.1, steps: 1}
init: {overlap: 0, norm: 1}
`
	s, err := scenarios.Parse("static.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustMinimise(t *testing.T, s *scenarios.Scenario, p penalty) *minimum {
	t.Helper()
	m, err := minimise(context.Background(), s, p, minimisation{workers: pool{workers: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", *m)
	return m
}

// near fails if a number differs from what is wanted by more than the tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.12g, want %.12g to %.1g", what, got, want, tolerance)
	}
}

// The values were computed with another program (a replica solver with Gauss–Hermite quadrature), to the digits given; a
// simulation with it at d = 1200 gave 1.457(6), 2.879(6) and 0.2764(9).
func TestLogisticMinimiser(t *testing.T) {
	s := static(t, "data: {alpha: 3}\nteacher: {label: sign, noise: 0.4}\nstudent: {loss: logistic}")
	m := mustMinimise(t, s, penalty{ridge: 0.2})
	near(t, "overlap", m.overlap, 1.462678, 1e-6)
	near(t, "norm", m.norm, 2.877008, 1e-6)
	near(t, "train loss", m.trainLoss, 0.276792, 1e-6)
	if m.err > quadratureError || m.err == 0 {
		t.Errorf("reported error %g", m.err)
	}
}

// overModes averages f over the eigenvalues of XᵀX. Where they have a density, x = centre + radius·cos θ turns it
// into a smooth periodic function of θ, which 4000 midpoints integrate to rounding unless an edge is very near 0.
func overModes(alpha float64, f func(x float64) float64) (sum float64) {
	const points = 4000
	low, high := math.Pow(math.Sqrt(alpha)-1, 2), math.Pow(math.Sqrt(alpha)+1, 2)
	for i := range points {
		theta := math.Pi * (float64(i) + 0.5) / points
		x := (low+high)/2 + (high-low)/2*math.Cos(theta)
		radius := (high - low) / 2 * math.Sin(theta)
		sum += math.Pi / points * radius * radius / (2 * math.Pi * x) * f(x)
	}
	if alpha < 1 {
		sum += (1 - alpha) * f(0)
	}
	return sum
}

// Ridge regression is an average over the modes of XᵀX: w = Σ x/(x+λ) w* + √x σ/(x+λ) ε.
func TestRidgeMinimiser(t *testing.T) {
	for _, c := range []struct{ alpha, noise, ridge float64 }{
		{3, 0.5, 0.5}, {3, 0, 0.2}, {1.2, 0.3, 0.1}, {0.6, 0.4, 0.3}, {1, 0.2, 0.05}, {2, 0.7, 0}, {0.5, 0.6, 0}, {1.5, 0.3, 1e-6},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			s := static(t, fmt.Sprintf("data: {alpha: %g}\nteacher: {label: linear, noise: %g}\nstudent: {loss: square}", c.alpha, c.noise))
			m := mustMinimise(t, s, penalty{ridge: c.ridge})
			filter := func(x float64) float64 { // x/(x+λ), also in the limit λ → 0
				if x == 0 {
					return 0
				}
				return x / (x + c.ridge)
			}
			overlap := overModes(c.alpha, filter)
			norm := overModes(c.alpha, func(x float64) float64 {
				if x == 0 {
					return 0
				}
				return filter(x) * filter(x) * (1 + c.noise*c.noise/x)
			})
			// The residual of a mode is −λ/(x+λ) (√x w* + σε); of the α − 1 (or 0) modes that X does not reach, σε.
			residual := c.noise*c.noise*(c.alpha-1) + overModes(c.alpha, func(x float64) float64 {
				left := 1 - filter(x)
				return left * left * (x + c.noise*c.noise)
			})
			near(t, "overlap", m.overlap, overlap, 1e-10)
			near(t, "norm", m.norm, norm, 1e-10)
			near(t, "train loss", m.trainLoss, residual/(2*c.alpha), 1e-10)
			near(t, "test loss", m.testLoss, (1-2*overlap+norm+c.noise*c.noise)/2, 1e-10)
		})
	}
}

// The fixed point knows nothing of the closed form. Its quadratures are accurate to 1e-8 of 1 + the value.
func TestFixedPointAgainstClosedForm(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of arithmetic in one goroutine")
	}
	for _, lines := range []string{
		"data: {alpha: 2}\nteacher: {label: linear, noise: 0.5}",
		"data: {alpha: 0.7}\nteacher: {label: tanh, noise: 0.5}",
		"data: {alpha: 2}\nteacher: {label: sign, noise: 0.01}",
		"data: {alpha: 3, covariance: {values: [0.2, 1.5, 3], weights: [0.5, 0.3, 0.2]}}\nteacher: {label: linear, noise: 0.5}",
		"data: {alpha: 1.5, covariance: {power_law: 1}}\nteacher: {label: sign}",
		"data: {alpha: 1.5, covariance: {ar1: 0.5}}\nteacher: {label: linear, noise: 0.3}",
		"data: {alpha: 2, mixture: {positions: [-1, 0.5, 1], weights: [0.5, 0.3, 0.2], labels: [-1, 1, 1], variance: 0.6}}",
		"data: {alpha: 2, covariance: {values: [0.2, 1.5], weights: [0.5, 0.5]}, mixture: {positions: [-1, 1], weights: [0.4, 0.6], labels: [-2, 1.5], variance: 0.6}}",
	} {
		t.Run(lines, func(t *testing.T) {
			s := static(t, lines+"\nstudent: {loss: square}")
			closed := mustMinimise(t, s, penalty{ridge: 0.3})
			// To the search for a prox and to a search for kinks alike, this loss is one of two formulas.
			s.Student.Loss = namedLoss(t, "{value: (f-y)^2/2, gradient: f-y}")
			solved := mustMinimise(t, s, penalty{ridge: 0.3})
			for i, x := range solved.row(s) {
				near(t, s.Observables()[i], x, closed.row(s)[i], 2e-8*(1+math.Abs(x)))
			}
			near(t, "response", solved.response, closed.response, 2e-8*(1+closed.response))
		})
	}
}

func namedLoss(t *testing.T, spelling string) scenarios.Loss {
	t.Helper()
	loss, err := scenarios.Named[scenarios.Loss](spelling)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// A loss with kinks given by formulas gives what the named one gives: the search for kinks and for the prox is right.
func TestKinksAreFound(t *testing.T) {
	for _, c := range []struct{ name, formula, teacher string }{
		{"hinge", "{value: \"max(0, 1-y*f)\", gradient: \"y*f < 1 ? -y : 0\"}", "sign"},
		{"huber", "{value: \"abs(f-y) <= 1 ? (f-y)^2/2 : abs(f-y)-0.5\", gradient: \"min(1, max(-1, f-y))\"}", "tanh"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := static(t, "data: {alpha: 2}\nteacher: {label: "+c.teacher+"}\nstudent: {loss: "+c.name+"}")
			named := mustMinimise(t, s, penalty{ridge: 0.2})
			s.Student.Loss = namedLoss(t, c.formula)
			found := mustMinimise(t, s, penalty{ridge: 0.2})
			for i, x := range found.row(s) {
				near(t, s.Observables()[i], x, named.row(s)[i], 4e-8*(1+math.Abs(x)))
			}
		})
	}
}

// Huber's loss is the square's within its threshold, so labels far inside it give ridge regression: the largest residual
// of tanh labels and a heavily shrunk student is 1 but for the field, here N(0, < 0.02).
func TestHuberWithinItsThreshold(t *testing.T) {
	s := static(t, "data: {alpha: 2}\nteacher: {label: {expression: '0.2*tanh(h[0])'}}\nstudent: {loss: huber}")
	huber := mustMinimise(t, s, penalty{ridge: 1})
	s.Student.Loss = namedLoss(t, "square")
	square := mustMinimise(t, s, penalty{ridge: 1})
	near(t, "overlap", huber.overlap, square.overlap, 2e-8)
	near(t, "norm", huber.norm, square.norm, 2e-8)
}

// A prior that needs no integral: with teacher entries 0 or ±1/√p the LASSO's population is a sum. Here Gaussian entries,
// for which x = sR* w* + √s τy is one Gaussian variable.
func TestSoftThresholdOfGaussianTeacher(t *testing.T) {
	s := static(t, "data: {alpha: 1}\nteacher: {label: linear}\nstudent: {loss: square}")
	side, err := newWeightSide(s, penalty{ridge: 0.3, l1: 0.4})
	if err != nil {
		t.Fatal(err)
	}
	const response, noise, drift = 0.7, 0.5, -0.9
	m := side.moments(coupling{response, noise, func(float64) float64 { return drift }})
	deviation := math.Hypot(noise, drift)
	_, variance, active := softMoments(0, deviation, 0.4)
	near(t, "norm", m.norm, variance, 1e-12) // stiffness 0.3 + 0.7
	near(t, "response", m.response, active, 1e-12)
	// By Stein's lemma E[w w*] = −D P(active).
	near(t, "overlap", m.overlap, -drift*active, 1e-12)
	near(t, "rest", m.rest, m.norm-m.overlap*m.overlap, 1e-12)
}

func TestSoftMoments(t *testing.T) {
	for _, mean := range []float64{-2, 0, 0.3, 5} {
		const deviation, threshold = 0.7, 0.5
		first, variance, active := softMoments(mean, deviation, threshold)
		integral := func(f func(x float64) float64) float64 {
			density := func(x float64) float64 {
				z := (x - mean) / deviation
				return f(x) * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) / deviation
			}
			const n, far = 200, 12.0
			return quad.Fixed(density, threshold, threshold+far, n, nil, 0) + quad.Fixed(density, -threshold-far, -threshold, n, nil, 0)
		}
		soft := func(x float64) float64 { return math.Copysign(math.Abs(x)-threshold, x) }
		near(t, "first", first, integral(soft), 1e-12)
		near(t, "variance", variance, integral(func(x float64) float64 { return soft(x) * soft(x) })-first*first, 1e-12)
		near(t, "active", active, integral(func(float64) float64 { return 1 }), 1e-12)
	}
}

// A probit label is a sign label with Gaussian noise of its own.
func TestProbitMinimiser(t *testing.T) {
	const rest = "\nstudent: {loss: logistic}"
	probit := mustMinimise(t, static(t, "data: {alpha: 2}\nteacher: {label: probit, noise: 0.75}"+rest), penalty{ridge: 0.1})
	sign := mustMinimise(t, static(t, "data: {alpha: 2}\nteacher: {label: sign, noise: 1.25}"+rest), penalty{ridge: 0.1})
	near(t, "overlap", probit.overlap, sign.overlap, 2e-8)
	near(t, "test error", probit.testError, sign.testError, 2e-8)
}

// With a small ridge the hinge loss has the largest margin, 1/√q. By Gardner's formula (J. Phys. A 21, 1988) that is the
// largest κ/√(1+a²) with α E[(κ − a|z₀| − z)₊²] ≤ 1, for w = b(a w* + a unit part independent of w*) and κ = 1/b.
func TestLargestMargin(t *testing.T) {
	const alpha = 2
	m := mustMinimise(t, static(t, "data: {alpha: 2}\nteacher: {label: sign}\nstudent: {loss: hinge}"), penalty{ridge: 1e-3})
	violation := func(kappa, a float64) float64 {
		return 2 * alpha * quad.Fixed(func(z float64) float64 {
			x := kappa - a*z
			return distuv.UnitNormal.Prob(z) * ((x*x+1)*distuv.UnitNormal.CDF(x) + x*distuv.UnitNormal.Prob(x))
		}, 0, 9, 60, nil, 0)
	}
	margin := func(a float64) float64 {
		low, high := -5.0, 20.0
		for high-low > 1e-12 {
			if kappa := (low + high) / 2; violation(kappa, a) > 1 {
				high = kappa
			} else {
				low = kappa
			}
		}
		return low / math.Sqrt(1+a*a)
	}
	low, high := 0.0, 10.0
	for high-low > 1e-6 { // the margin is flat at its largest
		a, b := high-(high-low)/math.Phi, low+(high-low)/math.Phi
		if margin(a) > margin(b) {
			high = b
		} else {
			low = a
		}
	}
	near(t, "margin", 1/math.Sqrt(m.norm), margin(low), 1e-8)
	near(t, "a", m.overlap/math.Sqrt(m.norm-m.overlap*m.overlap), low, 1e-5)
	near(t, "train loss", m.trainLoss, 0, 1e-12)
}

// Labels that have nothing to do with the data are separable below two samples a dimension (Cover 1965).
func TestSeparable(t *testing.T) {
	noise := "\nteacher: {label: {expression: sign(noise)}, noise: 1}\nstudent: {loss: logistic}"
	few := static(t, "data: {alpha: 2}"+noise)
	few.Data.Alpha = 1.99
	_, err := minimise(context.Background(), few, penalty{}, minimisation{workers: pool{workers: 1}})
	var none *NoMinimizerError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "alpha > 2,") {
		t.Errorf("alpha 1.99: %v", err)
	}
	m := mustMinimise(t, static(t, "data: {alpha: 2.5}"+noise), penalty{})
	near(t, "overlap", m.overlap, 0, 1e-8)
	_, err = minimise(context.Background(), static(t, "data: {alpha: 50}\nteacher: {label: sign}\nstudent: {loss: hinge}"), penalty{}, minimisation{workers: pool{workers: 1}})
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "separable") {
		t.Errorf("labels without noise: %v", err)
	}
	_, err = minimise(context.Background(), static(t, "data: {alpha: 1}\nteacher: {label: linear}\nstudent: {loss: square}"), penalty{}, minimisation{workers: pool{workers: 1}})
	if !errors.As(err, &none) {
		t.Errorf("ridge 0 at alpha 1: %v", err)
	}
}

func TestBreaks(t *testing.T) {
	f := func(x float64) float64 {
		switch {
		case x < -1.5:
			return math.Sin(3 * x)
		case x < 0:
			return math.Sin(3*x) + 2 // jumps at -1.5
		case x < 2.25:
			return 2 + 3*x // jumps in the second derivative at 0: none that counts
		}
		return 8.75 + 0.5*(x-2.25) // its slope falls at 2.25
	}
	got := breaks(f, -7.5, 7.5)
	if len(got) != 2 {
		t.Fatalf("breaks at %v", got)
	}
	near(t, "jump", got[0], -1.5, 1e-11)
	near(t, "kink", got[1], 2.25, 1e-4)
	if smooth := breaks(math.Tanh, -40, 40); smooth != nil {
		t.Errorf("tanh breaks at %v", smooth)
	}
}

package scenarios

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// gradientOnly hides that a loss has a closed prox.
type gradientOnly struct{ Loss }

var convexLosses = []Loss{square{}, logistic{}, hinge{}, &huber{1}, &huber{0.4}, absolute{}}

func drawProx(t *rapid.T) (l Loss, omega, y, v float64) {
	l = rapid.SampledFrom(convexLosses).Draw(t, "loss")
	omega = rapid.Float64Range(-30, 30).Draw(t, "omega")
	v = math.Exp(rapid.Float64Range(-6, 6).Draw(t, "log v"))
	y = rapid.Float64Range(-5, 5).Draw(t, "y")
	switch l.(type) {
	case logistic, hinge:
		y = rapid.SampledFrom([]float64{-1, 1}).Draw(t, "sign")
	}
	return l, omega, y, v
}

// What the prox minimises is nowhere smaller. The objective is exact to a few ulps of its own size.
func TestProxMinimises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, omega, y, v := drawProx(t)
		r := Prox(l, omega, y, v)
		objective := func(r float64) float64 { return l.Value(r, y) + (r-omega)*(r-omega)/(2*v) }
		least := objective(r)
		for _, step := range []float64{1e-6, 1e-3, 0.1, 1, 10} {
			for _, other := range []float64{r - step, r + step} {
				if x := objective(other); x < least-1e-14*(1+least) {
					t.Fatalf("%T(ω = %g, y = %g, v = %g) = %g: objective %g, but %g at %g", l, omega, y, v, r, least, x, other)
				}
			}
		}
	})
}

// The closed forms and the search by gradients alone agree. The search's tolerance is 2e-15 of its result, which
// r + v ∂ℓ(r) = ω, rounded to an ulp of its largest term and with a slope of at least 1, widens to that term's ulps.
func TestProxBySearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, omega, y, v := drawProx(t)
		closed, searched := Prox(l, omega, y, v), Prox(gradientOnly{l}, omega, y, v)
		scale := 1 + math.Abs(omega) + v*math.Abs(l.Gradient(omega, y))
		if math.Abs(closed-searched) > 4e-15*scale {
			t.Fatalf("%T(ω = %g, y = %g, v = %g): closed %.17g, searched %.17g", l, omega, y, v, closed, searched)
		}
	})
}

// A prox does not expand: it increases, by no more than its argument.
func TestProxIsFirmlyNonexpansive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, omega, y, v := drawProx(t)
		step := math.Exp(rapid.Float64Range(-10, 3).Draw(t, "log step"))
		moved := Prox(l, omega+step, y, v) - Prox(l, omega, y, v)
		if rounding := 1e-13 * (1 + math.Abs(omega) + v); moved < -rounding || moved > step+rounding {
			t.Fatalf("%T(y = %g, v = %g): ω = %g + %g moves the prox by %g", l, y, v, omega, step, moved)
		}
	})
}

// Between its kinks a gradient is smooth and across each it is not.
func TestKinksOfLosses(t *testing.T) {
	const h = 1e-4
	for _, l := range convexLosses {
		kinks, known := Kinks(l, 1)
		if !known {
			t.Errorf("%T: kinks unknown", l)
		}
		rough := func(f float64) bool {
			second := l.Gradient(f-h, 1) - 2*l.Gradient(f, 1) + l.Gradient(f+h, 1)
			forward := l.Gradient(f, 1) - 2*l.Gradient(f+h, 1) + l.Gradient(f+2*h, 1)
			return math.Abs(second)+math.Abs(forward) > 0.1*h // smooth: of order h² = 1e-8
		}
		for _, k := range kinks {
			if !rough(k) {
				t.Errorf("%T: smooth at its kink %g", l, k)
			}
		}
		for f := -4.03; f < 4; f += 0.05 {
			near := false
			for _, k := range kinks {
				near = near || math.Abs(f-k) < 3*h
			}
			if !near && rough(f) {
				t.Errorf("%T: not smooth at %g", l, f)
			}
		}
	}
	if _, known := Kinks(phase{}, 1); known {
		t.Error("phase counts as a loss with a prox")
	}
}

func TestConvex(t *testing.T) {
	labels := []float64{-1, 1}
	for _, l := range convexLosses {
		if !Convex(l, labels) || !Convex(gradientOnly{l}, labels) {
			t.Errorf("%T is convex", l)
		}
	}
	if Convex(phase{}, []float64{0.5}) {
		t.Error("phase is not convex")
	}
}

// Newton's steps ran to and fro here, from one end of the bracket to the other, until they were counted out.
func TestProxOfLogisticConverges(t *testing.T) {
	const omega, y, v = 2.65625, -1, 90.01713130052181
	r := Prox(logistic{}, omega, y, v)
	if rest := r + v*(logistic{}).Gradient(r, y) - omega; math.Abs(rest) > 1e-12 {
		t.Errorf("r = %g leaves %g of r + v ℓ' = ω", r, rest)
	}
}

package scenarios

import (
	"errors"
	"math"
	"testing"

	"limitcheck/internal/spec"
)

// spelled are parts with parameters, as a file writes them. Every registered part that has parameters must be here, so
// that the checks below run over all parts there are.
var spelled = []string{
	`{expression: "tanh(h[0] + h[1]^3 - 3*h[1]) + noise"}`, `{expression: "h[0] > 0 ? 1 : -1"}`,
	`{value: "log(cosh(f - y))", gradient: "tanh(f - y)"}`, `{value: "max(0, 1 - y*f)^2", gradient: "-2*y*max(0, 1 - y*f)"}`,
	`{value: "((r[0]-y)^2 + (r[1]+y)^2 + r[0]*r[1])/2", gradient: ["r[0]-y+r[1]/2", "r[1]+y+r[0]/2"]}`,
	`{huber: 1.5}`, `{values: [-1, 1], weights: [0.5, 0.5]}`, `{values: [-3, 0, 1], weights: [0.1, 0.6, 0.3]}`,
	`{leaky_relu: 0.1}`, `{value: "x/(1+exp(-x))", derivative: "(1+exp(-x)+x*exp(-x))/(1+exp(-x))^2"}`,
	`{value: "max(0, x) - 1/2", derivative: "x > 0 ? 1 : 0"}`,
	`{student_t: 3, scale: 0.5}`, `{student_t: 5.5, scale: 2}`,
	`{student_t: 5}`, `{sparse: 0.2}`, `{piecewise: 20}`,
	`{schedule: step, initial: 0.1, factor: 0.5, every: 10}`, `{schedule: cosine, initial: 0.3, final: 0}`,
	`{schedule: power, initial: 0.2, exponent: 0.5, offset: 3}`, `{schedule: nesterov}`, `{schedule: beck-teboulle}`,
	`[1, 0, 0.5]`, `{formula: "0.1/(1 + t)"}`, `{schedule: warmup, over: 5, then: 0.1}`,
	`{schedule: warmup, over: 3, then: {schedule: warmup, over: 2, then: {formula: "t"}}}`,
	`{values: [0.2, 1, 3], weights: [0.3, 0.4, 0.3]}`, `{values: [2], weights: [1]}`,
	`{power_law: 1, offset: 0.05}`, `{power_law: 2.5, offset: 0.01}`, `{power_law: 0.3, offset: 2}`,
	`{marchenko_pastur: 0.5}`, `{marchenko_pastur: 0.01}`, `{marchenko_pastur: 0.95}`,
	`{ar1: 0.6}`, `{ar1: -0.3}`, `{ar1: 0.95}`,
	`{kind: sgd, learning_rate: 0.1}`, `{kind: sgd, learning_rate: {schedule: power, initial: 0.2, exponent: 0.5}, ridge: 0.3}`,
	`{kind: heavy-ball, learning_rate: 0.1, momentum: 0.5}`, `{kind: nesterov, learning_rate: 0.1, momentum: {schedule: nesterov}}`,
	`{kind: langevin, learning_rate: 0.1, temperature: 0.2}`, `{kind: spherical, learning_rate: 0.1}`,
	`{kind: ista, learning_rate: 0.1, fused: 0.2}`, `{kind: fista, learning_rate: 0.1, l1: 0.2}`,
	`{kind: minimizer, l1: 0.2}`,
	`{kind: adamw, learning_rate: 0.1, ridge: 0.2}`,
	`{kind: velocity, learning_rate: [0.1, 0.2], momentum: 0.9, nesterov: true}`,
	`{kind: velocity, learning_rate: 0.1, momentum: 0.9, dampening: 0.5}`,
	`{kind: sign, learning_rate: 0.1}`, `{kind: adam, learning_rate: 0.1}`, `{kind: adam, learning_rate: 0.1, decay2: 0.9}`,
	`{fraction: 0.25}`, `{fraction: 0.25, sampling: fixed}`, `{sampling: epoch, fraction: 0.25}`, `{sampling: fresh}`,
	`{sampling: persistent, fraction: 0.25, on_time: 3}`,
}

// examples are parts of one kind: at least one for every name in its registry.
func examples[T any](t *testing.T, r *spec.Registry[T]) map[string]T {
	t.Helper()
	found, seen := map[string]T{}, map[string]bool{}
	for _, spelling := range append(r.Names(), spelled...) {
		if part, err := Named[T](spelling); err == nil {
			found[spelling] = part
			seen[r.NameOf(part)] = true
		}
	}
	for _, name := range r.Names() {
		if !seen[name] {
			t.Errorf("no example of the %s %s: add one to spelled", r.What, name)
		}
	}
	return found
}

// Name and Named are inverse to each other on every part of every kind.
func TestNames(t *testing.T) {
	checkNames(t, &losses)
	checkNames(t, &labels)
	checkNames(t, &activations)
	checkNames(t, &covariances)
	checkNames(t, &weightLaws)
	checkNames(t, &noises)
	checkNames(t, &schedules)
	checkNames(t, &optimizers)
	checkNames(t, &masks)
}

func checkNames[T any](t *testing.T, r *spec.Registry[T]) {
	for spelling, part := range examples(t, r) {
		name := Name(part)
		again, err := Named[T](name)
		if err != nil || Name(again) != name {
			t.Errorf("%s %s is written as %s, which reads as %v, %v", r.What, spelling, name, again, err)
		}
	}
}

func TestNameOfGoTypes(t *testing.T) {
	if got := Name(namelessLoss{}); got != "scenarios.namelessLoss" {
		t.Errorf("got %q", got)
	}
	if got := Name(statedLoss{}); got != "my loss" {
		t.Errorf("got %q", got)
	}
}

type namelessLoss struct{ square }
type statedLoss struct{ square }

func (statedLoss) String() string { return "my loss" }

// irregular is a deterministic sequence that fills (low, high) evenly and meets no round number.
func irregular(i int, low, high float64) float64 {
	return low + (high-low)*math.Mod(float64(i+1)*(math.Sqrt(5)-1)/2, 1)
}

// differencesAgree compares a derivative with differences of step 1e-5, of fourth order. Their error is step⁴/30 times the
// fifth derivative (below 1e5 for all parts on the ranges used: far below 1e-8), and the rounding |value|·1e-16/step
// (1e-11·|value|).
func differencesAgree(t *testing.T, what string, x float64, value func(float64) float64, derivative float64) {
	t.Helper()
	const step = 1e-5
	difference := func(h float64) float64 { return (value(x+h) - value(x-h)) / (2 * h) }
	want := (4*difference(step) - difference(2*step)) / 3
	if !(math.Abs(derivative-want) <= 2e-8+1e-10*math.Abs(value(x))) {
		t.Errorf("%s: derivative at %g is %g, differences give %g", what, x, derivative, want)
	}
}

func TestLossGradients(t *testing.T) {
	for name, loss := range examples(t, &losses) {
		if _, ok := fieldLoss(loss); ok {
			continue // TestStudentGradients
		}
		for i := range 500 {
			f, y := irregular(i, -5, 5), irregular(7*i, -3, 3)
			if needed(loss) == SignLabels {
				y = math.Copysign(1, y)
			}
			differencesAgree(t, name, f, func(f float64) float64 { return loss.Value(f, y) }, loss.Gradient(f, y))
		}
	}
}

func TestActivationDerivatives(t *testing.T) {
	for name, a := range examples(t, &activations) {
		for i := range 500 {
			x := irregular(i, -5, 5)
			differencesAgree(t, name, x, a.Value, a.Derivative(x))
		}
	}
}

// The activations that PyTorch has, as its documentation defines them. Φ(1) and φ(1) are of Abramowitz and Stegun's table
// 26.1; far out, where they must neither overflow nor lose what is small, is what the asymptotic series leave, to 1e-5.
func TestActivationValues(t *testing.T) {
	density := math.Exp(-450) / math.Sqrt(2*math.Pi) // of the normal law at 30
	for _, c := range []struct {
		a                    Activation
		x, value, derivative float64
	}{
		{&leakyReLU{0.1}, -2, -0.2, 0.1}, {&leakyReLU{0.1}, 3, 3, 1},
		{gelu{}, 1, 0.841344746068543, 0.841344746068543 + 0.241970724519143},
		{gelu{}, -30, -density * (1 - 1./900 + 3./900/900), density / 30 * (1 - 1./900 - 900)},
		{softplus{}, 0, math.Ln2, 0.5}, {softplus{}, -40, math.Exp(-40), math.Exp(-40)}, {softplus{}, 800, 800, 1},
		{sigmoid{}, 0, 0.5, 0.25}, {sigmoid{}, -700, math.Exp(-700), math.Exp(-700)}, {sigmoid{}, 800, 1, 0},
		{squareActivation{}, -3, 9, -6},
	} {
		for _, pair := range [][2]float64{{c.a.Value(c.x), c.value}, {c.a.Derivative(c.x), c.derivative}} {
			if got, want := pair[0], pair[1]; !(math.Abs(got-want) <= 1e-5*math.Abs(want)) || math.Abs(want) > 1e-3 && math.Abs(got-want) > 3e-15*math.Abs(want) {
				t.Errorf("%s at %g: %v, want %v", Name(c.a), c.x, got, want)
			}
		}
	}
}

// At a kink the gradient is the mean of the two slopes, so that both engines choose alike.
func TestKinks(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"hinge", hinge{}.Gradient(1, 1), -0.5}, {"hinge", hinge{}.Gradient(-1, -1), 0.5},
		{"absolute", absolute{}.Gradient(2, 2), 0}, {"relu", relu{}.Derivative(0), 0.5},
		{"leaky_relu", (&leakyReLU{0.2}).Derivative(0), 0.6},
		{"huber", (&huber{1}).Gradient(2, 1), 1}, {"huber", (&huber{1}).Value(2, 1), 0.5},
	} {
		if c.got != c.want {
			t.Errorf("%s at its kink: %g, want %g", c.what, c.got, c.want)
		}
	}
}

// The logistic loss neither overflows nor loses its small values.
func TestLogisticExtremes(t *testing.T) {
	for _, c := range []struct{ f, value, gradient float64 }{
		{-800, 800, -1},
		{800, 0, 0},
		{0, math.Ln2, -0.5},
		{40, math.Exp(-40), -math.Exp(-40)}, // log(1+ε) = ε - ε²/2, relative 2e-18
	} {
		if v, g := (logistic{}).Value(c.f, 1), (logistic{}).Gradient(c.f, 1); math.Abs(v-c.value) > 1e-15*c.value || math.Abs(g-c.gradient) > 1e-15*math.Abs(c.gradient) {
			t.Errorf("at %g: %g and %g, want %g and %g", c.f, v, g, c.value, c.gradient)
		}
	}
}

func TestSchedules(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []struct {
		spelling string
		at       map[int]float64
	}{
		{"0.3", map[int]float64{0: 0.3, 7: 0.3}},
		{"{schedule: step, initial: 0.8, factor: 0.5, every: 10}", map[int]float64{0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2}},
		{"{schedule: cosine, initial: 0.3, final: 0.1}", map[int]float64{0: 0.3, 10: 0.2, 20: 0.1}},
		{"{schedule: power, initial: 0.3, exponent: 0.5, offset: 2}", map[int]float64{0: 0.3, 6: 0.15}},
		{"{schedule: power, initial: 0.3, exponent: 1}", map[int]float64{0: 0.3, 1: 0.15, 2: 0.1}},
		{"{schedule: nesterov}", map[int]float64{0: 0, 1: 0.25, 3: 0.5, 9: 0.75}},
		{"[0.5, 0, 0.25]", map[int]float64{0: 0.5, 1: 0, 2: 0.25, 3: 0.25}},
		{`{formula: "(1 + cos(pi*t))/2"}`, map[int]float64{0: 1, 1: 0, 2: 1, 3: 0}},
		{"{schedule: warmup, over: 4, then: 0.8}", map[int]float64{0: 0.2, 1: 0.4, 3: 0.8, 4: 0.8, 9: 0.8}},
		// Then sees t, not t − over.
		{"{schedule: warmup, over: 4, then: {schedule: cosine, initial: 0.3, final: 0.1}}", map[int]float64{0: 0.3 / 4, 10: 0.2, 20: 0.1}},
		// θ_2 is the golden ratio φ, and θ_3 = (1+√(1+4φ²))/2.
		{"{schedule: beck-teboulle}", map[int]float64{0: 0, 1: 0, 2: (math.Phi - 1) / ((1 + math.Sqrt(1+4*math.Phi*math.Phi)) / 2)}},
	} {
		s, err := Named[Schedule](c.spelling)
		if err != nil {
			t.Fatal(err)
		}
		seen[schedules.NameOf(s)] = true
		s = over(s, 20)
		for step, want := range c.at {
			if got := s.At(step); math.Abs(got-want) > 1e-15 {
				t.Errorf("%s at %d: %g, want %g", c.spelling, step, got, want)
			}
		}
	}
	for _, name := range schedules.Names() {
		if !seen[name] {
			t.Errorf("no values known for schedule %s: add them", name)
		}
	}
}

// The table of values agrees in every bit with the recursion from the start, at its end and beyond it.
func TestBeckTeboulleIsItsRecursion(t *testing.T) {
	theta, beta := 1.0, 0.0
	for step := range maxSteps + 10 {
		if got := (beckTeboulle{}).At(step); got != beta {
			t.Fatalf("at step %d: %v, want %v", step, got, beta)
		}
		next := (1 + math.Sqrt(1+4*theta*theta)) / 2
		beta, theta = (theta-1)/next, next
	}
}

// The longest file is checked at once, whatever its schedule: one whose value at t costs t operations would take most of
// a minute here, and the tests' patience with it.
func TestLongestSchedules(t *testing.T) {
	for _, spelling := range spelled {
		schedule, err := Named[Schedule](spelling)
		if err != nil {
			continue // another part
		}
		s, err := Find("lasso-fista")
		if err != nil {
			t.Fatal(err)
		}
		fista := *s.Method.Optimizer.(*FISTA)
		fista.Momentum = schedule
		s.Method.Steps, s.Method.Optimizer = maxSteps, &fista
		var e *Error
		if err := s.Validate(); err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %v", spelling, err)
		}
	}
}

// A wrong gradient is found; a kink is not mistaken for one.
func TestExpressionLossChecked(t *testing.T) {
	for spelling, want := range map[string]string{
		`{value: "(f-y)^2/2", gradient: "f-y"}`:                                    "",
		`{value: "abs(f-y)", gradient: "sign(f-y)"}`:                               "",
		`{value: "max(0,1-y*f)", gradient: "y*f < 1 ? -y : 0"}`:                    "",
		`{value: "log(1+exp(-y*(f^2-1)))", gradient: "-2*f*y/(1+exp(y*(f^2-1)))"}`: "",
		`{value: "(f-y)^2/2", gradient: "f+y"}`:                                    "gradient is not the derivative of value: at f = 0.9443, y = -1 it is -0.0557281, but central differences of value give 1.94427",
		`{value: "(f-y)^2/2", gradient: "1.01*(f-y)"}`:                             "gradient is not the derivative of value: at f = 0.9443, y = -1 it is 1.96371, but central differences of value give 1.94427",
		`{value: "abs(f) > 6 ? 0 : (f-y)^2/2", gradient: "f-y"}`:                   "gradient is not the derivative of value: at f = 7.082, y = -1 it is 8.08204, but central differences of value give 0",
		`{value: "f > 0 ? 1 : 0", gradient: "0"}`:                                  "gradient is not the derivative of value, which may jump: at y = -1 its integral from f = -4 to 4 is 0, but value changes by 1",
		`{value: "log(f)", gradient: "1/f"}`:                                       "value is NaN at f = -2.111, y = -1; a loss must be finite everywhere",
		`{value: "f", gradient: "f/f - log(abs(f)-f+1e-300)*0+sqrt(f)"}`:           "gradient is NaN at f = -2.111, y = -1; it must be finite everywhere",
	} {
		_, err := Named[Loss](spelling)
		got := ""
		if err != nil {
			got = err.(*Error).Message
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", spelling, got, want)
		}
	}
}

// Any number of goroutines may evaluate one loss.
func TestExpressionLossConcurrent(t *testing.T) {
	loss, err := Named[Loss](`{value: "(f-y)^2/2", gradient: "f-y"}`)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	for w := range 8 {
		go func() {
			ok := true
			for i := range 2000 {
				f, y := float64(i), float64(w)
				ok = ok && loss.Gradient(f, y) == f-y && loss.Value(f, y) == (f-y)*(f-y)/2
			}
			done <- ok
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("a concurrent evaluation went wrong")
		}
	}
}

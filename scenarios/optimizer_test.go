package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limitcheck/internal/spec"
)

// exampleKeys are settings of methods by key. Every key of every method must be here, so that the checks below run with
// all of them on.
var exampleKeys = map[string]string{
	"learning_rate": "{schedule: power, initial: 0.3, exponent: 0.5, offset: 2}", "momentum": "0.6",
	"ridge":     "{schedule: power, initial: 0.4, exponent: 1}",
	"dampening": "0.3", "nesterov": "false",
	"temperature": "0.3", "l1": "0.7", "fused": "0.5", "decay1": "0.9", "decay2": "0.999",
}

// numbersOnly are the example settings of a method without steps, which has no schedules.
var numbersOnly = map[string]string{"ridge": "0.4"}

// spell is the mapping of a part's keys, with the values given, and with those of examples where there is none.
func spell(part any, kind string, given, examples map[string]string) string {
	pairs := []string{kind}
	for _, k := range part.(spec.Keyed).Keys() {
		value, ok := given[k.Name]
		if !ok {
			value, ok = examples[k.Name]
		}
		if !ok {
			panic("no example of " + k.Name + ", a key of " + kind + ": add it to those of the tests")
		}
		pairs = append(pairs, k.Name+": "+value)
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// exampleOf is the method of that name with the example settings, but for those given here.
func exampleOf(name string, but map[string]string) Optimizer {
	if _, static := optimizers.New[name]().(*Minimizer); static && but == nil {
		but = numbersOnly
	}
	o, err := Named[Optimizer](spell(optimizers.New[name](), "kind: "+name, but, exampleKeys))
	if err != nil {
		panic(err)
	}
	return o
}

// optimizerExamples are all methods, the proximal ones also without their nonlinear parts.
func optimizerExamples() map[string]Optimizer {
	all := map[string]Optimizer{}
	for _, name := range optimizers.Names() {
		all[name] = exampleOf(name, nil)
		if p, ok := all[name].(interface{ penalty() *Penalty }); ok {
			all[name+" without fused"] = exampleOf(name, map[string]string{"fused": "0"})
			p.penalty().L1, p.penalty().Fused = 0, 0
			all[name+" of ridge alone"] = all[name]
			all[name] = exampleOf(name, nil)
		}
	}
	all["velocity, Nesterov's"] = exampleOf("velocity", map[string]string{"dampening": "0", "nesterov": "true"})
	return all
}

func (p *Penalty) penalty() *Penalty { return p }

func meanProduct(a, b []float64) float64 { return dot(a, b) / float64(len(a)) }

// units are as many student units as the moves of these tests have.
const units = 2

// randomMove is a move of dimension d with distinct vectors, P at the look-ahead.
func randomMove(o Optimizer, t, d int, draw func() float64) Move {
	m := Move{T: t, Inner: meanProduct}
	vector := func() []float64 {
		v := make([]float64, d)
		for i := range v {
			v[i] = draw()
		}
		return v
	}
	vectors := func() (all [][]float64) {
		for range units {
			all = append(all, vector())
		}
		return all
	}
	m.Next, m.W, m.Previous, m.P, m.U = vectors(), vectors(), vectors(), vectors(), vectors()
	for k, p := range m.P {
		for i := range p {
			p[i] = m.W[k][i] + o.LookAhead(t)*(m.W[k][i]-m.Previous[k][i])
		}
	}
	if o.NoiseScale(t) > 0 {
		m.Noise = vectors()
	}
	m.State = make([][][]float64, units)
	for k := range m.State {
		for range o.States() {
			state := vector()
			for i, x := range state {
				state[i] = math.Abs(x)
			}
			m.State[k] = append(m.State[k], state)
		}
	}
	return m
}

// oneUnit is what a move holds of one unit.
type oneUnit struct{ W, Previous, U, Noise []float64 }

func (m Move) unit(k int) oneUnit {
	u := oneUnit{W: m.W[k], Previous: m.Previous[k], U: m.U[k]}
	if m.Noise != nil {
		u.Noise = m.Noise[k]
	}
	return u
}

func drawNormal(rt *rapid.T) func() float64 {
	level := rapid.Float64Range(-2, 2)
	return func() float64 { return level.Draw(rt, "entry") }
}

// closeTo allows for a few roundings of numbers up to scale, magnified by up to 100 on the sphere.
func closeTo(a, b, scale float64) bool { return math.Abs(a-b) <= 1e-13*(1+scale) }

// stepsElsewhere are the methods whose step is tested by another test than TestSteps, which it names.
var stepsElsewhere = map[string]string{
	"adam": "TestAdam", "adamw": "TestAdam", "velocity": "TestVelocity", "ista": "TestProximalStep", "fista": "TestProximalStep", "minimizer": "TestStepless",
}

// Every method's step, against its formula in docs/theory.md, "The problem", written out entry by entry.
func TestSteps(t *testing.T) {
	const rate0 = 0.3
	seen := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		step := rapid.IntRange(0, 8).Draw(rt, "t")
		eta, ridge := rate0/math.Sqrt(1+float64(step)/2), 0.4/float64(1+step)
		for name, formula := range map[string]func(m oneUnit, i int) float64{
			"sgd":        func(m oneUnit, i int) float64 { return m.W[i] - eta*(m.U[i]+ridge*m.W[i]) },
			"heavy-ball": func(m oneUnit, i int) float64 { return m.W[i] - eta*(m.U[i]+ridge*m.W[i]) + 0.6*(m.W[i]-m.Previous[i]) },
			"nesterov": func(m oneUnit, i int) float64 {
				p := m.W[i] + 0.6*(m.W[i]-m.Previous[i])
				return p - eta*(m.U[i]+ridge*p)
			},
			"langevin": func(m oneUnit, i int) float64 {
				return m.W[i] - eta*(m.U[i]+ridge*m.W[i]) + math.Sqrt(2*eta*0.3)*m.Noise[i]
			},
			"sign": func(m oneUnit, i int) float64 {
				switch g := m.U[i] + ridge*m.W[i]; {
				case g > 0:
					return m.W[i] - eta
				case g < 0:
					return m.W[i] + eta
				}
				return m.W[i]
			},
			"spherical": func(m oneUnit, i int) float64 {
				norm := 0.0
				for j := range m.W {
					norm += math.Pow(m.W[j]-eta*m.U[j], 2)
				}
				if norm < 1e-4 {
					return math.NaN() // next to 0 the projection magnifies rounding without bound: not looked at
				}
				return math.Sqrt(float64(len(m.W))/norm) * (m.W[i] - eta*m.U[i])
			},
			"ista without fused": func(m oneUnit, i int) float64 {
				return elasticNet(m.W[i]-eta*m.U[i], eta*0.7, eta*ridge)
			},
			"fista without fused": func(m oneUnit, i int) float64 {
				p := m.W[i] + 0.6*(m.W[i]-m.Previous[i])
				return elasticNet(p-eta*m.U[i], eta*0.7, eta*ridge)
			},
		} {
			seen[name] = true
			o := optimizerExamples()[name]
			m := randomMove(o, step, rapid.IntRange(1, 6).Draw(rt, "d"), drawNormal(rt))
			o.Step(m)
			for k, next := range m.Next {
				for i, x := range next {
					want := formula(m.unit(k), i)
					if !math.IsNaN(want) && !closeTo(x, want, math.Abs(want)+math.Abs(m.U[k][i])) {
						rt.Errorf("%s: entry %d of unit %d is %g, want %g", name, i, k, x, want)
					}
				}
			}
		}
	})
	for _, name := range optimizers.Names() {
		if !seen[name] && stepsElsewhere[name] == "" {
			t.Errorf("no formula known for method %s: add it", name)
		}
	}
}

// elasticNet is argmin_x (x-v)²/2 + l|x| + r x²/2: the case distinction on the sign of x.
func elasticNet(v, l, r float64) float64 {
	switch {
	case v > l:
		return (v - l) / (1 + r)
	case v < -l:
		return (v + l) / (1 + r)
	}
	return 0
}

// Five steps of Adam against Kingma and Ba's algorithm 1 as printed, and of AdamW against the loop of torch.optim.AdamW as
// its documentation prints it, for one entry.
func TestAdam(t *testing.T) {
	for _, kind := range []string{"adam", "adamw"} {
		checkAdam(t, kind)
	}
}

func checkAdam(t *testing.T, kind string) {
	o := exampleOf(kind, map[string]string{"ridge": "0.4"})
	state := [][][]float64{{{0}, {0}}}
	w, m, v, want := [][]float64{{0.5}}, 0.0, 0.0, 0.5
	for step := range 5 {
		u := [][]float64{{math.Sin(float64(3 * step))}}
		next := [][]float64{{0}}
		o.Step(Move{T: step, Next: next, W: w, Previous: w, P: w, U: u, State: state})
		w = next

		rate := 0.3 / math.Sqrt(1+float64(step)/2)
		g := u[0][0]
		if kind == "adam" {
			g += 0.4 * want
		} else {
			want -= rate * 0.4 * want
		}
		m = 0.9*m + 0.1*g
		v = 0.999*v + 0.001*g*g
		mHat := m / (1 - math.Pow(0.9, float64(step+1)))
		vHat := v / (1 - math.Pow(0.999, float64(step+1)))
		want -= rate * mHat / (math.Sqrt(vHat) + 1e-8)
		// 1-0.999^t cancels three digits.
		if math.Abs(w[0][0]-want) > 1e-12 {
			t.Fatalf("%s, step %d: %.16g, want %.16g", kind, step, w[0][0], want)
		}
	}
}

// descended runs a method of two units on f(w) = Σ curvature w²/2 and returns the points W_t and P_t.
func descended(o Optimizer, steps int) (weights, points [][]float64) {
	curvature := []float64{0.1, 0.7, 1.3, 3}
	w := [][]float64{{1, -2, 0.5, 0.3}}
	previous, state := w, [][][]float64{nil}
	for range o.States() {
		state[0] = append(state[0], make([]float64, len(curvature)))
	}
	for t := range steps {
		p, u := make([]float64, len(curvature)), make([]float64, len(curvature))
		for i, x := range w[0] {
			p[i] = x + o.LookAhead(t)*(x-previous[0][i])
			u[i] = curvature[i] * p[i]
		}
		weights, points = append(weights, w[0]), append(points, p)
		next := [][]float64{make([]float64, len(p))}
		o.Step(Move{T: t, Next: next, W: w, Previous: previous, P: [][]float64{p}, U: [][]float64{u}, State: state, Inner: meanProduct})
		previous, w = w, next
	}
	return weights, points
}

// a scheduled number, for tests.
type scheduled func(t int) float64

func (s scheduled) At(t int) float64 { return s(t) }

// Velocity is the loop of torch.optim.SGD as its documentation prints it; without dampening it is heavy ball with the
// momentum β_t η_t/η_{t−1}, and its Nesterov form at a constant rate visits Nesterov's look-ahead points. All numbers are of
// order one and 12 steps lose a few units of rounding each.
func TestVelocity(t *testing.T) {
	const steps = 12
	rate := scheduled(func(t int) float64 { return 0.2 * math.Pow(0.1, float64(t/5)) })
	beta := scheduled(func(t int) float64 { return 0.5 + 0.03*float64(t) })
	same := func(what string, got, want [][]float64) {
		t.Helper()
		for step := range want {
			for i, x := range want[step] {
				if !closeTo(got[step][i], x, 10) {
					t.Fatalf("%s, step %d: %v, want %v", what, step, got[step], want[step])
				}
			}
		}
	}
	velocity, _ := descended(&Velocity{LearningRate: rate, Momentum: beta, Ridge: Constant(0.2)}, steps)
	ball, _ := descended(&HeavyBall{LearningRate: rate, Ridge: Constant(0.2), Momentum: scheduled(func(t int) float64 {
		return beta(t) * rate(t) / rate(max(0, t-1))
	})}, steps)
	same("heavy ball", velocity, ball)
	nesterov, _ := descended(&Velocity{LearningRate: Constant(0.2), Momentum: Constant(0.8), Ridge: Constant(0.2), Nesterov: true}, steps)
	_, points := descended(&Nesterov{LearningRate: Constant(0.2), Momentum: Constant(0.8), Ridge: Constant(0.2)}, steps)
	same("Nesterov's points", nesterov, points)

	for _, dampening := range []float64{0, 0.4} {
		got, _ := descended(&Velocity{LearningRate: rate, Momentum: Constant(0.9), Ridge: Constant(0.2), Dampening: dampening}, steps)
		w, buffer := slices.Clone(got[0]), []float64(nil)
		for step := range steps {
			same("PyTorch", got[step:step+1], [][]float64{w})
			grad := make([]float64, len(w))
			for i, c := range []float64{0.1, 0.7, 1.3, 3} {
				grad[i] = c*w[i] + 0.2*w[i] // weight_decay
			}
			if buffer == nil {
				buffer = slices.Clone(grad)
			} else {
				for i := range buffer {
					buffer[i] = 0.9*buffer[i] + (1-dampening)*grad[i]
				}
			}
			for i := range w {
				w[i] -= rate(step) * buffer[i]
			}
		}
	}
}

// The contract of Step, for every method: it reads its inputs without changing them, writes all of Next, and a second
// run gives the same.
func TestStepLeavesInputs(t *testing.T) {
	for name, o := range optimizerExamples() {
		rapid.Check(t, func(rt *rapid.T) {
			m := randomMove(o, 3, 5, drawNormal(rt))
			inputs := slices.Concat(m.W, m.Previous, m.P, m.U, m.Noise)
			before := m.mapped(slices.Clone)
			for _, next := range m.Next {
				for i := range next {
					next[i] = math.NaN()
				}
			}
			o.Step(m)
			first := m.mapped(slices.Clone).Next
			for i, v := range slices.Concat(before.W, before.Previous, before.P, before.U, before.Noise) {
				if !slices.Equal(v, inputs[i]) {
					rt.Errorf("%s changes its input %d", name, i)
				}
			}
			o.Step(Move{T: m.T, Next: m.Next, W: m.W, Previous: m.Previous, P: m.P, U: m.U, Noise: m.Noise, State: before.State, Inner: m.Inner})
			for k, next := range m.Next {
				if !slices.Equal(first[k], next) || slices.ContainsFunc(next, math.IsNaN) {
					rt.Errorf("%s: %v, then %v", name, first[k], next)
				}
			}
		})
	}
}

// A method that calls itself linear commutes with a change of basis: its step on coefficient vectors is its step on the
// weights they stand for. One that does not is not linear, so the flag tells the truth both ways.
func TestLinear(t *testing.T) {
	const d, size = 6, 4
	for name, o := range optimizerExamples() {
		commutes := true
		rapid.Check(t, func(rt *rapid.T) {
			draw := drawNormal(rt)
			basis := make([][]float64, size)
			for k := range basis {
				basis[k] = make([]float64, d)
				for i := range basis[k] {
					basis[k][i] = draw()
				}
			}
			vector := func(c []float64) []float64 {
				v := make([]float64, d)
				for k, x := range c {
					for i := range v {
						v[i] += x * basis[k][i]
					}
				}
				return v
			}
			c := randomMove(o, 2, size, draw)
			c.Inner = func(a, b []float64) float64 { return meanProduct(vector(a), vector(b)) }
			m := c.mapped(vector)
			m.Inner = meanProduct
			o.Step(c)
			o.Step(m)
			for k, next := range c.Next {
				for i, x := range vector(next) {
					size := 1 + math.Abs(x)
					if o.NoiseScale(2) == 0 && c.Inner(next, next) < 1e-6 {
						return // the sphere's projection has no condition at 0
					}
					if !(math.Abs(x-m.Next[k][i]) <= 1e-9*size) {
						commutes = false
					}
				}
			}
		})
		if commutes != o.Linear() {
			t.Errorf("%s: Linear is %v, but the step commutes with a change of basis: %v", name, o.Linear(), commutes)
		}
	}
}

// A separable method commutes with every permutation of the entries, a method that is not does not.
func TestSeparable(t *testing.T) {
	const d = 6
	for name, o := range optimizerExamples() {
		commutes := true
		rapid.Check(t, func(rt *rapid.T) {
			order := rapid.Permutation([]int{0, 1, 2, 3, 4, 5}).Draw(rt, "order")
			permute := func(v []float64) []float64 {
				p := make([]float64, d)
				for i, j := range order {
					p[i] = v[j]
				}
				return p
			}
			m := randomMove(o, 2, d, drawNormal(rt))
			p := m.mapped(permute)
			o.Step(m)
			o.Step(p)
			for k, next := range m.Next {
				for i, x := range permute(next) {
					if !(math.Abs(x-p.Next[k][i]) <= 1e-12*(1+math.Abs(x))) {
						commutes = false
					}
				}
			}
		})
		if commutes != o.Separable() {
			t.Errorf("%s: Separable is %v, but the step commutes with permutations: %v", name, o.Separable(), commutes)
		}
	}
}

// The total-variation prox satisfies the optimality conditions, which determine it: the running sums z_k of x - y are
// within ±λ, end at 0, and are λ·sign(x_{k+1}-x_k) where x jumps.
func TestTotalVariation(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		y := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-3, 3), rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) })), 1, 60).Draw(rt, "y")
		lambda := rapid.OneOf(rapid.Float64Range(0.001, 3), rapid.SampledFrom([]float64{0.5, 1, 100})).Draw(rt, "lambda")
		x := slices.Clone(y)
		totalVariation(x, lambda)
		z := 0.0
		// 120 additions of numbers up to 3+λ, each rounded, in the sum and in the algorithm itself.
		tolerance := 1e-13 * (3 + lambda) * float64(len(y))
		for k := range x {
			z += x[k] - y[k]
			last := k == len(x)-1
			switch {
			case last && math.Abs(z) > tolerance:
				rt.Errorf("residuals sum to %g", z)
			case math.Abs(z) > lambda+tolerance:
				rt.Errorf("dual variable %d is %g, beyond λ = %g", k, z, lambda)
			case !last && math.Abs(x[k+1]-x[k]) > tolerance && math.Abs(z-lambda*sign(x[k+1]-x[k])) > tolerance:
				rt.Errorf("x jumps by %g after %d, but the dual variable is %g, λ = %g", x[k+1]-x[k], k, z, lambda)
			}
		}
	})
}

// The whole proximal step minimises |x-v|²/(2η) + l1|x|₁ + fused·TV(x) + λ|x|²/2 with v = P − ηU, P = W + β(W − W⁻) for
// FISTA: the directional derivative is nonnegative along every block of coordinates, which spans the extreme directions,
// and along random ones.
func TestProximalStep(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		number := func(name string) float64 {
			return rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.01, 1.5)).Draw(rt, name)
		}
		l1, fused, ridge, rate := number("l1"), number("fused"), number("ridge"), rapid.Float64Range(0.1, 1).Draw(rt, "rate")
		d := rapid.IntRange(1, 7).Draw(rt, "d")
		step, kind := rapid.IntRange(0, 5).Draw(rt, "t"), rapid.SampledFrom([]string{"ista", "fista"}).Draw(rt, "kind")
		o := exampleOf(kind, map[string]string{"learning_rate": fmt.Sprint(rate), "ridge": fmt.Sprint(ridge), "momentum": "{schedule: nesterov}"})
		p := o.(interface{ penalty() *Penalty }).penalty()
		p.L1, p.Fused = l1, fused
		move := randomMove(o, step, d, drawNormal(rt))
		o.Step(move)
		k := rapid.IntRange(0, units-1).Draw(rt, "unit")
		m, x, beta := move.unit(k), move.Next[k], 0.0
		if kind == "fista" {
			beta = float64(step) / float64(step+3)
		}
		slope := func(value, change float64) float64 {
			if math.Abs(value) < 1e-12 {
				return math.Abs(change)
			}
			return sign(value) * change
		}
		check := func(direction []float64) {
			derivative := 0.0
			for i, c := range direction {
				v := m.W[i] + beta*(m.W[i]-m.Previous[i]) - rate*m.U[i]
				derivative += ((x[i]-v)/rate+ridge*x[i])*c + l1*slope(x[i], c)
				if i > 0 {
					derivative += fused * slope(x[i]-x[i-1], c-direction[i-1])
				}
			}
			if derivative < -1e-11 {
				rt.Errorf("the objective falls by %g along %v at %v", -derivative, direction, x)
			}
		}
		for i := range d {
			for j := i + 1; j <= d; j++ {
				for _, s := range []float64{1, -1} {
					block := make([]float64, d)
					for k := i; k < j; k++ {
						block[k] = s
					}
					check(block)
				}
			}
		}
		check(rapid.SliceOfN(rapid.Float64Range(-1, 1), d, d).Draw(rt, "direction"))
	})
}

// A method is a value: Validate changes no method that two scenarios share, and each gets the schedule of its own length.
func TestSharedMethod(t *testing.T) {
	cosine := &cosine{initial: 0.2, final: 0.1}
	shared := &FISTA{LearningRate: cosine, Penalty: Penalty{L1: 0.1}}
	var made [2]*Scenario
	for i, steps := range []int{10, 20} {
		made[i] = &Scenario{
			Name: "mine", Data: Data{Alpha: 2}, Teacher: Teacher{Label: linearLabel{}}, Student: Student{Loss: square{}},
			Method: Method{Optimizer: shared, Steps: steps},
		}
		if err := made[i].Validate(); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range made {
		o := s.Method.Optimizer.(*FISTA)
		if half := o.LearningRate.At(s.Method.Steps / 2); math.Abs(half-0.15) > 1e-15 || o.Momentum != (nesterovSchedule{}) || o.Ridge != Constant(0) {
			t.Errorf("scenario %d: the learning rate is %g half way, the method %+v", i, half, o)
		}
	}
	if shared.LearningRate != cosine || cosine.steps != 0 || shared.Momentum != nil || shared.Ridge != nil {
		t.Errorf("the shared method has changed: %+v", shared)
	}
}

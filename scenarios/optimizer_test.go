package scenarios

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// numbers of a method that has everything.
func fullMethod(kind string) *Method {
	return &Method{
		Kind: kind, LearningRate: &power{initial: 0.3, exponent: 0.5, offset: 2}, Ridge: 0.4, Momentum: Constant(0.6),
		Temperature: 0.3, L1: 0.7, Fused: 0.5, Decay1: 0.9, Decay2: 0.999, Steps: 9,
	}
}

// optimizerExamples are all methods, the proximal ones also without their nonlinear parts.
func optimizerExamples() map[string]Optimizer {
	all := map[string]Optimizer{}
	for name, k := range methods {
		m := fullMethod(name)
		all[name] = k.new(m)
		if slices.Contains(k.takes, "fused") {
			m = fullMethod(name)
			m.Fused = 0
			all[name+" without fused"] = k.new(m)
			m = fullMethod(name)
			m.Fused, m.L1 = 0, 0
			all[name+" of ridge alone"] = k.new(m)
		}
	}
	return all
}

func meanProduct(a, b []float64) float64 { return dot(a, b) / float64(len(a)) }

// randomMove is a move of dimension d with distinct vectors, P at the look-ahead.
func randomMove(o Optimizer, t, d int, draw func() float64) Move {
	vector := func() []float64 {
		v := make([]float64, d)
		for i := range v {
			v[i] = draw()
		}
		return v
	}
	m := Move{T: t, Next: vector(), W: vector(), Previous: vector(), P: make([]float64, d), U: vector(), Inner: meanProduct}
	for i := range m.P {
		m.P[i] = m.W[i] + o.LookAhead(t)*(m.W[i]-m.Previous[i])
	}
	if o.NoiseScale(t) > 0 {
		m.Noise = vector()
	}
	for range o.States() {
		state := vector()
		for i, x := range state {
			state[i] = math.Abs(x)
		}
		m.State = append(m.State, state)
	}
	return m
}

func drawNormal(rt *rapid.T) func() float64 {
	level := rapid.Float64Range(-2, 2)
	return func() float64 { return level.Draw(rt, "entry") }
}

// closeTo allows for a few roundings of numbers up to scale, magnified by up to 100 on the sphere.
func closeTo(a, b, scale float64) bool { return math.Abs(a-b) <= 1e-13*(1+scale) }

// stepsElsewhere are the methods whose step is tested by another test than TestSteps, which it names.
var stepsElsewhere = map[string]string{"adam": "TestAdam", "ista": "TestProximalStep", "fista": "TestProximalStep"}

// Every method's step, against its formula in docs/theory.md, "The problem", written out entry by entry.
func TestSteps(t *testing.T) {
	const rate0, ridge = 0.3, 0.4
	seen := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		step := rapid.IntRange(0, 8).Draw(rt, "t")
		eta := rate0 / math.Sqrt(1+float64(step)/2)
		for name, formula := range map[string]func(m Move, i int) float64{
			"sgd":        func(m Move, i int) float64 { return m.W[i] - eta*(m.U[i]+ridge*m.W[i]) },
			"heavy-ball": func(m Move, i int) float64 { return m.W[i] - eta*(m.U[i]+ridge*m.W[i]) + 0.6*(m.W[i]-m.Previous[i]) },
			"nesterov": func(m Move, i int) float64 {
				p := m.W[i] + 0.6*(m.W[i]-m.Previous[i])
				return p - eta*(m.U[i]+ridge*p)
			},
			"langevin": func(m Move, i int) float64 {
				return m.W[i] - eta*(m.U[i]+ridge*m.W[i]) + math.Sqrt(2*eta*0.3)*m.Noise[i]
			},
			"sign": func(m Move, i int) float64 {
				switch g := m.U[i] + ridge*m.W[i]; {
				case g > 0:
					return m.W[i] - eta
				case g < 0:
					return m.W[i] + eta
				}
				return m.W[i]
			},
			"spherical": func(m Move, i int) float64 {
				norm := 0.0
				for j := range m.W {
					norm += math.Pow(m.W[j]-eta*m.U[j], 2)
				}
				if norm < 1e-4 {
					m.Next[i] = 0 // next to 0 the projection magnifies rounding without bound: not looked at
					return 0
				}
				return math.Sqrt(float64(len(m.W))/norm) * (m.W[i] - eta*m.U[i])
			},
			"ista without fused": func(m Move, i int) float64 {
				return elasticNet(m.W[i]-eta*m.U[i], eta*0.7, eta*ridge)
			},
			"fista without fused": func(m Move, i int) float64 {
				p := m.W[i] + 0.6*(m.W[i]-m.Previous[i])
				return elasticNet(p-eta*m.U[i], eta*0.7, eta*ridge)
			},
		} {
			seen[name] = true
			o := optimizerExamples()[name]
			m := randomMove(o, step, rapid.IntRange(1, 6).Draw(rt, "d"), drawNormal(rt))
			o.Step(m)
			for i := range m.Next {
				if want := formula(m, i); !closeTo(m.Next[i], want, math.Abs(want)+math.Abs(m.U[i])) {
					rt.Errorf("%s: entry %d is %g, want %g", name, i, m.Next[i], want)
				}
			}
		}
	})
	for name := range methods {
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

// Five steps of Adam against Kingma and Ba's algorithm 1 as printed, for one entry.
func TestAdam(t *testing.T) {
	o := newAdam(fullMethod("adam"))
	state := [][]float64{{0}, {0}}
	w, m, v, want := []float64{0.5}, 0.0, 0.0, 0.5
	for step := range 5 {
		u := []float64{math.Sin(float64(3 * step))}
		next := []float64{0}
		o.Step(Move{T: step, Next: next, W: w, Previous: w, P: w, U: u, State: state})
		w = next

		g := u[0] + 0.4*want
		m = 0.9*m + 0.1*g
		v = 0.999*v + 0.001*g*g
		mHat := m / (1 - math.Pow(0.9, float64(step+1)))
		vHat := v / (1 - math.Pow(0.999, float64(step+1)))
		want -= 0.3 / math.Sqrt(1+float64(step)/2) * mHat / (math.Sqrt(vHat) + 1e-8)
		// 1-0.999^t cancels three digits.
		if math.Abs(w[0]-want) > 1e-12 {
			t.Fatalf("step %d: %.16g, want %.16g", step, w[0], want)
		}
	}
}

// The contract of Step, for every method: it reads its inputs without changing them, writes all of Next, and a second
// run gives the same.
func TestStepLeavesInputs(t *testing.T) {
	for name, o := range optimizerExamples() {
		rapid.Check(t, func(rt *rapid.T) {
			m := randomMove(o, 3, 5, drawNormal(rt))
			inputs := [][]float64{m.W, m.Previous, m.P, m.U, m.Noise}
			var before [][]float64
			for _, v := range append(inputs, m.State...) {
				before = append(before, slices.Clone(v))
			}
			for i := range m.Next {
				m.Next[i] = math.NaN()
			}
			o.Step(m)
			first := slices.Clone(m.Next)
			for i, v := range inputs {
				if !slices.Equal(v, before[i]) {
					rt.Errorf("%s changes its input %d", name, i)
				}
			}
			for i, state := range m.State {
				copy(state, before[len(inputs)+i])
			}
			o.Step(m)
			if !slices.Equal(first, m.Next) || slices.ContainsFunc(first, math.IsNaN) {
				rt.Errorf("%s: %v, then %v", name, first, m.Next)
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
				if c == nil {
					return nil
				}
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
			m := Move{T: 2, Next: make([]float64, d), W: vector(c.W), Previous: vector(c.Previous), P: vector(c.P), U: vector(c.U), Noise: vector(c.Noise), Inner: meanProduct}
			for _, state := range c.State {
				m.State = append(m.State, vector(state))
			}
			o.Step(c)
			o.Step(m)
			for i, x := range vector(c.Next) {
				size := 1 + math.Abs(x)
				if o.NoiseScale(2) == 0 && c.Inner(c.Next, c.Next) < 1e-6 {
					return // the sphere's projection has no condition at 0
				}
				if !(math.Abs(x-m.Next[i]) <= 1e-9*size) {
					commutes = false
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
				if v == nil {
					return nil
				}
				p := make([]float64, d)
				for i, j := range order {
					p[i] = v[j]
				}
				return p
			}
			m := randomMove(o, 2, d, drawNormal(rt))
			p := Move{T: 2, Next: make([]float64, d), W: permute(m.W), Previous: permute(m.Previous), P: permute(m.P), U: permute(m.U), Noise: permute(m.Noise), Inner: meanProduct}
			for _, state := range m.State {
				p.State = append(p.State, permute(state))
			}
			o.Step(m)
			o.Step(p)
			for i, x := range permute(m.Next) {
				if !(math.Abs(x-p.Next[i]) <= 1e-12*(1+math.Abs(x))) {
					commutes = false
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
		o := methods[kind].new(&Method{LearningRate: Constant(rate), Ridge: ridge, L1: l1, Fused: fused, Momentum: nesterovSchedule{}})
		m := randomMove(o, step, d, drawNormal(rt))
		o.Step(m)
		x, beta := m.Next, 0.0
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

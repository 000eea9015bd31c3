package theory

import (
	"fmt"
	"math"
	"testing"

	"limitcheck/scenarios"
)

// parse makes a scenario of a file without its name.
func parse(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.yaml", []byte("name: test\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// within tests a sampled number against the truth at 5 standard errors of 16 scramblings (Student's t with 15 degrees of
// freedom, two-sided 1.6e-4; the seeds are fixed) and 1e-12 for rounding.
func within(t *testing.T, what string, step int, got, se, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 5*se+1e-12*max(1, math.Abs(want))) {
		t.Errorf("%s at step %d: %.9g, want %.9g, standard error %.1e", what, step, got, want, se)
	}
}

// exactSettings are small, as the standard errors say what to expect.
func exactSettings() Settings {
	return Settings{Paths: 2048, Coordinates: 8192, Scramblings: 16, Sampled: true}
}

// combination is the mean of Σ_j c_j·observable_j at a step, and its standard error over the scramblings.
func combination(limit *Limit, step int, coef map[string]float64) (mean, se float64) {
	var values []float64
	for _, curve := range limit.Replicates {
		x := 0.0
		for j, name := range limit.Observables {
			x += coef[name] * curve[step][j]
		}
		values = append(values, x)
	}
	n := float64(len(values))
	for _, x := range values {
		mean += x / n
	}
	for _, x := range values {
		se += (x - mean) * (x - mean) / (n - 1) / n
	}
	return mean, math.Sqrt(se)
}

// Linear units are one unit in disguise. With f = Σ a_k r_k and A = Σ a_k², the combination w̄ = Σ a_k w_k obeys
// w̄⁺ = w̄ − ηA(Ū + (λ/A) w̄): one unit with rate ηA, ridge λ/A, overlap Σ a_k m_k and norm A·norm, whose limit is closed.
// The combination across, a_2 w_1 − a_1 w_2, sees no gradient and shrinks by 1 − ηλ.
func TestLinearCommitteeIsOneUnit(t *testing.T) {
	a := []float64{0.8, -0.9}
	square := a[0]*a[0] + a[1]*a[1]
	const eta, lambda = 0.06, 0.4
	for _, c := range []struct {
		batch, kind  string
		m0, m1, norm float64
	}{
		{"{fraction: 1}", "sgd", 0.3, 0.1, 0.7}, {"{fraction: 0.5}", "sgd", 0.3, 0.1, 0.7},
		{"{fraction: 1}", "nesterov, momentum: 0.4", 0.3, 0.1, 0.7}, {"{fraction: 0.5}", "nesterov, momentum: 0.4", 0.3, 0.1, 0.7},
		{"{fraction: 1}", "heavy-ball, momentum: 0.4", 0.3, 0.1, 0.7}, {"{fraction: 0.5}", "heavy-ball, momentum: 0.4", 0.3, 0.1, 0.7},
		{"{fraction: 0.5}", "sgd", 0.3, 0, 0}, // one unit starts at 0, the other in the teacher's direction
		{"{fraction: 0.5}", "nesterov, momentum: 0.4", 0, 0, 0},
	} {
		batch, kind, m0, m1, norm := c.batch, c.kind, c.m0, c.m1, c.norm
		{
			t.Run(fmt.Sprint(kind, batch, m0, norm), func(t *testing.T) {
				text := func(student string, rate, ridge float64, overlap string, norm float64) string {
					return fmt.Sprintf(`
data: {alpha: 3, covariance: {values: [0.2, 1.5], weights: [0.4, 0.6]}}
teacher: {label: linear, noise: 0.3}
student: %s
method: {kind: %s, learning_rate: %.17g, ridge: %.17g, batch: %s, steps: 5}
init: {overlap: %s, norm: %.17g}`, student, kind, rate, ridge, batch, overlap, norm)
				}
				one := solve(t, parse(t, text("{loss: square}", eta*square, lambda/square, fmt.Sprintf("%.17g", a[0]*m0+a[1]*m1), norm*square)), Settings{})
				if one.Source != "closed form" {
					t.Fatal(one.Source)
				}
				student := fmt.Sprintf("{units: 2, loss: square, output_weights: [%g, %g]}", a[0], a[1])
				two := solve(t, parse(t, text(student, eta, lambda, fmt.Sprintf("[[%g], [%g]]", m0, m1), norm)), exactSettings())
				for step, want := range one.Mean {
					if kind == "sgd" {
						across := map[string]float64{"norm_0_0": a[1] * a[1], "norm_0_1": -2 * a[0] * a[1], "norm_1_1": a[0] * a[0]}
						start, _ := combination(two, 0, across)
						mean, se := combination(two, step, across)
						within(t, "norm across", step, mean, se, start*math.Pow(1-eta*lambda, float64(2*step)))
					}
					for name, coef := range map[string]map[string]float64{
						"overlap":    {"overlap_0_0": a[0], "overlap_1_0": a[1]},
						"norm":       {"norm_0_0": a[0] * a[0], "norm_0_1": 2 * a[0] * a[1], "norm_1_1": a[1] * a[1]},
						"train_loss": {"train_loss": 1}, "test_loss": {"test_loss": 1},
					} {
						for j, observable := range one.Observables {
							if observable == name {
								mean, se := combination(two, step, coef)
								within(t, name, step, mean, se, want[j])
							}
						}
					}
				}
			})
		}
	}
}

// The two-step law of an epoch: no sample is in both batches, so that the second gradients know nothing of the first.
// Notation of docs/theory.md, "Closed form", with E[s_0 s_1] = 0 in the place of 1: D(1,0) = 0, Cov(ν_1,ν_0) = 0 and
// E g_1² = V(1,1)/b; the train loss, over all samples, has s_0 alone and keeps its memory.
func TestTwoStepsOfAnEpoch(t *testing.T) {
	const alpha, eta, lambda, noise, m0, norm, b = 2, 0.1, 0.3, 0.4, 0.3, 1.2, 0.25
	s := parse(t, fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear, noise: %g}
student: {loss: square}
method: {kind: sgd, learning_rate: %g, ridge: %g, batch: {fraction: %g, sampling: epoch}, steps: 2}
init: {overlap: %g, norm: %g}`, alpha, noise, eta, lambda, b, m0, norm))
	limit := solve(t, s, exactSettings())
	const shrink = 1 - eta*lambda - eta*alpha
	distance := func(m, q float64) float64 { return q - 2*m + 1 + noise*noise } // E (ω − y)²
	step := func(m, q float64) (float64, float64) {
		return shrink*m + eta*alpha, shrink*shrink*q + 2*shrink*eta*alpha*m + eta*eta*alpha*alpha + eta*eta*alpha/b*distance(m, q)
	}
	q0 := m0*m0 + norm
	m1, q1 := step(m0, q0)
	m2, q2 := step(m1, q1)
	v10 := shrink*q0 + eta*alpha*m0 - m1 - m0 + 1 + noise*noise
	train1 := distance(m1, q1) - 2*eta*v10 + eta*eta/b*distance(m0, q0)
	for _, x := range []struct {
		step, column int
		want         float64
	}{{1, 0, m1}, {1, 1, q1}, {1, 3, train1 / 2}, {2, 0, m2}, {2, 1, q2}, {2, 4, distance(m2, q2) / 2}} {
		within(t, limit.Observables[x.column], x.step, limit.Mean[x.step][x.column], limit.StandardError[x.step][x.column], x.want)
	}
}

// A persistent chain whose samples stay and enter with the same probability b, that is τ = 1/(1−b), is Bernoulli: its
// limit is closed, though the sweep carries the chain's states.
func TestForgetfulChainIsBernoulli(t *testing.T) {
	s := find(t, "ridge-sgd")
	s.Method.Steps = 8
	exact := solve(t, s, Settings{})
	s.Method.Batch = &scenarios.Persistent{Fraction: 0.5, OnTime: 2}
	agreesWith(t, solve(t, s, exactSettings()), exact.Mean)
}

// agreesWith tests all observables.
func agreesWith(t *testing.T, limit *Limit, want [][]float64) {
	t.Helper()
	for step, row := range want {
		for j, x := range row {
			within(t, limit.Observables[j], step, limit.Mean[step][j], limit.StandardError[step][j], x)
		}
	}
}

// Fresh batches of a quadratic problem close at two numbers for each eigenvalue x of Σ, m = E w w* and q = E w²:
// w⁺ = A w + B w* + noise of variance N. For linear labels u = αx(w − w*) + noise, of variance (α/b) x E e². For a mixture,
// with M = ⟨v,w⟩, u = α E[Δ]x w + α E[c(cM − y)] v + noise, of variance (α/b) x E[Δe²], with E e² = Δ⟨w,Σw⟩ + (cM − y)² in
// each cluster.
func TestFreshBatchesRecursion(t *testing.T) {
	const alpha, eta, lambda, m0, norm, b = 2, 0.1, 0.3, 0.3, 1.2, 0.25
	for _, spread := range []string{"", "0.6", "[0.4, 0.9]"} {
		for _, covariance := range []string{"identity", "{values: [0.2, 1.5], weights: [0.4, 0.6]}"} {
			mixture, teacher, mixed := "", "{label: linear, noise: 0.4}", spread != ""
			if mixed {
				mixture = ", mixture: {positions: [-1, 2], weights: [0.7, 0.3], labels: [0.5, 1], variance: " + spread + "}"
				teacher = "{units: 1}"
			}
			t.Run(spread+covariance, func(t *testing.T) {
				s := parse(t, fmt.Sprintf(`
data: {alpha: %d, covariance: %s%s}
teacher: %s
student: {loss: square}
method: {kind: sgd, learning_rate: %g, ridge: %g, batch: {fraction: %g, sampling: fresh}, steps: 5}
init: {overlap: %g, norm: %g}`, alpha, covariance, mixture, teacher, eta, lambda, b, m0, norm))
				limit := solve(t, s, exactSettings())
				values, weights := s.Data.Covariance.Nodes()
				m, q := make([]float64, len(values)), make([]float64, len(values))
				for i := range m {
					m[i], q[i] = m0, m0*m0+norm
				}
				for step := range s.Method.Steps + 1 {
					var overlap, size, rho, shift float64
					for i, x := range values {
						overlap, size, rho, shift = overlap+weights[i]*x*m[i], size+weights[i]*x*q[i], rho+weights[i]*x, shift+weights[i]*m[i]
					}
					square, variance, pull := size-2*overlap+rho+0.4*0.4, 1.0, 0.0
					kick := square // E[Δe²]
					if mixed {
						square, variance, kick = 0, 0, 0
						for c, p := range s.Data.Mixture.Weights {
							delta := s.Data.Mixture.Variance[c]
							e := s.Data.Mixture.Positions[c][0]*shift - s.Data.Mixture.Labels[c]
							square += p * (delta*size + e*e)
							kick += p * delta * (delta*size + e*e)
							variance += p * delta
							pull += p * s.Data.Mixture.Positions[c][0] * e
						}
					}
					for j, want := range []float64{overlap, size, overlap / math.Sqrt(size*rho), square / 2, square / 2} {
						within(t, limit.Observables[j], step, limit.Mean[step][j], limit.StandardError[step][j], want)
					}
					for i, x := range values {
						a, towards := 1-eta*lambda-eta*alpha*variance*x, eta*alpha*x
						if mixed {
							towards = -eta * alpha * pull
						}
						m[i], q[i] = a*m[i]+towards, a*a*q[i]+2*a*towards*m[i]+towards*towards+eta*eta*alpha/b*x*kick
					}
				}
			})
		}
	}
}

// A vanishing penalty leaves a linear method, in the population's coordinates: with η' = η/(1+ηλ), ISTA is gradient
// descent and FISTA Nesterov's method at rate η' with the same ridge. The penalty of 1e-13 moves a step by less than that.
func TestProximalWithoutPenalty(t *testing.T) {
	const eta, lambda = 0.1, 0.5
	for _, test := range []struct{ proximal, linear, method string }{
		{"ista", "sgd", "l1: 1e-13"}, {"ista", "sgd", "fused: 1e-13"},
		{"fista", "nesterov, momentum: {schedule: nesterov}", "l1: 1e-13"}, {"fista", "nesterov, momentum: {schedule: nesterov}", "fused: 1e-13"},
	} {
		for _, covariance := range []string{"identity", "{ar1: 0.5}"} {
			t.Run(test.proximal+" "+test.method+" "+covariance, func(t *testing.T) {
				text := `
data: {alpha: 3, covariance: %s}
teacher: {label: linear, noise: 0.3}
student: {loss: square}
method: {kind: %s, learning_rate: %.17g, ridge: %g, steps: 5}
init: {overlap: 0.2, norm: 1}`
				exact := solve(t, parse(t, fmt.Sprintf(text, covariance, test.linear, eta/(1+eta*lambda), lambda)), Settings{})
				if exact.Source != "closed form" {
					t.Fatal(exact.Source)
				}
				proximal := parse(t, fmt.Sprintf(text, covariance, test.proximal+", "+test.method, eta, lambda))
				agreesWith(t, solve(t, proximal, exactSettings()), exact.Mean)
			})
		}
	}
}

// The first step of sign descent, and of Adam, whose two corrections cancel at t = 0: W_1 = W_0 − η sign(v) with the
// Gaussian v = U_0 + λW_0 = ν + α(W_0 − W*) + λW_0, so that E x sign(v) = sqrt(2/π) E[x v]/σ_v for x = w*, w_0. Adam's ε
// changes that by E ε/|v|, 1e-7 at these sizes and numbers of coordinates. AdamW has λ in front of W_0 in the place of v.
func TestFirstStepOfSigns(t *testing.T) {
	const alpha, eta, lambda, m0, norm, noise = 2, 0.15, 0.3, 0.3, 1.2, 0.4
	for _, kind := range []string{"sign", "adam", "adamw"} {
		for _, b := range []float64{1, 0.5} {
			s := parse(t, fmt.Sprintf(`
data: {alpha: %d}
teacher: {label: linear, noise: %g}
student: {loss: square}
method: {kind: %s, learning_rate: %g, ridge: %g, batch: {fraction: %g}, steps: 1}
init: {overlap: %g, norm: %g}`, alpha, noise, kind, eta, lambda, b, m0, norm))
			limit := solve(t, s, exactSettings())
			q := m0*m0 + norm
			inside, kept := lambda, 1.0
			if kind == "adamw" {
				inside, kept = 0, 1-eta*lambda
			}
			variance := alpha/b*(q-2*m0+1+noise*noise) + alpha*alpha*(q-2*m0+1) + 2*alpha*inside*(q-m0) + inside*inside*q
			slope := eta * math.Sqrt(2/math.Pi/variance)
			overlap := kept*m0 - slope*(alpha*(m0-1)+inside*m0)
			size := kept*kept*q - 2*kept*slope*(alpha*(q-m0)+inside*q) + eta*eta
			for j, want := range []float64{overlap, size} {
				within(t, kind+" "+limit.Observables[j], 1, limit.Mean[1][j], limit.StandardError[1][j]+2e-8, want)
			}
		}
	}
}

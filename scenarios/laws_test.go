package scenarios

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// falseAlarm is the distance in standard errors beyond which a Monte Carlo mean is called wrong: 6e-7 for one mean, below
// 1e-4 for all of this file. The seeds are fixed, so a test that passes always passes.
const falseAlarm = 5

// agree fails if the mean of sample is not want within falseAlarm standard errors.
func agree(t *testing.T, what string, sample []float64, want float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(sample, nil)
	if e := deviation / math.Sqrt(float64(len(sample))); !(math.Abs(mean-want) <= falseAlarm*e+1e-14) {
		t.Errorf("%s: mean %g ± %g, want %g", what, mean, e, want)
	}
}

// Means, second moments and correlations with the field of every named label, under a Gaussian field and Gaussian noise
// of standard deviation 0.5.
func TestLabelMoments(t *testing.T) {
	const noise = 0.5
	v := 1 + noise*noise // variance of the argument
	type moments struct{ mean, square, field float64 }
	want := map[string]moments{
		"linear":    {0, v, 1},
		"sign":      {0, 1, math.Sqrt(2 / math.Pi / v)},
		"logit":     {0, 1, gaussian(1, func(x float64) float64 { return x * math.Tanh(x/2) })}, // E y = tanh(h/2)
		"probit":    {0, 1, math.Sqrt(2 / math.Pi / (1 + v))},                                   // the noise has variance 1+noise²
		"relu":      {math.Sqrt(v / (2 * math.Pi)), v / 2, 0.5},
		"quadratic": {v, 3 * v * v, 0},
		// E h tanh(x) = E x tanh(x)/v, since h is x/v and something independent of x.
		"tanh": {0, gaussian(v, func(x float64) float64 { return math.Tanh(x) * math.Tanh(x) }), gaussian(v, func(x float64) float64 { return x * math.Tanh(x) / v })},
	}
	for name, label := range examples(t, &labels) {
		w, known := want[name]
		if _, ok := label.(*expressionLabel); ok {
			continue // the user's own
		}
		if _, ok := label.(argmaxLabel); ok { // uniform on 0 … M-1, and symmetric under any exchange of fields
			checkLabel(t, name, label, Gaussian(noise), 4, 1.5, 3.5, 0)
			continue
		}
		if !known {
			t.Errorf("no moments known for label %s: add them", name)
			continue
		}
		law := Noise(Gaussian(noise))
		if p, ok := label.(noisyLabel); ok {
			law, _ = p.widen(law)
		}
		for _, units := range []int{1, 3} {
			checkLabel(t, name, label, law, units, w.mean, w.square, w.field)
		}
	}
}

// field is correlated with (h_0+…+h_{M-1})/sqrt(M), which for one unit is the field itself.
func checkLabel(t *testing.T, name string, label Label, law Noise, units int, mean, square, field float64) {
	rng := rand.New(rand.NewPCG(1, uint64(units)))
	const samples = 100_000
	var y, y2, yh []float64
	h := make([]float64, units)
	for range samples {
		sum := 0.0
		for m := range h {
			h[m] = rng.NormFloat64()
			sum += h[m] / math.Sqrt(float64(units))
		}
		x := label.Label(h, law.Quantile(rng.Float64()))
		if label.Binary() && x != 1 && x != -1 {
			t.Fatalf("%s is called binary, but gave %g", name, x)
		}
		y, y2, yh = append(y, x), append(y2, x*x), append(yh, x*sum)
	}
	agree(t, name+" mean", y, mean)
	agree(t, name+" second moment", y2, square)
	agree(t, name+" correlation with the field", yh, field)
}

// gaussian is E f(x) for centred Gaussian x of that variance, over 12 standard deviations. For f with poles at least π/2 from
// the real axis, as tanh has, 400 Gauss-Legendre points leave (1+π/2/(12σ))^-800, far below rounding.
func gaussian(variance float64, f func(x float64) float64) float64 {
	end := 12 * math.Sqrt(variance)
	return quad.Fixed(func(x float64) float64 {
		return f(x) * math.Exp(-x*x/(2*variance)) / math.Sqrt(2*math.Pi*variance)
	}, -end, end, 400, quad.Legendre{}, 0)
}

func TestSignOfZero(t *testing.T) {
	if (signLabel{}).Label([]float64{0}, 0) != 1 || (probitLabel{}).Label([]float64{0}, 0) != 1 {
		t.Error("sign(0) is not +1")
	}
}

func TestExpressionLabel(t *testing.T) {
	l, err := Named[Label](`{expression: "tanh(h[0] + h[1]^3 - 3*h[1]) + noise"}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.Label([]float64{0.2, 0.5}, 0.25), math.Tanh(0.2+0.125-1.5)+0.25; math.Abs(got-want) > 1e-15 {
		t.Errorf("got %g, want %g", got, want)
	}
}

// cdf of Student's t where it is elementary.
var studentCDF = map[float64]func(t float64) float64{
	1: func(t float64) float64 { return 0.5 + math.Atan(t)/math.Pi },
	3: func(t float64) float64 {
		x := t / math.Sqrt(3)
		return 0.5 + (x/(1+x*x)+math.Atan(x))/math.Pi
	},
	4: func(t float64) float64 {
		x := t / math.Sqrt(4+t*t)
		return 0.5 + 0.75*(x-x*x*x/3)
	},
	5: func(t float64) float64 {
		x := t / math.Sqrt(5)
		c := 1 / (1 + x*x)
		return 0.5 + (math.Atan(x)+x*c*(1+2*c/3))/math.Pi
	},
}

// The noise of a probit label is derived: what the scenario says stays as it is said.
func TestProbitNoise(t *testing.T) {
	s, err := Find("probit")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
	}
	g, ok := s.Teacher.Noise.(Gaussian)
	if want := math.Hypot(1, float64(g)) * mathext.NormalQuantile(0.9); !ok || s.LabelNoise().Quantile(0.9) != want {
		t.Errorf("noise %v, of which the label's has the quantile %g, want %g", s.Teacher.Noise, s.LabelNoise().Quantile(0.9), want)
	}
	s.Teacher.Label = signLabel{}
	if s.LabelNoise() != g {
		t.Errorf("the noise of another label is %v", s.LabelNoise())
	}
}

// Every noise law's quantiles are at their levels: the law's own distribution function gives them back, to 1e-9 of either
// tail.
func TestNoiseLevels(t *testing.T) {
	all := examples(t, &noises)
	all["Gaussian"], all["probit"], all["logit"] = Gaussian(0.5), probitNoise{0.5}, logisticNoise{}
	for name, noise := range all {
		var cdf func(x float64) float64
		switch n := noise.(type) {
		case Gaussian:
			cdf = distuv.Normal{Sigma: float64(n)}.CDF
		case probitNoise:
			cdf = distuv.Normal{Sigma: math.Sqrt(1 + float64(n.extra*n.extra))}.CDF
		case logisticNoise:
			cdf = distuv.Logistic{S: 1}.CDF
		case *studentT:
			cdf = distuv.StudentsT{Sigma: n.scale, Nu: n.dof}.CDF
		default:
			t.Errorf("no distribution function known for noise %s: add it", name)
			continue
		}
		for i := range 999 {
			u := float64(i+1) / 1000
			if got := cdf(noise.Quantile(u)); math.Abs(got-u) > 1e-9*min(u, 1-u) {
				t.Fatalf("noise %s: the quantile at %g is at level %g", name, u, got)
			}
		}
	}
}

func TestNoiseQuantiles(t *testing.T) {
	for i := range 999 {
		u := float64(i+1) / 1000
		if got, want := Gaussian(0.5).Quantile(u), 0.5*mathext.NormalQuantile(u); got != want {
			t.Fatalf("Gaussian at %g: %g, want %g", u, got, want)
		}
		if got := Gaussian(0).Quantile(u); got != 0 {
			t.Fatalf("no noise at %g: %g", u, got)
		}
	}
	for dof, cdf := range studentCDF {
		noise := &studentT{dof: dof, scale: 2}
		for z := -8.4; z < 8.4; z += 0.0137 {
			u := math.Erfc(-z/math.Sqrt2) / 2
			x := noise.Quantile(u) / 2
			if z < 0 { // compare small levels, where they have their relative precision; the law is symmetric
				if got := cdf(x); math.Abs(got-u) > 1e-9*u+1e-15 {
					t.Fatalf("student_t %g: the quantile at %g is at level %g", dof, u, got)
				}
			} else if mirror := -noise.Quantile(1-u) / 2; u < 0.99 && math.Abs(x-mirror) > 1e-9*math.Abs(x)+1e-12 {
				t.Fatalf("student_t %g is not symmetric at %g: %g and %g", dof, u, x, mirror)
			}
		}
	}
	for dof := range studentCDF { // far in the tail, and in the table's last piece
		noise := &studentT{dof: dof, scale: 1}
		for _, u := range []float64{1e-100, 1e-17, 1e-16} {
			// f(t) ~ A|t|^{-dof-1}: the level of the tail is about |t| f(t)/dof, to relative dof²/t².
			x := noise.Quantile(u)
			level := math.Abs(x) * noise.law().Prob(x) / dof
			if math.Abs(level/u-1) > 10*dof*dof/(x*x)+1e-7 {
				t.Errorf("student_t %g at %g: %g is at level %g", dof, u, x, level)
			}
		}
	}
}

// Every weight law has second moment 1. Draws of 500 entries are independent, whatever the entries are.
func TestWeightLaws(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for name, law := range examples(t, &weightLaws) {
		var mean, square, product []float64
		w, u := make([]float64, 500), make([]float64, 500)
		for range 2000 {
			for i := range u {
				u[i] = rng.Float64()
			}
			law.Fill(w, u)
			m, s, p := 0.0, 0.0, 0.0
			for i, x := range w {
				m += x / 500
				s += x * x / 500
				if i > 0 {
					p += x * w[i-1] / 499
				}
			}
			mean, square, product = append(mean, m), append(square, s), append(product, p)
		}
		agree(t, name+" mean", mean, 0)
		agree(t, name+" second moment", square, 1)
		neighbours := 0.0
		if p, ok := law.(*piecewiseWeights); ok {
			neighbours = 1 - 1/p.length // both in one block
		}
		if independent := neighbours == 0; independent != law.Independent() {
			t.Errorf("%s: Independent is %v", name, law.Independent())
		}
		agree(t, name+" product of neighbours", product, neighbours)
	}
}

// Discrete weights take their values, scaled to second moment 1, as often as they should.
func TestDiscreteWeights(t *testing.T) {
	law := &discreteWeights{values: []float64{-3, 0, 1}, weights: []float64{0.1, 0.6, 0.3}}
	const n = 1000
	w, u, count := make([]float64, n), make([]float64, n), map[float64]int{} // of w², whose values are whole over 1.2
	for i := range u {
		u[i] = (float64(i) + 0.5) / n
	}
	law.Fill(w, u)
	for _, x := range w {
		count[math.Round(1.2*x*x)*sign(x)]++
	}
	if count[-9] != 100 || count[0] != 600 || count[1] != 300 { // E values² = 0.9 + 0.3
		t.Errorf("1000 levels give %v", count)
	}
}

// sparse weights are 0 except for the density, and their fourth moment is 3/density.
func TestSparseWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	w, u := make([]float64, 100_000), make([]float64, 100_000)
	for i := range u {
		u[i] = rng.Float64()
	}
	(&sparseWeights{density: 0.2}).Fill(w, u)
	var on, fourth []float64
	for _, x := range w {
		on = append(on, math.Abs(sign(x)))
		fourth = append(fourth, x*x*x*x)
	}
	agree(t, "density", on, 0.2)
	agree(t, "fourth moment", fourth, 15)
}

// maskOf is the sampling of that name with this fraction of the samples, which stay for three steps if they stay.
func maskOf(name string, share float64) Mask {
	keys := map[string]string{"fraction": fmt.Sprint(share), "on_time": "3"}
	m, err := Named[Mask](spell(masks.New[name](), "sampling: "+name, nil, keys))
	if err != nil {
		panic(err)
	}
	return m
}

// maskExamples are all samplings at a quarter of the samples.
func maskExamples() map[string]Mask {
	all := map[string]Mask{}
	for _, name := range masks.Names() {
		all[name] = maskOf(name, 0.25)
	}
	return all
}

// Every mask has a sample in the batch with probability b at each step: exactly, by propagating the chain's law.
func TestMaskMarginals(t *testing.T) {
	for name, m := range maskExamples() {
		law := map[uint8]float64{0: 1}
		for step := range 12 {
			next, on := map[uint8]float64{}, 0.0
			for state, weight := range law {
				p := m.Probability(step, state)
				if p < 0 || p > 1 {
					t.Fatalf("%s: probability %g in state %d at step %d", name, p, state, step)
				}
				on += weight * p
				if p > 0 {
					next[m.Next(step, state, true)] += weight * p
				}
				if p < 1 {
					next[m.Next(step, state, false)] += weight * (1 - p)
				}
				if m.Independent() && p != 0.25 {
					t.Errorf("%s is called independent, but has probability %g in state %d at step %d", name, p, state, step)
				}
			}
			if math.Abs(on-0.25) > 1e-14 {
				t.Errorf("%s: a sample is in the batch with probability %g at step %d", name, on, step)
			}
			law = next
		}
	}
}

// paths calls f with every sequence of decisions of one sample over a number of steps, and its probability.
func paths(m Mask, steps int, f func(on []bool, probability float64)) {
	var extend func(on []bool, state uint8, probability float64)
	extend = func(on []bool, state uint8, probability float64) {
		if probability == 0 {
			return
		}
		if len(on) == steps {
			f(on, probability)
			return
		}
		t := len(on)
		p := m.Probability(t, state)
		extend(append(on[:t:t], true), m.Next(t, state, true), probability*p)
		extend(append(on[:t:t], false), m.Next(t, state, false), probability*(1-p))
	}
	extend(nil, 0, 1)
}

// In an epoch each sample is used exactly once, at a uniformly random step, independently of the epoch before.
func TestEpochMask(t *testing.T) {
	law := map[[2]int]float64{}
	paths(maskExamples()["epoch"], 8, func(on []bool, probability float64) {
		var used [2][]int
		for t, x := range on {
			if x {
				used[t/4] = append(used[t/4], t%4)
			}
		}
		if len(used[0]) != 1 || len(used[1]) != 1 {
			t.Errorf("a path uses its sample at steps %v, not once in each epoch", used)
			return
		}
		law[[2]int{used[0][0], used[1][0]}] += probability
	})
	for where, p := range law {
		if math.Abs(p-1.0/16) > 1e-15 {
			t.Errorf("steps %v have probability %g, want 1/16", where, p)
		}
	}
	if len(law) != 16 {
		t.Errorf("%d pairs of steps occur, want 16", len(law))
	}
}

// A persistent sample stays for a mean of τ steps: P(on at t and t+k) is that of the two-state chain with stationary
// fraction b, b² + b(1-b) ρ^k, ρ = 1 - 1/τ - 1/(τ(1-b)/b).
func TestPersistentMask(t *testing.T) {
	const b, tau = 0.25, 3
	rho := 1 - 1.0/tau - b/(tau*(1-b))
	var both [8]float64
	paths(maskExamples()["persistent"], 8, func(on []bool, probability float64) {
		for k := range both {
			if on[0] && on[k] {
				both[k] += probability
			}
		}
	})
	for k, p := range both {
		if want := b*b + b*(1-b)*math.Pow(rho, float64(k)); math.Abs(p-want) > 1e-14 {
			t.Errorf("lag %d: %g, want %g", k, p, want)
		}
	}
	if p := (&Persistent{Fraction: b, OnTime: tau}).Probability(0, 1); math.Abs(1/(1-p)-tau) > 1e-14 {
		t.Errorf("mean on-time %g, want %d", 1/(1-p), tau)
	}
}

func TestMaskKinds(t *testing.T) {
	want := map[string][3]bool{ // exact, fresh, independent
		"bernoulli": {false, false, true}, "fixed": {true, false, true}, "epoch": {true, false, false},
		"persistent": {false, false, false}, "fresh": {false, true, true},
	}
	for name, m := range maskExamples() {
		if got := [3]bool{m.Exact(), m.Fresh(), m.Independent()}; got != want[name] {
			t.Errorf("%s: exact, fresh, independent are %v, want %v", name, got, want[name])
		}
		if full := maskOf(name, 1); full.Probability(0, 0) != 1 || full.Next(0, 0, true) != 0 || full.Fresh() != (name == "fresh") ||
			full.Size() != 1 || !full.Independent() {
			t.Errorf("%s with fraction 1 is not the full batch", name)
		}
	}
}

// A run at the edge of stability (or 2 % beyond, which 200 steps survive) weighs the largest eigenvalues by powers of all
// its steps; the nodes must still be many enough. The reference is the same rule in 4000 nodes.
func TestPowerLawNodesAtTheEdge(t *testing.T) {
	for _, c := range []*powerLaw{{exponent: 2, offset: 1e-3}, {exponent: 4, offset: 1e-3}, {exponent: 1, offset: 0.05}} {
		for _, edge := range []float64{1.9, 2, 2.02} {
			growth := func(x float64) float64 { return math.Pow(1-edge*x/c.Quantile(0), 400) }
			values, weights := c.Nodes()
			got := 0.0
			for i, x := range values {
				got += weights[i] * growth(x)
			}
			ratio := math.Log1p(1 / c.offset)
			want := quad.Fixed(func(s float64) float64 {
				shifted := c.offset * math.Exp(s*ratio)
				return growth(c.Quantile(shifted-c.offset)) * shifted * ratio
			}, 0, 1, 4000, quad.Legendre{}, 0)
			if math.Abs(got-want) > 1e-6*want {
				t.Errorf("%+v, η λ_max = %g: %d nodes give %g, want %g", *c, edge, len(values), got, want)
			}
		}
	}
}

// mistaken is a mask whose samples never come back, or whose probabilities are none.
type mistaken struct {
	Bernoulli
	after float64
}

func (m *mistaken) Probability(t int, state uint8) float64 {
	if t > 2 {
		return m.after
	}
	return m.Fraction
}

// A mask whose law is not what it says is refused, whoever wrote it.
func TestMaskLaw(t *testing.T) {
	s, err := Find("logistic-sgd")
	if err != nil {
		t.Fatal(err)
	}
	for want, mask := range map[string]Mask{
		"method.batch: a sample is in the batch with probability 0.25 at step 3, but the size of scenarios.mistaken is 0.5": &mistaken{Bernoulli{Fraction: 0.5}, 0.25},
		"method.batch: scenarios.mistaken has probability NaN in state 0 at step 3":                                         &mistaken{Bernoulli{Fraction: 0.5}, math.NaN()},
		"method.batch: scenarios.mistaken has size 0; it must be in (0, 1]":                                                 &mistaken{},
	} {
		s.Method.Batch = mask
		if err := s.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, name := range masks.Names() {
		if s.Method.Batch = maskOf(name, 0.25); s.Validate() != nil {
			t.Errorf("%s: %v", name, s.Validate())
		}
	}
}

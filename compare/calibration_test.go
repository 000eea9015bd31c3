package compare

import (
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

var allCases = flag.Bool("cases", false, "run the tests of levels with all cases, for some four minutes of CPU, not with a quarter of them")

// fewer cases where time is short: what is accepted follows from their number.
func fewer(n int) int {
	if *allCases {
		return n
	}
	return n / 4
}

// TestCalibration: on a right theory p-values are uniform. Per case, 400 verifications with 999 draws; the distance to
// the uniform law by Kolmogorov and Smirnov's test at 0.1 %, the rates of p < 1 % and p < 5 % within the central 99.9 %
// of their binomial laws (0.9 % is what 999 draws can resolve of 1 %). Seeds are fixed.
func TestCalibration(t *testing.T) {
	n := fewer(400)
	for _, test := range []struct {
		name   string
		change func(s *synthetic)
	}{
		{"four dims of 32", func(s *synthetic) {}},
		{"curved", func(s *synthetic) { s.b = 1000 }},
		{"replicas where they are cheap", func(s *synthetic) { s.replicas, s.most = 8, 120 }},
		{"four replicas", func(s *synthetic) { s.replicas = 4 }},
		{"eight replicas, independent steps", func(s *synthetic) { s.replicas, s.ar = 8, 0 }},
		{"two dims of four", func(s *synthetic) { s.dims, s.replicas, s.controls = []int{250, 1000}, 4, 0 }},
		{"more rows than points", func(s *synthetic) { s.steps = 3 }},
		{"skewed noise", func(s *synthetic) { s.skew = true }},
		{"a point without randomness", func(s *synthetic) { s.exact = true }},
		{"theory error comparable to the data's", func(s *synthetic) { s.scramblings, s.theorySD = 8, 0.02 }},
		{"theory error dominates", func(s *synthetic) { s.scramblings, s.theorySD, s.ar = 8, 0.5, 0 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := usual()
			test.change(&s)
			list := s.manyCurves(t, n, Settings{Resamples: 999})
			for level, expected := range map[float64]float64{0.01: 0.009, 0.05: 0.049} {
				if k := count(list, func(c *Comparison) bool { return c.PValue < level }); !binomial(k, n, expected) {
					t.Errorf("p < %g in %d of %d", level, k, n)
				}
			}
			if d := uniformDistance(list); d > 1.95/math.Sqrt(float64(n)) { // P = 2 exp(-2·1.95²) = 0.001
				t.Errorf("p-values are %.3f from uniform", d)
			}
		})
	}
}

// uniformDistance is the largest distance between the p-values' distribution function and the uniform one.
func uniformDistance(list []*Comparison) (d float64) {
	var p []float64
	for _, c := range list {
		p = append(p, c.PValue)
	}
	slices.Sort(p)
	n := float64(len(p))
	for i, v := range p {
		d = max(d, v-float64(i)/n, float64(i+1)/n-v)
	}
	return d
}

// TestStubbornNoise: the error of the engines' integrals over a fresh sample does not fall with d. Where control variates
// leave nothing else (here a twentieth of what they explain, at d = 2000) the weights are wrong, and taking the residuals
// at their word makes 149 p-values of 1600 smaller than 5 %. Of p < 5 % no more than the
// 99.95 % quantile of its binomial law.
func TestStubbornNoise(t *testing.T) {
	n := fewer(1600)
	s := usual()
	s.names, s.steps, s.stubborn = []string{"overlap"}, 1, 0.05*s.sigma/math.Sqrt(2000)
	k := count(s.manyCurves(t, n, Settings{Resamples: 999}), func(c *Comparison) bool { return c.PValue < 0.05 })
	t.Logf("%d of %d", k, n)
	if limit := (distuv.Binomial{N: float64(n), P: 0.05}); 1-limit.CDF(float64(k-1)) < 0.0005 {
		t.Errorf("p < 5%% in %d of %d", k, n)
	}
}

// TestCalibrationCanFail: what TestCalibration accepts is refused once the statistic makes a known mistake.
func TestCalibrationCanFail(t *testing.T) {
	const n = 200
	s := usual()
	s.b = 3000
	first := s.manyCurves(t, n, Settings{Resamples: 999, Order: 1})
	if k := count(first, func(c *Comparison) bool { return c.PValue < 0.01 }); binomial(k, n, 0.009) {
		t.Errorf("without the term in 1/d², p < 1%% in only %d of %d: the test would not notice", k, n)
	}
	s = usual()
	s.scramblings, s.theorySD = 8, 0.05
	ignored := 0
	for i := range n {
		limit, replicas := s.draw(uint64(i + 1))
		limit.Replicates, limit.StandardError = nil, nil
		c, err := onlyCurves(limit, replicas, Settings{Resamples: 999})
		if err != nil {
			t.Fatal(err)
		}
		if c.PValue < 0.01 {
			ignored++
		}
	}
	if binomial(ignored, n, 0.009) {
		t.Errorf("with the theory's error forgotten, p < 1%% in only %d of %d: the test would not notice", ignored, n)
	}
}

// TestBoundCoverage: an observable's bound contains what the theory is wrong by in at least 95 %: where it is wrong at one
// step alone, which is the least favourable case, in 95 % or a little more, as the bound is the largest over the steps.
// 2000 runs each, at least the 0.05 % quantile of the binomial law.
func TestBoundCoverage(t *testing.T) {
	n := fewer(2000)
	for _, test := range []struct{ scramblings, steps int }{{0, 8}, {8, 8}, {0, 0}} {
		s := usual()
		s.names, s.steps, s.scramblings, s.theorySD = []string{"overlap"}, test.steps, test.scramblings, 0.01
		const off = 0.04
		k := count(eachSeed(t, n, func(seed uint64) (*Comparison, error) {
			limit, runs := s.draw(seed)
			return onlyCurves(wrongAt(limit, s.steps/2, off), runs, Settings{Resamples: 99, Seed: seed})
		}), func(c *Comparison) bool { return c.Bounds[0].Bound >= off })
		t.Logf("%d steps, %d scramblings: the bound holds in %.1f %%", s.steps+1, s.scramblings, 100*float64(k)/float64(n))
		if k < n*95/100 && !binomial(k, n, 0.95) {
			t.Errorf("%d steps, %d scramblings: the bound holds in %d of %d", s.steps+1, s.scramblings, k, n)
		}
		if s.steps == 0 && !binomial(k, n, 0.95) {
			t.Errorf("at a single point the bound holds in %d of %d, not in 95 %%", k, n)
		}
	}
}

// wrongAt makes a prediction wrong by size at step t alone, in the first observable.
func wrongAt(p Prediction, t int, size float64) Prediction {
	p = wrongFrom(p, len(p.Mean), 0)
	p.Mean[t][0] += size
	for i, curve := range p.Replicates {
		p.Replicates[i] = wrongFrom(Prediction{Mean: curve}, len(curve), 0).Mean
		p.Replicates[i][t][0] += size
	}
	return p
}

// TestAgreement: bounding each point is enough for *agrees*, and sharp. A theory whose error is 1.001 margins at one step is
// said to agree in at most 5 % (2000 runs, at most the 99.95 % quantile of the binomial law), a right one nearly always
// with 8 replicas at each of four dims, where bands that hold at all points at once leave it in one case of ten.
func TestAgreement(t *testing.T) {
	for _, test := range []struct {
		replicas  int
		wrong     bool
		n         int
		low, high float64 // of the rate of Agrees
	}{{8, false, 400, 0.8, 1}, {12, true, 2000, 0, 0.05}, {32, true, 2000, 0, 0.05}} {
		s := usual()
		s.controls, s.replicas = 0, test.replicas
		byBands := 0
		test.n = fewer(test.n)
		k := count(eachSeed(t, test.n, func(seed uint64) (*Comparison, error) {
			limit, runs := s.draw(seed)
			if test.wrong {
				off := defaultMargin * limit.Mean[s.steps][0] * 1.001 // the curve rises: its last value is its scale
				limit = wrongAt(limit, 3, off)
			}
			return onlyCurves(limit, runs, Settings{Resamples: 199, Seed: seed})
		}), func(c *Comparison) bool {
			inside := true
			for i, row := range c.Extrapolated.Value {
				for o, v := range row {
					inside = inside && math.Abs(v-c.Theory.Value[i][o])+c.Critical*c.Extrapolated.SE[i][o] <= c.Bounds[o].Margin
				}
			}
			if inside && c.PValue >= Level {
				byBands++
			}
			return c.Verdict == Agrees
		})
		rate := float64(k) / float64(test.n)
		t.Logf("%d replicas, wrong %v: agrees in %.1f %%, by bands in %.1f %%", test.replicas, test.wrong, 100*rate,
			100*float64(byBands)/float64(test.n))
		if rate < test.low || rate > test.high && !binomial(k, test.n, test.high) {
			t.Errorf("%d replicas, wrong %v: agrees in %d of %d", test.replicas, test.wrong, k, test.n)
		}
	}
}

// TestBandCoverage: the simultaneous bands around the extrapolation contain the truth in 95 %.
func TestBandCoverage(t *testing.T) {
	const n = 400
	s := usual()
	list := s.manyCurves(t, n, Settings{Resamples: 499})
	k := count(list, func(c *Comparison) bool {
		for t, row := range c.Extrapolated.Value {
			for o, v := range row {
				if math.Abs(v-truth(t, o)) > c.Critical*c.Extrapolated.SE[t][o] {
					return false
				}
			}
		}
		return true
	})
	// The bound is narrower: one-sided, at its worst step. 128 runs less three powers of 1/d and two control variates.
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: 123}.Quantile(0.95)
	for o, b := range list[0].Bounds {
		c, want := list[0], 0.0
		for t, row := range c.Extrapolated.Value {
			want = max(want, math.Abs(row[o]-c.Theory.Value[t][o])+student*math.Hypot(c.Extrapolated.SE[t][o], c.Theory.SE[t][o]))
		}
		if math.Abs(b.Bound-want) > 1e-8 {
			t.Errorf("bound %g, want %g", b.Bound, want)
		}
	}
	if !binomial(k, n, 0.95) {
		t.Errorf("the bands hold in %d of %d", k, n)
	}
}

// TestPower: an error of five standard errors at the last step is found nearly always, and by every p-value that should.
func TestPower(t *testing.T) {
	const n = 100
	s := usual()
	s.offset = 0.055 // se = 0.0081·sigma·2 or so (docs/statistics.md gives the factor of the ladder)
	list := s.manyCurves(t, n, Settings{Resamples: 999})
	if k := count(list, func(c *Comparison) bool { return c.Verdict == Disagrees }); k < 97 {
		t.Errorf("an error of %g is found in %d of %d", s.offset, k, n)
	}
}

// TestFluctuation: the exponent of the noise is recovered to ±0.02 on the long ladder, with intervals that hold in 95 %.
func TestFluctuation(t *testing.T) {
	const n = 200
	for _, exponent := range []float64{-0.5, -0.4} {
		s := usual()
		s.dims, s.exponent, s.controls = []int{100, 1000, 10000, 100000, 1000000}, exponent, 0
		list := s.many(t, n, Settings{Resamples: 199})
		if k := count(list, func(c *Comparison) bool {
			f := c.Fluctuation
			return f.Resolved && f.Low <= exponent && exponent <= f.High
		}); !binomial(k, n, 0.95) {
			t.Errorf("exponent %g is inside its interval in %d of %d", exponent, k, n)
		}
		for _, c := range list {
			if f := c.Fluctuation; f.High-f.Low > 0.04 {
				t.Fatalf("interval [%g, %g] is wider than ±0.02", f.Low, f.High)
			}
		}
	}
	for _, replicas := range []int{4, 8} {
		s := usual()
		s.replicas = replicas
		k := count(s.many(t, n, Settings{Resamples: 199}), func(c *Comparison) bool {
			return c.Fluctuation.Low <= -0.5 && -0.5 <= c.Fluctuation.High
		})
		// Few replicas make the interval wide on the safe side.
		if k < int(0.95*n) && !binomial(k, n, 0.95) {
			t.Errorf("%d replicas: the exponent is inside its interval in %d of %d", replicas, k, n)
		}
	}
}

// TestBias: the exponent of the bias is recovered where it can be, with intervals that hold in 95 %, and is said to be
// unresolved where it cannot.
func TestBias(t *testing.T) {
	const n = 100
	s := usual()
	s.dims, s.replicas, s.a = []int{50, 100, 200, 400}, 64, 10
	for _, scramblings := range []int{0, 8} {
		s.scramblings, s.theorySD = scramblings, 0.01
		list := s.many(t, n, Settings{Resamples: 199})
		if k := count(list, func(c *Comparison) bool { return c.Bias.Resolved }); k != n {
			t.Errorf("resolved in %d of %d", k, n)
		}
		if k := count(list, func(c *Comparison) bool { return c.Bias.Low <= -1 && -1 <= c.Bias.High }); !binomial(k, n, 0.95) {
			t.Errorf("-1 is inside its interval in %d of %d", k, n)
		}
		if k := count(list, func(c *Comparison) bool { return c.Bias.High < -0.5 }); k < n*9/10 {
			t.Errorf("-1/2 is outside its interval in only %d of %d", k, n)
		}
	}
	// An error of the theory that hides the bias: 0.2/√8 in place of a/d = 0.025 to 0.2.
	s.theorySD = 0.2
	for _, c := range s.many(t, 20, Settings{Resamples: 199}) {
		if c.Bias.Resolved || c.Bias.Errors[3] < 0.02 {
			t.Errorf("a bias inside the theory's error is resolved: %+v", c.Bias)
		}
	}
	s.a, s.scramblings = 0, 0
	for _, c := range s.many(t, 20, Settings{Resamples: 199}) {
		if c.Bias.Resolved || len(c.Bias.Dropped) < 2 {
			t.Errorf("a bias that is not there is resolved: %+v", c.Bias)
		}
	}
}

// TestUsableFrom: the truth of the synthetic experiment is max|a·shape|/(tolerance·scale).
func TestUsableFrom(t *testing.T) {
	const n = 100
	s := usual()
	s.a, s.replicas = 20, 64
	worst, scale := 0.0, 0.0
	for t := range s.steps + 1 {
		worst = max(worst, math.Abs(s.a*shape(t, 0, s.steps)))
		scale = max(scale, truth(t, 0))
	}
	want := worst / (0.01 * scale)
	list := s.many(t, n, Settings{Resamples: 199})
	k := count(list, func(c *Comparison) bool {
		u := c.UsableFrom
		return u != nil && u[0].Low <= want && want <= u[0].High && u[0].Low <= u[0].Estimate && u[0].Estimate <= u[0].High
	})
	// 1 % of right theories are rejected, and then nothing is claimed.
	if k < 90 {
		t.Errorf("d = %.0f is inside the interval in %d of %d, e.g. %+v", want, k, n, list[0].UsableFrom)
	}
	at500 := list[0].Correction.At(500)
	correction, se := at500.Value, at500.SE
	if got, want := correction[4][0], s.a/500*shape(4, 0, s.steps); math.Abs(got-want) > 4.5*se[4][0] || se[4][0] > 0.01 {
		t.Errorf("finite-size correction at d = 500: %g ± %g, want %g", got, se[4][0], want)
	}
}

// TestFiniteSizeCurve: limit + correction is the mean at d, with errors that hold, the theory's among them. The root mean
// square of (value - truth)/error over 200 runs is 1, or 1.18 where the theory's error dominates (Student's t with 7 degrees
// of freedom), to 15 % (three standard errors of such a mean).
func TestFiniteSizeCurve(t *testing.T) {
	const n = 200
	for scramblings, want := range map[int]float64{0: 1, 8: 1.18} {
		s := usual()
		s.scramblings, s.theorySD = scramblings, 0.1
		ss, count := 0.0, 0.0
		for _, c := range s.many(t, n, Settings{Resamples: 199}) {
			if c.Correction.Anchored {
				at1000 := c.Correction.At(1000)
				z := (at1000.Value[4][0] - s.a/1000*shape(4, 0, s.steps)) / at1000.SE[4][0]
				ss, count = ss+z*z, count+1
			}
		}
		if z := math.Sqrt(ss / count); z > want*1.15 || z < want/1.15 || count < n*9/10 {
			t.Errorf("%d scramblings: errors in units of their standard error: %g, want %g", scramblings, z, want)
		}
	}
}

// TestErrorsAlone: a right theory whose errors are known in size but not in how they go together is rejected no more often
// than the level says, whatever the truth about that: independent from point to point beside data that are too, which is
// the worst for a maximum; smooth; one error for all points; and against the data's noise, so that the two cancel where they
// can. Rates of p < 1 % and p < 5 % in 500 verifications no more than the 99.95 % quantiles of their binomial laws; the
// first case must use its level up (not below a quarter of it), else the test would be blind. Understated by half, the same
// errors must be noticed. The bounds contain the truth in at least 95 %.
func TestErrorsAlone(t *testing.T) {
	const n, sd = 500, 0.02 // twice the data's standard error
	for _, test := range []struct {
		name     string
		ar       float64 // of the data's noise along the steps
		error    func(z []float64, i int) float64
		claimed  float64 // size of the error, in units of the true one
		least    float64 // of the rate at 5 %
		refused  bool
		replicas int
	}{
		{"independent", 0, func(z []float64, i int) float64 { return z[i] }, 1, 0.0125, false, 32},
		{"few replicas", 0, func(z []float64, i int) float64 { return z[i] }, 1, 0, false, 4},
		{"smooth", 0.8, func(z []float64, i int) float64 { return (z[i] + z[i+1] + z[i+2] + z[i+3]) / 2 }, 1, 0, false, 32},
		{"one error", 0, func(z []float64, _ int) float64 { return z[0] }, 1, 0, false, 32},
		{"signs that alternate", 0.95, func(z []float64, i int) float64 { return z[0] * math.Cos(math.Pi*float64(i)) }, 1, 0, false, 32},
		{"small beside the data's", 0.8, func(z []float64, i int) float64 { return 0.05 * z[i] }, 0.05, 0, false, 32},
		{"understated", 0, func(z []float64, i int) float64 { return z[i] }, 0.5, 0, true, 32},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := usual()
			s.ar, s.replicas, s.names = test.ar, test.replicas, []string{"overlap"}
			var one, five, covered int
			for _, c := range eachSeed(t, n, func(seed uint64) (*Comparison, error) {
				limit, runs := s.draw(seed)
				rng := rand.New(rand.NewPCG(seed, 3))
				z := make([]float64, s.steps+4)
				for i := range z {
					z[i] = rng.NormFloat64()
				}
				for i, row := range limit.Mean {
					row[0] += sd * test.error(z, i)
					limit.StandardError[i][0] = sd * test.claimed
				}
				return onlyCurves(limit, runs, Settings{Resamples: 99})
			}) {
				if c.PValue < 0.01 {
					one++
				}
				if c.PValue < 0.05 {
					five++
				}
				off := 0.0
				for i, row := range c.Theory.Value {
					off = max(off, math.Abs(row[0]-truth(i, 0)))
				}
				if off <= c.Bounds[0].Bound {
					covered++
				}
			}
			t.Logf("p < 1 %% in %d, p < 5 %% in %d, bound holds in %d of %d", one, five, covered, n)
			over := func(k int, level float64) bool { return 1-(distuv.Binomial{N: n, P: level}).CDF(float64(k-1)) < 0.0005 }
			if high := over(one, 0.01) || over(five, 0.05); high != test.refused {
				t.Errorf("p < 1 %% in %d, p < 5 %% in %d of %d", one, five, n)
			}
			if float64(five) < test.least*n {
				t.Errorf("p < 5 %% in only %d of %d", five, n)
			}
			if !test.refused && (distuv.Binomial{N: n, P: 0.95}).CDF(float64(covered)) < 0.0005 {
				t.Errorf("the bounds hold in %d of %d", covered, n)
			}
		})
	}
}

// TestErrorsOfSome: where only some points have an error of unknown correlation, the others keep their exact test: with such
// errors at the last step alone, which vanish beside the data's, p is what it is without that step, corrected for the
// number of points left out, or Bonferroni's bound over them. Two sets of 10000 draws agree to 0.02 (four standard errors).
// An exact theory is one whose errors are 0.
func TestErrorsOfSome(t *testing.T) {
	s := usual()
	last := s.steps
	for seed := range uint64(20) {
		limit, runs := s.draw(seed)
		exact := mustCompare(t, limit, runs, Settings{Seed: seed})
		part, err := limit.Part(limit.Observables, upTo(last))
		if err != nil {
			t.Fatal(err)
		}
		without := mustCompare(t, part, runs, Settings{Seed: seed})
		limit.StandardError[last][0], limit.StandardError[last][1] = 1e-6, 1e-6
		some := mustCompare(t, limit, runs, Settings{Seed: seed})
		largest := 0.0
		for o, v := range some.Extrapolated.Value[last] {
			largest = max(largest, math.Abs(v-limit.Mean[last][o])/some.Extrapolated.SE[last][o])
		}
		points := float64(last + 1)
		tail := 4 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(runs) - 3 - exact.Controls)}.Survival(largest)
		want := min(1, without.PValue*points/(points-1), tail*points)
		if math.Abs(some.PValue-want) > 0.02 {
			t.Errorf("p = %g, want %g: %g without the last step, at which it is %g", some.PValue, want, without.PValue, tail)
		}
		if some.Critical < exact.Critical-0.02 || some.Critical > 1.2*exact.Critical {
			t.Errorf("bands of %g standard errors, exact %g", some.Critical, exact.Critical)
		}
	}
}

// TestBiasOfErrorsAlone: an error that hides the bias, 0.1 at every point in place of a/d = 0.025 to 0.2 beside a curve's
// length of 3, leaves it unresolved; a small one does not.
func TestBiasOfErrorsAlone(t *testing.T) {
	s := usual()
	s.dims, s.replicas, s.a = []int{50, 100, 200, 400}, 64, 10
	for _, test := range []struct {
		se       float64
		resolved bool
	}{{0.1, false}, {1e-4, true}} {
		for _, c := range eachSeed(t, 20, func(seed uint64) (*Comparison, error) {
			limit, runs := s.draw(seed)
			for _, row := range limit.StandardError {
				for o := range row {
					row[o] = test.se
				}
			}
			return Compare(limit, runs, Settings{Resamples: 199, Seed: seed})
		}) {
			if c.Bias.Resolved != test.resolved {
				t.Errorf("errors of %g: %+v", test.se, c.Bias)
			}
			if test.resolved && (c.Bias.Low > -1 && c.Bias.High > -0.5 || c.Bias.High < -1.5) {
				t.Errorf("errors of %g: exponent %+v", test.se, c.Bias.Interval)
			}
		}
	}
}

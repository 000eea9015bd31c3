package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// eventful is an experiment most of whose noise comes from innovations.
func eventful() synthetic {
	s := usual()
	s.innovations, s.sigma, s.names, s.steps = 4, 0.2, []string{"overlap"}, 6
	return s
}

// TestInnovationsSharpen: the noise that innovations explain is more than nine tenths of the variance at the last step
// (the sum of their squared coefficients, 4σ² Σ_u 0.9^2u Σ_j cos² > 20 σ², beside 3σ²); with 128 runs for 32 coefficients at
// least half of the standard error goes, and at step 0, before which nothing happened, none.
func TestInnovationsSharpen(t *testing.T) {
	s := eventful()
	limit, runs := s.draw(7)
	with, err := Compare(limit, runs, Settings{Resamples: 199})
	if err != nil {
		t.Fatal(err)
	}
	for i := range runs {
		runs[i].Innovations = nil
	}
	without, err := Compare(limit, runs, Settings{Resamples: 199})
	if err != nil {
		t.Fatal(err)
	}
	if with.Innovations != s.steps*s.innovations || without.Innovations != 0 {
		t.Errorf("%d innovations used, and %d", with.Innovations, without.Innovations)
	}
	last := s.steps
	if a, b := with.Extrapolated.SE[last][0], without.Extrapolated.SE[last][0]; !(a < b/2) {
		t.Errorf("standard error %g at the last step, %g without innovations", a, b)
	}
	if a, b := with.Extrapolated.SE[0][0], without.Extrapolated.SE[0][0]; math.Abs(a/b-1) > 0.05 {
		t.Errorf("standard error %g at step 0, %g without innovations", a, b)
	}
}

// TestInnovationsCalibration: corrections whose coefficients come from other runs leave p-values uniform, as in
// TestCalibration, however few the runs. Where what is left falls faster than d^-½, the error at the larger dims is taken
// too large: small p-values must not be more frequent then, but may be less.
func TestInnovationsCalibration(t *testing.T) {
	const n = 200
	for _, test := range []struct {
		name   string
		change func(s *synthetic)
		faster bool
	}{
		{"four dims of 32", func(s *synthetic) {}, false},
		{"fewer runs than innovations", func(s *synthetic) { s.replicas = 6 }, false},
		{"skewed", func(s *synthetic) { s.skew = true }, false},
		{"of order 1/d", func(s *synthetic) { s.sigma, s.square = 0.02, 10 }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := eventful()
			test.change(&s)
			list := s.many(t, n, Settings{Resamples: 999})
			for level, expected := range map[float64]float64{0.01: 0.009, 0.05: 0.049} {
				k := count(list, func(c *Comparison) bool { return c.PValue < level })
				t.Logf("p < %g in %d of %d", level, k, n)
				if !binomial(k, n, expected) && !(test.faster && k < int(expected*n)) {
					t.Errorf("p < %g in %d of %d", level, k, n)
				}
			}
			if d := uniformDistance(list); d > 1.95/math.Sqrt(n) && !test.faster {
				t.Errorf("p-values are %.3f from uniform", d)
			}
		})
	}
}

// TestInnovationsAreNoLoophole: fitted to the very runs that they correct, so many coefficients would make noise look
// small. With noise alone and 32 innovations for 24 runs the estimate's error must be what its standard error says: its
// mean square t over 200 experiments, of which the 99.9 % interval is 1 ± 0.35 (nine correlated points count as one).
func TestInnovationsAreNoLoophole(t *testing.T) {
	const n = 200
	s := eventful()
	s.replicas = 6
	sum := 0.0
	for seed := range uint64(n) {
		limit, runs := s.draw(seed)
		rng := rand.New(rand.NewPCG(seed, 2))
		for i := range runs {
			for _, row := range runs[i].Innovations {
				for j := range row {
					row[j] = rng.NormFloat64() / math.Sqrt(float64(runs[i].Dim)) // unrelated
				}
			}
		}
		c, err := Compare(limit, runs, Settings{Resamples: 199})
		if err != nil {
			t.Fatal(err)
		}
		x := (c.Extrapolated.Value[s.steps][0] - truth(s.steps, 0)) / c.Extrapolated.SE[s.steps][0]
		sum += x * x / n
	}
	if sum > 1.35+0.1 { // Student's t with 19 degrees of freedom has variance 1.12
		t.Errorf("mean square t %g", sum)
	}
}

// TestInnovationsShapes: what does not fit together is named.
func TestInnovationsShapes(t *testing.T) {
	for _, test := range []struct {
		change func(r *Run)
		want   string
	}{
		{func(r *Run) { r.Innovations = nil }, "replica 3 has innovations of 0 steps"},
		{func(r *Run) { r.Innovations[2] = r.Innovations[2][1:] }, "replica 3 has 3 innovations at step 2"},
		{func(r *Run) { r.Innovations[2][1] = math.NaN() }, "innovation 1 at step 2 is NaN"},
	} {
		limit, runs := eventful().draw(1)
		test.change(&runs[slices.IndexFunc(runs, func(r Run) bool { return r.Dim == 500 && r.Index == 3 })])
		if _, err := Compare(limit, runs, Settings{Resamples: 199}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want one with %q", err, test.want)
		}
	}
}

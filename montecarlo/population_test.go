package montecarlo

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// gauss integrates f over a standard normal variable with a 60-point Gauss–Hermite rule.
func gauss(f func(x float64) float64) float64 {
	return quad.Fixed(func(x float64) float64 {
		return f(math.Sqrt2*x) / math.Sqrt(math.Pi) // the rule's weight is exp(-x²)
	}, math.Inf(-1), math.Inf(1), 60, quad.Hermite{}, 1)
}

// exact is the test loss, E[g h] and E[g r] of a one-unit scenario with linear or sign teacher, by nested quadrature:
// h = sqrt(ρ) x, r = M/ρ h + sqrt(C - M²/ρ) x'; a sign teacher's h is integrated over each half line.
func exact(s *scenarios.Scenario, c, m, rho float64) (loss, gh, gr float64) {
	student := &s.Student
	slope, rest := m/rho, math.Sqrt(c-m*m/rho)
	noise := s.LabelNoise().Quantile(distuv.UnitNormal.CDF(1)) // standard deviation
	inside := func(h float64, f func(r, y float64) float64) float64 {
		return gauss(func(x float64) float64 {
			r := slope*h + rest*x
			if s.Binary() {
				return f(r, s.Teacher.Label.Label([]float64{h}, 0))
			}
			if noise == 0 {
				return f(r, h)
			}
			return gauss(func(z float64) float64 { return f(r, h+noise*z) })
		})
	}
	outside := func(f func(h float64) float64) float64 {
		if !s.Binary() {
			return gauss(func(x float64) float64 { return f(math.Sqrt(rho) * x) })
		}
		density := func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
		half := func(sign float64) float64 {
			return quad.Fixed(func(x float64) float64 { return density(x) * f(sign*math.Sqrt(rho)*x) }, 0, 12, 200, quad.Legendre{}, 1)
		}
		return half(1) + half(-1)
	}
	expect := func(f func(h, r, y float64) float64) float64 {
		return outside(func(h float64) float64 {
			return inside(h, func(r, y float64) float64 { return f(h, r, y) })
		})
	}
	return expect(func(_, r, y float64) float64 { return student.Loss.Value(r, y) }),
		expect(func(h, r, y float64) float64 { return student.Loss.Gradient(r, y) * h }),
		expect(func(_, r, y float64) float64 { return student.Loss.Gradient(r, y) * r })
}

// TestPopulationIsUnbiased compares the mean over 400 shifts with nested quadrature (error below 1e-9 for these smooth
// losses), by t-tests at 1e-4/8, and requires an error of one shift that is small beside 1/sqrt(d), d = 2000.
func TestPopulationIsUnbiased(t *testing.T) {
	const shifts = 400
	critical := distuv.UnitNormal.Quantile(1 - 1e-4/8/2)
	for _, name := range []string{"logistic-sgd", "ridge-gd"} {
		s := find(t, name)
		const c, m, rho = 2.1, 0.9, 1.1
		loss, gh, gr := exact(s, c, m, rho)
		values := make([][]float64, 3)
		for i := range shifts {
			p := newPopulation(s, populationPoints(s, 2000), streamKey{uint64(i)}, pool{workers: 1})
			p.place([][]float64{{rho, 0}, {m, c}})
			l := p.risk([][]float64{{0}}, nil).Loss
			e := p.moments([][]float64{{0}}, [][]float64{{0}}, nil)
			for j, x := range []float64{l, e.withTeacher[0][0], e.withSelf[0][0]} {
				values[j] = append(values[j], x)
			}
		}
		for j, want := range []float64{loss, gh, gr} {
			mean, deviation := stat.MeanStdDev(values[j], nil)
			if math.Abs(mean-want) > critical*deviation/math.Sqrt(shifts)+1e-9 {
				t.Errorf("%s, quantity %d: mean %v ± %v, want %v", name, j, mean, deviation/math.Sqrt(shifts), want)
			}
			if deviation > 0.2/math.Sqrt(2000) {
				t.Errorf("%s, quantity %d: one shift has an error of %g", name, j, deviation)
			}
		}
	}
}

// TestClassificationError compares the probability of an error with arccos(cosine)/π (sign labels, no noise), for shifts
// of the lattice. The last coordinate is integrated in closed form and the label's jump lies across the first, where the
// N = 2048 points are equally spaced; the integrand's tail at the ends, u^(tan²), makes the error N^(-1-cot²(angle)) =
// 8e-6 up to a constant.
func TestClassificationError(t *testing.T) {
	s := find(t, "logistic-sgd")
	for i := range 5 {
		p := newPopulation(s, 1<<minPoints, streamKey{uint64(i)}, pool{workers: 1})
		p.place([][]float64{{1.1, 0}, {0.9, 2.1}})
		got := p.risk([][]float64{{0}}, nil).Error
		if want := math.Acos(0.9/math.Sqrt(1.1*2.1)) / math.Pi; math.Abs(got-want) > 8e-6 {
			t.Errorf("error %v, want %v", got, want)
		}
	}
	// A student without weights answers 0, which counts as an error; one that is the teacher makes none.
	for _, degenerate := range []struct{ m, c, want float64 }{{0, 0, 1}, {1.1, 1.1, 0}, {-1.1, 1.1, 1}} {
		p := newPopulation(s, 1<<minPoints, streamKey{1}, pool{workers: 1})
		p.place([][]float64{{1.1, 0}, {degenerate.m, degenerate.c}})
		if got := p.risk([][]float64{{0}}, nil).Error; got != degenerate.want {
			t.Errorf("M = %g, C = %g: error %g, want %g", degenerate.m, degenerate.c, got, degenerate.want)
		}
	}
}

// TestMixturePopulation compares a mixture's test loss and error with one-dimensional quadrature in each cluster:
// r = Σ_m c_m ⟨v_m,w⟩ + sqrt(Δ C) x.
func TestMixturePopulation(t *testing.T) {
	for _, mixture := range []*scenarios.Mixture{
		find(t, "mixture-two").Data.Mixture,
		{Positions: [][]float64{{-1.2}, {0.8}}, Weights: []float64{0.4, 0.6}, Labels: []float64{-1, 1}, Variance: []float64{0.3, 0.9}},
		{Positions: [][]float64{{-1, 0.5}, {0.8, 0.7}, {1, -2}}, Weights: []float64{0.4, 0.5, 0.1}, Labels: []float64{-1, 1, 1},
			Variance: []float64{0.3, 0.9, 0.9}},
	} {
		testMixturePopulation(t, mixture)
	}
}

func testMixturePopulation(t *testing.T, mixture *scenarios.Mixture) {
	s := find(t, "mixture-two")
	s.Data.Mixture, s.Teacher.Units = mixture, len(mixture.Positions[0])
	s.Init.Overlap = [][]float64{make([]float64, s.Teacher.Units)}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	const c = 1.3
	covariance, means := newVectors(s.Teacher.Units+1, s.Teacher.Units+1), []float64{0.55, -0.2}[:s.Teacher.Units]
	for m := range s.Teacher.Units {
		covariance[m][m] = 1
	}
	covariance[s.Teacher.Units][0], covariance[s.Teacher.Units][s.Teacher.Units] = 0.5, c
	want, wantError := 0.0, 0.0
	for i, weight := range mixture.Weights {
		y := mixture.Labels[i]
		center, deviation := kernel.Dot(mixture.Positions[i], means), math.Sqrt(mixture.Variance[i]*c)
		want += weight * gauss(func(x float64) float64 { return s.Student.Loss.Value(center+deviation*x, y) })
		wantError += weight * distuv.UnitNormal.CDF(-y*center/deviation)
	}
	var losses, errors []float64
	for i := range 50 {
		p := newPopulation(s, 1<<minPoints, streamKey{uint64(i)}, pool{workers: 1})
		p.place(covariance)
		risk := p.risk([][]float64{means}, nil)
		losses, errors = append(losses, risk.Loss), append(errors, risk.Error)
	}
	// Five standard errors; the quadrature is exact to 1e-10. One shift's error must be small beside 1/sqrt(d) = 0.022, d = 2000.
	for _, test := range []struct {
		values []float64
		want   float64
	}{{losses, want}, {errors, wantError}} {
		got, deviation := stat.MeanStdDev(test.values, nil)
		if math.Abs(got-test.want) > 5*deviation/math.Sqrt(50)+1e-10 || deviation > 2e-4 {
			t.Errorf("%v ± %v, want %v", got, deviation, test.want)
		}
	}
}

// TestFactorise: L Lᵀ = a for full and deficient ranks; rows of independent normals with duplicates.
func TestFactorise(t *testing.T) {
	x := normals(newStream(1), 3, 50)
	x = append(x, x[1], make([]float64, 50))
	a := gram(x)
	l := newVectors(5, 5)
	factorise(l, a)
	for i := range a {
		for j := range i + 1 {
			sum := 0.0
			for k := range 5 {
				sum += l[i][k] * l[j][k]
			}
			if !(math.Abs(sum-a[i][j]) < 1e-12) {
				t.Errorf("entry (%d,%d): %v, want %v", i, j, sum, a[i][j])
			}
		}
	}
}

package compare

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestDistancesByHand: F-G is 1/2 on [0,1), 0 on [1,2), 1/2 on [2,4), and at the values 0, 1, 1, 2, 4: 1/2, 0, 0, -1/2... .
func TestDistancesByHand(t *testing.T) {
	x, y := []float64{1, 0}, []float64{4, 1, 2}
	// F-G: 0: 1/2, 1 (tied): 1-1/3 = 2/3, 2: 1-2/3 = 1/3, 4: 0.
	for kind, want := range map[Distance]float64{
		Wasserstein1:   0.5*1 + 2./3*1 + 1./3*2,
		Energy:         2 * (0.25*1 + 4./9*1 + 1./9*2),
		CramerVonMises: 6. / 5 * (0.25 + 2*4./9 + 1./9) / 5,
	} {
		got, err := kind.Between(x, y)
		if err != nil || math.Abs(got-want) > 1e-14 {
			t.Errorf("%s = %g, %v; want %g", kind, got, err, want)
		}
	}
}

var sample = rapid.SliceOfN(rapid.Map(rapid.IntRange(-20, 20), func(i int) float64 { return float64(i) / 4 }), 1, 12)

// TestDistanceProperties: 0 between equal samples, symmetric, energy as its definition by mean differences has it, and
// Wasserstein-1 of a shifted sample is the shift.
func TestDistanceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := sample.Draw(t, "x"), sample.Draw(t, "y")
		shifted := make([]float64, len(x))
		for i, v := range x {
			shifted[i] = v + 1.5
		}
		for _, kind := range []Distance{Wasserstein1, Energy, CramerVonMises} {
			same, _ := kind.Between(x, x)
			a, _ := kind.Between(x, y)
			b, _ := kind.Between(y, x)
			if same != 0 || math.Abs(a-b) > 1e-12 || a < 0 {
				t.Fatalf("%s: %g to itself, %g one way, %g the other", kind, same, a, b)
			}
		}
		if w, _ := Wasserstein1.Between(x, shifted); math.Abs(w-1.5) > 1e-12 {
			t.Fatalf("shift by 1.5 is %g", w)
		}
		mean := func(x, y []float64) (sum float64) {
			for _, a := range x {
				for _, b := range y {
					sum += math.Abs(a-b) / float64(len(x)*len(y))
				}
			}
			return sum
		}
		if e, _ := Energy.Between(x, y); math.Abs(e-(2*mean(x, y)-mean(x, x)-mean(y, y))) > 1e-12 {
			t.Fatalf("energy %g, by definition %g", e, 2*mean(x, y)-mean(x, x)-mean(y, y))
		}
	})
}

// TestDistanceTest: p-values of equal laws reject at their level (5 % of 400: within the central 99.9 %), those of
// different laws nearly always.
func TestDistanceTest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	normal := func(n int, shift float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64() + shift
		}
		return x
	}
	const runs = 400
	for _, kind := range []Distance{Wasserstein1, Energy, CramerVonMises} {
		false5, true5 := 0, 0
		for i := range runs {
			x := normal(15, 0)
			_, p, err := kind.Test(x, normal(25, 0), 199, uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			_, q, _ := kind.Test(x, normal(25, 1.5), 199, uint64(i))
			if p <= 0.05 {
				false5++
			}
			if q <= 0.05 {
				true5++
			}
		}
		if !binomial(false5, runs, 0.05) || true5 < runs*95/100 {
			t.Errorf("%s: %d false and %d true rejections in %d", kind, false5, true5, runs)
		}
	}
}

func TestDistanceErrors(t *testing.T) {
	for _, test := range []struct {
		kind Distance
		x, y []float64
		want string
	}{
		{"euclid", []float64{1}, []float64{1}, `unknown distance "euclid"`},
		{Energy, nil, []float64{1}, "neither may be empty"},
		{Energy, []float64{1}, []float64{1, math.NaN()}, "member 1 of sample 2 is NaN"},
	} {
		if _, err := test.kind.Between(test.x, test.y); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if _, _, err := Energy.Test([]float64{1}, []float64{1}, 0, 1); err == nil {
		t.Error("no permutations are no error")
	}
}

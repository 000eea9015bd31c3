package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// rotated is a contest of n rows at points in rows of columns, AR(1) along the rows and alike within them, with a difference
// of its own kind.
func rotated(t *testing.T, n, rows, columns, draws int, seed uint64, shift func(j int, se float64) float64) (*fit, *contest) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 9))
	points := rows * columns
	ones, w, y := make([]float64, n), make([]float64, n), mat.NewDense(n, points, nil)
	for i := range n {
		ones[i], w[i] = 1, 1
		for j := range points {
			v := rng.NormFloat64()
			if j >= columns {
				v = 0.95*y.At(i, j-columns) + math.Sqrt(1-0.95*0.95)*v
			}
			y.Set(i, j, v)
		}
	}
	f, err := regress([][]float64{ones}, w, y)
	if err != nil {
		t.Fatal(err)
	}
	c := &contest{theorySE: make([]float64, points), floor: slices.Repeat([]float64{1e-9}, points), row: columns}
	for j := range points {
		se := f.standardError(0, j)
		c.diff, c.se = append(c.diff, f.coef.At(0, j)+shift(j, se)), append(c.se, se)
	}
	f.rotate(0, []*contest{c}, 1, draws, seed)
	return f, c
}

// TestHotelling: without a theory's error the sum over the components is (n+1)R² with R² of a beta law, whatever the
// covariance: the draws follow it (Kolmogorov and Smirnov's distance at 0.1 %), and so does what is observed under the null
// hypothesis (200 cases), with as many components as asked for and all of C^-1/2: their moments are the identity.
func TestHotelling(t *testing.T) {
	const n, draws = 60, 2000
	none := func(int, float64) float64 { return 0 }
	law := func(f *fit, c *contest) func(h float64) float64 {
		_, k := c.battery.components.Dims()
		if k != 14 { // a quarter of 59
			t.Fatalf("%d components", k)
		}
		beta := distuv.Beta{Alpha: float64(k) / 2, Beta: (float64(f.dof) + 1 - float64(k)) / 2}
		return func(h float64) float64 { return beta.CDF(h / float64(f.dof+1)) }
	}
	distance := func(u []float64) (d float64) {
		slices.Sort(u)
		for i, v := range u {
			d = max(d, v-float64(i)/float64(len(u)), float64(i+1)/float64(len(u))-v)
		}
		return d * math.Sqrt(float64(len(u)))
	}
	f, c := rotated(t, n, 20, 3, draws, 1, none)
	cdf := law(f, c)
	var u []float64
	for _, h := range c.battery.hotellings {
		u = append(u, cdf(h))
	}
	if d := distance(u); d > 1.95 {
		t.Errorf("draws are %.2f/√n from the beta law", d)
	}
	u = nil
	for seed := range uint64(200) {
		f, c := rotated(t, n, 20, 3, 1, seed+2, none)
		u = append(u, law(f, c)(c.battery.hotelling))
	}
	if d := distance(u); d > 1.95 {
		t.Errorf("observed values are %.2f/√n from the beta law", d)
	}
}

// TestStatisticsSeeWhatTheyAreFor: an error that is small beside every point's own is found by the statistic that looks at it in
// the right way, and hardly by the largest |t|: a spike at one step of a smooth curve, which innovations see; a slow wave,
// alike in all columns, which components see. 100 cases each at 1 %.
func TestStatisticsSeeWhatTheyAreFor(t *testing.T) {
	const n, draws, cases = 60, 499, 100
	for _, test := range []struct {
		name            string
		shift           func(j int, se float64) float64
		together, alone int // at least, at most
	}{
		{"a spike", func(j int, se float64) float64 {
			if j == 30 {
				return 2 * se
			}
			return 0
		}, 90, 30},
		{"signs that alternate slowly", func(j int, se float64) float64 { return 1.6 * se * math.Cos(float64(j/3)*math.Pi/3) }, 90, 40},
	} {
		together, alone := 0, 0
		for seed := range uint64(cases) {
			f, c := rotated(t, n, 20, 3, draws, seed+1, test.shift)
			if f.pvalue(c) < 0.01 {
				together++
			}
			if f.largestPValue(c) < 0.01 {
				alone++
			}
		}
		t.Logf("%s: found in %d of %d, by the largest |t| alone in %d", test.name, together, cases, alone)
		if together < test.together || alone > test.alone {
			t.Errorf("%s: found in %d of %d, by the largest |t| alone in %d", test.name, together, cases, alone)
		}
	}
}

// TestLeast: the smallest p-value of one statistic is its own p-value, that of a statistic twice is that of it once, and
// that of two independent ones at p is 1 − (1−p)², to within their draws.
func TestLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const n = 20000
	a, b := make([]float64, n), make([]float64, n)
	for i := range a {
		a[i], b[i] = rng.Float64(), rng.Float64()
	}
	once, _ := least([][]float64{a}, []float64{0.97})
	if twice, _ := least([][]float64{a, a}, []float64{0.97, 0.97}); once != twice || once != exceedance(a, 0.97) {
		t.Errorf("p = %g once, %g twice, %g by counting", once, twice, exceedance(a, 0.97))
	}
	p, unresolved := least([][]float64{a, b}, []float64{0.97, 0.2})
	if want := 1 - 0.97*0.97; math.Abs(p-want) > 5*math.Sqrt(want/n) || unresolved {
		t.Errorf("p = %g, want %g", p, want)
	}
	if p, unresolved := least([][]float64{a, b}, []float64{2, 0.2}); p > 2.0/(n+1) || !unresolved {
		t.Errorf("beyond all draws: p = %g, unresolved %v", p, unresolved)
	}
}

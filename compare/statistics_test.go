package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// TestRegression against gonum's weighted line and, with the mean as the only column, the weighted mean's formulas.
func TestRegression(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 12
	x, ones, w, y := make([]float64, n), make([]float64, n), make([]float64, n), mat.NewDense(n, 1, nil)
	for i := range n {
		ones[i], x[i], w[i] = 1, rng.Float64(), 1+9*rng.Float64()
		y.Set(i, 0, 2+3*x[i]+rng.NormFloat64())
	}
	f, err := regress([][]float64{ones, x}, w, y)
	if err != nil {
		t.Fatal(err)
	}
	values := mat.Col(nil, 0, y)
	alpha, beta := stat.LinearRegression(x, values, w, false)
	if math.Abs(f.coef.At(0, 0)-alpha) > 1e-12 || math.Abs(f.coef.At(1, 0)-beta) > 1e-12 {
		t.Errorf("line %g + %g x, want %g + %g x", f.coef.At(0, 0), f.coef.At(1, 0), alpha, beta)
	}
	if f, err = regress([][]float64{ones}, w, y); err != nil {
		t.Fatal(err)
	}
	mean, sum, ss := stat.Mean(values, w), 0.0, 0.0
	for i, v := range values {
		sum += w[i]
		ss += w[i] * (v - mean) * (v - mean)
	}
	if got, want := f.standardError(0, 0), math.Sqrt(ss/(n-1)/sum); math.Abs(got-want) > 1e-12 || math.Abs(f.coef.At(0, 0)-mean) > 1e-12 {
		t.Errorf("mean %g ± %g, want %g ± %g", f.coef.At(0, 0), got, mean, want)
	}
	if _, err = regress([][]float64{ones, ones}, w, y); err == nil {
		t.Error("a column twice is no error")
	}
}

// TestCompress: residuals rewritten in fewer coordinates keep their inner products.
func TestCompress(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n, points = 30, 7
	ones, w, y := make([]float64, n), make([]float64, n), mat.NewDense(n, points, nil)
	for i := range n {
		ones[i], w[i] = 1, 1+9*rng.Float64()
		for j := range points {
			y.Set(i, j, rng.NormFloat64())
		}
	}
	f, err := regress([][]float64{ones}, w, y)
	if err != nil {
		t.Fatal(err)
	}
	if r, c := f.residual.Dims(); r != points || c != points {
		t.Fatalf("residuals are %d×%d", r, c)
	}
	var got mat.Dense
	got.Mul(f.residual.T(), f.residual)
	for j := range points {
		for k := range points {
			want := 0.0
			for i := range n {
				want += w[i] * (y.At(i, j) - f.coef.At(0, j)) * (y.At(i, k) - f.coef.At(0, k))
			}
			if math.Abs(got.At(j, k)-want) > 1e-11 {
				t.Fatalf("inner product %d,%d is %g, want %g", j, k, got.At(j, k), want)
			}
		}
	}
}

// one is a contest at a single point: n rows with weights, the prediction off by shift.
func one(t *testing.T, n int, shift float64, replicates []float64) (*fit, *contest) {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	ones, w, y := make([]float64, n), make([]float64, n), mat.NewDense(n, 1, nil)
	for i := range n {
		ones[i], w[i] = 1, 1
		y.Set(i, 0, rng.NormFloat64())
	}
	f, err := regress([][]float64{ones}, w, y)
	if err != nil {
		t.Fatal(err)
	}
	c := &contest{diff: []float64{shift}, se: []float64{f.standardError(0, 0)}, theorySE: []float64{0}, floor: []float64{0}}
	if replicates != nil {
		x := mat.NewDense(len(replicates), 1, replicates)
		centre(x)
		c.replicates, c.theorySE = x, []float64{columnDeviation(x)[0] / math.Sqrt(float64(len(replicates)))}
	}
	return f, c
}

// TestRotationIsStudent: at a single point the rotation test is Student's t-test, with the data's degrees of freedom
// when the theory is exact and the scramblings' when the theory's error dominates; the pivot has one less.
// 200 000 draws; tolerance five of their standard errors.
func TestRotationIsStudent(t *testing.T) {
	const draws = 200000
	wide := []float64{3e6, -1e6, 4e6, 2e6, -5e6, 1e6, 3.5e6, -2e6}
	for _, test := range []struct {
		name       string
		n          int
		replicates []float64
		dof        float64
	}{
		{"exact theory", 6, nil, 5},
		{"exact theory, compressed", 40, nil, 39},
		{"theory's error dominates", 40, wide, 7},
	} {
		f, c := one(t, test.n, 0, test.replicates)
		for _, want := range []float64{0.5, 0.05, 0.01} {
			check := func(name string, got, expected float64) {
				if math.Abs(got-expected) > 5*math.Sqrt(expected/draws) {
					t.Errorf("%s, %s: p = %g, want %g", test.name, name, got, expected)
				}
			}
			student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: test.dof}
			c.diff[0] = student.Quantile(1-want/2) * c.total(0)
			f.rotate(0, []*contest{c}, 1, draws, 1)
			check("p-value", f.pvalue(c), want)
			student.Nu--
			check("pivot", exceedance(c.pivot, student.Quantile(1-want/2)), want)
		}
	}
}

// TestUnion: beyond the resolution of the draws the p-value of a single point is still Student's.
func TestUnion(t *testing.T) {
	f, c := one(t, 40, 0, nil)
	c.diff[0] = 12 * c.se[0]
	f.rotate(0, []*contest{c}, 1, 999, 1)
	want := 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: 39}.Survival(12)
	if got := f.pvalue(c); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("p = %g, want %g", got, want)
	}
}

func TestQuantile(t *testing.T) {
	draws := []float64{5, 1, 4, 2, 3, 9, 8, 7, 6} // with one more, ten equally likely ranks
	for q, want := range map[float64]float64{0.1: 1, 0.5: 5, 0.9: 9, 0.95: 9, 0.001: 1} {
		if got := quantile(draws, q); got != want {
			t.Errorf("quantile %g = %g, want %g", q, got, want)
		}
	}
}

// TestControlVariates: a column that repeats others, or is constant, changes nothing; a useful one sharpens.
func TestControlVariates(t *testing.T) {
	s := usual()
	limit, replicas := s.draw(1)
	want := mustCompare(t, limit, replicas, Settings{Resamples: 199})
	for i := range replicas {
		r := &replicas[i]
		r.Controls = append(r.Controls, r.Controls[0]-2*r.Controls[1], 0, 1/float64(r.Dim))
	}
	got := mustCompare(t, limit, replicas, Settings{Resamples: 199})
	if got.Controls != 2 || math.Abs(got.PValue-want.PValue) > 1e-9 {
		t.Errorf("%d control variates, p = %g; want 2, p = %g", got.Controls, got.PValue, want.PValue)
	}
	for i := range replicas {
		replicas[i].Controls = nil
	}
	without := mustCompare(t, limit, replicas, Settings{Resamples: 199})
	if a, b := got.Extrapolated.SE[0][0], without.Extrapolated.SE[0][0]; a > 0.7*b {
		t.Errorf("standard error %g with control variates, %g without", a, b)
	}
	if a, b := got.Means[1].Mean.SE[0][0], without.Means[1].Mean.SE[0][0]; a > 0.7*b {
		t.Errorf("standard error of a mean %g with control variates, %g without", a, b)
	}
	if a, b := got.Means[1].Deviation[0][0], without.Means[1].Deviation[0][0]; a != b {
		t.Errorf("standard deviation %g with control variates, %g without", a, b)
	}
}

// TestPattern: the pattern of one dim comes from the others alone, and noise does not make it longer on average.
func TestPattern(t *testing.T) {
	const points, runs = 40, 2000
	p := &biasProblem{dims: []int{100, 200, 400}, counts: []float64{16, 16, 16}, norm2: points}
	rng := rand.New(rand.NewPCG(1, 1))
	to, size2 := make([]float64, points), 0.0
	const size = 16.0 // of a; that of the noise of a from the other two dims is sqrt(40·150/16) = 19
	for range runs {
		bias := make([][]float64, len(p.dims))
		for k, d := range p.dims {
			for range points {
				bias[k] = append(bias[k], size/math.Sqrt(points)/float64(d)+rng.NormFloat64()/math.Sqrt(16*float64(d)))
			}
		}
		length := p.pattern(to, bias, 0)
		size2 += length * length / runs
		bias[0][3] += 100
		if again := p.pattern(to, bias, 0); again != length {
			t.Fatalf("the pattern follows its own dim: %g, then %g", length, again)
		}
	}
	// A length² below a tenth of its noisy value counts as 0, which adds little here.
	if math.Abs(math.Sqrt(size2)-size) > 0.06*size {
		t.Errorf("size %g, want %g", math.Sqrt(size2), size)
	}
}

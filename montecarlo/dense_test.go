package montecarlo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/montecarlo/internal/kernel"
)

// testMatrix draws a dense matrix, to be freed with the test.
func testMatrix[T kernel.Float](t *testing.T, n, d int, p pool) *dense[T] {
	t.Helper()
	_, single := any(T(0)).(float32)
	stream := func(block int) *rand.Rand { return newStream(7, uint64(block)) }
	z := newDense(n, d, nil, stream, p, single).(*dense[T])
	t.Cleanup(z.free)
	return z
}

// entries copies Z into a gonum matrix.
func (z *dense[T]) entries() *mat.Dense {
	m := mat.NewDense(z.n, z.d, nil)
	for i := range z.n {
		for j, v := range z.row(i)[:z.d] {
			m.Set(i, j, float64(v))
		}
	}
	return m
}

func normals(r *rand.Rand, count, length int) [][]float64 {
	x := newVectors(count, length)
	for _, v := range x {
		for i := range v {
			v[i] = r.NormFloat64()
		}
	}
	return x
}

// checkProduct tests got = a x to the bound eps·Σ|a||x|, eps a multiple of the roundoff.
func checkProduct(t *testing.T, what string, got []float64, a mat.Matrix, x []float64, eps float64) {
	t.Helper()
	var want, size mat.VecDense
	want.MulVec(a, mat.NewVecDense(len(x), x))
	var absolute mat.Dense
	absolute.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, a)
	positive := make([]float64, len(x))
	for i, v := range x {
		positive[i] = math.Abs(v)
	}
	size.MulVec(&absolute, mat.NewVecDense(len(x), positive))
	for i, v := range got {
		if !(math.Abs(v-want.AtVec(i)) <= eps*size.AtVec(i)) {
			t.Fatalf("%s: entry %d is %v, want %v", what, i, v, want.AtVec(i))
		}
	}
}

// testDenseProducts compares step and fields with gonum. A sum of m products has at most m+2 roundings (products, p or
// g, and sums) in T, and as many in the reference: Higham, Accuracy and Stability, §3.1. The transposed product adds up
// groups of eight rows in T.
func testDenseProducts[T kernel.Float](t *testing.T, roundoff float64) {
	shapes := [][2]int{{1, 1}, {3, 5}, {8, 8}, {9, 1}, {1, 70}, {63, 17}, {64, 16}, {257, 33}, {1000, 301}, {71, 1200}, {4100, 3}}
	for _, shape := range shapes {
		n, d := shape[0], shape[1]
		z := testMatrix[T](t, n, d, pool{workers: 2})
		a := z.entries()
		for units := 1; units <= 3; units++ {
			r := rand.New(rand.NewPCG(uint64(n), uint64(d)))
			p, u := normals(r, units, d), normals(r, units, d)
			all, g := normals(r, units, n), newVectors(units, n)
			met := make([]atomic.Int32, n)
			z.step(u, p, func(lo, hi int, gBlock, rBlock [][]float64) {
				for k := range units {
					for i := range hi - lo {
						all[k][lo+i] = rBlock[k][i]
						gBlock[k][i] = math.Tanh(rBlock[k][i]) + 1
						g[k][lo+i] = gBlock[k][i]
					}
				}
				for i := lo; i < hi; i++ {
					met[i].Add(1)
				}
			})
			for i := range met {
				if met[i].Load() != 1 {
					t.Fatalf("%d×%d: sample %d was handed to gradients %d times", n, d, i, met[i].Load())
				}
			}
			only := normals(r, units, n)
			z.fields(only, p)
			for k := range units {
				name := fmt.Sprintf("%d×%d, unit %d of %d", n, d, k, units)
				checkProduct(t, name+", fields", all[k], a, p[k], float64(d+2)*(roundoff+0x1p-53))
				checkProduct(t, name+", gradient field", u[k], a.T(), g[k], float64(group+2)*roundoff+2*float64(n+2)*0x1p-53)
				if !slices.Equal(only[k], all[k]) {
					t.Errorf("%s: fields and step differ", name)
				}
			}
		}
	}
}

func TestDenseProducts(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testDenseProducts[float64](t, 0x1p-53) })
	t.Run("float32", func(t *testing.T) { testDenseProducts[float32](t, 0x1p-24) })
}

// slopes is a smooth gradient for any number of units.
func slopes(_, _ int, g, r [][]float64) {
	for k := range g {
		for i, x := range r[k] {
			g[k][i] = math.Tanh(x)
		}
	}
}

func testDenseWorkers[T kernel.Float](t *testing.T) {
	const n, d, units = 1003, 101, 2
	run := func(p pool) ([]T, [][]float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.workers))
		z := testMatrix[T](t, n, d, p)
		u, w := newVectors(units, d), normals(rand.New(rand.NewPCG(1, 1)), units, d)
		for range 3 {
			z.step(u, w, slopes)
			w, u = u, w
		}
		return slices.Clone(z.data), w
	}
	data, w := run(pool{workers: 1})
	for _, p := range []pool{{workers: 2}, {workers: 5}} {
		otherData, other := run(p)
		if !slices.Equal(data, otherData) {
			t.Errorf("the matrix drawn by %d workers differs from one worker's", p.workers)
		}
		for k := range w {
			if !slices.Equal(w[k], other[k]) {
				t.Errorf("unit %d after three steps differs between 1 and %d workers", k, p)
			}
		}
	}
}

func TestDenseBitsDoNotDependOnWorkers(t *testing.T) {
	t.Run("float64", testDenseWorkers[float64])
	t.Run("float32", testDenseWorkers[float32])
}

// A row that is out of the batch for one unit but not for another is not skipped: so with a second unit that uses
// every row the first must get what it gets alone, when rows are skipped. In float64 to the bit; in float32 the rows
// are grouped differently, which costs at most eight roundings (and one of g) either way.
func testDenseSkipping[T kernel.Float](t *testing.T, roundoff float64) {
	const n, d = 1003, 101
	z := testMatrix[T](t, n, d, pool{workers: 2})
	r := rand.New(rand.NewPCG(2, 2))
	on := make([]bool, n)
	for i := range on {
		on[i] = i >= 300 && r.Float64() < 0.4 // whole blocks are off too
	}
	masked := func(lo, _ int, g, r [][]float64) {
		slopes(0, 0, g, r)
		for i := range g[0] {
			if !on[lo+i] {
				g[0][i] = 0
			}
		}
		if len(g) > 1 {
			for i := range g[1] {
				g[1][i] = 1
			}
		}
	}
	p, alone, both := normals(r, 2, d), newVectors(1, d), newVectors(2, d)
	z.step(alone, p[:1], masked)
	z.step(both, p, masked)
	for j := range alone[0] {
		size := 0.0
		for i := range on {
			size += math.Abs(float64(z.row(i)[j])) // |g| < 1
		}
		if math.Abs(alone[0][j]-both[0][j]) > roundoff*2*(group+1)*size {
			t.Fatalf("entry %d: %v with rows skipped, %v without", j, alone[0][j], both[0][j])
		}
	}
}

func TestDenseSkipsRows(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testDenseSkipping[float64](t, 0) })
	t.Run("float32", func(t *testing.T) { testDenseSkipping[float32](t, 0x1p-24) })
}

// A gradient that is not a number must not be taken for a row left out.
func TestDenseKeepsNaN(t *testing.T) {
	z := testMatrix[float64](t, 100, 7, pool{workers: 1})
	u, p := newVectors(1, 7), newVectors(1, 7)
	z.step(u, p, func(lo, hi int, g, _ [][]float64) {
		clear(g[0])
		if lo <= 77 && 77 < hi {
			g[0][77-lo] = math.NaN()
		}
	})
	for j, v := range u[0] {
		if !math.IsNaN(v) {
			t.Errorf("entry %d is %v although a gradient was NaN", j, v)
		}
	}
}

// Entries times √d are independent standard normals: mean, variance, distribution (Kolmogorov–Smirnov) and correlation
// between neighbours in a row, in a column, and between rows of two streams. Each is tested at a false-alarm rate of
// 1e-4; the seed is fixed.
func TestDenseEntriesAreNormal(t *testing.T) {
	const n, d = 400, 500
	z := testMatrix[float64](t, n, d, pool{workers: 2})
	x := z.entries().RawMatrix().Data
	for i := range x {
		x[i] *= math.Sqrt(d)
	}
	const count = n * d
	limit := distuv.UnitNormal.Quantile(1 - 0.5e-4)
	products := func(lag int) float64 {
		sum := 0.0
		for i := lag; i < count; i++ {
			sum += x[i] * x[i-lag]
		}
		return sum / math.Sqrt(float64(count-lag))
	}
	mean, variance := stat.MeanVariance(x, nil)
	for name, score := range map[string]float64{
		"mean":        mean * math.Sqrt(count),
		"variance":    (variance - 1) * math.Sqrt(count/2.),
		"in a row":    products(1),
		"in a column": products(d),
		"of streams":  products(drawRows * d),
	} {
		if !(math.Abs(score) < limit) {
			t.Errorf("%s: %.2f standard errors from the truth", name, score)
		}
	}
	slices.Sort(x)
	distance := 0.0
	for i, v := range x {
		f := distuv.UnitNormal.CDF(v)
		distance = max(distance, f-float64(i)/count, float64(i+1)/count-f)
	}
	if critical := math.Sqrt(-math.Log(1e-4/2) / 2 / count); !(distance < critical) {
		t.Errorf("Kolmogorov–Smirnov distance %v, critical %v", distance, critical)
	}
}

// descend trains by gradient descent with the logistic loss on sign labels and returns the overlap at each step.
func descend(z operator, n, d, steps int) []float64 {
	r := rand.New(rand.NewPCG(3, 3))
	teacher, w, h, u := normals(r, 1, d), normals(r, 1, d), newVectors(1, n), newVectors(1, d)
	z.fields(h, teacher)
	y := h[0]
	for i := range y {
		y[i] = math.Copysign(1, y[i])
	}
	overlaps := make([]float64, steps)
	for step := range overlaps {
		z.step(u, w, logistic(y))
		for j := range w[0] {
			w[0][j] -= 0.5 * (u[0][j] + 0.1*w[0][j])
		}
		overlaps[step] = kernel.Dot(w[0], teacher[0]) / float64(d)
	}
	return overlaps
}

// logistic is the gradient of log(1 + exp(-y r)).
func logistic(y []float64) func(lo, hi int, g, r [][]float64) {
	return func(lo, hi int, g, r [][]float64) {
		for i, label := range y[lo:hi] {
			g[0][i] = -label / (1 + math.Exp(label*r[0][i]))
		}
	}
}

// What single precision does to an overlap is rounding. Entries of Z and p are off by 2^-24/√3 of themselves in root mean
// square, and so is each of the up to nine roundings of a group of rows: fields and gradient field are off by
// 2^-24·sqrt((2+1+9)/3) of their size, in a direction of which the teacher sees 1/√d. Descent contracts errors, so T steps do
// T times that at most, times |w|, which stays below the 2.1 of the limit (norm 4.3).
func TestDenseSinglePrecisionOverlap(t *testing.T) {
	const n, d, steps = 2000, 1000, 50
	double, single := testMatrix[float64](t, n, d, pool{workers: 2}), testMatrix[float32](t, n, d, pool{workers: 2})
	want, got := descend(double, n, d, steps), descend(single, n, d, steps)
	worst := 0.0
	for step := range want {
		worst = max(worst, math.Abs(got[step]-want[step]))
	}
	bound := steps * 0x1p-24 * 2 * 2.1 / math.Sqrt(d)
	if t.Logf("largest difference of overlaps: %.1e, bound %.1e", worst, bound); !(worst <= bound) {
		t.Errorf("overlaps differ by %v", worst)
	}
}

func TestDenseBytes(t *testing.T) {
	for _, shape := range [][2]int{{100, 3}, {4000, 301}} {
		z := testMatrix[float32](t, shape[0], shape[1], pool{workers: 1})
		u, p := newVectors(1, z.d), newVectors(1, z.d)
		z.step(u, p, slopes)
		floats := 0
		for _, v := range slices.Concat(z.r, z.g, z.sums) {
			floats += len(v)
		}
		used := float64(4*len(z.data) + 8*floats + 4*len(z.p[0]))
		if estimate := denseBytes(z.n, z.d, 1, true); !(used <= estimate && estimate <= used+8*(maxChunks+1)*float64(z.stride)) {
			t.Errorf("%d×%d: estimated %.0f bytes, used %.0f", z.n, z.d, estimate, used)
		}
	}
}

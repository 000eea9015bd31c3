package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// padding is how far a vector may start from the start of its memory, in elements; not-a-number lies on both sides, so
// that a kernel that reads too much shows it.
const padding = 17

func vector[T Float](r *rand.Rand, n int) []T {
	memory := make([]T, n+2*padding)
	for i := range memory {
		memory[i] = T(math.NaN())
	}
	start := r.IntN(padding + 1)
	x := memory[start : start+n]
	for i := range x {
		x[i] = T(r.NormFloat64() * math.Exp(3*r.NormFloat64()))
	}
	return x
}

func rowsOf[T Float](r *rand.Rand, count, n int) [][]T {
	x := make([][]T, count)
	for k := range x {
		x[k] = vector[T](r, n)
	}
	return x
}

func roundoff[T Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 0x1p-24
	}
	return 0x1p-53
}

// checkDot tests s_k = x_k·p to the bound n·ε·Σ|x||p| on the rounding of any order of summation (Higham, Accuracy and
// Stability, §3.1), for products and sums with roundoff ε, and 3ε for the rounding of the reference.
func checkDot[T, V Float](t *testing.T, name string, s []float64, x [][]T, p []V) {
	t.Helper()
	n, eps := float64(len(p)), roundoff[V]()
	for k := range x {
		want, size := 0.0, 0.0
		for i := range p {
			product := float64(x[k][i]) * float64(p[i])
			want += product
			size += math.Abs(product)
		}
		if !(math.Abs(s[k]-want) <= (n*eps+n*0x1p-53)*size) {
			t.Errorf("%s, length %d, row %d: %v, want %v", name, len(p), k, s[k], want)
		}
	}
}

// checkAxpy tests u = before + Σ_k a_k x_k likewise: one rounding for each row, each coefficient, and each addition to
// u, which is float64.
func checkAxpy[T Float](t *testing.T, name string, u, before, a []float64, x [][]T, eps float64) {
	t.Helper()
	rows := float64(len(a))
	for i := range u {
		want, size := before[i], 0.0
		for k := range a {
			want += a[k] * float64(x[k][i])
			size += math.Abs(a[k] * float64(x[k][i]))
		}
		tolerance := (rows+1)*eps*size + 2*(rows+1)*0x1p-53*(size+math.Abs(before[i]))
		if !(math.Abs(u[i]-want) <= tolerance) {
			t.Errorf("%s, length %d, entry %d: %v, want %v", name, len(u), i, u[i], want)
		}
	}
}

// updated calls f on a copy of u with more room on both sides, and checks that f leaves that alone.
func updated(t *testing.T, name string, u []float64, f func(u []float64)) []float64 {
	t.Helper()
	memory := make([]float64, len(u)+2*padding)
	for i := range memory {
		memory[i] = 42
	}
	inner := memory[padding : padding+len(u)]
	copy(inner, u)
	f(inner)
	for i, v := range memory {
		if (i < padding || i >= padding+len(u)) && v != 42 {
			t.Errorf("%s, length %d: wrote to entry %d", name, len(u), i-padding)
		}
	}
	return inner
}

func checkOneAndFour[T Float](t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	x, p, u, a := rowsOf[T](r, 4, n), vector[float64](r, n), vector[float64](r, n), vector[float64](r, 4)
	checkDot(t, "Dot", []float64{Dot(x[0], p)}, x[:1], p)
	s0, s1, s2, s3 := Dot4(x[0], x[1], x[2], x[3], p)
	checkDot(t, "Dot4", []float64{s0, s1, s2, s3}, x, p)
	got := updated(t, "Axpy", u, func(u []float64) { Axpy(u, a[0], x[0]) })
	checkAxpy(t, "Axpy", got, u, a[:1], x[:1], 0x1p-53)
	got = updated(t, "Axpy4", u, func(u []float64) { Axpy4(u, a[0], a[1], a[2], a[3], x[0], x[1], x[2], x[3]) })
	checkAxpy(t, "Axpy4", got, u, a, x, 0x1p-53)
}

func checkEight[T Float](t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	x, p, u, a := [8][]T(rowsOf[T](r, 8, n)), vector[T](r, n), vector[float64](r, n), [8]float64(vector[float64](r, 8))
	var s [8]float64
	Dot8(&s, &x, p)
	checkDot(t, "Dot8", s[:], x[:], p)
	got := updated(t, "Axpy8", u, func(u []float64) { Axpy8(u, &a, &x) })
	checkAxpy(t, "Axpy8", got, u, a[:], x[:], roundoff[T]())
}

// forEachInstructionSet runs the test with every set of kernels that this machine has. Overridden where there is a choice.
var forEachInstructionSet = func(t *testing.T, test func(t *testing.T)) { t.Run("portable", test) }

func TestKernels(t *testing.T) {
	forEachInstructionSet(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for n := range 201 {
			for range 3 {
				checkOneAndFour[float64](t, r, n)
				checkOneAndFour[float32](t, r, n)
				checkEight[float64](t, r, n)
				checkEight[float32](t, r, n)
			}
		}
	})
}

// The bits must depend on the numbers and the length alone, not on where they lie.
func TestBitsDoNotDependOnAlignment(t *testing.T) {
	forEachInstructionSet(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for range 200 {
			n := r.IntN(100)
			x, p := vector[float64](r, n), vector[float64](r, n)
			y, q := vector[float64](r, n), vector[float64](r, n)
			copy(y, x)
			copy(q, p)
			if a, b := Dot(x, p), Dot(y, q); a != b {
				t.Fatalf("length %d: %v and %v", n, a, b)
			}
		}
	})
}

func TestShortRowPanics(t *testing.T) {
	long := make([]float64, 9)
	short := long[:8]
	calls := map[string]func(){
		"Dot":   func() { Dot(short, long) },
		"Dot4":  func() { Dot4(long, long, long, short, long) },
		"Dot8":  func() { Dot8(new([8]float64), &[8][]float64{long, long, long, short}, long) },
		"Axpy":  func() { Axpy(long, 1, short) },
		"Axpy4": func() { Axpy4(long, 1, 1, 1, 1, long, short, long, long) },
		"Axpy8": func() { Axpy8(long, new([8]float64), &[8][]float64{long, long, long, short}) },
	}
	for name, call := range calls {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s accepts a row shorter than the shared vector", name)
				}
			}()
			call()
		}()
	}
}

// Package kernel holds the inner loops of the montecarlo engines: inner products and linear updates of long vectors,
// several rows at a time, so that the vector they share is loaded once for all of them.
//
// Rows may be stored as float32. One or four at a time are computed with in float64 all the same; eight at a time in
// their own precision, which is twice as fast. The rows of a call are at least as long as the shared vector p or u (a
// shorter row panics). The order of summation depends on the length alone: the same call gives the same bits wherever
// the vectors lie in memory.
package kernel

// A Float is how a row is stored.
type Float interface{ float32 | float64 }

// Dot returns x·p.
func Dot[T Float](x []T, p []float64) float64 {
	var s [1]float64
	switch x := any(&[1][]T{prefix(x, len(p))}).(type) {
	case *[1][]float64:
		dot1Double(&s, x, p)
	case *[1][]float32:
		dot1Mixed(&s, x, p)
	}
	return s[0]
}

// Dot4 returns x0·p … x3·p.
func Dot4[T Float](x0, x1, x2, x3 []T, p []float64) (s0, s1, s2, s3 float64) {
	n := len(p)
	var s [4]float64
	switch x := any(&[4][]T{prefix(x0, n), prefix(x1, n), prefix(x2, n), prefix(x3, n)}).(type) {
	case *[4][]float64:
		dot4Double(&s, x, p)
	case *[4][]float32:
		dot4Mixed(&s, x, p)
	}
	return s[0], s[1], s[2], s[3]
}

// Dot8 writes s[k] = x[k]·p, with products and partial sums in the precision of the rows.
func Dot8[T Float](s *[8]float64, x *[8][]T, p []T) {
	for k := range x {
		_ = prefix(x[k], len(p))
	}
	switch x := any(x).(type) {
	case *[8][]float64:
		dot8Double(s, x, any(p).([]float64))
	case *[8][]float32:
		dot8Single(s, x, any(p).([]float32))
	}
}

// Axpy adds a·x to u.
func Axpy[T Float](u []float64, a float64, x []T) {
	switch x := any(&[1][]T{prefix(x, len(u))}).(type) {
	case *[1][]float64:
		axpy1Double(u, &[1]float64{a}, x)
	case *[1][]float32:
		axpy1Mixed(u, &[1]float64{a}, x)
	}
}

// Axpy4 adds a0·x0 + … + a3·x3 to u.
func Axpy4[T Float](u []float64, a0, a1, a2, a3 float64, x0, x1, x2, x3 []T) {
	n := len(u)
	switch x := any(&[4][]T{prefix(x0, n), prefix(x1, n), prefix(x2, n), prefix(x3, n)}).(type) {
	case *[4][]float64:
		axpy4Double(u, &[4]float64{a0, a1, a2, a3}, x)
	case *[4][]float32:
		axpy4Mixed(u, &[4]float64{a0, a1, a2, a3}, x)
	}
}

// Axpy8 adds a[0] x[0] + … + a[7] x[7] to u, with the sum over the rows in their precision.
func Axpy8[T Float](u []float64, a *[8]float64, x *[8][]T) {
	for k := range x {
		_ = prefix(x[k], len(u))
	}
	switch x := any(x).(type) {
	case *[8][]float64:
		axpy8Double(u, a, x)
	case *[8][]float32:
		axpy8Single(u, a, x)
	}
}

// prefix returns the first n elements of x; unlike x[:n] it panics if there are fewer, whatever the capacity.
func prefix[T Float](x []T, n int) []T { return x[:n:len(x)] }

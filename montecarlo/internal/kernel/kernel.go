// Package kernel holds the inner loops of the montecarlo engines: inner products and linear updates of long vectors,
// several rows at a time, so that the vector they share is loaded once for all of them.
//
// The rows of a call are at least as long as the shared vector p or u (a shorter row panics). F32 marks rows stored as
// float32 and computed with in float64. The order of summation depends on the length alone: the same call gives the
// same bits wherever the vectors lie in memory.
package kernel

// Dot returns x·p.
func Dot(x, p []float64) float64 {
	var s [1]float64
	dot1F64(&s, &[1][]float64{x[:len(p)]}, p)
	return s[0]
}

// Dot4 returns x0·p … x3·p.
func Dot4(x0, x1, x2, x3, p []float64) (s0, s1, s2, s3 float64) {
	n := len(p)
	var s [4]float64
	dot4F64(&s, &[4][]float64{x0[:n], x1[:n], x2[:n], x3[:n]}, p)
	return s[0], s[1], s[2], s[3]
}

// Axpy adds g·x to u.
func Axpy(u []float64, g float64, x []float64) {
	axpy1F64(u, &[1]float64{g}, &[1][]float64{x[:len(u)]})
}

// Axpy4 adds g0·x0 + … + g3·x3 to u.
func Axpy4(u []float64, g0, g1, g2, g3 float64, x0, x1, x2, x3 []float64) {
	n := len(u)
	axpy4F64(u, &[4]float64{g0, g1, g2, g3}, &[4][]float64{x0[:n], x1[:n], x2[:n], x3[:n]})
}

// DotF32 is Dot with x stored as float32.
func DotF32(x []float32, p []float64) float64 {
	var s [1]float64
	dot1F32(&s, &[1][]float32{x[:len(p)]}, p)
	return s[0]
}

// Dot4F32 is Dot4 with rows stored as float32.
func Dot4F32(x0, x1, x2, x3 []float32, p []float64) (s0, s1, s2, s3 float64) {
	n := len(p)
	var s [4]float64
	dot4F32(&s, &[4][]float32{x0[:n], x1[:n], x2[:n], x3[:n]}, p)
	return s[0], s[1], s[2], s[3]
}

// AxpyF32 is Axpy with x stored as float32.
func AxpyF32(u []float64, g float64, x []float32) {
	axpy1F32(u, &[1]float64{g}, &[1][]float32{x[:len(u)]})
}

// Axpy4F32 is Axpy4 with rows stored as float32.
func Axpy4F32(u []float64, g0, g1, g2, g3 float64, x0, x1, x2, x3 []float32) {
	n := len(u)
	axpy4F32(u, &[4]float64{g0, g1, g2, g3}, &[4][]float32{x0[:n], x1[:n], x2[:n], x3[:n]})
}

// Dot8 writes s[k] = x[k]·p.
func Dot8(s *[8]float64, x *[8][]float64, p []float64) {
	for k := range x {
		_ = x[k][:len(p)]
	}
	dot8F64(s, x, p)
}

// Axpy8 adds g[0] x[0] + … + g[7] x[7] to u.
func Axpy8(u []float64, g *[8]float64, x *[8][]float64) {
	for k := range x {
		_ = x[k][:len(u)]
	}
	axpy8F64(u, g, x)
}

// Dot8F32 is Dot8 with rows stored as float32.
func Dot8F32(s *[8]float64, x *[8][]float32, p []float64) {
	for k := range x {
		_ = x[k][:len(p)]
	}
	dot8F32(s, x, p)
}

// Axpy8F32 is Axpy8 with rows stored as float32.
func Axpy8F32(u []float64, g *[8]float64, x *[8][]float32) {
	for k := range x {
		_ = x[k][:len(u)]
	}
	axpy8F32(u, g, x)
}

// Dot8Single is Dot8 in float32: lanes are summed in float32 and added up in float64.
func Dot8Single(s *[8]float64, x *[8][]float32, p []float32) {
	for k := range x {
		_ = x[k][:len(p)]
	}
	dot8Single(s, x, p)
}

// Axpy8Single is Axpy8 with the sum over the eight rows in float32.
func Axpy8Single(u []float64, g *[8]float64, x *[8][]float32) {
	for k := range x {
		_ = x[k][:len(u)]
	}
	axpy8Single(u, g, x)
}

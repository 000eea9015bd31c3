// Package kernel holds the inner loops of the montecarlo engines: inner products and linear updates of long vectors,
// four at a time, so that the vector they share is loaded once for four.
//
// All slices of a call have the same length (a shorter one panics). Vectors stored as float32 are the F32 variants; they compute in float64. The order
// of summation depends on the length alone, so the same call gives the same bits wherever the slices lie in memory.
package kernel

// Dot returns x·p.
func Dot(x, p []float64) float64 {
	return dotGo(x, p)
}

// Dot4 returns x0·p … x3·p.
func Dot4(x0, x1, x2, x3, p []float64) (s0, s1, s2, s3 float64) {
	return dot4Go(x0, x1, x2, x3, p)
}

// Axpy adds g·x to u.
func Axpy(u []float64, g float64, x []float64) {
	axpyGo(u, g, x)
}

// Axpy4 adds g0·x0 + … + g3·x3 to u.
func Axpy4(u []float64, g0, g1, g2, g3 float64, x0, x1, x2, x3 []float64) {
	axpy4Go(u, g0, g1, g2, g3, x0, x1, x2, x3)
}

// DotF32 returns x·p in float64.
func DotF32(x []float32, p []float64) float64 {
	return dotGo(x, p)
}

// Dot4F32 returns x0·p … x3·p in float64.
func Dot4F32(x0, x1, x2, x3 []float32, p []float64) (s0, s1, s2, s3 float64) {
	return dot4Go(x0, x1, x2, x3, p)
}

// AxpyF32 adds g·x to u in float64.
func AxpyF32(u []float64, g float64, x []float32) {
	axpyGo(u, g, x)
}

// Axpy4F32 adds g0·x0 + … + g3·x3 to u in float64.
func Axpy4F32(u []float64, g0, g1, g2, g3 float64, x0, x1, x2, x3 []float32) {
	axpy4Go(u, g0, g1, g2, g3, x0, x1, x2, x3)
}

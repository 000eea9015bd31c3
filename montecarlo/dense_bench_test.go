package montecarlo

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"limitcheck/montecarlo/internal/kernel"
)

// BenchmarkDense times 50 steps of full-batch logistic regression, n = 2d, on all cores, in both precisions, and reads
// the same matrix 50 times without doing anything else: the limit set by the memory. The three take turns, so that
// they meet the same disturbances; the best round of each counts.
func BenchmarkDense(b *testing.B) {
	for _, d := range []int{2000, 4000} {
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			n, cores := 2*d, pool{workers: runtime.GOMAXPROCS(0)}
			stream := func(block int) *rand.Rand { return newStream(1, uint64(block)) }
			double := newDense(n, d, nil, stream, cores, false).(*dense[float64])
			defer double.free()
			single := newDense(n, d, nil, stream, cores, true).(*dense[float32])
			defer single.free()

			r := rand.New(rand.NewPCG(1, 2))
			w, u, y := normals(r, 1, d), newVectors(1, d), normals(r, 1, n)[0]
			gradients := logistic(y)
			best := map[string]time.Duration{}
			take := func(name string, pass func()) {
				start := time.Now()
				for range 50 {
					pass()
				}
				elapsed := time.Since(start)
				if old, ok := best[name]; !ok || elapsed < old {
					best[name] = elapsed
				}
			}
			for b.Loop() {
				take("step64", func() { double.step(u, w, gradients) })
				take("read64", func() { read(double.data, cores) })
				take("step32", func() { single.step(u, w, gradients) })
				take("read32", func() { read(single.data, cores) })
			}
			bytes := 50 * 8 * float64(len(double.data))
			b.ReportMetric(0, "ns/op") // of no interest: the sum of all four
			b.ReportMetric(1e3*best["step64"].Seconds(), "float64-ms")
			b.ReportMetric(1e3*best["step32"].Seconds(), "float32-ms")
			b.ReportMetric(bytes/best["read64"].Seconds()/1e9, "read-GB/s")
			b.ReportMetric(100*best["read64"].Seconds()/best["step64"].Seconds(), "float64-%ofread")
			b.ReportMetric(100*best["read32"].Seconds()/best["step32"].Seconds(), "float32-%ofread")
			b.ReportMetric(best["step64"].Seconds()/best["step32"].Seconds(), "float32-speedup")
		})
	}
}

// BenchmarkDenseDraw times the drawing of the matrix, in millions of entries a second.
func BenchmarkDenseDraw(b *testing.B) {
	const n, d = 4000, 2000
	stream := func(block int) *rand.Rand { return newStream(1, uint64(block)) }
	for b.Loop() {
		newDense(n, d, nil, stream, pool{workers: runtime.GOMAXPROCS(0)}, false).free()
	}
	b.ReportMetric(n*d*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
}

// read adds up all of data, as fast as memory gives it: in eight streams a core.
func read[T kernel.Float](data []T, p pool) {
	const chunks, piece = 16, 1024
	ones := make([]T, piece)
	for i := range ones {
		ones[i] = 1
	}
	length := len(data) / (chunks * group)
	p.each(chunks, func(c int) {
		var streams [group][]T
		var sums [group]float64
		for i := 0; i < length; i += piece {
			for j := range streams {
				start := (c*group + j) * length
				streams[j] = data[start+i : start+min(i+piece, length)]
			}
			kernel.Dot8(&sums, &streams, ones[:min(piece, length-i)])
		}
	})
}

package theory

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"limitcheck/scenarios"
)

// sweepFlops counts the matrix work of one scrambling with one unit and a random mask: at step t with t directions z and
// f each, products of all z with the fields, the gradient, and the coming direction (twice), and of all f with the
// fields, the gradient averaged and drawn, and its residual.
func sweepFlops(steps, paths int) float64 {
	return 8 * float64(paths) * float64(steps) * float64(steps)
}

// gemvSpeed is the machine's speed at products of a matrix that fits the second-level cache with a vector, on all cores,
// through the same library.
func gemvSpeed() float64 {
	const rows, columns, repeats = 100, 512, 2000
	pool := pool{workers: runtime.GOMAXPROCS(0)}
	start := time.Now()
	pool.each(pool.workers, func(int) {
		m := newRows(rows, columns)
		m.n = rows
		x, y := make([]float64, columns), make([]float64, rows)
		for range repeats / 2 {
			m.dots(y, x)
			m.combine(x, 1, y)
		}
	})
	return float64(pool.workers*2*rows*columns*repeats) / time.Since(start).Seconds()
}

// BenchmarkSweep shows how the cost grows with T and N: time and memory per scrambling, and the share of the speed of
// matrix-vector products in cache, measured in the same run, that its own matrix work reaches (random numbers and losses
// take the rest).
func BenchmarkSweep(b *testing.B) {
	for _, steps := range []int{25, 50, 100, 200} {
		benchmarkSweep(b, "logistic-sgd", steps, 16384)
	}
	for _, paths := range []int{4096, 65536} {
		benchmarkSweep(b, "logistic-sgd", 50, paths)
	}
}

func benchmarkSweep(b *testing.B, name string, steps, paths int) {
	b.Run(fmt.Sprintf("%s/T=%d/N=%d", name, steps, paths), func(b *testing.B) {
		s := find(b, name)
		s.Method.Steps = steps
		b.ReportAllocs()
		var worst float64
		for b.Loop() {
			limit := solve(b, s, Settings{Paths: paths, Scramblings: 2})
			worst = limit.StandardError[steps][0]
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/2, "s/scrambling")
		b.ReportMetric(sweepFlops(steps, paths)/(b.Elapsed().Seconds()/float64(b.N)/2)/gemvSpeed(), "of-gemv-speed")
		b.ReportMetric(worst, "se-overlap")
	})
}

// BenchmarkClosed shows the closed form's O(T³).
func BenchmarkClosed(b *testing.B) {
	for _, steps := range []int{100, 200, 400, 1000} {
		b.Run(fmt.Sprintf("T=%d", steps), func(b *testing.B) {
			s := find(b, "ridge-gd")
			s.Method.Steps = steps
			s.Method.Optimizer = s.Method.Optimizer.(*scenarios.SGD).AtRate(scenarios.Constant(0.02))
			for b.Loop() {
				solve(b, s, Settings{})
			}
		})
	}
}

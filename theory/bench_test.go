package theory

import (
	"fmt"
	"testing"

	"limitcheck/scenarios"
)

// BenchmarkSweep shows how the cost grows with T and N: time and memory per scrambling.
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
		b.ReportMetric(worst, "se-overlap")
	})
}

// BenchmarkClosed shows the closed form's O(T³).
func BenchmarkClosed(b *testing.B) {
	for _, steps := range []int{100, 200, 400, 1000} {
		b.Run(fmt.Sprintf("T=%d", steps), func(b *testing.B) {
			s := find(b, "ridge-gd")
			s.Method.Steps, s.Method.LearningRate = steps, scenarios.Constant(0.02)
			for b.Loop() {
				solve(b, s, Settings{})
			}
		})
	}
}

package montecarlo

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// BenchmarkConditioning is one replica on all cores: the cost must grow as (n+d)T² (time) and (n+d)T (memory).
func BenchmarkConditioning(b *testing.B) {
	for _, size := range []struct{ d, steps int }{
		{10_000, 12}, {10_000, 25}, {10_000, 50}, {10_000, 100}, {100_000, 50}, {1_000_000, 50},
	} {
		b.Run(fmt.Sprintf("d=%d/T=%d", size.d, size.steps), func(b *testing.B) {
			s := find(b, "logistic-sgd")
			s.Method.Steps = size.steps
			b.ReportAllocs()
			b.ReportMetric(float64(footprint(s, size.d, Conditioning, false)), "footprint-bytes")
			for b.Loop() {
				if _, err := Simulate(context.Background(), s, Job{Dim: size.d}, Settings{}); err != nil {
					b.Fatal(err)
				}
				runtime.GC()
			}
		})
	}
}

// BenchmarkReplicas is replicas per second, one a core, of both engines: where they cross is what Choose must know.
func BenchmarkReplicas(b *testing.B) {
	for _, d := range []int{100, 200, 400, 1000, 2000} {
		for _, engine := range []Engine{Dense, Conditioning} {
			b.Run(fmt.Sprintf("d=%d/%s", d, engine), func(b *testing.B) {
				s := find(b, "logistic-sgd")
				jobs := make([]Job, b.N)
				for i := range jobs {
					jobs[i] = Job{Dim: d, Index: i}
				}
				set := Settings{Engine: engine}
				if err := Run(context.Background(), s, slices.Values(jobs), set, func(*Replica) error { return nil }); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "replicas/s")
				b.ReportMetric(float64(footprint(s, d, engine, false)), "footprint-bytes")
			})
		}
	}
}

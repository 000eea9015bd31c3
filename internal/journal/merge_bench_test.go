package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"limitcheck/montecarlo"
)

// BenchmarkMerge gathers the journals of a cluster's tasks, 500 replicas in each, of 51 steps, seven observables and 400 probes.
// LIMITCHECK_JOURNALS=200 makes it 100 000 replicas, those of docs/cluster.md.
func BenchmarkMerge(b *testing.B) {
	journals, each := 4, 500
	if text := os.Getenv("LIMITCHECK_JOURNALS"); text != "" {
		fmt.Sscan(text, &journals)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = rng.NormFloat64()
		}
		return list
	}
	dir := b.TempDir()
	for n := range journals {
		j, err := Open(filepath.Join(dir, fmt.Sprint(n)), New)
		if err != nil {
			b.Fatal(err)
		}
		for i := range each {
			r := &montecarlo.Replica{Dim: 1000, Index: n*each + i, Engine: "dense", Seconds: 1, Controls: numbers(12), Probes: numbers(400)}
			for range 51 {
				r.Values = append(r.Values, numbers(7))
			}
			if err := j.Append(Key{Scenario: "mine", Hash: "h", Seed: 1, Dim: 1000, Index: n*each + i}, r); err != nil {
				b.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		whole, start := b.TempDir(), time.Now()
		j, err := Open(whole, New)
		if err != nil {
			b.Fatal(err)
		}
		for n := range journals {
			if _, err := j.Include(filepath.Join(dir, fmt.Sprint(n))); err != nil {
				b.Fatal(err)
			}
		}
		if j.Len() != journals*each {
			b.Fatalf("%d replicas", j.Len())
		}
		b.ReportMetric(time.Since(start).Seconds()/float64(journals*each)*1e5, "s/1e5-replicas")
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e9, "GB")
		b.ReportMetric(float64(j.size)/1e9, "GB-on-disk")
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

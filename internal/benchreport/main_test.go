package main

import (
	"bytes"
	"strings"
	"testing"
)

const output = `goos: linux
goarch: amd64
pkg: limitcheck/montecarlo
cpu: Some CPU
BenchmarkDense/d=2000-2         	1	0 ns/op	100.0 float64-ms	50.0 float32-ms	80.00 float64-%ofread	79.00 float32-%ofread	2.000 float32-speedup	70.00 read-GB/s
BenchmarkConditioning/d=10000/T=25-2	10	 100000000 ns/op	 2000000 footprint-bytes
BenchmarkConditioning/d=10000/T=50-2	10	 400000000 ns/op	 4000000 footprint-bytes
BenchmarkConditioning/d=100000/T=50-2	1	4000000000 ns/op	40000000 footprint-bytes
BenchmarkReplicas/d=100/dense-2	10	 1 ns/op	 400.0 replicas/s
BenchmarkReplicas/d=200/dense-2	10	 1 ns/op	 100.0 replicas/s
BenchmarkClosed/T=100-2	10	 1 ns/op
BenchmarkClosed/T=100-2	10	 2000000 ns/op
BenchmarkClosed/T=200-2	10	 16000000 ns/op
PASS
`

// Time grows as d (ten times from 10⁴ to 10⁵), T² and, of equal names, by the last line; a rate falls as time grows.
func TestReport(t *testing.T) {
	var b bytes.Buffer
	if err := run(strings.NewReader(output), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2 cores used",
		"| 2000 | 100 | 80 | 50.0 | 79 | 2.00 | 70.0 |",
		"| 10000 | 50 | 0.400 | 4.00 |",
		"time ∝ d^1.00 at T = 50; memory ∝ d^1.00 at T = 50; time ∝ T^2.00 at d = 10000; memory ∝ T^1.00 at d = 10000.",
		"| 100 | dense | 400 | — |",
		"dense, time ∝ d^2.00.",
		"time ∝ T^3.00.",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "causal sweep") {
		t.Error("a section without results")
	}
}

func TestNoResults(t *testing.T) {
	if err := run(strings.NewReader("FAIL\n"), new(bytes.Buffer)); err == nil {
		t.Error("accepted")
	}
}

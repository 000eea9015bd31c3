package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestX(t *testing.T) {
	for n := range 201 {
		x := make([][]float32, 8)
		y := make([][]float64, 8)
		r := rand.New(rand.NewPCG(1, uint64(n)))
		for k := range x {
			x[k] = make([]float32, n)
			y[k] = make([]float64, n)
			for i := range x[k] {
				x[k][i] = float32(r.NormFloat64())
				y[k][i] = float64(x[k][i])
			}
		}
		p, ps := make([]float64, n), make([]float32, n)
		for i := range p {
			ps[i] = float32(r.NormFloat64())
			p[i] = float64(ps[i])
		}
		var a, b, c, w [8]float64
		Dot8(&a, (*[8][]float64)(y), p)
		Dot8F32(&b, (*[8][]float32)(x), p)
		Dot8Single(&c, (*[8][]float32)(x), ps)
		dotGo(w[:], y, p)
		for k := range w {
			if math.Abs(a[k]-w[k]) > 1e-12 || math.Abs(b[k]-w[k]) > 1e-12 || math.Abs(c[k]-w[k]) > 1e-4 {
				t.Fatal(n, k, a[k], b[k], c[k], w[k])
			}
		}
	}
}

func TestSpeed(t *testing.T) {
	for _, n := range []int{1000, 2000, 4000, 8000} {
		x := make([][]float32, 8)
		y := make([][]float64, 8)
		for k := range x {
			x[k] = make([]float32, n)
			y[k] = make([]float64, n)
		}
		p, ps := make([]float64, n), make([]float32, n)
		var a [8]float64
		m := func(name string, bytes int, f func()) {
			best := time.Hour
			for range 200 {
				t0 := time.Now()
				for range 10 {
					f()
				}
				best = min(best, time.Since(t0)/10)
			}
			fmt.Println(n, name, best, float64(bytes*n*8)/float64(best.Nanoseconds()), "GB/s", float64(8*n)/float64(best.Nanoseconds()), "el/ns")
		}
		m("dot64", 8, func() { Dot8(&a, (*[8][]float64)(y), p) })
		m("dotF32", 4, func() { Dot8F32(&a, (*[8][]float32)(x), p) })
		m("dotS", 4, func() { Dot8Single(&a, (*[8][]float32)(x), ps) })
		m("axpy64", 8, func() { Axpy8(p, &a, (*[8][]float64)(y)) })
		m("axpyF32", 4, func() { Axpy8F32(p, &a, (*[8][]float32)(x)) })
		m("axpyS", 4, func() { Axpy8Single(p, &a, (*[8][]float32)(x)) })
	}
}

package montecarlo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"limitcheck/montecarlo/internal/kernel"
)

// replay makes a conditioning operator whose fresh vectors are products with a stored Z, so that it must reproduce
// the products with Z itself.
func replay(z [][]float64, d, directions, units int, p pool) *conditioning[float64] {
	n := len(z)
	c := newConditioning[float64](n, d, directions, directions, units, nil, p)
	c.drawAhead = false // z must wait for its direction
	c.draw = func(dst []float64, input bool, k, lo int) {
		clear(dst)
		if input {
			q := gather(c.input.basis, k)
			for i := range dst {
				dst[i] = kernel.Dot(z[lo+i], q)
			}
			return
		}
		f := gather(c.output.basis, k)
		for i, row := range z {
			kernel.Axpy(dst, f[i], row[lo:lo+len(dst)])
		}
	}
	return c
}

// gather copies column k out of a panel.
func gather(p *panel[float64], k int) []float64 {
	var x []float64
	for b := range blockCount(p.rows) {
		x = append(x, p.column(b, k)...)
	}
	return x
}

// multiplyStored computes r = Z p, and u = Zᵀ g.
func multiplyStored(z, p [][]float64) [][]float64 {
	r := newVectors(len(p), len(z))
	for k := range p {
		for i, row := range z {
			r[k][i] = kernel.Dot(row, p[k])
		}
	}
	return r
}

func transposeStored(z, g [][]float64) [][]float64 {
	u := newVectors(len(g), len(z[0]))
	for k := range g {
		for i, row := range z {
			kernel.Axpy(u[k], g[k][i], row)
		}
	}
	return u
}

func maxDifference(a, b [][]float64) (worst float64) {
	for k := range a {
		for i := range a[k] {
			worst = max(worst, math.Abs(a[k][i]-b[k][i]))
		}
	}
	return worst
}

// TestReplay feeds the conditioning engine the images that a stored Z gives and follows a training run with both. Errors
// are rounding only: each of the T steps amplifies those before by less than 2, and 1e-12 is 4500 units of rounding.
func TestReplay(t *testing.T) {
	const steps = 12
	for _, shape := range []struct{ n, d int }{{60, 40}, {40, 60}, {1100, 700}, {513, 1025}, {30, 20}} {
		for _, units := range []int{1, 2, 3} {
			for _, teachers := range []int{1, 2, 3} {
				t.Run(fmt.Sprintf("n=%d/d=%d/K=%d/M=%d", shape.n, shape.d, units, teachers), func(t *testing.T) {
					r := rand.New(rand.NewPCG(uint64(shape.n), uint64(10*units+teachers)))
					z := normals(r, shape.n, shape.d)
					for _, row := range z {
						for i := range row {
							row[i] /= math.Sqrt(float64(shape.d))
						}
					}
					teacher := normals(r, teachers, shape.d)
					c := replay(z, shape.d, teachers+units*(steps+1), units, 2)
					h := newVectors(teachers, shape.n)
					c.fields(h, teacher)
					if x := maxDifference(h, multiplyStored(z, teacher)); !(x < 1e-12) {
						t.Errorf("teacher fields differ by %g", x)
					}
					w, u := normals(r, units, shape.d), newVectors(units, shape.d)
					for step := range steps {
						var fields, gradients [][]float64
						c.step(u, w, func(lo, hi int, g, r [][]float64) {
							for k := range g {
								for i := range g[k] {
									g[k][i] = math.Tanh(r[k][i]) - h[0][lo+i]*float64((lo+i+step)%2) + 0.1*r[0][i]
								}
							}
						})
						fields, gradients = c.r, c.g
						if x := maxDifference(fields, multiplyStored(z, w)); !(x < 1e-12) {
							t.Fatalf("step %d: fields differ by %g", step, x)
						}
						if x := maxDifference(u, transposeStored(z, gradients)); !(x < 1e-12) {
							t.Fatalf("step %d: gradient fields differ by %g", step, x)
						}
						for k := range w {
							kernel.Axpy(w[k], -0.2, u[k])
						}
					}
				})
			}
		}
	}
}

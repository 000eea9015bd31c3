package montecarlo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
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
					c := replay(z, shape.d, teachers+units*(steps+1), units, pool{workers: 2})
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

// TestParallelVectors replays steps whose vectors are equal, nearly parallel, zero or known already, which take one
// product each in the engine's fallback, or add no direction.
func TestParallelVectors(t *testing.T) {
	const n, d = 90, 70
	random := rand.New(rand.NewPCG(1, 2))
	z, x := normals(random, n, d), normals(random, 4, d)
	combine := func(a, b float64, i, j int) []float64 {
		v := make([]float64, d)
		kernel.Axpy(v, a, x[i])
		kernel.Axpy(v, b, x[j])
		return v
	}
	for _, test := range []struct {
		name string
		p    [][]float64
		new  int // directions
	}{
		{"equal", [][]float64{x[0], x[0], x[0]}, 1},
		{"opposite", [][]float64{x[0], combine(-1, 0, 0, 1)}, 1},
		{"nearly parallel", [][]float64{x[0], combine(1, 1e-6, 0, 1), combine(1, 1e-7, 0, 2)}, 3},
		{"zero", [][]float64{make([]float64, d), x[1]}, 1},
		{"dependent", [][]float64{x[0], x[1], combine(2, -3, 0, 1)}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := replay(z, d, 20, 3, pool{workers: 1})
			units := len(test.p)
			u := newVectors(units, d)
			step := func(p [][]float64) {
				c.step(u, p, func(lo, hi int, g, r [][]float64) {
					for k := range g {
						copy(g[k], r[k])
					}
				})
				// |Zp| is about sqrt(n d): 1e-12 relative.
				if difference := maxDifference(c.r[:units], multiplyStored(z, p)); !(difference < 1e-10) {
					t.Errorf("fields differ by %g", difference)
				}
				if difference := maxDifference(u, transposeStored(z, c.g[:units])); !(difference < 1e-8) {
					t.Errorf("gradient fields differ by %g", difference)
				}
			}
			step(test.p)
			if got := c.input.basis.count; got != test.new {
				t.Errorf("%d directions, want %d", got, test.new)
			}
			step(test.p)
			if got := c.input.basis.count; got != test.new {
				t.Errorf("%d directions after the same vectors again, want %d", got, test.new)
			}
			if worst := departure(c.input.basis); !(worst < 1e-13) {
				t.Errorf("directions depart from orthonormality by %g", worst)
			}
		})
	}
}

// departure is max |QᵀQ - I|.
func departure(p *panel[float64]) (worst float64) {
	for i := range p.count {
		for j := range i + 1 {
			x := kernel.Dot(gather(p, i), gather(p, j))
			if i == j {
				x--
			}
			worst = max(worst, math.Abs(x))
		}
	}
	return worst
}

// TestDrawingAheadChangesNothing: the same bits whether fresh vectors are drawn ahead, as in production, or when their
// direction is known, as a replay needs it.
func TestDrawingAheadChangesNothing(t *testing.T) {
	for _, units := range []int{1, 2} {
		var results [2][][]float64
		for i, ahead := range []bool{true, false} {
			c := newConditioning[float64](1300, 700, 30, 30, units, streamKey{5}, pool{workers: 2})
			c.drawAhead = ahead
			random := rand.New(rand.NewPCG(3, 4))
			p, u := normals(random, units, 700), newVectors(units, 700)
			c.fields(c.r, p[:1])
			for range 5 {
				c.step(u, p, func(lo, hi int, g, r [][]float64) {
					for k := range g {
						for i, x := range r[k] {
							g[k][i] = math.Tanh(x) - 0.5*r[0][i]
						}
					}
				})
				for k := range p {
					kernel.Axpy(p[k], -0.3, u[k])
				}
				results[i] = append(results[i], u[0][:10:10], p[units-1][600:610:610], append([]float64(nil), c.r[0]...))
			}
		}
		if difference := maxDifference(results[0], results[1]); difference != 0 {
			t.Errorf("%d units: differ by %g", units, difference)
		}
	}
}

// TestSinglePrecision: what storing the directions in single precision does to overlaps and norms is rounding. An entry
// that is stored is off by up to 2^-24 of itself, uniformly: 2^-24/√3 in root mean square. Fields and gradient field, each
// through directions and images, are then off by 2^-24·sqrt(4/3·2) of their size, in a direction of which w* and w see 1/√d.
// These methods contract what is wrong, so T steps do T times that at most, as if all errors pointed one way; a norm
// sees it twice.
func TestSinglePrecision(t *testing.T) {
	for _, name := range []string{"ridge-gd", "logistic-sgd", "committee-erf"} {
		s := find(t, name)
		d := small(t, s, 1000)
		double, err := Simulate(ctx, s, Job{Dim: d}, Settings{Engine: Conditioning})
		if err != nil {
			t.Fatal(err)
		}
		single, err := Simulate(ctx, s, Job{Dim: d}, Settings{Engine: Conditioning, Float32: true})
		if err != nil {
			t.Fatal(err)
		}
		size := 1.0 // of weights and teacher, squared
		for _, row := range double.Values {
			for j, observable := range s.Observables() {
				if strings.HasPrefix(observable, "norm") {
					size = max(size, row[j])
				}
			}
		}
		bound := float64(s.Method.Steps) * 0x1p-24 * math.Sqrt(8.0/3) * size / math.Sqrt(float64(d))
		for j, observable := range s.Observables() {
			if strings.HasPrefix(observable, "overlap") || strings.HasPrefix(observable, "norm") {
				worst := 0.0
				for i := range double.Values {
					worst = max(worst, math.Abs(single.Values[i][j]-double.Values[i][j]))
				}
				if strings.HasPrefix(observable, "norm") {
					worst /= 2
				}
				if t.Logf("%s %s: %.1e, bound %.1e", name, observable, worst, bound); !(worst < bound) {
					t.Errorf("%s: %s differs by %g", name, observable, worst)
				}
			}
		}
	}
}

// TestFreshNumbersDiffer: no two blocks of any directions on either side share a stream.
func TestFreshNumbersDiffer(t *testing.T) {
	c := newConditioning[float64](3*blockRows, 3*blockRows, 4, 4, 1, streamKey{1}, pool{workers: 1})
	seen := map[float64]string{}
	for _, input := range []bool{true, false} {
		for k := range 4 {
			for lo := 0; lo < 3*blockRows; lo += blockRows {
				z, name := make([]float64, 1), fmt.Sprintf("input %v, direction %d, row %d", input, k, lo)
				c.draw(z, input, k, lo)
				if other, ok := seen[z[0]]; ok {
					t.Errorf("%s and %s begin with the same number", name, other)
				}
				seen[z[0]] = name
			}
		}
	}
}

package theory

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas64"
)

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Data: x, Inc: 1} }

func dot(a, b []float64) float64 { return blas64.Dot(vector(a), vector(b)) }

// A pool runs independent pieces of work on so many cores. Results that are sums are kept piece by piece and added in
// order, so that they do not depend on the number of workers.
type pool struct {
	workers int
	// ctx ends every loop at its next piece: what was computed then means nothing, and whoever asked for it looks at the
	// context before he uses it. nil: never.
	ctx context.Context
}

// stopped reports whether loops are to end.
func (p pool) stopped() bool { return p.ctx != nil && p.ctx.Err() != nil }

// each calls work(i) for i in [0, n), several at once. A panic of work is one of each.
func (p pool) each(n int, work func(i int)) {
	if p.workers == 1 || n == 1 {
		for i := 0; i < n && !p.stopped(); i++ {
			work(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	var failed atomic.Pointer[any]
	for range min(p.workers, n) {
		group.Go(func() {
			defer func() {
				if problem := recover(); problem != nil {
					failed.Store(&problem)
				}
			}()
			for i := next.Add(1) - 1; i < int64(n) && !p.stopped(); i = next.Add(1) - 1 {
				work(int(i))
			}
		})
	}
	group.Wait()
	if problem := failed.Load(); problem != nil {
		panic(*problem)
	}
}

const chunkSize = 4096

func chunks(n int) int { return (n + chunkSize - 1) / chunkSize }

func chunk(c, n int) (lo, hi int) { return c * chunkSize, min((c+1)*chunkSize, n) }

// negligible is the share of a vector below which what is left of it after projection is rounding, not a direction.
const negligible = 1e-9

// parallel is the share of a squared norm below which what the rows before it leave of it may be the rounding of the sums
// that the matrix was made of: 65536 terms lose up to some 1e-14.
const parallel = 1e-12

// cholesky overwrites the lower triangle of the symmetric semi-definite matrix a (row i has i+1 entries used) with its
// factor. A pivot that is negligible against scale_i (the squared norm that the residual a_ii is left of), or parallel to
// those before it, is set to 0 together with its column: the gradients of the cross-entropy, for one, add up to 0.
func cholesky(a [][]float64, scale []float64) {
	for j := range a {
		pivot := a[j][j]
		for k := range j {
			pivot -= a[j][k] * a[j][k]
		}
		if pivot <= max(negligible*negligible*scale[j], parallel*a[j][j]) {
			pivot = 0
		}
		a[j][j] = math.Sqrt(pivot)
		for i := j + 1; i < len(a); i++ {
			sum := a[i][j]
			for k := range j {
				sum -= a[i][k] * a[j][k]
			}
			if a[j][j] == 0 {
				a[i][j] = 0
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
}

func matrix(rows, columns int) [][]float64 {
	m, data := make([][]float64, rows), make([]float64, rows*columns)
	for i := range m {
		m[i] = data[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return m
}

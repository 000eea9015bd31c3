package montecarlo

import "limitcheck/montecarlo/internal/kernel"

// blockRows is the number of rows of a panel that are worked on at a time: all directions of a block (two panels,
// T = 50) stay in a core's second-level cache between the passes of one sweep.
const blockRows = 512

// A panel is a tall matrix that grows by columns. It is stored block of rows by block of rows, and each column of a
// block is contiguous, so that a sweep over all columns is one pass through memory.
type panel[T kernel.Float] struct {
	rows, capacity, count int
	data                  []T
}

func newPanel[T kernel.Float](rows, capacity int) *panel[T] {
	return &panel[T]{rows: rows, capacity: capacity, data: allocate[T](rows * capacity)}
}

func (p *panel[T]) free() {
	release(p.data)
	p.data = nil
}

func blockCount(rows int) int { return (rows + blockRows - 1) / blockRows }

// column returns block b of column k, which may be one to come.
func (p *panel[T]) column(b, k int) []T {
	lo := b * blockRows
	length := min(p.rows-lo, blockRows)
	start := lo*p.capacity + k*length
	return p.data[start : start+length : start+length]
}

// products writes the inner products of block b of the first len(dst) columns with x.
func (p *panel[T]) products(dst []float64, b int, x []float64) {
	k := 0
	for ; k+4 <= len(dst); k += 4 {
		dst[k], dst[k+1], dst[k+2], dst[k+3] =
			kernel.Dot4(p.column(b, k), p.column(b, k+1), p.column(b, k+2), p.column(b, k+3), x)
	}
	for ; k < len(dst); k++ {
		dst[k] = kernel.Dot(p.column(b, k), x)
	}
}

// addCombination adds scale · Σ_k c_k (block b of column k) to x.
func (p *panel[T]) addCombination(x []float64, b int, scale float64, c []float64) {
	k := 0
	for ; k+4 <= len(c); k += 4 {
		kernel.Axpy4(x, scale*c[k], scale*c[k+1], scale*c[k+2], scale*c[k+3],
			p.column(b, k), p.column(b, k+1), p.column(b, k+2), p.column(b, k+3))
	}
	for ; k < len(c); k++ {
		kernel.Axpy(x, scale*c[k], p.column(b, k))
	}
}

package montecarlo

import "limitcheck/montecarlo/internal/kernel"

// blockRows is the number of rows of a panel that are worked on at a time: all directions of a block (two panels,
// T = 50) stay in a core's second-level cache between the passes of one sweep.
const blockRows = 512

// A panel is a tall matrix that grows by columns. It is stored block of rows by block of rows, and each column of a
// block is contiguous, so that a sweep over all columns is one pass through memory.
type panel struct {
	rows, capacity, count int
	data                  []float64
}

func newPanel(rows, capacity int) *panel {
	return &panel{rows: rows, capacity: capacity, data: make([]float64, rows*capacity)}
}

func (p *panel) blocks() int { return (p.rows + blockRows - 1) / blockRows }

// bounds returns the rows [lo, hi) of block b.
func (p *panel) bounds(b int) (lo, hi int) {
	return b * blockRows, min(p.rows, (b+1)*blockRows)
}

// column returns block b of column k, which may be the one after the last.
func (p *panel) column(b, k int) []float64 {
	lo, hi := p.bounds(b)
	start, length := lo*p.capacity+k*(hi-lo), hi-lo
	return p.data[start : start+length : start+length]
}

// products writes the inner products of block b of all columns with x.
func (p *panel) products(dst []float64, b int, x []float64) {
	k := 0
	for ; k+4 <= p.count; k += 4 {
		dst[k], dst[k+1], dst[k+2], dst[k+3] =
			kernel.Dot4(p.column(b, k), p.column(b, k+1), p.column(b, k+2), p.column(b, k+3), x)
	}
	for ; k < p.count; k++ {
		dst[k] = kernel.Dot(p.column(b, k), x)
	}
}

// addCombination adds scale times the linear combination of block b of the columns to x.
func (p *panel) addCombination(x []float64, b int, scale float64, coefficients []float64) {
	k, c := 0, coefficients
	for ; k+4 <= len(c); k += 4 {
		kernel.Axpy4(x, scale*c[k], scale*c[k+1], scale*c[k+2], scale*c[k+3],
			p.column(b, k), p.column(b, k+1), p.column(b, k+2), p.column(b, k+3))
	}
	for ; k < len(c); k++ {
		kernel.Axpy(x, scale*c[k], p.column(b, k))
	}
}

package montecarlo

import (
	"sync"
	"sync/atomic"
)

// A pool is how many goroutines a loop may use. Loops are cut into pieces that do not depend on it, random numbers
// belong to pieces, and sums are taken over pieces in order: so no result depends on it either.
type pool int

// each calls f(i) for i in [0, n), several at once.
func (p pool) each(n int, f func(i int)) {
	workers := min(int(p), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	group.Wait()
}

// pieceRows is the length of a piece of a loop over samples or coordinates.
const pieceRows = 4096

// pieces calls f(i, lo, hi) for each piece [lo, hi) of [0, rows), several at once; i counts the pieces.
func (p pool) pieces(rows int, f func(i, lo, hi int)) {
	p.each(pieceCount(rows), func(i int) {
		f(i, i*pieceRows, min(rows, (i+1)*pieceRows))
	})
}

func pieceCount(rows int) int { return (rows + pieceRows - 1) / pieceRows }

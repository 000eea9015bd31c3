package montecarlo

import (
	"context"
	"sync"
	"sync/atomic"
)

// A pool is how many goroutines a loop may use. Loops are cut into pieces that do not depend on it, random numbers
// belong to pieces, and sums are taken over pieces in order: so no result depends on it either.
type pool struct {
	workers int
	// ctx ends every loop at its next piece, however large the data: what was computed then means nothing, and whoever
	// asked for it looks at the context before he uses it. nil: never.
	ctx context.Context
}

// stopped reports whether loops are to end.
func (p pool) stopped() bool { return p.ctx != nil && p.ctx.Err() != nil }

// each calls f(i) for i in [0, n), several at once. A panic of f is one of each.
func (p pool) each(n int, f func(i int)) {
	workers := min(p.workers, n)
	if workers <= 1 {
		for i := 0; i < n && !p.stopped(); i++ {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	var failed atomic.Pointer[any]
	for range workers {
		group.Go(func() {
			defer func() {
				if problem := recover(); problem != nil {
					failed.Store(&problem)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n && !p.stopped(); i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	group.Wait()
	if problem := failed.Load(); problem != nil {
		panic(*problem)
	}
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

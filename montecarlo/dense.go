package montecarlo

import (
	"math"
	"math/rand/v2"
	"unsafe"

	"limitcheck/montecarlo/internal/kernel"
	"limitcheck/scenarios"
)

// dense is Z drawn once and stored, row by row, as T. A product reads it once, in blocks of rows that are still in
// cache when Zᵀg needs them. At most one product at a time may run.
//
// The limit is reading Z at the speed of memory. Software prefetch, rows far apart, and one loop that updates with a
// block while it multiplies the next were measured on top of this and gained nothing.
type dense[T kernel.Float] struct {
	n, d   int
	stride int // elements from row to row: whole cache lines, what is beyond d is zero
	data   []T
	pool   pool

	// The rows are cut into chunks, each with sums of its own, and chunks into blocks.
	chunkRows, blockRows int

	p    [][]T       // unit × stride
	r, g [][]float64 // unit × n
	sums [][]float64 // chunk·units + unit × stride: Zᵀg over the chunk's rows
}

// A matrix is a stored operator, whose memory must be given back.
type matrix interface {
	operator
	free()
}

const (
	cacheLine = 64

	// group is the number of rows that the kernels take at a time.
	group = 8

	// blockBytes is how much of Z is worked on at a time. It must fit in a core's second-level cache beside p and u.
	blockBytes = 256 << 10

	// drawRows is the number of rows that share a random stream.
	drawRows = 8

	// A replica has at most maxChunks chunks: enough for as many cores as it takes to saturate the memory, and so few
	// that their sums are small beside Z.
	maxChunks    = 32
	minChunkRows = 64
)

// newDense draws an n×d matrix of N(0, 1/d) entries, or of entries of a law divided by sqrt(d), stored as float32 if single.
// stream(b) is the source of rows b·drawRows, …, (b+1)·drawRows-1; it is called from several goroutines at once. The entries are the same for both
// precisions, but for rounding.
func newDense(n, d int, law scenarios.EntryLaw, stream func(block int) *rand.Rand, p pool, single bool) matrix {
	if single {
		return drawDense[float32](n, d, law, stream, p)
	}
	return drawDense[float64](n, d, law, stream, p)
}

// denseBytes is the memory that newDense(n, d, …, single) and products with that many units take.
func denseBytes(n, d, units int, single bool) float64 {
	size := 8
	if single {
		size = 4
	}
	rows, stride, k := float64(n), float64(strideFor(d, size)), float64(units)
	return rows*stride*float64(size) + 8*k*(2*rows+(maxChunks+1)*stride)
}

// strideFor rounds d up to whole cache lines of elements of the given size.
func strideFor(d, size int) int { return roundUp(d, cacheLine/size) }

func drawDense[T kernel.Float](n, d int, law scenarios.EntryLaw, stream func(block int) *rand.Rand, p pool) *dense[T] {
	z := emptyDense[T](n, d, p)
	scale := 1 / math.Sqrt(float64(d))
	p.each((n+drawRows-1)/drawRows, func(b int) {
		source := stream(b)
		for i := b * drawRows; i < min(n, (b+1)*drawRows); i++ {
			row := z.row(i)
			for j := range row[:d] {
				if law == nil {
					row[j] = T(scale * source.NormFloat64())
				} else {
					row[j] = T(scale * law.Entry(level(source)))
				}
			}
		}
	})
	return z
}

// rowsDense is the matrix of some rows, divided by sqrt(d).
func rowsDense(n, d int, row func(i int) []float64, p pool, single bool) matrix {
	if single {
		return fillDense[float32](n, d, row, p)
	}
	return fillDense[float64](n, d, row, p)
}

func fillDense[T kernel.Float](n, d int, row func(i int) []float64, p pool) *dense[T] {
	z := emptyDense[T](n, d, p)
	scale := 1 / math.Sqrt(float64(d))
	p.pieces(n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			own := z.row(i)
			for j, x := range row(i) {
				own[j] = T(scale * x)
			}
		}
	})
	return z
}

func emptyDense[T kernel.Float](n, d int, p pool) *dense[T] {
	size := int(unsafe.Sizeof(T(0)))
	z := &dense[T]{n: n, d: d, stride: strideFor(d, size), pool: p}
	rowBytes := z.stride * size
	z.blockRows = max(1, blockBytes/rowBytes/group) * group
	z.chunkRows = max(minChunkRows, roundUp((n+maxChunks-1)/maxChunks, group))
	z.data = allocate[T](n * z.stride)
	return z
}

func roundUp(x, multiple int) int { return (x + multiple - 1) / multiple * multiple }

func (z *dense[T]) free() {
	release(z.data)
	z.data = nil
}

func (z *dense[T]) row(i int) []T { return z.data[i*z.stride : (i+1)*z.stride] }

func (z *dense[T]) chunks() int { return (z.n + z.chunkRows - 1) / z.chunkRows }

func (z *dense[T]) step(u, p [][]float64, gradients func(lo, hi int, g, r [][]float64)) {
	z.load(p)
	if units := len(p); len(z.r) < units {
		z.r, z.g = newVectors(units, z.n), newVectors(units, z.n)
		z.sums = newVectors(units*z.chunks(), z.stride)
	}
	z.pool.each(z.chunks(), func(c int) { z.stepChunk(c, len(p), gradients) })
	for k := range u {
		z.total(u[k], k, len(p))
	}
}

func (z *dense[T]) fields(r, p [][]float64) {
	z.load(p)
	z.pool.each((z.n+z.blockRows-1)/z.blockRows, func(b int) { z.multiply(r, b*z.blockRows, min(z.n, (b+1)*z.blockRows)) })
}

// load copies p to where it is followed by zeros, in the precision of the rows.
func (z *dense[T]) load(p [][]float64) {
	for len(z.p) < len(p) {
		z.p = append(z.p, make([]T, z.stride))
	}
	for k := range p {
		for j, v := range p[k][:z.d] {
			z.p[k][j] = T(v)
		}
	}
}

// total writes unit k of the sums over all chunks, added up in the chunks' order.
func (z *dense[T]) total(u []float64, k, units int) {
	clear(u)
	for first := 0; first < z.chunks(); first += group {
		var sums [group][]float64
		var take [group]float64
		for j := range sums {
			c := min(first+j, z.chunks()-1)
			sums[j] = z.sums[c*units+k]
			if first+j == c {
				take[j] = 1
			}
		}
		kernel.Axpy8(u, &take, &sums)
	}
}

// stepChunk does all of a step for one chunk, block of rows by block of rows.
func (z *dense[T]) stepChunk(c, units int, gradients func(lo, hi int, g, r [][]float64)) {
	sums := z.sums[c*units : (c+1)*units]
	for _, sum := range sums {
		clear(sum)
	}
	r, g := z.r[:units], z.g[:units]
	end := min(z.n, (c+1)*z.chunkRows)
	for lo := c * z.chunkRows; lo < end && !z.pool.stopped(); lo += z.blockRows {
		hi := min(end, lo+z.blockRows)
		z.multiply(r, lo, hi)
		gradients(lo, hi, section(g, lo, hi), section(r, lo, hi))
		z.accumulate(sums, g, lo, hi)
	}
}

// multiply computes entries lo..hi-1 of r = Z p.
func (z *dense[T]) multiply(r [][]float64, lo, hi int) {
	var rows [group][]T
	var s [group]float64
	for i := lo; i < hi; i += group {
		for j := range rows {
			rows[j] = z.row(min(i+j, hi-1))
		}
		for k := range r {
			kernel.Dot8(&s, &rows, z.p[k])
			copy(r[k][i:hi], s[:])
		}
	}
}

// accumulate adds rows lo..hi-1 of Z, times their g, to the sums. Rows without a gradient (left out of the batch) are
// skipped.
func (z *dense[T]) accumulate(sums, g [][]float64, lo, hi int) {
	var indices [group]int
	count := 0
	for i := lo; i < hi; i++ {
		if !anyNonzero(g, i) {
			continue
		}
		indices[count] = i
		if count++; count == group {
			z.addRows(sums, g, indices[:])
			count = 0
		}
	}
	if count > 0 {
		z.addRows(sums, g, indices[:count])
	}
}

func anyNonzero(g [][]float64, i int) bool {
	for _, x := range g {
		if x[i] != 0 {
			return true
		}
	}
	return false
}

// addRows adds up to eight rows, times their g, to the sums.
func (z *dense[T]) addRows(sums, g [][]float64, indices []int) {
	var rows [group][]T
	for j := range rows {
		rows[j] = z.row(indices[min(j, len(indices)-1)])
	}
	for k, sum := range sums {
		var factors [group]float64 // those beyond the last row stay zero
		for j, i := range indices {
			factors[j] = g[k][i]
		}
		kernel.Axpy8(sum, &factors, &rows)
	}
}

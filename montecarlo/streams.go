package montecarlo

import "math/rand/v2"

// A streamKey says whose random numbers are meant: (seed, scenario, d, replica).
type streamKey []uint64

// What a replica's random numbers are for. Each use has streams of its own, so that what one part draws does not move
// another part's numbers.
const (
	forTeacher uint64 = iota
	forInit
	forLabels
	forMask
	forNoise
	forTest
	forMatrix
	forInputDirection
	forOutputDirection
	forBatch
	forDropout
	forHeldOut
)

// stream returns the stream of one piece of one use.
func (k streamKey) stream(purpose uint64, piece ...uint64) *rand.Rand {
	return newStream(k.with(purpose).with(piece...)...)
}

// batch returns the key of a fresh batch, which needs all uses anew.
func (k streamKey) batch(number int) streamKey { return k.with(forBatch, uint64(number)) }

// with returns a longer key.
func (k streamKey) with(more ...uint64) streamKey { return append(k[:len(k):len(k)], more...) }

// level is uniform in (0, 1), never an end.
func level(stream *rand.Rand) float64 {
	return (float64(stream.Uint64()>>11) + 0.5) / (1 << 53)
}

// fillLevels fills u with levels, fillNormals x with standard normals; each piece from its own stream.
func fillLevels(u []float64, key streamKey, p pool, purpose uint64, piece ...uint64) {
	p.pieces(len(u), func(i, lo, hi int) {
		stream := key.stream(purpose, append(piece[:len(piece):len(piece)], uint64(i))...)
		for j := range u[lo:hi] {
			u[lo+j] = level(stream)
		}
	})
}

func fillNormals(x []float64, key streamKey, p pool, purpose uint64, piece ...uint64) {
	p.pieces(len(x), func(i, lo, hi int) {
		stream := key.stream(purpose, append(piece[:len(piece):len(piece)], uint64(i))...)
		for j := range x[lo:hi] {
			x[lo+j] = stream.NormFloat64()
		}
	})
}

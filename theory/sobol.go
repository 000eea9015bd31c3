package theory

import (
	_ "embed"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"sync"
)

// Direction numbers of Joe and Kuo (SIAM J. Sci. Comput. 30, 2008), new-joe-kuo-6, first 1111 dimensions.
// Line format: d s a m_1 … m_s.
//
//go:embed joe-kuo-1111.txt
var joeKuo string

const sobolBits = 32

// sobolTable holds the unscrambled direction numbers of every dimension, most significant bit first.
var sobolTable = sync.OnceValue(func() [][sobolBits]uint32 {
	var first [sobolBits]uint32
	for j := range first {
		first[j] = 1 << (sobolBits - 1 - j)
	}
	table := [][sobolBits]uint32{first}
	for _, line := range strings.Split(strings.TrimSpace(joeKuo), "\n")[1:] {
		table = append(table, directionNumbers(line))
	}
	return table
})

func directionNumbers(line string) (v [sobolBits]uint32) {
	in := strings.NewReader(line)
	var d, s, a int
	mustScan(fmt.Fscan(in, &d, &s, &a))
	for j := range s {
		mustScan(fmt.Fscan(in, &v[j]))
		v[j] <<= sobolBits - 1 - j
	}
	for j := s; j < sobolBits; j++ {
		v[j] = v[j-s] ^ v[j-s]>>s
		for k := 1; k < s; k++ {
			v[j] ^= uint32(a>>(s-1-k)&1) * v[j-k]
		}
	}
	return v
}

// mustScan guards the embedded table, which is part of the program.
func mustScan(_ int, err error) {
	if err != nil {
		panic("theory: the embedded Sobol table is damaged: " + err.Error())
	}
}

// A sobol is a randomised Sobol sequence: a random linear scramble (Matoušek) and a digital shift in each dimension, so
// that every point is uniform and independent scramblings give independent estimates of an integral. Past its first
// dimensions it goes on with shuffled strata.
type sobol struct {
	seed, stream uint64
	used         int
}

// sobolDimensions is how many dimensions of the table are used: the first of them have no pair whose two leading binary
// digits depend on each other at 2^13 points or more. Further ones do (219 of 1111 at 2^13), which scrambling cannot
// mend: at N = 8192, T = 500 two mini-batch masks were dependent, and the sweep blew up.
const sobolDimensions = 256

// A sobolColumn is one coordinate of all points of the sequence.
type sobolColumn struct {
	direction [sobolBits]uint32
	shift     uint32
	shuffled  bool
	seed      uint64
	dimension uint64
}

// next returns the sequence's next unused dimension.
func (s *sobol) next() *sobolColumn {
	if s.used >= sobolDimensions {
		return s.shuffled()
	}
	c := s.column()
	table := sobolTable()
	rng := rand.New(rand.NewPCG(c.seed, c.dimension))
	for row := range sobolBits {
		// Bit `row` (from the top) of a scrambled number is its own bit plus a random mix of more significant bits.
		own := uint32(1) << (sobolBits - 1 - row)
		mask := own | rng.Uint32()&^(own|(own-1))
		for j, v := range table[c.dimension] {
			if bits.OnesCount32(v&mask)&1 == 1 {
				c.direction[j] |= own
			}
		}
	}
	c.shift = rng.Uint32()
	return c
}

// shuffled returns a dimension of shuffled strata: in each run of points that is filled at once, one point in each of as
// many equal intervals, in random order. No two such dimensions have anything to do with each other.
func (s *sobol) shuffled() *sobolColumn {
	c := s.column()
	c.shuffled = true
	return c
}

func (s *sobol) column() *sobolColumn {
	c := &sobolColumn{seed: s.seed ^ s.stream<<32, dimension: uint64(s.used)}
	s.used++
	return c
}

// fill writes the coordinate of points lo, lo+1, … into u, in (0,1). The value of a point of the Sobol
// sequence does not depend on lo; shuffled strata must always be filled in the same runs.
func (c *sobolColumn) fill(u []float64, lo int) {
	if c.shuffled {
		rng := rand.New(rand.NewPCG(c.seed^c.dimension<<16, uint64(lo)))
		for i := range u {
			// Inside-out shuffle.
			j := rng.IntN(i + 1)
			u[i] = u[j]
			u[j] = (float64(i) + (float64(rng.Uint32())+0.5)/(1<<sobolBits)) / float64(len(u))
		}
		return
	}
	x := c.shift
	for gray, j := uint32(lo)^uint32(lo)>>1, 0; gray != 0; gray, j = gray>>1, j+1 {
		if gray&1 == 1 {
			x ^= c.direction[j]
		}
	}
	for i := range u {
		u[i] = (float64(x) + 0.5) / (1 << sobolBits)
		x ^= c.direction[bits.TrailingZeros32(uint32(lo+i+1))]
	}
}

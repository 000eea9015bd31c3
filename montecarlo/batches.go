package montecarlo

import (
	"math"

	"limitcheck/scenarios"
)

// batches draws the mini-batches of a fixed set of samples.
type batches struct {
	mask    scenarios.Mask
	key     streamKey
	pool    pool
	states  []uint8
	present [256]bool // states that some sample may be in
	on      []uint8   // 1 for a sample in the batch, else 0
	all     bool      // every sample is in the batch, and on is not set

	chance [256]float64 // of being in the batch, for each state before the last draw
	before []uint8      // those states; nil: all are 0
}

func newBatches(mask scenarios.Mask, n int, key streamKey, p pool) *batches {
	b := &batches{mask: mask, key: key, pool: p, states: make([]uint8, n), on: make([]uint8, n)}
	b.present[0] = true
	return b
}

// draw chooses the batch of step t.
func (b *batches) draw(t int) {
	var probability [256]float64
	var next [256][2]uint8
	var reached [256]bool
	b.all = true
	for x := range b.present {
		if !b.present[x] {
			continue
		}
		state := uint8(x)
		probability[x] = b.mask.Probability(t, state)
		next[x] = [2]uint8{b.mask.Next(t, state, false), b.mask.Next(t, state, true)}
		if probability[x] < 1 {
			b.all = false
			reached[next[x][0]] = true
		}
		if probability[x] > 0 {
			reached[next[x][1]] = true
		}
	}
	b.present, b.chance = reached, probability
	if !b.mask.Independent() {
		b.before = append(b.before[:0], b.states...)
	}
	switch {
	case b.all && b.mask.Independent():
		return
	case b.all:
		for i, x := range b.states {
			b.states[i] = next[x][1]
		}
		return
	case b.mask.Exact():
		b.drawExact(t, &probability)
	default:
		b.pool.pieces(len(b.on), func(piece, lo, hi int) {
			stream := b.key.stream(forMask, uint64(t), uint64(piece))
			for i := lo; i < hi; i++ {
				b.set(i, stream.Float64() < probability[b.states[i]])
			}
		})
	}
	if b.mask.Independent() {
		return
	}
	for i, x := range b.states {
		b.states[i] = next[x][b.on[i]]
	}
}

// drawExact takes, among the m samples of equal probability p, exactly pm without replacement; if pm is not whole, one
// of the two neighbouring numbers at random, so that each sample keeps its probability p.
func (b *batches) drawExact(t int, probability *[256]float64) {
	type group struct {
		left, needed float64
		rounded      bool
	}
	groups := map[float64]*group{}
	var of [256]*group
	for x, present := range b.stateCounts() {
		if present == 0 {
			continue
		}
		p := probability[x]
		if groups[p] == nil {
			groups[p] = &group{}
		}
		of[x] = groups[p]
		of[x].left += float64(present)
	}
	stream := b.key.stream(forMask, uint64(t))
	for x := range of { // in the order of states, not of the map
		if g := of[x]; g != nil && !g.rounded {
			g.needed, g.rounded = roundAtRandom(probability[x]*g.left, stream.Float64()), true
		}
	}
	for i, x := range b.states {
		g := of[x]
		on := g.needed >= g.left || g.needed > 0 && stream.Float64()*g.left < g.needed
		if on {
			g.needed--
		}
		g.left--
		b.set(i, on)
	}
}

func (b *batches) set(i int, on bool) {
	b.on[i] = 0
	if on {
		b.on[i] = 1
	}
}

func (b *batches) in(i int) bool { return b.on[i] == 1 }

// odds is the probability that sample i had of being in the batch, given all that came before the last draw.
func (b *batches) odds(i int) float64 {
	if b.before == nil {
		return b.chance[0]
	}
	return b.chance[b.before[i]]
}

func (b *batches) stateCounts() (counts [256]int) {
	for _, x := range b.states {
		counts[x]++
	}
	return counts
}

// roundAtRandom returns one of the whole numbers next to x, with mean x. What differs from a whole number by rounding
// only is that number.
func roundAtRandom(x, u float64) float64 {
	if whole := math.Round(x); math.Abs(x-whole) < 1e-9*(1+x) {
		return whole
	}
	return math.Floor(x + u)
}

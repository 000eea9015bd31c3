package montecarlo

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	exprand "golang.org/x/exp/rand"
)

// newStream returns the random stream that belongs to the keys (seed, scenario, d, replica, purpose, block …): a PCG
// generator (O'Neill 2014, 128 bits of state) started where a hash of all keys says. Different keys, and keys in
// different order or number, give independent streams for any practical purpose: among 2^32 streams of 2^40 numbers
// the chance that any two overlap is below 2^-23.
func newStream(keys ...uint64) *rand.Rand {
	buf := make([]byte, 0, 128)
	for _, k := range keys {
		buf = binary.LittleEndian.AppendUint64(buf, k)
	}
	state := sha256.Sum256(buf)
	return rand.New(newPCG(state[:16]))
}

// newPCG is a PCGSource with the given 16 bytes of state. Seed would set only 8 of them.
func newPCG(state []byte) *exprand.PCGSource {
	source := new(exprand.PCGSource)
	if err := source.UnmarshalBinary(state); err != nil {
		panic("montecarlo: " + err.Error()) // only if state is not 16 bytes
	}
	return source
}

package montecarlo

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestStreamsBelongToTheirKeys(t *testing.T) {
	keys := [][]uint64{nil, {0}, {1}, {0, 0}, {1, 2}, {2, 1}, {1, 2, 0}, {1 << 32}, {1 << 63}, {math.MaxUint64}}
	seen := map[uint64][]uint64{}
	for _, key := range keys {
		first := newStream(key...).Uint64()
		if again := newStream(key...).Uint64(); again != first {
			t.Errorf("keys %v: %v, then %v", key, first, again)
		}
		if other, ok := seen[first]; ok {
			t.Errorf("keys %v and %v give the same stream", key, other)
		}
		seen[first] = key
	}
}

// Streams of neighbouring keys are uncorrelated, at a false-alarm rate of 1e-4 with the seed fixed: the first numbers
// of 100 000 streams are standard normal among themselves, and so is their correlation with the second ones.
func TestStreamsAreIndependent(t *testing.T) {
	const count = 100_000
	sum, lagged, within, previous := 0.0, 0.0, 0.0, 0.0
	for i := range count {
		stream := newStream(5, uint64(i))
		x, y := stream.NormFloat64(), stream.NormFloat64()
		sum += x
		within += x * y
		lagged += x * previous
		previous = x
	}
	limit := distuv.UnitNormal.Quantile(1 - 0.5e-4)
	for name, score := range map[string]float64{"mean": sum, "first and second": within, "neighbours": lagged} {
		if score /= math.Sqrt(count); !(math.Abs(score) < limit) {
			t.Errorf("%s: %.2f standard errors from zero", name, score)
		}
	}
}

package compare

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Four dims of 32 replicas, 51 steps of 7 observables (357 points), as a catalogue scenario has; the theory exact or
// with 8 scramblings, without and with two ablations.
func BenchmarkCompare(b *testing.B) {
	s := usual()
	s.steps, s.names = 50, []string{"overlap", "norm", "cosine", "train_loss", "test_loss", "train_error", "test_error"}
	for _, scramblings := range []int{0, 8} {
		for _, resamples := range []int{2000, 10000} {
			for _, ablations := range []int{0, 2} {
				s.scramblings, s.theorySD = scramblings, 1e-3
				rng := rand.New(rand.NewPCG(1, 1))
				limit, replicas := s.limit(rng), s.simulate(rng)
				set := Settings{Resamples: resamples}
				for range ablations {
					set.Ablations = append(set.Ablations, Ablated{"wrong", s.limit(rng)})
				}
				b.Run(fmt.Sprintf("scramblings=%d/resamples=%d/ablations=%d", scramblings, resamples, ablations), func(b *testing.B) {
					for b.Loop() {
						if _, err := Compare(limit, replicas, set); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

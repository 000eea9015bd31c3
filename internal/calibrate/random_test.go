package main

import "testing"

// TestCombinations: a seed is a scenario, the same one each time; hardly two of 100 are alike (they hold a random overlap), and
// every one of them has whole numbers of samples and of batches at the dims of the study.
func TestCombinations(t *testing.T) {
	hashes := map[string]bool{}
	for seed := range uint64(100) {
		s, err := combination(seed)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := combination(seed)
		if again.Hash() != s.Hash() {
			t.Errorf("seed %d is two scenarios", seed)
		}
		hashes[s.Hash()] = true
		p, err := study{Scenario: random, Dims: wide, Replicas: 16}.scenario(seed)
		if err != nil || p.Experiment.Seed != seed+1 && p.Experiment.Seed != seed {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if len(hashes) < 99 {
		t.Errorf("%d different scenarios of 100", len(hashes))
	}
}

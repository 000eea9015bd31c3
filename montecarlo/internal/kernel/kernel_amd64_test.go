package kernel

import "testing"

func init() {
	forEachInstructionSet = func(t *testing.T, test func(t *testing.T)) {
		avx2, avx512 := hasAVX2, hasAVX512
		defer func() { hasAVX2, hasAVX512 = avx2, avx512 }()
		if avx512 {
			t.Run("AVX-512", test)
		}
		hasAVX512 = false
		if avx2 {
			t.Run("AVX2", test)
		}
		hasAVX2 = false
		t.Run("portable", test)
	}
}

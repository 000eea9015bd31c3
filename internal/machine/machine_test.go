package machine

import (
	"math"
	"testing"
)

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 8: "8 B", 999: "999 B", 1000: "1 kB", 711_234: "711 kB", 999_499: "999 kB",
		999_500: "1 MB", 14_400_000_000: "14.4 GB", 144e12: "144 TB", math.MaxInt64: "9.22 EB"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d bytes are %s, want %s", bytes, got, want)
		}
	}
}

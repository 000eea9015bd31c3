package scenarios

import (
	"fmt"
	"math"
)

// Samples is n = αd. It is an error if that is not a whole number, or if the batches of a fixed, epoch or fresh
// sampling would not be; the error names the next dimensions that work.
func (s *Scenario) Samples(dim int) (int, error) {
	if dim < minDim || dim > maxDim {
		return 0, wrong("dim", "must be between %d and %d, got %d", minDim, maxDim, dim)
	}
	if f, err := s.Features(); f != nil && err == nil && dim != f.columns {
		return 0, wrong("dim", "must be %d with data.features, the number of columns of %s, got %d", f.columns, s.Data.Features, dim)
	}
	what, value := s.notWhole(dim)
	if what == "" {
		return int(math.Round(value)), nil
	}
	return 0, wrong("dim", "%s = %.8g is not whole at d = %d%s", what, value, dim, s.nearbyDims(dim))
}

// notWhole names the number that would have to be whole at this dim and is not, and its value. If there is none the name
// is empty and the value is αd.
func (s *Scenario) notWhole(dim int) (what string, value float64) {
	n := s.Data.Alpha * float64(dim)
	if !isWhole(n) {
		return "alpha*d", n
	}
	if mask := s.Method.Batch; mask != nil && (mask.Exact() || mask.Fresh()) {
		if b := mask.Size() * math.Round(n); !isWhole(b) {
			return "the batch size fraction*alpha*d", b
		}
	}
	return "", n
}

// isWhole allows for the rounding of α and of the product: 2.1·10 is 21.
func isWhole(x float64) bool {
	nearest := math.Round(x)
	return nearest >= 1 && math.Abs(x-nearest) <= 1e-9*nearest
}

// nearbyDims says which dims next to dim would do.
func (s *Scenario) nearbyDims(dim int) string {
	const far = 100_000
	find := func(step int) int {
		for d := dim + step; d >= minDim && d <= maxDim && d != dim+step*far; d += step {
			if what, _ := s.notWhole(d); what == "" {
				return d
			}
		}
		return 0
	}
	smaller, larger := find(-1), find(1)
	switch {
	case smaller > 0 && larger > 0:
		return fmt.Sprintf(" (the nearest that work: %d and %d)", smaller, larger)
	case larger > 0:
		return fmt.Sprintf(" (the next that works: %d)", larger)
	case smaller > 0:
		return fmt.Sprintf(" (the last that works: %d)", smaller)
	}
	return fmt.Sprintf(" (no d within %d works: choose alpha and fraction with few decimals)", far)
}

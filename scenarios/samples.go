package scenarios

import "fmt"

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func formatCount(what string, x float64) string { return fmt.Sprintf("%s = %.8g", what, x) }

// nearbyDims says which dims next to dim would do.
func (s *Scenario) nearbyDims(dim int) string {
	const far = 100_000
	find := func(step int) int {
		for d := dim + step; d >= minDim && d <= maxDim && d != dim+step*far; d += step {
			if s.notWhole(d) == "" {
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

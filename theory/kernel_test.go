package theory

import "testing"

// Every entry has a place of its own, and one that does not exist is a mistake in the program.
func TestKernel(t *testing.T) {
	const times, units = 3, 2
	k := NewKernel(times, units)
	number := func(t, s, i, j int) float64 { return float64(1000*t + 100*s + 10*i + j) }
	all := func(f func(t, s, i, j int)) {
		for t := range times {
			for s := range times {
				for i := range units {
					for j := range units {
						f(t, s, i, j)
					}
				}
			}
		}
	}
	all(func(t, s, i, j int) { k.Set(t, s, i, j, number(t, s, i, j)) })
	all(func(a, s, i, j int) {
		if got := k.At(a, s, i, j); got != number(a, s, i, j) {
			t.Errorf("entry (%d, %d, %d, %d) is %g", a, s, i, j, got)
		}
	})
	for _, at := range [][4]int{{-1, 0, 0, 0}, {0, 3, 0, 0}, {0, 0, 2, 0}, {0, 0, 0, -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("entry %v exists", at)
				}
			}()
			k.At(at[0], at[1], at[2], at[3])
		}()
	}
}

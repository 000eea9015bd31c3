package reports

import (
	"fmt"
	"math"
	"slices"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// usable answers from which d on theory can be used.
func (s *section) usable() chapter {
	if s.Comparison == nil {
		return chapter{}
	}
	return tabled(chapter{Heading: "### From which d on", Text: "The smallest $d$ from which on theory stays " +
		"within the tolerance of the finite-$d$ mean at every step:", Table: usableTable(s.Comparison)})
}

// usableTable answers from which d on theory can be used.
func usableTable(c *compare.Comparison) *table {
	t := newTable("observable", ">within", ">from d", ">95 % interval")
	smallest := float64(slices.Min(append([]int{math.MaxInt}, c.Dims...)))
	d := func(x float64) string {
		switch {
		case math.IsNaN(x):
			return "—"
		case math.IsInf(x, 0):
			return "∞"
		case x <= smallest:
			return "≤ " + fmt.Sprint(int(smallest))
		case x < 1e7:
			return fmt.Sprintf("%.0f", math.Ceil(x))
		}
		return number(x, 2)
	}
	for _, u := range c.UsableFrom {
		t.add(markdown.Escape(observableLabel(u.Observable)), percent(u.Tolerance), d(u.Estimate),
			"["+d(u.Low)+", "+d(u.High)+"]")
	}
	return t
}

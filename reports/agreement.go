package reports

import (
	"fmt"
	"math"
	"slices"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// agreement bounds the difference to theory, observable by observable.
func (s *section) agreement() chapter {
	if s.Comparison == nil {
		return chapter{}
	}
	return tabled(chapter{Heading: "### Agreement", Table: agreementTable(s.Comparison)})
}

func agreementTable(c *compare.Comparison) *table {
	t := newTable("observable", ">scale", ">bound", ">reached at step", ">margin", ">bound / scale", ">p", ">p, Holm", "")
	for _, b := range c.Bounds {
		j := slices.Index(c.Observables, b.Observable)
		if j < 0 {
			continue
		}
		note := "inside the margin"
		switch {
		case !b.Open():
		case b.Bound <= b.Margin:
			note = fmt.Sprintf("**outside the margin late**: %s at step %d, where %s is the margin", number(b.Late.Bound, 2), b.Late.Step,
				number(b.Late.Margin, 2))
		default:
			note = "**outside the margin**"
		}
		size := scaleOf(&c.Test, &b, j)
		t.add(markdown.Escape(observableLabel(b.Observable)), number(size, 3), number(b.Bound, 2), fmt.Sprint(b.Step),
			number(b.Margin, 2), percent(b.Bound/size), pValue(b.PValue), pValue(b.Adjusted), note)
	}
	return t
}

func boundOf(c *compare.Test, observable string) *compare.Bound {
	for i := range c.Bounds {
		if c.Bounds[i].Observable == observable {
			return &c.Bounds[i]
		}
	}
	return nil
}

// scaleOf is the unit of relative errors of observable j: its largest magnitude in theory.
func scaleOf(c *compare.Test, b *compare.Bound, j int) float64 {
	if b.Scale > 0 {
		return b.Scale
	}
	return largest(curve(c.Theory.Value, j))
}

// relativeBound is the largest agreement bound in units of its observable's scale, and that observable.
func relativeBound(c *compare.Comparison) (relative float64, at string) {
	relative = math.NaN()
	for _, b := range c.Bounds {
		j := slices.Index(c.Observables, b.Observable)
		if j < 0 {
			continue
		}
		if r := b.Bound / scaleOf(&c.Test, &b, j); !(r <= relative) {
			relative, at = r, b.Observable
		}
	}
	return relative, at
}

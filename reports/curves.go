package reports

import (
	"bytes"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
)

// curves shows theory and the replica means at each d, the headline pair first. One step is no curve.
func (s *section) curves() chapter {
	c := s.Comparison
	if c == nil {
		return chapter{}
	}
	data := []file{s.file("curves.csv", curvesCSV(c))}
	switch len(c.Theory.Value) {
	case 0:
		return chapter{Data: data}
	case 1:
		return s.point(c, data)
	}
	first := headline(c.Observables)
	caption := "Above: theory (black) and the replica means at each $d$. Below: what is left when theory is " +
		"subtracted; the orange band is the extrapolation to $d = \\infty$ with its 95 % band, simultaneous over " +
		"all steps and observables. If theory is right it covers 0. (The bounds under *Agreement* hold at each step, " +
		"and are narrower.)"
	if leavesPanel(c) {
		caption += " The smallest $d$ leave some of the lower panels, which are scaled to the band."
	}
	ch := chapter{Data: data}
	ch.Figures = []figure{s.figure("curves", "theory and simulation", caption, curvesPicture(c, s.ladder, first))}
	if rest := others(c.Observables, first); len(rest) > 0 {
		ch.Aside = []figure{s.figure("more-curves", "the other observables", "The other observables.",
			curvesPicture(c, s.ladder, rest))}
	}
	return ch
}

// curvesPicture shows the chosen observables, two in a row: theory with the replica means at every d above, and below
// what is left when theory is subtracted.
func curvesPicture(c *compare.Comparison, l ladder, chosen []int) picture {
	rows := (len(chosen) + 1) / 2
	keys := curveKeys(&c.Test, l)
	height := vg.Length(rows)*290 + keys.height() + 2*border
	return picture{figureWidth, height, func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, j := range chosen {
			drawPair(cell(dc, i, rows), curvesPanel(&c.Test, l, j), residualPanel(&c.Test, l, j, true), "step t")
		}
	}}
}

// leavesPanel reports whether some d's residuals are outside the zoomed residual panels.
func leavesPanel(c *compare.Comparison) bool {
	for j := range c.Observables {
		_, _, _, reach := simultaneousBand(&c.Test, j)
		for i := range c.Means {
			if largest(difference(c.Means[i].Mean.Value, c.Theory.Value, j)) > 1.08*residualZoom*reach {
				return true
			}
		}
	}
	return false
}

// headline is the pair of observables shown first: an overlap and a norm, or simply the first two.
func headline(names []string) []int {
	pick := func(f func(string) bool) int { return slices.IndexFunc(names, f) }
	var chosen []int
	for _, j := range []int{pick(isOverlap), pick(isNorm)} {
		if j >= 0 {
			chosen = append(chosen, j)
		}
	}
	for j := range names {
		if len(chosen) < 2 && !slices.Contains(chosen, j) {
			chosen = append(chosen, j)
		}
	}
	return chosen
}

func others(names []string, chosen []int) []int {
	var rest []int
	for j := range names {
		if !slices.Contains(chosen, j) {
			rest = append(rest, j)
		}
	}
	return rest
}

// curvesCSV has one row an observable and step: theory, the extrapolation to d = ∞, the correction a(t) (and b(t), the
// curvature, if the model has it: the mean at d is theory + a/d + b/d²), and the mean over replicas at each d with the
// standard deviation of one run; standard errors beside each.
func curvesCSV(c *compare.Comparison) []byte {
	var b bytes.Buffer
	b.WriteString("observable,step,theory,theory_se,extrapolated,extrapolated_se,correction,correction_se")
	curves := []compare.Curve{c.Theory, c.Extrapolated, c.Correction.First}
	if len(c.Correction.Second.Value) > 0 {
		b.WriteString(",curvature,curvature_se")
		curves = append(curves, c.Correction.Second)
	}
	for _, m := range c.Means {
		fmt.Fprintf(&b, ",mean_%d,mean_%d_se,sd_%d", m.Dim, m.Dim, m.Dim)
	}
	b.WriteByte('\n')
	for j, name := range c.Observables {
		for t, step := range c.Steps {
			fmt.Fprintf(&b, "%s,%d", name, step)
			for _, x := range curves {
				if len(x.Value) == 0 { // not fitted
					b.WriteString(",,")
					continue
				}
				fields(&b, x, t, j)
			}
			for _, m := range c.Means {
				fields(&b, m.Mean, t, j)
				field(&b, m.Deviation[t][j])
			}
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

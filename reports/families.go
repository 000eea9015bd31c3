package reports

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// families is the rest of the theorem: correlations, kernels and laws.
func (s *section) families() chapter {
	c := s.Comparison
	if c == nil || len(c.Families) == 0 {
		return chapter{}
	}
	what, title := "Two-time correlations $C(t,s)$, the memory kernels $R_p$ and $R_g$ measured on the finite-$d$ "+
		"trajectories, and the laws of the last local fields and weights", "Two-time correlations, memory kernels and laws"
	if len(c.Theory.Value) == 1 {
		what, title = "The laws of the local fields and weights", "The laws of the local fields and weights"
	}
	ch := chapter{Heading: "### Beyond the curves", Text: what + ", extrapolated to $d = \\infty$ and tested in the same way. " +
		"*p, Holm* is corrected for the curves " +
		"and all rows; one below the level contradicts theory. A bound outside the margin does not count against " +
		"it: it says how sharp these data are here. The empirical laws should approach the limit's like $d^{-1/2}$ " +
		"(Wasserstein-1).",
		Table: familiesTable(c), Data: []file{s.file("probes.csv", probesCSV(c.Families))}}
	if len(c.Theory.Value) > 0 {
		ch.Aside = []figure{s.figure("probes", "two-time functions and laws", title+", entry by entry. Above: theory (black strokes and curves) and the replica means; "+
			"bars are one standard deviation of a run at the smallest and the largest $d$. Below: what is left "+
			"when theory is subtracted, with the extrapolation and its 95 % band. The numbers are in "+
			"probes.csv.", familiesPicture(c.Families, s.ladder))}
	}
	return ch
}

// familiesTable is the rest of the theorem: correlations, kernels and laws.
func familiesTable(c *compare.Comparison) *table {
	t := newTable("what", ">entries", ">p", ">p, Holm", ">largest bound", "there", ">margin", ">Wasserstein-1 exponent", "")
	for _, f := range c.Families {
		bound, at, margin := "—", "—", "—"
		said := "✅ no difference"
		for _, b := range f.Bounds {
			bound, margin = number(b.Bound, 2), number(b.Margin, 2)
			if b.Step >= 0 && b.Step < len(f.Labels) {
				at = markdown.Code(f.Labels[b.Step])
			}
			if b.Open() {
				said = "◻️ no difference, but not sharp: bound outside the margin"
			}
		}
		if f.Adjusted < levelOf(c) {
			said = "❌ **contradicts theory**"
		}
		exponent := ""
		if f.Wasserstein != nil {
			exponent = rateCell(f.Wasserstein)
		}
		t.add(markdown.Escape(f.Name), fmt.Sprint(len(f.Labels)), pValue(f.PValue), pValue(f.Adjusted), bound, at,
			margin, exponent, said)
	}
	return t
}

// familiesPicture shows every family of probes with its entries along the axis. Only those of a law have neighbours and
// are joined by lines.
func familiesPicture(families []compare.Family, l ladder) picture {
	rows := (len(families) + 1) / 2
	keys := curveKeys(&families[0].Test, l)
	return picture{figureWidth, vg.Length(rows)*290 + keys.height() + 2*border, func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, f := range families {
			curves, residuals, axis := curvesPanel(&f.Test, l, 0), residualPanel(&f.Test, l, 0, true), "level x"
			labels := entryTicks(f.Labels)
			if f.Levels != nil {
				labels = levelTicks(f.Levels)
			} else {
				curves, residuals, axis = entriesPanel(&f.Test, l), residualPanel(&f.Test, l, 0, false), "entry"
			}
			residuals.X.Tick.Marker = labels
			curves.X.Tick.Marker = unlabelled{labels}
			drawPair(cell(dc, i, rows), curves, residuals, axis)
		}
	}}
}

// levelTicks label a law's entries by their levels.
func levelTicks(levels []float64) (ticks entryTicks) {
	for _, x := range levels {
		ticks = append(ticks, fixed(x, 1))
	}
	return ticks
}

// entriesPanel shows theory and the replica means entry by entry.
func entriesPanel(c *compare.Test, l ladder) *plot.Plot {
	p := newPlot(observableLabel(c.Observables[0]), "", "value")
	for i := range c.Means {
		bars, colour := []ratePoint(nil), l.color(c.Means[i].Dim)
		for t, xy := range curve(c.Means[i].Mean.Value, 0) {
			bars = append(bars, ratePoint{xy.X, xy.Y, c.Means[i].Deviation[t][0] / 1.96}) // one standard deviation long
		}
		if i == 0 || i == len(c.Means)-1 {
			p.Add(errorBars(bars, colour))
			for _, b := range bars {
				p.Y.Min, p.Y.Max = min(p.Y.Min, b.low()), max(p.Y.Max, b.high())
			}
		}
		p.Add(points(curve(c.Means[i].Mean.Value, 0), colour, glyphs[i%len(glyphs)]))
	}
	for _, xy := range curve(c.Theory.Value, 0) {
		p.Add(line(wide(xy), ink, lineWidth))
	}
	return p
}

// entryTicks name the entries along an axis, as many as fit.
type entryTicks []string

// Ticks implements plot.Ticker.
func (names entryTicks) Ticks(low, high float64) []plot.Tick {
	longest := 0
	for _, name := range names {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	room := max(1, 40/(longest+2)) // labels beside each other under half a figure
	stride := (len(names) + room - 1) / room
	var ticks []plot.Tick
	for i, name := range names {
		if i%stride != 0 {
			name = ""
		}
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: name})
	}
	return ticks
}

// probesCSV has one row an entry of each family of probes.
func probesCSV(families []compare.Family) []byte {
	var b bytes.Buffer
	b.WriteString("family,entry,theory,theory_se,extrapolated,extrapolated_se\n")
	for _, f := range families {
		for i, label := range f.Labels {
			fmt.Fprintf(&b, "%s,%q", f.Name, label) // a label holds commas, never quotes
			fields(&b, f.Theory, i, 0)
			fields(&b, f.Extrapolated, i, 0)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

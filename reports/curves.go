package reports

import (
	"image/color"
	"math"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
)

// A picture is drawn on a canvas of any backend.
type picture struct {
	width, height vg.Length
	paint         func(draw.Canvas)
}

func (p picture) svg() ([]byte, error) { return svg(p.width, p.height, p.paint) }

// curvesPicture shows the chosen observables, two in a row: theory with the replica means at every d above, and below
// what is left when theory is subtracted.
func curvesPicture(c *compare.Comparison, chosen []int) picture {
	rows := (len(chosen) + 1) / 2
	keys := curveKeys(&c.Test)
	height := vg.Length(rows)*290 + keys.height() + 2*border
	return picture{figureWidth, height, func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, j := range chosen {
			drawPair(cell(dc, i, rows), curvesPanel(&c.Test, j), residualPanel(&c.Test, j, true), "step t")
		}
	}}
}

// familiesPicture shows every family of probes with its entries along the axis. Only those of a law have neighbours and
// are joined by lines.
func familiesPicture(families []compare.Family) picture {
	rows := (len(families) + 1) / 2
	keys := curveKeys(&families[0].Test)
	return picture{figureWidth, vg.Length(rows)*290 + keys.height() + 2*border, func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, f := range families {
			curves, residuals, axis := curvesPanel(&f.Test, 0), residualPanel(&f.Test, 0, true), "level x"
			labels := entryTicks(f.Labels)
			if f.Levels != nil {
				labels = levelTicks(f.Levels)
			} else {
				curves, residuals, axis = entriesPanel(&f.Test), residualPanel(&f.Test, 0, false), "entry"
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
func entriesPanel(c *compare.Test) *plot.Plot {
	p := newPlot(observableLabel(c.Observables[0]), "", "value")
	for i := range c.Means {
		bars, colour := []ratePoint(nil), dimColor(i, len(c.Means))
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

// cell is place i in a grid of two columns.
func cell(c draw.Canvas, i, rows int) draw.Canvas {
	height := (c.Max.Y - c.Min.Y) / vg.Length(rows)
	c.Max.Y -= vg.Length(i/2) * height
	c.Min.Y = c.Max.Y - height
	return split(c, 2, 14)[i%2]
}

// drawPair draws curves above, residuals below, with one horizontal axis for both.
func drawPair(dc draw.Canvas, curves, residuals *plot.Plot, axis string) {
	residuals.X.Label.Text = axis
	cut := dc.Min.Y + 0.42*(dc.Max.Y-dc.Min.Y)
	upper, lower := dc, dc
	upper.Min.Y, lower.Max.Y = cut+2, cut-4
	lower.Min.Y += 6
	plots, canvases := []*plot.Plot{curves, residuals}, []draw.Canvas{upper, lower}
	alignX(plots, canvases)
	for i, p := range plots {
		p.Draw(canvases[i])
	}
}

func curvesPanel(c *compare.Test, j int) *plot.Plot {
	p := newPlot(observableLabel(c.Observables[j]), "", observableSymbol(c.Observables[j]))
	last := len(c.Means) - 1
	for _, i := range endsOf(len(c.Means)) {
		p.Add(spread(&c.Means[i], j, faded(dimColor(i, last+1), 0.22)))
	}
	p.Add(line(curve(c.Theory.Value, j), ink, lineWidth))
	stride := max(1, len(c.Theory.Value)/12)
	for i := range c.Means {
		xy := every(curve(c.Means[i].Mean.Value, j), stride, i*stride/len(c.Means))
		p.Add(points(xy, dimColor(i, last+1), glyphs[i%len(glyphs)]))
	}
	p.X.Tick.Marker = unlabelled{p.X.Tick.Marker}
	return p
}

// spread is the band of one standard deviation of a single run.
func spread(m *compare.DimSummary, j int, c color.Color) *plotter.Polygon {
	low, high := curve(m.Mean.Value, j), curve(m.Mean.Value, j)
	for t := range low {
		low[t].Y -= m.Deviation[t][j]
		high[t].Y += m.Deviation[t][j]
	}
	return band(low, high, c)
}

// residualPanel shows what is left when theory is subtracted; joined says that neighbouring points belong together.
func residualPanel(c *compare.Test, j int, joined bool) *plot.Plot {
	p := newPlot("", "", "simulation − theory")
	p.Y.Label.TextStyle.Font.Size = 9
	centre, low, high, reach := simultaneousBand(c, j)
	if joined {
		p.Add(band(low, high, faded(vermilion, 0.22)))
	} else {
		for i := range low {
			p.Add(band(wide(low[i]), wide(high[i]), faded(vermilion, 0.22)))
		}
	}
	n := len(c.Theory.Value)
	p.Add(line(plotter.XYs{{X: 0}, {X: float64(n - 1)}}, ink, thinLine))
	widest := reach
	stride := max(1, n/12)
	for i := range c.Means {
		xy := difference(c.Means[i].Mean.Value, c.Theory.Value, j)
		widest = max(widest, largest(xy))
		colour := dimColor(i, len(c.Means))
		if joined {
			p.Add(line(xy, colour, thinLine), points(every(xy, stride, i*stride/len(c.Means)), colour, glyphs[i%len(glyphs)]))
		} else {
			p.Add(points(xy, colour, glyphs[i%len(glyphs)]))
		}
	}
	if joined {
		p.Add(line(centre, vermilion, lineWidth))
	} else {
		for _, xy := range centre {
			p.Add(line(wide(xy), vermilion, lineWidth))
		}
	}
	limit := 1.08 * min(widest, residualZoom*reach)
	if b := boundOf(c, c.Observables[j]); b != nil && b.Margin < limit {
		for _, sign := range []float64{-1, 1} {
			p.Add(line(plotter.XYs{{X: 0, Y: sign * b.Margin}, {X: float64(n - 1), Y: sign * b.Margin}}, softGrey, thinLine, 4, 3))
		}
	}
	if limit > 0 {
		p.Y.Min, p.Y.Max = -limit, limit
	}
	return p
}

// wide is a horizontal stroke at an entry.
func wide(xy plotter.XY) plotter.XYs {
	return plotter.XYs{{X: xy.X - 0.4, Y: xy.Y}, {X: xy.X + 0.4, Y: xy.Y}}
}

// residualZoom bounds a residual panel to this many times the reach of the simultaneous band, so that the smallest d
// cannot flatten the extrapolation.
const residualZoom = 8

// simultaneousBand is extrapolation minus theory with its 95 % simultaneous band, and the band's farthest distance
// from 0.
func simultaneousBand(c *compare.Test, j int) (centre, low, high plotter.XYs, reach float64) {
	centre = difference(c.Extrapolated.Value, c.Theory.Value, j)
	low, high = append(plotter.XYs(nil), centre...), append(plotter.XYs(nil), centre...)
	for t := range centre {
		half := c.Critical * math.Hypot(c.Extrapolated.SE[t][j], c.Theory.SE[t][j])
		low[t].Y -= half
		high[t].Y += half
	}
	reach = max(largest(low), largest(high))
	return centre, low, high, reach
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

func curveKeys(c *compare.Test) legend {
	n := len(c.Means)
	keys := legend{{"theory, d = ∞", []plot.Thumbnailer{line(nil, ink, lineWidth)}}}
	for i := range c.Means {
		colour := dimColor(i, n)
		keys = append(keys, key{"d = " + dimLabel(c.Means[i].Dim),
			[]plot.Thumbnailer{line(nil, colour, thinLine), points(nil, colour, glyphs[i%len(glyphs)])}})
	}
	keys = append(keys, key{"extrapolated to d = ∞ (95 % band)",
		[]plot.Thumbnailer{&plotter.Polygon{Color: faded(vermilion, 0.22)}, line(nil, vermilion, lineWidth)}})
	for _, i := range endsOf(n) {
		keys = append(keys, key{"one run ± 1 sd, d = " + dimLabel(c.Means[i].Dim),
			[]plot.Thumbnailer{&plotter.Polygon{Color: faded(dimColor(i, n), 0.22)}}})
	}
	return append(keys, key{"± margin", []plot.Thumbnailer{line(nil, softGrey, thinLine, 4, 3)}})
}

// correctionPicture shows d·(mean − theory), which is the same curve a(t) at every d if the correction is a(t)/d, with
// the fitted curve: a(t), or a(t) + b(t)/d for each d where the model has a second order.
func correctionPicture(c *compare.Comparison, chosen []int) picture {
	keys := legend{{"fitted a(t), pointwise 95 %", []plot.Thumbnailer{&plotter.Polygon{Color: faded(vermilion, 0.22)}, line(nil, vermilion, lineWidth)}}}
	for i, m := range c.Means {
		keys = append(keys, key{"d = " + dimLabel(m.Dim), []plot.Thumbnailer{points(nil, dimColor(i, len(c.Means)), glyphs[i%len(glyphs)])}})
	}
	if c.Model.Order > 1 {
		keys = append(keys, key{"fitted a(t) + b(t)/d", []plot.Thumbnailer{line(nil, largeBlue, thinLine, 5, 2)}})
	}
	return picture{figureWidth, 225 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, part := range split(dc, 2, 14) {
			if i < len(chosen) {
				correctionPanel(c, chosen[i]).Draw(part)
			}
		}
	}}
}

func correctionPanel(c *compare.Comparison, j int) *plot.Plot {
	p := newPlot(observableLabel(c.Observables[j]), "step t", "d · (mean − theory)")
	low, high := curve(c.Correction.First.Value, j), curve(c.Correction.First.Value, j)
	for t := range low {
		low[t].Y -= 1.96 * c.Correction.First.SE[t][j]
		high[t].Y += 1.96 * c.Correction.First.SE[t][j]
	}
	p.Add(band(low, high, faded(vermilion, 0.22)))
	n := len(low)
	p.Add(line(plotter.XYs{{X: 0}, {X: float64(n - 1)}}, ink, thinLine))
	p.Add(line(curve(c.Correction.First.Value, j), vermilion, lineWidth))
	// Multiplied by d, the noise of a large d would bury the curve: points whose error is larger than the panel are left out.
	middle, reach := (p.Y.Min+p.Y.Max)/2, p.Y.Max-p.Y.Min
	stride := max(1, n/8)
	for i, m := range c.Means {
		colour, d := dimColor(i, len(c.Means)), float64(m.Dim)
		if c.Model.Order > 1 {
			model := curve(c.Correction.First.Value, j)
			for t := range model {
				model[t].Y += c.Correction.Second.Value[t][j] / d
			}
			p.Add(line(model, colour, thinLine, 5, 2))
		}
		var shown []ratePoint
		for t := i * stride / len(c.Means); t < n; t += stride {
			q := ratePoint{float64(t), d * (m.Mean.Value[t][j] - c.Theory.Value[t][j]), d * m.Mean.SE[t][j]}
			if 1.96*q.err < reach && math.Abs(q.y-middle) < reach {
				shown = append(shown, q)
			}
		}
		p.Add(errorBars(shown, faded(colour, 0.5)), points(xys(shown), colour, glyphs[i%len(glyphs)]))
	}
	p.Y.Min, p.Y.Max = max(p.Y.Min, middle-reach), min(p.Y.Max, middle+reach)
	return p
}

func difference(a, b [][]float64, j int) plotter.XYs {
	xy := curve(a, j)
	for t := range xy {
		xy[t].Y -= b[t][j]
	}
	return xy
}

// largest is the largest finite magnitude.
func largest(xy plotter.XYs) float64 {
	m := 0.0
	for _, p := range xy {
		if isFinite(p.Y) {
			m = max(m, math.Abs(p.Y))
		}
	}
	return m
}

// endsOf is the first and last index of n.
func endsOf(n int) []int {
	switch n {
	case 0:
		return nil
	case 1:
		return []int{0}
	}
	return []int{0, n - 1}
}

// unlabelled keeps tick marks and drops their labels.
type unlabelled struct{ plot.Ticker }

func (u unlabelled) Ticks(low, high float64) []plot.Tick {
	ticks := u.Ticker.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = " "
		}
	}
	return ticks
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

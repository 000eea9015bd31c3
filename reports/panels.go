package reports

import (
	"image/color"
	"math"

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

func curvesPanel(c *compare.Test, l ladder, j int) *plot.Plot {
	p := newPlot(observableLabel(c.Observables[j]), "", observableSymbol(c.Observables[j]))
	for _, i := range endsOf(len(c.Means)) {
		p.Add(spread(&c.Means[i], j, faded(l.color(c.Means[i].Dim), 0.22)))
	}
	p.Add(line(curve(c.Theory.Value, j), ink, lineWidth))
	stride := max(1, len(c.Theory.Value)/12)
	for i := range c.Means {
		xy := every(curve(c.Means[i].Mean.Value, j), stride, i*stride/len(c.Means))
		p.Add(points(xy, l.color(c.Means[i].Dim), glyphs[i%len(glyphs)]))
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
func residualPanel(c *compare.Test, l ladder, j int, joined bool) *plot.Plot {
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
		colour := l.color(c.Means[i].Dim)
		if joined {
			shown := every(xy, stride, i*stride/len(c.Means))
			p.Add(line(xy, colour, thinLine), points(shown, colour, glyphs[i%len(glyphs)]))
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
			y := sign * b.Margin
			p.Add(line(plotter.XYs{{X: 0, Y: y}, {X: float64(n - 1), Y: y}}, softGrey, thinLine, 4, 3))
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

func curveKeys(c *compare.Test, l ladder) legend {
	n := len(c.Means)
	keys := legend{{"theory, d = ∞", []plot.Thumbnailer{line(nil, ink, lineWidth)}}}
	for i := range c.Means {
		colour := l.color(c.Means[i].Dim)
		keys = append(keys, key{"d = " + dimLabel(c.Means[i].Dim),
			[]plot.Thumbnailer{line(nil, colour, thinLine), points(nil, colour, glyphs[i%len(glyphs)])}})
	}
	keys = append(keys, key{"extrapolated to d = ∞ (95 % band)",
		[]plot.Thumbnailer{&plotter.Polygon{Color: faded(vermilion, 0.22)}, line(nil, vermilion, lineWidth)}})
	for _, i := range endsOf(n) {
		keys = append(keys, key{"one run ± 1 sd, d = " + dimLabel(c.Means[i].Dim),
			[]plot.Thumbnailer{&plotter.Polygon{Color: faded(l.color(c.Means[i].Dim), 0.22)}}})
	}
	return append(keys, key{"± margin", []plot.Thumbnailer{line(nil, softGrey, thinLine, 4, 3)}})
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

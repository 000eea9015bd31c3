package reports

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// point shows a problem of one step, such as a minimiser, which has no curve in t: its numbers as a table, and as its
// picture how they approach the limit as d grows.
func (s *section) point(c *compare.Comparison, data []file) chapter {
	first := headline(c.Observables)
	ch := chapter{Table: pointTable(c), Data: data, After: "The means over the replicas, with their standard errors; " +
		"*extrapolated* is to $d = \\infty$."}
	ch.Figures = []figure{s.figure("curves", "the approach to the limit", "The means against $1/d$, with 95 % bars; on the "+
		"left the limit: theory (black line) and the extrapolation (orange) with its 95 % bar, simultaneous over all "+
		"observables. If theory is right it covers the line.", pointPicture(c, s.ladder, first))}
	if rest := others(c.Observables, first); len(rest) > 0 {
		ch.Aside = []figure{s.figure("more-curves", "the other observables", "The other observables.", pointPicture(c, s.ladder, rest))}
	}
	return ch
}

// pointTable has a row an observable: theory, the extrapolation and the mean at each d.
func pointTable(c *compare.Comparison) *table {
	header := []string{"observable", ">theory", ">extrapolated"}
	for _, m := range c.Means {
		header = append(header, ">d = "+dimLabel(m.Dim))
	}
	t := newTable(header...)
	for j, name := range c.Observables {
		row := []string{markdown.Escape(observableLabel(name)), withError(c.Theory, j), withError(c.Extrapolated, j)}
		for _, m := range c.Means {
			row = append(row, withError(m.Mean, j))
		}
		t.add(row...)
	}
	return t
}

// withError is the first row's value with its standard error, to two digits of that.
func withError(x compare.Curve, j int) string {
	const mostDecimals = 8
	if len(x.Value) == 0 {
		return "—"
	}
	value, se := x.Value[0][j], 0.0
	if len(x.SE) > 0 {
		se = x.SE[0][j]
	}
	decimals := mostDecimals
	if se > 0 {
		decimals = min(max(1-int(math.Floor(math.Log10(se))), 0), mostDecimals)
	}
	if text := fixed(se, decimals); isFinite(se) && se >= 0.5*math.Pow(10, -mostDecimals) {
		return fixed(value, decimals) + " ± " + text
	}
	return fixed(value, decimals)
}

// pointPicture shows the chosen observables, two in a row, against 1/d.
func pointPicture(c *compare.Comparison, l ladder, chosen []int) picture {
	rows := (len(chosen) + 1) / 2
	keys := legend{{"theory, d = ∞", []plot.Thumbnailer{line(nil, ink, lineWidth)}},
		{"extrapolated to d = ∞", []plot.Thumbnailer{points(nil, vermilion, draw.CircleGlyph{})}}}
	if c.Correction.Anchored {
		keys = append(keys, key{"theory with its correction", []plot.Thumbnailer{line(nil, softGrey, thinLine, 5, 2)}})
	}
	for i, m := range c.Means {
		keys = append(keys, key{"d = " + dimLabel(m.Dim),
			[]plot.Thumbnailer{points(nil, l.color(m.Dim), glyphs[i%len(glyphs)])}})
	}
	return picture{figureWidth, vg.Length(rows)*220 + keys.height() + 2*border, func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, j := range chosen {
			pointPanel(c, l, j).Draw(cell(dc, i, rows))
		}
	}}
}

func pointPanel(c *compare.Comparison, l ladder, j int) *plot.Plot {
	p := newPlot(observableLabel(c.Observables[j]), "dimension d, as 1/d", observableSymbol(c.Observables[j]))
	p.X.Tick.Marker = inverseTicks(c.Dims)
	farthest := 1.06 / float64(slices.Min(c.Dims))
	theory := c.Theory.Value[0][j]
	p.Add(line(plotter.XYs{{X: 0, Y: theory}, {X: farthest, Y: theory}}, ink, lineWidth))
	if first, second := c.Correction.First.Value, c.Correction.Second.Value; c.Correction.Anchored && len(first) > 0 {
		var model plotter.XYs
		for i := range 41 {
			x := farthest * float64(i) / 40
			y := theory + first[0][j]*x
			if len(second) > 0 {
				y += second[0][j] * x * x
			}
			model = append(model, plotter.XY{X: x, Y: y})
		}
		p.Add(line(model, softGrey, thinLine, 5, 2))
	}
	add := func(at ratePoint, colour color.NRGBA, g draw.GlyphDrawer) {
		if !isFinite(at.y) {
			return
		}
		if !isFinite(at.err) {
			at.err = 0
		}
		p.Add(errorBars([]ratePoint{at}, colour), points(xys([]ratePoint{at}), colour, g))
		p.Y.Min, p.Y.Max = min(p.Y.Min, at.low()), max(p.Y.Max, at.high())
	}
	for i, m := range c.Means {
		add(ratePoint{1 / float64(m.Dim), m.Mean.Value[0][j], m.Mean.SE[0][j]}, l.color(m.Dim), glyphs[i%len(glyphs)])
	}
	half := c.Critical * math.Hypot(c.Extrapolated.SE[0][j], c.Theory.SE[0][j])
	add(ratePoint{0, c.Extrapolated.Value[0][j], half / 1.96}, vermilion, draw.CircleGlyph{})
	p.X.Min, p.X.Max = -0.04*farthest, farthest
	return p
}

// inverseTicks label an axis of 1/d by d.
type inverseTicks []int

// Ticks implements plot.Ticker.
func (dims inverseTicks) Ticks(low, high float64) []plot.Tick {
	ticks := []plot.Tick{{Value: 0, Label: "∞"}}
	last := 0.0
	for _, d := range slices.Backward(slices.Sorted(slices.Values(dims))) {
		tick := plot.Tick{Value: 1 / float64(d)}
		if tick.Value-last > 0.1*(high-low) {
			tick.Label, last = dimLabel(d), tick.Value
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

package reports

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// finalPicture shows the last values: over one key as a curve, over two as curves or as a heat map.
func (g *grid) finalPicture(name string) (p picture, caption string, ok bool) {
	what := "The final " + observableLabel(name)
	switch len(g.keys) {
	case 1:
		return g.finalCurve(name), what + ": theory (line) and the replica means at each $d$ with their 95 % errors.", true
	case 2:
		if along, other, ok := g.family(); ok {
			return g.finalFamily(name, along, other), what + ": theory (lines) and the mean over the replicas at the largest $d$ with " +
				"its 95 % error (points).", true
		}
		return g.heatMaps(name), what + ". Left: theory. Right: what the simulations, extrapolated to $d = \\infty$, differ by, " +
			"in units of the margin: within ±1 is inside it.", true
	}
	return p, "", false
}

// places are the values of a key along an axis: themselves if they are numbers, otherwise one after the other.
func (g *grid) places(key string) (at map[string]float64, numbers bool) {
	at, numbers = map[string]float64{}, true
	values := g.choicesOf(key)
	for _, s := range g.members {
		text, value := setting(s, key)
		switch v := value.(type) {
		case int:
			at[text] = float64(v)
		case float64:
			at[text] = v
		default:
			numbers = false
		}
	}
	if !numbers {
		for i, text := range values {
			at[text] = float64(i)
		}
	}
	return at, numbers
}

// named are ticks with names.
type named struct {
	at    []float64
	names []string
}

func (n named) Ticks(float64, float64) []plot.Tick {
	var ticks []plot.Tick
	for i, x := range n.at {
		ticks = append(ticks, plot.Tick{Value: x, Label: valueWords(n.names[i])})
	}
	return ticks
}

// valueTicks are at the values of a key on a logarithmic axis, without the labels that would run into their neighbour.
func (g *grid) valueTicks(key string, at map[string]float64) (n named) {
	texts := g.choicesOf(key)
	slices.SortFunc(texts, func(a, b string) int { return cmp.Compare(at[a], at[b]) })
	apart := math.Pow(at[texts[len(texts)-1]]/at[texts[0]], 0.06)
	last := 0.0
	for _, text := range texts {
		label := ""
		if at[text] >= last*apart {
			label, last = text, at[text]
		}
		n.at, n.names = append(n.at, at[text]), append(n.names, label)
	}
	return n
}

// logarithmic reports whether numbers are better on a logarithmic axis.
func logarithmic(at map[string]float64) bool {
	low, high := math.Inf(1), 0.0
	for _, x := range at {
		low, high = min(low, x), max(high, x)
	}
	return low > 0 && high/low >= 20
}

// finalCurve is theory and every d's mean against the one key.
func (g *grid) finalCurve(name string) picture {
	key0 := g.keys[0]
	at, numbers := g.places(key0)
	dims := g.ladder
	keys := legend{{"theory, d = ∞", []plot.Thumbnailer{line(nil, ink, lineWidth)}}}
	for i, d := range dims {
		keys = append(keys, key{"d = " + dimLabel(d), []plot.Thumbnailer{points(nil, dims.color(d), glyphs[i%len(glyphs)])}})
	}
	return picture{figureWidth, 300 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		p := newPlot("final "+observableLabel(name), keyWords(key0), observableSymbol(name))
		g.finalAxis(p, key0, at, numbers)
		var limit plotter.XYs
		means := make([][]ratePoint, len(dims))
		for _, s := range g.compared {
			c := s.Comparison
			t, j := final(c, name)
			textOf, _ := setting(s, key0)
			x := at[textOf]
			limit = append(limit, plotter.XY{X: x, Y: c.Theory.Value[t][j]})
			for i := range c.Means {
				m := &c.Means[i]
				if k := slices.Index(dims, m.Dim); isFinite(m.Mean.Value[t][j]) && isFinite(m.Mean.SE[t][j]) {
					means[k] = append(means[k], ratePoint{x, m.Mean.Value[t][j], m.Mean.SE[t][j]})
				}
			}
		}
		slices.SortFunc(limit, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
		if numbers {
			p.Add(line(limit, ink, lineWidth))
		} else {
			for _, xy := range limit {
				p.Add(line(wide(xy), ink, lineWidth))
			}
		}
		for k := range means {
			colour := dims.color(dims[k])
			p.Add(errorBars(means[k], colour), points(xys(means[k]), colour, glyphs[k%len(glyphs)]))
		}
		if room := 0.05 * (p.Y.Max - p.Y.Min); room > 0 {
			p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
		}
		p.Draw(dc)
	}}
}

// finalAxis sets up the axis of a key.
func (g *grid) finalAxis(p *plot.Plot, key string, at map[string]float64, numbers bool) {
	switch {
	case !numbers:
		values := g.choicesOf(key)
		n := named{names: values}
		for i := range values {
			n.at = append(n.at, float64(i))
		}
		p.X.Tick.Marker, p.X.Min, p.X.Max = n, -0.5, float64(len(values))-0.5
	case logarithmic(at):
		p.X.Scale = plot.LogScale{}
		p.X.Min, p.X.Max = math.Inf(1), 0
		for _, x := range at {
			p.X.Min, p.X.Max = min(p.X.Min, x/1.15), max(p.X.Max, x*1.15)
		}
		p.X.Tick.Marker = g.valueTicks(key, at)
	default:
		p.X.Tick.Marker = niceTicks{}
	}
}

// A heat is a table of colours with its numbers written in.
type heat struct {
	x, y   []string    // values of the two keys
	values [][]float64 // [y][x]; NaN: none
	color  func(float64) color.NRGBA
	format func(float64) string
}

// finals are theory's last values by the values of the two keys, [of the first][of the second], and what the simulations,
// extrapolated to d = ∞, differ by in units of the margin; NaN where there is none.
func (g *grid) finals(name string) (limit, miss [][]float64) {
	x, y := g.choicesOf(g.keys[1]), g.choicesOf(g.keys[0])
	for range y {
		limit = append(limit, slices.Repeat([]float64{math.NaN()}, len(x)))
		miss = append(miss, slices.Repeat([]float64{math.NaN()}, len(x)))
	}
	for _, s := range g.compared {
		c := s.Comparison
		t, j := final(c, name)
		tx, _ := setting(s, g.keys[1])
		ty, _ := setting(s, g.keys[0])
		a, b := slices.Index(y, ty), slices.Index(x, tx)
		limit[a][b] = c.Theory.Value[t][j]
		if bound := boundOf(&c.Test, name); bound != nil && bound.Margin > 0 {
			miss[a][b] = (c.Extrapolated.Value[t][j] - limit[a][b]) / bound.Margin
		}
	}
	return limit, miss
}

// heatMaps are the final value of theory, and what simulations differ by in units of the margin.
func (g *grid) heatMaps(name string) picture {
	x, y := g.choicesOf(g.keys[1]), g.choicesOf(g.keys[0])
	limit, miss := g.finals(name)
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range slices.Concat(limit...) {
		if isFinite(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	span := high - low
	maps := []struct {
		title string
		heat  heat
	}{
		{"theory: final " + observableLabel(name), heat{x, y, limit, func(v float64) color.NRGBA {
			if span <= 0 {
				return valueColor(1, 3)
			}
			return mix(white, valueColors[2], 0.08+0.84*(v-low)/span)
		}, func(v float64) string { return number(v, 3) }}},
		{"(simulation − theory) / margin", heat{x, y, miss, func(v float64) color.NRGBA {
			end := largeBlue
			if v > 0 {
				end = vermilion
			}
			return mix(white, end, 0.8*min(1, math.Abs(v)))
		}, func(v float64) string { return fixed(v, 2) }}},
	}
	height := min(420, 90+vg.Length(len(y))*38)
	return picture{figureWidth, height, func(dc draw.Canvas) {
		for i, part := range split(dc, 2, 14) {
			p := newPlot(maps[i].title, keyWords(g.keys[1]), keyWords(g.keys[0]))
			maps[i].heat.setUp(p)
			p.Draw(part)
		}
	}}
}

// setUp puts the map into a plot.
func (h heat) setUp(p *plot.Plot) {
	p.Add(h)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(len(h.x))-0.5, -0.5, float64(len(h.y))-0.5
	for _, a := range []struct {
		axis  *plot.Axis
		names []string
	}{{&p.X, h.x}, {&p.Y, h.y}} {
		n := named{names: a.names}
		for i := range a.names {
			n.at = append(n.at, float64(i))
		}
		a.axis.Tick.Marker, a.axis.Tick.Length = n, 0
	}
}

// Plot implements plot.Plotter.
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, row := range h.values {
		for k, v := range row {
			a, b := vg.Point{X: x(float64(k) - 0.5), Y: y(float64(i) - 0.5)}, vg.Point{X: x(float64(k) + 0.5), Y: y(float64(i) + 0.5)}
			words, fill := "—", gridGrey
			if isFinite(v) {
				words, fill = h.format(v), h.color(v)
			}
			c.FillPolygon(fill, []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}})
			c.StrokeLines(draw.LineStyle{Color: white, Width: 1}, []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}, a})
			letters := ink
			if bright := 0.3*float64(fill.R) + 0.59*float64(fill.G) + 0.11*float64(fill.B); bright < 120 {
				letters = white
			}
			style := textStyle(9, letters, text.XCenter, text.YCenter)
			if style.Width(words)*fontSlack < b.X-a.X {
				c.FillText(style, vg.Point{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2}, words)
			}
		}
	}
}

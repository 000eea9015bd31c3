package reports

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

const (
	manyValues = 6 // of a number, which make a curve
	fewCurves  = 4
)

// family says along which of two keys final values are curves, one for each value of the other: a number of many values
// where the other has few.
func (g *grid) family() (along, other string, ok bool) {
	if len(g.keys) != 2 {
		return "", "", false
	}
	for i, along := range g.keys {
		other := g.keys[1-i]
		if _, numbers := g.places(along); numbers && len(g.choicesOf(along)) >= manyValues && len(g.choicesOf(other)) <= fewCurves {
			return along, other, true
		}
	}
	return "", "", false
}

// finalFamily is the last values against one key, theory in lines and the largest d in points, with a colour for each value
// of the other.
func (g *grid) finalFamily(name, along, other string) picture {
	keys := g.legendOf(other)
	return picture{figureWidth, 300 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		p := newPlot("final "+observableLabel(name), keyWords(along), observableSymbol(name))
		at, numbers := g.places(along)
		g.finalAxis(p, along, at, numbers)
		values := g.choicesOf(other)
		for i, value := range values {
			var limit plotter.XYs
			var means []ratePoint
			for _, s := range g.compared {
				if text, _ := setting(s, other); text != value {
					continue
				}
				c := s.Comparison
				t, j := final(c, name)
				text, _ := setting(s, along)
				limit = append(limit, plotter.XY{X: at[text], Y: c.Theory.Value[t][j]})
				m := &c.Means[len(c.Means)-1]
				if isFinite(m.Mean.Value[t][j]) && isFinite(m.Mean.SE[t][j]) {
					means = append(means, ratePoint{at[text], m.Mean.Value[t][j], m.Mean.SE[t][j]})
				}
			}
			slices.SortFunc(limit, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
			c := valueColor(i, len(values))
			p.Add(line(limit, c, lineWidth), errorBars(means, c), points(xys(means), c, glyphs[i%len(glyphs)]))
		}
		if room := 0.05 * (p.Y.Max - p.Y.Min); room > 0 {
			p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
		}
		p.Draw(dc)
	}}
}

// legendOf names the values of a key.
func (g *grid) legendOf(name string) legend {
	keys := legend{
		{"theory, d = ∞", []plot.Thumbnailer{line(nil, ink, lineWidth)}},
		{"simulation, " + g.largestDims(), []plot.Thumbnailer{points(nil, ink, draw.CircleGlyph{})}},
	}
	values := g.choicesOf(name)
	for i, text := range values {
		c := valueColor(i, len(values))
		keys = append(keys, key{keyWords(name) + " = " + valueWords(text),
			[]plot.Thumbnailer{line(nil, c, lineWidth), points(nil, c, glyphs[i%len(glyphs)])}})
	}
	return keys
}

package reports

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostPanels bounds a picture of small multiples.
const mostPanels = 12

// valueColors go through hues of falling lightness, apart from the blues that stand for d and from the orange of the
// extrapolation.
var valueColors = []color.NRGBA{{0xd8, 0x9c, 0x00, 0xff}, {0x35, 0x9b, 0x5e, 0xff}, {0x1f, 0x6f, 0x8b, 0xff}, {0x44, 0x01, 0x54, 0xff}}

// valueColor is the colour of the i-th of n values of a key.
func valueColor(i, n int) color.NRGBA {
	if n < 2 {
		return valueColors[len(valueColors)-1]
	}
	at := float64(i) / float64(n-1) * float64(len(valueColors)-1)
	k := min(int(at), len(valueColors)-2)
	return mix(valueColors[k], valueColors[k+1], at-float64(k))
}

// panels are the combinations of the values of all keys but the last that varies, each with its members, and how many
// there are beyond those shown.
func (g *grid) panels() (titles []string, members [][]*Section, hidden int) {
	for _, s := range g.compared {
		var words []string
		for _, k := range g.keys[:max(0, len(g.keys)-1)] {
			text, _ := setting(s, k)
			words = append(words, keyWords(k)+" = "+valueWords(text))
		}
		title := strings.Join(words, ", ")
		i := slices.Index(titles, title)
		if i < 0 {
			i = len(titles)
			titles, members = append(titles, title), append(members, nil)
		}
		members[i] = append(members[i], s)
	}
	if hidden = len(titles) - mostPanels; hidden > 0 {
		return titles[:mostPanels], members[:mostPanels], hidden
	}
	return titles, members, 0
}

// color is that of a member: of its value of the last key.
func (g *grid) color(s *Section) (c color.NRGBA, glyph draw.GlyphDrawer) {
	if len(g.keys) == 0 {
		return valueColor(0, 1), glyphs[0]
	}
	key := g.keys[len(g.keys)-1]
	values := g.choicesOf(key)
	text, _ := setting(s, key)
	i := slices.Index(values, text)
	return valueColor(i, len(values)), glyphs[i%len(glyphs)]
}

// axis is what the pictures' horizontal axis shows.
func (g *grid) axis() string {
	if g.timed {
		return "time ηt"
	}
	return "step t"
}

func (g *grid) curvesCaption(name string) string {
	_, _, hidden := g.panels()
	caption := fmt.Sprintf("The %s of all members: theory (lines) and the mean over the replicas at the largest $d$ with its "+
		"95 %% error (points).", observableLabel(name))
	if g.timed {
		caption += " Time is the sum of the learning rates so far, $\\eta t$ where it is constant."
	}
	if hidden > 0 {
		caption += fmt.Sprintf(" %d more combinations are in grid.csv.", hidden)
	}
	return caption
}

// legend names the values of the last key.
func (g *grid) legend() legend {
	if len(g.keys) == 0 {
		return g.legendOf("")
	}
	return g.legendOf(g.keys[len(g.keys)-1])
}

// largestDims names the dimension of the points.
func (g *grid) largestDims() string {
	low, high := math.MaxInt, 0
	for _, s := range g.compared {
		d := s.Comparison.Means[len(s.Comparison.Means)-1].Dim
		low, high = min(low, d), max(high, d)
	}
	if low == high {
		return "d = " + dimLabel(high)
	}
	return "largest d"
}

// curvesPicture shows an observable of all members: small multiples, and in each colours for the values of the last key.
func (g *grid) curvesPicture(name string) picture {
	titles, members, _ := g.panels()
	columns := min(len(titles), 3)
	if len(titles) == 4 {
		columns = 2
	}
	rows := (len(titles) + columns - 1) / columns
	panel := vg.Length(190)
	if columns == 1 {
		panel = 280
	}
	keys := g.legend()
	return picture{figureWidth, vg.Length(rows)*panel + keys.height() + 2*border, func(dc draw.Canvas) {
		dc = keys.draw(dc)
		low, high := math.Inf(1), math.Inf(-1)
		plots := make([]*plot.Plot, len(titles))
		for i, title := range titles {
			plots[i] = g.curvesPanel(title, name, members[i])
			low, high = min(low, plots[i].Y.Min), max(high, plots[i].Y.Max)
		}
		for i, p := range plots {
			p.Y.Min, p.Y.Max = low, high
			if i%columns > 0 {
				p.Y.Label.Text, p.Y.Tick.Marker = "", unlabelled{p.Y.Tick.Marker}
			}
			if i+columns < len(plots) {
				p.X.Label.Text = ""
			}
			p.Draw(tile(dc, i, columns, rows))
		}
	}}
}

// tile is place i in a grid of tiles.
func tile(c draw.Canvas, i, columns, rows int) draw.Canvas {
	height := (c.Max.Y - c.Min.Y) / vg.Length(rows)
	c.Max.Y -= vg.Length(i/columns) * height
	c.Min.Y = c.Max.Y - height + 4
	return split(c, columns, 8)[i%columns]
}

func (g *grid) curvesPanel(title, name string, members []*Section) *plot.Plot {
	p := newPlot(title, g.axis(), observableSymbol(name))
	if g.timed {
		p.X.Tick.Marker = niceTicks{}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for k, s := range members {
		c, x := s.Comparison, g.time(s)
		j := slices.Index(c.Observables, name)
		at := func(table [][]float64) plotter.XYs {
			xy := curve(table, j)
			for t := range xy {
				xy[t].X = x[t]
			}
			return finite(xy)
		}
		colour, glyph := g.color(s)
		m := &c.Means[len(c.Means)-1]
		limit, mean := at(c.Theory.Value), at(m.Mean.Value)
		var ends []ratePoint
		for t, xy := range curve(m.Mean.Value, j) {
			if isFinite(xy.Y) && isFinite(m.Mean.SE[t][j]) {
				ends = append(ends, ratePoint{x[t], xy.Y, m.Mean.SE[t][j]})
			}
		}
		stride := max(1, len(mean)/10)
		offset := min(len(mean)-1, k*stride/len(members))
		p.Add(line(limit, colour, lineWidth))
		if offset >= 0 {
			shown := every(mean, stride, offset)
			kept := slices.DeleteFunc(ends, func(q ratePoint) bool { return !slices.Contains(shown, plotter.XY{X: q.x, Y: q.y}) })
			p.Add(errorBars(kept, colour), points(shown, colour, glyph))
		}
		for _, xy := range append(limit, mean...) {
			low, high = min(low, xy.Y), max(high, xy.Y)
		}
	}
	if room := 0.04 * (high - low); room > 0 {
		p.Y.Min, p.Y.Max = low-room, high+room
	}
	return p
}

package reports

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// One look for every picture. Theory is black, the extrapolation vermilion, finite d a ramp of blues from light (small
// d) to dark (large d); the pairs stay apart for colour-blind readers and in grey.
var (
	ink       = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	gridGrey  = color.NRGBA{0xe4, 0xe4, 0xe4, 0xff}
	softGrey  = color.NRGBA{0x80, 0x80, 0x80, 0xff}
	vermilion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	white     = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	smallBlue = color.NRGBA{0x8c, 0xc4, 0xe8, 0xff}
	largeBlue = color.NRGBA{0x08, 0x30, 0x6b, 0xff}

	glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{},
		draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PlusGlyph{}, draw.CrossGlyph{}}
)

const (
	figureWidth = 640 * vg.Length(1) // points: about the text width of a code host
	border      = 6 * vg.Length(1)
	lineWidth   = 1.3 * vg.Length(1)
	thinLine    = 0.7 * vg.Length(1)
	dotRadius   = 2.2 * vg.Length(1)
)

func faded(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(255 * alpha)
	return c
}

// mix goes from a at x = 0 to b at x = 1.
func mix(a, b color.NRGBA, x float64) color.NRGBA {
	m := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + x*(float64(b)-float64(a)))) }
	return color.NRGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 0xff}
}

// A ladder is all dims of a run, increasing: one scale of colours for all its pictures.
type ladder []int

// color is that of a dim: its place in the ladder, in logarithms.
func (l ladder) color(d int) color.NRGBA {
	if len(l) < 2 {
		return largeBlue
	}
	place := math.Log(float64(d)/float64(l[0])) / math.Log(float64(l[len(l)-1])/float64(l[0]))
	return mix(smallBlue, largeBlue, min(1, max(0, place)))
}

// ladderOf is the dims of sections.
func ladderOf(sections []Section) (l ladder) {
	for i := range sections {
		if c := sections[i].Comparison; c != nil {
			l = append(l, c.Dims...)
		}
	}
	slices.Sort(l)
	return slices.Compact(l)
}

// ramp is the i-th of n colours from light to dark.
func ramp(i, n int) color.NRGBA {
	if n < 2 {
		return largeBlue
	}
	return mix(smallBlue, largeBlue, float64(i)/float64(n-1))
}

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func textStyle(size vg.Length, c color.Color, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{Color: c, Font: sans(size), XAlign: x, YAlign: y, Handler: scriptHandler}
}

// newPlot returns an empty plot in the house style, with a grid behind the data.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.X.Tick.Marker, p.Y.Tick.Marker = niceTicks{1}, niceTicks{} // x is a step nearly everywhere
	p.Title.TextStyle.Font, p.Title.TextStyle.Color, p.Title.Padding = sans(11), ink, 5
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = sans(10), ink
		a.Tick.Label.Font, a.Tick.Label.Color = sans(9), ink
		a.Color, a.LineStyle.Width, a.Tick.LineStyle.Color, a.Tick.LineStyle.Width = ink, thinLine, ink, thinLine
		a.Label.TextStyle.Handler, a.Tick.Label.Handler = scriptHandler, scriptHandler
		a.Tick.Length, a.Padding = 4, 3
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridGrey, gridGrey
	grid.Vertical.Width, grid.Horizontal.Width = 0.5, 0.5
	p.Add(grid)
	return p
}

func line(xy plotter.XYs, c color.Color, width vg.Length, dashes ...vg.Length) *plotter.Line {
	return &plotter.Line{XYs: finite(xy), LineStyle: draw.LineStyle{Color: c, Width: width, Dashes: dashes}}
}

// points are markers that are left out, not drawn over the frame, where they fall outside the panel.
func points(xy plotter.XYs, c color.Color, g draw.GlyphDrawer) *plotter.Scatter {
	return &plotter.Scatter{XYs: finite(xy), GlyphStyle: draw.GlyphStyle{Color: c, Radius: dotRadius, Shape: g}}
}

// band fills between low and high.
func band(low, high plotter.XYs, c color.Color) *plotter.Polygon {
	var ring, back plotter.XYs
	for i := range low {
		if isFinite(low[i].Y) && isFinite(high[i].Y) {
			ring, back = append(ring, low[i]), append(back, high[i])
		}
	}
	slices.Reverse(back)
	ring = append(ring, back...)
	return &plotter.Polygon{XYs: []plotter.XYs{ring}, Color: c}
}

// finite drops the points that no axis has a place for (a diverging curve, an error that could not be had).
func finite(xy plotter.XYs) plotter.XYs {
	return slices.DeleteFunc(slices.Clone(xy), func(p plotter.XY) bool { return !isFinite(p.Y) })
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// curve turns column j of a table indexed [t][j] into points (t, value).
func curve(table [][]float64, j int) plotter.XYs {
	xy := make(plotter.XYs, len(table))
	for t, row := range table {
		xy[t] = plotter.XY{X: float64(t), Y: row[j]}
	}
	return xy
}

// every keeps the points of indices offset, offset+stride, ….
func every(xy plotter.XYs, stride, offset int) plotter.XYs {
	var kept plotter.XYs
	for i := offset; i < len(xy); i += stride {
		kept = append(kept, xy[i])
	}
	return kept
}

// alignX crops the canvases so that the data areas of the plots, one above the other, share left and right edges.
func alignX(plots []*plot.Plot, canvases []draw.Canvas) {
	var left, right vg.Length
	l, r := make([]vg.Length, len(plots)), make([]vg.Length, len(plots))
	for i, p := range plots {
		data := p.DataCanvas(canvases[i])
		l[i], r[i] = data.Min.X-canvases[i].Min.X, canvases[i].Max.X-data.Max.X
		left, right = max(left, l[i]), max(right, r[i])
	}
	for i := range plots {
		canvases[i] = draw.Crop(canvases[i], left-l[i], r[i]-right, 0, 0)
	}
}

// split cuts c in columns of equal width with a gap between them.
func split(c draw.Canvas, columns int, gap vg.Length) []draw.Canvas {
	width := (c.Max.X - c.Min.X - gap*vg.Length(columns-1)) / vg.Length(columns)
	parts := make([]draw.Canvas, columns)
	for i := range parts {
		left := vg.Length(i) * (width + gap)
		parts[i] = draw.Crop(c, left, left+width-(c.Max.X-c.Min.X), 0, 0)
	}
	return parts
}

// A key is one entry of a legend: plotters' thumbnails drawn over each other, and what they stand for.
type key struct {
	label  string
	thumbs []plot.Thumbnailer
}

// A legend is written as lines of text above the panels, so that it never hides data.
type legend []key

const (
	legendRow   = 15 * vg.Length(1)
	legendThumb = 20 * vg.Length(1)

	// A viewer without the named fonts may take a wider one (DejaVu Sans, by an eighth).
	fontSlack = 1.15
)

var legendText = textStyle(9.5, ink, text.XLeft, text.YCenter)

// place gives each key's left end and row in the given width, and the number of rows.
func (l legend) place(width vg.Length) (x []vg.Length, row []int, rows int) {
	const space, gap = 5, 12
	at := vg.Length(4)
	for _, k := range l {
		w := legendThumb + space + fontSlack*legendText.Width(k.label)
		if at+w > width && at > 4 {
			at, rows = 4, rows+1
		}
		x, row = append(x, at), append(row, rows)
		at += w + gap
	}
	return x, row, rows + 1
}

// height is what the legend takes from a figure of full width.
func (l legend) height() vg.Length {
	_, _, rows := l.place(figureWidth - 2*border)
	return vg.Length(rows)*legendRow + 6
}

// draw writes the legend at the top of c and returns what is left of c.
func (l legend) draw(c draw.Canvas) draw.Canvas {
	x, row, _ := l.place(c.Max.X - c.Min.X)
	for i, k := range l {
		left, y := c.Min.X+x[i], c.Max.Y-(vg.Length(row[i])+0.5)*legendRow
		icon := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left, Y: y - 4}, Max: vg.Point{X: left + legendThumb, Y: y + 4}}}
		for _, t := range k.thumbs {
			t.Thumbnail(&icon)
		}
		c.FillText(legendText, vg.Point{X: left + legendThumb + 5, Y: y}, k.label)
	}
	c.Max.Y -= l.height()
	return c
}

// logTicks labels the decades of a logarithmic axis, and 2 and 5 as well where there are few decades.
type logTicks struct{}

func (logTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	few := math.Log10(high/low) < 1.6
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for m := 1; m < 10; m++ {
			v := float64(m) * math.Pow(10, e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			label := ""
			if m == 1 || few && (m == 2 || m == 5) {
				label = power(m, int(e))
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	return ticks
}

// power writes m·10^e as one would by hand.
func power(m, e int) string {
	switch {
	case e >= -3 && e <= 3:
		return strconv.FormatFloat(float64(m)*math.Pow(10, float64(e)), 'g', 6, 64)
	case e < 0 || e > 8: // Liberation Sans has neither ⁻ nor ⁹
		s := "10^{" + minus(strconv.Itoa(e)) + "}"
		if m != 1 {
			s = minus(strconv.Itoa(m)) + "·" + s
		}
		return s
	}
	s := "10" + []string{"⁴", "⁵", "⁶", "⁷", "⁸"}[e-4]
	if m != 1 {
		s = minus(strconv.Itoa(m)) + "·" + s
	}
	return s
}

// niceTicks are multiples of 1, 2 or 5 times a power of ten, not below least; at most six are labelled, and as many again
// unlabelled between them.
type niceTicks struct{ least float64 }

func (n niceTicks) Ticks(low, high float64) []plot.Tick {
	e := math.Floor(math.Log10((high - low) / 10))
	if math.IsInf(e, 0) || math.IsNaN(e) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 4, 64)}}
	}
	stride := math.Pow(10, e)
	for m := 0; (high-low)/stride > 6 || stride < n.least; m++ {
		stride = math.Pow(10, e+float64(m/3)) * []float64{1, 2, 5}[m%3]
	}
	exponent := int(math.Floor(math.Log10(stride) + 1e-9))
	decimals := max(0, -exponent)
	label := func(x float64) string {
		if whole := int(math.Round(x / math.Pow(10, float64(exponent)))); whole != 0 && (decimals > 4 || max(math.Abs(low), high) >= 1e6) {
			return power(whole, exponent)
		}
		return minus(strconv.FormatFloat(x+0, 'f', decimals, 64))
	}
	var ticks []plot.Tick
	for k := math.Ceil(2*low/stride - 1e-9); k*stride/2 <= high+1e-9*stride; k++ {
		tick := plot.Tick{Value: k * stride / 2}
		if math.Mod(k, 2) == 0 {
			tick.Label = label(tick.Value)
		} else if stride <= n.least {
			continue
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

// dimTicks labels the dims themselves, leaving out labels that would run into their neighbour.
type dimTicks []int

func (dims dimTicks) Ticks(low, high float64) []plot.Tick {
	ticks := make([]plot.Tick, 0, len(dims))
	last := math.Inf(-1)
	for _, d := range dims {
		tick := plot.Tick{Value: float64(d)}
		if at := math.Log(float64(d)/low) / math.Log(high/low); at-last > 0.13 {
			tick.Label, last = dimLabel(d), at
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

// dimLabel writes 10000 and up in powers of ten if that is shorter.
func dimLabel(d int) string {
	m, e := d, 0
	for m >= 10 && m%10 == 0 {
		m, e = m/10, e+1
	}
	if d >= 10000 && m < 10 {
		return power(m, e)
	}
	return strconv.Itoa(d)
}

// svg renders what paint draws on a white canvas. Fonts are named, not embedded; browsers without Liberation Sans take
// one of the same widths.
func svg(width, height vg.Length, paint func(draw.Canvas)) (out []byte, err error) {
	defer recovered(&err)
	canvas := vgsvg.New(width, height)
	paint(blank(draw.New(canvas)))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	out = b.Bytes()
	out = bytes.ReplaceAll(out, []byte("font-family:Liberation Sans;font-variant:normal;font-weight:normal;font-style:normal"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif"))
	// vgsvg misnames its images' type and lets viewers keep their aspect ratio.
	out = bytes.ReplaceAll(out, []byte("data:image/jpg;"), []byte("data:image/png;"))
	return bytes.ReplaceAll(out, []byte("<image "), []byte("<image preserveAspectRatio=\"none\" ")), nil
}

// recovered makes an error of a panic: gonum/plot panics on data that it cannot draw.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("a picture could not be drawn: %v", r)
	}
}

func blank(c draw.Canvas) draw.Canvas {
	c.SetColor(white)
	c.Fill(c.Rectangle.Path())
	return draw.Crop(c, border, -border, border, -border)
}

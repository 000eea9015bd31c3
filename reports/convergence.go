package reports

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
)

// convergence shows how fast finite d approaches the limit.
func (s *section) convergence() chapter {
	c := s.Comparison
	if c == nil {
		return chapter{}
	}
	ch := chapter{Data: []file{s.file("rates.csv", ratesCSV(c))}}
	if len(c.Theory.Value) > 0 {
		ch.Figures = []figure{s.figure("convergence", "convergence rates", "How fast finite $d$ approaches the "+
			"limit: fluctuations should fall like $d^{-1/2}$, the bias like $d^{-1}$. Both are measured over all "+
			"steps and observables at once, each in units of its own fluctuation.", convergencePicture(c))}
	}
	return ch
}

// The exponents that theory predicts.
const (
	fluctuationExponent = -0.5
	biasExponent        = -1.0
)

// convergencePicture shows both rates in log-log with the fitted and the predicted slopes.
func convergencePicture(c *compare.Comparison) picture {
	keys := legend{
		{"simulation", []plot.Thumbnailer{points(nil, largeBlue, draw.CircleGlyph{})}},
		{"left out of the fit (inside the noise)", []plot.Thumbnailer{points(nil, softGrey, draw.RingGlyph{})}},
		{"fit", []plot.Thumbnailer{line(nil, vermilion, lineWidth)}},
		{"predicted slope", []plot.Thumbnailer{line(nil, softGrey, thinLine, 4, 3)}},
	}
	return picture{figureWidth, 240 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		parts := split(dc, 2, 14)
		ratePanel("fluctuations of one run", "standard deviation", c, &c.Fluctuation, fluctuationExponent, parts[0])
		ratePanel("bias of the mean", "|mean − limit|", c, &c.Bias, biasExponent, parts[1])
	}}
}

func ratePanel(title, label string, c *compare.Comparison, r *compare.Rate, predicted float64, dc draw.Canvas) {
	p := newPlot(title, "dimension d", label)
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = dimTicks(c.Dims), logTicks{}
	used, dropped, upper := ratePoints(r)
	low, high := float64(slices.Min(c.Dims)), float64(slices.Max(c.Dims))
	room := max(1.25, math.Pow(high/low, 0.07))
	p.X.Min, p.X.Max = low/room, high*room
	all := append(append([]ratePoint(nil), used...), dropped...)
	// The predicted slope passes through the smallest d, the fit through the weighted centre of what was fitted.
	if len(all) > 0 {
		p.Add(slope(p, predicted, all[0].x, all[0].y, softGrey, thinLine, 4, 3))
	}
	if r.Resolved && len(used) > 0 {
		x, y := centre(used)
		p.Add(slope(p, r.Estimate, x, y, vermilion, lineWidth))
	}
	p.Add(errorBars(used, largeBlue), errorBars(dropped, softGrey), errorBars(upper, softGrey))
	p.Add(points(xys(used), largeBlue, draw.CircleGlyph{}), points(xys(dropped), softGrey, draw.RingGlyph{}))
	p.Y.Min, p.Y.Max = rateRange(append(all, upper...)) // last: Add widens the range
	p.Draw(dc)
	data := p.DataCanvas(dc)
	style, words := textStyle(9.5, ink, text.XLeft, text.YTop), rateWords(r)
	data.FillText(style, vg.Point{X: data.Max.X - fontSlack*style.Width(words), Y: data.Max.Y - 2}, words)
}

func rateWords(r *compare.Rate) string {
	if !r.Resolved {
		return "slope not resolved"
	}
	return fmt.Sprintf("slope %s [%s, %s]", fixed(r.Estimate, 2), fixed(r.Low, 2), fixed(r.High, 2))
}

func rateCell(r *compare.Rate) string {
	if !r.Resolved {
		return "not resolved"
	}
	return fmt.Sprintf("%s [%s, %s]", fixed(r.Estimate, 2), fixed(r.Low, 2), fixed(r.High, 2))
}

type ratePoint struct{ x, y, err float64 }

// ratePoints separates what was fitted from what was dropped. A logarithmic axis has no place for values ≤ 0: of those
// only the upper end of the error bar is shown.
func ratePoints(r *compare.Rate) (used, dropped, upper []ratePoint) {
	for i, v := range r.Values {
		if i >= len(r.Dims) || i >= len(r.Errors) || !isFinite(v) || !isFinite(r.Errors[i]) {
			continue
		}
		switch p := (ratePoint{float64(r.Dims[i]), v, r.Errors[i]}); {
		case p.high() <= 0:
		case v <= 0:
			upper = append(upper, p)
		case slices.Contains(r.Dropped, r.Dims[i]):
			dropped = append(dropped, p)
		default:
			used = append(used, p)
		}
	}
	return used, dropped, upper
}

// low and high are the ends of the 95 % error bar.
func (p ratePoint) low() float64 { return p.y - 1.96*p.err }

func (p ratePoint) high() float64 { return p.y + 1.96*p.err }

// rateRange leaves room around the points and their error bars, but lets a bar that reaches towards 0 run out of the
// panel instead of stretching it.
func rateRange(ps []ratePoint) (low, high float64) {
	low, high = math.Inf(1), 0
	for _, p := range ps {
		least := p.y / 3
		if p.y <= 0 {
			least = p.high() / 10
		}
		low, high = min(low, max(p.low(), least)), max(high, p.high())
	}
	if high == 0 {
		return 1e-3, 1
	}
	// At least a decade, and headroom for the text in the corner.
	low, high = low/1.4, high*2.2
	if high/low < 10 {
		grow := math.Sqrt(10 * low / high)
		low, high = low/grow, high*grow
	}
	return low, high
}

// slope is the line y ∝ x^exponent through (x, y), across the panel.
func slope(p *plot.Plot, exponent, x, y float64, c color.Color, width vg.Length, dashes ...vg.Length) *plotter.Line {
	at := func(v float64) plotter.XY { return plotter.XY{X: v, Y: y * math.Pow(v/x, exponent)} }
	return line(plotter.XYs{at(p.X.Min), at(p.X.Max)}, c, width, dashes...)
}

// centre is the point that the weighted log-log fit goes through.
func centre(ps []ratePoint) (x, y float64) {
	var w, lx, ly float64
	for _, p := range ps {
		weight := 1.0
		if p.err > 0 {
			weight = p.y * p.y / (p.err * p.err)
		}
		w, lx, ly = w+weight, lx+weight*math.Log(p.x), ly+weight*math.Log(p.y)
	}
	return math.Exp(lx / w), math.Exp(ly / w)
}

// bars are vertical 95 % error bars, clipped to the panel: on a logarithmic axis one that reaches 0 goes to the floor.
type bars struct {
	points []ratePoint
	style  draw.LineStyle
}

func errorBars(ps []ratePoint, c color.Color) bars {
	return bars{ps, draw.LineStyle{Color: c, Width: thinLine}}
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, q := range b.points {
		low, high := max(q.low(), p.Y.Min), min(q.high(), p.Y.Max)
		if high <= low {
			continue
		}
		c.StrokeLine2(b.style, x(q.x), y(low), x(q.x), y(high))
	}
}

func xys(ps []ratePoint) plotter.XYs {
	xy := make(plotter.XYs, len(ps))
	for i, p := range ps {
		xy[i] = plotter.XY{X: p.x, Y: p.y}
	}
	return xy
}

// ratesCSV has the points of the convergence plot.
func ratesCSV(c *compare.Comparison) []byte {
	var b bytes.Buffer
	b.WriteString("rate,dim,value,value_se,fitted\n")
	for _, r := range []struct {
		name string
		rate *compare.Rate
	}{{"fluctuation", &c.Fluctuation}, {"bias", &c.Bias}} {
		for i, v := range r.rate.Values {
			fmt.Fprintf(&b, "%s,%d", r.name, r.rate.Dims[i])
			field(&b, v)
			field(&b, r.rate.Errors[i])
			fmt.Fprintf(&b, ",%t\n", r.rate.Resolved && !slices.Contains(r.rate.Dropped, r.rate.Dims[i]))
		}
	}
	return b.Bytes()
}

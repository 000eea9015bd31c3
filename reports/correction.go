package reports

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
)

// correction shows the finite-size correction. About a wrong limit it says nothing and is left out; of one step it is in
// the first picture.
func (s *section) correction() chapter {
	c := s.Comparison
	if c == nil || len(c.Theory.Value) < 2 || len(c.Correction.First.Value) != len(c.Theory.Value) ||
		!c.Correction.Anchored && c.Verdict == compare.Disagrees {
		return chapter{}
	}
	picture := correctionPicture(c, s.ladder, headline(c.Observables))
	return chapter{Aside: []figure{s.figure("correction", "finite-d correction", correctionCaption(c), picture)}}
}

func correctionCaption(c *compare.Comparison) string {
	caption := "The finite-size correction: the mean at $d$ is theory + $a(t)/d$"
	if c.Model.Order > 1 {
		caption += " + $b(t)/d^2$"
	}
	if c.Correction.Anchored {
		caption += ", fitted with the value at $d = \\infty$ held at theory"
	}
	return caption + ". So $d$ × (mean − theory) is nearly one curve for all $d$. Points whose error is larger " +
		"than the panel are left out. The numbers are in curves.csv."
}

// correctionPicture shows d·(mean − theory), which is the same curve a(t) at every d if the correction is a(t)/d, with
// the fitted curve: a(t), or a(t) + b(t)/d for each d where the model has a second order.
func correctionPicture(c *compare.Comparison, l ladder, chosen []int) picture {
	keys := legend{{"fitted a(t), pointwise 95 %",
		[]plot.Thumbnailer{&plotter.Polygon{Color: faded(vermilion, 0.22)}, line(nil, vermilion, lineWidth)}}}
	for i, m := range c.Means {
		keys = append(keys, key{"d = " + dimLabel(m.Dim),
			[]plot.Thumbnailer{points(nil, l.color(m.Dim), glyphs[i%len(glyphs)])}})
	}
	if c.Model.Order > 1 {
		keys = append(keys, key{"fitted a(t) + b(t)/d", []plot.Thumbnailer{line(nil, largeBlue, thinLine, 5, 2)}})
	}
	return picture{figureWidth, 225 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		for i, part := range split(dc, 2, 14) {
			if i < len(chosen) {
				correctionPanel(c, l, chosen[i]).Draw(part)
			}
		}
	}}
}

func correctionPanel(c *compare.Comparison, l ladder, j int) *plot.Plot {
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
	// Multiplied by d, the noise of a large d would bury the curve: points whose error is larger than the panel are
	// left out.
	middle, reach := (p.Y.Min+p.Y.Max)/2, p.Y.Max-p.Y.Min
	stride := max(1, n/8)
	for i, m := range c.Means {
		colour, d := l.color(m.Dim), float64(m.Dim)
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

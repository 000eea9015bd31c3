package reports

import (
	"bytes"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/internal/markdown"
	"limitcheck/theory"
)

// flow shows theory on its way to continuous time.
func (s *section) flow() chapter {
	if s.Flow == nil {
		return chapter{}
	}
	return chapter{Heading: "### Continuous time", Text: "As $\\eta \\to 0$ at fixed $\\tau = \\eta t$ the method " +
		"tends to its gradient flow. Theory at halved learning rates, extrapolated through the three finest (the " +
		"terms in $\\eta$ and $\\eta^2$ taken away):",
		Table: flowTable(s.Flow), Data: []file{s.file("flow.csv", flowCSV(s.Flow))},
		Figures: []figure{s.figure("flow", "gradient flow", "Left: theory at each learning rate against $\\tau = "+
			"\\eta t$ and its extrapolation to $\\eta = 0$. Right: the largest distance to the extrapolation over "+
			"all times, one line an observable, in units of its scale; first-order convergence is a slope of 1. "+
			"The numbers are in flow.csv.", flowPicture(s.Flow))}}
}

// flowTable has one row an observable.
func flowTable(f *theory.Flow) *table {
	last := len(f.Rates) - 1
	t := newTable("observable", fmt.Sprintf(">distance at η = %g", f.Rates[0]), fmt.Sprintf(">at η = %g", f.Rates[last]),
		">order in η", fmt.Sprintf(">flow at τ = %g", f.Times[len(f.Times)-1]), ">its error")
	for j, name := range f.Observables {
		order := "inside the error"
		if !math.IsNaN(f.Order[j]) {
			order = fixed(f.Order[j], 2)
		}
		end := len(f.Limit) - 1
		t.add(markdown.Escape(observableLabel(name)), percent(flowDistance(f, 0, j)), percent(flowDistance(f, last, j)),
			order, number(f.Limit[end][j], 5), number(f.LimitError[end][j], 2))
	}
	return t
}

// flowPicture shows the headline observable on its way to the continuous-time limit, and how far each level is from it.
func flowPicture(f *theory.Flow) picture {
	j := headline(f.Observables)[0]
	keys := legend{{"extrapolated to η = 0", []plot.Thumbnailer{line(nil, vermilion, lineWidth)}}}
	for i, rate := range f.Rates {
		keys = append(keys, key{fmt.Sprintf("η = %g", rate),
			[]plot.Thumbnailer{points(nil, ramp(i, len(f.Rates)), glyphs[i%len(glyphs)])}})
	}
	keys = append(keys, key{"slope 1", []plot.Thumbnailer{line(nil, softGrey, thinLine, 4, 3)}})
	return picture{figureWidth, 240 + keys.height(), func(dc draw.Canvas) {
		dc = keys.draw(dc)
		parts := split(dc, 2, 14)
		flowCurves(f, j).Draw(parts[0])
		flowPanel(f).Draw(parts[1])
	}}
}

// flowCurves are observable j at every level against τ = ηt.
func flowCurves(f *theory.Flow, j int) *plot.Plot {
	p := newPlot(observableLabel(f.Observables[j]), "τ = ηt", observableSymbol(f.Observables[j]))
	p.X.Tick.Marker = niceTicks{}
	over := func(table [][]float64) plotter.XYs {
		xy := curve(table, j)
		for t := range xy {
			xy[t].X = f.Times[t]
		}
		return xy
	}
	p.Add(line(over(f.Limit), vermilion, lineWidth))
	stride := max(1, len(f.Times)/20)
	for i, level := range f.Levels {
		p.Add(points(every(over(level), stride, 0), ramp(i, len(f.Levels)), glyphs[i%len(glyphs)]))
	}
	return p
}

// flowPanel is the largest difference to the extrapolation against η, one line an observable.
func flowPanel(f *theory.Flow) *plot.Plot {
	p := newPlot("distance to the flow", "learning rate η", "largest difference / scale")
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = logTicks{}, logTicks{}
	low, high := math.Inf(1), 0.0
	for j := range f.Observables {
		var xy plotter.XYs
		for i, rate := range f.Rates {
			if y := flowDistance(f, i, j); y > 0 {
				xy = append(xy, plotter.XY{X: rate, Y: y})
				low, high = min(low, y), max(high, y)
			}
		}
		colour := mix(smallBlue, largeBlue, float64(j)/float64(max(1, len(f.Observables)-1)))
		p.Add(line(xy, colour, thinLine))
		for i, q := range xy {
			p.Add(points(plotter.XYs{q}, ramp(i, len(f.Rates)), glyphs[i%len(glyphs)]))
		}
	}
	if high == 0 {
		low, high = 1e-3, 1
	}
	first, last := f.Rates[0], f.Rates[len(f.Rates)-1]
	slope := plotter.XYs{{X: last, Y: high * 1.3 * last / first}, {X: first, Y: high * 1.3}}
	p.Add(line(slope, softGrey, thinLine, 4, 3))
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = last/1.2, first*1.2, low/1.5, high*2
	return p
}

// flowDistance of level i from the extrapolation: the largest over the times, in units of the observable's scale.
func flowDistance(f *theory.Flow, i, j int) float64 {
	return largest(difference(f.Levels[i], f.Limit, j)) / flowScale(f, j)
}

func flowScale(f *theory.Flow, j int) float64 { return max(0.1, largest(curve(f.Limit, j))) }

// flowCSV has one row a time and observable.
func flowCSV(f *theory.Flow) []byte {
	var b bytes.Buffer
	b.WriteString("observable,time,limit,limit_error")
	for _, rate := range f.Rates {
		fmt.Fprintf(&b, ",eta_%g", rate)
	}
	b.WriteByte('\n')
	for j, name := range f.Observables {
		for t, time := range f.Times {
			fmt.Fprintf(&b, "%s,%.9g", name, time)
			field(&b, f.Limit[t][j])
			field(&b, f.LimitError[t][j])
			for i := range f.Rates {
				field(&b, f.Levels[i][t][j])
			}
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

package reports

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/theory"
)

// kernels shows the limit's two-time functions.
func (s *section) kernels() chapter {
	k := kernelsOf(s.Section)
	if k == nil {
		return chapter{}
	}
	caption := "The limit's two-time functions: correlation $C(t,s)$, the weights' response $R_p(t,s)$, $s < t$, " +
		"and the gradients' response $R_g(t,s)$, up to $s = t$. Grey: the future, or known to no better than a " +
		"tenth of a usual entry."
	if s.Scenario.Student.Units > 1 {
		caption += " Of unit 0 with itself; `limitcheck theory --kernels` prints all."
	}
	picture := kernelsPicture(k, s.Limit.KernelErrors)
	ch := chapter{Aside: []figure{s.figure("kernels", "memory kernels", caption, picture)}}
	if s.publish && k.Correlation.Times() <= mostKernelRows {
		ch.Data = []file{s.file("kernels.csv", kernelsCSV(k, s.Limit.KernelErrors))}
	}
	return ch
}

// mostKernelRows bounds the kernels that are written beside the picture: those of more times are tens of megabytes.
const mostKernelRows = 300

// kernelsCSV has one row for each t and s ≤ t: what the picture shows, entries of unit 0 with itself, and their standard
// errors, empty where there is no entry.
func kernelsCSV(k, errors *theory.Kernels) []byte {
	var b bytes.Buffer
	b.WriteString("t,s,correlation,correlation_se,weight_response,weight_response_se,gradient_response,gradient_response_se\n")
	for t := range k.Correlation.Times() {
		for s := range t + 1 {
			fmt.Fprintf(&b, "%d,%d", t, s)
			kernelCells(&b, k.Correlation, errors.Correlation, t, s, true)
			kernelCells(&b, k.WeightResponse, errors.WeightResponse, t, s, s < t)
			kernelCells(&b, k.GradientResponse, errors.GradientResponse, t, s, true)
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// kernelCells writes an entry and its error, if they are there.
func kernelCells(b *bytes.Buffer, k, errors theory.Kernel, t, s int, there bool) {
	if !there || t >= k.Times() {
		b.WriteString(",,")
		return
	}
	field(b, k.At(t, s, 0, 0))
	if t < errors.Times() {
		field(b, errors.At(t, s, 0, 0))
	} else {
		b.WriteByte(',')
	}
}

// kernelsOf is the kernels, if there are some to draw.
func kernelsOf(s *Section) *theory.Kernels {
	if s.Limit == nil || s.Limit.Kernels == nil {
		return nil
	}
	if k := s.Limit.Kernels; k.Correlation.Times() > 0 && k.WeightResponse.Times() > 0 && k.GradientResponse.Times() > 0 {
		return k
	}
	return nil
}

// kernelsPicture draws C(t,s), R_p(t,s) and R_g(t,s) of one unit, without what their errors (nil: none) leave open.
func kernelsPicture(k, errors *theory.Kernels) picture {
	if errors == nil {
		errors = &theory.Kernels{}
	}
	return picture{figureWidth, 190, func(dc draw.Canvas) {
		parts := split(dc, 3, 10)
		drawKernel(parts[0], "correlation C(t, s)", firstUnit(k.Correlation, k.Correlation.Times()), linearShade)
		weight := determined(firstUnit(k.WeightResponse, -1), errors.WeightResponse, -1)
		gradient := determined(firstUnit(k.GradientResponse, 0), errors.GradientResponse, 0)
		drawKernel(parts[1], "weights' response", weight, signedShade)
		drawKernel(parts[2], "gradients' response", gradient, signedShade)
	}}
}

// A shade gives the colour of each value between low and high.
type shade func(low, high float64) func(float64) color.NRGBA

func linearShade(low, high float64) func(float64) color.NRGBA {
	return func(v float64) color.NRGBA {
		return mix(color.NRGBA{0xe8, 0xf1, 0xf8, 0xff}, largeBlue, (v-low)/(high-low))
	}
}

// signedShade is white at 0 and goes with the square root of the magnitude, since a response's diagonal is far larger
// than its tail.
func signedShade(low, high float64) func(float64) color.NRGBA {
	limit := max(-low, high)
	return func(v float64) color.NRGBA {
		x := math.Sqrt(math.Abs(v) / limit)
		if v < 0 {
			return mix(white, color.NRGBA{0x9e, 0x3d, 0x00, 0xff}, x)
		}
		return mix(white, largeBlue, x)
	}
}

// firstUnit takes entry (0,0) of each block. Entries with s > t + last do not exist (a response to the future) and are
// NaN.
func firstUnit(k theory.Kernel, last int) [][]float64 {
	n := k.Times()
	m := make([][]float64, n)
	for t := range m {
		m[t] = make([]float64, n)
		for s := range m[t] {
			m[t][s] = math.NaN()
			if s <= t+last && k.Units() > 0 {
				m[t][s] = k.At(t, s, 0, 0)
			}
		}
	}
	return m
}

// determined takes entries away whose standard error is more than a tenth of a response's usual size, the median of its
// last ones: late points hardly differ from each other, so that such entries are noise of any size.
func determined(m [][]float64, errors theory.Kernel, last int) [][]float64 {
	if errors.Times() != len(m) {
		return m
	}
	var sizes []float64
	for t := range m {
		if s := t + last; s >= 0 && !math.IsNaN(m[t][s]) {
			sizes = append(sizes, math.Abs(m[t][s]))
		}
	}
	usual, err := stats.Median(sizes)
	if err != nil {
		return m
	}
	for t, row := range firstUnit(errors, last) {
		for s, e := range row {
			if e > usual/10 {
				m[t][s] = math.NaN()
			}
		}
	}
	return m
}

// drawKernel draws one matrix with its colour bar.
func drawKernel(dc draw.Canvas, title string, m [][]float64, s shade) {
	low, high := extent(m)
	colour := s(low, high)
	const barWidth = 50
	heat, bar := draw.Crop(dc, 0, -barWidth-4, 0, 0), dc
	bar.Min.X = bar.Max.X - barWidth

	p, n := newPlot(title, "s", "t"), float64(len(m))
	p.Y.Tick.Marker = niceTicks{1}
	p.Add(plotter.NewImage(raster(m, colour), -0.5, -0.5, n-0.5, n-0.5))
	p.Draw(heat)

	const levels = 200
	column := image.NewNRGBA(image.Rect(0, 0, 1, levels))
	for i := range levels {
		column.SetNRGBA(0, levels-1-i, colour(low+(high-low)*(float64(i)+0.5)/levels))
	}
	b := newPlot("", "", "")
	b.HideX()
	b.Add(plotter.NewImage(column, 0, low, 1, high))
	data := p.DataCanvas(heat) // the bar is as tall as the map
	bar.Min.Y, bar.Max.Y = data.Min.Y, data.Max.Y
	b.Draw(bar)
}

// raster paints m with t upwards and s to the right, each entry a block of pixels so that viewers do not blur it.
func raster(m [][]float64, colour func(float64) color.NRGBA) image.Image {
	n := len(m)
	block := max(1, 400/max(n, 1))
	img := image.NewNRGBA(image.Rect(0, 0, n*block, n*block))
	for t, row := range m {
		for s, v := range row {
			c := gridGrey
			if !math.IsNaN(v) {
				c = colour(v)
			}
			for y := range block {
				for x := range block {
					img.SetNRGBA(s*block+x, (n-1-t)*block+y, c)
				}
			}
		}
	}
	return img
}

// extent is the range of the entries, never empty.
func extent(m [][]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range m {
		for _, v := range row {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if !(low < high) || math.IsInf(high-low, 0) {
		return -1, 1
	}
	return low, high
}

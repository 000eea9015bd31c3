package reports

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/theory"
)

// kernelsPicture draws C(t,s), R_p(t,s) and R_g(t,s) of one unit.
func kernelsPicture(k *theory.Kernels) picture {
	return picture{figureWidth, 262, func(dc draw.Canvas) {
		parts := split(dc, 3, 12)
		drawKernel(parts[0], "correlation C(t,s)", firstUnit(k.Correlation))
		drawKernel(parts[1], "response of the weights", firstUnit(k.WeightResponse))
		drawKernel(parts[2], "response of the gradients", firstUnit(k.GradientResponse))
	}}
}

// firstUnit takes entry (0,0) of each block; entries that do not exist (s > t for a response) are NaN.
func firstUnit(k [][][][]float64) [][]float64 {
	n := len(k)
	m := make([][]float64, n)
	for t := range m {
		m[t] = make([]float64, n)
		for s := range m[t] {
			m[t][s] = math.NaN()
			if s < len(k[t]) && len(k[t][s]) > 0 && len(k[t][s][0]) > 0 {
				m[t][s] = k[t][s][0][0]
			}
		}
	}
	return m
}

// drawKernel draws one matrix with its colour bar. The colour goes with the square root of the magnitude, since a
// response's diagonal is far larger than its tail.
func drawKernel(dc draw.Canvas, title string, m [][]float64) {
	low, high := extent(m)
	limit := max(-low, high)
	if limit == 0 {
		limit = 1
	}
	shade := func(v float64) color.NRGBA {
		switch x := math.Sqrt(math.Abs(v) / limit); {
		case math.IsNaN(v):
			return gridGrey
		case v < 0:
			return mix(white, color.NRGBA{0x9e, 0x3d, 0x00, 0xff}, x)
		default:
			return mix(white, largeBlue, x)
		}
	}
	map_, bar := dc, dc
	map_.Max.X -= 44
	bar.Min.X = bar.Max.X - 40
	n := len(m)
	p := newPlot(title, "s", "t")
	p.Add(plotter.NewImage(raster(m, shade), -0.5, -0.5, float64(n)-0.5, float64(n)-0.5))
	p.Draw(map_)

	b := newPlot("", "", "")
	b.HideX()
	if low >= 0 {
		low = 0
	}
	if high <= low {
		high = low + 1
	}
	const levels = 200
	column := image.NewNRGBA(image.Rect(0, 0, 1, levels))
	for i := range levels {
		column.SetNRGBA(0, levels-1-i, shade(low+(high-low)*(float64(i)+0.5)/levels))
	}
	b.Add(plotter.NewImage(column, 0, low, 1, high))
	b.Draw(bar)
	_ = plot.Tick{}
}

// raster paints m with t upwards and s to the right, each entry a block of pixels so that viewers do not blur it.
func raster(m [][]float64, shade func(float64) color.NRGBA) image.Image {
	n := len(m)
	block := max(1, 400/max(n, 1))
	img := image.NewNRGBA(image.Rect(0, 0, n*block, n*block))
	for t, row := range m {
		for s, v := range row {
			c := shade(v)
			for y := range block {
				for x := range block {
					img.SetNRGBA(s*block+x, (n-1-t)*block+y, c)
				}
			}
		}
	}
	return img
}

func extent(m [][]float64) (low, high float64) {
	for _, row := range m {
		for _, v := range row {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	return low, high
}

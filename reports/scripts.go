package reports

import (
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// scripts is plain text on one line in which ^{…} is raised and smaller: the fonts have no superscript for every digit.
type scripts struct{ text.Handler }

var scriptHandler = scripts{plot.DefaultTextHandler}

const (
	scriptSize = 0.72 // of the text's
	scriptRise = 0.36
)

// pieces cuts text at ^{…}, which every second piece is.
func pieces(s string) (list []string) {
	for {
		before, after, found := strings.Cut(s, "^{")
		list = append(list, before)
		if !found {
			return list
		}
		raised, rest, _ := strings.Cut(after, "}")
		list, s = append(list, raised), rest
	}
}

// Box implements text.Handler.
func (h scripts) Box(s string, f font.Font) (width, height, depth vg.Length) {
	small := f
	small.Size *= scriptSize
	_, height, depth = h.Handler.Box(s, f)
	for i, piece := range pieces(s) {
		w, high, _ := h.Handler.Box(piece, f)
		if i%2 == 1 {
			w, high, _ = h.Handler.Box(piece, small)
			high += f.Size * scriptRise
		}
		width, height = width+w, max(height, high)
	}
	return width, height, depth
}

// Draw implements text.Handler.
func (h scripts) Draw(c vg.Canvas, s string, style text.Style, at vg.Point) {
	list := pieces(s)
	if len(list) == 1 {
		h.Handler.Draw(c, s, style, at)
		return
	}
	c.Push()
	defer c.Pop()
	c.Translate(at)
	c.Rotate(style.Rotation)
	width, _, _ := h.Box(s, style.Font)
	x := vg.Length(style.XAlign) * width
	plain := style
	plain.Rotation, plain.XAlign, plain.Handler = 0, text.XLeft, h.Handler
	y := vg.Length(style.YAlign+1) * plain.Height("0") // of the top; below, everything hangs on it
	plain.YAlign = text.YTop
	for i, piece := range list {
		own, top := plain, y
		if i%2 == 1 {
			own.Font.Size *= scriptSize
			base := plain.FontExtents().Ascent - own.FontExtents().Ascent
			top += style.Font.Size*scriptRise - base
		}
		h.Handler.Draw(c, piece, own, vg.Point{X: x, Y: top})
		x += own.Width(piece)
	}
}

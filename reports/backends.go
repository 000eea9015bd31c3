package reports

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	fixedpoint "golang.org/x/image/math/fixed"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// Formats are those of figures: svg, pdf, png. A report shows the SVG.
func Formats() []string { return []string{"svg", "pdf", "png"} }

const (
	// paperWidth is the text width of a two-column paper, 7 inches: what reads well at figureWidth does at four fifths.
	paperWidth = 504 * vg.Length(1)
	paperDPI   = 300
)

// figures draws a picture in formats; names are the path without extension and theirs.
func (p picture) figures(path string, formats []string) (files []file, err error) {
	for _, format := range Formats() {
		var data []byte
		switch {
		case format == "svg":
			data, err = p.svg()
		case !slices.Contains(formats, format):
			continue
		case format == "pdf":
			data, err = p.pdf()
		default:
			data, err = p.png()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, file{strings.TrimSuffix(path, ".svg") + "." + format, data})
	}
	return files, nil
}

// onPaper paints a picture on a canvas of its height at paperWidth.
func (p picture) onPaper(canvas vg.Canvas) {
	factor := float64(paperWidth / p.width)
	canvas.Push()
	canvas.Scale(factor, factor)
	p.paint(blank(draw.NewCanvas(canvas, p.width, p.height)))
	canvas.Pop()
}

func (p picture) paperHeight() vg.Length { return p.height * paperWidth / p.width }

func init() {
	// Two runs on the same data make the same files.
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultCatalogSort(true)
}

// pdf renders on a page of the picture's size.
func (p picture) pdf() (out []byte, err error) {
	defer recovered(&err)
	canvas := vgpdf.New(paperWidth, p.paperHeight())
	p.onPaper(&pdfCanvas{Canvas: canvas})
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}

// png renders with paperDPI dots an inch.
func (p picture) png() (out []byte, err error) {
	defer recovered(&err)
	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(paperWidth, p.paperHeight()), vgimg.UseDPI(paperDPI))}
	p.onPaper(canvas)
	var b bytes.Buffer
	_, err = canvas.WriteTo(&b)
	return b.Bytes(), err
}

// A pdfCanvas makes up for what vgpdf cannot do. It draws letters as the shapes they are: vgpdf knows those of one 8-bit
// code page only, without −, ∞, or α. It takes for the colour what is the colour times its opacity. And it has images in
// any order, unless they differ in width.
type pdfCanvas struct {
	*vgpdf.Canvas
	images int
}

// DrawImage implements vg.Canvas.
func (c *pdfCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	c.images++
	b := img.Bounds()
	wide := image.NewNRGBA(image.Rect(0, 0, b.Dx()*c.images, b.Dy()))
	for y := range b.Dy() {
		for x := range wide.Bounds().Dx() {
			wide.Set(x, y, img.At(b.Min.X+x/c.images, b.Min.Y+y))
		}
	}
	c.Canvas.DrawImage(rect, wide)
}

// SetColor implements vg.Canvas.
func (c *pdfCanvas) SetColor(to color.Color) {
	if to == nil {
		to = color.Black
	}
	c.Canvas.SetColor(straight(color.NRGBAModel.Convert(to).(color.NRGBA)))
}

// A straight colour has components that are not multiplied by the opacity.
type straight color.NRGBA

// RGBA implements color.Color, but for that.
func (s straight) RGBA() (r, g, b, a uint32) {
	const all = 0x101 // 8 bits to 16
	return uint32(s.R) * all, uint32(s.G) * all, uint32(s.B) * all, uint32(s.A) * all
}

// FillString implements vg.Canvas.
func (c *pdfCanvas) FillString(f plotfont.Face, at vg.Point, text string) {
	const ppem = 1 << 10 // the outlines' units to the size of the font
	var (
		buffer sfnt.Buffer
		path   vg.Path
	)
	unit := f.Font.Size / ppem / 64 // of 26.6 fixed-point numbers
	for _, r := range text {
		index, err := f.Face.GlyphIndex(&buffer, r)
		if err != nil {
			continue
		}
		segments, err := f.Face.LoadGlyph(&buffer, index, fixedpoint.I(ppem), nil)
		if err != nil {
			continue
		}
		point := func(p fixedpoint.Point26_6) vg.Point {
			return vg.Point{X: at.X + vg.Length(p.X)*unit, Y: at.Y - vg.Length(p.Y)*unit}
		}
		for i, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if i > 0 {
					path.Close()
				}
				path.Move(point(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(point(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(point(s.Args[0]), point(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
			}
		}
		if len(segments) > 0 {
			path.Close()
		}
		if advance, err := f.Face.GlyphAdvance(&buffer, index, fixedpoint.I(ppem), font.HintingNone); err == nil {
			at.X += vg.Length(advance) * unit
		}
	}
	if len(path) > 0 {
		c.Fill(path)
	}
}

package reports

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"limitcheck/compare"
)

// drawing is what a test needs to know about an SVG.
type drawing struct {
	texts    []string
	numbers  []float64 // all coordinates of paths
	elements map[string]int
}

var numbers = regexp.MustCompile(`-?[0-9.]+(e[-+]?[0-9]+)?`)

func parseSVG(t *testing.T, svg []byte) drawing {
	t.Helper()
	if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
		t.Error("a coordinate is not finite")
	}
	d := drawing{elements: map[string]int{}}
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return d
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			if s := strings.TrimSpace(string(token)); s != "" {
				d.texts = append(d.texts, s)
			}
		case xml.StartElement:
			d.elements[token.Name.Local]++
			for _, a := range token.Attr {
				if token.Name.Local != "path" || a.Name.Local != "d" {
					continue
				}
				for _, n := range numbers.FindAllString(a.Value, -1) {
					x, err := strconv.ParseFloat(n, 64)
					if err != nil {
						t.Fatal(err)
					}
					d.numbers = append(d.numbers, x)
				}
			}
		}
	}
}

func draw1(t *testing.T, p picture) drawing {
	t.Helper()
	svg, err := p.svg()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := p.svg()
	if !bytes.Equal(svg, again) {
		t.Error("drawn twice, two pictures")
	}
	d := parseSVG(t, svg)
	face := font.NewCache(liberation.Collection()).Lookup(sans(10), 10)
	var buffer sfnt.Buffer
	for _, r := range strings.Join(d.texts, "") {
		if i, err := face.Face.GlyphIndex(&buffer, r); i == 0 || err != nil {
			t.Errorf("the font has no %q, its width is taken for 0", r)
		}
	}
	for _, x := range d.numbers {
		if x < -1 || x > math.Max(float64(p.width), float64(p.height))+1 {
			t.Errorf("something is drawn at %v, outside the picture", x)
			break
		}
	}
	return d
}

func (d drawing) mustShow(t *testing.T, texts ...string) {
	t.Helper()
	all := "\n" + strings.Join(d.texts, "\n") + "\n"
	for _, s := range texts {
		if !strings.Contains(all, "\n"+s+"\n") {
			t.Errorf("the picture does not say %q; it says %q", s, d.texts)
		}
	}
}

// The pictures as they were when they were last looked at. A pixel may differ by a tenth of full scale where another
// processor rounds an edge differently.
func TestGoldenPictures(t *testing.T) {
	c := synthetic(12, []int{250, 1000, 30000}, 0)
	second := synthetic(12, []int{250, 1000, 4000}, 0)
	second.Model.Order, second.Correction.Second.Value = 2, second.Correction.First.Value
	for name, p := range map[string]picture{
		"curves": curvesPicture(c, ladder(c.Dims), headline(c.Observables)), "convergence": convergencePicture(c),
		"correction": correctionPicture(second, ladder(second.Dims), headline(c.Observables)), "kernels": kernelsPicture(syntheticKernels(12), nil),
	} {
		canvas := vgimg.NewWith(vgimg.UseWH(p.width, p.height), vgimg.UseDPI(60))
		p.paint(blank(draw.New(canvas)))
		var got bytes.Buffer
		if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&got); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".png")
		if *regen {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if d := apart(t, got.Bytes(), []byte(read(t, golden))); d > 0.1 {
			t.Errorf("%s differs from %s by %.2f; look at both, and if the change is meant, run with -regen", name, golden, d)
		}
	}
}

// apart is the largest difference of two PNGs in any pixel and channel, 1 being full scale. (gonum's cmpimg would do, but
// it draws in a PDF reader.)
func apart(t *testing.T, a, b []byte) float64 {
	t.Helper()
	x, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	y, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if x.Bounds() != y.Bounds() {
		return 1
	}
	most := 0.0
	for v := range x.Bounds().Dy() {
		for u := range x.Bounds().Dx() {
			r1, g1, b1, _ := x.At(u, v).RGBA()
			r2, g2, b2, _ := y.At(u, v).RGBA()
			for _, d := range []float64{float64(r1) - float64(r2), float64(g1) - float64(g2), float64(b1) - float64(b2)} {
				most = max(most, math.Abs(d)/0xffff)
			}
		}
	}
	return most
}

func TestCurvesPicture(t *testing.T) {
	c := synthetic(40, []int{250, 500, 1000, 20000}, 0)
	d := draw1(t, curvesPicture(c, ladder(c.Dims), headline(c.Observables)))
	d.mustShow(t, "theory, d = ∞", "d = 250", "d = 2·10⁴", "overlap", "norm", "step t", "simulation − theory", "WᵀΣW* / d", "± margin")
	if leavesPanel(synthetic(40, []int{250, 500, 1000, 2000}, 0)) {
		t.Error("these residuals are all inside their panels")
	}
	// The smallest d of a long ladder is far outside the band of the extrapolation.
	if long := synthetic(40, []int{100, 100000, 1000000}, 0); !leavesPanel(long) {
		t.Error("residuals of d = 100 are outside the panel, unsaid")
	}
	// An odd number of observables leaves a gap, and a grid of them is taller.
	draw1(t, curvesPicture(c, ladder(c.Dims), others(c.Observables, headline(c.Observables))))
}

func TestConvergencePicture(t *testing.T) {
	c := synthetic(40, []int{250, 500, 1000, 2000}, 0)
	d := draw1(t, convergencePicture(c))
	d.mustShow(t, "slope −0.49 [−0.54, −0.43]", "slope −0.99 [−1.04, −0.93]", "250", "2000", "dimension d", "fit", "predicted slope")
	c.Bias = compare.Rate{}
	draw1(t, convergencePicture(c)).mustShow(t, "slope not resolved")
}

// An error bar that reaches below zero ends at the panel's floor; values ≤ 0 have no place at all.
func TestRatePoints(t *testing.T) {
	r := &compare.Rate{Dims: []int{1, 2, 3, 4}, Values: []float64{1, -1, 0, 0.1}, Errors: []float64{0.1, 1, 1, 5}, Dropped: []int{4}}
	used, dropped, upper := ratePoints(r)
	if len(used) != 1 || used[0] != (ratePoint{1, 1, 0.1}) || len(dropped) != 1 || dropped[0] != (ratePoint{4, 0.1, 5}) {
		t.Errorf("used %v, dropped %v", used, dropped)
	}
	if len(upper) != 2 || upper[0] != (ratePoint{2, -1, 1}) { // reaches up to 0.96
		t.Errorf("upper limits %v", upper)
	}
	low, high := rateRange(append(used, dropped...))
	if !(low > 0 && low < 0.1/3 && high > 0.1+1.96*5) {
		t.Errorf("range %v … %v", low, high)
	}
	x, y := centre([]ratePoint{{10, 1, 0}, {1000, 100, 0}})
	if math.Abs(x-100) > 1e-12*100 || math.Abs(y-10) > 1e-12*10 { // geometric means, to rounding
		t.Errorf("centre %v, %v", x, y)
	}
}

func TestCorrectionPicture(t *testing.T) {
	c := synthetic(40, []int{250, 500, 1000, 2000}, 0)
	draw1(t, correctionPicture(c, ladder(c.Dims), headline(c.Observables))).mustShow(t, "fitted a(t), pointwise 95 %", "d · (mean − theory)", "d = 500")
	c.Model.Order, c.Correction.Second.Value = 2, c.Correction.First.Value
	draw1(t, correctionPicture(c, ladder(c.Dims), headline(c.Observables))).mustShow(t, "fitted a(t) + b(t)/d")
}

func TestKernelsPicture(t *testing.T) {
	d := draw1(t, kernelsPicture(syntheticKernels(6), nil))
	d.mustShow(t, "correlation C(t, s)", "weights' response", "gradients' response")
	if d.elements["image"] != 6 { // three maps and their colour bars
		t.Errorf("%d images", d.elements["image"])
	}
	m := firstUnit(syntheticKernels(6).WeightResponse, -1)
	if !math.IsNaN(m[2][2]) || m[2][1] != -0.1*math.Exp(-1.0/12) {
		t.Errorf("the response is read as %v", m)
	}
	// The usual entry is exp(-1/12)/10: an error of 0.008 is less than a tenth of it, one of 0.01 more.
	errors := syntheticKernels(6).WeightResponse
	for t := range errors.Times() {
		for s := range errors.Times() {
			errors.Set(t, s, 0, 0, 0.008)
		}
	}
	errors.Set(5, 2, 0, 0, 0.01)
	for t1, row := range determined(m, errors, -1) {
		for s, v := range row {
			if gone := s >= t1 || t1 == 5 && s == 2; math.IsNaN(v) != gone {
				t.Errorf("entry (%d, %d) is %g", t1, s, v)
			}
		}
	}
}

func TestNiceTicks(t *testing.T) {
	for _, c := range []struct {
		least, low, high float64
		want             string
	}{
		{1, 0, 3, "0 1 2 3"}, {1, 0, 1, "0 1"}, {1, 0, 50, "0 . 10 . 20 . 30 . 40 . 50"}, {1, -0.5, 40.5, "0 . 10 . 20 . 30 . 40"},
		{1, 0, 1000, "0 . 200 . 400 . 600 . 800 . 1000"}, {1, 0, 0, "0"},
		{0, 0.13, 0.81, "0.2 . 0.4 . 0.6 . 0.8"}, {0, -0.0045, 0.0045, "−0.004 . −0.002 . 0.000 . 0.002 . 0.004"},
		{0, 0.25, 1.75, ". 0.5 . 1.0 . 1.5 ."}, {0, 5, 5, "5"}, {0, 0, math.Inf(1), "0"},
	} {
		var s []string
		for _, tick := range (niceTicks{c.least}).Ticks(c.low, c.high) {
			s = append(s, cmp.Or(tick.Label, "."))
		}
		if got := strings.Join(s, " "); got != c.want {
			t.Errorf("%v … %v: %q, want %q", c.low, c.high, got, c.want)
		}
	}
}

func TestDimTicks(t *testing.T) {
	labels := func(dims ...int) string {
		var s []string
		for _, tick := range (dimTicks(dims)).Ticks(float64(dims[0])/1.25, float64(dims[len(dims)-1])*1.25) {
			s = append(s, tick.Label)
		}
		return strings.Join(s, " ")
	}
	if got := labels(250, 500, 1000, 2000); got != "250 500 1000 2000" {
		t.Error(got)
	}
	if got := labels(100, 110, 100000); got != "100  10⁵" { // 110 would run into 100
		t.Error(got)
	}
}

package reports

import (
	"archive/zip"
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/plot/text"
)

// Pictures of lines, points and maps can be drawn in every format, twice the same, at the width of a two-column paper.
func TestFormats(t *testing.T) {
	c := synthetic(12, []int{250, 1000}, 0)
	for name, p := range map[string]picture{
		"curves": curvesPicture(c, ladder(c.Dims), headline(c.Observables)), "kernels": kernelsPicture(syntheticKernels(12), nil),
	} {
		files, err := p.figures("x/"+name+".svg", Formats())
		if err != nil || len(files) != 3 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		again, _ := p.figures("x/"+name+".svg", Formats()[:2])
		for i, f := range files[:2] {
			if want := "x/" + name + "." + Formats()[i]; f.path != want || !bytes.Equal(f.data, again[i].data) {
				t.Errorf("%s, want %s; drawn again it is the same: %v", f.path, want, bytes.Equal(f.data, again[i].data))
			}
		}
		if pdf := files[1].data; !bytes.HasPrefix(pdf, []byte("%PDF-1.")) || !bytes.Contains(pdf, []byte("/MediaBox [0 0 504.00 ")) {
			t.Errorf("%s.pdf is no page of 7 inches", name)
		}
		config, err := png.DecodeConfig(bytes.NewReader(files[2].data))
		if err != nil || config.Width != 7*paperDPI {
			t.Errorf("%s.png is %d wide, %v", name, config.Width, err)
		}
	}
}

// Only what was asked for is written.
func TestFormatsAskedFor(t *testing.T) {
	r := twoKeys()
	r.Sections = r.Sections[:1]
	r.Figures = []string{"pdf"}
	dir := write(t, r)
	svg, pdf, png := glob(t, dir, "*/*.svg"), glob(t, dir, "*/*.pdf"), glob(t, dir, "*/*.png")
	if len(svg) == 0 || len(pdf) != len(svg) || len(png) != 0 {
		t.Errorf("%d SVG, %d PDF, %d PNG", len(svg), len(pdf), len(png))
	}
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Beside every CSV stands an .npz with the same columns.
func TestArraysBesideTables(t *testing.T) {
	dir := write(t, twoKeys())
	tables := append(glob(t, dir, "*/*.csv"), glob(t, dir, "many/*.csv")...)
	for _, path := range tables {
		rows := rowsOf(t, path)
		f, err := os.Open(strings.TrimSuffix(path, ".csv") + ".npz")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, _ := f.Stat()
		z, err := zip.NewReader(f, info.Size())
		if err != nil || len(z.File) != len(rows[0]) {
			t.Errorf("%s: %d arrays for %d columns, %v", path, len(z.File), len(rows[0]), err)
		}
	}
	if len(tables) < 10 {
		t.Errorf("%d tables", len(tables))
	}
	var steps []int64
	var etas, times []float64
	f := filepath.Join(dir, "many", "grid.npz")
	for name, into := range map[string]any{"step": &steps, "method.learning_rate": &etas, "time": &times} {
		r, err := npz.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Read(name+".npy", into); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	for i := range steps {
		if want := etas[i] * float64(steps[i]); !(times[i]-want < 1e-8 && want-times[i] < 1e-8) { // nine digits
			t.Fatalf("row %d: time %g, η %g, step %d", i, times[i], etas[i], steps[i])
		}
	}
}

func TestColumnTypes(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  string
	}{{[]string{"1", "-2"}, "int"}, {[]string{"1", "0.5"}, "float64"}, {[]string{"1", ""}, "float64"}, {[]string{"1", "a"}, "string"}} {
		var rows [][]string
		for _, cell := range c.cells {
			rows = append(rows, []string{cell})
		}
		for _, v := range column(rows, 0) {
			if got := typeName(v); got != c.want {
				t.Errorf("%q: %s, want %s", c.cells, got, c.want)
			}
		}
	}
}

func typeName(v any) string {
	switch v.(type) {
	case int:
		return "int"
	case float64:
		return "float64"
	}
	return "string"
}

// Powers are raised: their box is higher, and narrower than if they stood on the line; the digits are all drawn.
func TestScripts(t *testing.T) {
	if got := pieces("3·10^{−5} m^{2}"); !slices.Equal(got, []string{"3·10", "−5", " m", "2", ""}) {
		t.Errorf("%q", got)
	}
	style := textStyle(9, ink, text.XLeft, text.YTop)
	raised, flat := style.Width("10^{−5}"), style.Width("10−5")
	if !(raised < flat && raised > style.Width("10")) {
		t.Errorf("widths %v and %v", raised, flat)
	}
	p := newPlot("", "", "")
	p.Y.Min, p.Y.Max = -3e-6, 3e-6
	draw1(t, picture{200, 100, p.Draw}).mustShow(t, "2·10", "−6")
	p.Y.Min, p.Y.Max = 0, 4e6
	draw1(t, picture{200, 100, p.Draw}).mustShow(t, "2·10⁶")
}

// One dim has one colour in all pictures of a run, whatever its place among a scenario's dims; the smallest is the lightest.
func TestOneScaleOfColours(t *testing.T) {
	r := everyBranch() // 250 … 2000, and 250 … 500
	l := ladderOf(r.Sections)
	if !slices.Equal(l, ladder{250, 500, 1000, 2000}) {
		t.Errorf("ladder %v", l)
	}
	if l.color(250) != smallBlue || l.color(2000) != largeBlue || l.color(500) != mix(smallBlue, largeBlue, 1.0/3) {
		t.Error("the scale is not that of log d")
	}
	few := r.Sections[2].Comparison
	svg, err := curvesPicture(few, l, headline(few.Observables)).svg()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(svg, []byte("#08306B")) {
		t.Error("the largest of a short ladder has the colour of the longest's")
	}
}

// For a paper the kernels are written beside their picture; the last step has no response, and the present no response of
// the weights.
func TestKernelTable(t *testing.T) {
	r := everyBranch()
	r.Sections = r.Sections[:1]
	r.Sections[0].Limit.KernelErrors = syntheticKernels(12)
	s := &section{Section: &r.Sections[0], dir: "x"}
	if s.kernels().Data != nil {
		t.Error("kernels are written unasked")
	}
	s.publish = true
	rows := strings.Split(string(s.kernels().Data[0].data), "\n")
	if want := 1 + 13*14/2 + 1; len(rows) != want { // the last line is empty
		t.Errorf("%d lines, want %d", len(rows), want)
	}
	for _, want := range []string{"1,1,", "12,3,"} {
		i := slices.IndexFunc(rows, func(row string) bool { return strings.HasPrefix(row, want) })
		cells := strings.Split(rows[i], ",")
		last := want == "12,3,"
		if cells[4] != "" || cells[5] != "" || (cells[6] == "") != last || cells[2] == "" || cells[3] == "" {
			t.Errorf("row %q", rows[i])
		}
	}
}

package spec

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

// A key that came later enters the text where it differs from its default, and nowhere else.
func TestLaterKeys(t *testing.T) {
	kind, count, list := "plain", 3, []float64{1, 2}
	nested := 0.5
	old := Keys{{Name: "count", Value: Whole(&count, 1, 9)}}
	grown := append(old,
		Key{Name: "kind", Default: "plain", Later: true, Value: OneOf(&kind, "kind", []string{"plain", "odd"})},
		Key{Name: "list", Default: []float64{1, 2}, Later: true, Value: Numbers(&list, AnyNumber)},
		Key{Name: "nest", Value: Keys{{Name: "x", Default: 0.5, Later: true, Value: Number(&nested, AnyNumber)}}})
	text := func(g Keys) string { return string(g.Canonical()) }
	if text(grown) != text(old) {
		t.Errorf("at their defaults later keys are in the text:\n%s", text(grown))
	}
	kind, nested = "odd", 1
	if want := text(old) + "kind: odd\nnest:\n  x: 1.0\n"; text(grown) != want {
		t.Errorf("got\n%swant\n%s", text(grown), want)
	}
	list = []float64{1, 3}
	if want := text(old) + "kind: odd\nlist:\n- 1.0\n- 3.0\nnest:\n  x: 1.0\n"; text(grown) != want {
		t.Errorf("got\n%swant\n%s", text(grown), want)
	}
}

// A shape is a part of a registry, as a package that uses spec declares it.
type shape interface{ Area() float64 }

type unit struct{}
type disc struct{ radius float64 }
type box struct {
	width, height float64
	corners       string
}

func (unit) Area() float64   { return 1 }
func (d disc) Area() float64 { return math.Pi * d.radius * d.radius }
func (b *box) Area() float64 { return b.width * b.height }

func (b *box) Keys() Keys {
	return Keys{
		{Name: "box", Value: Number(&b.width, Positive)},
		{Name: "height", Value: Number(&b.height, In("[1, 9]", "of its width"))},
		{Name: "corners", Value: OneOf(&b.corners, "corner", []string{"round", "sharp"})},
	}
}

func (b *box) Validate() error {
	if b.height > b.width {
		return errors.New("must lie")
	}
	return nil
}

var shapes = Registry[shape]{
	What:       "shape",
	New:        map[string]func() shape{"unit": func() shape { return unit{} }, "box": func() shape { return &box{corners: "sharp"} }},
	Number:     &Positive,
	FromNumber: func(x float64) shape { return disc{x} },
	ToNumber:   func(s shape) (float64, bool) { d, ok := s.(disc); return d.radius, ok },
}

// A drawing has a key of every kind.
type drawing struct {
	Title   string
	Shape   shape
	Weights []float64
	Counts  []int
	Seed    uint64
	Inner   *struct{ X float64 }
	Points  []struct{ X float64 }
	Turn    [][]float64
	Extra   int
	Color   string
}

func (d *drawing) keys() Keys {
	x := func(p *struct{ X float64 }) Keys {
		return Keys{{Name: "x", Required: true, Value: Number(&p.X, AnyNumber)}}
	}
	gray := func() string {
		if d.Title == "gray" {
			return "not in gray"
		}
		return ""
	}
	return Keys{
		{Name: "title", Required: true, Value: Text(&d.Title, regexp.MustCompile(`^[ -~]+$`), "a line")},
		{Name: "shape", Default: 2.0, Value: Part(&d.Shape, &shapes)},
		{Name: "more", Value: Keys{
			{Name: "weights", Default: []float64{1}, Value: Numbers(&d.Weights, HalfUnit)},
			{Name: "counts", Default: []int{1, 2}, Value: Wholes(&d.Counts, 1, 9)},
			{Name: "seed", Default: uint64(1), Value: Whole(&d.Seed, 1, 1<<53)},
		}},
		{Name: "inner", Value: Optional(&d.Inner, x)},
		{Name: "points", Value: Records(&d.Points, x)},
		{Name: "turn", Default: 1.0, Value: Matrix(&d.Turn, func() (int, int) { return 2, 2 })},
		{Name: "extra", Default: 0, Value: IfSet(Whole(&d.Extra, 0, 9))},
		{Name: "color", Default: "red", Unless: gray, Value: OneOf(&d.Color, "color", []string{"red", "blue"})},
	}
}

func (d *drawing) read(text string) error {
	document, err := Parse("d.yaml", []byte(text))
	if err != nil {
		return err
	}
	if err := document.Read(d.keys()); err != nil {
		return document.Locate(err)
	}
	d.keys().Fill()
	return document.Locate(d.keys().Check())
}

// What is absent is at its default, what is written reads back as the same, and keys that do not apply are neither filled
// nor written.
func TestReadFillWrite(t *testing.T) {
	for text, want := range map[string]string{
		"title: a": "title: a\nshape: 2.0\nmore:\n  weights: [1.0]\n  counts: [1, 2]\n  seed: 1\n" +
			"turn:\n- [1.0, 0.0]\n- [0.0, 1.0]\ncolor: red\n",
		"title: gray\nshape: unit\nmore: {weights: [0.5], counts: [3], seed: 7}\ninner: {x: 1}\n" +
			"points: [{x: 2}, {x: 3}]\nturn: [[1, 2], [3, 4]]\nextra: 3": "title: gray\nshape: unit\nmore:\n  weights: [0.5]\n" +
			"  counts: [3]\n  seed: 7\ninner:\n  x: 1.0\npoints:\n- x: 2.0\n- x: 3.0\nturn:\n- [1.0, 2.0]\n- [3.0, 4.0]\nextra: 3\n",
		"title: b\nshape: {height: 2, box: 3}\nmore: {weights: [0.5]}\nturn: 0\ncolor: blue": "title: b\nshape:\n  box: 3.0\n" +
			"  height: 2.0\n  corners: sharp\nmore:\n  weights: [0.5]\n  counts: [1, 2]\n  seed: 1\n" +
			"turn:\n- [0.0, 0.0]\n- [0.0, 0.0]\ncolor: blue\n",
	} {
		d := new(drawing)
		if err := d.read(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		got, foreign, err := d.keys().YAML()
		if string(got) != want || err != nil || foreign != nil {
			t.Errorf("%s: %v, %v, got\n%swant\n%s", text, err, foreign, got, want)
		}
	}
}

// A Go type of the caller has no spelling, and is named.
func TestForeign(t *testing.T) {
	d := &drawing{Title: "a", Shape: triangle{}}
	d.keys().Fill()
	if _, foreign, _ := d.keys().YAML(); len(foreign) != 1 || foreign[0] != "shape spec.triangle" {
		t.Errorf("foreign is %q", foreign)
	}
	if got := Spelling(Part(&d.Shape, &shapes)); got != "" {
		t.Errorf("spelled %s", got)
	}
	d.Shape = &box{1, 2, "round"}
	if got := Spelling(Part(&d.Shape, &shapes)); got != "{box: 1.0, height: 2.0, corners: round}" {
		t.Errorf("spelled %s", got)
	}
}

type triangle struct{}

func (triangle) Area() float64 { return 0.5 }

// Every error has its place.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"titel: a":                              `d.yaml:1:1: titel: unknown key "titel", did you mean title? (accepted: title, shape, more, inner, points, turn, extra, color)`,
		"shape: 1":                              "d.yaml:1:1: title: required, but missing",
		"title: a\nshape: {box: 1, height: 2}":  "d.yaml:2:8: shape: must lie",
		"title: a\nshape: {box: 1, height: 0}":  "d.yaml:2:25: shape.height: must be in [1, 9] (of its width), got 0",
		"title: a\nshape: {box: 1}":             "d.yaml:2:8: shape.height: required, but missing",
		"title: a\nshape: -1":                   "d.yaml:2:8: shape: must be > 0, got -1",
		"title: a\nshape: bax":                  `d.yaml:2:8: shape: unknown shape "bax", did you mean box? (accepted: unit, a number > 0, {box: …, height: …, corners: …})`,
		"title: a\npoints:\n- x: 1\n- {y: 2}\n": `d.yaml:4:4: points[1].y: unknown key "y" (accepted: x)`,
		"title: gray\ncolor: red":               "d.yaml:2:8: color: not in gray",
		"title: a\nmore: {counts: [2, 1]}":      "d.yaml:2:20: more.counts[1]: must be larger than the entry before it, got 1 after 2",
		"title: a\nturn: [[1, 2]]":              "d.yaml:2:7: turn: must be a 2 × 2 matrix (student × teacher units), got 1 row(s)",
		"":                                      "d.yaml: is empty; a scenario needs the keys title, shape, more, inner, points, turn, extra, color",
	} {
		if err := new(drawing).read(text); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestIntervals(t *testing.T) {
	for interval, inside := range map[string][5]bool{ // of -1, 0, 0.5, 1, 2
		"(0, 1)": {false, false, true, false, false}, "[0, 1]": {false, true, true, true, false},
		"(0, 1]": {false, false, true, true, false}, "[0, 1)": {false, true, true, false, false},
	} {
		for i, x := range []float64{-1, 0, 0.5, 1, 2} {
			err := In(interval).check("x", x)
			if (err == nil) != inside[i] {
				t.Errorf("%g in %s: %v", x, interval, err)
			}
			if want := fmt.Sprintf("x: must be in %s, got %g", interval, x); err != nil && err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		" a\tb\r\nc ": "a b  c", "\x1b[2J\x7f": `\x1b[2J\x7f`, "a\u202eb\u2066\u200f": `a\u202eb\u2066\u200f`,
		"\u009b31m": `\u009b31m`, "\u2028": "", "a\u2028b": `a\u2028b`, "≥ α·d é 漢": "≥ α·d é 漢",
		strings.Repeat("é", 400): strings.Repeat("é", 151) + "…",
	} {
		got := OneLine(text)
		if got != want || OneLine(got) != got {
			t.Errorf("%q: %q, again %q; want %q", text, got, OneLine(got), want)
		}
	}
}

// A name is suggested where it was misspelled, and not where another word was meant.
func TestNearest(t *testing.T) {
	names := []string{"relu", "tanh", "square", "sgd", "ridge", "cross-entropy"}
	for name, want := range map[string]string{"gelu": "", "selu": "", "Relu": "relu", "TANH": "tanh", "tahn": "tanh", "sqare": "square",
		"gd": "sgd", "rigde": "ridge", "bridge": "ridge", "fridge": "ridge", "bride": "", "cross_entropy": "cross-entropy", "": "", "mse": ""} {
		if got := Nearest(name, names); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

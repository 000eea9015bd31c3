package formula

import (
	"math"
	"strings"
	"testing"
)

// fields are h[0] to h[63].
var fields = []Array{{"h", 0, 64}}

func TestFormulas(t *testing.T) {
	const f, y = 1.5, -0.5
	h := []float64{0.3, 2}
	for source, want := range map[string]float64{
		"2": 2, "-2^2": -4, "2^-1": 0.5, "2**3**2": 512, "1/2": 0.5, "f - y - 1": 1, "f / y * 2": -6,
		"exp(f)": math.Exp(f), "log(f)": math.Log(f), "log1p(f)": math.Log1p(f), "sqrt(f)": math.Sqrt(f),
		"tanh(f)": math.Tanh(f), "cosh(f)": math.Cosh(f), "erf(f)": math.Erf(f), "abs(y)": 0.5, "sin(f)": math.Sin(f),
		"cos(f)": math.Cos(f), "sign(y)": -1, "sign(0)": 1, "max(f, y)": f, "min(f, y)": y, "pow(f, 3)": 3.375,
		"f > 0 ? 2 : 3": 2, "f != f ? 2 : 3": 3, "pi": math.Pi, "h[0] * h[1]^3": 0.3 * 8, "+f": f, "1e-3": 1e-3,
	} {
		c, err := Compile(source, []string{"f", "y"}, fields)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := c.Value(f, y, h); math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("%s = %g, want %g", source, got, want)
		}
	}
}

func TestBinaryFormulas(t *testing.T) {
	for source, want := range map[string]bool{
		"sign(h[0])": true, "-sign(h[0] + noise)": true, "h[0] > 0 ? 1 : -1": true, "sign(h[0]) * sign(h[1])": true,
		"h[0]": false, "2": false, "sign(h[0]) + 1": false, "tanh(h[0])": false, "h[0] > 0 ? 1 : 0": false,
	} {
		c, err := Compile(source, []string{"noise"}, fields)
		if err != nil || c.Binary() != want {
			t.Errorf("%s: binary %v, %v; want %v", source, c.Binary(), err, want)
		}
	}
}

func TestFormulasRefused(t *testing.T) {
	for source, want := range map[string]string{
		"":                 `cannot parse "": unexpected token EOF (character 1)`,
		"f +":              `cannot parse "f +": unexpected token EOF (character 3)`,
		"x":                `unknown variable x: accepted are f, y (character 1 of "x")`,
		"h[0]":             `unknown variable h[0]: accepted are f, y (character 2 of "h[0]")`,
		"1 + gamma(f)":     `unknown function gamma: accepted are abs, cos, cosh, erf, exp, log, log1p, sign, sin, sqrt, tanh, max, min, pow (character 5 of "1 + gamma(f)")`,
		"max(f)":           `max takes 2 argument(s), got 1 (character 1 of "max(f)")`,
		"exp(f, y)":        `exp takes 1 argument(s), got 2 (character 1 of "exp(f, y)")`,
		"f > 0":            `operator > is not accepted here: accepted are + - * / ^ (comparisons only in c ? x : y) (character 3 of "f > 0")`,
		"f ? 1 : 2":        `f is no comparison: accepted are < <= > >= == != between numbers (character 1 of "f ? 1 : 2")`,
		`"a" + "b"`:        `"a" is no arithmetic: accepted are numbers, f, y, + - * / ^, comparisons in c ? x : y, and abs, cos, cosh, erf, exp, log, log1p, sign, sin, sqrt, tanh, max, min, pow (character 1 of "\"a\" + \"b\"")`,
		"not f":            `not is no arithmetic (character 1 of "not f")`,
		"map([1], f)":      `[1] is no arithmetic: accepted are numbers, f, y, + - * / ^, comparisons in c ? x : y, and abs, cos, cosh, erf, exp, log, log1p, sign, sin, sqrt, tanh, max, min, pow (character 5 of "map([1], f)")`,
		"let a = 1; a + f": `let a = 1; a + f is no arithmetic: accepted are numbers, f, y, + - * / ^, comparisons in c ? x : y, and abs, cos, cosh, erf, exp, log, log1p, sign, sin, sqrt, tanh, max, min, pow (character 5 of "let a = 1; a + f")`,
	} {
		if _, err := Compile(source, []string{"f", "y"}, nil); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", source, err, want)
		}
	}
	if _, err := Compile("h[64]", nil, fields); err == nil {
		t.Error("h[64] was accepted")
	}
}

// A wrong gradient is found where it is wrong, a jump by its integral; a kink is taken for neither.
func TestCheckGradient(t *testing.T) {
	square := func(f, y float64) float64 { return (f - y) * (f - y) / 2 }
	slope := func(f, y float64) float64 { return f - y }
	for _, c := range []struct {
		what            string
		value, gradient func(f, y float64) float64
		ok              bool
	}{
		{"square", square, slope, true},
		{"a kink", func(f, y float64) float64 { return math.Abs(f - y) }, func(f, y float64) float64 {
			return math.Copysign(1, f-y)
		}, true},
		{"1 % off", square, func(f, y float64) float64 { return 1.01 * (f - y) }, false},
		{"a jump", func(f, y float64) float64 { return math.Copysign(1, f) }, func(f, y float64) float64 { return 0 }, false},
		{"infinite", func(f, y float64) float64 { return math.Log(f) }, func(f, y float64) float64 { return 1 / f }, false},
	} {
		if err := CheckGradient(c.value, c.gradient, []float64{-1, 1}); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// FuzzCompile: no text makes the compiler panic, an error is one line, and what compiles can be evaluated.
func FuzzCompile(f *testing.F) {
	for _, source := range []string{"f - y", "tanh(h[0] + h[1]^3)", "f > 0 ? 1 : -1", "max(f, y", "h[64]", "let a = 1; a", "[1][0]", "\x00\u202e", "1_0"} {
		f.Add(source)
	}
	h := make([]float64, 64)
	f.Fuzz(func(t *testing.T, source string) {
		c, err := Compile(source, []string{"f", "y"}, fields)
		if err == nil {
			c.Value(0.5, -1, h)
		} else if strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%q", err)
		}
	})
}

package reports

import (
	"strings"
	"testing"

	"limitcheck/compare"
	"limitcheck/scenarios"
)

// A minimiser has a table in the place of curves, a picture of its approach to the limit, and neither steps nor a start.
func TestOnePoint(t *testing.T) {
	scenario, err := scenarios.Parse("static", []byte("name: static\ndata: {alpha: 2}\nteacher: {label: sign}\n"+
		"student: {loss: logistic}\nmethod: {kind: minimizer, ridge: 0.1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := synthetic(0, []int{100, 400, 1600}, 0)
	c.Theory.SE[0][0], c.Correction.Anchored = 2e-10, true
	c.Extrapolated.Value[0][1], c.Extrapolated.SE[0][1] = 1.03987, 0.00312
	text := read(t, write(t, &Report{Title: "One point", Sections: []Section{{Scenario: scenario, Comparison: c}}}), "report.md")
	for _, want := range []string{
		"| overlap           | 0.20000000 |", "1.0399 ± 0.0031", "d = 1600", "static/curves.svg", "against $1/d$",
		`**Method.** No steps: the minimiser of $\sum_i \ell(x_i \cdot w, y_i) + \frac{\lambda}{2} \lVert w \rVert^2$; $\lambda = 0.1$.`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"**Start.**", "correction.svg", "0 steps"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%q in\n%s", unwanted, text)
		}
	}
	picture := draw1(t, pointPicture(c, ladder(c.Dims), headline(c.Observables)))
	picture.mustShow(t, "overlap", "norm", "∞", "100", "400", "dimension d, as 1/d", "theory with its correction")
}

func TestWithError(t *testing.T) {
	for _, c := range []struct {
		value, se float64
		want      string
	}{{1.23456, 0.0123, "1.235 ± 0.012"}, {-5, 0, "−5.00000000"}, {12, 34, "12 ± 34"}, {0.5, 1e-12, "0.50000000"}} {
		if got := withError(compare.Curve{Value: [][]float64{{c.value}}, SE: [][]float64{{c.se}}}, 0); got != c.want {
			t.Errorf("%g with error %g is %q, want %q", c.value, c.se, got, c.want)
		}
	}
}

package reports

import (
	"math"
	"strings"
	"testing"

	"limitcheck/theory"
)

// linearFlow converges to e^-τ like η, exactly; its second observable stays where it is.
func linearFlow() *theory.Flow {
	f := &theory.Flow{Observables: []string{"overlap", "norm"}, Rates: []float64{0.2, 0.1, 0.05}, Order: []float64{1, math.NaN()}}
	f.Levels = make([][][]float64, 3)
	for t := range 11 {
		tau := 0.2 * float64(t)
		f.Times = append(f.Times, tau)
		f.Limit, f.LimitError = append(f.Limit, []float64{math.Exp(-tau), 1}), append(f.LimitError, []float64{1e-4, 1e-4})
		for i, rate := range f.Rates {
			f.Levels[i] = append(f.Levels[i], []float64{math.Exp(-tau) + rate*tau/4, 1})
		}
	}
	return f
}

func TestFlow(t *testing.T) {
	f := linearFlow()
	text := flowTable(f).String()
	// The largest distance is η τ/4 at τ = 2: 0.1 at η = 0.2, 0.025 at η = 0.05; the scale is 1.
	for _, want := range []string{"distance at η = 0.2", "10 %", "2.5 %", "1.00", "inside the error", "0.13534"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	lines := strings.Split(string(flowCSV(f)), "\n")
	if lines[0] != "observable,time,limit,limit_error,eta_0.2,eta_0.1,eta_0.05" || !strings.HasPrefix(lines[11], "overlap,2,0.135335283,0.0001,0.235335283,") {
		t.Errorf("flow.csv:\n%s\n%s", lines[0], lines[11])
	}
	draw1(t, flowPicture(f)).mustShow(t, "τ = ηt", "η = 0.05", "learning rate η", "distance to the flow", "slope 1")
	s := section{Section: &Section{Scenario: problemOf("x", "X"), Flow: f, Comparison: synthetic(3, []int{100, 200}, 0)}, dir: "x"}
	c := s.flow()
	if len(c.Figures) != 1 || c.Figures[0].Path != "x/flow.svg" || c.Table.String() != text || c.Data[0].path != "x/flow.csv" {
		t.Errorf("the section shows %v and %v", c.Figures, c.Table)
	}
}

package reports

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// gridReport is a grid over the given keys; member i, in the order of grids, is off by miss(i) and has the learning rate
// that its key method.learning_rate says.
func gridReport(keys []string, values [][]any, dims []int, miss func(i int) float64) *Report {
	r := &Report{Title: "A grid"}
	count := 1
	for _, v := range values {
		count *= len(v)
	}
	for i := range count {
		s := Section{Scenario: problemOf(fmt.Sprintf("many.%03d", i+1), "Many"), Grid: "many", Comparison: synthetic(20, dims, miss(i))}
		rest := i
		for k := range slices.Backward(keys) {
			v := values[k][rest%len(values[k])]
			rest /= len(values[k])
			s.Settings = append([]scenarios.Setting{{Key: keys[k], Text: fmt.Sprint(v), Value: v}}, s.Settings...)
			if keys[k] == "method.learning_rate" {
				s.Scenario.Method.Optimizer = &scenarios.SGD{LearningRate: scenarios.Constant(v.(float64))}
			}
		}
		r.Sections = append(r.Sections, s)
	}
	return r
}

func twoKeys() *Report {
	return gridReport([]string{"method.batch.fraction", "method.learning_rate"}, [][]any{{0.2, 1}, {0.1, 0.3, 0.5}}, []int{250, 1000},
		func(i int) float64 { return 0.004 * float64(i) })
}

func TestGridChapter(t *testing.T) {
	r := twoKeys()
	r.Sections[4].Comparison, r.Sections[4].Err = nil, errors.New("weights diverge at step 7")
	dir := write(t, r)
	text := read(t, dir, "report.md")
	for _, want := range []string{
		"## Grid: many", "6 settings of `method.batch.fraction`, `method.learning_rate`. 1 of them could not be verified",
		"[many.002](#many.002)", "| `0.2`", "(many/cosine.svg)", "(many/final-cosine.svg)", "More pictures of the grid",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if n := strings.Count(text, "(many/cosine.svg)"); n != 1 {
		t.Errorf("the picture is there %d times", n)
	}
	if !strings.Contains(read(t, dir, "verdict.json"), `"grid": "many"`) {
		t.Error("verdict.json does not name the grid")
	}
	curves := rowsOf(t, filepath.Join(dir, "many", "grid.csv"))
	// Header, and five members of five observables at 21 steps.
	if want := 1 + 5*5*21; len(curves) != want {
		t.Errorf("%d rows of curves, want %d", len(curves), want)
	}
	if got := strings.Join(curves[0][:6], " "); got != "member method.batch.fraction method.learning_rate observable step time" {
		t.Errorf("columns %s", got)
	}
	// Row 2 + 21·5 is the second member's first observable at step 1: η = 0.3.
	if got := strings.Join(curves[2+21*5][:6], " "); got != "many.002 0.2 0.3 overlap 1 0.3" {
		t.Errorf("row %s", got)
	}
	if final := rowsOf(t, filepath.Join(dir, "many", "final.csv")); len(final) != 1+5*5*2 || final[1][4] != "20" {
		t.Errorf("%d rows of final values, the first %q", len(final), final[1])
	}
}

func rowsOf(t *testing.T, path string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(read(t, path))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// What varies decides what a grid's pictures are of.
func TestGridPictures(t *testing.T) {
	none := func(int) float64 { return 0 }
	g := twoKeys().grids()[0]
	draw1(t, g.curvesPicture("cosine")).mustShow(t, "batch fraction = 0.2", "batch fraction = 1", "learning rate = 0.3", "time ηt",
		"simulation, d = 1000")
	p, _, ok := g.finalPicture("cosine")
	if !ok {
		t.Fatal("two keys have no map")
	}
	draw1(t, p).mustShow(t, "theory: final cosine similarity", "(simulation − theory) / margin", "learning rate", "0.936", "0.944") // (0.95 − 0.75 exp(−4))(1 + miss), misses 0 and 0.008

	one := gridReport([]string{"data.alpha"}, [][]any{{1, 2, 40}}, []int{250, 500}, none).grids()[0]
	draw1(t, one.curvesPicture("norm")).mustShow(t, "α = 40", "step t")
	p, _, _ = one.finalPicture("norm")
	draw1(t, p).mustShow(t, "α", "1", "2", "40", "d = 500")

	words := gridReport([]string{"student.loss"}, [][]any{{"square", "huber"}}, []int{250, 500}, none).grids()[0]
	p, _, _ = words.finalPicture("norm")
	draw1(t, p).mustShow(t, "loss", "square", "huber")

	family := gridReport([]string{"data.alpha", "method.ridge"}, [][]any{{1, 2, 3, 4, 5, 6}, {0.1, 0.2}}, []int{250, 500}, none).grids()[0]
	p, _, _ = family.finalPicture("norm")
	draw1(t, p).mustShow(t, "α", "ridge = 0.1", "ridge = 0.2", "simulation, d = 500")

	three := gridReport([]string{"data.alpha", "method.ridge", "student.loss"}, [][]any{{1, 2, 3, 4, 5}, {0.1, 0.2, 0.3}, {"square", "huber"}},
		[]int{250, 500}, none).grids()[0]
	if _, _, ok := three.finalPicture("norm"); ok {
		t.Error("final values of three keys")
	}
	if _, _, hidden := three.panels(); hidden != 15-mostPanels || !strings.Contains(three.curvesCaption("norm"), "3 more combinations") {
		t.Errorf("%d panels are hidden: %s", hidden, three.curvesCaption("norm"))
	}
	draw1(t, three.curvesPicture("norm")).mustShow(t, "α = 1, ridge = 0.1", "loss = huber")
}

// A member may hold no number, and there may be no curve but one point.
func TestGridOfLittle(t *testing.T) {
	r := twoKeys()
	for i := range r.Sections {
		c := synthetic(0, []int{250, 500}, 0)
		if i == 2 {
			c.Theory.Value[0][2] = math.NaN()
		}
		r.Sections[i].Comparison = c
	}
	text := read(t, write(t, r), "report.md")
	if strings.Contains(text, "(many/cosine.svg)") || !strings.Contains(text, "(many/final-cosine.svg)") {
		t.Error("curves of one point are shown, or no final values")
	}
	for i := range r.Sections {
		r.Sections[i].Comparison, r.Sections[i].Err = nil, errors.New("no")
	}
	if text := read(t, write(t, r), "report.md"); !strings.Contains(text, "6 of them could not be verified") {
		t.Error("it is not said that nothing could be verified")
	}
}

// The miss of each member, in units of its margin, is what the map says.
func TestGridMapsMiss(t *testing.T) {
	r := twoKeys()
	g := r.grids()[0]
	_, miss := g.finals("cosine")
	for i, s := range g.members {
		c := s.Comparison
		j := slices.Index(c.Observables, "cosine")
		want := (c.Extrapolated.Value[20][j] - c.Theory.Value[20][j]) / boundOf(&c.Test, "cosine").Margin
		if got := miss[i/3][i%3]; got != want {
			t.Errorf("member %d: %g, want %g", i, got, want)
		}
	}
}

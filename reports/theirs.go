package reports

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// Theirs is a theory from elsewhere beside the limit as it is solved here.
type Theirs struct {
	File         string
	Theirs, Ours compare.Prediction  // at the same steps and observables
	Difference   *compare.Difference // of the two
	Diagnosis    []compare.Fit       // known mistakes from which theirs cannot be told; nil: not asked
	Tried        int                 // how many were tried
}

// theirs confronts a theory from elsewhere with ours, without any simulation.
func (s *section) theirs() chapter {
	t := s.Theirs
	if t == nil {
		return chapter{}
	}
	ch := chapter{Heading: "### Their theory and ours"}
	d := t.Difference
	source := markdown.Code(t.File)
	if d.Begins == nil {
		ch.Text = fmt.Sprintf("The verdict is on the theory in %s. It does not differ from the limit as it is solved here (%s).",
			source, pEquals(d.PValue))
	} else {
		ch.Text = fmt.Sprintf("The verdict is on the theory in %s. It differs from the limit as it is solved here (%s), and the two "+
			"part **at step %d at the latest**, in the %s.", source, pEquals(d.PValue), d.Begins.Step,
			markdown.Escape(observableLabel(d.Begins.Observable)))
	}
	if t.Diagnosis != nil {
		words, table := fits(t.Diagnosis, t.Tried)
		ch.Text += " " + words
		ch.Table = table
	}
	ch.After = "Largest difference, theirs less ours: " + gaps(t) + "."
	ch.Data = []file{s.file("theirs.csv", theirsCSV(t))}
	ch.Figures = []figure{s.figure("theirs", "their theory and ours", "Their theory (orange) and ours (black, dashed).",
		theirsPicture(t))}
	return ch
}

// gaps lists the largest difference of each observable.
func gaps(t *Theirs) string {
	var b bytes.Buffer
	for j, name := range t.Theirs.Observables {
		at, most := 0, 0.0
		for i := range t.Theirs.Mean {
			if v := t.Theirs.Mean[i][j] - t.Ours.Mean[i][j]; math.Abs(v) > math.Abs(most) {
				at, most = i, v
			}
		}
		if j > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", markdown.Escape(observableLabel(name)), number(most, 2))
		if most != 0 {
			fmt.Fprintf(&b, " (step %d)", t.Theirs.AllSteps()[at])
		}
	}
	return b.String()
}

// theirsPicture draws both theories, the headline pair of observables.
func theirsPicture(t *Theirs) picture {
	chosen := headline(t.Theirs.Observables)
	steps := t.Theirs.AllSteps()
	at := func(table [][]float64, j int) plotter.XYs {
		xy := curve(table, j)
		for i := range xy {
			xy[i].X = float64(steps[i])
		}
		return xy
	}
	return picture{figureWidth, 200 + 2*border, func(dc draw.Canvas) {
		for i, j := range chosen {
			name := t.Theirs.Observables[j]
			p := newPlot(observableLabel(name), "step t", observableSymbol(name))
			p.Add(line(at(t.Theirs.Mean, j), vermilion, lineWidth))
			p.Add(line(at(t.Ours.Mean, j), ink, lineWidth, vg.Points(5), vg.Points(3)))
			p.Draw(cell(dc, i, 1))
		}
	}}
}

// theirsCSV has one row an observable and step.
func theirsCSV(t *Theirs) []byte {
	var b bytes.Buffer
	b.WriteString("observable,step,theirs,theirs_se,ours,ours_se\n")
	error := func(p *compare.Prediction, i, j int) float64 {
		if p.StandardError == nil {
			return 0
		}
		return p.StandardError[i][j]
	}
	for j, name := range t.Theirs.Observables {
		for i, step := range t.Theirs.AllSteps() {
			fmt.Fprintf(&b, "%s,%d", name, step)
			for _, p := range []*compare.Prediction{&t.Theirs, &t.Ours} {
				field(&b, p.Mean[i][j])
				field(&b, error(p, i, j))
			}
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// theirsVerdict is theirs_vs_ours in verdict.json.
type theirsVerdict struct {
	File      string      `json:"file"`
	Differs   bool        `json:"differs"`
	P         maybe       `json:"p"`
	Begins    *beginning  `json:"begins"`
	Diagnosis []diagnosis `json:"diagnosis"`
}

// theirsVsOurs is of the one section with a theory from elsewhere; nil if there is none.
func theirsVsOurs(sections []Section) *theirsVerdict {
	i := slices.IndexFunc(sections, func(s Section) bool { return s.Theirs != nil })
	if i < 0 {
		return nil
	}
	t := sections[i].Theirs
	v := &theirsVerdict{File: t.File, Differs: t.Difference.Begins != nil, P: maybe(t.Difference.PValue), Diagnosis: []diagnosis{}}
	if b := t.Difference.Begins; b != nil {
		v.Begins = &beginning{b.Step, b.Observable}
	}
	for _, f := range t.Diagnosis {
		v.Diagnosis = append(v.Diagnosis, newDiagnosis(f))
	}
	return v
}

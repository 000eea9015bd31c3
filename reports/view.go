package reports

import (
	"embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/template"
	"time"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
	"limitcheck/theory"
)

//go:embed report.md.tmpl
var templates embed.FS

var layout = template.Must(template.New("").ParseFS(templates, "*.tmpl"))

// A view is the report with every table built and every sentence written, ready to be laid out.
type view struct {
	Title, Summary string
	Joint          string
	Verdicts       *table
	Level          string
	Sections       []sectionView

	Command, Version, Machine, GoVersion, Took, Started string
	Times                                               *table
}

type sectionView struct {
	Name, Title, Dir string
	Problem          []string
	Verdict          string
	Next             []string
	Ladder           *table
	Agreement        *table
	Families         *table
	Usable           *table
	Figures          []figure // shown
	Flow             *table
	FlowFigures      []figure // beside Flow
	More             []figure // folded
	Ablations        *table
	Notes            []string
	YAML             string
	Seed             uint64
	Verified         bool
}

// A figure is a picture with the file it goes to and its caption.
type figure struct {
	name, Path, Alt, Caption string
	picture                  picture
}

func newView(r *Report) *view {
	v := &view{
		Title: markdown.Escape(r.Title), Summary: summary(r.Sections), Joint: jointSentence(r.Sections), Verdicts: verdictTable(r.Sections), Level: percent(compare.Level),
		Command: "not recorded", Version: orUnknown(r.Version), Machine: orUnknown(r.Machine), GoVersion: orUnknown(r.GoVersion),
		Took: duration(r.Seconds), Times: timesTable(r.Sections),
	}
	if !r.Started.IsZero() {
		v.Started = r.Started.UTC().Format(time.RFC3339)
	}
	if r.Command != "" {
		v.Command = markdown.Code(r.Command)
	}
	if v.Title == "" {
		v.Title = "limitcheck report"
	}
	dirs := directories(r.Sections)
	for i := range r.Sections {
		v.Sections = append(v.Sections, newSectionView(&r.Sections[i], dirs[i]))
	}
	return v
}

func newSectionView(s *Section, dir string) sectionView {
	v := sectionView{
		Name: markdown.Escape(s.Scenario.Name), Title: markdown.Escape(s.Scenario.Title), Dir: dir, Problem: problem(s.Scenario), Verdict: verdictSentence(s),
		Next: nextSteps(s), YAML: yamlOf(s.Scenario), Seed: s.Scenario.Experiment.Seed, Verified: s.Comparison != nil,
	}
	for _, f := range figuresOf(s) {
		f.Path = dir + "/" + f.name
		switch f.place {
		case shown:
			v.Figures = append(v.Figures, f.figure)
		case besideFlow:
			v.FlowFigures = append(v.FlowFigures, f.figure)
		case folded:
			v.More = append(v.More, f.figure)
		}
	}
	if s.Flow != nil {
		v.Flow = flowTable(s.Flow)
	}
	if c := s.Comparison; c != nil {
		v.Ladder, v.Agreement, v.Families, v.Usable = ladderTable(s), agreementTable(c), familiesTable(c), usableTable(c)
		v.Ablations, v.Notes = ablationTable(s), notes(s)
	}
	return v
}

type placedFigure struct {
	figure
	place place
}

type place int

const (
	shown place = iota
	besideFlow
	folded
)

// figuresOf lists the pictures a section has the data for, in the order of the report.
func figuresOf(s *Section) []placedFigure {
	var figures []placedFigure
	name := markdown.Escape(s.Scenario.Name)
	if c := s.Comparison; c != nil && len(c.Theory.Value) > 0 {
		first := headline(c.Observables)
		caption := "Above: theory (black) and the replica means at each $d$. Below: what is left when theory is subtracted; the orange " +
			"band is the extrapolation to $d = \\infty$ with its 95 % band, simultaneous over all steps and observables. If theory is right it " +
			"covers 0."
		if leavesPanel(c) {
			caption += " The smallest $d$ leave some of the lower panels, which are scaled to the band."
		}
		figures = append(figures,
			placedFigure{figure{"curves.svg", "", "theory and simulation, " + name, caption, curvesPicture(c, first)}, shown},
			placedFigure{figure{"convergence.svg", "", "convergence rates, " + name, "How fast finite $d$ approaches the limit: fluctuations " +
				"should fall like $d^{-1/2}$, the bias like $d^{-1}$. Both are measured over all steps and observables at once, each in units of its " +
				"own fluctuation.", convergencePicture(c)}, shown})
		if rest := others(c.Observables, first); len(rest) > 0 {
			figures = append(figures, placedFigure{figure{"more-curves.svg", "", "the other observables, " + name, "The other observables.",
				curvesPicture(c, rest)}, folded})
		}
		if len(c.Families) > 0 {
			figures = append(figures, placedFigure{figure{"probes.svg", "", "two-time functions and laws, " + name,
				"Two-time correlations, memory kernels and laws, entry by entry. Above: theory (black strokes and curves) and the replica means; bars are one " +
					"standard deviation of a run at the smallest and the largest $d$. Below: what is left when theory is subtracted, with the extrapolation and its " +
					"95 % band. The numbers are in probes.csv.", familiesPicture(c.Families)}, folded})
		}
		// About a wrong limit the correction says nothing.
		if len(c.Correction.First.Value) == len(c.Theory.Value) && (c.Correction.Anchored || c.Verdict != compare.Disagrees) {
			figures = append(figures, placedFigure{figure{"correction.svg", "", "finite-d correction, " + name,
				correctionCaption(c), correctionPicture(c, first)}, folded})
		}
	}
	if s.Flow != nil {
		figures = append(figures, placedFigure{figure{"flow.svg", "", "gradient flow, " + name, "Left: theory at each learning rate against " +
			"$\\tau = \\eta t$ and its extrapolation to $\\eta = 0$. Right: the largest distance to the extrapolation over all times, one line an " +
			"observable, in units of its scale; first-order convergence is a slope of 1. The numbers are in flow.csv.", flowPicture(s.Flow)}, besideFlow})
	}
	if k := kernelsOf(s); k != nil {
		caption := "The limit's two-time functions: correlation $C(t,s)$, the weights' response $R_p(t,s)$, $s < t$, and the gradients' response " +
			"$R_g(t,s)$, up to $s = t$. Grey: the future, or known to no better than a tenth of a usual entry."
		if s.Scenario.Student.Units > 1 {
			caption += " Of unit 0 with itself; `limitcheck theory --kernels` prints all."
		}
		figures = append(figures, placedFigure{figure{"kernels.svg", "", "memory kernels, " + name, caption, kernelsPicture(k, s.Limit.KernelErrors)}, folded})
	}
	return figures
}

// kernelsOf is the kernels, if there are some to draw.
func kernelsOf(s *Section) *theory.Kernels {
	if s.Limit == nil || s.Limit.Kernels == nil {
		return nil
	}
	if k := s.Limit.Kernels; k.Correlation.Times() > 0 && k.WeightResponse.Times() > 0 && k.GradientResponse.Times() > 0 {
		return k
	}
	return nil
}

func correctionCaption(c *compare.Comparison) string {
	caption := "The finite-size correction: the mean at $d$ is theory + $a(t)/d$"
	if c.Model.Order > 1 {
		caption += " + $b(t)/d^2$"
	}
	if c.Correction.Anchored {
		caption += ", fitted with the value at $d = \\infty$ held at theory"
	}
	return caption + ". So $d$ × (mean − theory) is nearly one curve for all $d$. Points whose error is larger than the panel are left out. " +
		"The numbers are in curves.csv."
}

// summary counts the verdicts in a sentence, the bad news first.
func summary(sections []Section) string {
	count := map[compare.Verdict]int{}
	failed := 0
	for i := range sections {
		if c := sections[i].Comparison; c != nil {
			count[c.Verdict]++
		} else {
			failed++
		}
	}
	n := len(sections)
	if n > 0 && count[compare.Agrees] == n {
		if n == 1 {
			return "✅ The scenario agrees with its theory."
		}
		return fmt.Sprintf("✅ All %d scenarios agree with their theory.", n)
	}
	var parts []string
	for _, p := range []struct {
		n    int
		one  string
		many string
	}{{count[compare.Disagrees], "❌ %d disagrees", "❌ %d disagree"}, {failed, "⚠️ %d could not be verified", "⚠️ %d could not be verified"},
		{count[compare.Inconclusive], "❓ %d is inconclusive", "❓ %d are inconclusive"}, {count[compare.Agrees], "✅ %d agrees", "✅ %d agree"}} {
		switch {
		case p.n == 1:
			parts = append(parts, fmt.Sprintf(p.one, p.n))
		case p.n > 1:
			parts = append(parts, fmt.Sprintf(p.many, p.n))
		}
	}
	if n == 0 {
		return "No scenario was run."
	}
	return fmt.Sprintf("Of %d scenarios: %s.", n, strings.Join(parts, ", "))
}

func verdictTable(sections []Section) *table {
	t := newTable("scenario", "verdict", ">p, curves", ">p, Holm", ">overlap: bound / margin", ">largest relative bound", ">fluctuation exponent",
		">bias exponent", ">theory's error", ">wrong theories rejected")
	dirs, adjusted := directories(sections), joint(sections).Adjusted
	for i := range sections {
		s := &sections[i]
		link := fmt.Sprintf("[%s](#%s)", markdown.Escape(s.Scenario.Name), dirs[i])
		c := s.Comparison
		if c == nil {
			t.add(link, verdictCell(s), "—", "—", "—", "—", "—", "—", "—", "—")
			continue
		}
		relative, at := relativeBound(c)
		t.add(link, verdictCell(s), pValue(c.PValue), pValue(adjusted[0]), overlapBound(c), percent(relative)+" ("+markdown.Escape(observableLabel(at))+")",
			rateCell(&c.Fluctuation), rateCell(&c.Bias), theoryError(c), rejected(c))
		adjusted = adjusted[1:]
	}
	return t
}

// joint is the verdict on all scenarios that were compared.
func joint(sections []Section) compare.Suite {
	var all []*compare.Comparison
	for i := range sections {
		if c := sections[i].Comparison; c != nil {
			all = append(all, c)
		}
	}
	return compare.Judge(all, compare.Level)
}

// jointSentence says so if the correction for the number of scenarios changes a verdict.
func jointSentence(sections []Section) string {
	verdicts := joint(sections).Verdicts
	var changed []string
	for i := range sections {
		c := sections[i].Comparison
		if c == nil {
			continue
		}
		if c.Verdict == compare.Disagrees && verdicts[0] != compare.Disagrees {
			changed = append(changed, markdown.Escape(sections[i].Scenario.Name))
		}
		verdicts = verdicts[1:]
	}
	if changed == nil {
		return ""
	}
	return "Among so many scenarios one false alarm is not rare: corrected for their number (p, Holm) the difference in " +
		strings.Join(changed, ", ") + " is not significant. Another seed would tell."
}

func ladderTable(s *Section) *table {
	t := newTable(">d", ">n = αd", ">replicas", "engine")
	c := s.Comparison
	for i, d := range c.Dims {
		engine := s.Engines[d]
		if engine == "" {
			engine = "—"
		}
		t.add(fmt.Sprint(d), fmt.Sprint(int(s.Scenario.Data.Alpha*float64(d)+0.5)), fmt.Sprint(c.Replicas[i]), markdown.Escape(engine))
	}
	return t
}

func agreementTable(c *compare.Comparison) *table {
	t := newTable("observable", ">scale", ">bound", ">reached at step", ">margin", ">bound / scale", ">p", ">p, Holm", "")
	for _, b := range c.Bounds {
		j := slices.Index(c.Observables, b.Observable)
		if j < 0 {
			continue
		}
		note := "inside the margin"
		if !(b.Bound <= b.Margin) {
			note = "**outside the margin**"
		}
		size := scaleOf(&c.Test, &b, j)
		t.add(markdown.Escape(observableLabel(b.Observable)), number(size, 3), number(b.Bound, 2), fmt.Sprint(b.Step), number(b.Margin, 2),
			percent(b.Bound/size), pValue(b.PValue), pValue(b.Adjusted), note)
	}
	return t
}

// familiesTable is the rest of the theorem: correlations, kernels and laws.
func familiesTable(c *compare.Comparison) *table {
	t := newTable("what", ">entries", ">p", ">p, Holm", ">largest bound", "there", ">margin", ">Wasserstein-1 exponent", "")
	for _, f := range c.Families {
		bound, at, margin := "—", "—", "—"
		said := "✅ no difference"
		for _, b := range f.Bounds {
			bound, margin = number(b.Bound, 2), number(b.Margin, 2)
			if b.Step >= 0 && b.Step < len(f.Labels) {
				at = markdown.Code(f.Labels[b.Step])
			}
			if !(b.Bound <= b.Margin) {
				said = "✅ no difference, but not sharp: bound outside the margin"
			}
		}
		if f.Adjusted < levelOf(c) {
			said = "❌ **contradicts theory**"
		}
		exponent := ""
		if f.Wasserstein != nil {
			exponent = rateCell(f.Wasserstein)
		}
		t.add(markdown.Escape(f.Name), fmt.Sprint(len(f.Labels)), pValue(f.PValue), pValue(f.Adjusted), bound, at, margin, exponent, said)
	}
	return t
}

// usableTable answers from which d on theory can be used.
func usableTable(c *compare.Comparison) *table {
	t := newTable("observable", ">within", ">from d", ">95 % interval")
	smallest := float64(slices.Min(append([]int{math.MaxInt}, c.Dims...)))
	d := func(x float64) string {
		switch {
		case math.IsNaN(x):
			return "—"
		case math.IsInf(x, 0):
			return "∞"
		case x <= smallest:
			return "≤ " + fmt.Sprint(int(smallest))
		case x < 1e7:
			return fmt.Sprintf("%.0f", math.Ceil(x))
		}
		return number(x, 2)
	}
	for _, u := range c.UsableFrom {
		t.add(markdown.Escape(observableLabel(u.Observable)), percent(u.Tolerance), d(u.Estimate), "["+d(u.Low)+", "+d(u.High)+"]")
	}
	return t
}

func ablationTable(s *Section) *table {
	t := newTable("theory with a mistake", "what is wrong", ">largest shift", ">max abs t", ">p", "the simulations say")
	for i := range s.Comparison.Ablations {
		a := &s.Comparison.Ablations[i]
		said := "❓ inconclusive: **not rejected**"
		switch {
		case !a.Visible:
			said = "not visible here: " + invisible(a, s.Scenario)
		case a.Verdict == compare.Disagrees:
			said = "✅ rejected"
		case a.Verdict == compare.Agrees:
			said = "❌ **not rejected**"
		}
		t.add(markdown.Escape(a.Name), ablationWords(a.Name), percent(a.Shift), number(a.MaxT, 3), pValue(a.PValue), said)
	}
	return t
}

// notes are what a reader must know to trust the numbers.
func notes(s *Section) []string {
	c := s.Comparison
	var lines []string
	if s.Limit != nil && s.Limit.Source != "" {
		lines = append(lines, "Theory: "+markdown.Escape(s.Limit.Source)+".")
	}
	if c.Controls > 0 && len(s.Controls) > 0 { // where compare used none, its notes say why
		which := ""
		if c.Controls < len(s.Controls) {
			which = fmt.Sprintf("%d of these: ", c.Controls)
		}
		lines = append(lines, "Variance reduction: the replica means are regressed on "+which+controlWords(s.Controls)+". The mean of each is exact at "+
			"every $d$, since it follows from the law of the replica's random draw, and is subtracted; so the regression takes away scatter and "+
			"leaves the mean where it is.")
	}
	if c.Model.Order > 0 {
		lines = append(lines, finiteSizeModel(c))
	}
	for _, n := range c.Notes {
		if n.Kind != compare.NoteNeed { // said under the verdict
			lines = append(lines, markdown.Escape(n.Text))
		}
	}
	return lines
}

// finiteSizeModel says how the means were extrapolated.
func finiteSizeModel(c *compare.Comparison) string {
	line := "Finite-size model: mean at $d$ = limit + $a/d$"
	for k := 2; k <= c.Model.Order; k++ {
		line += fmt.Sprintf(" + $%c/d^%d$", 'a'+rune(k)-1, k)
	}
	if len(c.Model.Dropped) > 0 {
		line += ", fitted without $d$ = " + intList(c.Model.Dropped)
	}
	return line + fmt.Sprintf("; test of the next power: %s.", pEquals(c.Model.LackOfFit))
}

func intList(values []int) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}

func timesTable(sections []Section) *table {
	t := newTable("scenario", ">theory", ">simulation")
	for i := range sections {
		s := &sections[i]
		t.add(markdown.Escape(s.Scenario.Name), duration(s.TheorySeconds), duration(s.SimulationSeconds))
	}
	return t
}

func duration(seconds float64) string {
	switch {
	case seconds < 0.1:
		return fmt.Sprintf("%.0f ms", 1000*seconds)
	case seconds < 60:
		return fmt.Sprintf("%.1f s", seconds)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return markdown.Escape(s)
}

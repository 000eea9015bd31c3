package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// observableSymbol is the formula of an observable on an axis.
func observableSymbol(name string) string {
	base, index := splitIndex(name)
	switch base {
	case "overlap":
		return "W" + sub(index, 0) + "ᵀΣW*" + sub(index, 1) + " / d"
	case "norm":
		return "W" + sub(index, 0) + "ᵀΣW" + sub(index, 1) + " / d"
	case "cosine":
		return "cos(W" + sub(index, 0) + ", W*" + sub(index, 1) + ")"
	case "train_loss", "test_loss":
		return "mean loss"
	case "train_error", "test_error":
		return "fraction wrong"
	}
	return name
}

// observableLabel is the name of an observable in words.
func observableLabel(name string) string {
	base, index := splitIndex(name)
	words := map[string]string{"overlap": "overlap", "norm": "norm", "cosine": "cosine similarity", "train_loss": "training loss",
		"test_loss": "test loss", "train_error": "training error", "test_error": "test error"}[base]
	if words == "" {
		return strings.ReplaceAll(name, "_", " ")
	}
	if len(index) == 2 {
		return fmt.Sprintf("%s (%s, %s)", words, index[0], index[1])
	}
	return words
}

func splitIndex(name string) (base string, index []string) {
	parts := strings.Split(name, "_")
	n := len(parts)
	if n > 2 && isDigits(parts[n-1]) && isDigits(parts[n-2]) {
		return strings.Join(parts[:n-2], "_"), parts[n-2:]
	}
	return name, nil
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func sub(index []string, i int) string {
	if i >= len(index) {
		return ""
	}
	return strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇", "8", "₈",
		"9", "₉").Replace(index[i])
}

func isOverlap(name string) bool { return name == "overlap" || strings.HasPrefix(name, "overlap_") }
func isNorm(name string) bool    { return name == "norm" || strings.HasPrefix(name, "norm_") }

// headline is the pair of observables shown first: an overlap and a norm, or simply the first two.
func headline(names []string) []int {
	pick := func(f func(string) bool) int { return slices.IndexFunc(names, f) }
	var chosen []int
	for _, j := range []int{pick(isOverlap), pick(isNorm)} {
		if j >= 0 {
			chosen = append(chosen, j)
		}
	}
	for j := range names {
		if len(chosen) < 2 && !slices.Contains(chosen, j) {
			chosen = append(chosen, j)
		}
	}
	return chosen
}

func others(names []string, chosen []int) []int {
	var rest []int
	for j := range names {
		if !slices.Contains(chosen, j) {
			rest = append(rest, j)
		}
	}
	return rest
}

// verdictCell is a verdict in a table: all three, and a failure, catch the eye.
func verdictCell(s *Section) string {
	if s.Comparison == nil {
		return "⚠️ **not verified**"
	}
	return verdictMark(s.Comparison.Verdict)
}

func verdictMark(v compare.Verdict) string {
	switch v {
	case compare.Agrees:
		return "✅ **agrees**"
	case compare.Disagrees:
		return "❌ **disagrees**"
	case compare.Inconclusive:
		return "❓ **inconclusive**"
	}
	return "⚠️ **" + markdown.Escape(string(v)) + "**"
}

// verdictSentence says what was found.
func verdictSentence(s *Section) string {
	c := s.Comparison
	if c == nil {
		reason := "no reason was recorded"
		if s.Err != nil {
			reason = markdown.Escape(s.Err.Error())
		}
		return "⚠️ **Not verified**: " + strings.TrimSuffix(reason, ".") + "."
	}
	relative, at := relativeBound(c)
	switch c.Verdict {
	case compare.Agrees:
		return fmt.Sprintf("✅ **Agrees.** No difference is detected (%s), and none larger than %s of an observable's size is possible "+
			"(%s; 95 %% simultaneously).", pEquals(c.PValue), percent(relative), markdown.Escape(observableLabel(at)))
	case compare.Disagrees:
		if broken := contradicting(c); broken != nil && c.PValue >= levelOf(c) {
			return "❌ **Disagrees.** The curves of the observables fit (" + pEquals(c.PValue) + "), but theory is contradicted by the " +
				strings.Join(broken, " and the ") + "."
		}
		return fmt.Sprintf("❌ **Disagrees.** The simulations do not converge to this curve (%s): at step %d of the %s, %s.",
			pEquals(c.PValue), c.Worst.Step, markdown.Escape(observableLabel(c.Worst.Observable)), worstDifference(c))
	}
	return fmt.Sprintf("❓ **Inconclusive.** No difference is detected (%s), but %s: the data cannot tell.",
		pEquals(c.PValue), strings.Join(openBounds(c), "; "))
}

// contradicting are the families of probes that contradict theory.
func contradicting(c *compare.Comparison) []string {
	var names []string
	for _, f := range c.Families {
		if f.Adjusted < levelOf(c) {
			names = append(names, fmt.Sprintf("%s (%s after Holm's correction)", markdown.Escape(f.Name), pEquals(f.Adjusted)))
		}
	}
	return names
}

func levelOf(c *compare.Comparison) float64 {
	if c.Level > 0 {
		return c.Level
	}
	return compare.Level
}

// worstDifference is the difference where |t| is largest, with its size in standard errors.
func worstDifference(c *compare.Comparison) string {
	j := slices.Index(c.Observables, c.Worst.Observable)
	if t := slices.Index(c.Steps, c.Worst.Step); j >= 0 && t >= 0 {
		diff := c.Extrapolated.Value[t][j] - c.Theory.Value[t][j]
		return fmt.Sprintf("simulation − theory = %s, which is %s standard errors", number(diff, 2), number(c.MaxT, 2))
	}
	return "the difference is " + number(c.MaxT, 2) + " standard errors"
}

// openBounds lists the observables whose bound is outside the margin.
func openBounds(c *compare.Comparison) []string {
	var open []string
	for _, b := range c.Bounds {
		if !(b.Bound <= b.Margin) {
			open = append(open, fmt.Sprintf("the %s may still be off by %s where %s is the margin", markdown.Escape(observableLabel(b.Observable)),
				number(b.Bound, 2), number(b.Margin, 2)))
		}
	}
	if len(open) > 2 {
		open = append(open[:1], fmt.Sprintf("%d more observables likewise", len(open)-1))
	}
	if open == nil {
		return []string{"the conditions for *agrees* are not met"}
	}
	return open
}

// nextSteps says what to do about a verdict that is not *agrees*.
func nextSteps(s *Section) []string {
	c := s.Comparison
	switch {
	case c == nil:
		return []string{"Mend what the message names and run the scenario again; the other scenarios are not affected."}
	case c.Verdict == compare.Disagrees:
		steps := []string{
			fmt.Sprintf("Run again with another seed (`experiment.seed`): the verdict is a false alarm in at most %s of runs on a right theory, so a second "+
				"*disagrees* settles it.", percent(compare.Level)),
			"Look at the residual panels. Residuals that halve as $d$ doubles, but an extrapolation that misses 0, mean that the small $d$ are " +
				"not yet in the $1/d$ regime: raise `experiment.dims`. Residuals that stay where they are as $d$ grows mean that the limit is wrong.",
		}
		if startDiffers(c) {
			steps = append(steps, "Already step 0 differs, before any training: look at the data, the teacher and the start first, not at the method.")
		}
		if suspects := suspects(c); len(suspects) > 0 {
			steps = append(steps, "Compare with the ablated theories below: the same simulations do **not** reject "+strings.Join(suspects, ", ")+
				". Look for that mistake first.")
		}
		return steps
	case c.Verdict == compare.Inconclusive:
		return whatItTakes(c)
	}
	return nil
}

// startDiffers says whether the simultaneous band at step 0 misses the theory anywhere.
func startDiffers(c *compare.Comparison) bool {
	if len(c.Extrapolated.Value) == 0 || len(c.Theory.SE) == 0 {
		return false
	}
	for j, x := range c.Extrapolated.Value[0] {
		if math.Abs(x-c.Theory.Value[0][j]) > c.Critical*math.Hypot(c.Extrapolated.SE[0][j], c.Theory.SE[0][j])+1e-9 {
			return true
		}
	}
	return false
}

// whatItTakes are the ways to a conclusion that compare worked out.
func whatItTakes(c *compare.Comparison) []string {
	var ways []string
	if n := c.Need; n != nil {
		if n.Replicas > 1 && !math.IsInf(n.Replicas, 0) && len(c.Replicas) > 0 {
			ways = append(ways, fmt.Sprintf("%s times as many replicas at every $d$ (about `experiment.replicas: %.0f`) would bring every bound inside "+
				"its margin, if the estimates stay as they are.", number(n.Replicas, 2), math.Ceil(n.Replicas*float64(slices.Max(c.Replicas)))))
		}
		if n.Dim > 0 {
			ways = append(ways, fmt.Sprintf("Or the same number of replicas at one further dimension, $d$ = %d.", n.Dim))
		}
		if n.TheorySamples > 1 && !math.IsInf(n.TheorySamples, 0) {
			ways = append(ways, fmt.Sprintf("Theory's own error takes up part of the margin: it needs about %s times as many samples.",
				number(n.TheorySamples, 2)))
		}
	}
	if ways == nil {
		return []string{"More replicas (`experiment.replicas`) or a longer ladder (`experiment.dims`) narrow the bounds."}
	}
	return append(ways, "`limitcheck verify --until-conclusive --max-time 1h` does the cheapest of these, and again, until the verdict is conclusive.")
}

// suspects are the visible ablations that the data fit.
func suspects(c *compare.Comparison) []string {
	var names []string
	for _, a := range c.Ablations {
		if a.Visible && a.Verdict != compare.Disagrees {
			names = append(names, fmt.Sprintf("*%s* (%s)", markdown.Escape(a.Name), ablationWords(a.Name)))
		}
	}
	return names
}

// controlFamilies are the control variates in words, by how their names begin.
var controlFamilies = []struct{ prefix, words string }{
	{"init_teacher_", "the overlap of the start's random part with the teacher"},
	{"teacher_", "the teacher's norm"},
	{"init_", "the norm of the start's random part"},
	{"gradient_", "the first gradient along the teacher and along the start"},
	{"field_", "second moments of the first local fields"},
	{"noise", "the label noise's second moment"},
	{"cluster_", "the clusters' shares"},
}

// controlWords lists control variates, those of a family together.
func controlWords(names []string) string {
	var order []string
	members := map[string][]string{}
	for _, name := range names {
		words := "others"
		for _, f := range controlFamilies {
			if strings.HasPrefix(name, f.prefix) {
				words = f.words
				break
			}
		}
		if members[words] == nil {
			order = append(order, words)
		}
		members[words] = append(members[words], markdown.Code(name))
	}
	for i, words := range order {
		order[i] = words + " (" + strings.Join(members[words], ", ") + ")"
	}
	return strings.Join(order, "; ")
}

// ablationWords says what is wrong in an ablated theory.
func ablationWords(name string) string {
	if words := theory.Ablation(name).Words(); words != "" {
		return words
	}
	return markdown.Escape(strings.ReplaceAll(name, "-", " "))
}

// invisible says why an ablation changes nothing that is observed here.
func invisible(a *compare.AblationResult, s *scenarios.Scenario) string {
	if why := theory.Ablation(a.Name).Blind(s); why != "" {
		return why
	}
	return fmt.Sprintf("it moves no observable by more than %s of its scale, which is inside the theory's own error",
		percent(a.Shift))
}

func boundOf(c *compare.Test, observable string) *compare.Bound {
	for i := range c.Bounds {
		if c.Bounds[i].Observable == observable {
			return &c.Bounds[i]
		}
	}
	return nil
}

// scaleOf is the unit of relative errors of observable j: its largest magnitude in theory.
func scaleOf(c *compare.Test, b *compare.Bound, j int) float64 {
	if b.Scale > 0 {
		return b.Scale
	}
	return largest(curve(c.Theory.Value, j))
}

// relativeBound is the largest agreement bound in units of its observable's scale, and that observable.
func relativeBound(c *compare.Comparison) (relative float64, at string) {
	relative = math.NaN()
	for _, b := range c.Bounds {
		j := slices.Index(c.Observables, b.Observable)
		if j < 0 {
			continue
		}
		if r := b.Bound / scaleOf(&c.Test, &b, j); !(r <= relative) {
			relative, at = r, b.Observable
		}
	}
	return relative, at
}

// overlapBound is the largest bound among the overlaps, and that one's margin.
func overlapBound(c *compare.Comparison) string {
	var worst *compare.Bound
	for i := range c.Bounds {
		if b := &c.Bounds[i]; isOverlap(b.Observable) && (worst == nil || b.Bound/b.Margin > worst.Bound/worst.Margin) {
			worst = b
		}
	}
	if worst == nil {
		return "—"
	}
	return number(worst.Bound, 2) + " / " + number(worst.Margin, 2)
}

func rateCell(r *compare.Rate) string {
	if !r.Resolved {
		return "not resolved"
	}
	return fmt.Sprintf("%s [%s, %s]", fixed(r.Estimate, 2), fixed(r.Low, 2), fixed(r.High, 2))
}

// rejected counts the wrong theories that can be seen and those among them that the data reject.
func rejected(c *compare.Comparison) string {
	visible, rejected := 0, 0
	for _, a := range c.Ablations {
		if a.Visible {
			visible++
			if a.Verdict == compare.Disagrees {
				rejected++
			}
		}
	}
	switch {
	case visible == 0:
		return "—"
	case rejected < visible:
		return fmt.Sprintf("**%d of %d**", rejected, visible)
	}
	return fmt.Sprintf("%d of %d", rejected, visible)
}

// theoryError is the largest standard error of theory on an overlap.
func theoryError(c *compare.Comparison) string {
	worst := 0.0
	for j, name := range c.Observables {
		if isOverlap(name) {
			worst = max(worst, largest(curve(c.Theory.SE, j)))
		}
	}
	if worst == 0 {
		return "exact"
	}
	return number(worst, 2)
}

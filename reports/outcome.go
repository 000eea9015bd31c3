package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// outcome opens a section: its heading, what was found, and what to do about it.
func (s *section) outcome() chapter {
	heading := "## " + markdown.Escape(s.name())
	if s.Scenario != nil && s.Scenario.Title != "" {
		heading += ": " + markdown.Escape(s.Scenario.Title)
	}
	quote := "> " + verdictSentence(s.Section)
	if next := nextSteps(s.Section); next != nil {
		quote += "\n>\n> What to do next:\n> - " + strings.Join(next, "\n> - ")
	}
	if s.Settings != nil {
		quote = "With " + settingsWords(s.Section) + ".\n\n" + quote
	}
	return chapter{Anchor: s.dir, Heading: heading, Text: quote}
}

// settingsWords are the keys that were set, with their values.
func settingsWords(s *Section) string {
	var words []string
	for _, set := range s.Settings {
		words = append(words, markdown.Code(set.Key+" = "+set.Text))
	}
	return strings.Join(words, ", ")
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
		said := fmt.Sprintf("No difference is detected (%s), and none larger than %s of an observable's size is possible "+
			"(%s; 95 %% confidence).", pEquals(c.Joint()), percent(relative), markdown.Escape(observableLabel(at)))
		if open := c.OpenFamilies(); open != nil {
			return fmt.Sprintf("◻️ **The curves agree.** %s Of what is compared beside them, the %s may still be off by more than the margin.",
				said, markdown.Escape(strings.Join(open, " and the ")))
		}
		return "✅ **Agrees.** " + said
	case compare.Disagrees:
		if broken := contradicting(c); broken != nil && c.PValue >= levelOf(c) {
			return "❌ **Disagrees.** The curves of the observables fit " +
				"(" + pEquals(c.PValue) + "), but theory is contradicted by the " +
				strings.Join(broken, " and the ") + "."
		}
		begins := ""
		if c.Begins != nil {
			begins = fmt.Sprintf("they depart from it at step %d at the latest, in the %s; ", c.Begins.Step, markdown.Escape(observableLabel(c.Begins.Observable)))
		}
		return fmt.Sprintf("❌ **Disagrees.** The simulations do not converge to this curve (%s): %sat "+
			"step %d of the %s, %s.",
			pEquals(c.Joint()), begins, c.Worst.Step, markdown.Escape(observableLabel(c.Worst.Observable)), worstDifference(c))
	}
	if c.Reason != "" {
		return fmt.Sprintf("❓ **Inconclusive.** The bounds are inside their margins, but that is not enough: %s.", markdown.Escape(c.Reason))
	}
	return fmt.Sprintf("❓ **Inconclusive.** No difference is detected (%s), but %s: the data cannot tell.",
		pEquals(c.Joint()), strings.Join(openBounds(c), "; "))
}

// mark is the verdict's, grey where families of probes could be off by more than their margin.
func mark(c *compare.Comparison) string {
	if c.Verdict == compare.Agrees && c.OpenFamilies() != nil {
		return "◻️ **curves agree**"
	}
	return verdictMark(c.Verdict)
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

// contradicting are the families of probes that contradict theory.
func contradicting(c *compare.Comparison) []string {
	var names []string
	for _, f := range c.Families {
		if f.Adjusted < levelOf(c) {
			name := markdown.Escape(f.Name)
			names = append(names, fmt.Sprintf("%s (%s after Holm's correction)", name, pEquals(f.Adjusted)))
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
		if !b.Open() {
			continue
		}
		size, margin, when := b.Bound, b.Margin, ""
		if b.Bound <= b.Margin {
			size, margin, when = b.Late.Bound, b.Late.Margin, " in the late half of the steps"
		}
		open = append(open, fmt.Sprintf("the %s may still be off by %s where %s is the margin%s",
			markdown.Escape(observableLabel(b.Observable)), number(size, 2), number(margin, 2), when))
	}
	if len(open) > 2 {
		open = append(open[:1], fmt.Sprintf("%d more observables likewise", len(open)-1))
	}
	if open == nil {
		return []string{"the conditions for *agrees* are not met"}
	}
	return open
}

// chance is the p-value below which nobody would put a disagreement down to chance.
const chance = 1e-5

// nextSteps says what to do about a verdict that is not *agrees*.
func nextSteps(s *Section) []string {
	c := s.Comparison
	switch {
	case c == nil:
		return []string{"Mend what the message names and run the scenario again; the other scenarios are not " +
			"affected."}
	case c.Verdict == compare.Disagrees:
		var steps []string
		if c.Joint() > chance {
			steps = append(steps, fmt.Sprintf("Run again with another seed (`experiment.seed`): the verdict is a false alarm "+
				"in at most %s of runs on a right theory, so a second *disagrees* settles it.", percent(compare.Level)))
		}
		steps = append(steps, "Look at the residual panels. Residuals that halve as $d$ doubles, but an extrapolation that misses 0, "+
			"mean that the small $d$ are not yet in the $1/d$ regime: raise `experiment.dims`. Residuals that stay "+
			"where they are as $d$ grows mean that the limit is wrong.")
		if startDiffers(c) {
			steps = append(steps, "Already step 0 differs, before any training: look at the data, the teacher and "+
				"the start first, not at the method.")
		}
		if suspects := suspects(c); len(suspects) > 0 {
			steps = append(steps, "Compare with the ablated theories below: the same simulations do **not** "+
				"reject "+strings.Join(suspects, ", ")+
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
			about := ""
			if most := slices.Max(c.Replicas); most == slices.Min(c.Replicas) {
				about = fmt.Sprintf(" (about `experiment.replicas: %.0f`)", math.Ceil(n.Replicas*float64(most)))
			}
			ways = append(ways, fmt.Sprintf("%s times as many replicas at every $d$%s would bring every bound inside its "+
				"margin, if the estimates stay as they are.", number(n.Replicas, 2), about))
		}
		if n.Dim > 0 {
			ways = append(ways, fmt.Sprintf("Or the same number of replicas at one further dimension, $d$ = %d.", n.Dim))
		}
		if n.TheorySamples > 1 && !math.IsInf(n.TheorySamples, 0) {
			ways = append(ways, fmt.Sprintf("Theory's own error takes up part of the margin: it needs about %s "+
				"times as many samples.",
				number(n.TheorySamples, 2)))
		}
	}
	if ways == nil {
		return []string{"More replicas (`experiment.replicas`) or a longer ladder (`experiment.dims`) narrow the " +
			"bounds."}
	}
	return append(ways, "`limitcheck verify --until-conclusive --max-time 1h` does the cheapest of these, and "+
		"again, until the verdict is conclusive.")
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

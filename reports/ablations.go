package reports

import (
	"fmt"
	"strings"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// ablations confronts the same simulations with theories that are wrong on purpose.
func (s *section) ablations() chapter {
	if s.Comparison == nil {
		return chapter{}
	}
	return tabled(chapter{Heading: "### Theories that are wrong on purpose", Table: ablationTable(s.Section)})
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
		t.add(markdown.Escape(a.Name), ablationWords(a.Name), percent(a.Shift), number(a.MaxT, 3), pValue(a.PValue),
			said)
	}
	return t
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

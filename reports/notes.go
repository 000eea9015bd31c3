package reports

import (
	"fmt"
	"strings"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// notes are what a reader must know to trust the numbers.
func (s *section) notes() chapter {
	lines := notes(s.Section)
	if lines == nil {
		return chapter{}
	}
	return chapter{Heading: "### Notes", Text: "- " + strings.Join(lines, "\n- ")}
}

// notes are the lines of the chapter.
func notes(s *Section) []string {
	c := s.Comparison
	if c == nil {
		return nil
	}
	var lines []string
	if s.Limit != nil && s.Limit.Source != "" {
		lines = append(lines, "Theory: "+markdown.Escape(s.Limit.Source)+".")
	}
	if c.Controls > 0 && len(s.Controls) > 0 { // where compare used none, its notes say why
		which := ""
		if c.Controls < len(s.Controls) {
			which = fmt.Sprintf("%d of these: ", c.Controls)
		}
		lines = append(lines, "Variance reduction: the replica means are regressed "+
			"on "+which+controlWords(s.Controls)+". The mean of each is exact at every $d$, since it follows from "+
			"the law of the replica's random draw, and is subtracted; so the regression takes away scatter and "+
			"leaves the mean where it is.")
	}
	if c.Innovations > 0 {
		lines = append(lines, fmt.Sprintf("Beforehand each replica is corrected by %d more such statistics, of what was new at every "+
			"step: the gradients of the samples less their means given the past, the choice of the batches, the directions met "+
			"for the first time. What corrects a replica is fitted to others, so that it cannot move the mean either.", c.Innovations))
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

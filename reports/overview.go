package reports

import (
	"fmt"
	"strings"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// overview is the first screen: what was found, in one sentence and one table.
func (r *Report) overview() chapter {
	title := markdown.Escape(r.Title)
	if title == "" {
		title = "limitcheck report"
	}
	text := summary(r.Sections)
	if joint := jointSentence(r.Sections); joint != "" {
		text += " " + joint
	}
	return chapter{Heading: "# " + title, Text: text, Table: verdictTable(r.Sections)}
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
	}{
		{count[compare.Disagrees], "❌ %d disagrees", "❌ %d disagree"},
		{failed, "⚠️ %d could not be verified", "⚠️ %d could not be verified"},
		{count[compare.Inconclusive], "❓ %d is inconclusive", "❓ %d are inconclusive"},
		{count[compare.Agrees], "✅ %d agrees", "✅ %d agree"},
	} {
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
	t := newTable("scenario", "verdict", ">p, curves", ">p, Holm", ">overlap: bound / margin", ">largest relative bound",
		">fluctuation exponent", ">bias exponent", ">theory's error", ">wrong theories rejected")
	dirs, adjusted := directories(sections), joint(sections).Adjusted
	for i := range sections {
		s := &sections[i]
		link := fmt.Sprintf("[%s](#%s)", markdown.Escape(s.name()), dirs[i])
		c := s.Comparison
		if c == nil {
			t.add(link, verdictCell(s), "—", "—", "—", "—", "—", "—", "—", "—")
			continue
		}
		relative, at := relativeBound(c)
		t.add(link, verdictCell(s), pValue(c.PValue), pValue(adjusted[0]), overlapBound(c),
			percent(relative)+" ("+markdown.Escape(observableLabel(at))+")", rateCell(&c.Fluctuation), rateCell(&c.Bias), theoryError(c), rejected(c))
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
			changed = append(changed, markdown.Escape(sections[i].name()))
		}
		verdicts = verdicts[1:]
	}
	if changed == nil {
		return ""
	}
	return "Among so many scenarios one false alarm is not rare: corrected for their number (p, Holm) the " +
		"difference in " + strings.Join(changed, ", ") + " is not significant. Another seed would tell."
}

// verdictCell is a verdict in a table: all three, and a failure, catch the eye.
func verdictCell(s *Section) string {
	if s.Comparison == nil {
		return "⚠️ **not verified**"
	}
	return mark(s.Comparison)
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

package reports

import (
	"fmt"

	"limitcheck/compare"
	"limitcheck/internal/markdown"
)

// departure says of curves that disagree where they leave theory, and which known mistakes fit the simulations.
func (s *section) departure() chapter {
	c := s.Comparison
	if c == nil || c.Verdict != compare.Disagrees || c.Begins == nil && c.Diagnosis == nil {
		return chapter{}
	}
	out := chapter{Heading: "### Where it departs, and what fits"}
	if c.Begins != nil {
		out.Text = fmt.Sprintf("The curves depart from theory **at step %d at the latest**, in the %s: everything before that "+
			"point is consistent with theory, and the chance that an earlier point would be named by accident is "+
			"below %s.", c.Begins.Step, markdown.Escape(observableLabel(c.Begins.Observable)), percent(levelOf(c)))
	} else {
		out.Text = "The curves as a whole are consistent with theory; what contradicts it are the probes."
	}
	if c.Diagnosis != nil && s.Theirs == nil { // of theirs it stands with the confrontation with ours
		words, t := fits(c.Diagnosis, c.Tried)
		out.Text += " " + words
		out.Table = t
	}
	return out
}

// fits lists the known mistakes that the data cannot tell from the truth, of as many as were tried.
func fits(list []compare.Fit, tried int) (string, *table) {
	if len(list) == 0 {
		return fmt.Sprintf("Of the %d known mistakes that were tried, **none fits**.", tried), nil
	}
	t := newTable("a theory with this mistake fits", "what is wrong in it", ">p")
	for _, f := range list {
		t.add(markdown.Escape(f.Name), fitWords(f), pValue(f.PValue))
	}
	return fmt.Sprintf("Of the %d known mistakes that were tried, the data cannot tell %s from the truth; look for it first.",
		tried, map[bool]string{true: "this one", false: "these"}[len(list) == 1]), t
}

// fitWords say what a mistake that fits is, and with which numbers.
func fitWords(f compare.Fit) string {
	switch {
	case f.Words == "":
		return ablationWords(f.Name)
	case f.About == "":
		return markdown.Escape(f.Words)
	}
	return markdown.Escape(f.Words) + " *(" + markdown.Escape(f.About) + ")*"
}

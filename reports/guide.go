package reports

import (
	_ "embed"
	"strings"

	"limitcheck/compare"
)

//go:embed guide.md
var guide string

// guide says how the overview is read.
func (r *Report) guide() chapter {
	text := strings.TrimSpace(strings.ReplaceAll(guide, "LEVEL", percent(compare.Level)))
	return chapter{Heading: "How to read this", Folded: true, Text: text}
}

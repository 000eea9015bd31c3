package reports

import (
	"fmt"
	"strings"
	"time"

	"limitcheck/internal/markdown"
)

// provenance says where the report comes from: all that differs between two runs on the same data.
func (r *Report) provenance() chapter {
	command := "not recorded"
	if r.Command != "" {
		command = markdown.Code(r.Command)
	}
	lines := []string{
		"- command: " + command,
		"- version: " + orUnknown(r.Version) + ", " + orUnknown(r.GoVersion),
		"- machine: " + orUnknown(r.Machine),
	}
	if !r.Started.IsZero() {
		lines = append(lines, "- started: "+r.Started.UTC().Format(time.RFC3339))
	}
	lines = append(lines, "- time: "+duration(r.Seconds)+" in all")
	if r.Planned > 0 {
		measured := 0.0
		for i := range r.Sections {
			measured += r.Sections[i].SimulationSeconds
		}
		lines = append(lines, "- simulations: planned as "+duration(r.Planned)+" of one core, measured "+duration(measured))
	}
	text := "Same scenario, same seed: the same numbers, on any number of cores. What differs between two runs stands " +
		"below and nowhere else.\n\n" + strings.Join(lines, "\n")
	return chapter{Heading: "## Reproduce", Text: text, Table: timesTable(r.Sections)}
}

func timesTable(sections []Section) *table {
	t := newTable("scenario", ">theory", ">simulation")
	for i := range sections {
		s := &sections[i]
		t.add(markdown.Escape(s.name()), duration(s.TheorySeconds), duration(s.SimulationSeconds))
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

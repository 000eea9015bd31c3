package main

import (
	"slices"
	"strings"

	"limitcheck/internal/rundir"
	"limitcheck/reports"
)

// outFlag is where a command that reports puts what it writes.
type outFlag struct {
	Out     string   `help:"Run directory: the report, and finished replicas. Default: out." default:"out" placeholder:"DIR"`
	Figures []string `help:"Formats of the figures, with commas between them: svg, which the report shows and is always there, pdf, png. Their size fits a paper of two columns." placeholder:"FORMAT,…"`
}

// checkOut says whether a run of these scenarios may write there, before anything is computed for it.
func (f *outFlag) checkOut(names []string) error {
	if f.Out == "" {
		return badInput("--out needs the name of a directory, got ''")
	}
	for _, format := range f.Figures {
		if !slices.Contains(reports.Formats(), format) {
			return badInput("--figures: %s is not a format of figures (accepted: %s)", format, strings.Join(reports.Formats(), ", "))
		}
	}
	return rundir.Check(f.Out, names)
}

package main

import (
	"limitcheck/internal/rundir"
)

// outFlag is where a command that reports puts what it writes.
type outFlag struct {
	Out string `help:"Run directory: the report, and finished replicas. Default: out." default:"out" placeholder:"DIR"`
}

// checkOut says whether a run of these scenarios may write there, before anything is computed for it.
func (f *outFlag) checkOut(names []string) error {
	if f.Out == "" {
		return badInput("--out needs the name of a directory, got ''")
	}
	return rundir.Check(f.Out, names)
}

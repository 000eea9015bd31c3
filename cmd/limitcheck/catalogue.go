package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"limitcheck/scenarios"
)

type listCmd struct {
	Suite string `help:"Only the scenarios of this suite: quick, full or papers." placeholder:"SUITE"`
}

func (listCmd) Help() string {
	return `
Examples:

    limitcheck list
    limitcheck list --suite quick
    limitcheck list --suite papers`
}

func (c *listCmd) Run(e *env) error {
	list := scenarios.Catalogue()
	if c.Suite != "" {
		var err error
		if list, err = scenarios.Suite(c.Suite); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 3, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Title)
	}
	return w.Flush()
}

type showCmd struct {
	Scenario string `arg:"" predictor:"scenario" help:"Name or path of a scenario, or - for standard input."`
	setFlag  `embed:""`
}

func (showCmd) Help() string {
	return `
What is printed is a scenario file again, with no default left open, and loads to the same scenario. Start your own
from the nearest one of the catalogue.

Examples:

    limitcheck show ridge-gd
    limitcheck show logistic-sgd > mine.yaml
    limitcheck show logistic-sgd --set method.batch.fraction=0.2 --set experiment.dims=[500,1000]`
}

func (c *showCmd) Run(e *env) error {
	members, err := c.members(e, c.Scenario)
	if err != nil {
		return err
	}
	if n := len(members); n > 1 {
		return badInput("show prints one scenario, this is a grid of %d: give each key one value (theory, simulate and verify "+
			"take a grid)", n)
	}
	text, err := members[0].YAML()
	if err != nil {
		return err
	}
	_, err = e.stdout.Write(text)
	return err
}

type versionCmd struct{}

func (c *versionCmd) Run(e *env) error {
	_, err := io.WriteString(e.stdout, "limitcheck "+version()+"\n")
	return err
}

// A versionFlag is --version, which many try first.
type versionFlag bool

// BeforeReset prints the version and ends the program: no command is needed with it.
func (versionFlag) BeforeReset(app *kong.Kong, e *env) error {
	err := (&versionCmd{}).Run(e)
	app.Exit(0)
	return err
}

// version is the module version or the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown version)"
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " with local changes"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return revision + modified
}

package main

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

// templates holds one commented scenario for each kind, KIND.yaml.
//
//go:embed templates/*.yaml
var templates embed.FS

// kinds are the kinds of scenario that there is a template for.
func kinds() []string {
	files, err := templates.ReadDir("templates")
	if err != nil {
		panic(err) // compiled in
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), path.Ext(f.Name())))
	}
	return names
}

type newCmd struct {
	Kind string `arg:"" predictor:"kind" help:"What is learned: regression, classification, mixture, committee, softmax or custom-loss."`
}

func (newCmd) Help() string {
	return `
The scenario goes to standard output, every key with a comment that says what it means and what else it may be. It is
complete and takes a few seconds to verify; change it line by line into your own.

Examples:

    limitcheck new classification > mine.yaml
    limitcheck verify mine.yaml`
}

// Run writes the template.
func (c *newCmd) Run(e *env) error {
	text, err := templates.ReadFile("templates/" + c.Kind + ".yaml")
	if err != nil {
		return badInput("there is no kind %q of scenario (accepted: %s)", c.Kind, strings.Join(kinds(), ", "))
	}
	_, err = fmt.Fprintf(e.stdout, "%s", text)
	return err
}

package main

import (
	"slices"

	"github.com/alecthomas/kong"
	completion "github.com/jotaen/kong-completion"
	predict "github.com/posener/complete"

	"limitcheck/scenarios"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (completionCmd) Help() string {
	return `
Put the line for your shell into its start-up file:

    eval "$(limitcheck completion bash)"         bash: ~/.bashrc
    eval "$(limitcheck completion zsh)"          zsh: ~/.zshrc
    limitcheck completion fish | source          fish: ~/.config/fish/config.fish`
}

// Run prints the code that registers the completion.
func (c *completionCmd) Run(ctx *kong.Context) error {
	return (&completion.Completion{Shell: c.Shell, Code: true}).Run(ctx)
}

// complete answers a shell that asks how a command line could go on, and then ends the program; otherwise it does nothing.
func complete(parser *kong.Kong) {
	completion.Register(parser,
		completion.WithPredictor("kind", predict.PredictSet(kinds()...)),
		completion.WithPredictor("scenario", predict.PredictFunc(func(a predict.Args) []string {
			var names []string
			for _, s := range scenarios.Catalogue() {
				names = append(names, s.Name)
			}
			return slices.Concat(names, predict.PredictFiles("*.yaml").Predict(a))
		})))
}

#!/bin/sh
#SBATCH --job-name={{.Name}}-theory
#SBATCH --cpus-per-task={{.Request.CPUs}}
#SBATCH --mem={{.Whole}}M
#SBATCH --time={{.Request.Time}}
#SBATCH --requeue
#SBATCH --open-mode=append
{{template "options" .}}# The limits, and those that are wrong on purpose, once for all: {{.Dir}}/theory.
set -eu
export GOMEMLIMIT={{.Whole}}MiB
{{with .Prologue}}{{.}}
{{end}}exec {{with .Launcher}}{{.}} {{end}}{{quote .Program}} verify --from {{quote .Dir}} --theory-only

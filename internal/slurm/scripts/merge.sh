#!/bin/sh
#SBATCH --job-name={{.Name}}-merge
#SBATCH --cpus-per-task={{.Request.CPUs}}
#SBATCH --mem={{.Whole}}M
#SBATCH --time={{.Request.Time}}
#SBATCH --requeue
#SBATCH --open-mode=append
{{template "options" .}}# The report: {{.Dir}}/report.md. It simulates nothing: if replicas are missing it says which, and how to get them.
set -eu
export GOMEMLIMIT={{.Whole}}MiB
{{with .Prologue}}{{.}}
{{end}}exec {{with .Launcher}}{{.}} {{end}}{{quote .Program}} verify --from {{quote .Dir}} --no-simulate

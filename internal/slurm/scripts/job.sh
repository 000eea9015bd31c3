#!/bin/sh
#SBATCH --job-name={{.Name}}
#SBATCH --cpus-per-task={{.Request.CPUs}}
#SBATCH --mem={{.MiB}}M
#SBATCH --time={{.Request.Time}}
#SBATCH --signal=B:TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
{{template "options" .}}# One share of the replicas: the number of the array's first share is the argument, the task's is added to it.
# The program takes the place of the shell, which would keep the signal for itself until the program is done.
set -eu
share=$(( ${1:?the number of the first share} + ${SLURM_ARRAY_TASK_ID:-0} ))
export GOMEMLIMIT={{.MiB}}MiB
{{with .Prologue}}{{.}}
{{end}}exec {{with .Launcher}}{{.}} {{end}}{{quote .Program}} verify --from {{quote .Dir}} --shard "$share/{{len .Shares}}" \
	--workers "${SLURM_CPUS_PER_TASK:-{{.Request.CPUs}}}" --memory {{.Data}}

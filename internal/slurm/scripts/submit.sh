#!/bin/sh
# Submits the theory, all shares, and the merge, which waits until they have ended, well or not. Whatever is finished is not
# done again: to submit anew is to go on.
set -eu
dir={{quote .Dir}}
theory=$(sbatch --parsable --output="$dir/logs/theory-%j.log" "$dir/theory.sh")
after=${theory%%;*}
{{range .Arrays}}job=$(sbatch --parsable --array=0-{{plus .Count -1}}{{with $.AtOnce}}%{{.}}{{end}} --output={{quote .Logs}}/%A_%a.log "$dir/job.sh" {{.First}})
after=$after:${job%%;*}
{{end}}merge=$(sbatch --parsable --dependency=afterany:"$after" --output="$dir/logs/merge-%j.log" "$dir/merge.sh")
echo "jobs $after; the report is there when job ${merge%%;*} has ended"

{{define "options"}}{{with .Partition}}#SBATCH --partition={{.}}
{{end}}{{with .Account}}#SBATCH --account={{.}}
{{end}}{{with .QOS}}#SBATCH --qos={{.}}
{{end}}{{with .Constraint}}#SBATCH --constraint={{.}}
{{end}}{{range .Sbatch}}#SBATCH {{.}}
{{end}}{{end}}

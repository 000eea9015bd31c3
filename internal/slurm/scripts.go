package slurm

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// Options are of Slurm's own, in its own words; "" and 0 leave them to the cluster.
type Options struct {
	Partition, Account, QOS, Constraint string

	AtOnce   int      // tasks that may run at a time
	Sbatch   []string // further arguments of sbatch
	Launcher string   // put before the program, such as "apptainer exec x.sif"
	Prologue string   // shell text that runs before the program
}

//go:embed scripts/*.sh
var scripts embed.FS

// An array is a Slurm array of shares: indices 0, 1, … are the shares First, First + 1, ….
type array struct {
	First, Count int
	Logs         string // folder
}

// arrays cuts the shares 1 … n into arrays that Slurm takes, of at most folders tasks, so that no folder of logs is larger.
func arrays(n, most int, dir string) (list []array) {
	size := max(1, min(folders, most))
	for first := 1; first <= n; first += size {
		list = append(list, array{first, min(size, n-first+1), filepath.Join(dir, "logs", fmt.Sprintf("%03d", len(list)))})
	}
	return list
}

// MaxArraySize asks the cluster for the bound of array indices; 1000 where it does not say.
func MaxArraySize() int {
	const unknown = 1000
	out, err := exec.Command("scontrol", "show", "config").Output()
	if err != nil {
		return unknown
	}
	for line := range strings.Lines(string(out)) {
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "MaxArraySize" {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 {
				return n
			}
		}
	}
	return unknown
}

// Write makes dir hold the plan and its scripts, whose paths are absolute. What is there already is an error.
func Write(dir string, p *Plan, o Options) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	list := arrays(len(p.Shares), MaxArraySize(), dir)
	for _, a := range list {
		if err := os.MkdirAll(a.Logs, 0o777); err != nil { // Slurm fails without a word if it is not there
			return err
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	files := map[string][]byte{planName: append(text, '\n')}
	all, err := template.New("").Funcs(template.FuncMap{"quote": quote, "plus": func(a, b int) int { return a + b }}).
		ParseFS(scripts, "scripts/*.sh")
	if err != nil {
		return err
	}
	data := struct {
		*Plan
		Options
		Dir    string
		Name   string
		Arrays []array
		MiB    int64 // of a share
		Data   int64 // bytes
		Whole  int64 // MiB of the theory, and of the merge
	}{p, o, dir, jobName(p), list, p.Request.Memory >> 20, DataIn(p.Request.Memory), max(p.Request.Memory, leastWhole) >> 20}
	for _, name := range []string{"theory.sh", "job.sh", "merge.sh", "submit.sh"} {
		var b bytes.Buffer
		if err := all.ExecuteTemplate(&b, name, data); err != nil {
			return err
		}
		files[name] = b.Bytes()
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already", path)
		}
		if err := os.WriteFile(path, text, 0o777); err != nil {
			return err
		}
	}
	return nil
}

// jobName is what the queue shows: the scenario's name, or the number of them.
func jobName(p *Plan) string {
	if len(p.Scenarios) == 1 {
		return "limitcheck-" + p.Scenarios[0].Name
	}
	return fmt.Sprintf("limitcheck-%d-scenarios", len(p.Scenarios))
}

// Resubmit are the lines that submit these shares again, and a merge after them.
func Resubmit(dir string, p *Plan, numbers []int) (lines []string) {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	for _, a := range arrays(len(p.Shares), MaxArraySize(), dir) {
		var own []int
		for _, n := range numbers {
			if n >= a.First && n < a.First+a.Count {
				own = append(own, n-a.First)
			}
		}
		if len(own) > 0 {
			lines = append(lines, fmt.Sprintf("sbatch --array=%s --output=%s %s %d", ranges(own),
				quote(filepath.Join(a.Logs, "%A_%a.log")), quote(filepath.Join(dir, "job.sh")), a.First))
		}
	}
	return lines
}

// ranges writes sorted numbers as Slurm does: 1-3,7.
func ranges(numbers []int) string {
	var words []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		word := strconv.Itoa(numbers[i])
		if j > i {
			word += "-" + strconv.Itoa(numbers[j])
		}
		words = append(words, word)
		i = j + 1
	}
	return strings.Join(words, ",")
}

// quote writes a word as a shell reads it back.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-%=+,:@", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Submit runs submit.sh of a plan's directory and returns what it prints.
func Submit(dir string) ([]byte, error) {
	out, err := exec.Command("/bin/sh", filepath.Join(dir, "submit.sh")).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Join(dir, "submit.sh"), err, bytes.TrimSpace(out))
	}
	return out, nil
}

// Check says what Slurm would not take of the options.
func (o Options) Check() error {
	for _, s := range slices.Concat([]string{o.Partition, o.Account, o.QOS, o.Constraint}, o.Sbatch) {
		if strings.ContainsAny(s, "\n\r") {
			return fmt.Errorf("%q: an option of Slurm's is one line", s)
		}
	}
	if strings.ContainsAny(o.Launcher, "\n\r") {
		return fmt.Errorf("%q: a launcher is one line", o.Launcher)
	}
	return nil
}

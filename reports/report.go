// Package reports writes the evidence down: verdicts as a Markdown report with pictures that reads well on a code host,
// and the curves beside it as CSV.
//
// A report is a list of chapters (chapter.go), each in its own file, which gathers its numbers, its words, its table,
// its pictures and its files; one template lays them all out. Nothing here computes a statistic.
package reports

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"limitcheck/compare"
	"limitcheck/internal/rundir"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// A Section is what a run found out about one scenario.
type Section struct {
	Scenario   *scenarios.Scenario // nil: theory and runs are both from elsewhere; then Name stands for it
	Name       string
	Settings   []scenarios.Setting // keys that were set, by key
	Grid       string              // the name of the grid that it is a member of; "": of none
	Theirs     *Theirs             // of a theory from elsewhere; nil if it is ours
	Limit      *theory.Limit       // may be nil if the scenario failed
	Comparison *compare.Comparison // nil if the scenario failed; then Err says why
	Err        error
	Engines    map[int]string // dim -> engine used
	Controls   []string       // names of the control variates
	Flow       *theory.Flow   // its continuous-time limit; nil if none was asked for

	TheorySeconds, SimulationSeconds float64
}

// name of the problem.
func (s *Section) name() string {
	if s.Scenario == nil {
		return s.Name
	}
	return s.Scenario.Name
}

// A Report is a whole run. Everything that differs between two runs on the same data (times, machine, versions) is
// shown under its heading "Reproduce" and nowhere else.
type Report struct {
	Title     string
	Sections  []Section
	Command   string // as typed
	Version   string // of this program
	Machine   string
	GoVersion string
	Seconds   float64  // wall time of the run
	Planned   float64  // seconds of one core that a plan took the simulations to take; 0 if there was none
	ExitCode  int      // of the command
	Figures   []string // formats of figures beside SVG, of Formats()
	Started   time.Time
}

// Write makes dir hold r: report.md, report.html (the same on one self-contained page), verdict.json and summary.csv (the
// outcome, for programs and spreadsheets), and for each scenario a directory with its pictures (SVG) and curves (CSV). Each
// file appears whole or not at all, those of the whole run last; then what an earlier run found there goes (rundir.Begin).
// Links that lead out of dir are errors.
func Write(dir string, r *Report) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	chapters, pictures := r.chapters(), map[string][]byte{}
	for i := range chapters {
		files, err := chapters[i].files(r.Figures)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := root.MkdirAll(filepath.Dir(f.path), 0o777); err != nil {
				return err
			}
			if err := rundir.Replace(root, f.path, f.data); err != nil {
				return err
			}
			pictures[f.path] = f.data
		}
	}
	var text bytes.Buffer
	if err := layout.ExecuteTemplate(&text, "report.md.tmpl", chapters); err != nil {
		return err
	}
	page, err := webPage(r.Title, text.Bytes(), pictures)
	if err != nil {
		return err
	}
	verdict, err := verdictJSON(r)
	if err != nil {
		return err
	}
	table, err := summaryCSV(newVerdict(r).Scenarios)
	if err != nil {
		return err
	}
	if err := errors.Join(
		rundir.Replace(root, "report.html", page),
		rundir.Replace(root, "report.md", text.Bytes()),
		rundir.Replace(root, "summary.csv", table),
		rundir.Replace(root, "verdict.json", verdict),
	); err != nil {
		return err
	}
	return rundir.End(root)
}

// directories gives each section a directory name that is safe on every file system and in a link, unique in the
// report.
func directories(sections []Section) []string {
	used := map[string]bool{}
	names := make([]string, len(sections))
	for i := range sections {
		base := safeName(sections[i].name())
		name := base
		for n := 2; used[name]; n++ {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		used[name] = true
		names[i] = name
	}
	return names
}

func safeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	safe = strings.Trim(safe, ".-_")
	if len(safe) > 80 {
		safe = safe[:80]
	}
	if safe == "" {
		return "scenario"
	}
	return safe
}

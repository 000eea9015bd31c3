package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The experiment that all curves of one scenario are confronted with: its runs are made once.
var experiment = []string{"--dim", "100,200,400,800", "--replicas", "64", "--paths", "4096", "--ablations", "none"}

// A place is a step of an observable.
type place struct {
	Step       int
	Observable string
}

func (p *place) String() string {
	if p == nil {
		return "—"
	}
	return fmt.Sprintf("step %d, %s", p.Step, p.Observable)
}

// An answer is what limitcheck says of a curve: the part of verdict.json (docs/verdict.md) that is of interest here.
type answer struct {
	Scenarios []struct {
		Verdict string
		P       float64
		Begins  *place
	}
	Theirs struct {
		Differs   bool
		Begins    *place
		Diagnosis []struct{ Name string }
	} `json:"theirs_vs_ours"`
}

func (a *answer) verdict() string {
	s := a.Scenarios[0]
	if s.P < 0.0001 {
		return s.Verdict + ", p < 0.0001"
	}
	return fmt.Sprintf("%s, p = %.2g", s.Verdict, s.P)
}

// diagnosis lists the mistakes that fit. None is asked for unless something is wrong.
func (a *answer) diagnosis() string {
	if !a.Theirs.Differs && a.Scenarios[0].Verdict != "disagrees" {
		return "—"
	}
	var names []string
	for _, d := range a.Theirs.Diagnosis {
		names = append(names, d.Name)
	}
	if names == nil {
		return "none fits"
	}
	return strings.Join(names, ", ")
}

// as says whether an answer is the one that an entry should get. A right curve may be found inconclusive.
func (a *answer) as(e entry) bool {
	verdict := a.Scenarios[0].Verdict
	named := slices.ContainsFunc(a.Theirs.Diagnosis, func(d struct{ Name string }) bool { return d.Name == e.expected })
	switch e.expected {
	case "-":
		return verdict != "disagrees" && !a.Theirs.Differs
	case "none":
		return verdict == "disagrees" && a.Theirs.Differs && len(a.Theirs.Diagnosis) == 0
	}
	return verdict == "disagrees" && a.Theirs.Differs && named
}

// ask has a program of limitcheck verify a curve. The runs are those in merge, if it is given.
func ask(program, dir, merge string, e entry) (*answer, error) {
	out := filepath.Join(dir, e.name)
	args := append([]string{"verify", e.scenario, "--theory", out + ".csv", "--fresh", "--out", out}, experiment...)
	if merge != "" {
		args = append(args, "--merge", merge)
	}
	run := exec.Command(program, args...)
	run.Stderr = os.Stderr
	// That it does not agree, with exit code 1, is an answer.
	if err := run.Run(); err != nil && (!errors.As(err, new(*exec.ExitError)) || run.ProcessState.ExitCode() != 1) {
		return nil, fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	text, err := os.ReadFile(filepath.Join(out, "verdict.json"))
	if err != nil {
		return nil, err
	}
	a := new(answer)
	if err := json.Unmarshal(text, a); err != nil {
		return nil, fmt.Errorf("%s: %w", out, err)
	}
	if len(a.Scenarios) != 1 {
		return nil, fmt.Errorf("%s: %d scenarios, want 1", out, len(a.Scenarios))
	}
	return a, nil
}

// verify asks about all curves in a directory. It returns the table as Markdown, and how many answers are not as they
// should be.
func verify(program, dir string) (rows []byte, unexpected int, err error) {
	var table bytes.Buffer
	table.WriteString("| recursion | what is wrong in it | scenario | verdict | departs from the simulations at the latest | " +
		"departs from the limit at the latest | should fit | fits |\n|---|---|---|---|---|---|---|---|\n")
	runs := map[string]string{}
	for _, e := range entries {
		a, err := ask(program, dir, runs[e.scenario], e)
		if err != nil {
			return nil, 0, err
		}
		if runs[e.scenario] == "" {
			runs[e.scenario] = filepath.Join(dir, e.name)
		}
		words, fit := e.words, e.expected
		if e.expected == "-" {
			words, fit = "nothing: "+e.words, "—"
		}
		mark := ""
		if !a.as(e) {
			mark = " (unexpected)"
			unexpected++
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s%s | %v | %v | %s | %s |\n",
			e.name, words, e.scenario, a.verdict(), mark, a.Scenarios[0].Begins, a.Theirs.Begins, fit, a.diagnosis())
	}
	return table.Bytes(), unexpected, nil
}

//go:embed page.md
var page string

// report is the gallery's page.
func report(table []byte, unexpected int) []byte {
	end := fmt.Sprintf("All %d answers are as they should be.", len(entries))
	if unexpected > 0 {
		end = fmt.Sprintf("Of %d answers, **%d are not as they should be**.", len(entries), unexpected)
	}
	fill := strings.NewReplacer("{experiment}", strings.Join(experiment, " "), "{table}", string(table), "{end}", end)
	return []byte(fill.Replace(page))
}

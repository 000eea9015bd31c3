package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"strings"
	"testing"

	"limitcheck/compare"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// LogCosh is log cosh(f − y), a smooth relative of the absolute loss.
type LogCosh struct{}

func (LogCosh) Value(f, y float64) float64    { return math.Log(math.Cosh(f - y)) }
func (LogCosh) Gradient(f, y float64) float64 { return math.Tanh(f - y) }

// A loss that no file names, verified from Go.
func Example() {
	s, err := scenarios.Find("ridge-gd")
	if err != nil {
		log.Fatal(err)
	}
	s.Name, s.Student.Loss, s.Method.Steps = "log-cosh", LogCosh{}, 5
	limit, err := theory.Solve(context.Background(), s, theory.Settings{Paths: 4096})
	if err != nil {
		log.Fatal(err)
	}
	var jobs []montecarlo.Job
	for i := range 4 * 40 {
		jobs = append(jobs, montecarlo.Job{Dim: []int{100, 200, 400, 800}[i%4], Index: i / 4})
	}
	var replicas []*montecarlo.Replica
	err = montecarlo.Run(context.Background(), s, jobs, montecarlo.Settings{}, func(r *montecarlo.Replica) error {
		replicas = append(replicas, r)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	c, err := compare.Compare(limit, replicas, compare.Settings{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Scenario, c.Verdict)
	// Output: log-cosh agrees
}

// blocks returns the fenced blocks of a Markdown text in one language.
func blocks(text, language string) []string {
	var found []string
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		found = append(found, block+"\n")
	}
	return found
}

// The README's scenario loads and its Go code is the example above, which runs.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	yaml := blocks(string(readme), "yaml")
	if len(yaml) == 0 {
		t.Error("no scenario")
	}
	for _, text := range yaml {
		if _, err := scenarios.Parse("README.md", []byte(text)); err != nil {
			t.Error(err)
		}
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	code := blocks(string(readme), "go")
	if len(code) == 0 {
		t.Error("no Go code")
	}
	for _, text := range code {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.Contains(string(source), line) {
				t.Errorf("not in the example: %s", line)
			}
		}
	}
}

package main

import (
	"os"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// blocks returns the fenced blocks of a Markdown text in one language.
func blocks(text, language string) []string {
	var found []string
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		found = append(found, block+"\n")
	}
	return found
}

// The README's scenario loads and its Go code is harness's example, which runs.
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
	goIsIn(t, string(readme), "../../harness/example_test.go")
}

// goIsIn checks that the Go code of a page is that of a source file, which is compiled and run, line by line.
func goIsIn(t *testing.T, page, path string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	code := blocks(page, "go")
	if len(code) == 0 {
		t.Error("no Go code")
	}
	for _, text := range code {
		if strings.HasPrefix(text, "package main\n") {
			continue // a whole program: internal/architecture runs it
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.Contains(string(source), line) {
				t.Errorf("not in %s: %s", path, line)
			}
		}
	}
}

package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// Every template loads, names its kind in the help of `new`, and comments on every line that sets something.
func TestTemplates(t *testing.T) {
	var help bytes.Buffer
	if code := run(context.Background(), []string{"new", "--help"}, &help, &help); code != exitOK {
		t.Fatal(help.String())
	}
	words := strings.Join(strings.Fields(help.String()), " ")
	for _, kind := range kinds() {
		text, err := templates.ReadFile("templates/" + kind + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scenarios.Parse(kind+".yaml", text); err != nil {
			t.Error(err)
		}
		if !strings.Contains(words, kind) {
			t.Errorf("the help of new does not name %s", kind)
		}
		comments := strings.Count(string(text), "#")
		keys := len(regexp.MustCompile(`(?m)^\s*[a-z_]+: \S`).FindAllString(string(text), -1))
		if comments < keys*2/3 {
			t.Errorf("%s.yaml has %d comments on %d keys", kind, comments, keys)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// verdictJSON is what is read of verdict.json, with these mistakes fitting.
func verdictJSON(verdict, begins string, differs bool, fits string) string {
	return fmt.Sprintf(`{"scenarios": [{"verdict": %q, "p": 0.25, "begins": %s}],
		"theirs_vs_ours": {"differs": %v, "begins": %s, "diagnosis": [%s]}}`, verdict, begins, differs, begins, fits)
}

// An answer is expected only if verdict, difference and diagnosis all are.
func TestAs(t *testing.T) {
	const at, short, double = `{"step": 3, "observable": "norm"}`, `{"name": "short-memory"}`, `{"name": "double-batch"}`
	for _, test := range []struct {
		text     string
		expected string
		want     bool
	}{
		{verdictJSON("agrees", "null", false, ""), "-", true},
		{verdictJSON("inconclusive", "null", false, ""), "-", true},
		{verdictJSON("disagrees", at, false, ""), "-", false},
		{verdictJSON("agrees", at, true, ""), "-", false},
		{verdictJSON("disagrees", at, true, ""), "none", true},
		{verdictJSON("disagrees", at, true, short), "none", false},
		{verdictJSON("inconclusive", at, true, ""), "none", false},
		{verdictJSON("disagrees", at, true, short), "short-memory", true},
		{verdictJSON("disagrees", at, true, double+", "+short), "short-memory", true},
		{verdictJSON("disagrees", at, true, double), "short-memory", false},
		{verdictJSON("disagrees", at, true, ""), "short-memory", false},
		{verdictJSON("inconclusive", at, true, short), "short-memory", false},
		{verdictJSON("disagrees", at, false, short), "short-memory", false},
	} {
		var a answer
		if err := json.Unmarshal([]byte(test.text), &a); err != nil {
			t.Fatal(err)
		}
		if got := a.as(entry{expected: test.expected}); got != test.want {
			t.Errorf("%s is as it should be for %q: %v", test.text, test.expected, got)
		}
	}
}

// A program that finds everything right is found out, and one that fails is no answer.
func TestVerify(t *testing.T) {
	if _, err := exec.LookPath("/bin/sh"); err != nil {
		t.Skip("no shell")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	script := "#!/bin/sh\nwhile [ \"$1\" != --out ]; do shift; done\nmkdir -p \"$2\"\ncat >\"$2\"/verdict.json <<.\n" +
		verdictJSON("agrees", "null", false, "") + "\n.\n"
	if err := os.WriteFile(program, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	rows, unexpected, err := verify(program, dir)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := len(entries) - 2; unexpected != wrong || strings.Count(string(rows), "(unexpected)") != wrong {
		t.Errorf("%d answers are unexpected, want %d:\n%s", unexpected, wrong, rows)
	}
	if page := string(report(rows, unexpected)); !strings.Contains(page, "**6 are not as they should be**") {
		t.Error(page)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 2\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, _, err := verify(program, dir); err == nil || !strings.Contains(err.Error(), "exit status 2") {
		t.Errorf("a program that fails: %v", err)
	}
}

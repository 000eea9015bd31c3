package architecture

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A module outside this one uses it as the README says: the program there, and those of the examples of compare and
// harness, of which the second has a loss of its own, are compiled in such modules by the README's commands, run, and print
// what is expected of them.
func TestModuleOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("links three programs")
	}
	recipe, program, _ := strings.Cut(section(t, "### In a module of your own"), "```go\n")
	program, _, _ = strings.Cut(program, "```")
	commands := indented(recipe)
	if len(commands) != 4 {
		t.Fatalf("the README's recipe has the commands %q", commands)
	}
	for name, source := range map[string]string{
		"readme":  program + "\n// Output: agrees\n",
		"compare": asProgram(t, "../../compare/example_test.go", "compare_test", "ExampleCompare"),
		"harness": asProgram(t, "../../harness/example_test.go", "harness_test", "ExampleVerify"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, want, found := strings.Cut(source, "// Output: ")
			if !found {
				t.Fatal("nothing is said of the output")
			}
			want, _, _ = strings.Cut(want, "\n")
			if got := runOutside(t, source, commands); got != want {
				t.Errorf("it prints %q, not %q", got, want)
			}
		})
	}
}

// runOutside puts a program into a new directory beside a limitcheck, and returns the last line that the commands print.
func runOutside(t *testing.T, source string, commands []string) string {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(root, filepath.Join(dir, "limitcheck")); err != nil {
		t.Skip(err)
	}
	mine := filepath.Join(dir, "mine")
	if err := os.Mkdir(mine, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "main.go"), []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../go.sum") // so that nobody is asked for them
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "go.sum"), sums, 0o666); err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, command := range commands {
		words := strings.Fields(command)
		run := exec.Command(words[0], words[1:]...)
		var stderr bytes.Buffer
		run.Dir, run.Stderr = mine, &stderr
		run.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "PWD="+mine)
		if out, err = run.Output(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, stderr.Bytes())
		}
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// section is a part of the README, from its heading to the next.
func section(t *testing.T, heading string) string {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(readme), "\n"+heading+"\n")
	if !found {
		t.Fatalf("the README has no %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n#")
	return text
}

// indented are the lines of a page's indented code.
func indented(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			lines = append(lines, strings.TrimSpace(code))
		}
	}
	return lines
}

// asProgram makes a program of a file with one example.
func asProgram(t *testing.T, path, name, example string) string {
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("package "+name, "package main", "func "+example+"()", "func main()").Replace(string(source))
}

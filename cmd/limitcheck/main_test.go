package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"limitcheck": main})
}

// Each script is a session at a terminal, with the scenarios of testdata at hand.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector has seen these commands in the process: TestCommands")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			files, err := filepath.Glob("testdata/*.yaml")
			if err != nil {
				return err
			}
			for _, name := range files {
				b, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(e.WorkDir, filepath.Base(name)), b, 0o666); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit": exit, "waitlines": waitLines, "oneline": oneLine, "cut": cut, "replace": replace,
			"junk": junk, "damage": damage, "samereport": sameReport, "alllines": allLines,
		},
	})
}

// exit CODE COMMAND... runs a command that must end with this code.
func exit(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		code = e.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// waitlines N FILE waits until a file that another process writes has N lines.
func waitLines(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for range 6000 {
		b, err := os.ReadFile(ts.MkAbs(args[1]))
		if err == nil && bytes.Count(b, []byte("\n")) >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s does not get %d lines", args[1], n)
}

// oneline checks that the last command said one line on standard error: no usage dump, no stack.
func oneLine(ts *testscript.TestScript, _ bool, _ []string) {
	if s := ts.ReadFile("stderr"); strings.Count(s, "\n") != 1 || !strings.HasPrefix(s, "limitcheck: ") {
		ts.Fatalf("not one line of limitcheck's:\n%s", s)
	}
}

// cut N FILE takes the last N bytes off a file.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	name := ts.MkAbs(args[1])
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()-n))
}

// replace OLD NEW FROM TO writes the file FROM with the first OLD replaced to TO.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not contain %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(strings.Replace(text, args[0], args[1], 1)), 0o666))
}

// alllines FILE checks that all lines of a file are among those of the last command's standard output.
func allLines(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(ts.ReadFile("stdout"), "\n")
	for line := range strings.SplitSeq(ts.ReadFile(args[0]), "\n") {
		if !slices.Contains(lines, line) {
			ts.Fatalf("not in standard output: %s", line)
		}
	}
}

// junk FILE writes what no text file holds.
func junk(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("\x7fELF\x02\x01\x00\xff\xfe\x00\n\x80: \xc3\x28{["), 0o666))
}

// samereport DIR1 DIR2 compares two reports, and what they say to programs, up to the heading under which times stand.
func sameReport(ts *testscript.TestScript, _ bool, args []string) {
	for name, heading := range map[string]string{"report.md": "\n## Reproduce\n", "verdict.json": "\n  \"provenance\": {\n"} {
		var text [2]string
		for i := range text {
			whole := ts.ReadFile(filepath.Join(args[i], name))
			before, _, found := strings.Cut(whole, heading)
			if !found {
				ts.Fatalf("%s in %s has no heading %q", name, args[i], heading)
			}
			text[i] = before
		}
		if diff := cmp.Diff(text[0], text[1]); diff != "" {
			ts.Fatalf("%s in %s and %s differ:\n%s", name, args[0], args[1], diff)
		}
	}
}

// damage DIR flips a bit in the middle of every file there.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	files, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, f := range files {
		path := filepath.Join(ts.MkAbs(args[0]), f.Name())
		b, err := os.ReadFile(path)
		ts.Check(err)
		b[len(b)/2] ^= 1
		ts.Check(os.WriteFile(path, b, 0o666))
	}
}

// All commands, in this process.
func TestCommands(t *testing.T) {
	out := t.TempDir()
	for _, test := range []struct {
		code int
		args string
	}{
		{0, "list"},
		{0, "show testdata/tiny.yaml"},
		{0, "version"},
		{0, "theory testdata/sweep.yaml --paths 64"},
		{0, "simulate testdata/sweep.yaml"},
		{0, "verify testdata/sweep.yaml --out " + out + " --shard 1/2"},
		{2, "verify testdata/sweep.yaml --out " + out},
		{0, "verify testdata/sweep.yaml --out " + out + " --resume --shard 2/2"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(test.args), &stdout, &stderr); code != test.code {
			t.Errorf("limitcheck %s: exit code %d, want %d: %s", test.args, code, test.code, stderr.String())
		} else if (code == 0) != (stdout.Len() > 0) {
			t.Errorf("limitcheck %s: %d bytes on standard output", test.args, stdout.Len())
		}
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{"8GiB": 8 << 30, "500MB": 5e8, "1e9": 1e9, "1.5 KiB": 1536, "2G": 2 << 30} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1GiB", "0", "8 giga", "1e30", "NaN", "8iB", "Inf", "8", "999999"} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestShards(t *testing.T) {
	for _, text := range []string{"", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3"} {
		if err := new(shard).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a shard", text)
		}
	}
}

func TestQuoteReadsBackInAShell(t *testing.T) {
	args := []string{"plain", "two words", "it's", "$HOME", `a\b`, ""}
	out, err := exec.Command("sh", "-c", "printf '%s|' "+quote(args)).Output()
	if err != nil {
		t.Skip("no shell")
	}
	if want := strings.Join(args, "|") + "|"; string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// closedPipe is a reader that has seen enough.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestClosedPipeIsNoFailure(t *testing.T) {
	for _, args := range [][]string{{"list"}, {"show", "ridge-gd"}, {"theory", "ridge-gd"},
		{"simulate", "testdata/tiny.yaml"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, closedPipe{}, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
}

// fullDisk cannot be written to.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestFullDiskIsAFailure(t *testing.T) {
	for _, args := range [][]string{{"list"}, {"theory", "ridge-gd"}, {"simulate", "testdata/tiny.yaml"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), args, fullDisk{}, &stderr)
		if code != exitFailure || !strings.Contains(stderr.String(), syscall.ENOSPC.Error()) {
			t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
}

func TestCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"theory", "logistic-sgd"}, {"simulate", "testdata/tiny.yaml"},
		{"verify", "testdata/tiny.yaml", "--out", t.TempDir()}} {
		var stderr bytes.Buffer
		if code := run(ctx, args, io.Discard, &stderr); code != exitInterrupted {
			t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
}

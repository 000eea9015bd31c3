package rundir

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"limitcheck/internal/journal"
	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

func foreign(t *testing.T, err error, path string) {
	t.Helper()
	var e *ForeignError
	if !errors.As(err, &e) || e.Path != path {
		t.Errorf("got %v, want an error about %s", err, path)
	}
}

// Of somebody else's directory nothing that is there is written over; beside it a run has room.
func TestForeignFilesAreInTheWay(t *testing.T) {
	for _, name := range []string{"report.md", "report.html", "verdict.json", "verdict.old.json", "summary.csv", "run.json", "replicas.jsonl",
		"scenarios/x.yaml", "theory/x.csv", "mine/notes.txt", "mine"} {
		dir := t.TempDir()
		write(t, dir, name, "precious")
		first, _, _ := strings.Cut(name, "/")
		foreign(t, Check(dir, []string{"other", "mine"}), filepath.Join(dir, first))
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != "precious" {
			t.Errorf("%s is now %q", name, b)
		}
	}
	dir := t.TempDir()
	write(t, dir, "thesis.tex", "precious")
	write(t, dir, "lock", "")
	if err := Check(dir, []string{"mine"}); err != nil {
		t.Error(err)
	}
	if err := Check(filepath.Join(dir, "new", "deep"), nil); err != nil {
		t.Error(err)
	}
	foreign(t, Check(filepath.Join(dir, "thesis.tex"), nil), filepath.Join(dir, "thesis.tex"))
}

// A run.json of ours, or a journal, makes a directory a run's.
func TestOurDirectories(t *testing.T) {
	dir := t.TempDir()
	if err := Begin(dir, "v1", []string{"verify", "mine.yaml"}, Scenario{"mine", []byte("name: mine\n")}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "scenarios", "mine.yaml")); err != nil || string(text) != "name: mine\n" {
		t.Errorf("the scenario's file is %q, %v", text, err)
	}
	write(t, dir, "report.md", "old")
	write(t, dir, "mine/curves.csv", "old")
	if err := Check(dir, []string{"mine"}); err != nil {
		t.Error(err)
	}
	var run Run
	text, _ := os.ReadFile(filepath.Join(dir, "run.json"))
	if err := json.Unmarshal(text, &run); err != nil || run.Format != 1 || run.Version != "v1" || run.Machine != machine.Kind() || run.Arguments[1] != "mine.yaml" ||
		!slices.Equal(run.Scenarios, []string{"mine"}) {
		t.Errorf("%v: %s", err, text)
	}

	dir = t.TempDir() // a run that was killed, or from before there was run.json
	j, err := journal.Open(dir, journal.New)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Append(journal.Key{}, &montecarlo.Replica{}), j.Close()); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "report.md", "old")
	if err := Check(dir, nil); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"{}", `{"format": 1}`, `{"program": "limitcheck"}`, "[1]", `{"format": 1, "program": "limitchecker"}`} {
		dir := t.TempDir()
		write(t, dir, "run.json", text)
		foreign(t, Check(dir, nil), filepath.Join(dir, "run.json"))
	}
}

// Links that lead out of the directory are in the way, also in a directory of ours; so is what is no file where a file
// would be.
func TestLinksAndKinds(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, "x", "precious")
	for name, target := range map[string]string{"mine": outside, "report.md": filepath.Join(outside, "x"), "scenarios": "../elsewhere", "verdict.json": "nowhere"} {
		dir := t.TempDir()
		if err := Begin(dir, "v1", nil); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
		foreign(t, Check(dir, []string{"mine"}), filepath.Join(dir, name))
	}
	dir := t.TempDir()
	if err := errors.Join(Begin(dir, "v1", nil), os.Mkdir(filepath.Join(dir, "report.md"), 0o777)); err != nil {
		t.Fatal(err)
	}
	foreign(t, Check(dir, nil), filepath.Join(dir, "report.md"))
	if err := os.Symlink(dir, filepath.Join(outside, "link")); err != nil {
		t.Skip(err)
	}
	os.Remove(filepath.Join(dir, "report.md"))
	if err := Check(filepath.Join(outside, "link"), nil); err != nil {
		t.Errorf("a directory behind a link: %v", err)
	}
}

// While a run is under way, and if it comes to no report, what an earlier one found has another name; the run's own
// report takes its place.
func TestFindingsAreOfThisRun(t *testing.T) {
	dir := t.TempDir()
	begin := func() {
		t.Helper()
		if err := errors.Join(Check(dir, nil), Begin(dir, "v1", nil)); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(name, want string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(dir, name))
		if absent := errors.Is(err, fs.ErrNotExist); absent != (want == "") || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
	begin()
	write(t, dir, "verdict.json", "first")
	begin()
	holds("verdict.json", "")
	holds("verdict.old.json", "first")
	begin() // after an interruption: nothing new is to be set aside
	holds("verdict.old.json", "first")
	write(t, dir, "verdict.json", "second")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := End(root); err != nil {
		t.Fatal(err)
	}
	holds("verdict.json", "second")
	holds("verdict.old.json", "")
}

// No scenario has the name of anything that a run writes beside the scenarios' directories.
func TestNamesAreReserved(t *testing.T) {
	for _, name := range append(append([]string{"lock", "replicas.v3.jsonl", "replicas.v3.2.jsonl"}, files()...), directories...) {
		for _, spelling := range []string{name, strings.ToUpper(name)} {
			if scenarios.CheckName(spelling) == nil {
				t.Errorf("a scenario may be called %s", spelling)
			}
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"limitcheck/scenarios"
)

// This test plays the tortured program where it is told to: one that keeps its promises, or one that breaks one of them.
const role = "TORTURED"

func TestMain(m *testing.M) {
	if broken, plays := os.LookupEnv(role); plays {
		os.Exit(play(broken, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// play is verify --out DIR, in so far as a report and a journal are left there.
func play(broken string, args []string) int {
	out := args[slices.Index(args, "--out")+1]
	curve := "step,overlap\n0,0.1\n"
	switch broken {
	case "panics":
		fmt.Fprintln(os.Stderr, "limitcheck: internal error: index out of range")
	case "colours":
		fmt.Fprintln(os.Stderr, "limitcheck: \x1b[31mred\x1b[0m")
	case "rambles":
		fmt.Fprintln(os.Stderr, "limitcheck: this is\nsomebody else's line")
	case "forgets":
		curve += fmt.Sprintln(time.Now().UnixNano())
	case "misuses codes":
		return 17
	}
	for name, text := range map[string]string{"report.md": "# Report\n\n## Reproduce\n" + time.Now().String(), "replicas.jsonl": strings.Repeat("line\n", 20),
		"verdict.json": "{\n  \"verdict\": \"agrees\",\n  \"provenance\": {}\n}\n", "first/curves.csv": curve} {
		path := filepath.Join(out, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			return 3
		}
	}
	return 0
}

// A program that keeps its promises passes, and one that breaks any of them does not.
func TestBrokenPromisesAreFound(t *testing.T) {
	for _, broken := range []string{"", "panics", "colours", "rambles", "forgets", "misuses codes"} {
		t.Setenv(role, broken)
		program := &torture{Limitcheck: os.Args[0], Dir: t.TempDir(), Only: []string{"kills", "journals"}, Files: 2000, Seed: 1}
		var table, failures bytes.Buffer
		n, err := program.main(&table, &failures)
		if err != nil || (n > 0) != (broken != "") || (failures.Len() > 0) != (n > 0) {
			t.Errorf("a program that %s: %d broken promises, %v\n%s%s", broken, n, err, table.String(), failures.String())
		}
		if want := "| journals | broken promises | 0 |\n"; broken == "" && !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, table.String())
		}
	}
}

// The same for how files are read: one in fifty goes wrong.
func TestBrokenReadersAreFound(t *testing.T) {
	var n atomic.Int64
	seldom := func() bool { return n.Add(1)%50 == 0 }
	for broken, parse := range map[string]func(string, []byte) (*scenarios.Scenario, error){
		"": scenarios.Parse,
		panics: func(name string, text []byte) (*scenarios.Scenario, error) {
			if seldom() {
				panic("index out of range")
			}
			return scenarios.Parse(name, text)
		},
		controls: func(name string, text []byte) (*scenarios.Scenario, error) {
			s, err := scenarios.Parse(name, text)
			if err != nil && seldom() {
				err = errors.New("unknown key \x1b[31m")
			}
			return s, err
		},
		lines: func(name string, text []byte) (*scenarios.Scenario, error) {
			s, err := scenarios.Parse(name, text)
			if err != nil && seldom() {
				err = errors.New("one\ntwo\nthree\nfour")
			}
			return s, err
		},
		"not read again": func(name string, text []byte) (*scenarios.Scenario, error) {
			s, err := scenarios.Parse(name, text)
			if err == nil && name == "again.yaml" && n.Add(1) == 2 {
				s.Experiment.Seed++
			}
			return s, err
		},
	} {
		n.Store(0)
		program := &torture{Files: 300, Seed: 1, parse: parse}
		c := &tally{dir: t.TempDir(), failures: io.Discard, counts: map[string]int{}}
		program.readMutants(c, newMutator())
		if (c.broken > 0) != (broken != "") || broken != "" && c.counts[broken] != c.broken {
			t.Errorf("%s: %d broken promises, %v", broken, c.broken, c.counts)
		}
		if c.counts["files"] != 300 || broken == "" && c.counts["scenarios among them"] < 5 {
			t.Errorf("counted %v", c.counts)
		}
	}
}

func TestJudge(t *testing.T) {
	for stderr, good := range map[string]bool{
		"":                               true,
		"limitcheck: a\nlimitcheck: b\n": true,
		"limitcheck: é ∞ ≥ 0\n":          true,
		"a\n":                            false,
		"limitcheck: a\nb\n":             false,
		"limitcheck: \x07\n":             false,
		"limitcheck: \u202e\n":           false,
		"limitcheck: \u0085\n":           false,
		"limitcheck: \xff\n":             false,
		"limitcheck: goroutine 1\n":      false,
	} {
		c := &tally{failures: io.Discard}
		if c.judge(outcome{code: 2, stderr: stderr}, 0, 2) != good || (c.broken == 0) != good {
			t.Errorf("%q is judged wrongly", stderr)
		}
	}
	c := &tally{failures: io.Discard}
	if c.judge(outcome{hung: true}, 0) || c.judge(outcome{code: 3}, 0, 2) {
		t.Error("what hangs, or ends with another code, is good")
	}
}

// The same seed does the same harm, and harm is done.
func TestHarmIsReproducible(t *testing.T) {
	m, whole := newMutator(), []byte(strings.Repeat("a line\n", 1000))
	harmed := 0
	for seed := range uint64(200) {
		a, b := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 1))
		if !bytes.Equal(m.mutate(a), m.mutate(b)) {
			t.Fatalf("two files from seed %d", seed)
		}
		one, two := damage(a, whole), damage(b, whole)
		if !bytes.Equal(one, two) {
			t.Fatalf("two journals from seed %d", seed)
		}
		if !bytes.Equal(one, whole) {
			harmed++
		}
	}
	if harmed < 150 {
		t.Errorf("%d of 200 journals are harmed", harmed)
	}
}

// Fewer files are less of everything, but never nothing.
func TestShare(t *testing.T) {
	for files, want := range map[int]int{1: 1, 2000: 1, 50_000: 10, 100_000: 20, 1_000_000: 20} {
		if got := (&torture{Files: files}).share(20); got != want {
			t.Errorf("%d files: %d of 20", files, got)
		}
	}
}

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// hang is how long reading a file may take.
const hang = time.Second

// files are scenario files of the catalogue with a few harms done to each. Each is read as a scenario or answered in one
// line; nothing panics or takes a second; and what is read can be written and read again. A few go through the program.
func (t *torture) files(c *tally) {
	mutator := newMutator()
	t.readMutants(c, mutator)
	t.throughTheProgram(c, mutator)
}

func (t *torture) readMutants(c *tally, mutator *mutator) {
	for _, what := range []string{"files", "scenarios among them", panics, hangs, controls, lines} {
		c.add(what, 0)
	}
	var mu sync.Mutex
	t.each(t.Files, func(rng *rand.Rand) {
		text := mutator.mutate(rng)
		endless := time.AfterFunc(30*hang, func() { // there is no way to end it
			fmt.Fprintf(c.failures, "torture: %s does not end\n", c.keep("endless.yaml", text))
			os.Exit(1)
		})
		start := time.Now()
		valid, found := t.read(text)
		endless.Stop()
		if took := time.Since(start); took > hang {
			found = problem{hangs, fmt.Sprintf("takes %v", took)}
		}
		mu.Lock()
		defer mu.Unlock()
		c.add("files", 1)
		if valid {
			c.add("scenarios among them", 1)
		}
		if found.what != "" {
			c.add(found.what, 1)
			c.fail("%s: %s: %s", c.keep(fmt.Sprintf("bad%d.yaml", c.broken), text), found.what, cut(found.detail))
		}
	})
}

// each calls work n times, on all cores, with random numbers that depend on the seed alone.
func (t *torture) each(n int, work func(*rand.Rand)) {
	var group sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				work(rand.New(rand.NewPCG(t.Seed, uint64(i))))
			}
		})
	}
	group.Wait()
}

// What may be wrong with how a file is read.
const (
	panics   = "panics"
	hangs    = "hangs over 1 s"
	controls = "control characters"
	lines    = "messages of more than 3 lines"
)

// A problem is a broken promise, and how.
type problem struct{ what, detail string }

// read reads a file as limitcheck would, and if it is a scenario, writes it and reads it again.
func (t *torture) read(text []byte) (valid bool, found problem) {
	defer func() {
		if p := recover(); p != nil {
			found = problem{panics, fmt.Sprintf("%v\n%s", p, debug.Stack())}
		}
	}()
	s, err := t.parse("mutated.yaml", text)
	if err != nil {
		message := err.Error()
		switch {
		case !printable(message):
			return false, problem{controls, message}
		case strings.Count(message, "\n") > 2 || len(message) > 1500:
			return false, problem{lines, message}
		}
		return false, problem{}
	}
	if !printable(s.Title) || !printable(s.Name) {
		return true, problem{controls, s.Title}
	}
	written, err := s.YAML()
	if err != nil {
		if strings.Contains(err.Error(), "with every default spelled out") {
			return true, problem{} // a small file of much
		}
		return true, problem{"not written", err.Error()}
	}
	again, err := t.parse("again.yaml", written)
	if err != nil || again.Hash() != s.Hash() {
		return true, problem{"not read again", fmt.Sprint(err)}
	}
	return true, problem{}
}

// throughTheProgram shows some of the files with the program itself, under names that are no better.
func (t *torture) throughTheProgram(c *tally, mutator *mutator) {
	for n := range t.share(400) {
		name := fmt.Sprintf("%s%d.yaml", []string{"x", "a b", "\x1b[31m", "\u202e", "é"}[n%5], n)
		c.keep(name, mutator.mutate(t.rng))
		o := t.run(c.dir, "show", name)
		if c.judge(o, 0, 2) && strings.Count(o.stderr, "\n") > 3 {
			c.fail("says more than three lines: %v", o)
		}
		c.add("shown by the program", 1)
	}
}

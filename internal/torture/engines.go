package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"limitcheck/harness"
	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// engines take mutated files that are still scenarios, however odd, for a moment each: they compute, diverge, refuse or
// are stopped, and nothing else.
func (t *torture) engines(c *tally) {
	for _, what := range []string{"scenarios", "solved", "simulated", "diverged", "refused", "stopped", panics} {
		c.add(what, 0)
	}
	mutator := newMutator()
	var mu sync.Mutex
	t.each(t.share(1500), func(rng *rand.Rand) {
		s, text := t.oddScenario(mutator, rng)
		paths := 1 << (8 + rng.IntN(4))
		solved := attempt("solved", func(ctx context.Context) error {
			_, err := theory.Solve(ctx, s, theory.Settings{Scramblings: 2, Paths: paths, Coordinates: paths, Probes: true})
			return err
		})
		simulated := attempt("simulated", func(ctx context.Context) error {
			_, err := montecarlo.Simulate(ctx, s, montecarlo.Job{Dim: s.Experiment.Dims[0]}, montecarlo.Settings{Workers: 1})
			return err
		})
		mu.Lock()
		defer mu.Unlock()
		c.add("scenarios", 1)
		for _, end := range []problem{solved, simulated} {
			c.add(end.what, 1)
			if end.detail != "" {
				c.fail("%s: %s", c.keep(fmt.Sprintf("bad%d.yaml", c.broken), text), cut(end.detail))
			}
		}
	})
}

// oddScenario mutates files until one of them is a scenario, of which it takes some steps: a moment allows no more.
func (t *torture) oddScenario(mutator *mutator, rng *rand.Rand) (*scenarios.Scenario, []byte) {
	for {
		text := mutator.mutate(rng)
		if s, err := t.parse("mutated.yaml", text); err == nil {
			s.Method.Steps = min(s.Method.Steps, 1<<rng.IntN(8))
			if s.Validate() == nil {
				return s, text
			}
		}
	}
}

// attempt runs an engine for a moment and says how that ended; detail is what must not be.
func attempt(success string, run func(context.Context) error) (end problem) {
	defer func() {
		if p := recover(); p != nil {
			end = problem{panics, fmt.Sprintf("%v\n%s", p, debug.Stack())}
		}
	}()
	const moment, slow = 300 * time.Millisecond, 3 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), moment)
	defer cancel()
	start := time.Now()
	err := harness.EngineError(run(ctx))
	took := time.Since(start)
	end.what = "refused"
	switch {
	case err == nil:
		end.what = success
	case errors.Is(err, context.DeadlineExceeded):
		end.what = "stopped"
	case errors.As(err, new(*theory.DivergenceError)), errors.As(err, new(*montecarlo.DivergenceError)):
		end.what = "diverged"
	case !errors.As(err, new(harness.InputError)) && !errors.As(err, new(*machine.MemoryError)):
		end.detail = "ends in " + err.Error()
	}
	if err != nil && (!printable(err.Error()) || strings.Contains(err.Error(), "\n")) {
		end.detail = "says " + err.Error()
	}
	if took > moment+slow {
		end.detail = fmt.Sprintf("goes on for %v after it was to stop", took-moment)
	}
	return end
}

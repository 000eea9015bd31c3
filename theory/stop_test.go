package theory

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync/atomic"
	"testing"

	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// A countdown is a context that is cancelled when it has been asked so often.
type countdown struct {
	context.Context
	left *atomic.Int64
}

func newCountdown(n int64) countdown {
	c := countdown{context.Background(), new(atomic.Int64)}
	c.left.Store(n)
	return c
}

func (c countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Wherever an interruption meets a computation, also in the middle of a step, it ends with the context's error: no half
// result, no divergence, no panic.
func TestStopsAnywhere(t *testing.T) {
	for name, c := range map[string]struct {
		scenario string
		change   func(*scenarios.Scenario)
		set      Settings
	}{
		"closed form":  {"ridge-gd", nil, Settings{}},
		"spectrum":     {"ridge-spectrum", nil, Settings{}},
		"sweep":        {"logistic-sgd", nil, Settings{Paths: 1024, Scramblings: 2}},
		"population":   {"lasso-fista", nil, Settings{Paths: 1024, Coordinates: 1024, Scramblings: 2}},
		"fresh":        {"logistic-one-pass", nil, Settings{Paths: 1024, Scramblings: 2, Probes: true}},
		"several":      {"committee-erf", nil, Settings{Paths: 1024, Scramblings: 2, Probes: true}},
		"closed+sweep": {"ridge-gd", nil, Settings{Paths: 1024, Scramblings: 2, Probes: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := find(t, c.scenario)
			s.Method.Steps = 4
			enough := newCountdown(math.MaxInt64)
			if _, err := Solve(enough, s, c.set); err != nil {
				t.Fatal(err)
			}
			asked := math.MaxInt64 - enough.left.Load()
			for k := range int64(15) {
				if _, err := Solve(newCountdown(asked*k/15), s, c.set); !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled at the %d-th question of %d: %v", asked*k/15, asked, err)
				}
			}
		})
	}
}

// Of a loop's pieces hardly more than those under way are still worked on.
func TestLoopsStop(t *testing.T) {
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		var done atomic.Int64
		pool{workers, ctx}.each(1000, func(i int) {
			if done.Add(1) == 10 {
				cancel()
			}
		})
		if n := done.Load(); n < 10 || n > 10+int64(workers) {
			t.Errorf("%d workers did %d pieces after being stopped at the tenth", workers, n)
		}
	}
}

func TestPanicsOfPiecesReachTheCaller(t *testing.T) {
	for _, workers := range []int{1, 3} {
		func() {
			defer func() {
				if p := recover(); p != "piece" {
					t.Errorf("%d workers: recovered %v", workers, p)
				}
			}()
			pool{workers: workers}.each(10, func(i int) { panic("piece") })
		}()
	}
}

// The memory that is planned with is at least what is in use at the last step, and no more than three times that. Two
// megabytes are for what does not grow.
func TestMemoryIsPlanned(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, c := range map[string]struct {
		scenario string
		steps    int
		set      Settings
	}{
		"closed form": {"ridge-gd", 600, Settings{}},
		"spectrum":    {"ridge-spectrum", 250, Settings{}},
		"sweep":       {"logistic-sgd", 40, Settings{Paths: 16384, Scramblings: 2}},
		"gauge":       {"ridge-gd", 250, Settings{Paths: 2048, Scramblings: 2, Sampled: true}},
		"population":  {"lasso-fista", 15, Settings{Paths: 4096, Coordinates: 65536, Scramblings: 2}},
		"several":     {"committee-erf", 20, Settings{Paths: 16384, Scramblings: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "gauge" && testing.Short() {
				t.Skip("seconds")
			}
			s := find(t, c.scenario)
			s.Method.Steps = c.steps
			used := func() float64 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return float64(m.HeapAlloc)
			}
			before, most, calls := used(), 0.0, 0
			set := c.set
			set.Progress = func(done, total int) {
				if calls++; calls%(s.Method.Steps+1) == 0 { // the last step of a scrambling
					most = max(most, used()-before)
				}
			}
			if _, err := Solve(t.Context(), s, set); err != nil {
				t.Fatal(err)
			}
			set, err := set.withDefaults(s)
			if err != nil {
				t.Fatal(err)
			}
			if planned := 8 * set.floats(s); !(most <= planned+2<<20 && planned <= 3*most) {
				t.Errorf("planned with %.1f MB, used %.1f MB", planned/1e6, most/1e6)
			}
		})
	}
}

func TestMemoryIsRefusedByName(t *testing.T) {
	s := find(t, "logistic-sgd")
	s.Method.Steps = 100_000
	_, err := Solve(t.Context(), s, Settings{})
	var e *machine.MemoryError
	if !errors.As(err, &e) || e.Need <= e.Have.Bytes {
		t.Errorf("got %v", err)
	}
}

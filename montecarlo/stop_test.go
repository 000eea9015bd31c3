package montecarlo

import (
	"context"
	"errors"
	"math"
	"slices"
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

// Wherever an interruption meets a replica, also while its data are drawn or in the middle of a product, it ends with the
// context's error: no half result, no divergence, no panic.
func TestStopsAnywhere(t *testing.T) {
	for _, engine := range []Engine{Dense, Conditioning} {
		for _, name := range []string{"logistic-sgd", "fused-lasso", "logistic-one-pass", "committee-erf", "mixture-two"} {
			t.Run(string(engine)+"/"+name, func(t *testing.T) {
				s := find(t, name)
				s.Method.Steps = 3
				job := Job{Dim: small(t, s, 120)}
				set := Settings{Engine: engine, Workers: 2}
				enough := newCountdown(math.MaxInt64)
				if _, err := Simulate(enough, s, job, set); err != nil {
					t.Fatal(err)
				}
				asked := math.MaxInt64 - enough.left.Load()
				for k := range int64(25) {
					if _, err := Simulate(newCountdown(asked*k/25), s, job, set); !errors.Is(err, context.Canceled) {
						t.Errorf("cancelled at the %d-th question of %d: %v", asked*k/25, asked, err)
					}
				}
			})
		}
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

// A product looks between two blocks of rows, which are a quarter of a megabyte, however large the matrix.
func TestProductsStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	z := testMatrix[float64](t, 4000, 4000, pool{1, ctx})
	u, p := newVectors(1, 4000), newVectors(1, 4000)
	rows := 0
	z.step(u, p, func(lo, hi int, g, r [][]float64) {
		cancel()
		rows += hi - lo
	})
	if rows > z.blockRows {
		t.Errorf("%d rows were multiplied after the stop, a block is %d", rows, z.blockRows)
	}
}

func TestPanicsOfReplicasReachTheCaller(t *testing.T) {
	s := find(t, "logistic-sgd")
	s.Student.Loss = explosive{s.Student.Loss}
	defer func() {
		if p := recover(); p != "boom" {
			t.Errorf("recovered %v", p)
		}
	}()
	t.Error(Run(t.Context(), s, slices.Values(jobsOf(50, 4)), Settings{}, func(*Replica) error { return nil }))
}

// explosive is a loss of somebody who made a mistake.
type explosive struct{ scenarios.Loss }

func (explosive) Value(f, y float64) float64    { panic("boom") }
func (explosive) Gradient(f, y float64) float64 { panic("boom") }

// What the machine has not is refused by name, before anything is allocated; so is what is beyond all machines, where
// sizes do not fit an integer.
func TestMemoryIsRefusedByName(t *testing.T) {
	s := find(t, "ridge-gd")
	for _, c := range []struct {
		alpha float64
		dim   int
		set   Settings
	}{
		{3, 3_000_000, Settings{Engine: Dense}},
		{3, 3_000_000, Settings{Engine: Dense, MemoryLimit: math.MaxInt64}},
		{1e9, 100_000_000, Settings{Engine: Dense}},
		{1e9, 100_000_000, Settings{Engine: Conditioning}},
	} {
		s.Data.Alpha = c.alpha
		_, err := Simulate(t.Context(), s, Job{Dim: c.dim}, c.set)
		var e *machine.MemoryError
		if !errors.As(err, &e) || e.Need <= e.Have.Bytes {
			t.Errorf("d = %d, alpha = %g: got %v", c.dim, c.alpha, err)
		}
		if check := c.set.Check(s, c.dim); check == nil || check.Error() != err.Error() {
			t.Errorf("d = %d, alpha = %g: the check says %v", c.dim, c.alpha, check)
		}
	}
}

// Jobs are taken as they come: as many as nobody could list.
func TestJobsNeedNoList(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 1
	endless := func(yield func(Job) bool) {
		for i := 0; yield(Job{40, i}); i++ {
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	count := 0
	err := Run(ctx, s, endless, Settings{Workers: 2}, func(*Replica) error {
		if count++; count == 100 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || count != 100 {
		t.Errorf("%d replicas, %v", count, err)
	}
}

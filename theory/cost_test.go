package theory

import (
	"errors"
	"testing"

	"limitcheck/internal/machine"
)

// What is estimated grows as what is computed does, and counts the parts that a store is given.
func TestEstimate(t *testing.T) {
	s := find(t, "logistic-sgd")
	s.Method.Steps = 5
	estimate := func(set Settings) Estimate {
		t.Helper()
		e, err := set.Estimate(s)
		if err != nil || !(e.Seconds > 0) || e.Bytes <= 0 {
			t.Fatalf("%+v, %v", e, err)
		}
		return e
	}
	for _, c := range []struct {
		name string
		set  Settings
	}{{"logistic-sgd", Settings{Paths: 1024}}, {"logistic-sgd", Settings{Paths: 1 << 13}}, {"ridge-gd", Settings{}},
		{"ridge-gd", Settings{Paths: 1024, Probes: true}}} {
		s = find(t, c.name)
		s.Method.Steps = 5
		store := &memory{}
		with := c.set
		with.Store = store
		solve(t, s, with)
		if e := estimate(c.set); e.Parts != store.appends {
			t.Errorf("%s, %+v: %d parts are estimated, %d made", c.name, c.set, e.Parts, store.appends)
		}
	}
	s = find(t, "logistic-sgd")
	s.Method.Steps = 40
	one := estimate(Settings{Paths: 1 << 16})
	twice := estimate(Settings{Paths: 1 << 17})
	if r := twice.Seconds / one.Seconds; r < 1.8 || r > 2.1 { // all but kernels and the weight side is linear in the paths
		t.Errorf("twice the paths take %.2f times as long", r)
	}
	s.Method.Steps = 160
	// Between four times, all linear, and sixteen, all quadratic in the steps.
	if r := estimate(Settings{Paths: 1 << 16}).Seconds / one.Seconds; r < 5 || r > 16 {
		t.Errorf("four times the steps take %.2f times as long", r)
	}
	s.Method.Steps = 10_000
	if _, err := (Settings{Paths: 1 << 24}).Estimate(s); !errors.As(err, new(*machine.MemoryError)) {
		t.Errorf("what Solve refuses is estimated: %v", err)
	}
}

package theory

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"limitcheck/scenarios"
)

// memory is a store that fails after so many parts, if that is not 0.
type memory struct {
	mu             sync.Mutex
	parts          map[Key]*Part
	found, appends int
	failAfter      int
	cancel         context.CancelFunc // called with the first part
}

func (m *memory) Find(k Key) *Part {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.parts[k] != nil {
		m.found++
	}
	return m.parts[k]
}

var errFull = errors.New("full")

func (m *memory) Append(k Key, p *Part) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.parts == nil {
		m.parts = map[Key]*Part{}
	}
	if m.failAfter > 0 && m.appends == m.failAfter {
		return errFull
	}
	m.parts[k] = p
	m.appends++
	if m.cancel != nil {
		m.cancel()
	}
	return nil
}

// A limit put together from parts on file has the bits of one computed at once: curves, errors widened by a coarser
// computation, kernels and probes. A nil store changes nothing.
func TestStoredPartsSameBits(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    Settings
		change func(*scenarios.Scenario)
		parts  int
	}{
		{"logistic-sgd", Settings{Paths: 1 << 13, Probes: true}, nil, 8},
		// Few points for the directions: as many coarse scramblings again.
		{"logistic-sgd", Settings{Paths: 1024}, nil, 16},
		{"ridge-gd", Settings{}, nil, 1},
		{"ridge-gd", Settings{Paths: 1 << 13, Probes: true}, nil, 9},
		{"ridge-gd", Settings{Paths: 1 << 13, Ablation: NoMemory, NoKernels: true}, nil, 8},
	} {
		s := find(t, c.name)
		s.Method.Steps = 5
		want := solve(t, s, c.set)
		store := &memory{}
		c.set.Store = store
		for again := range 2 {
			got := solve(t, s, c.set)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %+v: round %d differs", c.name, c.set, again)
			}
			if store.appends != c.parts || store.found != again*c.parts {
				t.Errorf("%s, %+v: %d parts stored, %d found in round %d; there are %d", c.name, c.set, store.appends, store.found, again, c.parts)
			}
		}
	}
}

// An interrupted computation goes on from its finished scramblings; nothing that was under way is kept.
func TestInterruptedComputationGoesOn(t *testing.T) {
	s := find(t, "logistic-sgd")
	s.Method.Steps = 5
	set := Settings{Paths: 1 << 14, Scramblings: 12, Seed: 3}
	want := solve(t, s, set)
	ctx, cancel := context.WithCancel(context.Background())
	store := &memory{cancel: cancel}
	set.Store = store
	if _, err := Solve(ctx, s, set); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	kept := store.appends
	if kept == 0 || kept == 12 {
		t.Fatalf("%d parts are kept", kept)
	}
	store.cancel, store.found = nil, 0
	if got := solve(t, s, set); !reflect.DeepEqual(got, want) {
		t.Error("the resumed limit is another")
	}
	if store.found != kept {
		t.Errorf("%d parts found, %d were kept", store.found, kept)
	}
}

// What decides a part's values is in its key, and a part of another shape is computed anew.
func TestStoredPartsAreOfTheKey(t *testing.T) {
	s := find(t, "logistic-sgd")
	s.Method.Steps = 2
	store := &memory{}
	set := Settings{Paths: 1 << 12, Store: store}
	solve(t, s, set)
	n := store.appends
	for what, change := range map[string]func(*Settings, *scenarios.Scenario){
		"paths":    func(set *Settings, _ *scenarios.Scenario) { set.Paths *= 2 },
		"seed":     func(set *Settings, _ *scenarios.Scenario) { set.Seed++ },
		"ablation": func(set *Settings, _ *scenarios.Scenario) { set.Ablation = NoMemory },
		"probes":   func(set *Settings, _ *scenarios.Scenario) { set.Probes = true },
		"problem":  func(_ *Settings, s *scenarios.Scenario) { s.Data.Alpha++ },
	} {
		store.found = 0
		other, set := *s, set
		change(&set, &other)
		solve(t, &other, set)
		if store.found != 0 {
			t.Errorf("parts are taken for those of another %s", what)
		}
	}
	store.appends, store.found = 0, 0
	for _, p := range store.parts {
		p.Curve[1] = p.Curve[1][1:]
	}
	solve(t, s, set)
	if store.appends != n {
		t.Errorf("%d parts with a missing number are computed anew, there are %d", store.appends, n)
	}
	store.failAfter = 3
	store.parts, store.appends = nil, 0
	if _, err := Solve(context.Background(), s, set); !errors.Is(err, errFull) {
		t.Errorf("a store that fails: %v", err)
	}
}

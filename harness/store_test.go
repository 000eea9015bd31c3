package harness_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"limitcheck/harness"
	"limitcheck/internal/machine"
	"limitcheck/montecarlo"
	"limitcheck/scenarios"
	"limitcheck/theory"
)

// failing is a store that keeps nothing.
type failing struct{}

var errFull = errors.New("no space left")

func (failing) Find(montecarlo.Key) *montecarlo.Replica          { return nil }
func (failing) Append(montecarlo.Key, *montecarlo.Replica) error { return errFull }

// recorder is a store that lists what is appended and calls before with how many were appended before.
type recorder struct {
	harness.Memory
	keys   []montecarlo.Key
	before func(n int) error
}

func (r *recorder) Append(k montecarlo.Key, replica *montecarlo.Replica) error {
	if r.before != nil {
		if err := r.before(len(r.keys)); err != nil {
			return err
		}
	}
	r.keys = append(r.keys, k)
	return r.Memory.Append(k, replica)
}

// quick leaves out what the tests of stores have no use for.
func quick(store harness.Store) harness.Settings {
	return harness.Settings{Store: store, Ablations: []theory.Ablation{}, CurvesOnly: true}
}

// sameResult compares all but times.
func sameResult(t *testing.T, got, want *harness.Result) {
	t.Helper()
	if diff := cmp.Diff(want.Comparison, got.Comparison, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
}

// An interrupted check is taken up where it was: nothing finished is trained again, and the result is the same.
func TestInterrupted(t *testing.T) {
	s := parse(t, ridge)
	whole := verify(t, s, quick(nil))
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		store := &recorder{before: func(n int) error {
			if n == 9 {
				cancel()
			}
			return nil
		}}
		set := quick(store)
		set.Simulation.Workers = workers
		r, err := harness.Verify(ctx, s, set)
		if !errors.Is(err, context.Canceled) || r.Limit == nil || r.Comparison != nil {
			t.Fatalf("%d workers: interrupted: %v, %+v", workers, err, r)
		}
		if n := len(store.keys); n != 10 {
			t.Errorf("%d workers: %d replicas are kept, 10 were finished", workers, n)
		}
		sameResult(t, verify(t, s, set), whole)
		if n := len(store.keys); n != 32 {
			t.Errorf("%d workers: %d replicas were trained, there are 32", workers, n)
		}
		sameResult(t, verify(t, s, set), whole)
		if n := len(store.keys); n != 32 {
			t.Errorf("%d workers: of 32 replicas in the store %d were trained again", workers, n-32)
		}
	}
}

// A store that fails ends the check at once, and its own error is inside.
func TestStoreFails(t *testing.T) {
	store := &recorder{before: func(n int) error {
		if n == 2 {
			return errFull
		}
		return nil
	}}
	_, err := harness.Verify(t.Context(), parse(t, ridge), quick(store))
	if !errors.As(err, new(harness.StoreError)) || !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if len(store.keys) != 2 {
		t.Errorf("%d replicas were appended, 2 before the failure", len(store.keys))
	}
}

// A replica belongs to a scenario's definition, seed and engine, not to its name or ladder.
func TestStoreTellsReplicasApart(t *testing.T) {
	store := new(recorder)
	if s := parse(t, ridge); montecarlo.Choose(s, 32) != montecarlo.Dense || montecarlo.Choose(s, 64) != montecarlo.Conditioning {
		t.Fatal("other engines than the test counts with")
	}
	trained := func(change func(s *scenarios.Scenario, set *harness.Settings)) int {
		s, set, before := parse(t, ridge), quick(store), len(store.keys)
		change(s, &set)
		if _, err := harness.Simulate(t.Context(), s, set); err != nil {
			t.Fatal(err)
		}
		return len(store.keys) - before
	}
	for _, test := range []struct {
		what   string
		want   int
		change func(s *scenarios.Scenario, set *harness.Settings)
	}{
		{"nothing", 32, func(*scenarios.Scenario, *harness.Settings) {}},
		{"the name", 0, func(s *scenarios.Scenario, _ *harness.Settings) { s.Name = "other" }},
		{"the ladder", 8, func(s *scenarios.Scenario, _ *harness.Settings) { s.Experiment.Dims = []int{64, 512} }},
		{"the number of replicas", 12, func(s *scenarios.Scenario, _ *harness.Settings) { s.Experiment.Replicas = 11 }},
		{"the seed", 32, func(s *scenarios.Scenario, _ *harness.Settings) { s.Experiment.Seed = 4 }},
		{"the scenario", 32, func(s *scenarios.Scenario, _ *harness.Settings) {
			method := *s.Method.Optimizer.(*scenarios.SGD)
			method.Ridge = scenarios.Constant(0.2)
			s.Method.Optimizer = &method
		}},
		{"the engine", 24, func(_ *scenarios.Scenario, set *harness.Settings) { set.Simulation.Engine = montecarlo.Dense }},
		{"the precision", 32, func(_ *scenarios.Scenario, set *harness.Settings) { set.Simulation.Float32 = true }},
		{"the workers", 0, func(_ *scenarios.Scenario, set *harness.Settings) { set.Simulation.Workers = 2 }},
	} {
		if n := trained(test.change); n != test.want {
			t.Errorf("changed %s: %d replicas are trained, want %d", test.what, n, test.want)
		}
	}
}

// Memory may be shared by checks that run at once.
func TestMemoryIsShared(t *testing.T) {
	s, store := parse(t, ridge), new(harness.Memory)
	want, err := harness.Simulate(t.Context(), s, quick(nil))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for _, share := range shares(t, 4, s) {
		group.Go(func() {
			own, set := *s, quick(store)
			set.Select = share.Select(0)
			if _, err := harness.Simulate(t.Context(), &own, set); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, missing, err := harness.Plan(s, quick(store))
	if err != nil || len(missing) > 0 {
		t.Fatalf("%v, %d replicas are missing", err, len(missing))
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(montecarlo.Replica{}, "Seconds")); diff != "" {
		t.Error(diff)
	}
}

func shares(t *testing.T, n int, list ...*scenarios.Scenario) []harness.Share {
	t.Helper()
	shares, err := harness.Shares(list, quick(nil).Simulation, n)
	if err != nil {
		t.Fatal(err)
	}
	return shares
}

// Shares in separate stores, put together, are the whole.
func TestShares(t *testing.T) {
	s, merged := parse(t, ridge), new(recorder)
	for number, share := range shares(t, 3, s) {
		own := new(recorder)
		set := quick(own)
		set.Select = share.Select(0)
		if _, err := harness.Simulate(t.Context(), s, set); err != nil {
			t.Fatal(err)
		}
		for _, k := range own.keys {
			if merged.Find(k) != nil {
				t.Errorf("share %d trains %+v too", number, k)
			}
			merged.Append(k, own.Find(k))
		}
	}
	whole := verify(t, s, quick(nil))
	sameResult(t, verify(t, s, quick(merged)), whole)
	if len(merged.keys) != 32 {
		t.Errorf("%d replicas, there are 32", len(merged.keys))
	}
}

// However many shares there are, every job of every scenario is in one of them, and none has more to do than another but for
// one job: what was last put into the fullest went there because all others were at least as full.
func TestSharesArePartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*scenarios.Scenario
		for _, name := range rapid.SampledFrom([][]string{{"ridge-gd"}, {"ridge-gd", "logistic-sgd", "hinge-gd"}}).Draw(t, "scenarios") {
			s, err := scenarios.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			s.Experiment.Dims = rapid.SliceOfNDistinct(rapid.SampledFrom([]int{100, 200, 500, 1000, 8000}), 1, 4, rapid.ID).Draw(t, "dims")
			slices.Sort(s.Experiment.Dims)
			s.Experiment.Replicas = rapid.IntRange(1, 20).Draw(t, "replicas")
			list = append(list, s)
		}
		of := rapid.IntRange(1, 60).Draw(t, "shares")
		shares, err := harness.Shares(list, montecarlo.Settings{}, of)
		if err != nil {
			t.Fatal(err)
		}
		least, most, largest := math.Inf(1), 0.0, 0.0
		for i, s := range list {
			seen := map[montecarlo.Job]int{}
			jobs := slices.Collect(harness.Jobs(s))
			for _, share := range shares {
				chosen := share.Select(i)(jobs)
				if !slices.Equal(chosen, share.Jobs[i]) {
					t.Errorf("%v are chosen, the share has %v", chosen, share.Jobs[i])
				}
				for _, job := range chosen {
					seen[job]++
				}
			}
			for _, job := range jobs {
				if seen[job] != 1 {
					t.Errorf("%v of %s is in %d shares", job, s.Name, seen[job])
				}
				largest = max(largest, montecarlo.Cost(s, job.Dim, montecarlo.Choose(s, job.Dim)))
			}
		}
		for _, share := range shares {
			least, most = min(least, share.Seconds), max(most, share.Seconds)
		}
		if len(shares) > of || most-least > largest*(1+1e-9) {
			t.Errorf("%d shares of %d take between %g and %g s, one job %g at most", len(shares), of, least, most, largest)
		}
	})
}

// The biggest jobs come first, on both sides of the dimension at which the engine changes; a plan trains nothing.
func TestBiggestFirst(t *testing.T) {
	s, err := scenarios.Find("ridge-sgd-small-batch")
	if err != nil {
		t.Fatal(err)
	}
	s.Experiment.Dims, s.Experiment.Replicas = []int{100, 200, 400, 800, 1600, 3200, 6400}, 3
	if montecarlo.Choose(s, 100) == montecarlo.Choose(s, 6400) {
		t.Fatal("one engine does it all: the test does not see what it should")
	}
	finished, missing, err := harness.Plan(s, harness.Settings{Store: failing{}})
	if err != nil || len(finished) > 0 || len(missing) != 21 {
		t.Fatalf("%v: %d finished, %d missing", err, len(finished), len(missing))
	}
	cost := func(j montecarlo.Job) float64 { return montecarlo.Cost(s, j.Dim, montecarlo.Choose(s, j.Dim)) }
	for i := range missing[1:] {
		if cost(missing[i]) < cost(missing[i+1]) {
			t.Errorf("%v before %v", missing[i], missing[i+1])
		}
	}

	ladder, store := parse(t, ridge), new(recorder)
	set := quick(store)
	set.Simulation.Workers = 1
	replicas, err := harness.Simulate(t.Context(), ladder, set)
	if err != nil {
		t.Fatal(err)
	}
	if first, last := store.keys[0], store.keys[31]; first.Dim != 256 || last.Dim != 32 {
		t.Errorf("the first is at d = %d, the last at %d", first.Dim, last.Dim)
	}
	for i, job := range slices.Collect(harness.Jobs(ladder)) {
		if r := replicas[i]; r.Dim != job.Dim || r.Index != job.Index {
			t.Errorf("replica %d is number %d at d = %d, want %v", i, r.Index, r.Dim, job)
		}
	}
}

// More replicas than a comparison has memory for are refused before any is trained, as is more than anybody could list.
func TestReplicasBeyondMemory(t *testing.T) {
	s := parse(t, ridge)
	for _, replicas := range []int{200_000_000_000, scenarios.MostReplicas} {
		s.Experiment.Replicas, s.Method.Steps = replicas, 100_000
		_, _, err := harness.Plan(s, harness.Settings{Store: failing{}})
		if replicas > scenarios.MostReplicas {
			if err == nil || !strings.Contains(err.Error(), "experiment.replicas") {
				t.Errorf("got %v", err)
			}
			continue
		}
		var e *machine.MemoryError
		if !errors.As(err, &e) || e.Need <= e.Have.Bytes {
			t.Errorf("got %v", err)
		}
	}
}

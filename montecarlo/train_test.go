package montecarlo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// ctx is for tests that cancel nothing.
var ctx = context.Background()

// TestConditioningReplaysTraining trains every scenario of the catalogue on a stored Z, and again by conditioning with
// the fresh vectors taken from that Z: every observable and control must agree to rounding, 1e-10 being 5e5 units of it.
func TestConditioningReplaysTraining(t *testing.T) {
	forCatalogue(t, 6, func(t *testing.T, s *scenarios.Scenario) { testReplay(t, s, small(t, s, 40)) })
}

// TestConditioningReplaysConvergence follows whole runs, whose last steps add only tiny new directions.
func TestConditioningReplaysConvergence(t *testing.T) {
	for _, name := range []string{"ridge-gd", "ridge-nesterov", "committee-erf"} {
		t.Run(name, func(t *testing.T) { testReplay(t, find(t, name), small(t, find(t, name), 150)) })
	}
}

// TestConditioningReplaysOtherCombinations covers what the catalogue has no entry for.
func TestConditioningReplaysOtherCombinations(t *testing.T) {
	fresh := find(t, "logistic-one-pass")
	nesterov := *find(t, "logistic-nesterov").Method.Optimizer.(*scenarios.Nesterov)
	nesterov.LearningRate = fresh.Method.Optimizer.(*scenarios.SGD).LearningRate
	nesterov.Momentum = scenarios.Constant(0.5)
	fresh.Method.Optimizer = &nesterov
	committee := find(t, "committee-erf")
	committee.Method.Batch = fresh.Method.Batch
	mixture := find(t, "mixture-two")
	mixture.Data.Covariance = find(t, "ar1-ista").Data.Covariance
	fromZero := find(t, "committee-erf")
	fromZero.Init.Norm, fromZero.Init.Overlap[1] = 0, make([]float64, fromZero.Teacher.Units)
	for name, s := range map[string]*scenarios.Scenario{
		"one unit at zero": fromZero, "fresh batches with look-ahead": fresh, "fresh batches, several units": committee,
		"mixture with a covariance": mixture,
	} {
		t.Run(name, func(t *testing.T) {
			s.Method.Steps = 6
			testReplay(t, s, small(t, s, 40))
		})
	}
}

func testReplay(t *testing.T, s *scenarios.Scenario, d int) {
	t.Helper()
	job := Job{Dim: d, Index: 3}
	var kept stored
	want, err := Simulate(ctx, s, job, Settings{operator: kept.operator, points: 64})
	if err != nil {
		t.Fatal(err)
	}
	inputs, outputs := directions(s)
	batch := 0
	again := func(n, d int, key streamKey) matrix {
		z := rows(kept.z[batch])
		batch++
		return replay(z, d, max(inputs, outputs), s.Student.Units, pool{workers: 1})
	}
	got, err := Simulate(ctx, s, job, Settings{operator: again, points: 64})
	if err != nil {
		t.Fatal(err)
	}
	if batch != len(kept.z) {
		t.Errorf("%d matrices, then %d", len(kept.z), batch)
	}
	compareClosely(t, got.Values, want.Values, 1e-10)
	compareClosely(t, [][]float64{got.Controls}, [][]float64{want.Controls}, 1e-10)
}

// compareClosely allows a difference relative to max(1, |want|).
func compareClosely(t *testing.T, got, want [][]float64, tolerance float64) {
	t.Helper()
	for i := range want {
		for j, x := range want[i] {
			if !(math.Abs(got[i][j]-x) <= tolerance*max(1, math.Abs(x))) {
				t.Errorf("row %d, column %d: %v, want %v", i, j, got[i][j], x)
			}
		}
	}
}

// TestRidgeByMatrixAlgebra repeats ridge-gd with gonum, from the trainer's own X, y and W_0:
// W⁺ = W - η(Xᵀ(XW - y) + λW).
func TestRidgeByMatrixAlgebra(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 10
	method := s.Method.Optimizer.(*scenarios.SGD)
	const d = 40
	var kept stored
	run := newTrainer(s, streamKey{1}, Job{Dim: d}, Dense, Settings{operator: kept.operator, Workers: 1})
	x, y := kept.z[0], mat.NewVecDense(len(run.data.y), run.data.y)
	w, teacher := mat.VecDenseCopyOf(mat.NewVecDense(d, run.w[0])), mat.NewVecDense(d, run.teacher[0])
	if err := run.run(ctx, nil); err != nil {
		t.Fatal(err)
	}
	var want [][]float64
	for range s.Method.Steps + 1 {
		var e, u mat.VecDense
		e.MulVec(x, w)
		e.SubVec(&e, y)
		u.MulVec(x.T(), &e)
		u.AddScaledVec(&u, method.Ridge.At(0), w)
		var difference mat.VecDense
		difference.SubVec(w, teacher)
		overlap, norm, rho := mat.Dot(w, teacher)/d, mat.Dot(w, w)/d, mat.Dot(teacher, teacher)/d
		want = append(want, []float64{overlap, norm, overlap / math.Sqrt(norm*rho), mat.Dot(&e, &e) / 2 / float64(len(run.data.y))})
		w.AddScaledVec(w, -method.LearningRate.At(0), &u)
	}
	compareClosely(t, run.values, want, 1e-11)
}

// TestFieldsOfWeights checks that with look-ahead the fields of W_t, which are recovered from those of P_t, are X W_t.
func TestFieldsOfWeights(t *testing.T) {
	for _, name := range []string{"logistic-nesterov", "ridge-nesterov", "lasso-fista"} {
		s := find(t, name)
		run := newTrainer(s, streamKey{1}, Job{Dim: small(t, s, 40)}, Dense, Settings{Workers: 1})
		defer run.close()
		if !run.lookAhead {
			t.Fatalf("%s does not look ahead", name)
		}
		r := newVectors(1, run.samples)
		for step := range 8 {
			w := [][]float64{append([]float64(nil), run.w[0]...)}
			if err := run.step(step); err != nil {
				t.Fatal(err)
			}
			run.data.fields(r, w)
			compareClosely(t, run.rw, r, 1e-12)
		}
	}
}

// TestDeterminism: the same bits for any number of workers, any order of the jobs, and by Simulate or Run.
func TestDeterminism(t *testing.T) {
	for _, name := range []string{"logistic-sgd", "logistic-epoch", "committee-erf", "logistic-one-pass", "ar1-ista", "ridge-langevin"} {
		s := find(t, name)
		s.Method.Steps = 4
		d := small(t, s, 1500) // several pieces and blocks
		jobs := jobsOf(d, 3)
		backwards := []Job{jobs[2], jobs[0], jobs[1]}
		for _, engine := range []Engine{Dense, Conditioning} {
			previous := runtime.GOMAXPROCS(1)
			want := simulateAll(t, s, jobs, Settings{Engine: engine})
			runtime.GOMAXPROCS(2)
			got := simulateAll(t, s, backwards, Settings{Engine: engine, Workers: 8})
			single, err := Simulate(ctx, s, jobs[1], Settings{Engine: engine, Workers: 2})
			runtime.GOMAXPROCS(previous)
			if err != nil {
				t.Fatal(err)
			}
			got[1] = single
			for i := range want {
				want[i].Seconds, got[i].Seconds = 0, 0
			}
			if difference := cmp.Diff(want, got); difference != "" {
				t.Errorf("%s, %s: %s", name, engine, difference)
			}
		}
	}
}

// heated is the scenario's gradient descent with noise of temperature 0.3.
func heated(s *scenarios.Scenario) scenarios.Optimizer {
	cold := s.Method.Optimizer.(*scenarios.SGD)
	return &scenarios.Langevin{LearningRate: cold.LearningRate, Ridge: cold.Ridge, Temperature: 0.3}
}

// TestStreamsNeverMeet: no two uses of a replica's random numbers share a stream, over twelve fresh batches with the
// method's own noise. The keys of the matrices are those that the trainer hands out.
func TestStreamsNeverMeet(t *testing.T) {
	s := find(t, "logistic-one-pass")
	s.Method.Optimizer, s.Method.Steps = heated(s), 12
	var keys []streamKey
	collect := func(n, d int, key streamKey) matrix {
		keys = append(keys, key)
		return new(stored).operator(n, d, key)
	}
	job := Job{Dim: small(t, s, 40)}
	run := newTrainer(s, streamKey{1}, job, Dense, Settings{operator: collect, Workers: 1, points: 16})
	if err := run.run(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if len(keys) != s.Method.Steps+1 {
		t.Fatalf("%d matrices for %d steps", len(keys), s.Method.Steps)
	}
	seen := map[uint64]string{}
	draw := func(key streamKey, purpose uint64, piece ...uint64) {
		what := fmt.Sprint("key ", key, ", use ", purpose, ", piece ", piece)
		first := key.stream(purpose, piece...).Uint64()
		if other, met := seen[first]; met {
			t.Errorf("%s and %s are one stream", what, other)
		}
		seen[first] = what
	}
	const pieces = 3
	for i := range uint64(pieces) {
		for k := range uint64(pieces) {
			for step := range uint64(s.Method.Steps) {
				draw(run.key, forNoise, step, k, i)
			}
			draw(run.key, forTeacher, k, i)
			draw(run.key, forInit, k, i)
		}
		for step := range uint64(s.Method.Steps) {
			draw(run.key, forMask, step, i)
		}
	}
	for _, key := range keys {
		for i := range uint64(pieces) {
			draw(key, forLabels, i)
			draw(key, forMatrix, i)
			for k := range uint64(pieces) {
				draw(key, forInputDirection, k, i)
				draw(key, forOutputDirection, k, i)
			}
		}
	}
}

// TestOnePassLangevin: over ten steps, where each engine draws batches and the method noise, both have the same mean norm.
// Welch's test on the norm at every step; by Bonferroni the chance of a false alarm is 1e-3.
func TestOnePassLangevin(t *testing.T) {
	const replicas = 1000
	s := find(t, "logistic-one-pass")
	s.Method.Optimizer, s.Method.Steps = heated(s), 10
	s.Experiment.Seed = 31
	jobs := jobsOf(64, replicas)
	a := simulateAll(t, s, jobs, Settings{Engine: Dense, points: 16})
	s.Experiment.Seed = 32
	b := simulateAll(t, s, jobs, Settings{Engine: Conditioning, points: 16})
	critical := distuv.UnitNormal.Quantile(1 - 1e-3/float64(s.Method.Steps+1)/2)
	for step := range s.Method.Steps + 1 {
		norm := func(r *Replica) float64 { return r.Values[step][1] }
		m, v := stat.MeanVariance(collect(a, norm), nil)
		n, w := stat.MeanVariance(collect(b, norm), nil)
		if score := (m - n) / math.Sqrt((v+w)/replicas); math.Abs(score) > critical {
			t.Errorf("step %d: the norm is %.4f with the dense engine, %.4f by conditioning: %.1f standard errors", step, m, n, score)
		}
	}
}

// TestReplicasDiffer: each part of the key matters.
func TestReplicasDiffer(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 1
	one := func(job Job) []float64 {
		r, err := Simulate(ctx, s, job, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Values[1]
	}
	base := one(Job{40, 0})
	if reflect.DeepEqual(base, one(Job{40, 1})) {
		t.Error("replicas 0 and 1 are the same")
	}
	s.Experiment.Seed++
	if reflect.DeepEqual(base, one(Job{40, 0})) {
		t.Error("seeds 1 and 2 give the same")
	}
	s.Experiment.Seed--
	s.Experiment.Replicas, s.Experiment.Dims = 99, []int{40}
	if !reflect.DeepEqual(base, one(Job{40, 0})) {
		t.Error("the size of the experiment changes a replica")
	}
}

func TestDivergence(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Optimizer = s.Method.Optimizer.(*scenarios.SGD).AtRate(scenarios.Constant(1e3))
	for _, engine := range []Engine{Dense, Conditioning} {
		_, err := Simulate(ctx, s, Job{Dim: 40, Index: 7}, Settings{Engine: engine})
		var divergence *DivergenceError
		if !errors.As(err, &divergence) {
			t.Fatalf("%s: error %v, want a divergence", engine, err)
		}
		// Weights grow by a factor of up to 1000(1+√3)² ≈ 7500 and at least 1000·(√3-1)² ≈ 540 a step and pass 1e10 at
		// step 3 or 4.
		if divergence.Step < 3 || divergence.Step > 4 || divergence.Replica != 7 || divergence.Dim != 40 || divergence.What != "weights" {
			t.Errorf("%s: %+v", engine, divergence)
		}
		for _, part := range []string{"ridge-gd", "d = 40", "replica 7", "step"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not mention %s", err, part)
			}
		}
	}
}

// brokenLoss has a gradient that is not a number for large outputs.
type brokenLoss struct{ scenarios.Loss }

func (b brokenLoss) Gradient(f, y float64) float64 {
	if f > 2 {
		return math.NaN()
	}
	return b.Loss.Gradient(f, y)
}

// bottomlessLoss has a value that is not a number.
type bottomlessLoss struct{ scenarios.Loss }

func (b bottomlessLoss) Value(f, y float64) float64 { return math.Log(-1) }

func TestNotANumber(t *testing.T) {
	s := find(t, "ridge-gd")
	loss := s.Student.Loss
	for _, test := range []struct {
		loss scenarios.Loss
		what string
	}{{brokenLoss{loss}, "gradients"}, {bottomlessLoss{loss}, "observable train_loss"}} {
		s.Student.Loss = test.loss
		for _, engine := range []Engine{Dense, Conditioning} {
			_, err := Simulate(ctx, s, Job{Dim: 400}, Settings{Engine: engine})
			var divergence *DivergenceError
			if !errors.As(err, &divergence) || divergence.What != test.what || divergence.Step != 0 {
				t.Errorf("%s: error %v, want a divergence of %s at step 0", engine, err, test.what)
			}
		}
	}
}

func TestCancellation(t *testing.T) {
	s := find(t, "ridge-gd")
	for _, engine := range []Engine{Dense, Conditioning} {
		cancelled, cancel := context.WithCancel(ctx)
		steps := 0
		_, err := Simulate(cancelled, s, Job{Dim: 100}, Settings{Engine: engine, Progress: func(int, int) {
			if steps++; steps == 3 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || steps != 3 {
			t.Errorf("%s: error %v after %d steps", engine, err, steps)
		}
		cancelled, cancel = context.WithCancel(ctx)
		emitted := 0
		err = Run(cancelled, s, slices.Values(jobsOf(100, 50)), Settings{Engine: engine}, func(*Replica) error {
			emitted++
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || emitted != 1 {
			t.Errorf("%s: error %v after %d replicas", engine, err, emitted)
		}
	}
	stop := errors.New("enough")
	if err := Run(ctx, s, slices.Values(jobsOf(50, 50)), Settings{}, func(*Replica) error { return stop }); err != stop {
		t.Errorf("error %v, want that of emit", err)
	}
}

func TestRunSerialises(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 2
	var inside, calls atomic.Int32
	set := Settings{Workers: 4, Progress: func(int, int) { t.Error("Run tells the progress of steps") }}
	err := Run(ctx, s, slices.Values(jobsOf(50, 20)), set, func(*Replica) error {
		if inside.Add(1) != 1 {
			t.Error("two calls of emit at once")
		}
		time.Sleep(time.Millisecond)
		inside.Add(-1)
		calls.Add(1)
		return nil
	})
	if err != nil || calls.Load() != 20 {
		t.Errorf("error %v, %d replicas", err, calls.Load())
	}
}

func TestMemoryLimit(t *testing.T) {
	s := find(t, "ridge-gd")
	s.Method.Steps = 2
	const d = 500
	need := footprint(s, d, Dense, false)
	var now, most atomic.Int32
	tracked := func(n, d int, key streamKey) matrix {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(5 * time.Millisecond)
		return &counted{new(stored).operator(n, d, key), &now}
	}
	set := Settings{Engine: Dense, Workers: 8, MemoryLimit: 2*need + need/2, operator: tracked}
	if err := Run(ctx, s, slices.Values(jobsOf(d, 12)), set, func(*Replica) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 2 || now.Load() != 0 {
		t.Errorf("%d matrices at once where 2 fit, %d left", most.Load(), now.Load())
	}
	set.MemoryLimit = need - 1
	err := Run(ctx, s, slices.Values(jobsOf(d, 1)), set, nil)
	if err == nil || !strings.Contains(err.Error(), "--engine conditioning") {
		t.Errorf("error %v, want advice to use conditioning", err)
	}
	set.MemoryLimit = 1 << 10
	if _, err = Simulate(ctx, s, Job{Dim: d}, set); err == nil || strings.Contains(err.Error(), "--engine") {
		t.Errorf("error %v, want one without useless advice", err)
	}
}

// counted counts matrices not yet freed.
type counted struct {
	matrix
	now *atomic.Int32
}

func (c *counted) free() {
	c.matrix.free()
	c.now.Add(-1)
}

func TestBadSettings(t *testing.T) {
	s := find(t, "ridge-gd")
	if _, err := Simulate(ctx, s, Job{Dim: 40}, Settings{Engine: "fast"}); err == nil || !strings.Contains(err.Error(), `"fast"`) {
		t.Errorf("unknown engine: %v", err)
	}
	s.Data.Alpha = 1.5
	if _, err := Simulate(ctx, s, Job{Dim: 41}, Settings{}); err == nil {
		t.Error("alpha·d = 61.5 samples are no error")
	}
}

// swapping is gradient descent after which the two units change places, together with their past.
type swapping struct{ scenarios.Optimizer }

func (s swapping) Step(m scenarios.Move) {
	s.Optimizer.Step(m)
	for i, x := range m.Next[0] {
		m.Next[0][i], m.Next[1][i] = m.Next[1][i], x
	}
}

// TestMethodSeesAllUnits: a method that swaps two units whose output weights are equal gives the run without swaps,
// with the units' observables exchanged at odd steps. The weights are the same to rounding, of which 1e-12 is some
// thousand.
func TestMethodSeesAllUnits(t *testing.T) {
	s := find(t, "committee-erf")
	s.Method.Steps = 5
	d := small(t, s, 40)
	run := func() [][]float64 {
		trainer := newTrainer(s, streamKey{1}, Job{Dim: d}, Dense, Settings{points: 64, Workers: 1})
		defer trainer.close()
		if err := trainer.run(ctx, nil); err != nil {
			t.Fatal(err)
		}
		return trainer.values
	}
	plain := run()
	s.Method.Optimizer = swapping{s.Method.Optimizer}
	swapped := run()
	at := map[string]int{}
	for j, name := range s.Observables() {
		at[name] = j
	}
	for step, row := range plain {
		for name, j := range at {
			if step%2 == 1 {
				switch name {
				case "overlap_0_0", "overlap_0_1", "cosine_0_0", "cosine_0_1":
					j = at[strings.Replace(name, "_0_", "_1_", 1)]
				case "overlap_1_0", "overlap_1_1", "cosine_1_0", "cosine_1_1":
					j = at[strings.Replace(name, "_1_", "_0_", 1)]
				case "norm_0_0":
					j = at["norm_1_1"]
				case "norm_1_1":
					j = at["norm_0_0"]
				case "test_loss":
					continue // an average over points that are placed in the order of the units
				}
			}
			if got, want := swapped[step][at[name]], row[j]; math.Abs(got-want) > 1e-12 {
				t.Errorf("step %d: %s is %.16g, want %.16g", step, name, got, want)
			}
		}
	}
}

package montecarlo

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// An Engine is a way to meet the data. Both simulate the same law; they differ in cost.
type Engine string

// The engines.
const (
	Auto         Engine = ""             // the cheaper one by Choose, a function of (scenario, d) alone
	Dense        Engine = "dense"        // the matrix Z is drawn and stored
	Conditioning Engine = "conditioning" // Z is revealed as it is used: docs/theory.md, "Finite d, exactly"
)

// Settings of a simulation. The zero value asks for defaults. None but Engine and Float32 changes a result.
type Settings struct {
	Engine      Engine
	Workers     int   // cores to use; 0: GOMAXPROCS
	MemoryLimit int64 // bytes that replicas may take at once; 0: half of the physical memory
	Float32     bool  // store the data in single precision; sums over more than a few rows stay in double
	// Progress is called after each step by Simulate, after each replica by Run; never concurrently. May be nil.
	Progress func(done, total int)

	// Tests put a stored Z in the place of the engine's, and few points in the place of those of the test quantities.
	operator func(n, d int, key streamKey) matrix
	points   int
}

// A Job is one replica to simulate: number Index at dimension Dim. Its random numbers depend on (seed, scenario, Dim,
// Index) alone.
type Job struct {
	Dim, Index int
}

// Simulate trains one replica, on all cores. It fails with a *DivergenceError, with ctx.Err() if cancelled (it looks
// between two steps), or if d does not fit the scenario or the memory.
func Simulate(ctx context.Context, s *scenarios.Scenario, job Job, set Settings) (*Replica, error) {
	set = set.withDefaults()
	p, err := set.plan(s, job.Dim)
	if err != nil {
		return nil, err
	}
	return simulate(ctx, s, scenarioKey(s), job, p.engine, set)
}

func simulate(ctx context.Context, s *scenarios.Scenario, key streamKey, job Job, engine Engine, set Settings) (*Replica, error) {
	start := time.Now()
	t := newTrainer(s, key.with(uint64(job.Dim), uint64(job.Index)), job, engine, set)
	defer t.close()
	if err := t.run(ctx, set.Progress); err != nil {
		return nil, err
	}
	return &Replica{
		Dim: job.Dim, Index: job.Index, Engine: string(engine),
		Values: t.values, Controls: t.controls.values, Probes: t.probes(), Seconds: time.Since(start).Seconds(),
	}, nil
}

// Run simulates all jobs and hands each replica to emit as it finishes. As many run at once as there are cores and as
// fit the memory; if these are fewer than the cores, each replica uses several. Calls of emit are serialised; their
// order is unspecified. The first error, of a replica or from emit, ends the run and is returned; a cancelled context
// ends it between two steps with ctx.Err().
func Run(ctx context.Context, s *scenarios.Scenario, jobs []Job, set Settings, emit func(*Replica) error) error {
	set = set.withDefaults()
	cores, memory := semaphore.NewWeighted(int64(set.Workers)), semaphore.NewWeighted(set.MemoryLimit)
	plans := make([]plan, len(jobs))
	for i, job := range jobs {
		var err error
		if plans[i], err = set.plan(s, job.Dim); err != nil {
			return err
		}
		plans[i].workers = set.share(plans[i].memory, len(jobs))
	}
	key := scenarioKey(s)
	parent := ctx // the group's own context ends with the group
	group, ctx := errgroup.WithContext(ctx)
	var emitting sync.Mutex
	done := 0
	for i, job := range jobs {
		p := plans[i]
		if memory.Acquire(ctx, p.memory) != nil || cores.Acquire(ctx, int64(p.workers)) != nil {
			break // cancelled
		}
		group.Go(func() error {
			defer memory.Release(p.memory)
			defer cores.Release(int64(p.workers))
			own := set
			own.Workers, own.Progress = p.workers, nil
			replica, err := simulate(ctx, s, key, job, p.engine, own)
			if err != nil {
				return err
			}
			if p.memory > collectAbove {
				runtime.GC() // the next replica's memory must not come on top of this one's
			}
			emitting.Lock()
			defer emitting.Unlock()
			if err := ctx.Err(); err != nil {
				return err
			}
			done++
			if err := emit(replica); err != nil {
				return err
			}
			if set.Progress != nil {
				set.Progress(done, len(jobs))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if done == len(jobs) {
		return nil
	}
	return parent.Err()
}

// A plan is how one job is run.
type plan struct {
	engine  Engine
	memory  int64
	workers int
}

// collectAbove is the size of a replica, in bytes, after which memory is collected at once.
const collectAbove = 256 << 20

func (set Settings) withDefaults() Settings {
	if set.Workers <= 0 {
		set.Workers = runtime.GOMAXPROCS(0)
	}
	if set.MemoryLimit <= 0 {
		set.MemoryLimit = machine.Memory() / 2
	}
	return set
}

// share is the number of cores for one of several replicas that each need so much memory.
func (set Settings) share(need int64, jobs int) int {
	atOnce := int(min(set.MemoryLimit/max(need, 1), int64(jobs), int64(set.Workers)))
	return max(1, set.Workers/max(atOnce, 1))
}

// plan chooses the engine for dim and finds the bytes a replica takes.
func (set Settings) plan(s *scenarios.Scenario, dim int) (plan, error) {
	if _, err := s.Samples(dim); err != nil {
		return plan{}, err
	}
	engine := set.EngineAt(s, dim)
	switch engine {
	case Dense, Conditioning:
	default:
		return plan{}, fmt.Errorf("unknown engine %q; dense and conditioning exist", engine)
	}
	need := footprint(s, dim, engine, set.Float32)
	if need > set.MemoryLimit {
		advice := ""
		if engine == Dense && footprint(s, dim, Conditioning, set.Float32) <= set.MemoryLimit {
			advice = "; --engine conditioning simulates the same law without the matrix"
		}
		return plan{}, fmt.Errorf("%s: one replica at d = %d takes %s with the %s engine, more than the limit of %s%s",
			s.Name, dim, gigabytes(need), engine, gigabytes(set.MemoryLimit), advice)
	}
	return plan{engine: engine, memory: need}, nil
}

func gigabytes(bytes int64) string { return fmt.Sprintf("%.3g GB", float64(bytes)/1e9) }

// scenarioKey is what the keys of all replicas' random numbers begin with: (seed, scenario). The replica's dim and index
// follow.
func scenarioKey(s *scenarios.Scenario) streamKey {
	hash := sha256.Sum256([]byte(s.Hash()))
	return streamKey{s.Experiment.Seed, binary.LittleEndian.Uint64(hash[:])}
}

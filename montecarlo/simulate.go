package montecarlo

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
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
	MemoryLimit int64 // bytes that replicas may take at once; 0: half of the memory that there is for this process
	Float32     bool  // store the data in single precision; sums over more than a few rows stay in double
	// Progress is called after each step by Simulate. Run does not call it. May be nil.
	Progress func(done, total int)

	// Tests put a stored Z in the place of the engine's, and few points in the place of those of the test quantities.
	operator func(n, d int, key streamKey) matrix
	points   int

	memory *machine.Memory // behind MemoryLimit; nil where somebody set it
	ctx    context.Context // of the simulation
}

// A Job is one replica to simulate: number Index at dimension Dim. Its random numbers depend on (seed, scenario, Dim,
// Index) alone.
type Job struct {
	Dim, Index int
}

// Simulate trains one replica, on all cores. It fails with a *DivergenceError, with ctx.Err() if cancelled (it looks at
// every piece of work, not only between steps), with a *NotConvergedError, with a *machine.MemoryError if the memory is not there, or if d does not
// fit the scenario or Settings.MemoryLimit.
func Simulate(ctx context.Context, s *scenarios.Scenario, job Job, set Settings) (*Replica, error) {
	set = set.withDefaults()
	p, err := set.plan(s, job.Dim)
	if err != nil {
		return nil, err
	}
	return simulate(ctx, s, scenarioKey(s), job, p.engine, set)
}

func simulate(ctx context.Context, s *scenarios.Scenario, key streamKey, job Job, engine Engine, set Settings) (
	replica *Replica, err error) {
	start := time.Now()
	defer func() {
		problem := recover()
		missing, memory := problem.(*machine.MemoryError)
		switch stopped := ctx.Err(); {
		case problem != nil && !memory:
			panic(problem)
		case stopped != nil: // what was computed meanwhile is no result, nor did it diverge
			replica, err = nil, stopped
		case memory:
			missing.What = fmt.Sprintf("%s: the data of a replica at d = %d", s.Name, job.Dim)
			replica, err = nil, missing
		}
	}()
	set.ctx = ctx
	t := newTrainer(s, key.with(uint64(job.Dim), uint64(job.Index)), job, engine, set)
	defer t.close()
	defer t.heldOut.free()
	if err := t.run(ctx, set.Progress); err != nil {
		return nil, err
	}
	return &Replica{
		Dim: job.Dim, Index: job.Index, Engine: string(engine),
		Values: t.values, Controls: t.controls.values, Innovations: t.innovations.values, Probes: t.probes(),
		Seconds: time.Since(start).Seconds(),
	}, nil
}

// Run simulates the jobs, of which no list is needed, and hands each replica to emit as it finishes. As many run at once
// as there are cores and as fit the memory; if these are fewer than the cores, each replica uses several. Calls of emit
// are serialised; their order is unspecified. The first error, of a replica or from emit, ends the run and is returned; a
// cancelled context ends it as it ends Simulate. Jobs may be asked for more than once.
func Run(ctx context.Context, s *scenarios.Scenario, jobs iter.Seq[Job], set Settings, emit func(*Replica) error) error {
	set = set.withDefaults()
	cores, memory := semaphore.NewWeighted(int64(set.Workers)), semaphore.NewWeighted(set.MemoryLimit)
	plans, few := map[int]plan{}, atMost(set.Workers, jobs)
	key := scenarioKey(s)
	parent := ctx // the group's own context ends with the group
	group, ctx := errgroup.WithContext(ctx)
	var emitting sync.Mutex
	var crash atomic.Pointer[any]
	for job := range jobs {
		p, known := plans[job.Dim]
		if !known {
			var err error
			if p, err = set.plan(s, job.Dim); err != nil {
				group.Go(func() error { return err })
				break
			}
			p.workers = set.share(p.memory, few)
			plans[job.Dim] = p
		}
		if memory.Acquire(ctx, p.memory) != nil || cores.Acquire(ctx, int64(p.workers)) != nil {
			break // cancelled
		}
		group.Go(func() error {
			defer memory.Release(p.memory)
			defer cores.Release(int64(p.workers))
			defer func() {
				if problem := recover(); problem != nil {
					crash.Store(&problem)
				}
			}()
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
			return emit(replica)
		})
	}
	err := group.Wait()
	if problem := crash.Load(); problem != nil {
		panic(*problem) // here, where whoever called can meet it
	}
	if err != nil {
		return err
	}
	return parent.Err()
}

// atMost counts jobs, up to most.
func atMost(most int, jobs iter.Seq[Job]) (count int) {
	for range jobs {
		if count++; count == most {
			break
		}
	}
	return count
}

// Check says whether a replica of the scenario at dimension dim can be simulated: whether d fits the scenario, and the
// replica the memory. It allocates nothing.
func (set Settings) Check(s *scenarios.Scenario, dim int) error {
	_, err := set.withDefaults().plan(s, dim)
	return err
}

// Footprint is the memory in bytes that a replica of the scenario takes at dimension dim. Errors are those of Check.
func (set Settings) Footprint(s *scenarios.Scenario, dim int) (int64, error) {
	p, err := set.withDefaults().plan(s, dim)
	return p.memory, err
}

// Bytes is what Footprint is, whether or not this machine has it: a cluster's may.
func (set Settings) Bytes(s *scenarios.Scenario, dim int) int64 {
	return footprint(s, dim, set.EngineAt(s, dim), set.Float32)
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
	memory := machine.Available()
	if set.MemoryLimit <= 0 {
		memory.Bytes /= 2 // the rest is for the theory, for what awaits collection, and for others
	}
	if set.MemoryLimit <= 0 || set.MemoryLimit > memory.Bytes {
		set.memory, set.MemoryLimit = &memory, max(1, memory.Bytes)
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
	if err := checkSolvable(s); err != nil {
		return plan{}, err
	}
	engine := set.EngineAt(s, dim)
	switch engine {
	case Dense, Conditioning:
	default:
		return plan{}, fmt.Errorf("unknown engine %q; dense and conditioning exist", engine)
	}
	if engine == Conditioning && s.Data.Features != "" {
		return plan{}, fmt.Errorf("%s: the conditioning engine has no data.features; the dense engine reads them", s.Name)
	}
	if engine == Conditioning && s.Data.Entries != nil {
		return plan{}, fmt.Errorf("%s: the conditioning engine has Gaussian entries only, not data.entries %s; the dense engine "+
			"draws any", s.Name, scenarios.Name(s.Data.Entries))
	}
	need := footprint(s, dim, engine, set.Float32)
	if need > set.MemoryLimit {
		what, advice := fmt.Sprintf("%s: one replica at d = %d, with the %s engine,", s.Name, dim, engine), ""
		if engine == Dense && knowsFields(s) && footprint(s, dim, Conditioning, set.Float32) <= set.MemoryLimit {
			advice = "--engine conditioning simulates the same law without the matrix"
		}
		if set.memory != nil {
			return plan{}, &machine.MemoryError{What: what, Need: need, Have: *set.memory, Hint: advice}
		}
		if advice != "" {
			advice = "; " + advice
		}
		return plan{}, fmt.Errorf("%s takes %s, more than the limit of %s%s",
			what, machine.Size(need), machine.Size(set.MemoryLimit), advice)
	}
	return plan{engine: engine, memory: need}, nil
}

// scenarioKey is what the keys of all replicas' random numbers begin with: (seed, scenario). The replica's dim and index
// follow.
func scenarioKey(s *scenarios.Scenario) streamKey {
	hash := sha256.Sum256([]byte(s.Hash()))
	return streamKey{s.Experiment.Seed, binary.LittleEndian.Uint64(hash[:])}
}

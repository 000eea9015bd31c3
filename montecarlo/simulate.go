package montecarlo

import (
	"context"
	"errors"

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

// Settings of a simulation. The zero value asks for defaults. None of them but Engine and Float32 changes a result.
type Settings struct {
	Engine      Engine
	Workers     int   // cores to use; 0: GOMAXPROCS
	MemoryLimit int64 // bytes that data matrices and directions may take at once; 0: half of the physical memory
	Float32     bool  // store the matrix in single precision (sums stay in double)
	// Progress is called after each step by Simulate, after each replica by Run; never concurrently. May be nil.
	Progress func(done, total int)
}

// A Job is one replica to simulate: number Index at dimension Dim.
type Job struct {
	Dim, Index int
}

// Simulate trains one replica, on all cores.
func Simulate(ctx context.Context, s *scenarios.Scenario, job Job, set Settings) (*Replica, error) {
	return nil, errors.New("montecarlo: not there yet")
}

// Run simulates all jobs, several replicas at once, and hands each to emit as it finishes. Calls of emit are
// serialised; their order is unspecified. The first error (of a replica, or returned by emit) ends the run and is
// returned; a cancelled context ends it between two steps with ctx.Err().
func Run(ctx context.Context, s *scenarios.Scenario, jobs []Job, set Settings, emit func(*Replica) error) error {
	return errors.New("montecarlo: not there yet")
}

// Choose returns the cheaper engine for the scenario at dimension dim.
func Choose(s *scenarios.Scenario, dim int) Engine { return Conditioning }

// ControlNames names a replica's Controls, in order.
func ControlNames(s *scenarios.Scenario) []string { return nil }

package theory

import (
	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// An Estimate is what a limit takes.
type Estimate struct {
	Parts   int     // scramblings, those with a quarter of the points counted too; 1 where there is no sweep
	Seconds float64 // of all parts on one core
	Bytes   int64   // that are there at once
}

// Costs in nanoseconds on one core, fitted at T = 20 … 300, with one and two units (AMD Zen 5). They are for saying
// beforehand whether a computation takes seconds or days.
const (
	expandPoint  = 4.3 // of a path or a coordinate, for each pair of directions: the history is read and projected on
	visitPoint   = 50  // of a path or a coordinate, for each direction: loss, activation, batches, the method
	closedTriple = 2.5 // of a closed form, for each three steps and eigenvalue
	kernelTriple = 1   // of kernels, for each three directions

	minimumSeconds = 1 // of a minimiser's fixed point: from milliseconds to seconds
)

// Estimate says what a limit takes, without computing any of it. What Solve refuses it refuses with the same error.
func (set Settings) Estimate(s *scenarios.Scenario) (Estimate, error) {
	set, err := set.withDefaults(s)
	if err != nil {
		return Estimate{}, err
	}
	if _, static := s.Method.Minimizer(); static {
		return Estimate{Parts: 1, Seconds: minimumSeconds}, nil
	}
	if err := set.checkMemory(s); err != nil {
		return Estimate{}, err
	}
	e := Estimate{Bytes: machine.Bytes(8 * 1.25 * set.floats(s))}
	if set.closed(s) {
		steps, values := float64(s.Method.Steps), float64(exactLength(s)/innovations(s))
		e.Parts, e.Seconds = 1, 1e-9*closedTriple*steps*steps*steps*values
	}
	if set.sweeps(s) {
		e.Parts += set.Scramblings
		e.Seconds += float64(set.Scramblings) * set.scramblingSeconds(s)
		if set.biased(s) {
			coarse := set
			coarse.Paths, coarse.Coordinates = set.Paths/4, set.Coordinates/4
			e.Parts += set.Scramblings
			e.Seconds += float64(set.Scramblings) * coarse.scramblingSeconds(s)
		}
	}
	return e, nil
}

// scramblingSeconds is what one sweep takes on one core.
func (set Settings) scramblingSeconds(s *scenarios.Scenario) float64 {
	n, m := float64(directions(s)), float64(innovations(s))
	paths, length := float64(set.Paths), float64(set.Coordinates)
	if exactWeights(s) {
		length = float64(exactLength(s))
	}
	nanoseconds := visitPoint * n * (paths + length)
	nanoseconds += expandPoint * m * m * length
	if !s.Method.Batch.Fresh() { // whose paths have no history
		nanoseconds += expandPoint * n * n * paths
	}
	if set.kernels(s) {
		nanoseconds += kernelTriple * n * n * n
	}
	return 1e-9 * nanoseconds
}

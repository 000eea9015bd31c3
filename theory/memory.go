package theory

import (
	"fmt"
	"runtime"

	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// historyFloats is what the histories of all scramblings under way should take, one at a time if need be: less where a
// quarter of the memory is less.
const historyFloats = 1 << 28

// workers shares the cores: as many scramblings at a time as there are cores and room for, each with its part of the
// cores.
func (set Settings) workers(s *scenarios.Scenario) (outer, inner int) {
	cores := runtime.GOMAXPROCS(0)
	room := min(historyFloats, float64(machine.Available().Bytes)/8/4)
	at := max(1, min(cores, set.Scramblings, int(room/set.history(s))))
	return at, (cores + at - 1) / at
}

// history counts the numbers that one scrambling keeps: z and f of every path, sums over paths, what the gauge knows of
// the directions, and the weight side's basis, normal directions and Σ^{1/2} of these. Counts are floating-point numbers:
// at the ends of their ranges they are beyond integers.
func (set Settings) history(s *scenarios.Scenario) float64 {
	units, teachers := float64(s.Student.Units), float64(s.Teacher.Units)
	n, length, paths := float64(directions(s)), float64(set.Coordinates), float64(set.Paths)
	floats := 2 * n * paths
	if s.Method.Batch.Fresh() {
		floats = (teachers + units) * paths
	}
	floats += 4 * units * n * paths / float64(set.blockSize(s))
	floats += 5 * n * n
	if exactWeights(s) {
		length = float64(exactLength(s))
	}
	return floats + 3*float64(innovations(s))*length
}

// floats counts the numbers that a whole computation keeps at once.
func (set Settings) floats(s *scenarios.Scenario) (floats float64) {
	steps := float64(s.Method.Steps)
	curve := (steps + 1) * float64(len(s.Observables()))
	if set.closed(s) {
		floats = 2*steps*float64(exactLength(s)) + 2*steps*steps // W_t and P_t; four kernels, three of them triangular
		curve *= 2
	}
	kernels := 0.0
	if set.kernels(s) {
		kernels = 3 * steps * steps * float64(s.Student.Units*s.Student.Units)
	}
	if set.sweeps(s) {
		outer, _ := set.workers(s)
		at := float64(outer)
		floats = max(floats, at*set.history(s)+(at+3)*kernels)
		curve *= float64(set.Scramblings) + 2
	}
	return floats + 2*kernels + curve
}

// checkMemory refuses what cannot end well: the system would kill it without a word. A quarter is for what awaits
// collection.
func (set Settings) checkMemory(s *scenarios.Scenario) error {
	need, have := machine.Bytes(8*1.25*set.floats(s)), machine.Available()
	if need <= have.Bytes {
		return nil
	}
	hint := "fewer method.steps take less"
	if set.sweeps(s) {
		hint += ", and so do fewer paths, coordinates or scramblings"
	}
	return &machine.MemoryError{
		What: fmt.Sprintf("%s: method.steps: the history of %d steps", s.Name, s.Method.Steps), Need: need, Have: have, Hint: hint,
	}
}

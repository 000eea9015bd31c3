package theory

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"

	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// Solve computes the limit: in closed form where there is one and neither Settings.Sampled nor an ablation asks for the
// sweep, otherwise by independent scramblings of the sweep on all cores. The scenario must be
// valid (scenarios.Validate). The same scenario and settings give the same bits whatever GOMAXPROCS.
//
// Errors: settings out of range; more memory than the machine has; a limit that diverges (with the step); a cancelled context.
func Solve(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	set, err := set.withDefaults(s)
	if err != nil {
		return nil, err
	}
	if err := set.checkMemory(s); err != nil {
		return nil, err
	}
	if set.Ablation != None || set.Sampled || !hasClosedForm(s) {
		return solveSampled(ctx, s, set)
	}
	limit, err := solveClosed(ctx, s, set)
	if err != nil || !set.Probes {
		return limit, err
	}
	sweep, err := solveSampled(ctx, s, set)
	if err != nil {
		return nil, err
	}
	limit.Probes, limit.ProbeErrors, limit.ProbeReplicates = sweep.Probes, sweep.ProbeErrors, sweep.ProbeReplicates
	limit.Source += "; probes: " + sweep.Source
	return limit, nil
}

func solveSampled(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	limit := &Limit{Scenario: s, Observables: s.Observables(), Source: set.describe(s)}
	var kernels *kernelMean
	if hasKernels(s) {
		kernels = newKernelMean(s.Student.Units, s.Method.Steps)
	}
	var (
		mutex    sync.Mutex
		steps    int
		finished = make([]*scrambling, set.Scramblings)
		errs     = make([]error, set.Scramblings)
	)
	step := func() {
		mutex.Lock()
		defer mutex.Unlock()
		steps++
		set.Progress(steps, set.Scramblings*(s.Method.Steps+1))
	}
	outer, inner := set.pools(s)
	outer.each(set.Scramblings, func(r int) {
		result, err := solveScrambling(ctx, s, set, r, inner, step)
		mutex.Lock()
		defer mutex.Unlock()
		finished[r], errs[r] = result, err
		// In order, so that sums do not depend on who is first, and as early as possible, so that few kernels are kept.
		for next := len(limit.Replicates); next < len(finished) && finished[next] != nil; next++ {
			limit.Replicates = append(limit.Replicates, finished[next].curve)
			if set.Probes {
				limit.ProbeReplicates = append(limit.ProbeReplicates, finished[next].probes)
			}
			if kernels != nil {
				kernels.add(finished[next].kernels)
			}
			finished[next] = nil
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if kernels != nil {
		limit.Kernels, limit.KernelErrors = kernels.result()
	}
	limit.average()
	return limit, nil
}

// MostKernelSteps is the largest number of steps, times student units, of which Limit.Kernels is made: three million
// numbers a kernel.
const MostKernelSteps = 1000

func hasKernels(s *scenarios.Scenario) bool { return s.Method.Steps*s.Student.Units <= MostKernelSteps }

// A scrambling is what is kept of one sweep.
type scrambling struct {
	curve   [][]float64
	probes  []float64
	kernels *Kernels
}

func solveScrambling(ctx context.Context, s *scenarios.Scenario, set Settings, r int, pool pool, step func()) (*scrambling, error) {
	sweep := newSweep(s, set, r, pool)
	if err := sweep.run(ctx, step); err != nil {
		return nil, err
	}
	result := &scrambling{curve: sweep.curve}
	if hasKernels(s) {
		result.kernels = sweep.gauge.kernels(s.Student.Units, s.Method.Steps, true)
	}
	if set.Probes {
		result.probes = sweep.probes()
	}
	return result, nil
}

// historyFloats is what the histories of all scramblings under way should take, one at a time if need be.
const historyFloats = 1 << 28

// pools shares the cores: as many scramblings at a time as there are cores and room for, each with its part of the cores.
func (set Settings) pools(s *scenarios.Scenario) (outer, inner pool) {
	cores := runtime.GOMAXPROCS(0)
	at := max(1, min(cores, set.Scramblings, historyFloats/set.history(s)))
	return pool{at}, pool{(cores + at - 1) / at}
}

// history counts the numbers that one scrambling keeps: z and f of every path, and the weight side's basis, normal
// directions and Σ^{1/2} of these.
func (set Settings) history(s *scenarios.Scenario) int {
	paths, length := 2*directions(s)*set.Paths, set.Coordinates
	if s.Mask().Fresh() {
		paths = (s.Teacher.Units + s.Student.Units) * set.Paths
	}
	if exactWeights(s) {
		length = exactLength(s)
	}
	return paths + 3*innovations(s)*length
}

// checkMemory refuses what cannot end well: the system would kill it without a word.
func (set Settings) checkMemory(s *scenarios.Scenario) error {
	steps := s.Method.Steps
	need := 2*steps*exactLength(s) + 2*steps*steps // closed form: W_t and P_t, and four kernels, three of them triangular
	if set.sweeps(s) {
		outer, _ := set.pools(s)
		need = outer.workers * set.history(s)
	}
	if have := machine.Memory(); 8*need > int(have) {
		return fmt.Errorf("method.steps: the history of %d steps takes some %.3g GB, and this machine has %.3g GB",
			steps, 8e-9*float64(need), 1e-9*float64(have))
	}
	return nil
}

// average fills means and standard errors from replicates.
func (l *Limit) average() {
	steps := len(l.Replicates[0])
	for t := range steps {
		rows := make([][]float64, len(l.Replicates))
		for r, curve := range l.Replicates {
			rows[r] = curve[t]
		}
		mean, se := meanAndError(rows)
		l.Mean, l.StandardError = append(l.Mean, mean), append(l.StandardError, se)
	}
	if l.ProbeReplicates != nil {
		l.Probes, l.ProbeErrors = meanAndError(l.ProbeReplicates)
	}
}

// meanAndError averages over rows, column by column.
func meanAndError(rows [][]float64) (mean, se []float64) {
	n := float64(len(rows))
	mean, se = make([]float64, len(rows[0])), make([]float64, len(rows[0]))
	for j := range mean {
		for _, row := range rows {
			mean[j] += row[j] / n
		}
		for _, row := range rows {
			se[j] += (row[j] - mean[j]) * (row[j] - mean[j])
		}
		se[j] = math.Sqrt(se[j] / (n - 1) / n)
	}
	return mean, se
}

const (
	// enough points for each direction: as many points as directions would span everything, and leave nothing random.
	enough = 2
	// inBatch paths on average: with hardly any, the noise of the batches is missed and no error tells.
	inBatch    = 8
	mostPoints = 1 << 24
)

// raised doubles a default until it is well above the least.
func raised(points, least int) int {
	for points < 4*least && points < mostPoints {
		points *= 2
	}
	return points
}

func powerOfTwo(atMost int) int { return 1 << (bits.Len(uint(max(1, atMost))) - 1) }

// defaultFloats is what the history of the default number of paths may take: 65536 paths of 100 steps.
const defaultFloats = 65536 * 200

// A limit is the least number of points with which a sweep means something.
type limit struct {
	name  string // of the setting
	least int
	why   string
}

// limits of the points of a sweep; none where there is no sweep.
func (set Settings) limits(s *scenarios.Scenario) (list []limit) {
	if !set.sweeps(s) {
		return nil
	}
	steps := fmt.Sprintf("%d for each orthonormal direction of %d steps", enough, s.Method.Steps)
	if !s.Mask().Fresh() {
		list = append(list, limit{"paths", enough * directions(s), steps})
		if b := s.Method.Batch.Fraction; b < 1 {
			list = append(list, limit{"paths", int(math.Ceil(inBatch / b)), fmt.Sprintf("%d of them in a batch of fraction %g", inBatch, b)})
		}
	}
	if !exactWeights(s) {
		list = append(list, limit{"coordinates", enough * innovations(s), steps})
	}
	return list
}

// least is the largest of a setting's limits.
func (set Settings) least(s *scenarios.Scenario, name string) (n int) {
	for _, l := range set.limits(s) {
		if l.name == name {
			n = max(n, l.least)
		}
	}
	return n
}

// sweeps reports whether any part of the result comes from the sweep.
func (set Settings) sweeps(s *scenarios.Scenario) bool {
	return set.Ablation != None || set.Sampled || set.Probes || !hasClosedForm(s)
}

func (set Settings) withDefaults(s *scenarios.Scenario) (Settings, error) {
	if set.Paths == 0 {
		columns := 2 * s.Student.Units * s.Method.Steps
		set.Paths = raised(min(65536, max(4096, powerOfTwo(defaultFloats/max(1, columns)))), set.least(s, "paths"))
	}
	if set.Coordinates == 0 {
		set.Coordinates = raised(65536, set.least(s, "coordinates"))
	}
	if set.Scramblings == 0 {
		set.Scramblings = 8
	}
	if set.Progress == nil {
		set.Progress = func(int, int) {}
	}
	value := map[string]int{"paths": set.Paths, "coordinates": set.Coordinates}
	for _, name := range []string{"paths", "coordinates"} {
		if n := value[name]; n < 64 || n > mostPoints || n&(n-1) != 0 {
			return set, fmt.Errorf("theory %s must be a power of two between 64 and 2^24, got %d", name, n)
		}
	}
	for _, l := range set.limits(s) {
		if n := value[l.name]; n < l.least {
			return set, fmt.Errorf("theory %s must be at least %d: %s; got %d", l.name, l.least, l.why, n)
		}
	}
	if set.Scramblings < 2 || set.Scramblings > 4096 {
		return set, fmt.Errorf("theory scramblings must be between 2 and 4096 (8 or more for a usable standard error), got %d", set.Scramblings)
	}
	return set, nil
}

func (set Settings) describe(s *scenarios.Scenario) string {
	text := fmt.Sprintf("causal sweep, %d scramblings of %d paths", set.Scramblings, set.Paths)
	if !exactWeights(s) {
		text += fmt.Sprintf(" and %d coordinates", set.Coordinates)
	}
	return text
}

// A DivergenceError is a limit that leaves the range of numbers at this step.
type DivergenceError struct {
	Scenario string
	Step     int
}

// Error says which scenario diverges, where and what may help.
func (e *DivergenceError) Error() string {
	return fmt.Sprintf("the theory of %s diverges at step %d; a smaller method.learning_rate may help", e.Scenario, e.Step)
}

// overflow is where a quantity of order one counts as diverged.
const overflow = 1e100

// checkRange returns a DivergenceError if an observable is not a number or out of range.
func checkRange(s *scenarios.Scenario, step int, observables []float64) error {
	for _, x := range observables {
		if !(math.Abs(x) < overflow) {
			return &DivergenceError{s.Name, step}
		}
	}
	return nil
}

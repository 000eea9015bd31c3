package theory

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"limitcheck/scenarios"
)

// Solve computes the limit: in closed form where there is one and neither Settings.Sampled nor an ablation asks for the
// sweep, otherwise by independent scramblings of the sweep on all cores; that of a minimiser as a fixed point. The scenario
// must be valid (scenarios.Validate). The same scenario and settings give the same bits whatever GOMAXPROCS.
//
// Errors: settings out of range; more memory than there is, a *machine.MemoryError; a limit that diverges (with the
// step); no minimiser, a *NoMinimizerError, or a fixed point out of reach, a *FixedPointError; a cancelled context, at which
// it stops in the middle of a step.
func Solve(ctx context.Context, s *scenarios.Scenario, set Settings) (limit *Limit, err error) {
	defer func() {
		if stopped := ctx.Err(); stopped != nil { // what half a step made of the numbers is no result, whatever it led to
			_ = recover()
			limit, err = nil, stopped
		}
	}()
	return compute(ctx, s, set)
}

func compute(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	set, err := set.withDefaults(s)
	if err != nil {
		return nil, err
	}
	if o, static := s.Method.Minimizer(); static {
		return solveStatic(ctx, s, o, set)
	}
	if err := set.checkMemory(s); err != nil {
		return nil, err
	}
	if !set.closed(s) {
		return solveSampled(ctx, s, set)
	}
	limit, err := closedLimit(ctx, s, set)
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

// solveStatic is the limit of a minimiser: one row.
func solveStatic(ctx context.Context, s *scenarios.Scenario, o *scenarios.Minimizer, set Settings) (*Limit, error) {
	wrong, _ := set.Ablation.find()
	m, err := minimise(ctx, s, penalty{o.Ridge, o.L1}, minimisation{
		workers: pool{runtime.GOMAXPROCS(0), ctx}, mistake: wrong, progress: set.Progress,
	})
	if err != nil {
		return nil, err
	}
	row := m.row(s)
	if err := checkRange(s, 0, row); err != nil {
		return nil, err
	}
	limit := &Limit{Scenario: s, Observables: s.Observables(), Source: m.source(), Mean: [][]float64{row},
		StandardError: [][]float64{make([]float64, len(row))}}
	copy(limit.StandardError[0], m.errs)
	if set.Probes {
		limit.Probes, limit.ProbeErrors = m.laws(s)
	}
	set.Progress(1, 1)
	return limit, nil
}

// solveSampled is the mean over scramblings. Where points are few for the directions, a second computation with a
// quarter of them says what that costs.
func solveSampled(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	if !set.biased(s) {
		return sample(ctx, s, set)
	}
	fine, coarse := set, set
	fine.Progress = func(done, total int) { set.Progress(4*done, 5*total) }
	coarse.Progress = func(done, total int) { set.Progress(4*total+done, 5*total) }
	coarse.Paths, coarse.Coordinates = max(64, set.Paths/4), max(64, set.Coordinates/4)
	limit, err := sample(ctx, s, fine)
	if err != nil {
		return nil, err
	}
	less, err := sample(ctx, s, coarse)
	if err != nil {
		return nil, err
	}
	limit.widen(less)
	return limit, nil
}

// sample averages over scramblings.
func sample(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	limit := &Limit{Scenario: s, Observables: s.Observables(), Source: set.describe(s)}
	var kernels *kernelMean
	if set.kernels(s) {
		kernels = newKernelMean(s.Student.Units, s.Method.Steps)
	}
	var (
		mutex    sync.Mutex
		steps    int
		finished = make([]*Part, set.Scramblings)
		errs     = make([]error, set.Scramblings)
	)
	advance := func(n int) {
		mutex.Lock()
		defer mutex.Unlock()
		steps += n
		set.Progress(steps, set.Scramblings*(s.Method.Steps+1))
	}
	at, each := set.workers(s)
	outer, inner := pool{at, ctx}, pool{each, ctx}
	outer.each(set.Scramblings, func(r int) {
		result, err := set.part(s, r, func() (*Part, error) {
			return solveScrambling(ctx, s, set, r, inner, func() { advance(1) })
		}, func() { advance(s.Method.Steps + 1) })
		mutex.Lock()
		defer mutex.Unlock()
		finished[r], errs[r] = result, err
		// In order, so that sums do not depend on who is first, and as early as possible, so that few kernels are kept.
		for next := len(limit.Replicates); next < len(finished) && finished[next] != nil; next++ {
			limit.Replicates = append(limit.Replicates, finished[next].Curve)
			if set.Probes {
				limit.ProbeReplicates = append(limit.ProbeReplicates, finished[next].Probes)
			}
			if kernels != nil {
				kernels.add(finished[next].Kernels)
			}
			finished[next] = nil
		}
	})
	for _, err := range append(errs, ctx.Err()) {
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

// kernels reports whether Limit.Kernels is made.
func (set Settings) kernels(s *scenarios.Scenario) bool { return hasKernels(s) && !set.NoKernels }

func solveScrambling(ctx context.Context, s *scenarios.Scenario, set Settings, r int, pool pool, step func()) (*Part, error) {
	sweep := newSweep(s, set, r, pool)
	if err := sweep.run(ctx, step); err != nil {
		return nil, err
	}
	result := &Part{Curve: sweep.curve}
	if set.kernels(s) {
		result.Kernels = sweep.gauge.kernels(pool, s.Student.Units, s.Method.Steps, true).data()
	}
	if set.Probes {
		result.Probes = sweep.probes()
	}
	return result, ctx.Err() // of half a step nothing is kept
}

// at is the replicates' rows at one step.
func (l *Limit) at(t int) [][]float64 {
	rows := make([][]float64, len(l.Replicates))
	for r, curve := range l.Replicates {
		rows[r] = curve[t]
	}
	return rows
}

// average fills means and standard errors from replicates.
func (l *Limit) average() {
	steps := len(l.Replicates[0])
	for t := range steps {
		mean, se := meanAndError(l.at(t))
		l.Mean, l.StandardError = append(l.Mean, mean), append(l.StandardError, se)
	}
	if l.ProbeReplicates != nil {
		l.Probes, l.ProbeErrors = meanAndError(l.ProbeReplicates)
	}
}

// widen takes into the standard errors, and into the spread of the replicates that they are, the bias that coarse, the
// same with a quarter of the points, shows: the difference (docs/theory.md, "Sample side").
func (l *Limit) widen(coarse *Limit) {
	for t, mean := range l.Mean {
		widen(l.at(t), mean, l.StandardError[t], coarse.Mean[t])
	}
	widen(l.ProbeReplicates, l.Probes, l.ProbeErrors, coarse.Probes)
	if l.KernelErrors != nil {
		l.KernelErrors.widen(l.Kernels, coarse.Kernels)
	}
}

func widen(rows [][]float64, mean, se, coarse []float64) {
	for j, m := range mean {
		wide := math.Hypot(se[j], m-coarse[j])
		if se[j] == 0 || math.IsNaN(wide) {
			continue
		}
		for _, row := range rows {
			row[j] = m + (row[j]-m)*wide/se[j]
		}
		se[j] = wide
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

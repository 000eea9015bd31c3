package theory

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"limitcheck/scenarios"
)

// Solve computes the limit: in closed form where there is one and neither Settings.Sampled nor an ablation asks for the
// sweep, otherwise by independent scramblings of the sweep, one after the other on all cores. The scenario must be
// valid (scenarios.Validate). The same scenario and settings give the same bits whatever GOMAXPROCS.
//
// Errors: settings out of range; a limit that diverges (with the step); a cancelled context.
func Solve(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	set, err := set.withDefaults(s)
	if err != nil {
		return nil, err
	}
	if set.Ablation != None || set.Sampled || !hasClosedForm(s) {
		return solveSampled(ctx, s, set)
	}
	limit, err := solveClosed(ctx, s, set)
	if err != nil || !set.Probes {
		return limit, err
	}
	sampled, err := solveSampled(ctx, s, set)
	if err != nil {
		return nil, err
	}
	limit.Probes, limit.ProbeErrors, limit.ProbeReplicates = sampled.Probes, sampled.ProbeErrors, sampled.ProbeReplicates
	limit.Source += "; probes: " + sampled.Source
	return limit, nil
}

func solveSampled(ctx context.Context, s *scenarios.Scenario, set Settings) (*Limit, error) {
	limit := &Limit{Scenario: s, Observables: s.Observables(), Source: set.describe(s)}
	kernels := newKernelMean(s.Student.Units, s.Method.Steps)
	done, total := 0, set.Scramblings*(s.Method.Steps+1)
	for r := range set.Scramblings {
		sweep := newSweep(s, set, r)
		if err := sweep.run(ctx, func() {
			done++
			set.Progress(done, total)
		}); err != nil {
			return nil, err
		}
		limit.Replicates = append(limit.Replicates, sweep.curve)
		kernels.add(sweep.gauge.kernels(s.Student.Units, s.Method.Steps, true))
		if set.Probes {
			limit.ProbeReplicates = append(limit.ProbeReplicates, sweep.probes())
		}
	}
	limit.Kernels, limit.KernelErrors = kernels.result()
	limit.average()
	return limit, nil
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

// defaultFloats is what the history of the default number of paths may take: 65536 paths of 100 steps.
const defaultFloats = 65536 * 200

func (set Settings) withDefaults(s *scenarios.Scenario) (Settings, error) {
	if set.Paths == 0 {
		columns := 2 * s.Student.Units * s.Method.Steps
		set.Paths = min(65536, max(4096, 1<<(bits.Len(uint(defaultFloats/max(1, columns)))-1)))
	}
	if set.Coordinates == 0 {
		set.Coordinates = 65536
	}
	if set.Scramblings == 0 {
		set.Scramblings = 8
	}
	if set.Progress == nil {
		set.Progress = func(int, int) {}
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"paths", set.Paths}, {"coordinates", set.Coordinates}} {
		if n.value < 64 || n.value > 1<<24 || n.value&(n.value-1) != 0 {
			return set, fmt.Errorf("theory %s must be a power of two between 64 and 2^24, got %d", n.name, n.value)
		}
	}
	if set.Scramblings < 2 || set.Scramblings > 4096 {
		return set, fmt.Errorf("theory scramblings must be between 2 and 4096 (8 or more for a usable standard error), got %d", set.Scramblings)
	}
	return set, nil
}

func (set Settings) describe(s *scenarios.Scenario) string {
	text := fmt.Sprintf("causal sweep, %d scramblings of %d paths", set.Scramblings, set.Paths)
	if !s.Optimizer().Linear() {
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

package theory

import (
	"context"
	"math"

	"limitcheck/scenarios"
)

// A Flow is the continuous-time limit of a method: its learning curve at η, η/2, η/4, … and fixed times τ = ηt, and the
// extrapolation to η = 0. First-order convergence shows as halving differences, Order ≈ 1.
type Flow struct {
	Observables []string
	Times       []float64     // τ = ηt of the coarsest level's steps
	Rates       []float64     // η of each level
	Levels      [][][]float64 // [level][time][observable]

	// Limit is the polynomial extrapolation through the three finest levels, LimitError its error: the levels' standard
	// errors propagated and the difference to the extrapolation through the two finest.
	Limit, LimitError [][]float64
	// Order is log2 of the ratio of successive differences, (first − second)/(second − third) of the finest three levels,
	// in root mean square over the times, one an observable; NaN where the differences are inside the levels' errors.
	Order []float64
}

// flowPaths is enough: differences between the levels are far above the error of these.
const flowPaths = 1 << 14

// SolveFlow computes the limit at that many halvings of the scenario's learning rate. The scenario must be one that
// scenarios.Scenario.CheckFlow accepts. Settings.Progress counts thousandths; Settings.Paths is 16384 by default, or more
// where the steps of the finest level need it.
func SolveFlow(ctx context.Context, s *scenarios.Scenario, levels int, set Settings) (*Flow, error) {
	if err := s.CheckFlow(levels); err != nil {
		return nil, err
	}
	_, rate := s.Slower(1)
	flow := &Flow{Observables: s.Observables()}
	for t := range s.Method.Steps + 1 {
		flow.Times = append(flow.Times, rate*float64(t))
	}
	var errors [][][]float64
	progress := set.Progress
	for level := range levels {
		factor := 1 << level
		finer, rate := s.Slower(factor)
		if progress != nil {
			// The cost is taken as linear in the steps: of 2^levels - 1 parts, 2^level are this level's.
			set.Progress = func(done, total int) {
				part := float64(factor-1) + float64(factor)*float64(done)/float64(total)
				progress(int(1000*part)/(1<<levels-1), 1000)
			}
		}
		own := set
		own.NoKernels = true
		if own.Paths == 0 {
			own.Paths = raised(flowPaths, own.least(finer, "paths"))
		}
		limit, err := Solve(ctx, finer, own)
		if err != nil {
			return nil, err
		}
		pick := func(curve [][]float64) (coarse [][]float64) {
			for t := 0; t < len(curve); t += factor {
				coarse = append(coarse, curve[t])
			}
			return coarse
		}
		flow.Rates = append(flow.Rates, rate)
		flow.Levels = append(flow.Levels, pick(limit.Mean))
		errors = append(errors, pick(limit.StandardError))
	}
	flow.extrapolate(errors[levels-3:])
	return flow, nil
}

// extrapolate fills Limit, LimitError and Order from the three finest levels a, b, c: v = (a − 6b + 8c)/3 removes the
// terms in η and η².
func (f *Flow) extrapolate(errors [][][]float64) {
	n := len(f.Levels)
	a, b, c := f.Levels[n-3], f.Levels[n-2], f.Levels[n-1]
	f.Limit, f.LimitError = matrix(len(a), len(f.Observables)), matrix(len(a), len(f.Observables))
	curvature := make([]float64, len(f.Observables))
	first, second, noise := make([]float64, len(f.Observables)), make([]float64, len(f.Observables)), make([]float64, len(f.Observables))
	for t := range a {
		for j := range f.Observables {
			x, y, z := a[t][j], b[t][j], c[t][j]
			ex, ey, ez := errors[0][t][j], errors[1][t][j], errors[2][t][j]
			f.Limit[t][j] = (x - 6*y + 8*z) / 3
			f.LimitError[t][j] = math.Sqrt(ex*ex+36*ey*ey+64*ez*ez) / 3
			curvature[j] = max(curvature[j], math.Abs(f.Limit[t][j]-(2*z-y)))
			first[j] += (x - y) * (x - y)
			second[j] += (y - z) * (y - z)
			noise[j] += ey*ey + ez*ez
		}
	}
	for j := range f.Observables {
		for t := range a {
			f.LimitError[t][j] = math.Hypot(f.LimitError[t][j], curvature[j])
		}
		order := math.Log2(first[j]/second[j]) / 2
		if second[j] <= 9*noise[j] {
			order = math.NaN()
		}
		f.Order = append(f.Order, order)
	}
}

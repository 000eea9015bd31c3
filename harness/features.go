package harness

import (
	"context"
	"fmt"
	"math"
	"slices"

	"limitcheck/compare"
	"limitcheck/theory"
)

// allow sets how far means at a file's d may be from the limit: as far as the limits for the covariances of its two halves are
// from each other, observable by observable. Nothing can be extrapolated from one d, and a file does not determine its covariance better than that.
func (c *check) allow(ctx context.Context, p *prediction) error {
	s := c.result.Scenario
	f, err := s.Features()
	if f == nil || c.set.Comparison.Allowance > 0 || p.values.Rounding != nil {
		return err
	}
	set := c.set.Theory
	set.Probes = false
	var limits [2]*theory.Limit
	for i, half := range s.Halves() {
		if limits[i], err = theory.Solve(ctx, half, set); err != nil {
			return err
		}
	}
	apart := make([]float64, len(limits[0].Observables)) // at most, over the steps
	for t, row := range limits[0].Mean {
		for j, x := range row {
			apart[j] = max(apart[j], math.Abs(x-limits[1].Mean[t][j]))
		}
	}
	rows, d := f.Shape()
	least := max(slices.Min(apart), 1e-9)
	c.set.Comparison.Allowance = least * float64(d)
	for range p.values.Mean {
		rest := make([]float64, len(apart))
		for j, x := range apart {
			rest[j] = max(0, x-least)
		}
		p.values.Rounding = append(p.values.Rounding, rest)
	}
	c.notes = append(c.notes, compare.Note{Kind: compare.NoteModel, Text: fmt.Sprintf("The theory is that of the covariance of %s, "+
		"%d rows of %d numbers, effective rank (tr Σ)²/tr Σ² = %.4g. The limits for the covariances of its even and of its odd rows "+
		"are up to %.2g apart, %s; so far may the mean of an observable at d = %d be off.", s.Data.Features, rows, d,
		f.EffectiveRank(), slices.Max(apart), limits[0].Observables[slices.Index(apart, slices.Max(apart))], d)})
	return nil
}

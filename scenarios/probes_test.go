package scenarios

import (
	"fmt"
	"slices"
	"testing"
)

// An engine that answers every question with a number made of its arguments gets each answer to the entry whose times,
// units and level these are, and whose label says so.
func TestProbesAreLaidOut(t *testing.T) {
	asked := map[string]struct {
		symbol string
		base   float64
	}{
		"two-time correlation": {"C", 10000}, "weight response": {"R_p", 20000}, "gradient response": {"R_g", 30000},
		"law of local fields": {"r", 1000}, "law of weights": {"w", 2000},
	}
	for _, units := range []int{1, 2} {
		s := &Scenario{Student: Student{Units: units}, Method: Method{Steps: 8, Batch: &Bernoulli{Fraction: 1}},
			Experiment: Experiment{Functions: []Function{{Name: "first"}, {Name: "second"}}}}
		p := s.Probes()
		ask := func(what int) func(t, s, k, l int) float64 {
			return func(t, s, k, l int) float64 { return float64(10000*what + 1000*t + 100*s + 10*k + l) }
		}
		x := &Trajectory{Correlation: ask(1), WeightResponse: ask(2), GradientResponse: ask(3), Functions: []float64{-1, -2}}
		for k := range units {
			law := func(what float64) (row []float64) {
				for _, level := range p.Grid {
					row = append(row, what+10*float64(k)+level)
				}
				return row
			}
			x.Fields, x.Weights = append(x.Fields, law(1000)), append(x.Weights, law(2000))
		}
		list := p.List(x)
		next := 0
		for _, f := range p.Families() {
			for i, e := range f.Entries {
				symbol, want, label := asked[f.Name].symbol, asked[f.Name].base, ""
				switch f.Kind {
				case CorrelationProbe, KernelProbe:
					want += float64(1000*e.T + 100*e.S + 10*e.K + e.L)
					label = fmt.Sprintf("%s(%d,%d)%s", symbol, e.T, e.S, index(units, e.K, e.L))
				case LawProbe:
					want += 10*float64(e.K) + e.Level
					label = fmt.Sprintf("P(%s%s ≤ %g)", symbol, index(units, e.K), e.Level)
				case FunctionProbe:
					want = list[next]
					label = map[float64]string{-1: "mean of first", -2: "mean of second"}[want]
				}
				if list[next] != want || e.Label != label || f.Labels()[i] != label {
					t.Errorf("%d units, %s, entry %d: %g and %q, want %g and %q", units, f.Name, i, list[next], e.Label, want, label)
				}
				next++
			}
			var levels []float64
			if f.Kind == LawProbe {
				levels = slices.Repeat(p.Grid, units)
			}
			if !slices.Equal(f.Levels(), levels) {
				t.Errorf("%s has levels %v", f.Name, f.Levels())
			}
		}
		if next != len(list) {
			t.Errorf("%d probes in families of %d entries", len(list), next)
		}
	}
}

// Five times give 15 pairs, four steps 6 and 10 pairs of a response; each in K² entries.
func TestProbeCounts(t *testing.T) {
	for _, units := range []int{1, 3} {
		s := &Scenario{Student: Student{Units: units}, Method: Method{Steps: 8, Batch: &Bernoulli{Fraction: 1}}}
		var got []int
		for _, f := range s.Probes().Families() {
			got = append(got, len(f.Entries))
		}
		square := units * units
		if want := []int{15 * square, 6 * square, 10 * square, 32 * units, 32 * units}; !slices.Equal(got, want) {
			t.Errorf("%d units: %v entries, want %v", units, got, want)
		}
	}
	fresh := &Scenario{Student: Student{Units: 1}, Method: Method{Steps: 8, Batch: &Fresh{Fraction: 1}}}
	if f := fresh.Probes().Families(); len(f) != 3 || f[1].Kind != LawProbe {
		t.Errorf("fresh batches have families %v", f)
	}
}

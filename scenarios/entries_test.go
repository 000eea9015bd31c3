package scenarios

import (
	"math"
	"strings"
	"testing"
)

// Entries have mean 0, variance 1 and the fourth moment of their law, by the midpoint rule with 2^20 levels; its error is that
// of the tails beyond a level of 2^-21, which for t_5 hold 1e-3 of the variance and have no fourth moment to speak of.
func TestEntryLaws(t *testing.T) {
	fourth := map[string]float64{"gaussian": 3, "rademacher": 1, "uniform": 1.8, "{sparse: 0.2}": 15, "{student_t: 5}": 9}
	for name, law := range examples(t, &entryLaws) {
		const levels = 1 << 20
		var mean, square, quartic float64
		for i := range levels {
			x := law.Entry((float64(i) + 0.5) / levels)
			mean, square, quartic = mean+x/levels, square+x*x/levels, quartic+x*x*x*x/levels
		}
		want, known := fourth[name]
		tolerance := 0.001
		if strings.Contains(name, "student_t") {
			tolerance = 0.25
		}
		if !known || math.Abs(mean) > 1e-5 || math.Abs(square-1) > 0.002 || math.Abs(quartic/want-1) > tolerance {
			t.Errorf("%s: mean %g, variance %g, fourth moment %g, want 0, 1 and %g", name, mean, square, quartic, want)
		}
	}
}

// twoPoint is a teacher of ±1.
type twoPoint struct{ gaussianWeights }

func (twoPoint) Gaussian() bool { return false }
func (twoPoint) Fill(w, u []float64) {
	for i, x := range u {
		w[i] = rademacher{}.Entry(x)
	}
}

// twice is no law of variance 1.
type twice struct{}

func (twice) Entry(u float64) float64 { return 2 * rademacher{}.Entry(u) }

// Lattices are refused where a label jumps on them, and nowhere else.
func TestEntriesOnALattice(t *testing.T) {
	for _, c := range []struct {
		entries EntryLaw
		teacher WeightLaw
		label   Label
		noise   Noise
		want    string
	}{
		{rademacher{}, twoPoint{}, signLabel{}, Gaussian(0), "data.entries: rademacher with teacher.weights scenarios.twoPoint and " +
			"label sign, which jumps, is not covered: sums of few values meet the jump too often"},
		{rademacher{}, twoPoint{}, signLabel{}, Gaussian(0.1), ""}, {rademacher{}, twoPoint{}, probitLabel{}, Gaussian(0), ""},
		{rademacher{}, twoPoint{}, linearLabel{}, Gaussian(0), ""}, {rademacher{}, gaussianWeights{}, signLabel{}, Gaussian(0), ""},
		{rademacher{}, &sparseWeights{0.01}, signLabel{}, Gaussian(0), ""}, {uniformEntries{}, twoPoint{}, signLabel{}, Gaussian(0), ""},
		{rademacher{}, &piecewiseWeights{50}, signLabel{}, Gaussian(0), ""}, {&sparseEntries{0.05}, twoPoint{}, signLabel{}, Gaussian(0), ""},
		{nil, twoPoint{}, signLabel{}, Gaussian(0), ""}, {gaussianEntries{}, twoPoint{}, signLabel{}, Gaussian(0), ""},
		{twice{}, gaussianWeights{}, signLabel{}, Gaussian(0), "data.entries: must have mean 0 and variance 1, scenarios.twice has 0 and 4"},
	} {
		s := &Scenario{
			Name: "a", Data: Data{Alpha: 2, Entries: c.entries}, Teacher: Teacher{Label: c.label, Noise: c.noise, Weights: c.teacher},
			Student: Student{Loss: square{}}, Method: Method{Optimizer: &SGD{LearningRate: Constant(0.1)}, Steps: 2},
		}
		got := ""
		if err := s.Validate(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s, %s, %s: %q, want %q", Name(c.entries), Name(c.teacher), Name(c.label), got, c.want)
		}
	}
}

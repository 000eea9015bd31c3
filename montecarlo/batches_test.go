package montecarlo

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/scenarios"
)

// masked is a scenario with this batch.
func masked(t *testing.T, fraction float64, sampling string, onTime float64) *scenarios.Scenario {
	t.Helper()
	s := find(t, "logistic-sgd")
	spelling := fmt.Sprintf("{fraction: %g, sampling: %s}", fraction, sampling)
	if onTime != 0 {
		spelling = fmt.Sprintf("{fraction: %g, sampling: %s, on_time: %g}", fraction, sampling, onTime)
	}
	var err error
	if s.Method.Batch, err = scenarios.Named[scenarios.Mask](spelling); err != nil {
		t.Fatal(err)
	}
	return s
}

// history draws steps masks of n samples.
func history(mask scenarios.Mask, n, steps int, key streamKey) [][]bool {
	b := newBatches(mask, n, key, pool{workers: 2})
	var on [][]bool
	for t := range steps {
		b.draw(t)
		row := make([]bool, n)
		for i := range row {
			row[i] = b.all || b.in(i)
		}
		on = append(on, row)
	}
	return on
}

// samplings are the names that a scenario accepts, as its error for another name lists them.
func samplings(t *testing.T) []string {
	t.Helper()
	_, err := scenarios.Named[scenarios.Mask]("{sampling: none}")
	if err == nil {
		t.Fatal("the sampling none was accepted")
	}
	_, list, found := strings.Cut(err.Error(), "(accepted: ")
	if !found {
		t.Fatalf("%q lists no samplings", err)
	}
	return strings.Split(strings.TrimSuffix(list, ")"), ", ")
}

// TestMaskMoments checks, for every sampling but fresh, which has no mask, the mean of the mask at every step and the
// correlation of each two steps against the chain of one sample, followed exactly. Samples are independent, or negatively
// correlated, so the binomial variance bounds that of a share; by Bonferroni over all pairs of steps the chance of a false
// alarm is below 1e-4.
func TestMaskMoments(t *testing.T) {
	const n, steps = 40_000, 9
	list := []*scenarios.Scenario{masked(t, 0.4, "bernoulli", 0), masked(t, 0.3, "fixed", 0), masked(t, 0.3, "persistent", 3)}
	for _, name := range samplings(t) {
		for _, fraction := range []float64{0.25, 1} {
			onTime := 0.0
			if name == "persistent" {
				onTime = 2
			}
			s := masked(t, fraction, name, onTime)
			if s.Method.Batch.Fresh() {
				continue
			}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			list = append(list, s)
		}
	}
	critical := distuv.UnitNormal.Quantile(1 - 1e-4/float64(len(list)*steps*(steps+1)/2)/2)
	for _, s := range list {
		mask, name := s.Method.Batch, scenarios.Name(s.Method.Batch)
		on := history(mask, n, steps, streamKey{8})
		for a := range steps {
			for b := range a + 1 {
				both := 0.0
				for i := range n {
					if on[a][i] && on[b][i] {
						both++
					}
				}
				want := joint(mask, b, a)
				se := math.Sqrt(want*(1-want)/n) + 1e-12
				if math.Abs(both/n-want) > critical*se {
					t.Errorf("%s: in the batch at steps %d and %d: share %g, want %g ± %g", name, b, a, both/n, want, se)
				}
			}
		}
	}
}

// joint is the probability that a sample is in the batch at both steps b ≤ a.
func joint(mask scenarios.Mask, b, a int) float64 {
	var follow func(t int, state uint8) float64
	follow = func(t int, state uint8) float64 {
		if t > a {
			return 1
		}
		p := mask.Probability(t, state)
		x := 0.0
		if p > 0 {
			x = p * follow(t+1, mask.Next(t, state, true))
		}
		if p < 1 && t != a && t != b {
			x += (1 - p) * follow(t+1, mask.Next(t, state, false))
		}
		return x
	}
	return follow(0, 0)
}

// TestExactMasks: a fixed batch has exactly bn samples, an epoch uses every sample exactly once.
func TestExactMasks(t *testing.T) {
	const n = 1200
	for t0, row := range history(masked(t, 0.3, "fixed", 0).Method.Batch, n, 6, streamKey{3}) {
		if got := count(row); got != 360 {
			t.Errorf("fixed batch at step %d has %d samples, want 360", t0, got)
		}
	}
	epochs := history(masked(t, 0.25, "epoch", 0).Method.Batch, n, 12, streamKey{3})
	for start := 0; start < 12; start += 4 {
		for i := range n {
			uses := 0
			for _, row := range epochs[start : start+4] {
				if row[i] {
					uses++
				}
			}
			if uses != 1 {
				t.Fatalf("sample %d is used %d times in the epoch at step %d", i, uses, start)
			}
		}
	}
	for i := range 12 {
		if got := count(epochs[i]); got != n/4 {
			t.Errorf("epoch batch %d has %d samples", i, got)
		}
	}
}

func count(on []bool) (n int) {
	for _, x := range on {
		if x {
			n++
		}
	}
	return n
}

// TestExactMaskKeepsProbability: where bn is not whole the batch's size is random, with mean bn: 1000 batches of 0.3·7
// samples; 5 standard errors of a size that is 2 or 3.
func TestExactMaskKeepsProbability(t *testing.T) {
	const n, batches = 7, 1000
	total := 0
	for i := range batches {
		total += count(history(masked(t, 0.3, "fixed", 0).Method.Batch, n, 1, streamKey{uint64(i)})[0])
	}
	if mean := float64(total) / batches; math.Abs(mean-2.1) > 5*0.3/math.Sqrt(batches) {
		t.Errorf("mean size %g, want 2.1", mean)
	}
}

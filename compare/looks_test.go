package compare

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A right theory is looked at three times while replicas are added. Judged at level 0.2 each time it would be called wrong
// in nearly half of the cases; what the looks spend keeps that to 0.2 over all of them. 300 cases; the limit is three
// binomial standard deviations above the level, which a rate at the level exceeds in 0.1 % of cases. The seed is fixed.
func TestLooksKeepTheLevel(t *testing.T) {
	const n, level = 300, 0.2
	s := usual()
	s.replicas, s.steps = 16, 3
	spending, naive := 0, 0
	for i := range n {
		rng := rand.New(rand.NewPCG(uint64(i), 77))
		limit := s.limit(rng)
		all := s.simulate(rng)
		wrong, wrongNaive := false, false
		for look, count := range []int{4, 8, 16} {
			var seen []Run
			for _, r := range all {
				if r.Index < count {
					seen = append(seen, r)
				}
			}
			c, err := Compare(limit, seen, Settings{Level: level, Resamples: 999, Look: look + 1, Seed: uint64(i)})
			if err != nil {
				t.Fatal(err)
			}
			if want := min(1, c.PValue*math.Pow(2, float64(look+1))); c.Joint() != want || (c.Verdict == Disagrees || want < level && c.hinges(level)) != (want < level) {
				t.Fatalf("look %d: p = %g counts as %g, want %g; %s", look+1, c.PValue, c.Joint(), want, c.Verdict)
			}
			wrong, wrongNaive = wrong || c.Verdict == Disagrees, wrongNaive || c.PValue < level
		}
		if wrong {
			spending++
		}
		if wrongNaive {
			naive++
		}
	}
	limit := n*level + 3*math.Sqrt(n*level*(1-level))
	if float64(spending) > limit {
		t.Errorf("called wrong in %d of %d cases at level %g", spending, n, level)
	}
	if float64(naive) < limit {
		t.Errorf("without spending only %d of %d: this test could not fail", naive, n)
	}
	t.Logf("called wrong in %d of %d cases, %d without spending", spending, n, naive)
}

func TestLooksWidenTheBounds(t *testing.T) {
	s := usual()
	rng := rand.New(rand.NewPCG(5, 77))
	limit, replicas := s.limit(rng), s.simulate(rng)
	last := 0.0
	for look := range 4 {
		c, err := Compare(limit, replicas, Settings{Look: look})
		if err != nil {
			t.Fatal(err)
		}
		if c.Critical <= last {
			t.Errorf("look %d: bands of %g standard errors, not more than %g", look, c.Critical, last)
		}
		last = c.Critical
	}
	if _, err := Compare(limit, replicas, Settings{Look: 20}); err == nil {
		t.Error("a look that 10000 draws cannot judge was accepted")
	}
}

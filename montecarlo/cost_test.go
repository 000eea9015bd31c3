package montecarlo

import (
	"testing"

	"limitcheck/internal/machine"
	"limitcheck/scenarios"
)

// TestChoose: dense below one crossover, conditioning above, for every scenario; and the crossover grows with T.
func TestChoose(t *testing.T) {
	crossover := func(s *scenarios.Scenario) int {
		last, at := Dense, 0
		for d := 10; d <= 1<<20; d += 1 + d/20 {
			engine := Choose(s, d)
			if engine == Dense && last == Conditioning {
				t.Errorf("%s: back to dense at d = %d", s.Name, d)
			}
			if engine == Conditioning && last == Dense {
				at = d
			}
			last = engine
		}
		if last != Conditioning {
			t.Errorf("%s: dense at d = 2^20", s.Name)
		}
		return at
	}
	forCatalogue(t, 1000, func(t *testing.T, s *scenarios.Scenario) {
		if s.Data.Entries == nil {
			crossover(s)
		} else if Choose(s, 1<<20) != Dense {
			t.Error("only the dense engine draws such entries")
		}
	})
	s := find(t, "logistic-sgd")
	s.Method.Steps = 50
	short := crossover(s)
	s.Method.Steps = 500
	if long := crossover(s); !(short > 100 && short < 400 && long > 2*short) {
		t.Errorf("crossover at d = %d for T = 50 (measured: between 100 and 400), %d for T = 500", short, long)
	}
}

// TestFootprint: growth is by nd for dense and by (n+d)T for conditioning, and single precision about halves both.
func TestFootprint(t *testing.T) {
	s := find(t, "logistic-sgd")
	ratio := func(d int, engine Engine, single bool) float64 {
		return float64(footprint(s, 2*d, engine, single)) / float64(footprint(s, d, engine, single))
	}
	if x := ratio(20_000, Dense, false); x < 3.9 || x > 4.1 {
		t.Errorf("dense grows by %g when d doubles, want 4", x)
	}
	if x := ratio(200_000, Conditioning, false); x < 1.9 || x > 2.1 {
		t.Errorf("conditioning grows by %g when d doubles, want 2", x)
	}
	for _, engine := range []Engine{Dense, Conditioning} {
		if x := float64(footprint(s, 20_000, engine, true)) / float64(footprint(s, 20_000, engine, false)); x < 0.45 || x > 0.75 {
			t.Errorf("%s: single precision takes %g of double", engine, x)
		}
	}
	if x := footprint(s, 1_000_000, Conditioning, false); x > 4e9 {
		t.Errorf("d = 10^6 takes %s, more than 4 GB", machine.Size(x))
	}
}

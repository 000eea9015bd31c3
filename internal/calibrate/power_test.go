package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// A non-central t by simulation, within four standard errors of 40 000 draws.
func TestNoncentral(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const draws = 40000
	for _, test := range []struct{ delta, critical, dof float64 }{{0, 3, 9}, {2, 3, 9}, {4, 3.5, 60}, {6, 4, 13}} {
		chi := distuv.ChiSquared{K: test.dof, Src: rng}
		above := 0
		for range draws {
			if math.Abs((rng.NormFloat64()+test.delta)/math.Sqrt(chi.Rand()/test.dof)) > test.critical {
				above++
			}
		}
		p := noncentral(test.delta, test.critical, test.dof)
		if se := math.Sqrt(p * (1 - p) / draws); math.Abs(float64(above)/draws-p) > 4*se {
			t.Errorf("%+v: %g, simulated %g", test, p, float64(above)/draws)
		}
	}
}

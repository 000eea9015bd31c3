// Package theory computes the d → ∞ learning curve of a scenario from its dynamical mean-field equations: in closed
// form where the loss is square and the method linear, by one causal sweep in the orthonormal gauge otherwise.
package theory

import "limitcheck/scenarios"

// A Limit is the d → ∞ learning curve with its own numerical error.
type Limit struct {
	Scenario    *scenarios.Scenario
	Observables []string // scenario.Observables()

	// Mean[t][j] is observable j at W_t, t = 0..Steps; StandardError likewise (0: exact up to rounding). The error is
	// the spread over Replicates, independent scramblings [scrambling][t][j]; nil in closed form.
	Mean, StandardError [][]float64
	Replicates          [][][]float64

	// Kernels and the standard errors of their entries (0 in closed form); both are nil beyond MostKernelSteps, and of a minimiser. R_g of a
	// long run is ill-conditioned, as late points hardly differ from each other: mind its errors. An entry is NaN where
	// rounding does not let it be told from others, because a later gradient (R_p) or point (R_g) was a combination of
	// earlier ones.
	Kernels, KernelErrors *Kernels

	// Probes lists scenario.Probes() with its errors and replicates; nil unless Settings.Probes asks for it. It always
	// comes from the sweep, but for a minimiser.
	Probes, ProbeErrors []float64
	ProbeReplicates     [][]float64

	Source string // how it was computed, in words: "closed form", "causal sweep, 8 × 65536 paths"
}

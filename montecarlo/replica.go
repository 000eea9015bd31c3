// Package montecarlo trains real estimators at finite d. The data are met only through products with X, so the dense
// engine and the conditioning engine are two implementations of one small interface (operator), products with a plain
// Gaussian Z. Around it lie, each knowing nothing of the others: the covariance and a mixture's mean (dataset), the
// mini-batches (batches), the method and the observables (trainer).
//
// A replica's numbers depend on (seed, scenario, d, index, engine) alone: every piece of work has a random stream of its
// own, and sums are taken in a fixed order, whatever the number of cores.
package montecarlo

// A Replica is one training run at finite d: the observables of scenario.Observables() at W_0 … W_T and control
// variates.
type Replica struct {
	Dim    int
	Index  int
	Engine string      // "dense" or "conditioning"
	Values [][]float64 // [t][observable]
	// Controls are statistics of the replica's draw whose exact mean is known and subtracted: each has mean 0 at every d
	// and standard deviation O(d^{-1/2}). ControlNames(scenario) names them.
	Controls []float64
	Probes   []float64 // scenario.Probes(), in the order of its Families
	Seconds  float64   // wall time; not part of any statistic
}

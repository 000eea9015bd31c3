// Package montecarlo trains real estimators at finite d. The data are met only through products with X, so the dense
// engine and the conditioning engine are two implementations of one small interface (operator), products with a plain
// Gaussian Z. Around it lie, each knowing nothing of the others: the covariance and a mixture's mean (dataset), the
// mini-batches (batches), the method and the observables (trainer).
//
// A replica's numbers depend on (seed, scenario, d, index, engine) alone: every piece of work has a random stream of its
// own, and sums are taken in a fixed order, whatever the number of cores.
package montecarlo

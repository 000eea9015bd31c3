package scenarios

// A Mask is the law of the mini-batch indicators, one Markov chain a sample. Before step t a sample in state x is in
// the batch with probability Probability(t, x), and then weighs 1/b; Next is its state after the decision. Samples
// start in state 0.
//
// Exact masks are drawn jointly: among the samples of equal probability p exactly a fraction p is chosen, without
// replacement (a fixed-size batch; an epoch's random partition). That does not change the law of one sample, so the
// limit is that of the chain.
//
// Fresh means that every step meets new samples: nothing on the sample side is remembered.
type Mask interface {
	Probability(t int, state uint8) float64
	Next(t int, state uint8, on bool) uint8
	Exact() bool
	Fresh() bool
	// Independent says whether Probability is the same for all states and times (then the mask has mean 1 and second
	// moment 1/b, independently at every step).
	Independent() bool
}

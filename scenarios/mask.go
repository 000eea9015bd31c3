package scenarios

import (
	"math"

	"limitcheck/internal/markdown"
)

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

// masks are the samplings a scenario file can name.
var masks = map[string]func(Batch) Mask{
	"bernoulli":  func(b Batch) Mask { return bernoulli{b.Fraction} },
	"fixed":      func(b Batch) Mask { return fixed{bernoulli{b.Fraction}} },
	"epoch":      func(b Batch) Mask { return epoch{int(math.Round(1 / b.Fraction))} },
	"persistent": newPersistent,
	"fresh":      func(b Batch) Mask { return fresh{bernoulli{b.Fraction}} },
}

// Mask is the law of the scenario's mini-batches. A fraction of 1 is the full batch whatever the sampling, unless it is
// fresh.
func (s *Scenario) Mask() Mask {
	b := s.Method.Batch
	if b.Fraction == 1 && b.Sampling != "fresh" {
		return bernoulli{1}
	}
	return masks[b.Sampling](b)
}

// bernoulli masks are independent across samples and steps.
type bernoulli struct{ fraction float64 }

func (b bernoulli) Probability(int, uint8) float64 { return b.fraction }
func (bernoulli) Next(int, uint8, bool) uint8      { return 0 }
func (bernoulli) Exact() bool                      { return false }
func (bernoulli) Fresh() bool                      { return false }
func (bernoulli) Independent() bool                { return true }

func (b bernoulli) Formula() string {
	if b.fraction == 1 {
		return "Full batch"
	}
	return "Each sample is in a step's batch with probability $b = " + markdown.Number(b.fraction) +
		"$, independently, and then weighs $1/b$"
}

// fixed is a batch of exactly bn samples, drawn anew at each step.
type fixed struct{ bernoulli }

func (fixed) Exact() bool { return true }

func (f fixed) Formula() string {
	return "Each step's batch is $bn$ samples, $b = " + markdown.Number(f.fraction) +
		"$, drawn without replacement; each weighs $1/b$"
}

// fresh is one-pass SGD: the bn samples of each step are new and all of them are used, with weight 1/b. A sample of the
// limit is met once; what enters is E s = 1 and E s² = 1/b, as for a Bernoulli mask.
type fresh struct{ bernoulli }

func (fresh) Fresh() bool { return true }

func (f fresh) Formula() string {
	return "Every step meets new samples (one pass), a fraction $b = " + markdown.Number(f.fraction) + "$ of $n$"
}

// epoch partitions the samples at random into batches, one a step, and reshuffles when all are used. State 1 is "already
// used in this epoch"; a sample that is not is in the batch with probability 1/(batches left).
type epoch struct{ batches int }

func (e epoch) Probability(t int, state uint8) float64 {
	if state == 1 {
		return 0
	}
	return 1 / float64(e.batches-t%e.batches)
}

func (e epoch) Next(t int, state uint8, on bool) uint8 {
	switch {
	case t%e.batches == e.batches-1:
		return 0
	case on:
		return 1
	}
	return state
}

func (epoch) Exact() bool       { return true }
func (epoch) Fresh() bool       { return false }
func (epoch) Independent() bool { return false }

func (e epoch) Formula() string {
	return "The samples are dealt at random into $1/b$ batches, $b = " + markdown.Number(1/float64(e.batches)) +
		"$, and reshuffled when all are used; each weighs $1/b$"
}

// persistent samples stay in the batch for a geometric number of steps with mean τ and stay out so long that a fraction b
// is in: a stationary two-state chain. State 0 is undecided (before the first step), 1 in, 2 out.
type persistent struct{ fraction, stay, enter float64 }

func newPersistent(b Batch) Mask {
	return persistent{b.Fraction, 1 - 1/b.OnTime, b.Fraction / (b.OnTime * (1 - b.Fraction))}
}

func (p persistent) Probability(_ int, state uint8) float64 {
	return [...]float64{p.fraction, p.stay, p.enter}[state]
}

func (persistent) Next(_ int, _ uint8, on bool) uint8 {
	if on {
		return 1
	}
	return 2
}

func (persistent) Exact() bool       { return false }
func (persistent) Fresh() bool       { return false }
func (persistent) Independent() bool { return false }

func (p persistent) Formula() string {
	return "A sample stays in the batch for " + markdown.Number(1/(1-p.stay)) + " steps on average and is in it a " +
		"fraction $b = " + markdown.Number(p.fraction) + "$ of the time; it then weighs $1/b$"
}

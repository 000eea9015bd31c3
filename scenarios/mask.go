package scenarios

import (
	"math"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// A Mask is the law of the mini-batch indicators, one Markov chain a sample. Before step t a sample in state x is in
// the batch with probability Probability(t, x), and then weighs 1/b; Next is its state after the decision. Samples
// start in state 0. Like an Optimizer it is a value that owns its settings and does not change.
//
// Exact masks are drawn jointly: among the samples of equal probability p exactly a fraction p is chosen, without
// replacement (a fixed-size batch; an epoch's random partition). That does not change the law of one sample, so the
// limit is that of the chain.
//
// Fresh means that every step meets new samples: nothing on the sample side is remembered.
type Mask interface {
	Size() float64 // b, the probability of being in the batch, at every step
	Probability(t int, state uint8) float64
	Next(t int, state uint8, on bool) uint8
	Exact() bool
	Fresh() bool
	// Independent says whether Probability is the same for all states and times (then the mask has mean 1 and second
	// moment 1/b, independently at every step).
	Independent() bool
}

// masks are the samplings a scenario file can name.
var masks = spec.Registry[Mask]{
	What:    "sampling",
	KindKey: "sampling",
	Instead: map[string]string{
		"size": "a batch is a fraction of the n = alpha*d samples, whose number grows with d",
	},
	Before:   1,
	Standard: "bernoulli",
	Unset:    func(m Mask) bool { b, ok := m.(*Bernoulli); return ok && b.Fraction == 1 }, // where no batch applies
	New: map[string]func() Mask{
		"bernoulli":  func() Mask { return new(Bernoulli) },
		"fixed":      func() Mask { return new(Fixed) },
		"epoch":      func() Mask { return new(Epoch) },
		"persistent": func() Mask { return new(Persistent) },
		"fresh":      func() Mask { return new(Fresh) },
	},
}

// fraction is the key that all masks have.
func fraction(p *float64) spec.Key {
	return spec.Key{Name: "fraction", Default: 1.0, Value: spec.Number(p, spec.HalfUnit)}
}

// independent is what masks share in which a sample has no past.
type independent struct{}

func (independent) Next(int, uint8, bool) uint8 { return 0 }
func (independent) Exact() bool                 { return false }
func (independent) Fresh() bool                 { return false }
func (independent) Independent() bool           { return true }

// Bernoulli masks are independent across samples and steps. With fraction 1 they are the full batch.
type Bernoulli struct {
	Fraction float64 // b, by default 1
	independent
}

// Keys implements spec.Keyed.
func (b *Bernoulli) Keys() spec.Keys { return spec.Keys{fraction(&b.Fraction)} }

// Size implements Mask.
func (b *Bernoulli) Size() float64 { return b.Fraction }

// Probability implements Mask.
func (b *Bernoulli) Probability(int, uint8) float64 { return b.Fraction }

// Formula is the sampling in words.
func (b *Bernoulli) Formula() string {
	return "Each sample is in a step's batch with probability $b = " + markdown.Number(b.Fraction) +
		"$, independently, and then weighs $1/b$"
}

// Fixed is a batch of exactly bn samples, drawn anew at each step.
type Fixed struct {
	Fraction float64 // b, by default 1
	independent
}

// Keys implements spec.Keyed.
func (f *Fixed) Keys() spec.Keys { return spec.Keys{fraction(&f.Fraction)} }

// Size implements Mask.
func (f *Fixed) Size() float64 { return f.Fraction }

// Probability implements Mask.
func (f *Fixed) Probability(int, uint8) float64 { return f.Fraction }
func (*Fixed) Exact() bool                      { return true }

// Formula is the sampling in words.
func (f *Fixed) Formula() string {
	return "Each step's batch is $bn$ samples, $b = " + markdown.Number(f.Fraction) +
		"$, drawn without replacement; each weighs $1/b$"
}

// Fresh is one-pass SGD: the bn samples of each step are new and all of them are used, with weight 1/b. A sample of the
// limit is met once; what enters is E s = 1 and E s² = 1/b, as for a Bernoulli mask.
type Fresh struct {
	Fraction float64 // b, by default 1
	independent
}

// Keys implements spec.Keyed.
func (f *Fresh) Keys() spec.Keys { return spec.Keys{fraction(&f.Fraction)} }

// Size implements Mask.
func (f *Fresh) Size() float64 { return f.Fraction }

// Probability implements Mask.
func (f *Fresh) Probability(int, uint8) float64 { return f.Fraction }
func (*Fresh) Fresh() bool                      { return true }

// Formula is the sampling in words.
func (f *Fresh) Formula() string {
	return "Every step meets new samples (one pass), a fraction $b = " + markdown.Number(f.Fraction) + "$ of $n$"
}

// Epoch partitions the samples at random into 1/b batches, one a step, and reshuffles when all are used. State 1 is
// "already used in this epoch"; a sample that is not is in the batch with probability 1/(batches left).
type Epoch struct {
	Fraction float64 // b, one over a whole number, by default 1
}

// Keys implements spec.Keyed.
func (e *Epoch) Keys() spec.Keys { return spec.Keys{fraction(&e.Fraction)} }

// Validate checks the keys of the part together.
func (e *Epoch) Validate() error {
	if l := math.Round(1 / e.Fraction); math.Abs(l*e.Fraction-1) > 1e-9 {
		return wrong("fraction", "must be 1/L for a whole number L of batches in an epoch, got %g (nearest: %.6g)",
			e.Fraction, 1/l)
	}
	return nil
}

func (e *Epoch) batches() int { return int(math.Round(1 / e.Fraction)) }

// Size implements Mask.
func (e *Epoch) Size() float64 { return e.Fraction }

// Probability is one over the number of batches left, or 0 for a sample that has been used.
func (e *Epoch) Probability(t int, state uint8) float64 {
	if state == 1 {
		return 0
	}
	batches := e.batches()
	return 1 / float64(batches-t%batches)
}

// Next remembers until the end of the epoch that a sample has been used.
func (e *Epoch) Next(t int, state uint8, on bool) uint8 {
	batches := e.batches()
	switch {
	case t%batches == batches-1:
		return 0
	case on:
		return 1
	}
	return state
}

func (*Epoch) Exact() bool { return true }
func (*Epoch) Fresh() bool { return false }

// Independent implements Mask.
func (e *Epoch) Independent() bool { return e.Fraction == 1 }

// Formula is the sampling in words.
func (e *Epoch) Formula() string {
	return "The samples are dealt at random into $1/b$ batches, $b = " + markdown.Number(e.Fraction) +
		"$, and reshuffled when all are used; each weighs $1/b$"
}

// Persistent samples stay in the batch for a geometric number of steps with mean τ and stay out so long that a fraction
// b is in: a stationary two-state chain. State 0 is undecided (before the first step), 1 in, 2 out.
type Persistent struct {
	Fraction float64 // b, by default 1
	OnTime   float64 // τ
}

// Keys implements spec.Keyed.
func (p *Persistent) Keys() spec.Keys {
	atLeastOne := spec.Range("≥ 1", func(x float64) bool { return x >= 1 })
	return spec.Keys{
		fraction(&p.Fraction),
		{Name: "on_time", Required: true, Accepts: "must be ≥ 1", Value: spec.Number(&p.OnTime, atLeastOne)},
	}
}

// Validate checks the keys of the part together.
func (p *Persistent) Validate() error {
	if least := p.Fraction / (1 - p.Fraction); p.Fraction < 1 && p.OnTime < least*(1-1e-12) {
		return wrong("on_time", "must be ≥ fraction/(1-fraction) = %.6g, got %g: "+
			"samples could not come back fast enough to keep the batch's size", least, p.OnTime)
	}
	return nil
}

// Size implements Mask.
func (p *Persistent) Size() float64 { return p.Fraction }

// Probability is 1 − 1/τ to stay in and b/(τ(1−b)) to come back; in a full batch all stay in.
func (p *Persistent) Probability(_ int, state uint8) float64 {
	switch {
	case p.Fraction == 1 || state == 0:
		return p.Fraction
	case state == 1:
		return 1 - 1/p.OnTime
	}
	return p.Fraction / (p.OnTime * (1 - p.Fraction))
}

// Next remembers whether the sample was in.
func (p *Persistent) Next(_ int, _ uint8, on bool) uint8 {
	switch {
	case p.Fraction == 1:
		return 0
	case on:
		return 1
	}
	return 2
}

func (*Persistent) Exact() bool { return false }
func (*Persistent) Fresh() bool { return false }

// Independent implements Mask.
func (p *Persistent) Independent() bool { return p.Fraction == 1 }

// Formula is the sampling in words.
func (p *Persistent) Formula() string {
	return "A sample stays in the batch for " + markdown.Number(p.OnTime) + " steps on average and is in it a " +
		"fraction $b = " + markdown.Number(p.Fraction) + "$ of the time; it then weighs $1/b$"
}

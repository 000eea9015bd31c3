package scenarios

import "limitcheck/internal/spec"

// An Optimizer is the map F_t of a first-order method: the gradient is taken at P_t = W_t + β_t (W_t − W_{t−1}) with
// W_{−1} = W_0, and Step gives W_{t+1} of all student units. It is a value that owns its settings, shared by runs that
// go on at the same time: nothing in it may change.
//
// Vectors are abstract: a method that is Linear (a linear combination of its arguments, with coefficients that may
// depend on inner products) may be handed coefficient vectors in place of weights.
type Optimizer interface {
	LookAhead(t int) float64  // β_t
	NoiseScale(t int) float64 // standard deviation of the noise that Step adds itself from Move.Noise; 0: Noise is nil
	States() int              // how many state vectors of its own (initially 0) a unit carries
	Linear() bool
	Separable() bool // entry i of W_{t+1} depends on entries i only (up to inner products)
	Step(Move)
}

// A Move is one update of all units. Step reads everything and writes Next (which aliases nothing) and State. U is the
// gradient field Xᵀg at P, not divided by n (entries O(1)). Inner is ⟨a,b⟩ = aᵀb/d.
type Move struct {
	T                              int
	Next, W, Previous, P, U, Noise [][]float64   // one vector a unit
	State                          [][][]float64 // States vectors a unit
	Inner                          func(a, b []float64) float64
}

// optimizers are the methods a scenario file can name, each with keys of its own.
var optimizers = spec.Registry[Optimizer]{
	What:    "method",
	KindKey: "kind",
	Instead: map[string]string{
		"lr":           "it is called learning_rate here",
		"weight_decay": "it is called ridge here",
		"batch_size":   "batch: {fraction: …} is a fraction of the n = alpha*d samples, whose number grows with d",
		"epochs":       "steps counts steps of the weights; a full-batch step is an epoch",
	},
	New: map[string]func() Optimizer{
		"sgd":        func() Optimizer { return new(SGD) },
		"heavy-ball": func() Optimizer { return new(HeavyBall) },
		"nesterov":   func() Optimizer { return new(Nesterov) },
		"langevin":   func() Optimizer { return new(Langevin) },
		"ista":       func() Optimizer { return new(ISTA) },
		"fista":      func() Optimizer { return new(FISTA) },
		"spherical":  func() Optimizer { return new(Spherical) },
		"sign":       func() Optimizer { return new(SignDescent) },
		"adam":       func() Optimizer { return new(Adam) },
		"minimizer":  func() Optimizer { return new(Minimizer) },
		"adamw":      func() Optimizer { return new(AdamW) },
		"velocity":   func() Optimizer { return new(Velocity) },
	},
}

// learningRate, ridge and momentum are keys that several methods have.
func learningRate(p *Schedule) spec.Key { return seriesKey("learning_rate", p, spec.Positive, nil) }
func ridge(p *Schedule) spec.Key        { return seriesKey("ridge", p, spec.NonNegative, 0.0) }
func momentum(p *Schedule, standard any) spec.Key {
	return seriesKey("momentum", p, spec.In("[0, 1)"), standard)
}

// series are the schedules of the method, in the order of its keys; none of a method that no file can name.
func (m *Method) series() (found []series) {
	if keyed, ok := m.Optimizer.(spec.Keyed); ok && optimizers.NameOf(m.Optimizer) != "" {
		for _, k := range keyed.Keys() {
			if v, ok := k.Value.(series); ok {
				found = append(found, v)
			}
		}
	}
	return found
}

// Plain is for an Optimizer to embed that has no look-ahead, no noise and no state.
type Plain struct{}

func (Plain) LookAhead(int) float64  { return 0 }
func (Plain) NoiseScale(int) float64 { return 0 }
func (Plain) States() int            { return 0 }

// linear is what the methods that are linear in the weights share.
type linear struct{ Plain }

func (linear) Linear() bool    { return true }
func (linear) Separable() bool { return true }

// entrywise is what the nonlinear methods that act on each entry by itself share.
type entrywise struct{ Plain }

func (entrywise) Linear() bool    { return false }
func (entrywise) Separable() bool { return true }

package scenarios

// An Optimizer is the map F_t of a first-order method, for one student unit: the gradient is taken at
// P_t = W_t + β_t (W_t − W_{t−1}) with W_{−1} = W_0, and Step gives W_{t+1}.
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

// A Move is one update of one unit. Step reads everything and writes Next (which aliases nothing) and State.
// U is the gradient field Xᵀg at P, not divided by n (entries O(1)). Inner is ⟨a,b⟩ = aᵀb/d.
type Move struct {
	T                              int
	Next, W, Previous, P, U, Noise []float64
	State                          [][]float64
	Inner                          func(a, b []float64) float64
}

// A kind is a method a scenario file can name: its optimizer, and those of Method's optional keys that it needs or takes.
type kind struct {
	new          func(*Method) Optimizer
	needs, takes []string
}

// methods are the methods a scenario file can name. Every one takes learning_rate, batch and steps.
var methods = map[string]kind{
	"sgd":        {newSGD, nil, []string{"ridge"}},
	"heavy-ball": {newHeavyBall, []string{"momentum"}, []string{"ridge"}},
	"nesterov":   {newNesterov, []string{"momentum"}, []string{"ridge"}},
	"langevin":   {newLangevin, []string{"temperature"}, []string{"ridge"}},
	"ista":       {newISTA, []string{"l1"}, []string{"ridge", "fused"}},
	"fista":      {newFISTA, []string{"l1"}, []string{"ridge", "fused", "momentum"}},
	"spherical":  {newSpherical, nil, nil},
	"sign":       {newSignDescent, nil, []string{"ridge"}},
	"adam":       {newAdam, nil, []string{"ridge", "decay1", "decay2"}},
}

// Optimizer is the scenario's update: Method.Custom if there is one, else the one that Method.Kind names.
func (s *Scenario) Optimizer() Optimizer {
	if s.Method.Custom != nil {
		return s.Method.Custom
	}
	return methods[s.Method.Kind].new(&s.Method)
}

// plain is what a method without look-ahead, noise and state of its own shares.
type plain struct{}

func (plain) LookAhead(int) float64  { return 0 }
func (plain) NoiseScale(int) float64 { return 0 }
func (plain) States() int            { return 0 }
func (plain) Separable() bool        { return true }

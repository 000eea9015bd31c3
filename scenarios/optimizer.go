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

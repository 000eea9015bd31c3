package scenarios

// A Label is φ: it turns the teacher's fields and one noise value into the label y.
type Label interface {
	Label(h []float64, noise float64) float64
	Binary() bool // whether every label is -1 or +1, so that an error rate makes sense
}

// Noise is the law of the label's noise, given by its quantile function so that an engine can feed it random or
// quasi-random levels.
type Noise interface {
	Quantile(u float64) float64 // u in (0, 1)
}

// A WeightLaw draws a teacher vector of any length from independent uniform levels in (0, 1). Its entries have second
// moment 1; Independent says whether they are independent of each other (a structured teacher's are not), Gaussian
// whether they are standard normal, which makes the law invariant under rotations.
type WeightLaw interface {
	Fill(w, u []float64)
	Independent() bool
	Gaussian() bool
}

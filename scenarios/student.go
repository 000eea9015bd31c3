package scenarios

import "limitcheck/internal/spec"

// A Model is what a student makes of its samples: a loss ℓ(r, θ, y), any function of a sample's K local fields r, of its
// label y and of the student's own few parameters θ. An engine keeps θ, so that one model serves many runs at once.
// Samples come many at a time: r and g are K×samples, one row a unit. Methods change no argument but those that they
// write, keep none, and are called by many goroutines.
type Model interface {
	// Parameters are the θ_j, in order; nil for a student that has none.
	Parameters() Parameters

	// Evaluate writes the loss ℓ(r_i, θ, y_i) of each sample and, unless wrong is nil, whether the student gets the
	// sample's label wrong.
	Evaluate(loss []float64, wrong []bool, r [][]float64, theta, y []float64)

	// Gradients writes the gradient of each sample before the mask, g_ki = ∂ℓ_i/∂r_ki, and, unless slopes is nil,
	// slopes_ji = ∂ℓ_i/∂θ_j, one row a parameter. At a kink both engines get the same subgradient, whichever it is.
	Gradients(g, slopes [][]float64, r [][]float64, theta, y []float64)

	// Judges is the kind of labels that the student can get wrong. Where a scenario's labels are of that kind, train
	// and test error are observables. RealLabels: it never can.
	Judges() LabelKind
}

// A Parameter is one of the numbers θ_j that a student has beside its weights. It takes plain gradient steps of its
// own, whatever the method of the weights, and at the same time:
//
//	θ_j ← θ_j − Rate(t) (1/d) Σ_i s_i ∂ℓ_i/∂θ_j at (XP_t, θ)
//
// with the weight s_i of sample i in the batch. It is an observable.
type Parameter struct {
	Name, Words, Symbol string // of the observable
	Start               float64
	Rate                Schedule // nil: it stays as it is
}

// Parameters are those of one model, in order.
type Parameters []Parameter

// Start is θ before the first step.
func (p Parameters) Start() []float64 {
	theta := make([]float64, len(p))
	for j := range p {
		theta[j] = p[j].Start
	}
	return theta
}

// Step takes θ from step t to the next. gradient_j is (1/d) Σ_i s_i ∂ℓ_i/∂θ_j, in the limit α E[s ∂ℓ/∂θ_j].
func (p Parameters) Step(t int, theta, gradient []float64) {
	for j := range p {
		if p[j].Rate != nil {
			theta[j] -= p[j].Rate.At(t) * gradient[j]
		}
	}
}

// Model is Custom if there is one, else the sum of activations under the loss of its output, or the fields under theirs.
func (s *Student) Model() Model {
	switch {
	case s.Custom != nil:
		return s.Custom
	case s.Linear():
		return unit{output{s.Loss}}
	}
	if loss, ok := fieldLoss(s.Loss); ok {
		return newLogits(s, loss)
	}
	if s.Dropout != nil {
		return dropped{newCommittee(s), s.Dropout.Keep}
	}
	return newCommittee(s)
}

// rates are the learning rates of the student's numbers, by their keys in a file.
func (s *Student) rates() []series {
	rate := func(key string, p *Schedule) series {
		return series{name: key + ".learning_rate", p: p, rule: spec.NonNegative}
	}
	return []series{
		rate("output_weights", &s.OutputWeightRate), rate("biases", &s.BiasRate), rate("offset", &s.OffsetRate),
	}
}

// Slope is a where the student's output is a·r for one field r. More is known in closed form then: the limit of linear
// regression, and the probability of an error, since given the label the output is Gaussian.
func (s *Student) Slope() (a float64, linear bool) {
	_, plain := s.Activation.(identity)
	shifted := s.Biases != nil || s.Offset != 0 || s.OffsetRate != nil
	if s.Custom != nil || s.Dropout != nil || !plain || len(s.OutputWeights) != 1 || s.OutputWeightRate != nil || shifted {
		return 0, false
	}
	return s.OutputWeights[0], true
}

// Linear reports whether the student's output is its one local field.
func (s *Student) Linear() bool {
	a, linear := s.Slope()
	return linear && a == 1
}

// Square reports whether the loss is (r-y)²/2, r the one local field itself: the case that has a closed form.
func (s *Student) Square() bool {
	_, loss := s.Loss.(square)
	return loss && s.Linear()
}

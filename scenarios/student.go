package scenarios

// Linear reports whether f is the local field itself: one unit with activation identity and output weight 1.
func (s *Student) Linear() bool {
	_, linear := s.Activation.(identity)
	return linear && s.Units == 1 && s.OutputWeights[0] == 1
}

// Square reports whether the loss is (f-y)²/2, f the local field itself: the case that has a closed form.
func (s *Student) Square() bool {
	_, square := s.Loss.(square)
	return square && s.Linear()
}

// Outputs writes f(r_i) = Σ_k a_k activation(r_ki) for each sample. r is K×(samples), one row a unit.
func (s *Student) Outputs(f []float64, r [][]float64) {
	if s.Linear() {
		copy(f, r[0])
		return
	}
	clear(f)
	for k, a := range s.OutputWeights {
		for i, x := range r[k] {
			f[i] += a * s.Activation.Value(x)
		}
	}
}

// Evaluate writes ℓ(f(r_i), y_i) for each sample and, unless wrong is nil, whether f(r_i)·y_i ≤ 0: for labels ±1 the
// student is wrong then, an output of exactly 0 included.
func (s *Student) Evaluate(loss []float64, wrong []bool, r [][]float64, y []float64) {
	s.Outputs(loss, r)
	for i := range wrong {
		wrong[i] = loss[i]*y[i] <= 0
	}
	for i, f := range loss {
		loss[i] = s.Loss.Value(f, y[i])
	}
}

// Gradients writes g_ki = ∂ℓ(f(r_i), y_i)/∂r_ki, the per-sample gradient before the mask. g and r are K×(samples).
func (s *Student) Gradients(g, r [][]float64, y []float64) {
	if s.Linear() {
		for i, f := range r[0] {
			g[0][i] = s.Loss.Gradient(f, y[i])
		}
		return
	}
	// g[0] carries f(r) until every unit but the first has used it.
	s.Outputs(g[0], r)
	for i, f := range g[0] {
		slope := s.Loss.Gradient(f, y[i])
		for k, a := range s.OutputWeights {
			g[k][i] = slope * a * s.Activation.Derivative(r[k][i])
		}
	}
}

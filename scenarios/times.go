package scenarios

// Times are Σ_{s<t} η_s for t = 0 … T, the time of a flow that steps of a learning rate η follow, "ηt" where it is
// constant; nil for a method that has no key learning_rate.
func (m *Method) Times() []float64 {
	for _, v := range m.series() {
		if v.name == "learning_rate" {
			times := make([]float64, m.Steps+1)
			for t := range m.Steps {
				times[t+1] = times[t] + (*v.p).At(t)
			}
			return times
		}
	}
	return nil
}

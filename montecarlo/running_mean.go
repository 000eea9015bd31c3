package montecarlo

import "limitcheck/scenarios"

// A runningMean is W̄_t, the mean of the iterates, and its fields X W̄_t.
type runningMean struct {
	method          *scenarios.Method
	weights, fields [][]float64
}

// newRunningMean is nil for a method whose iterates are observed themselves.
func newRunningMean(s *scenarios.Scenario, d, samples int) *runningMean {
	if s.Method.Average == nil {
		return nil
	}
	return &runningMean{&s.Method, newVectors(s.Student.Units, d), newVectors(s.Student.Units, samples)}
}

// take is mean ← mean + s (x − mean) with the share s of step t.
func (a *runningMean) take(mean, x [][]float64, t int) {
	share := a.method.Share(t)
	for k, m := range mean {
		for i, v := range x[k] {
			m[i] += share * (v - m[i])
		}
	}
}

// averageFields takes the fields of W_t into those of the mean; samples that are fresh are asked anew.
func (t *trainer) averageFields(step int) {
	switch {
	case t.mean == nil:
	case t.mask.Fresh():
		t.data.fields(t.mean.fields, t.mean.weights)
	default:
		t.mean.take(t.mean.fields, t.rw, step)
	}
}

// seen and seenFields are the weights that are observed, and their fields.
func (t *trainer) seen() [][]float64 {
	if t.mean == nil {
		return t.w
	}
	return t.mean.weights
}

func (t *trainer) seenFields() [][]float64 {
	if t.mean == nil {
		return t.rw
	}
	return t.mean.fields
}

package scenarios

import "limitcheck/internal/spec"

// Dropout of hidden units: in training each unit of a sample is on with probability Keep, anew at each step, and 1/Keep times
// itself then; where loss and errors are measured all units are on as they are.
type Dropout struct {
	Keep float64 // in (0, 1]
}

// mostDropped is the number of units for which one uniform number of 32 bits decides well enough.
const mostDropped = 16

// A RandomModel is a Model that is trained with chance of its own: each sample has a level, uniform on (0, 1), anew at each
// step and independent of all else. Engines call RandomGradients in the place of Gradients.
type RandomModel interface {
	Model
	RandomGradients(g, slopes, r [][]float64, theta, y, levels []float64)
}

// Gradients are a model's gradients. levels are looked at by a RandomModel only.
func Gradients(m Model, g, slopes, r [][]float64, theta, y, levels []float64) {
	if random, ok := m.(RandomModel); ok {
		random.RandomGradients(g, slopes, r, theta, y, levels)
	} else {
		m.Gradients(g, slopes, r, theta, y)
	}
}

// Random reports whether a model is trained with chance of its own.
func Random(m Model) bool {
	_, ok := m.(RandomModel)
	return ok
}

// dropped is a committee of which a unit is on with probability keep.
type dropped struct {
	committee
	keep float64
}

// RandomGradients are those of the committee with the output weights a_k ζ_k, where ζ_k is 1/keep or 0.
func (d dropped) RandomGradients(g, slopes, r [][]float64, theta, y, levels []float64) {
	a, b, offset := d.weights.of(theta), d.biases.of(theta), d.offset.of(theta)[0]
	ofWeights, ofBiases, ofOffset := d.weights.rows(slopes), d.biases.rows(slopes), d.offset.rows(slopes)
	on := make([]float64, len(a))
	for i, level := range levels {
		d.draw(on, level)
		f := offset
		for k := range a {
			f += a[k] * on[k] * d.activation.Value(r[k][i]+b[k])
		}
		slope := d.loss.Gradient(f, y[i])
		for k := range a {
			g[k][i] = slope * a[k] * on[k] * d.activation.Derivative(r[k][i]+b[k])
			if ofWeights != nil {
				ofWeights[k][i] = slope * on[k] * d.activation.Value(r[k][i]+b[k])
			}
		}
		if ofOffset != nil {
			ofOffset[0][i] = slope
		}
	}
	for k := range ofBiases {
		copy(ofBiases[k], g[k])
	}
}

// draw turns a level into ζ: where the first unit is settled, what the level says beyond that is uniform again.
func (d dropped) draw(on []float64, level float64) {
	for k := range on {
		if level < d.keep {
			on[k], level = 1/d.keep, level/d.keep
		} else {
			on[k], level = 0, (level-d.keep)/(1-d.keep)
		}
	}
}

func (s *Scenario) checkDropout() error {
	d := s.Student.Dropout
	switch _, ofFields := fieldLoss(s.Student.Loss); {
	case d == nil:
		return nil
	case s.Student.Custom != nil:
		return wrong("student.dropout", "not with a student of your own, which may be a RandomModel itself")
	case ofFields:
		return wrong("student.dropout", "is of hidden units, and loss %s has none", Name(s.Student.Loss))
	case s.Student.Units > mostDropped:
		return wrong("student.units", "must be at most %d with dropout, got %d", mostDropped, s.Student.Units)
	}
	return nil
}

// dropoutKeys are those of student.dropout.
func dropoutKeys(d *Dropout) spec.Keys {
	return spec.Keys{{Name: "keep", Required: true, Value: spec.Number(&d.Keep, spec.In("(0, 1]"))}}
}

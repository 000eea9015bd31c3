package theory

// Ablations returns every ablation, in a fixed order.
func Ablations() []Ablation {
	return []Ablation{NoMemory, NoWeightDrift, RedrawnNoise, ShiftedResponse, ShortMemory, DoubleBatch, NoTeacherDrift, WrongAlpha}
}

// Ablation names a deliberately wrong theory, for verdicts that must be lost.
type Ablation string

// The ablations, each one well-known mistake.
const (
	None            Ablation = ""
	NoMemory        Ablation = "no-memory"        // no memory term in the local fields: R_p = 0
	NoWeightDrift   Ablation = "no-weight-memory" // only the current P in the gradient field's drift: R_g(t,s) = 0 for s < t
	RedrawnNoise    Ablation = "redrawn-noise"    // the gradient field's noise independent across steps
	ShiftedResponse Ablation = "shifted-response" // R_p(t,s) used in the place of R_p(t,s+1)
	ShortMemory     Ablation = "short-memory"     // the memory sum stops one term short: R_p(t,t-1) = 0
	DoubleBatch     Ablation = "double-batch"     // the batch weight 1/b counted twice
	NoTeacherDrift  Ablation = "no-teacher-drift" // the teacher's term R_g(t,*) w* dropped
	WrongAlpha      Ablation = "wrong-alpha"      // α 5 % too large
)

// ablatedMemory returns the coefficients over f that the ablated theory uses in the local fields.
func (w *sweep) ablatedMemory(memory []float64) []float64 {
	units := w.s.Student.Units
	n := len(w.gauge.gradient)
	switch w.set.Ablation {
	case NoMemory:
		return make([]float64, len(memory))
	case ShortMemory, ShiftedResponse:
		kernel := response(w.gauge.gradient, w.gauge.gradientPivot, memory)
		if w.set.Ablation == ShortMemory {
			clear(kernel[max(0, n-units):])
		} else {
			copy(kernel[min(n, units):], append([]float64(nil), kernel...))
			clear(kernel[:min(n, units)])
		}
		return resolved(w.gauge.gradient, kernel, len(memory))
	}
	return memory
}

// ablatedDrift returns the coefficients over q that the ablated theory uses in the gradient field.
func (w *sweep) ablatedDrift(drift [][]float64) [][]float64 {
	if w.set.Ablation != NoWeightDrift && w.set.Ablation != NoTeacherDrift {
		return drift
	}
	columns := w.gauge.columns(len(w.gauge.point))
	teachers, current := len(w.gauge.teacher), len(columns)-w.s.Student.Units
	out := make([][]float64, len(drift))
	for k, row := range drift {
		kernel := response(columns, w.gauge.pointPivot, row)
		if w.set.Ablation == NoTeacherDrift {
			clear(kernel[:teachers])
		} else {
			clear(kernel[teachers:current])
		}
		out[k] = resolved(columns, kernel, len(row))
	}
	return out
}

package scenarios

import "limitcheck/internal/spec"

// Minimizer is no dynamics but its end: the w that minimises Σ_i ℓ(x_i·w, y_i) + Ridge/2 |w|² + L1 |w|₁. It has no steps,
// no start and no batches; curves have the one point t = 0. The loss must be convex and the student one linear unit.
// Ridge 0 means the limit from above.
type Minimizer struct {
	Ridge float64 // λ, by default 0
	L1    float64 // λ₁, by default 0
	linear
}

// Keys implements spec.Keyed.
func (o *Minimizer) Keys() spec.Keys {
	return spec.Keys{
		{Name: "ridge", Default: 0.0, Value: spec.Number(&o.Ridge, spec.NonNegative)},
		{Name: "l1", Default: 0.0, Value: spec.Number(&o.L1, spec.NonNegative)},
	}
}

// Step stays where it is: there is nowhere to go on to.
func (o *Minimizer) Step(m Move) {
	for k, w := range m.W {
		copy(m.Next[k], w)
	}
}

// Formula is what is minimised, and its numbers in words.
func (o *Minimizer) Formula() (update, numbers string) {
	var list settings
	sum := "\\sum_i \\ell(x_i \\cdot w, y_i)"
	if o.Ridge != 0 {
		sum += " + \\frac{\\lambda}{2} \\lVert w \\rVert^2"
		list.number("\\lambda", o.Ridge)
	}
	if o.L1 != 0 {
		sum += " + \\lambda_1 \\lVert w \\rVert_1"
		list.number("\\lambda_1", o.L1)
	}
	if list == nil {
		list = settings{"without a penalty, where it is not unique the one of least norm"}
	}
	return "the minimiser of $" + sum + "$", list.String()
}

// Minimizer is the method, if it is one that has no steps.
func (m *Method) Minimizer() (o *Minimizer, static bool) {
	o, static = m.Optimizer.(*Minimizer)
	return o, static
}

// stepless refuses what only a method with steps has.
func (m *Method) stepless(what string) func() string {
	return func() string {
		if _, static := m.Minimizer(); static {
			return "not with method.kind minimizer, which " + what
		}
		return ""
	}
}

// checkMinimizer refuses what has no minimiser, or none that the equations cover.
func (s *Scenario) checkMinimizer() error {
	o, static := s.Method.Minimizer()
	if !static {
		return nil
	}
	switch {
	case s.Student.Units != 1:
		return wrong("student.units", "must be 1 with method.kind minimizer, got %d: several units are no convex problem",
			s.Student.Units)
	case !s.Student.Linear():
		return wrong("student", "must be one unit of activation identity and output weight 1, without bias and offset, with "+
			"method.kind minimizer")
	case s.Teacher.Units != 1:
		return wrong("teacher.units", "must be 1 with method.kind minimizer, got %d", s.Teacher.Units)
	case !Convex(s.Student.Loss, s.someLabels()):
		return wrong("student.loss", "must be convex with method.kind minimizer, which %s is not "+
			"(accepted: square, logistic, hinge, huber, absolute, a convex {value, gradient})", Name(s.Student.Loss))
	case o.L1 > 0 && !s.Data.Covariance.Diagonal():
		return wrong("method.l1", "must be 0 with covariance ar1, got %g: the limit is then not one of single weights", o.L1)
	case !s.Data.Covariance.Diagonal() && !s.Teacher.Weights.Independent():
		return wrong("teacher.weights", "piecewise needs covariance identity with method.kind minimizer: with ar1 both "+
			"neighbours and modes matter")
	case len(s.Experiment.Functions) > 0:
		return wrong("experiment.functions", "not with method.kind minimizer, whose limit is solved for the observables and "+
			"the laws of fields and weights")
	}
	return nil
}

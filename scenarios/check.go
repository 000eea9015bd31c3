package scenarios

import (
	"math"
	"slices"

	"limitcheck/internal/spec"
)

// Validate fills in every default of a scenario built in Go and checks it: each number against its range, and the
// whole against what the equations cover. The error is an *Error that names the key as a scenario file spells it.
func (s *Scenario) Validate() error {
	s.fill()
	if err := s.keys().Check(); err != nil {
		return err
	}
	for _, check := range []func() error{
		s.checkUnits, s.checkParameters, s.checkLabels, s.checkTails, s.checkMethod, s.checkSchedules, s.checkBatch,
		s.checkGeometry, s.checkDims, s.checkFlow, s.checkFunctions,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scenario) checkUnits() error {
	k := s.Student.Units
	if got := len(s.Student.OutputWeights); got != k {
		return wrong("student.output_weights", "must have %d entries, one for each student unit, got %d", k, got)
	}
	if s.Init.Norm == 0 {
		for i, row := range s.Init.Overlap {
			if slices.Max(row) == 0 && slices.Min(row) == 0 {
				return wrong("init.norm", "must be > 0: with overlap 0 too, unit %d starts at 0, where no cosine similarity is defined", i)
			}
		}
	}
	if m := s.Data.Mixture; m != nil {
		if len(m.Labels) != len(m.Positions) {
			return wrong("data.mixture.labels", "must have %d entries, one for each position, got %d", len(m.Positions), len(m.Labels))
		}
		if s.Teacher.Units > 1 {
			return wrong("teacher.units", "must be 1 with data.mixture: the clusters lie on the line of one vector, got %d", s.Teacher.Units)
		}
	}
	if e, ok := s.Teacher.Label.(*expressionLabel); ok && e.formula.Fields() > s.Teacher.Units {
		return wrong("teacher.label", "h[%d] needs teacher.units ≥ %d, got %d", e.formula.Fields()-1, e.formula.Fields(), s.Teacher.Units)
	}
	return nil
}

// checkParameters refuses a student's own parameters that are out of range or share a column with another observable.
func (s *Scenario) checkParameters() error {
	parameters, columns := s.Student.Model().Parameters(), map[string]int{}
	if len(parameters) == 0 {
		return nil
	}
	for _, name := range s.Observables() {
		columns[name]++
	}
	for _, p := range parameters {
		if !namePattern.MatchString(p.Name) || columns[p.Name] > 1 {
			return wrong("student", "has a parameter %q, which must have a name of its own among the observables, "+
				"of at most 64 letters, digits, '-', '_' and '.'", p.Name)
		}
		if !finite(p.Start) {
			return wrong("student", "%s starts at %g, which must be a finite number", p.Name, p.Start)
		}
		for t := 0; p.Rate != nil && t < s.Method.Steps; t++ {
			if x := p.Rate.At(t); !(x >= 0 && x <= spec.Largest) {
				return wrong("student", "the learning rate of %s must be ≥ 0 at every step, got %g at step %d", p.Name, x, t)
			}
		}
	}
	return nil
}

func (s *Scenario) checkLabels() error {
	if p, ok := s.Teacher.Label.(probitLabel); ok {
		if _, ok := p.widen(s.Teacher.Noise); !ok {
			return wrong("teacher.noise", "must be a number with label probit, whose own noise is Gaussian")
		}
	}
	if e, ok := s.Teacher.Label.(*expressionLabel); ok && !e.formula.Uses(0) && s.Teacher.Noise != Gaussian(0) {
		return wrong("teacher.noise", "the label's expression does not use it: put noise into the expression, such as \"… + noise\"")
	}
	part, accepted := any(s.Student.Loss), " (accepted then: square, huber, absolute, phase, {value, gradient})"
	if s.Student.Custom != nil {
		part, accepted = s.Student.Custom, ""
	}
	if kind := needed(part); kind != RealLabels && kind != s.LabelKind() {
		return wrong("student.loss", "%s is defined for labels %s only; the labels here are not%s",
			Name(part), kind, accepted)
	}
	if _, ok := s.Student.Loss.(phase); ok && s.Binary() {
		return wrong("student.loss", "phase sees the label's square only, and that is 1 for labels ±1: there is nothing to learn")
	}
	return nil
}

// checkTails refuses labels that are no number somewhere, and noise so heavy-tailed that the loss has no variance: then
// neither side's average means anything.
func (s *Scenario) checkTails() error {
	label := s.Teacher.Label
	if label == nil {
		return nil
	}
	err := eachGaussian(s.Teacher.Units, func(h []float64) error {
		for _, u := range []float64{0.5, 0.01, 0.99} {
			noise := s.LabelNoise().Quantile(u)
			if y := label.Label(h, noise); !finite(y) {
				return wrong("teacher.label", "is %g at h = %.4g, noise = %.4g; a label must be finite wherever Gaussian fields can be", y, h, noise)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	heavy, ok := s.Teacher.Noise.(HeavyTailed)
	if !ok {
		return nil
	}
	what := noises.NameOf(heavy) // which is that of the parameter too
	if what == "" {
		what = "the moments of " + Name(heavy)
	}
	if degree := s.growth(); heavy.Moments() <= 2*degree {
		return wrong("teacher.noise", "%s must be > %g, got %g: the loss grows like noise^%g and would have infinite "+
			"variance (less: a bounded label, loss huber or absolute)", what, 2*degree, heavy.Moments(), degree)
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// eachGaussian visits points of n numbers, everywhere that Gaussian ones get to in any combination of signs and sizes,
// until the first error.
func eachGaussian(n int, visit func(x []float64) error) error {
	levels := []float64{0.0317, -0.0317, 0.317, -0.317, 1.03, -1.03, 2.03, -2.03, 3.17, -3.17, 4.31, -4.31, 5.7, -5.7}
	x := make([]float64, n)
	for i := range levels {
		for stride := range levels {
			for k := range x {
				x[k] = levels[(i+k*stride)%len(levels)]
			}
			if err := visit(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFunctions refuses test functions of one name, and those that are no number somewhere.
func (s *Scenario) checkFunctions() error {
	names := map[string]bool{}
	for i := range s.Experiment.Functions {
		f, path := &s.Experiment.Functions[i], spec.Indexed("experiment.functions", i)
		if names[f.Name] {
			return wrong(path+".name", "is that of an earlier function: %s", f.Name)
		}
		names[f.Name] = true
		n, labels, key := s.Student.Units+s.Teacher.Units, []float64{0}, ".weights"
		if !f.OfWeights {
			n, key = s.Student.Units, ".fields"
			switch m := s.Data.Mixture; {
			case m != nil:
				labels = m.Labels
			case s.Binary():
				labels = []float64{-1, 1}
			default:
				labels = []float64{-2.03, 0.317, 1.03}
			}
		}
		if f.Custom != nil {
			key = ""
		}
		err := eachGaussian(n, func(x []float64) error {
			for _, y := range labels {
				if v := f.Value(x, y); !finite(v) {
					return wrong(path+key, "is %g at %.4g; a test function must be finite wherever weights and fields can be", v, x)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// growth is the power of the label's noise with which the loss grows, seen between 30 and 300, to a tenth.
func (s *Scenario) growth() float64 {
	const near, far = 30, 300
	h, r := make([]float64, s.Teacher.Units), make([][]float64, s.Student.Units)
	for k := range r {
		r[k] = []float64{0}
	}
	model, loss := s.Student.Model(), []float64{0}
	theta := model.Parameters().Start()
	degree := 0.0
	for _, sign := range []float64{-1, 1} {
		at := func(noise float64) float64 {
			model.Evaluate(loss, nil, r, theta, []float64{s.Teacher.Label.Label(h, sign*noise)})
			return math.Abs(loss[0])
		}
		switch a, b := at(near), at(far); {
		case !finite(b):
			return math.Inf(1)
		case 0 < a && a < b:
			degree = max(degree, math.Log10(b/a)/math.Log10(far/near))
		}
	}
	return math.Round(10*degree) / 10
}

func (s *Scenario) checkMethod() error {
	if s.Method.Custom != nil {
		return nil
	}
	for _, key := range methods[s.Method.Kind].needs {
		// The only needed keys whose zero value says "not set": 0 is a number like any other for the rest.
		if key == "momentum" && s.Method.Momentum == nil {
			return wrong("method.momentum", "required by method.kind %s: a number in [0, 1) or {schedule: nesterov}", s.Method.Kind)
		}
		if key == "temperature" && s.Method.Temperature == 0 {
			return wrong("method.temperature", "required by method.kind %s: must be > 0", s.Method.Kind)
		}
		if key == "l1" && s.Method.L1 == 0 && s.Method.Fused == 0 {
			return wrong("method.l1", "required by method.kind %s: must be > 0 (or method.fused must be)", s.Method.Kind)
		}
	}
	return nil
}

func (s *Scenario) checkSchedules() error {
	if s.Method.Custom != nil {
		return nil
	}
	for t := range s.Method.Steps {
		if x := s.Method.LearningRate.At(t); !(x > 0 && x <= spec.Largest) {
			return wrong("method.learning_rate", "must be > 0 at every step, got %g at step %d", x, t)
		}
		if s.Method.Momentum == nil {
			continue
		}
		if x := s.Method.Momentum.At(t); !(x >= 0 && x < 1) {
			return wrong("method.momentum", "must be in [0, 1) at every step, got %g at step %d", x, t)
		}
	}
	return nil
}

func (s *Scenario) checkBatch() error {
	b := s.Method.Batch
	switch b.Sampling {
	case "epoch":
		if l := math.Round(1 / b.Fraction); math.Abs(l*b.Fraction-1) > 1e-9 {
			return wrong("method.batch.fraction", "must be 1/L for a whole number L of batches in an epoch, got %g (nearest: %.6g)", b.Fraction, 1/l)
		}
	case "persistent":
		if least := b.Fraction / (1 - b.Fraction); b.Fraction < 1 && b.OnTime < least*(1-1e-12) {
			return wrong("method.batch.on_time", "must be ≥ fraction/(1-fraction) = %.6g, got %g: samples could not come back fast enough to keep the batch's size", least, b.OnTime)
		}
	}
	return nil
}

// checkGeometry refuses the methods and teachers for which the order of the coordinates matters together with a
// covariance that has none.
func (s *Scenario) checkGeometry() error {
	c := s.Data.Covariance
	if c.Identity() || !c.Diagonal() {
		return nil
	}
	if !s.Optimizer().Separable() {
		key := "method.fused"
		if s.Method.Custom != nil {
			key = "method"
		}
		return wrong(key, "needs covariance identity or {ar1: …}: the eigenvalues of a diagonal spectrum belong to coordinates in no order, so neighbours mean nothing")
	}
	if !s.Teacher.Weights.Independent() {
		return wrong("teacher.weights", "piecewise needs covariance identity or {ar1: …}: the eigenvalues of a diagonal spectrum belong to coordinates in no order, so neighbours mean nothing")
	}
	return nil
}

func (s *Scenario) checkDims() error {
	for i, d := range s.Experiment.Dims {
		if _, err := s.Samples(d); err != nil {
			return wrong(spec.Indexed("experiment.dims", i), "%s", err.(*Error).Message)
		}
	}
	return nil
}

// maxFlow bounds the steps of the finest level to 128 times those of the coarsest.
const maxFlow = 8

func (s *Scenario) checkFlow() error {
	if s.Experiment.Flow == 0 {
		return nil
	}
	return s.CheckFlow(s.Experiment.Flow)
}

// CheckFlow says whether the scenario tends to a gradient flow as its learning rate is halved at fixed ηt, and whether
// that many levels can be extrapolated. The error is an *Error.
func (s *Scenario) CheckFlow(levels int) error {
	_, constant := s.Method.LearningRate.(Constant)
	switch {
	case levels < 3 || levels > maxFlow:
		return wrong("experiment.flow", "must be 0 (none) or between 3 and %d levels, got %d", maxFlow, levels)
	case s.Method.Custom != nil || s.Method.Kind != "sgd" && s.Method.Kind != "langevin":
		return wrong("experiment.flow", "needs method.kind sgd or langevin: of those alone the limit is the gradient flow, with noise or without")
	case s.Method.Steps<<(levels-1) > maxSteps:
		return wrong("experiment.flow", "the finest of %d levels would have %d steps, at most %d are possible: fewer levels or method.steps",
			levels, s.Method.Steps<<(levels-1), maxSteps)
	case len(s.Student.Model().Parameters()) > 0:
		return wrong("experiment.flow", "needs a student whose weights alone are trained: "+
			"the rates of its own parameters are not halved")
	case !constant:
		return wrong("experiment.flow", "needs a constant method.learning_rate, which is halved from level to level")
	}
	return nil
}

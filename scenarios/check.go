package scenarios

import (
	"maps"
	"math"
	"regexp"
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
		s.checkName, s.checkFeatures, s.checkUnits, s.checkDropout, s.checkSchedules, s.checkParameters, s.checkLabels, s.checkTails,
		s.checkDerivatives, s.checkMethod, s.checkEntries, s.checkStart,
		s.checkGeometry, s.checkDims, s.checkBatch, s.checkAverage, s.checkFlow, s.checkMinimizer, s.checkFunctions, s.checkMargins,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkMargins refuses margins of what is not measured and those that are no margins.
func (s *Scenario) checkMargins() error {
	names := s.Observables()
	for _, m := range s.Experiment.Margins {
		key := "experiment.margin." + m.Observable
		if !slices.ContainsFunc(names, func(name string) bool { return name == m.Observable || MatrixOf(name) == m.Observable }) {
			return wrong(key, "%s", spec.Unknown("observable", m.Observable, names, names))
		}
		if (m.Relative > 0) == (m.Absolute > 0) {
			return wrong(key, "must be a number in (0, 1), a fraction of the observable's scale, or {absolute: …} with a number > 0")
		}
	}
	return nil
}

var entryOfMatrix = regexp.MustCompile(`^(.+)_[0-9]+_[0-9]+$`)

// MatrixOf is the name of the matrix of which an observable is an entry, overlap of overlap_0_1, and its own name if there
// is none.
func MatrixOf(observable string) string { return entryOfMatrix.ReplaceAllString(observable, "$1") }

func (s *Scenario) checkUnits() error {
	k := s.Student.Units
	loss, ofFields := fieldLoss(s.Student.Loss)
	if got := len(s.Student.OutputWeights); got != k && !ofFields {
		return wrong("student.output_weights", "must have %d entries, one for each student unit, got %d", k, got)
	}
	if got := len(s.Student.Biases); s.Student.Biases != nil && got != k {
		return wrong("student.biases", "must have %d entries, one for each student unit, got %d", k, got)
	}
	if ofFields {
		if err := s.checkFieldLoss(loss); err != nil {
			return err
		}
	}
	if m := s.Data.Mixture; m != nil {
		if len(m.Labels) != len(m.Positions) {
			return wrong("data.mixture.labels", "must have %d entries, one for each position, got %d", len(m.Positions), len(m.Labels))
		}
		if got := len(m.Variance); got != len(m.Positions) {
			return wrong("data.mixture.variance", "must have %d entries, one for each position, or be one number, got %d", len(m.Positions), got)
		}
		for c, position := range m.Positions {
			if got := len(position); got != s.Teacher.Units {
				return wrong(spec.Indexed("data.mixture.positions", c),
					"must have %d coordinates, one for each of teacher.units, got %d", s.Teacher.Units, got)
			}
		}
		if slices.Max(m.Labels) == slices.Min(m.Labels) {
			return wrong("data.mixture.labels", "are all %g: there is nothing to learn", m.Labels[0])
		}
	}
	if e, ok := s.Teacher.Label.(*expressionLabel); ok && e.formula.Fields() > s.Teacher.Units {
		return wrong("teacher.label", "h[%d] needs teacher.units ≥ %d, got %d", e.formula.Fields()-1, e.formula.Fields(), s.Teacher.Units)
	}
	return nil
}

// checkFieldLoss refuses a loss of the fields that does not fit their number.
func (s *Scenario) checkFieldLoss(loss FieldLoss) error {
	k := s.Student.Units
	if e, ok := loss.(fieldExpressions); ok {
		if got := len(e.gradient.sources); got != k {
			return wrong("student.loss.gradient", "must have %d formulas, one for each student unit, got %d", k, got)
		}
		return nil
	}
	if classes := s.classes(); classes > 0 && k < max(2, classes) && needed(loss) == ClassLabels {
		return wrong("student.units", "must be ≥ %d: %s has one unit for each class, got %d", max(2, classes), Name(loss), k)
	}
	if losses.NameOf(loss) == "" {
		if err := checkFieldGradient(loss, k, s.someLabels()); err != nil {
			return wrong("student.loss", "%v", err)
		}
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
	if p, ok := s.Teacher.Label.(noisyLabel); ok {
		if _, ok := p.widen(s.Teacher.Noise); !ok {
			return wrong("teacher.noise", "%s", map[string]string{
				"probit": "must be a number with label probit, whose own noise is Gaussian",
				"logit":  "must be 0 with label logit, whose own noise is logistic",
			}[labels.NameOf(s.Teacher.Label)])
		}
	}
	if e, ok := s.Teacher.Label.(*expressionLabel); ok && !e.formula.Uses(0) && s.Teacher.Noise != Gaussian(0) {
		return wrong("teacher.noise", "the label's expression does not use it: put noise into the expression, such as \"… + noise\"")
	}
	if _, ok := s.Teacher.Label.(argmaxLabel); ok && s.Teacher.Noise != Gaussian(0) {
		return wrong("teacher.noise", "must be 0 with label argmax: one number added to all fields changes no class "+
			"(an expression can add it to some: \"h[0] + noise > h[1] ? 0 : 1\")")
	}
	also := map[LabelKind]string{SignLabels: "logistic, hinge, ", ClassLabels: "cross-entropy, "}[s.LabelKind()]
	part, accepted := any(s.Student.Loss), " (accepted then: "+also+"square, huber, absolute, phase, {value, gradient})"
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
	first, constant := math.NaN(), true
	err := eachGaussian(s.Teacher.Units, func(h []float64) error {
		for _, u := range []float64{0.5, 0.01, 0.99} {
			noise := s.LabelNoise().Quantile(u)
			y := label.Label(h, noise)
			if !finite(y) {
				return wrong("teacher.label", "is %g at h = %.4g, noise = %.4g; a label must be finite wherever Gaussian fields can be", y, h, noise)
			}
			if math.IsNaN(first) {
				first = y
			}
			constant = constant && y == first
		}
		return nil
	})
	if err != nil {
		return err
	}
	if constant {
		return wrong("teacher.label", "is %g wherever Gaussian fields can be: there is nothing to learn", first)
	}
	heavy, ok := s.Teacher.Noise.(HeavyTailed)
	if !ok {
		return nil
	}
	what := noises.NameOf(heavy) // which is that of the parameter too
	if what == "" {
		what = "the moments of " + Name(heavy)
	}
	if loss, gradient := s.growth(); heavy.Moments() <= 2*loss && gradient > 0 {
		degree := loss
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
			labels = s.someLabels()
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

// hasLoss reports whether the loss has a variance under the label's noise. Where it has none the weights may still have a
// limit, as the gradient may be bounded; but the mean over samples tends to nothing, or so slowly that it says nothing.
func (s *Scenario) hasLoss() bool {
	heavy, ok := s.Teacher.Noise.(HeavyTailed)
	if !ok || s.Teacher.Label == nil {
		return true
	}
	loss, _ := s.growth()
	return heavy.Moments() > 2*loss
}

// LeftOut says which observables a scenario does not have for want of a variance, in words; "" if it has all.
func (s *Scenario) LeftOut() string {
	if s.hasLoss() {
		return ""
	}
	return "train_loss and test_loss are left out: under this noise the loss has no variance"
}

// growth are the powers of the label's noise with which the loss and its gradient grow, seen between 30 and 300, to a tenth.
func (s *Scenario) growth() (ofLoss, ofGradient float64) {
	const near, far = 30, 300
	h, r, g := make([]float64, s.Teacher.Units), make([][]float64, s.Student.Units), make([][]float64, s.Student.Units)
	for k := range r {
		r[k], g[k] = []float64{0.3}, []float64{0} // not where a unit may have no gradient
	}
	model, loss := s.Student.Model(), []float64{0}
	theta := model.Parameters().Start()
	for _, sign := range []float64{-1, 1} {
		at := func(noise float64) (value, slope float64) {
			y := []float64{s.Teacher.Label.Label(h, sign*noise)}
			model.Evaluate(loss, nil, r, theta, y)
			model.Gradients(g, nil, r, theta, y)
			for k := range g {
				slope = max(slope, math.Abs(g[k][0]))
			}
			return math.Abs(loss[0]), slope
		}
		nearLoss, nearGradient := at(near)
		farLoss, farGradient := at(far)
		ofLoss = max(ofLoss, growth(nearLoss, farLoss, far/near))
		ofGradient = max(ofGradient, growth(nearGradient, farGradient, far/near))
	}
	return ofLoss, ofGradient
}

// growth is p where what was a has become b = a·ratio^p, to a tenth; 0 for what does not grow.
func growth(a, b, ratio float64) float64 {
	switch {
	case !finite(b):
		return math.Inf(1)
	case 0 < a && a < b:
		return math.Round(10*math.Log10(b/a)/math.Log10(ratio)) / 10
	}
	return 0
}

// checkSchedules checks the method's and the student's schedules at every step.
func (s *Scenario) checkSchedules() error {
	for _, v := range s.Method.series() {
		if err := v.check("method", s.Method.Steps); err != nil {
			return err
		}
	}
	for _, v := range s.Student.rates() {
		if *v.p == nil {
			continue
		}
		if err := v.check("student", s.Method.Steps); err != nil {
			return err
		}
	}
	return nil
}

// checkBatch follows the law of a sample's state over the steps: what the mask calls its size must be the probability
// of being in the batch at every step, because a sample in it weighs one over that.
func (s *Scenario) checkBatch() error {
	mask := s.Method.Batch
	b := mask.Size()
	if !(b > 0 && b <= 1) {
		return wrong("method.batch", "%s has size %g; it must be in (0, 1]", Name(mask), b)
	}
	const rounding = 1e-9
	law := map[uint8]float64{0: 1}
	for t := range s.Method.Steps {
		next, on := map[uint8]float64{}, 0.0
		for _, state := range slices.Sorted(maps.Keys(law)) {
			p := mask.Probability(t, state)
			if !(p >= 0 && p <= 1+rounding) {
				return wrong("method.batch", "%s has probability %g in state %d at step %d", Name(mask), p, state, t)
			}
			on += law[state] * p
			next[mask.Next(t, state, true)] += law[state] * p
			next[mask.Next(t, state, false)] += law[state] * (1 - p)
		}
		if math.Abs(on-b) > rounding {
			return wrong("method.batch", "a sample is in the batch with probability %g at step %d, but the size of %s is %g",
				on, t, Name(mask), b)
		}
		maps.DeleteFunc(next, func(_ uint8, p float64) bool { return p == 0 })
		law = next
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
	if o := s.Method.Optimizer; !o.Separable() {
		key := "method"
		if c, ok := o.(interface{ coupling() string }); ok {
			key += "." + c.coupling()
		}
		return wrong(key, "needs covariance identity or {ar1: …}: the eigenvalues of a diagonal spectrum belong to coordinates in no order, so neighbours mean nothing")
	}
	if !s.Teacher.Weights.Independent() {
		return wrong("teacher.weights", "piecewise needs covariance identity or {ar1: …}: the eigenvalues of a diagonal spectrum belong to coordinates in no order, so neighbours mean nothing")
	}
	return nil
}

// minSamples is the least n with which an experiment can be judged by the fluctuations of its averages.
const minSamples = 8

func (s *Scenario) checkDims() error {
	for i, d := range s.Experiment.Dims {
		n, err := s.Samples(d)
		if err != nil {
			return wrong(spec.Indexed("experiment.dims", i), "%s", err.(*Error).Message)
		}
		if n < minSamples {
			return wrong(spec.Indexed("experiment.dims", i), "n = alpha*d is only %d at d = %d: what is averaged over so few samples has "+
				"no law to speak of; at least %d are needed, which d = %.0f has", n, d, minSamples, math.Ceil(minSamples/s.Data.Alpha))
		}
	}
	return nil
}

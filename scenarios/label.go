package scenarios

import (
	"math"

	"limitcheck/internal/formula"
	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// A Label is φ: it turns the teacher's fields and one noise value into the label y.
type Label interface {
	Label(h []float64, noise float64) float64
	Binary() bool // whether every label is -1 or +1, so that an error rate makes sense
}

// A ClassLabel is a Label that may be a class number.
type ClassLabel interface {
	Label
	Classes(units int) int // number of classes with so many teacher units; 0 if labels are no class numbers
}

// LabelKind says what numbers labels are.
type LabelKind string

// The kinds of labels.
const (
	RealLabels  LabelKind = "any number"
	SignLabels  LabelKind = "±1"
	ClassLabels LabelKind = "class numbers 0, 1, …"
)

// NeedsLabels is a Loss or Model that is defined for labels of one kind only.
type NeedsLabels interface{ Labels() LabelKind }

// needed is the kind of labels that a part of the student is defined for.
func needed(part any) LabelKind {
	if c, ok := part.(NeedsLabels); ok {
		return c.Labels()
	}
	return RealLabels
}

// LabelKind is the narrowest kind that all the scenario's labels are of.
func (s *Scenario) LabelKind() LabelKind {
	switch {
	case s.Binary():
		return SignLabels
	case s.classes() > 0:
		return ClassLabels
	}
	return RealLabels
}

// classes is one more than the largest class number that labels can be, 0 if they are no class numbers.
func (s *Scenario) classes() (count int) {
	m := s.Data.Mixture
	if m == nil {
		if l, ok := s.Teacher.Label.(ClassLabel); ok {
			count = l.Classes(s.Teacher.Units)
		}
		return count
	}
	for _, y := range m.Labels {
		if y < 0 || y != math.Trunc(y) {
			return 0
		}
		count = max(count, int(y)+1)
	}
	return count
}

// Binary reports whether all labels are -1 or +1.
func (s *Scenario) Binary() bool {
	if s.Data.Mixture == nil {
		return s.Teacher.Label.Binary()
	}
	for _, y := range s.Data.Mixture.Labels {
		if y != 1 && y != -1 {
			return false
		}
	}
	return true
}

// labels are the label functions a scenario file can name.
var labels = spec.Registry[Label]{
	What: "label",
	New: map[string]func() Label{
		"linear":     func() Label { return linearLabel{} },
		"sign":       func() Label { return signLabel{} },
		"probit":     func() Label { return probitLabel{} },
		"tanh":       func() Label { return tanhLabel{} },
		"relu":       func() Label { return reluLabel{} },
		"quadratic":  func() Label { return quadraticLabel{} },
		"logit":      func() Label { return logitLabel{} },
		"argmax":     func() Label { return argmaxLabel{} },
		"expression": func() Label { return new(expressionLabel) },
	},
}

// argument is what a named label is a function of: the sum of the fields, scaled to unit variance, plus the noise.
func argument(h []float64, noise float64) float64 {
	if len(h) == 1 {
		return h[0] + noise
	}
	sum := 0.0
	for _, x := range h {
		sum += x
	}
	return sum/math.Sqrt(float64(len(h))) + noise
}

type linearLabel struct{}

func (linearLabel) Label(h []float64, noise float64) float64 { return argument(h, noise) }
func (linearLabel) Binary() bool                             { return false }
func (linearLabel) Formula(x string) string                  { return "label $y = " + x + "$" }

type signLabel struct{}

// sign(0) is +1: every label is ±1.
func (signLabel) Label(h []float64, noise float64) float64 {
	if argument(h, noise) < 0 {
		return -1
	}
	return 1
}
func (signLabel) Binary() bool { return true }

func (signLabel) Formula(x string) string { return "label $y = \\mathrm{sign}(" + x + ")$" }

// probitLabel is a sign label whose noise has a standard normal part of its own: P(y = 1 | h) = Φ(h/sqrt(1+noise²))
// for Gaussian noise of that standard deviation.
type probitLabel struct{ signLabel }

// noisyLabel is a label with noise of its own. widen adds it to the noise given, if it can be added to that.
type noisyLabel interface{ widen(Noise) (Noise, bool) }

// widen adds the label's own noise, which only Gaussian noise takes.
func (probitLabel) widen(n Noise) (Noise, bool) {
	g, ok := n.(Gaussian)
	return probitNoise{g}, ok
}

// logitLabel is a sign label whose noise is logistic: P(y = 1 | h) = 1/(1+exp(-h)). It takes no other noise.
type logitLabel struct{ signLabel }

func (logitLabel) widen(n Noise) (Noise, bool) { return logisticNoise{}, n == Gaussian(0) }

type tanhLabel struct{}

func (tanhLabel) Label(h []float64, noise float64) float64 { return math.Tanh(argument(h, noise)) }
func (tanhLabel) Binary() bool                             { return false }
func (tanhLabel) Formula(x string) string                  { return "label $y = \\tanh(" + x + ")$" }

type reluLabel struct{}

func (reluLabel) Label(h []float64, noise float64) float64 { return max(0, argument(h, noise)) }
func (reluLabel) Binary() bool                             { return false }
func (reluLabel) Formula(x string) string                  { return "label $y = \\max(0, " + x + ")$" }

type quadraticLabel struct{}

func (quadraticLabel) Label(h []float64, noise float64) float64 {
	x := argument(h, noise)
	return x * x
}
func (quadraticLabel) Binary() bool { return false }

func (quadraticLabel) Formula(x string) string { return "label $y = (" + x + ")^2$" }

// argmaxLabel is the number of the largest field, the first of them if there are several. It takes no noise.
type argmaxLabel struct{}

func (argmaxLabel) Label(h []float64, _ float64) float64 {
	class := 0
	for m, x := range h {
		if x > h[class] {
			class = m
		}
	}
	return float64(class)
}
func (argmaxLabel) Binary() bool          { return false }
func (argmaxLabel) Classes(units int) int { return units }
func (argmaxLabel) Formula(string) string { return "label $y = \\mathrm{argmax}_m h_m$" }

// expressionLabel is a formula of h[0], h[1], … and noise. It is Binary if the formula is sign(…) or ±1 by construction,
// and a class number if it is a choice between such.
type expressionLabel struct {
	source  string
	formula formula.Formula
}

func (e *expressionLabel) Label(h []float64, noise float64) float64 {
	return e.formula.Value(noise, 0, h)
}
func (e *expressionLabel) Binary() bool    { return e.formula.Binary() }
func (e *expressionLabel) Classes(int) int { return e.formula.Classes() }

func (e *expressionLabel) Formula(string) string { return "label $y$ = " + markdown.Code(e.source) }

func (e *expressionLabel) Keys() spec.Keys {
	return spec.Keys{{Name: "expression", Value: expression(&e.source, &e.formula, []string{"noise"}, teacherFields)}}
}

package scenarios

import (
	"fmt"
	"strings"

	"limitcheck/internal/formula"
	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// expressionLoss is a loss given by formulas: of the output f and the label y; or of the fields r[0], r[1], … and y, and
// then its gradient is a list, one formula a field. The gradient is checked against the value when it is loaded.
type expressionLoss struct {
	valueSource string
	value       formula.Formula
	gradient    expressions
}

// expressions are one formula of f and y, or a list of formulas of the fields and y.
type expressions struct {
	sources  []string
	formulas []formula.Formula
	list     bool
}

// lossFields are the arrays of a loss: r[0], r[1], ….
var lossFields = []formula.Array{{Name: "r", Offset: 0, Length: maxUnits}}

var lossVariables = []string{"f", "y"}

func (l *expressionLoss) Value(f, y float64) float64 { return l.value.Value(f, y, nil) }
func (l *expressionLoss) Gradient(f, y float64) float64 {
	return l.gradient.formulas[0].Value(f, y, nil)
}

// fieldwise is the same as a loss of the fields.
func (l *expressionLoss) fieldwise() FieldLoss { return fieldExpressions{l} }

type fieldExpressions struct{ *expressionLoss }

func (l fieldExpressions) FieldValue(r []float64, y float64) float64 { return l.value.Value(0, y, r) }

func (l fieldExpressions) FieldGradient(g, r []float64, y float64) {
	for k := range g {
		g[k] = l.gradient.formulas[k].Value(0, y, r)
	}
}

func (l *expressionLoss) Formula() string {
	argument, gradients := "f", make([]string, len(l.gradient.sources))
	if l.gradient.list {
		argument = "r"
	}
	for i, source := range l.gradient.sources {
		gradients[i] = markdown.Code(source)
	}
	return "loss $\\ell(" + argument + ", y)$ = " + markdown.Code(l.valueSource) + " with gradient " + strings.Join(gradients, ", ")
}

func (l *expressionLoss) Keys() spec.Keys {
	return spec.Keys{
		{Name: "value", Value: expression(&l.valueSource, &l.value, lossVariables, lossFields)},
		{Name: "gradient", Value: spec.Expressions(&l.gradient.sources, &l.gradient.list, l.gradient.compile)},
	}
}

// compile compiles the i-th formula.
func (e *expressions) compile(i int, source string) error {
	for len(e.formulas) <= i {
		e.formulas = append(e.formulas, formula.Formula{})
	}
	if e.formulas[i].Compiled() && e.sources[i] == source {
		return nil
	}
	f, err := formula.Compile(source, lossVariables, lossFields)
	if err == nil {
		e.formulas[i] = f
	}
	return err
}

// Validate checks that the formulas are all of the output or all of the fields, and that the gradient is the value's.
func (l *expressionLoss) Validate() error {
	units := len(l.gradient.sources)
	if !l.gradient.list {
		for _, f := range []formula.Formula{l.value, l.gradient.formulas[0]} {
			if f.Fields() > 0 {
				return wrong("gradient", "must be a list with a formula for each field, as the loss is of the fields r[0], r[1], …")
			}
		}
		// Only at labels that all kinds of scenarios may have; Scenario.Validate looks at its own.
		return formula.CheckGradient(l.Value, l.Gradient, []float64{-1, 1})
	}
	if units > maxUnits {
		return wrong("gradient", "must have at most %d formulas, one for each field, got %d", maxUnits, units)
	}
	for i, f := range append([]formula.Formula{l.value}, l.gradient.formulas[:units]...) {
		key := "value"
		if i > 0 {
			key = spec.Indexed("gradient", i-1)
		}
		switch {
		case f.Uses(0):
			return wrong(key, "has the output f, but a gradient that is a list says that the loss is of the fields r[0], r[1], …")
		case f.Fields() > units:
			return wrong(key, "r[%d] needs a gradient of %d formulas, one for each field, got %d", f.Fields()-1, f.Fields(), units)
		}
	}
	return checkFieldGradient(l.fieldwise(), units, l.labels(units))
}

// labels are those at which a loss of so many fields is checked: class numbers, and what is none.
func (*expressionLoss) labels(units int) []float64 {
	labels := []float64{-1, 0.7}
	for k := range min(units, 4) {
		labels = append(labels, float64(k))
	}
	return labels
}

// checkFieldGradient checks the gradient in one field after the other, at irregular values of all others.
func checkFieldGradient(l FieldLoss, units int, labels []float64) error {
	r, g := make([]float64, units), make([]float64, units)
	for k := range units {
		at := func(x float64) []float64 {
			for j := range r {
				r[j] = []float64{0.41, -0.73, 1.17, -0.29}[(j+k)%4]
			}
			r[k] = x
			return r
		}
		err := formula.CheckGradient(
			func(x, y float64) float64 { return l.FieldValue(at(x), y) },
			func(x, y float64) float64 {
				l.FieldGradient(g, at(x), y)
				return g[k]
			}, labels)
		if err != nil {
			return fmt.Errorf("in field f = r[%d]: %w", k, err)
		}
	}
	return nil
}

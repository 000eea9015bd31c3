package scenarios

import (
	"limitcheck/internal/formula"
	"limitcheck/internal/spec"
)

// A Function is a test function of the theorem's kind (pseudo-Lipschitz: at most quadratic growth), whose average at W_T
// the limit must predict: over coordinates, of the weights w[k] and the teacher's w_star[m]; or over samples, of the
// local fields r[k] and the label y. A scenario file gives it as an expression, a Go caller may set Custom.
type Function struct {
	Name    string
	Weights string // expression of w[0], …, w_star[0], …
	Fields  string // expression of r[0], …, y

	// Custom replaces the expression. x is w followed by w_star (y is 0) if OfWeights, and r otherwise.
	Custom    func(x []float64, y float64) float64
	OfWeights bool

	formula formula.Formula
}

// Value is the function at x: w followed by w_star for a function of weights (y is not used), r for one of fields.
func (f *Function) Value(x []float64, y float64) float64 {
	if f.Custom != nil {
		return f.Custom(x, y)
	}
	return f.formula.Value(y, 0, x)
}

func (s *Scenario) functionKeys(f *Function) spec.Keys {
	students, teachers := max(1, s.Student.Units), s.teachers()
	name := spec.Key{Name: "name", Required: true, Value: spec.Text(&f.Name, namePattern, nameWords)}
	if f.Custom != nil {
		return spec.Keys{name}
	}
	weights := []formula.Array{
		{Name: "w", Offset: 0, Length: students},
		{Name: "w_star", Offset: students, Length: teachers},
	}
	fields := []formula.Array{{Name: "r", Offset: 0, Length: students}}
	either := func() string {
		if f.Weights != "" {
			return "a function is of either weights or fields"
		}
		return ""
	}
	return spec.Keys{
		name,
		{Name: "weights", Value: f.expression(&f.Weights, true, nil, weights)},
		{Name: "fields", Required: true, Unless: either, Value: f.expression(&f.Fields, false, []string{"y"}, fields)},
	}
}

// expression remembers which kind of expression was given.
func (f *Function) expression(source *string, ofWeights bool, variables []string, arrays []formula.Array) spec.Value {
	return spec.Expression(source, func(text string) error {
		if f.formula.Compiled() && text == *source && f.OfWeights == ofWeights {
			return nil
		}
		compiled, err := formula.Compile(text, variables, arrays)
		if err == nil {
			f.OfWeights, f.formula = ofWeights, compiled
		}
		return err
	})
}

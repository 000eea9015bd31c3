package scenarios

import (
	"limitcheck/internal/formula"
	"limitcheck/internal/spec"
)

// teacherFields are the arrays of a label: h[0], h[1], ….
var teacherFields = []formula.Array{{Name: "h", Offset: 0, Length: maxUnits}}

// expression is a formula that a file spells; it is compiled once.
func expression(source *string, f *formula.Formula, variables []string, arrays []formula.Array) spec.Value {
	return spec.Expression(source, func(text string) error {
		if f.Compiled() && text == *source {
			return nil
		}
		compiled, err := formula.Compile(text, variables, arrays)
		if err == nil {
			*f = compiled
		}
		return err
	})
}

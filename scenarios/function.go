package scenarios

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

	formula formula
}

// Value is the function at x: w followed by w_star for a function of weights (y is not used), r for one of fields.
func (f *Function) Value(x []float64, y float64) float64 {
	if f.Custom != nil {
		return f.Custom(x, y)
	}
	return f.formula.value(y, 0, x)
}

func (s *Scenario) functionFields(f *Function) group {
	students, teachers := max(1, s.Student.Units), max(1, s.Teacher.Units)
	if f.Custom != nil {
		return group{{key: "name", required: true, value: &text{&f.Name, namePattern, "a name of at most 64 letters, digits, '-', '_' and '.'"}}}
	}
	unlessSet := func(other *string) func() string {
		return func() string {
			if *other != "" {
				return "a function is of either weights or fields"
			}
			return ""
		}
	}
	return group{
		{key: "name", required: true, value: &text{&f.Name, namePattern, "a name of at most 64 letters, digits, '-', '_' and '.'"}},
		{key: "weights", value: &functionExpression{f, true, expression{&f.Weights, &f.formula, nil, []array{{"w", 0, students}, {"w_star", students, teachers}}}}},
		{key: "fields", required: true, unless: unlessSet(&f.Weights), value: &functionExpression{f, false, expression{&f.Fields, &f.formula, []string{"y"}, []array{{"r", 0, students}}}}},
	}
}

// functionExpression remembers which kind of expression was given.
type functionExpression struct {
	f         *Function
	ofWeights bool
	expression
}

func (v *functionExpression) read(n node) error {
	v.f.OfWeights = v.ofWeights
	return v.expression.read(n)
}

// check compiles the expression of a function built in Go.
func (v *functionExpression) check(path string) error {
	if v.zero() || v.formula.value != nil {
		return nil
	}
	compiled, err := compile(*v.source, v.variables, v.arrays)
	if err != nil {
		return wrong(path, "%v", err)
	}
	v.f.OfWeights, *v.formula = v.ofWeights, compiled
	return nil
}

func (v *functionExpression) write(w *writer) any {
	if v.zero() {
		return nil
	}
	return v.expression.write(w)
}

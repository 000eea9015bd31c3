package formula

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// functions are the functions a formula may call, by number of arguments.
var functions1 = map[string]func(float64) float64{
	"exp": math.Exp, "log": math.Log, "log1p": math.Log1p, "sqrt": math.Sqrt, "tanh": math.Tanh, "cosh": math.Cosh,
	"erf": math.Erf, "abs": math.Abs, "sin": math.Sin, "cos": math.Cos, "sign": func(x float64) float64 {
		if x < 0 {
			return -1
		}
		return 1
	},
}

var functions2 = map[string]func(x, y float64) float64{"max": math.Max, "min": math.Min, "pow": math.Pow}

var arithmetic = map[string]func(x, y closure) closure{
	"+": func(x, y closure) closure {
		return func(a, b float64, h []float64) float64 { return x(a, b, h) + y(a, b, h) }
	},
	"-": func(x, y closure) closure {
		return func(a, b float64, h []float64) float64 { return x(a, b, h) - y(a, b, h) }
	},
	"*": func(x, y closure) closure {
		return func(a, b float64, h []float64) float64 { return x(a, b, h) * y(a, b, h) }
	},
	"/": func(x, y closure) closure {
		return func(a, b float64, h []float64) float64 { return x(a, b, h) / y(a, b, h) }
	},
	"^":  power2,
	"**": power2,
}

// power2 is x^y; the square and the cube, by far the most common, by multiplication.
func power2(x, y closure) closure {
	return func(a, b float64, h []float64) float64 {
		base, exponent := x(a, b, h), y(a, b, h)
		switch exponent {
		case 2:
			return base * base
		case 3:
			return base * base * base
		}
		return math.Pow(base, exponent)
	}
}

var comparisons = map[string]func(x, y float64) bool{
	"<":  func(x, y float64) bool { return x < y },
	"<=": func(x, y float64) bool { return x <= y },
	">":  func(x, y float64) bool { return x > y },
	">=": func(x, y float64) bool { return x >= y },
	"==": func(x, y float64) bool { return x == y },
	"!=": func(x, y float64) bool { return x != y },
}

type compiler struct {
	source    string
	variables []string
	arrays    []Array
	columns   []string // entry i of h by its name
	fields    int
	uses      []bool
}

func (c *compiler) errorf(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("%s (character %d of %q)", fmt.Sprintf(format, args...), n.Location().From+1, c.source)
}

func (c *compiler) number(n ast.Node) (closure, error) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constant(float64(n.Value)), nil
	case *ast.FloatNode:
		return constant(n.Value), nil
	case *ast.IdentifierNode:
		return c.variable(n)
	case *ast.MemberNode:
		return c.field(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.BuiltinNode:
		return c.call(n, n.Name, n.Arguments)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return c.call(n, callee.Value, n.Arguments)
		}
	}
	return nil, c.errorf(n, "%s is no arithmetic: accepted are numbers, %s, + - * / ^, comparisons in c ? x : y, and %s",
		n, c.names(), functionNames())
}

func constant(x float64) closure { return func(float64, float64, []float64) float64 { return x } }

func (c *compiler) names() string {
	var names []string
	for _, a := range c.arrays {
		names = append(names, a.Name+"[0]")
		if a.Length > 1 {
			names = append(names, a.Name+"[1]")
		}
		if a.Length > 2 {
			names = append(names, "…")
		}
	}
	return strings.Join(slices.Concat(names, c.variables, c.columns), ", ")
}

func (c *compiler) variable(n *ast.IdentifierNode) (closure, error) {
	i := slices.Index(c.variables, n.Value)
	if i >= 0 {
		c.uses[i] = true
	}
	switch {
	case i == 0:
		return func(a, _ float64, _ []float64) float64 { return a }, nil
	case i == 1:
		return func(_, b float64, _ []float64) float64 { return b }, nil
	case slices.Contains(c.columns, n.Value):
		at := slices.Index(c.columns, n.Value)
		c.fields = max(c.fields, at+1)
		return func(_, _ float64, h []float64) float64 { return h[at] }, nil
	case n.Value == "pi":
		return constant(math.Pi), nil
	}
	return nil, c.errorf(n, "unknown variable %s: accepted are %s", n.Value, c.names())
}

func (c *compiler) field(n *ast.MemberNode) (closure, error) {
	base, isName := n.Node.(*ast.IdentifierNode)
	index, isIndex := n.Property.(*ast.IntegerNode)
	for _, a := range c.arrays {
		if isName && isIndex && base.Value == a.Name && index.Value >= 0 && index.Value < a.Length {
			i := a.Offset + index.Value
			c.fields = max(c.fields, i+1)
			return func(_, _ float64, h []float64) float64 { return h[i] }, nil
		}
	}
	return nil, c.errorf(n, "unknown variable %s: accepted are %s", n, c.names())
}

func (c *compiler) unary(n *ast.UnaryNode) (closure, error) {
	x, err := c.number(n.Node)
	if err != nil {
		return nil, err
	}
	switch n.Operator {
	case "-":
		return func(a, b float64, h []float64) float64 { return -x(a, b, h) }, nil
	case "+":
		return x, nil
	}
	return nil, c.errorf(n, "%s is no arithmetic", n.Operator)
}

func (c *compiler) binary(n *ast.BinaryNode) (closure, error) {
	combine, ok := arithmetic[n.Operator]
	if !ok {
		return nil, c.errorf(n, "operator %s is not accepted here: accepted are + - * / ^ (comparisons only in c ? x : y)", n.Operator)
	}
	x, err := c.number(n.Left)
	if err != nil {
		return nil, err
	}
	y, err := c.number(n.Right)
	if err != nil {
		return nil, err
	}
	return combine(x, y), nil
}

func (c *compiler) conditional(n *ast.ConditionalNode) (closure, error) {
	condition, err := c.condition(n.Cond)
	if err != nil {
		return nil, err
	}
	x, err := c.number(n.Exp1)
	if err != nil {
		return nil, err
	}
	y, err := c.number(n.Exp2)
	if err != nil {
		return nil, err
	}
	return func(a, b float64, h []float64) float64 {
		if condition(a, b, h) {
			return x(a, b, h)
		}
		return y(a, b, h)
	}, nil
}

func (c *compiler) condition(n ast.Node) (func(a, b float64, h []float64) bool, error) {
	if n, ok := n.(*ast.BinaryNode); ok {
		if compare, ok := comparisons[n.Operator]; ok {
			x, err := c.number(n.Left)
			if err != nil {
				return nil, err
			}
			y, err := c.number(n.Right)
			if err != nil {
				return nil, err
			}
			return func(a, b float64, h []float64) bool { return compare(x(a, b, h), y(a, b, h)) }, nil
		}
	}
	return nil, c.errorf(n, "%s is no comparison: accepted are < <= > >= == != between numbers", n)
}

func (c *compiler) call(n ast.Node, name string, arguments []ast.Node) (closure, error) {
	compiled := make([]closure, len(arguments))
	for i, argument := range arguments {
		var err error
		if compiled[i], err = c.number(argument); err != nil {
			return nil, err
		}
	}
	one, isOne := functions1[name]
	two, isTwo := functions2[name]
	switch {
	case isOne && len(compiled) == 1:
		x := compiled[0]
		return func(a, b float64, h []float64) float64 { return one(x(a, b, h)) }, nil
	case isTwo && len(compiled) == 2:
		x, y := compiled[0], compiled[1]
		return func(a, b float64, h []float64) float64 { return two(x(a, b, h), y(a, b, h)) }, nil
	case isOne || isTwo:
		return nil, c.errorf(n, "%s takes %d argument(s), got %d", name, map[bool]int{true: 1, false: 2}[isOne], len(compiled))
	}
	return nil, c.errorf(n, "unknown function %s: accepted are %s", name, functionNames())
}

func functionNames() string {
	names := slices.Sorted(maps.Keys(functions1))
	names = append(names, slices.Sorted(maps.Keys(functions2))...)
	return strings.Join(names, ", ")
}

// isBinary reports whether a formula is ±1 by its form: sign(…), a choice between such, or ±1 itself, or a product.
func isBinary(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return n.Value == 1
	case *ast.UnaryNode:
		return isBinary(n.Node)
	case *ast.BinaryNode:
		return n.Operator == "*" && isBinary(n.Left) && isBinary(n.Right)
	case *ast.ConditionalNode:
		return isBinary(n.Exp1) && isBinary(n.Exp2)
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		return ok && callee.Value == "sign"
	}
	return false
}

// classes is one more than the largest of the whole numbers ≥ 0 that a formula chooses from, 0 if it may be another number.
func classes(n ast.Node) int {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return n.Value + 1
	case *ast.ConditionalNode:
		if a, b := classes(n.Exp1), classes(n.Exp2); min(a, b) > 0 {
			return max(a, b)
		}
	}
	return 0
}

package spec

import "github.com/goccy/go-yaml/ast"

// Truth is true or false.
func Truth(p *bool) Value { return &truth{p} }

type truth struct{ p *bool }

func (v *truth) read(n node) error {
	a, ok := n.Node.(*ast.BoolNode)
	if !ok {
		return n.wrong("must be true or false, got %s", n.describe())
	}
	*v.p = a.Value
	return nil
}

func (v *truth) check(string) error { return nil }
func (v *truth) write(*writer) any  { return *v.p }
func (v *truth) zero() bool         { return !*v.p }
func (v *truth) set(x any)          { *v.p = x.(bool) }

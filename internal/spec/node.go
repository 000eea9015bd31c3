package spec

import (
	"regexp"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A node is one value of a parsed file and the path of keys that leads to it.
type node struct {
	ast.Node
	path string
	d    *Document
}

// parent is the path above a.b or a.b[2].
func parent(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

// child is the node below n at path; its position is remembered.
func (n node) child(path string, a ast.Node) node {
	n.d.at[path] = position(a)
	return node{a, path, n.d}
}

// position is where a node's text begins.
func position(a ast.Node) *token.Position {
	switch a := a.(type) {
	case *ast.MappingNode:
		if !a.IsFlowStyle && len(a.Values) > 0 {
			return position(a.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(a.Key)
	}
	if t := a.GetToken(); t != nil && t.Position != nil {
		return t.Position
	}
	return &token.Position{Line: 1, Column: 1}
}

// wrong is an error at n.
func (n node) wrong(format string, args ...any) error {
	err := Wrong(n.path, format, args...).(*Error)
	if err.File = n.d.origin(n.path); err.File == "" {
		p := position(n.Node)
		err.File, err.Line, err.Column = n.d.file, p.Line, p.Column
	}
	return err
}

// describe says what a node is, for "got …".
func (n node) describe() string {
	switch a := n.Node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	case *ast.StringNode:
		return strconv.Quote(a.Value)
	case ast.ScalarNode:
		return a.GetToken().Value
	}
	return "something else"
}

// entries are the keys of a mapping, each once, in the order of the file.
func (n node) entries(accepted string) ([]string, map[string]node, error) {
	var values []*ast.MappingValueNode
	switch a := n.Node.(type) {
	case *ast.MappingNode:
		values = a.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{a}
	default:
		return nil, nil, n.wrong("must be a mapping with the keys %s, got %s", accepted, n.describe())
	}
	var order []string
	nodes := map[string]node{}
	for _, v := range values {
		key, ok := v.Key.(*ast.StringNode)
		if !ok {
			at := node{v.Key, n.path, n.d}
			return nil, nil, at.wrong("a key must be a plain name (accepted: %s), got %q", accepted, v.Key.GetToken().Value)
		}
		path := join(n.path, key.Value)
		if _, twice := nodes[key.Value]; twice {
			return nil, nil, node{v.Key, path, n.d}.wrong("given twice")
		}
		order = append(order, key.Value)
		nodes[key.Value] = n.child(path, v.Value)
		n.d.keys[path] = position(v.Key)
	}
	return order, nodes, nil
}

// wrongKey is an error at the key below n, not at its value.
func (n node) wrongKey(key, format string, args ...any) error {
	err := Wrong(join(n.path, key), format, args...).(*Error)
	if err.File = n.d.origin(err.Key); err.File == "" {
		p := n.d.keys[err.Key]
		err.File, err.Line, err.Column = n.d.file, p.Line, p.Column
	}
	return err
}

// elements are the items of a list of at least one and at most most items.
func (n node) elements(most int) ([]node, error) {
	list, ok := n.Node.(*ast.SequenceNode)
	switch {
	case !ok:
		return nil, n.wrong("must be a list in brackets, […, …], got %s", n.describe())
	case len(list.Values) == 0 || len(list.Values) > most:
		return nil, n.wrong("must have between 1 and %d entries, got %d", most, len(list.Values))
	}
	nodes := make([]node, len(list.Values))
	for i, v := range list.Values {
		nodes[i] = n.child(Indexed(n.path, i), v)
	}
	return nodes, nil
}

// text is a string; a number or a truth value in its place is not one.
func (n node) text() (string, bool) {
	switch a := n.Node.(type) {
	case *ast.StringNode:
		return a.Value, true
	case *ast.LiteralNode:
		return a.Value.Value, true
	}
	return "", false
}

// decimal is the only spelling of a number that is accepted: hexadecimal, octal, underscores, .inf and .nan are not.
var decimal = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*|0?\.[0-9]+|(0|[1-9][0-9]*)\.[0-9]*)([eE][-+]?[0-9]+)?$`)

// plain is the text of an unquoted scalar.
func (n node) plain() (string, bool) {
	switch n.Node.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		t := n.GetToken()
		return t.Value, t.Type != token.SingleQuoteType && t.Type != token.DoubleQuoteType
	}
	return "", false
}

// isNumber reports whether the node is meant as a number.
func (n node) isNumber() bool {
	switch n.Node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return true
	}
	s, ok := n.plain()
	return ok && decimal.MatchString(s)
}

func (n node) number() (float64, error) {
	s, ok := n.plain()
	if !ok || !decimal.MatchString(s) {
		return 0, n.wrong("must be a decimal number, got %s", n.describe())
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, n.wrong("must be a finite number, got %s", s)
	}
	return x, nil
}

// isMapping reports whether the node is a mapping.
func (n node) isMapping() bool {
	switch n.Node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// isList reports whether the node is a list.
func (n node) isList() bool {
	_, list := n.Node.(*ast.SequenceNode)
	return list
}

// isScalar reports whether the node is neither a mapping nor a list.
func (n node) isScalar() bool {
	return !n.isList() && !n.isMapping()
}

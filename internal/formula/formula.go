// Package formula compiles the formulas of a scenario file: arithmetic over float64 with named variables, entries of named
// arrays and a few functions.
package formula

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// A Formula is an expression over float64, compiled from expr-lang's syntax tree to closures: no boxing, no state, so that
// any number of goroutines may evaluate it.
type Formula struct {
	value   closure
	fields  int
	uses    []bool
	binary  bool
	classes int
}

type closure func(a, b float64, h []float64) float64

// Value is the formula at its first and second variable, a and b, and the entries h of all its arrays.
func (f *Formula) Value(a, b float64, h []float64) float64 { return f.value(a, b, h) }

// Compiled reports whether there is a formula: of the zero Formula there is not.
func (f *Formula) Compiled() bool { return f.value != nil }

// Fields is one more than the largest index into h.
func (f *Formula) Fields() int { return f.fields }

// Uses reports whether the i-th variable occurs.
func (f *Formula) Uses(i int) bool { return f.uses[i] }

// Binary reports whether the value is ±1 by construction.
func (f *Formula) Binary() bool { return f.binary }

// Classes is one more than the largest value if the value is a whole number ≥ 0 by construction, a choice between such; 0
// if it is not.
func (f *Formula) Classes() int { return f.classes }

// An Array is a named part of a formula's h: Name[i] is h[Offset+i], i < Length.
type Array struct {
	Name           string
	Offset, Length int
}

const longest = 1000 // bytes

// Compile compiles a formula of at most two named variables and the entries of arrays. An error names the character.
func Compile(source string, variables []string, arrays []Array) (Formula, error) {
	return (&compiler{source: source, variables: variables, arrays: arrays}).compile()
}

// CompileRow compiles a formula of the columns of a table, whose names are its variables: Value(0, 0, row) is the formula at
// a row.
func CompileRow(source string, columns []string) (Formula, error) {
	return (&compiler{source: source, columns: columns}).compile()
}

func (c *compiler) compile() (f Formula, err error) {
	source := c.source
	if len(source) > longest {
		return f, fmt.Errorf("an expression of at most %d characters, got %d", longest, len(source))
	}
	defer func() {
		if r := recover(); r != nil { // the parser is not ours
			err = fmt.Errorf("cannot parse %q", source)
		}
	}()
	tree, err := parser.Parse(source)
	if err != nil {
		return f, fmt.Errorf("cannot parse %q: %s", source, parseMessage(err))
	}
	c.uses = make([]bool, len(c.variables))
	f.value, err = c.number(tree.Node)
	f.fields, f.uses = c.fields, c.uses
	f.binary, f.classes = isBinary(tree.Node), classes(tree.Node)
	return f, err
}

// parseMessage is what the parser says, on one line.
func parseMessage(err error) string {
	if e, ok := err.(*file.Error); ok {
		return fmt.Sprintf("%s (character %d)", strings.Join(strings.Fields(e.Message), " "), e.Column+1)
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A rule is a range that a number must be in, and its words.
type rule struct {
	words string
	ok    func(float64) bool
}

var (
	anyNumber   = rule{"", func(float64) bool { return true }}
	positive    = rule{"> 0", func(x float64) bool { return x > 0 }}
	nonNegative = rule{"≥ 0", func(x float64) bool { return x >= 0 }}
	openUnit    = rule{"in (0, 1)", func(x float64) bool { return x > 0 && x < 1 }}
	halfUnit    = rule{"in (0, 1]", func(x float64) bool { return x > 0 && x <= 1 }}
)

// Limits that no sensible scenario meets; they keep a slip of the keyboard from asking for the impossible.
const (
	largest  = 1e9 // magnitude of any number
	maxSteps = 100_000
	maxUnits = 64
	maxDim   = 100_000_000
	minDim   = 8
	maxList  = 1000
)

func (r rule) check(path string, x float64) error {
	switch {
	case !finite(x) || math.Abs(x) > largest:
		return wrong(path, "must be a number of magnitude at most %g, got %g", float64(largest), x)
	case !r.ok(x):
		return wrong(path, "must be %s, got %g", r.words, x)
	}
	return nil
}

// numeric is a number within a rule.
type numeric struct {
	p    *float64
	rule rule
}

func (v *numeric) read(n node) (err error) {
	*v.p, err = n.number()
	return err
}
func (v *numeric) check(path string) error { return v.rule.check(path, *v.p) }
func (v *numeric) write(*writer) any       { return *v.p }
func (v *numeric) zero() bool              { return *v.p == 0 }

// indexed is the path of a list's entry.
func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func checkLength(path string, n int) error {
	if n == 0 || n > maxList {
		return wrong(path, "must have between 1 and %d entries, got %d", maxList, n)
	}
	return nil
}

// numerics is a list of numbers within a rule.
type numerics struct {
	p    *[]float64
	rule rule
}

func (v *numerics) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([]float64, len(nodes))
	for i, e := range nodes {
		if (*v.p)[i], err = e.number(); err != nil {
			return err
		}
	}
	return nil
}

func (v *numerics) check(path string) error {
	if err := checkLength(path, len(*v.p)); err != nil {
		return err
	}
	for i, x := range *v.p {
		if err := v.rule.check(indexed(path, i), x); err != nil {
			return err
		}
	}
	return nil
}
func (v *numerics) write(*writer) any { return *v.p }
func (v *numerics) zero() bool        { return len(*v.p) == 0 }

// probabilities are positive numbers with sum 1, as many as there are of what they weigh.
type probabilities struct {
	numerics
	of *[]float64
}

func (v *probabilities) check(path string) error {
	if err := v.numerics.check(path); err != nil {
		return err
	}
	if len(*v.p) != len(*v.of) {
		return wrong(path, "must have %d entries, one for each of the values it weighs, got %d", len(*v.of), len(*v.p))
	}
	sum := 0.0
	for _, x := range *v.p {
		sum += x
	}
	if math.Abs(sum-1) > 1e-9 {
		return wrong(path, "must sum to 1, got %g", sum)
	}
	return nil
}

// whole is a whole number between low and high.
type whole[T int | uint64] struct {
	p         *T
	low, high T
}

func (v *whole[T]) read(n node) error {
	x, err := n.number()
	if err != nil {
		return err
	}
	if x != math.Trunc(x) {
		return n.wrong("must be a whole number, got %g", x)
	}
	if x < float64(v.low) || x > float64(v.high) {
		return n.wrong("must be between %d and %d, got %.10g", v.low, v.high, x)
	}
	*v.p = T(x)
	return nil
}

func (v *whole[T]) check(path string) error {
	if *v.p < v.low || *v.p > v.high {
		return wrong(path, "must be between %d and %d, got %d", v.low, v.high, *v.p)
	}
	return nil
}
func (v *whole[T]) write(*writer) any { return *v.p }
func (v *whole[T]) zero() bool        { return *v.p == 0 }

// levels is a whole number that is written only if it is not 0, which means none.
type levels struct{ whole[int] }

func (v *levels) write(w *writer) any {
	if v.zero() {
		return nil
	}
	return v.whole.write(w)
}

// wholes is a strictly increasing list of whole numbers between low and high.
type wholes struct {
	p         *[]int
	low, high int
}

func (v *wholes) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([]int, len(nodes))
	for i, e := range nodes {
		if err := (&whole[int]{&(*v.p)[i], v.low, v.high}).read(e); err != nil {
			return err
		}
	}
	return nil
}

func (v *wholes) check(path string) error {
	if err := checkLength(path, len(*v.p)); err != nil {
		return err
	}
	for i, x := range *v.p {
		at := indexed(path, i)
		if err := (&whole[int]{&x, v.low, v.high}).check(at); err != nil {
			return err
		}
		if i > 0 && x <= (*v.p)[i-1] {
			return wrong(at, "must be larger than the entry before it, got %d after %d", x, (*v.p)[i-1])
		}
	}
	return nil
}
func (v *wholes) write(*writer) any { return *v.p }
func (v *wholes) zero() bool        { return len(*v.p) == 0 }

// text is a string that matches a pattern.
type text struct {
	p       *string
	pattern *regexp.Regexp
	words   string
}

func (v *text) read(n node) error {
	s, ok := n.text()
	if !ok {
		return n.wrong("must be %s, got %s", v.words, n.describe())
	}
	*v.p = s
	return nil
}

func (v *text) check(path string) error {
	if !v.pattern.MatchString(*v.p) {
		return wrong(path, "must be %s, got %q", v.words, *v.p)
	}
	return nil
}
func (v *text) write(*writer) any { return line(*v.p) }
func (v *text) zero() bool        { return *v.p == "" }

// line is text that is written in quotes where it needs them.
type line string

// MarshalYAML decides.
func (l line) MarshalYAML() (any, error) {
	if tame(string(l)) {
		return string(l), nil
	}
	return quoted(l), nil
}

var harmless = regexp.MustCompile(`^[-_ ,.()/'A-Za-z0-9]+$`)

// tame reports whether YAML reads the text as itself without quotes: "true" and "1.5" it would not.
func tame(s string) bool {
	var back map[string]any
	return harmless.MatchString(s) && yaml.Unmarshal([]byte("k: "+s), &back) == nil && len(back) == 1 && back["k"] == s
}

// quoted is text that is written in double quotes whatever it holds.
type quoted string

// MarshalYAML spells the text as JSON, which is YAML too.
func (q quoted) MarshalYAML() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(string(q))
	return out.Bytes(), err
}

// named is one of a set of names.
type named struct {
	p        *string
	what     string
	accepted []string
}

func (v *named) read(n node) error {
	s, ok := n.text()
	if !ok {
		return n.wrong("must be the name of a %s (accepted: %s), got %s", v.what, strings.Join(v.accepted, ", "), n.describe())
	}
	*v.p = s
	return nil
}

func (v *named) check(path string) error {
	if !slices.Contains(v.accepted, *v.p) {
		return wrong(path, "%s", unknown(v.what, *v.p, v.accepted, v.accepted))
	}
	return nil
}
func (v *named) write(*writer) any { return *v.p }
func (v *named) zero() bool        { return *v.p == "" }

// expression is a formula and its source.
type expression struct {
	source    *string
	formula   *formula
	variables []string
	arrays    []array
}

func (v *expression) read(n node) error {
	s, ok := n.text()
	if !ok {
		if !n.isNumber() {
			return n.wrong("must be an expression in quotes, got %s", n.describe())
		}
		s, _ = n.plain()
	}
	f, err := compile(s, v.variables, v.arrays)
	if err != nil {
		return n.wrong("%v", err)
	}
	*v.source, *v.formula = s, f
	return nil
}
func (v *expression) check(string) error { return nil }
func (v *expression) write(*writer) any  { return quoted(*v.source) }
func (v *expression) zero() bool         { return *v.source == "" }

// records is a list of mappings.
type records[T any] struct {
	p      *[]T
	fields func(*T) group
}

func (v *records[T]) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([]T, len(nodes))
	for i, e := range nodes {
		if err := v.fields(&(*v.p)[i]).read(e); err != nil {
			return err
		}
	}
	return nil
}

func (v *records[T]) check(path string) error {
	for i := range *v.p {
		if err := v.fields(&(*v.p)[i]).check(indexed(path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (v *records[T]) write(w *writer) any {
	if v.zero() {
		return nil
	}
	var list []any
	for i := range *v.p {
		list = append(list, v.fields(&(*v.p)[i]).write(w))
	}
	return list
}

func (v *records[T]) zero() bool { return len(*v.p) == 0 }

// optional is a mapping that may be absent altogether.
type optional[T any] struct {
	p      **T
	fields func(*T) group
}

func (v *optional[T]) read(n node) error {
	*v.p = new(T)
	return v.fields(*v.p).read(n)
}

func (v *optional[T]) check(path string) error {
	if *v.p == nil {
		return nil
	}
	return v.fields(*v.p).check(path)
}

func (v *optional[T]) write(w *writer) any {
	if *v.p == nil {
		return nil
	}
	return v.fields(*v.p).write(w)
}
func (v *optional[T]) zero() bool { return *v.p == nil }

// matrix is a rows×columns matrix; a bare number is that multiple of the identity.
type matrix struct {
	p    *[][]float64
	size func() (rows, columns int)
}

func (v *matrix) read(n node) error {
	rows, columns := v.size()
	if n.isNumber() {
		x, err := n.number()
		if err != nil {
			return err
		}
		if rows != columns && x != 0 {
			return n.wrong("a number needs as many student as teacher units; here it must be a %d × %d matrix", rows, columns)
		}
		*v.p = scalarMatrix(x, rows, columns)
		return nil
	}
	if n.isScalar() {
		return n.wrong("must be a number or a %d × %d matrix, got %s", rows, columns, n.describe())
	}
	nodes, err := n.elements(maxUnits)
	if err != nil {
		return err
	}
	*v.p = make([][]float64, len(nodes))
	for i, e := range nodes {
		if err := (&numerics{&(*v.p)[i], anyNumber}).read(e); err != nil {
			return err
		}
	}
	return nil
}

func scalarMatrix(x float64, rows, columns int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, columns)
		if i < columns {
			m[i][i] = x
		}
	}
	return m
}

func (v *matrix) check(path string) error {
	rows, columns := v.size()
	if *v.p == nil {
		return nil
	}
	if len(*v.p) != rows {
		return wrong(path, "must be a %d × %d matrix (student × teacher units), got %d row(s)", rows, columns, len(*v.p))
	}
	for i := range *v.p {
		at := indexed(path, i)
		if len((*v.p)[i]) != columns {
			return wrong(at, "must have %d entries, one for each teacher unit, got %d", columns, len((*v.p)[i]))
		}
		if err := (&numerics{&(*v.p)[i], anyNumber}).check(at); err != nil {
			return err
		}
	}
	return nil
}

func (v *matrix) write(*writer) any {
	if rows, columns := v.size(); rows*columns == 1 {
		return (*v.p)[0][0]
	}
	return *v.p
}
func (v *matrix) zero() bool { return *v.p == nil }

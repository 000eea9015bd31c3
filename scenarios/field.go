package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A field is one key of a scenario file and the Go value behind it. One list of fields serves for reading, checking and
// writing, so that no key is spelled twice.
type field struct {
	key      string
	value    value
	required bool
	unless   func() string // why the key does not apply to this scenario, "" if it does; nil: it always does
}

// A value reads itself from a file, checks itself, and writes itself in terms that the YAML encoder takes.
type value interface {
	read(n node) error
	check(path string) error
	write(w *writer) any
	zero() bool // not set
}

// A writer notes what cannot be written: parts that are Go types of the caller.
type writer struct{ foreign []string }

// fielded is a part with parameters.
type fielded interface{ fields() []field }

// group is a mapping.
type group []field

func (g group) keys() []string {
	keys := make([]string, len(g))
	for i, f := range g {
		keys[i] = f.key
	}
	return keys
}

func (f field) refusal() string {
	if f.unless == nil {
		return ""
	}
	return f.unless()
}

// read reads in the order of the fields, not of the file: a field may depend on those before it.
func (g group) read(n node) error {
	order, nodes, err := n.entries(strings.Join(g.keys(), ", "))
	if err != nil {
		return err
	}
	for _, key := range order {
		if !slices.Contains(g.keys(), key) {
			return n.unknownKey(key, g.keys())
		}
	}
	for _, f := range g {
		child, given := nodes[f.key]
		why := f.refusal()
		switch {
		case given && why != "":
			return child.wrong("%s", why)
		case !given && f.required && why == "":
			return n.child(n.path, n.Node).missing(f.key)
		case !given:
			continue
		}
		if err := f.value.read(child); err != nil {
			return err
		}
		if _, nested := f.value.(group); nested {
			continue // its fields have been checked, those given; the others await their defaults
		}
		if err := f.value.check(child.path); err != nil {
			return n.r.locate(err)
		}
	}
	return nil
}

// missing is the error for a required key that is not there, at the mapping where it belongs.
func (n node) missing(key string) error {
	n2 := n
	n2.path = join(n.path, key)
	return n2.wrong("required, but missing")
}

func (g group) check(path string) error {
	for _, f := range g {
		at := join(path, f.key)
		if why := f.refusal(); why != "" {
			if !f.value.zero() {
				return wrong(at, "%s", why)
			}
			continue
		}
		if f.value.zero() {
			if f.required {
				return wrong(at, "required, but missing")
			}
		}
		if err := f.value.check(at); err != nil {
			return err
		}
	}
	return nil
}

func (g group) write(w *writer) any {
	var out yaml.MapSlice
	for _, f := range g {
		if f.refusal() != "" {
			continue
		}
		if v := f.value.write(w); v != nil {
			out = append(out, yaml.MapItem{Key: f.key, Value: v})
		}
	}
	return out
}

func (g group) zero() bool { return false }

// A rule is a range that a number must be in, and its words.
type rule struct {
	words string
	ok    func(float64) bool
}

var (
	anyNumber   = rule{"a number", func(float64) bool { return true }}
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
	case math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > largest:
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
	for i, x := range *v.p {
		if err := v.rule.check(fmt.Sprintf("%s[%d]", path, i), x); err != nil {
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
	for i, x := range *v.p {
		at := fmt.Sprintf("%s[%d]", path, i)
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
func (v *text) write(*writer) any { return *v.p }
func (v *text) zero() bool        { return *v.p == "" }

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
		return wrong(path, "%s", unknown(v.what, *v.p, v.accepted))
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
	withField bool
}

func (v *expression) read(n node) error {
	s, ok := n.text()
	if !ok {
		if !n.isNumber() {
			return n.wrong("must be an expression in quotes, got %s", n.describe())
		}
		s, _ = n.plain()
	}
	f, err := compile(s, v.variables, v.withField)
	if err != nil {
		return n.wrong("%v", err)
	}
	*v.source, *v.formula = s, f
	return nil
}
func (v *expression) check(string) error { return nil }
func (v *expression) write(*writer) any  { return *v.source }
func (v *expression) zero() bool         { return *v.source == "" }

// A registry is the parts of one kind that a scenario file can name. A part without parameters is written as its name; a
// part with parameters as a mapping, which the part's own name identifies: as the first of its keys, or, with a kindKey,
// as the value of that key. Adding a part is one line in its registry.
type registry[T any] struct {
	what    string
	new     map[string]func() T
	kindKey string

	// A bare number, if that is accepted.
	number     *rule
	fromNumber func(float64) T
	toNumber   func(T) (float64, bool)
}

func number(r rule) *rule { return &r }

// spellings are what a file can write for a part of this registry.
func (r *registry[T]) spellings() []string {
	var names, mappings []string
	for _, name := range slices.Sorted(maps.Keys(r.new)) {
		f, ok := any(r.new[name]()).(fielded)
		if !ok && r.kindKey == "" {
			names = append(names, name)
			continue
		}
		var keys []string
		if r.kindKey != "" {
			keys = []string{r.kindKey + ": " + name}
		}
		if ok {
			for _, k := range group(f.fields()).keys() {
				keys = append(keys, k+": …")
			}
		}
		mappings = append(mappings, "{"+strings.Join(keys, ", ")+"}")
	}
	if r.number != nil {
		names = append(names, "a number "+r.number.words)
	}
	return append(names, mappings...)
}

// choice is a part of a registry.
type choice[T any] struct {
	p  *T
	of *registry[T]
}

func (v *choice[T]) read(n node) error {
	if v.of.number != nil && n.isNumber() {
		x, err := n.number()
		if err != nil {
			return err
		}
		if err := v.of.number.check(n.path, x); err != nil {
			return n.r.locate(err)
		}
		*v.p = v.of.fromNumber(x)
		return nil
	}
	if name, ok := n.text(); ok && v.of.kindKey == "" {
		if new := v.of.new[name]; new != nil {
			part := new()
			if _, parameters := any(part).(fielded); !parameters {
				*v.p = part
				return nil
			}
		}
		return n.wrong("%s", unknown(v.of.what, name, v.of.spellings()))
	}
	return v.readMapping(n)
}

func (v *choice[T]) readMapping(n node) error {
	accepted := strings.Join(v.of.spellings(), ", ")
	if n.isScalar() {
		return n.wrong("must be a %s (accepted: %s), got %s", v.of.what, accepted, n.describe())
	}
	order, nodes, err := n.entries(accepted)
	if err != nil {
		return err
	}
	name, head := "", field{}
	if v.of.kindKey != "" {
		head = field{key: v.of.kindKey, required: true, value: &named{&name, v.of.what, slices.Sorted(maps.Keys(v.of.new))}}
		given, ok := nodes[v.of.kindKey]
		if !ok {
			return n.missing(v.of.kindKey)
		}
		if err := head.value.read(given); err != nil {
			return err
		}
		if err := head.value.check(given.path); err != nil {
			return n.r.locate(err)
		}
	} else {
		for _, key := range order {
			if v.of.new[key] != nil {
				name = key
				break
			}
		}
	}
	new := v.of.new[name]
	if new == nil {
		if len(order) == 0 {
			return n.wrong("must be a %s (accepted: %s), got an empty mapping", v.of.what, accepted)
		}
		return n.unknownKey(order[0], v.of.spellings())
	}
	part := new()
	var g group
	if head.key != "" {
		g = append(g, head)
	}
	if f, ok := any(part).(fielded); ok {
		g = append(g, f.fields()...)
	} else if head.key == "" {
		return n.wrong("%s has no parameters: write just %s", name, name)
	}
	for i := range g {
		g[i].required = g[i].required || g[i].value.zero() // what a new part leaves unset has no default
	}
	if err := g.read(n); err != nil {
		return err
	}
	if err := validate(part, n.path); err != nil {
		return n.r.locate(err)
	}
	*v.p = part
	return nil
}

func (v *choice[T]) check(path string) error {
	if v.zero() {
		return nil
	}
	if v.of.number != nil {
		if x, ok := v.of.toNumber(*v.p); ok {
			return v.of.number.check(path, x)
		}
	}
	if f, ok := any(*v.p).(fielded); ok {
		if err := group(f.fields()).check(path); err != nil {
			return err
		}
	}
	return validate(*v.p, path)
}

// validate runs a part's own check of its parameters together.
func validate(part any, path string) error {
	if p, ok := part.(interface{ validate() error }); ok {
		if err := p.validate(); err != nil {
			return wrong(path, "%v", err)
		}
	}
	return nil
}

// name is the name under which the registry makes parts of this one's type, or "".
func (r *registry[T]) name(part T) string {
	for _, name := range slices.Sorted(maps.Keys(r.new)) {
		if reflect.TypeOf(r.new[name]()) == reflect.TypeOf(part) {
			return name
		}
	}
	return ""
}

func (v *choice[T]) write(w *writer) any {
	if v.zero() {
		return nil
	}
	if v.of.toNumber != nil {
		if x, ok := v.of.toNumber(*v.p); ok {
			return x
		}
	}
	name := v.of.name(*v.p)
	if name == "" {
		foreign := fmt.Sprintf("%T%+v", *v.p, *v.p)
		w.foreign = append(w.foreign, fmt.Sprintf("%s %T", v.of.what, *v.p))
		return foreign
	}
	var out yaml.MapSlice
	if v.of.kindKey != "" {
		out = append(out, yaml.MapItem{Key: v.of.kindKey, Value: name})
	}
	f, ok := any(*v.p).(fielded)
	switch {
	case ok:
		return append(out, group(f.fields()).write(w).(yaml.MapSlice)...)
	case out != nil:
		return out
	}
	return name
}

func (v *choice[T]) zero() bool { return any(*v.p) == nil }

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
		at := fmt.Sprintf("%s[%d]", path, i)
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

// or is x, or the default if x is its zero value.
func or[T comparable](x *T, standard T) { *x = cmp.Or(*x, standard) }

package spec

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Registry is the parts of one kind that a scenario file can name. A part without parameters is written as its name; a
// part with parameters, which is Keyed, as a mapping, which the part's own name identifies: as the first of its keys, or,
// with a KindKey, as the value of that key. What New leaves at zero is a required parameter, what it sets is a default.
// Adding a part is one line in its registry. A Keyed part that says with a method Usual that its parameters are what New
// sets is written as its name too.
type Registry[T any] struct {
	What    string
	New     map[string]func() T
	KindKey string

	// Of parts whose keys stand flat in a mapping: the kind that is meant where none is given ("": one must be), and how
	// many of a part's keys are written before it.
	Standard string
	Before   int

	// A bare number, if that is accepted.
	Number     *Rule
	FromNumber func(float64) T
	ToNumber   func(T) (float64, bool)

	// A bare list of numbers, if that is accepted.
	FromList func([]float64) T
	ToList   func(T) ([]float64, bool)

	// Keys that other programs have in such a mapping, and what is said where one is met.
	Instead map[string]string

	Unset func(T) bool // what counts as not set beside nil; nil: nothing
}

// Names are the registry's names, sorted.
func (r *Registry[T]) Names() []string { return slices.Sorted(maps.Keys(r.New)) }

// named reports whether a part is written without the kind: all are where there is no KindKey, and else one whose first key
// is its own name.
func (r *Registry[T]) named(name string, part Keyed) bool {
	return r.KindKey == "" || part != nil && part.Keys()[0].Name == name
}

// kind is the key that says which part is meant.
func (r *Registry[T]) kind(name *string) Key {
	return Key{Name: r.KindKey, Required: true, Value: OneOf(name, r.What, r.Names()),
		lacking: fmt.Sprintf("required, but missing (accepted: %s)", strings.Join(r.Names(), ", "))}
}

// spelling is how a file writes a part with parameters.
func (r *Registry[T]) spelling(name string, part Keyed) string {
	var keys []string
	if !r.named(name, part) {
		keys = []string{r.KindKey + ": " + name}
	}
	if part != nil {
		for _, k := range part.Keys().names() {
			keys = append(keys, k+": …")
		}
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// spellings are all that a file can write for a part of this registry.
func (r *Registry[T]) spellings() []string {
	var plain, mappings []string
	for _, name := range r.Names() {
		f, ok := any(r.New[name]()).(Keyed)
		if isUsual(f) {
			plain = append(plain, name)
		}
		if ok || r.KindKey != "" {
			mappings = append(mappings, r.spelling(name, f))
		} else {
			plain = append(plain, name)
		}
	}
	if r.Number != nil {
		plain = append(plain, strings.TrimSpace("a number "+r.Number.words))
	}
	if r.FromList != nil {
		plain = append(plain, "a list of numbers")
	}
	return append(plain, mappings...)
}

// isUsual reports whether a part is written as its name alone.
func isUsual(part any) bool {
	u, ok := part.(interface{ Usual() bool })
	return ok && u.Usual()
}

// Part is a part of a registry.
func Part[T any](p *T, of *Registry[T]) Defaulted { return &choice[T]{p, of, of.Number} }

// PartIn is a part of a registry in which a bare number is within a rule of its own.
func PartIn[T any](p *T, of *Registry[T], rule Rule) Defaulted { return &choice[T]{p, of, &rule} }

type choice[T any] struct {
	p      *T
	of     *Registry[T]
	number *Rule
}

func (v *choice[T]) read(n node) error {
	if v.number != nil && n.isNumber() {
		x, err := n.number()
		if err == nil {
			*v.p, err = v.of.FromNumber(x), n.d.Locate(v.number.check(n.path, x))
		}
		return err
	}
	name, isName := n.text()
	switch {
	case v.of.FromList != nil && n.isList():
		var list []float64
		err := (&numbers{&list, AnyNumber}).read(n)
		*v.p = v.of.FromList(list)
		return err
	case isName && v.of.KindKey == "":
		return v.readName(n, name)
	case n.isMapping():
		return v.readMapping(n)
	}
	return n.wrong("must be a %s, got %s (accepted: %s)", v.of.What, n.describe(), strings.Join(v.of.spellings(), ", "))
}

// readName reads a part without parameters.
func (v *choice[T]) readName(n node, name string) error {
	if new := v.of.New[name]; new != nil {
		part := new()
		f, parameters := any(part).(Keyed)
		if parameters && !isUsual(part) {
			return n.wrong("%s has parameters: write %s", name, v.of.spelling(name, f))
		}
		*v.p = part
		return nil
	}
	return n.wrong("%s", Unknown(v.of.What, name, v.of.Names(), v.of.spellings()))
}

// readMapping reads a part with parameters.
func (v *choice[T]) readMapping(n node) error {
	order, nodes, err := n.entries(strings.Join(v.of.spellings(), ", "))
	if err != nil {
		return err
	}
	var g Keys
	name := v.of.ownName(order)
	if v.of.KindKey != "" && name == "" {
		kind := v.of.kind(&name)
		given, ok := nodes[v.of.KindKey]
		if !ok {
			return n.missing(kind)
		}
		if err := kind.Value.read(given); err != nil {
			return err
		}
		if err := kind.Value.check(given.path); err != nil {
			return n.d.Locate(err)
		}
		g = Keys{kind}
	} else if name == "" {
		return v.of.noName(n, order)
	}
	part := v.of.New[name]()
	if f, ok := any(part).(Keyed); ok {
		g = append(g, f.Keys()...)
	} else if v.of.KindKey == "" {
		return n.wrong("%s has no parameters: write just %s", name, name)
	}
	for i := range g {
		unset := g[i].Default == nil && g[i].Value.zero() // what a new part leaves unset has no default
		g[i].Required = g[i].Required || unset
	}
	if err := g.read(n); err != nil {
		return err
	}
	*v.p = part
	return n.d.Locate(validate(part, n.path))
}

// ownName is the part that one of a mapping's keys names; "" if none does.
func (r *Registry[T]) ownName(keys []string) string {
	for _, key := range keys {
		if r.New[key] == nil {
			continue
		}
		if part, _ := any(r.New[key]()).(Keyed); r.named(key, part) {
			return key
		}
	}
	return ""
}

// noName says that no key of a mapping names a part.
func (r *Registry[T]) noName(n node, keys []string) error {
	accepted := strings.Join(r.spellings(), ", ")
	if len(keys) == 0 {
		return n.wrong("must be a %s (accepted: %s), got an empty mapping", r.What, accepted)
	}
	return n.wrongKey(keys[0], "%s", Unknown(r.What, keys[0], r.Names(), r.spellings()))
}

func (v *choice[T]) check(path string) error {
	if any(*v.p) == nil {
		return nil
	}
	if v.number != nil {
		if x, ok := v.of.ToNumber(*v.p); ok {
			return v.number.check(path, x)
		}
	}
	if v.of.ToList != nil {
		if list, ok := v.of.ToList(*v.p); ok {
			return (&numbers{&list, AnyNumber}).check(path)
		}
	}
	if f, ok := any(*v.p).(Keyed); ok {
		if err := f.Keys().check(path); err != nil {
			return err
		}
	}
	return validate(*v.p, path)
}

// validate runs a part's own check of its parameters together, a method Validate.
func validate(part any, path string) error {
	if p, ok := part.(interface{ Validate() error }); ok {
		switch err := p.Validate().(type) {
		case nil:
		case *Error: // about one of the part's keys
			return Wrong(join(path, err.Key), "%s", err.Message)
		default:
			return Wrong(path, "%v", err)
		}
	}
	return nil
}

// NameOf is the name under which the registry makes parts of this one's type, or "".
func (r *Registry[T]) NameOf(part T) string {
	for _, name := range r.Names() {
		if reflect.TypeOf(r.New[name]()) == reflect.TypeOf(part) {
			return name
		}
	}
	return ""
}

func (v *choice[T]) write(w *writer) any {
	if any(*v.p) == nil {
		return nil
	}
	if v.of.ToNumber != nil {
		if x, ok := v.of.ToNumber(*v.p); ok {
			return x
		}
	}
	if v.of.ToList != nil {
		if list, ok := v.of.ToList(*v.p); ok {
			return list
		}
	}
	name := v.of.NameOf(*v.p)
	if name == "" {
		foreign := Contents(*v.p)
		w.foreign = append(w.foreign, fmt.Sprintf("%s %T", v.of.What, *v.p))
		return foreign
	}
	var out mapping
	f, ok := any(*v.p).(Keyed)
	if !v.of.named(name, f) {
		out = append(out, entry{v.of.KindKey, name})
	}
	switch {
	case isUsual(*v.p):
		return name
	case ok:
		return append(out, f.Keys().entries(w)...)
	case out != nil:
		return out
	}
	return name
}

func (v *choice[T]) zero() bool {
	return any(*v.p) == nil || v.of.Unset != nil && v.of.Unset(*v.p)
}

// set takes a number or the name of a part without parameters.
func (v *choice[T]) set(x any) {
	if x, ok := x.(float64); ok {
		*v.p = v.of.FromNumber(x)
		return
	}
	*v.p = v.of.New[x.(string)]()
}

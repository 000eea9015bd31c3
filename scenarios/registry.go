package scenarios

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

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

// names are the registry's names, sorted.
func (r *registry[T]) names() []string { return slices.Sorted(maps.Keys(r.new)) }

// spelling is how a file writes a part with parameters.
func (r *registry[T]) spelling(name string, part fielded) string {
	var keys []string
	if r.kindKey != "" {
		keys = []string{r.kindKey + ": " + name}
	}
	if part != nil {
		for _, k := range group(part.fields()).keys() {
			keys = append(keys, k+": …")
		}
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// spellings are all that a file can write for a part of this registry.
func (r *registry[T]) spellings() []string {
	var plain, mappings []string
	for _, name := range r.names() {
		f, ok := any(r.new[name]()).(fielded)
		if ok || r.kindKey != "" {
			mappings = append(mappings, r.spelling(name, f))
		} else {
			plain = append(plain, name)
		}
	}
	if r.number != nil {
		plain = append(plain, strings.TrimSpace("a number "+r.number.words))
	}
	return append(plain, mappings...)
}

// choice is a part of a registry.
type choice[T any] struct {
	p  *T
	of *registry[T]
}

func (v *choice[T]) read(n node) error {
	if v.of.number != nil && n.isNumber() {
		x, err := n.number()
		if err == nil {
			*v.p, err = v.of.fromNumber(x), n.r.locate(v.of.number.check(n.path, x))
		}
		return err
	}
	name, isName := n.text()
	switch {
	case isName && v.of.kindKey == "":
		return v.readName(n, name)
	case n.isScalar():
		return n.wrong("must be a %s (accepted: %s), got %s", v.of.what, strings.Join(v.of.spellings(), ", "), n.describe())
	}
	return v.readMapping(n)
}

// readName reads a part without parameters.
func (v *choice[T]) readName(n node, name string) error {
	if new := v.of.new[name]; new != nil {
		part := new()
		f, parameters := any(part).(fielded)
		if parameters {
			return n.wrong("%s has parameters: write %s", name, v.of.spelling(name, f))
		}
		*v.p = part
		return nil
	}
	return n.wrong("%s", unknown(v.of.what, name, v.of.names(), v.of.spellings()))
}

// readMapping reads a part with parameters.
func (v *choice[T]) readMapping(n node) error {
	order, nodes, err := n.entries(strings.Join(v.of.spellings(), ", "))
	if err != nil {
		return err
	}
	var name string
	var g group
	if v.of.kindKey != "" {
		kind := field{key: v.of.kindKey, required: true, value: &named{&name, v.of.what, v.of.names()}}
		given, ok := nodes[v.of.kindKey]
		if !ok {
			return n.missing(v.of.kindKey)
		}
		if err := kind.value.read(given); err != nil {
			return err
		}
		if err := kind.value.check(given.path); err != nil {
			return n.r.locate(err)
		}
		g = group{kind}
	} else if name, err = v.of.identify(n, order); err != nil {
		return err
	}
	part := v.of.new[name]()
	if f, ok := any(part).(fielded); ok {
		g = append(g, f.fields()...)
	} else if v.of.kindKey == "" {
		return n.wrong("%s has no parameters: write just %s", name, name)
	}
	for i := range g {
		g[i].required = g[i].required || g[i].value.zero() // what a new part leaves unset has no default
	}
	if err := g.read(n); err != nil {
		return err
	}
	*v.p = part
	return n.r.locate(validate(part, n.path))
}

// identify finds which part a mapping without a kindKey describes: the one that one of its keys names.
func (r *registry[T]) identify(n node, keys []string) (string, error) {
	for _, key := range keys {
		if r.new[key] != nil {
			return key, nil
		}
	}
	accepted := strings.Join(r.spellings(), ", ")
	if len(keys) == 0 {
		return "", n.wrong("must be a %s (accepted: %s), got an empty mapping", r.what, accepted)
	}
	return "", n.wrongKey(keys[0], "%s", unknown(r.what, keys[0], r.names(), r.spellings()))
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
	for _, name := range r.names() {
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
		foreign := contents(*v.p)
		w.foreign = append(w.foreign, fmt.Sprintf("%s %T", v.of.what, *v.p))
		return foreign
	}
	var out mapping
	if v.of.kindKey != "" {
		out = append(out, entry{v.of.kindKey, name})
	}
	f, ok := any(*v.p).(fielded)
	switch {
	case ok:
		return append(out, group(f.fields()).write(w).(mapping)...)
	case out != nil:
		return out
	}
	return name
}

func (v *choice[T]) zero() bool { return any(*v.p) == nil }

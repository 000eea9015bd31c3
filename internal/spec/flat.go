package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Flat is a part of a registry with a KindKey whose keys stand in one mapping with others: its kind, its own keys, and
// then the rest, which may ask for the part when they are read. It is a mapping, and so nests like Keys.
func Flat[T any](p *T, of *Registry[T], rest ...Key) Value { return &flat[T]{p, of, rest} }

type flat[T any] struct {
	p    *T
	of   *Registry[T]
	rest Keys
}

// name is the part's name, "" if there is none or a type of the caller.
func (v *flat[T]) name() string {
	if any(*v.p) == nil {
		return ""
	}
	return v.of.NameOf(*v.p)
}

// own are the part's own keys.
func (v *flat[T]) own() Keys {
	if f, ok := any(*v.p).(Keyed); ok {
		return f.Keys()
	}
	return nil
}

// keys are all of the mapping, for a part of that name.
func (v *flat[T]) keys(path string, name *string) Keys {
	own := v.own()
	for i, k := range own {
		if k.Accepts != "" {
			own[i].lacking = fmt.Sprintf("required by %s %s: %s", join(path, v.of.KindKey), *name, k.Accepts)
		}
	}
	before := min(v.of.Before, len(own))
	return slices.Concat(own[:before], Keys{v.of.kind(name)}, own[before:], v.rest)
}

// users are the names of the parts that have a key.
func (v *flat[T]) users(key string) (names []string) {
	for _, name := range v.of.Names() {
		if f, ok := any(v.of.New[name]()).(Keyed); ok && slices.Contains(f.Keys().names(), key) {
			names = append(names, name)
		}
	}
	return names
}

func (v *flat[T]) read(n node) error {
	name := v.of.Standard
	if name != "" {
		*v.p = v.of.New[name]()
	}
	accepted := strings.Join(v.keys(n.path, &name).names(), ", ")
	if own := v.own(); n.isNumber() && len(own) > 0 {
		accepted += fmt.Sprintf(", such as {%s: %s}", own[0].Name, n.describe())
	}
	order, nodes, err := n.entries(accepted)
	if err != nil {
		return err
	}
	kind := v.of.kind(&name)
	switch given, ok := nodes[kind.Name]; {
	case ok:
		if err := kind.Value.read(given); err != nil {
			return err
		}
		if err := kind.Value.check(given.path); err != nil {
			return n.d.Locate(err)
		}
	case name == "":
		return n.missing(kind)
	}
	*v.p = v.of.New[name]()
	g := v.keys(n.path, &name)
	for _, key := range order {
		if slices.Contains(g.names(), key) {
			continue
		}
		if users := v.users(key); users != nil {
			return nodes[key].wrong("%s %s does not use it (%s would)",
				join(n.path, kind.Name), name, strings.Join(users, ", "))
		}
		if instead := v.of.Instead[key]; instead != "" {
			return n.wrongKey(key, "%s: %s", Unknown("key", key, nil, g.names()), instead)
		}
	}
	for _, key := range n.d.removedBelow(n.path) {
		if v.users(key) != nil { // another part's key, which is not there as it was asked
			delete(n.d.removed, join(n.path, key))
		}
	}
	for i := range g {
		g[i].Required = g[i].Required && g[i].Name != kind.Name
	}
	if err := g.read(n); err != nil {
		return err
	}
	v.own().Fill()
	return n.d.Locate(validate(*v.p, n.path))
}

// Fill puts a part where there is none and gives it its defaults: a copy of it, for parts may be shared.
func (v *flat[T]) Fill() {
	if any(*v.p) == nil && v.of.Standard != "" {
		*v.p = v.of.New[v.of.Standard]()
	}
	if v.name() != "" && reflect.TypeOf(*v.p).Kind() == reflect.Pointer {
		filled := reflect.New(reflect.TypeOf(*v.p).Elem())
		filled.Elem().Set(reflect.ValueOf(*v.p).Elem())
		*v.p = filled.Interface().(T)
		v.own().Fill()
	}
	v.rest.Fill()
}

func (v *flat[T]) check(path string) error {
	name := v.name()
	if name == "" && any(*v.p) != nil { // a type of the caller, with numbers of its own
		return v.rest.check(path)
	}
	if err := v.keys(path, &name).check(path); err != nil {
		return err
	}
	return validate(*v.p, path)
}

func (v *flat[T]) write(w *writer) any {
	name := v.name()
	if name != "" || any(*v.p) == nil {
		return v.keys("", &name).entries(w)
	}
	w.foreign = append(w.foreign, fmt.Sprintf("%s %T", v.of.What, *v.p))
	return append(mapping{{v.of.KindKey, Contents(*v.p)}}, v.rest.entries(w)...)
}

func (v *flat[T]) zero() bool { return v.of.Unset != nil && any(*v.p) != nil && v.of.Unset(*v.p) }

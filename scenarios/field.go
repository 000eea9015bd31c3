package scenarios

import (
	"reflect"
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

	// A key that came after the first release is later: it enters the hash only where it differs from standard, its
	// default in the terms that its value writes itself in (3.0, "gaussian", mapping{…}). So results of scenarios that
	// do not use it keep their random numbers.
	standard any
	later    bool
}

// A value reads itself from a file, checks itself, and writes itself: as a string, line, quoted, number, list of numbers
// or of any of these, mapping, or nil for nothing.
type value interface {
	read(n node) error
	check(path string) error
	write(w *writer) any
	zero() bool // not set
}

// A mapping is what a group writes: the entries of a YAML mapping, in order.
type mapping []entry

type entry struct {
	key   string
	value any
}

// MarshalYAML keeps the order.
func (m mapping) MarshalYAML() (any, error) {
	out := make(yaml.MapSlice, len(m))
	for i, e := range m {
		out[i] = yaml.MapItem{Key: e.key, Value: e.value}
	}
	return out, nil
}

// A writer notes what cannot be written: parts that are Go types of the caller.
type writer struct {
	foreign []string
	hash    bool // what is written is hashed
}

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
			return n.wrongKey(key, "%s", unknown("key", key, g.keys(), g.keys()))
		}
	}
	for _, f := range g {
		child, given := nodes[f.key]
		why := f.refusal()
		switch {
		case given && why != "":
			return child.wrong("%s", why)
		case !given && f.required && why == "":
			return n.missing(f.key)
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
	n.path = join(n.path, key)
	return n.wrong("required, but missing")
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
	var out mapping
	for _, f := range g {
		if f.refusal() != "" {
			continue
		}
		v := f.value.write(w)
		if m, ok := v.(mapping); v == nil || ok && len(m) == 0 {
			continue
		}
		if w.hash && f.later && reflect.DeepEqual(v, f.standard) {
			continue
		}
		out = append(out, entry{f.key, v})
	}
	return out
}

func (g group) zero() bool { return false }

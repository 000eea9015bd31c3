// Package spec reads, checks and writes the YAML of a scenario file. It knows no key: a package declares its keys, each
// with its name, its default and a Value, and one declaration serves for all three, so that nothing is spelled twice.
//
// A Value ties a key to a Go variable and knows its range, in words too: Number, Whole, OneOf, Part and the others make
// them. Every error is an *Error, which names file, line, column, key, and what would be accepted.
package spec

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A Key is one key of a file and the Go value behind it.
type Key struct {
	Name     string
	Value    Value
	Required bool
	Accepts  string        // what a part's required key would be, in words, for where it is missing
	Unless   func() string // why the key does not apply here, "" if it does; nil: it always does

	// What an absent key is: Default in the terms in which Value writes itself ("gaussian", 0.05, []int{250, 500}),
	// which Fill sets; or, where it depends on other keys, Derived in words, which the declaring package works out.
	Default any
	Derived string

	// A key that came after the first release is Later: it enters the canonical text, and so the hash, only where it
	// differs from Default. So results of scenarios that do not use it keep their random numbers.
	Later bool

	lacking string // what is said where it is missing, if that is more
}

// Keys are a mapping. They are a Value themselves: mappings nest.
type Keys []Key

// A Value is a Go variable that reads itself from a file, checks itself and writes itself.
type Value interface {
	read(n node) error
	check(path string) error
	write(w *writer) any // string, line, quoted, number, list of numbers or of any of these, mapping; nil: nothing
	zero() bool          // not set
}

// A settable value may have a Default.
type settable interface{ set(any) }

// A Defaulted value is one that may have a Default.
type Defaulted interface {
	Value
	settable
}

// Keyed is a part with parameters: they are keys of the mapping that names it. Its pointer methods see its variables.
type Keyed interface{ Keys() Keys }

// A nested value is a mapping of keys.
type nested interface{ Fill() }

// Fill sets every key that is not set, and that applies, to its Default.
func (g Keys) Fill() {
	for _, k := range g {
		if nested, ok := k.Value.(nested); ok {
			nested.Fill()
		} else if k.Default != nil && k.Value.zero() && k.refusal() == "" {
			k.Value.(settable).set(k.Default)
		}
	}
}

// Check checks the values themselves, given or not: ranges, names, and that what is required is there.
func (g Keys) Check() error { return g.check("") }

func (g Keys) names() []string {
	names := make([]string, len(g))
	for i, k := range g {
		names[i] = k.Name
	}
	return names
}

func (k Key) refusal() string {
	if k.Unless == nil {
		return ""
	}
	return k.Unless()
}

// read reads in the order of the keys, not of the file: a key may depend on those before it.
func (g Keys) read(n node) error {
	order, nodes, err := n.entries(strings.Join(g.names(), ", "))
	if err != nil {
		return err
	}
	for _, name := range append(order, n.d.removedBelow(n.path)...) {
		if !slices.Contains(g.names(), name) {
			return n.wrongKey(name, "%s", Unknown("key", name, g.names(), g.names()))
		}
	}
	for _, k := range g {
		child, given := nodes[k.Name]
		why := k.refusal()
		switch {
		case given && why != "":
			return child.wrong("%s", why)
		case !given && k.Required && why == "":
			return n.missing(k)
		case !given:
			continue
		}
		if err := k.Value.read(child); err != nil {
			return err
		}
		if _, nested := k.Value.(nested); nested {
			continue // its keys have been checked, those given; the others await their defaults
		}
		if err := k.Value.check(child.path); err != nil {
			return n.d.Locate(err)
		}
	}
	return nil
}

// missing is the error for a required key that is not there, at the mapping where it belongs.
func (n node) missing(k Key) error {
	n.path = join(n.path, k.Name)
	return n.wrong("%s", k.lack())
}

func (k Key) lack() string { return cmp.Or(k.lacking, "required, but missing") }

func (g Keys) check(path string) error {
	for _, k := range g {
		at := join(path, k.Name)
		if why := k.refusal(); why != "" {
			if !k.Value.zero() {
				return Wrong(at, "%s", why)
			}
			continue
		}
		if k.Required && k.Value.zero() {
			return Wrong(at, "%s", k.lack())
		}
		if err := k.Value.check(at); err != nil {
			return err
		}
	}
	return nil
}

func (g Keys) write(w *writer) any { return g.entries(w) }

func (g Keys) entries(w *writer) mapping {
	var out mapping
	for _, k := range g {
		if k.refusal() != "" {
			continue
		}
		v := k.Value.write(w)
		if m, ok := v.(mapping); v == nil || ok && len(m) == 0 {
			continue
		}
		e := entry{k.Name, v}
		if w.canonical && k.Later && bytes.Equal(canonical(mapping{e}), canonical(mapping{{k.Name, k.Default}})) {
			continue
		}
		out = append(out, e)
	}
	return out
}

func (g Keys) zero() bool { return false }

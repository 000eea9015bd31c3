package spec

import (
	"fmt"
	"strings"
)

// A Choice is a key and the values that it is to have, one after the other.
type Choice struct {
	Key    string   // dotted
	Values []string // YAML; null: the key is removed
	Origin string   // as in a Setting
}

// Setting is the choice of the value i.
func (c Choice) Setting(i int) Setting { return Setting{c.Key, c.Values[i], c.Origin} }

// ParseChoice reads KEY=VALUE[,VALUE…], with commas as in Split, as it is given to a flag.
func ParseChoice(flag, text string) (Choice, error) {
	key, values, ok := strings.Cut(text, "=")
	c := Choice{Key: strings.TrimSpace(key), Origin: flag + " " + OneLine(strings.TrimSpace(key))}
	if !ok {
		return c, Setting{Key: c.Key, Origin: c.Origin}.wrong("has no value: KEY=VALUE or KEY=VALUE,VALUE,… is expected")
	}
	if err := (Setting{Key: c.Key, Origin: c.Origin}).CheckKey(); err != nil {
		return c, err
	}
	pieces, err := Split(values)
	if err != nil {
		return c, Setting{Key: c.Key, Origin: c.Origin}.wrong("%q: %v", values, err)
	}
	for i, piece := range pieces {
		c.Values = append(c.Values, strings.TrimSpace(piece))
		if _, err := c.Setting(i).parse(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// Choices are a mapping of dotted keys to lists of values. They are no part of what the file describes: they are not
// written, and in no canonical text.
func Choices(p *[]Choice) Value { return &choices{p} }

type choices struct{ p *[]Choice }

func (v *choices) read(n node) error {
	order, nodes, err := n.entries("such as method.learning_rate, each with a list of values")
	if err != nil {
		return err
	}
	for _, key := range order {
		list, err := nodes[key].elements(maxList)
		if err != nil {
			return err
		}
		at := n.d.keys[join(n.path, key)]
		c := Choice{Key: key, Origin: fmt.Sprintf("%s:%d:%d: %s", n.d.file, at.Line, at.Column, n.path)}
		if err := (Setting{Key: key, Origin: c.Origin}).CheckKey(); err != nil {
			return err
		}
		for _, e := range list {
			c.Values = append(c.Values, e.String())
		}
		*v.p = append(*v.p, c)
	}
	return nil
}

func (v *choices) check(string) error { return nil }
func (v *choices) write(*writer) any  { return nil }
func (v *choices) zero() bool         { return len(*v.p) == 0 }

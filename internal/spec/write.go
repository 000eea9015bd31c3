package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/davecgh/go-spew/spew"
	"github.com/goccy/go-yaml"
)

// A writer notes what cannot be written: parts that are Go types of the caller.
type writer struct {
	foreign   []string
	canonical bool // the text is Canonical's
}

// A mapping is the entries of a YAML mapping, in order.
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

// YAML is the mapping as a file, with every key that applies spelled out, and what no file can name: "loss main.logCosh".
// What Parse would find too large is an error.
func (g Keys) YAML() (text []byte, foreign []string, err error) {
	w := new(writer)
	text, err = yaml.MarshalWithOptions(g.entries(w), yaml.Flow(false),
		yaml.CustomMarshaler(flowList[float64]), yaml.CustomMarshaler(flowList[int]))
	if why := tooLarge(text); err == nil && why != "" {
		err = fmt.Errorf("with every default spelled out it %s", why)
	}
	return text, w.foreign, err
}

// flowList writes a list of numbers on one line.
func flowList[T float64 | int](list []T) ([]byte, error) {
	return yaml.MarshalWithOptions(list, yaml.Flow(true),
		yaml.CustomMarshaler(func(x T) ([]byte, error) { return yaml.Marshal(x) }))
}

// Spelling is a value on one line, as a file writes it. It is "" for what no file can name.
func Spelling(v Value) string {
	w := new(writer)
	tree := v.write(w)
	if tree == nil || len(w.foreign) > 0 {
		return ""
	}
	out, err := yaml.MarshalWithOptions(tree, yaml.Flow(true))
	if err != nil {
		return fmt.Sprint(tree)
	}
	return strings.TrimSpace(string(out))
}

// Contents tells a Go part of the caller from others of its type by all that it holds, behind pointers too, whose
// addresses change from run to run. Functions it holds are told apart within one build of the program only.
func Contents(part any) string {
	config := spew.ConfigState{Indent: " ", DisablePointerAddresses: true, DisableCapacities: true, DisableMethods: true,
		SortKeys: true, SpewKeys: true}
	return config.Sdump(part)
}

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

package spec

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A Setting puts a value in the place of the one that a document has at a key, or where it has none.
type Setting struct {
	Key    string // dotted, such as method.batch.fraction
	Value  string // YAML; null removes the key
	Origin string // where errors say it is from, such as "--set method.batch.fraction"
}

var settingKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// wrong is an Error about the setting.
func (s Setting) wrong(format string, args ...any) error {
	err := Wrong(s.Key, format, args...).(*Error)
	err.File = s.Origin
	return err
}

// CheckKey says whether a text can be a key of a setting.
func (s Setting) CheckKey() error {
	if !settingKey.MatchString(s.Key) {
		return s.wrong("is no key of a scenario file; one is written like method.batch.fraction, and a list is set as a whole")
	}
	return nil
}

// parse reads the value; nil is null.
func (s Setting) parse() (ast.Node, error) {
	d, err := Parse(s.Origin, []byte(s.Value))
	if err != nil {
		return nil, s.wrong("%q: %s", s.Value, err.(*Error).Message)
	}
	if d.root == nil && !slices.Contains([]string{"null", "~", "Null", "NULL"}, strings.TrimSpace(s.Value)) {
		return nil, s.wrong("has an empty value; null removes a key")
	}
	return d.root, nil
}

// Decode is the value as a program would read it: a number, a text, true or false, nil, a list or a map.
func (s Setting) Decode() any {
	root, err := s.parse()
	if err != nil || root == nil {
		return nil
	}
	if n := (node{Node: root}); n.isNumber() {
		text, _ := n.plain()
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return int(i)
		}
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return x
		}
	}
	var value any
	if yaml.Unmarshal([]byte(s.Value), &value) != nil {
		return s.Value
	}
	return value
}

// Set applies settings, each of another key, in whatever order: a key before those below it. Errors that are found later
// in what was set say where it is from.
func (d *Document) Set(settings ...Setting) error {
	sorted := slices.SortedFunc(slices.Values(settings), func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	for _, s := range sorted {
		if err := s.CheckKey(); err != nil {
			return err
		}
		if err := d.set(s); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) set(s Setting) error {
	value, err := s.parse()
	if err != nil {
		return err
	}
	names, at, path := strings.Split(s.Key, "."), &d.root, ""
	for i, name := range names {
		m, err := d.mapping(s, at, path, names[i:])
		if err != nil {
			return err
		}
		path = join(path, name)
		entry, last := find(m, name), i == len(names)-1
		if value == nil && (entry == nil || last) {
			m.Values = slices.DeleteFunc(m.Values, func(v *ast.MappingValueNode) bool { return keyName(v) == name })
			d.origins[path], d.removed[path] = s.Origin, true
			return nil
		}
		if entry == nil {
			key := token.New(name, name, &token.Position{Line: 1, Column: 1})
			entry = ast.MappingValue(key, ast.String(key), nil)
			m.Values = append(m.Values, entry)
			d.origins[path] = s.Origin
			delete(d.removed, path)
		}
		if last {
			entry.Value, d.origins[path] = value, s.Origin
		}
		at = &entry.Value
	}
	return nil
}

// mapping is what is at a place as one that keys can be added to; nothing becomes one without keys.
func (d *Document) mapping(s Setting, at *ast.Node, path string, below []string) (*ast.MappingNode, error) {
	switch a := (*at).(type) {
	case *ast.MappingNode:
		return a, nil
	case *ast.MappingValueNode:
		m := ast.Mapping(a.GetToken(), false, a)
		*at = m
		return m, nil
	case nil, *ast.NullNode:
		start := token.New("{", "{", &token.Position{Line: 1, Column: 1})
		m := ast.Mapping(start, true)
		*at = m
		return m, nil
	default:
		if path == "" {
			return nil, s.wrong("%s is %s, not a mapping", d.file, node{Node: a}.describe())
		}
		whole := strings.Join(below, ": {") + ": …" + strings.Repeat("}", len(below))
		return nil, s.wrong("%s is %s, which has no keys; set it as a whole: %s={%s", path, node{Node: a}.describe(), path, whole)
	}
}

// find is the entry of a mapping with a key.
func find(m *ast.MappingNode, name string) *ast.MappingValueNode {
	for _, v := range m.Values {
		if keyName(v) == name {
			return v
		}
	}
	return nil
}

// keyName is the key of an entry, "" if it is no plain name.
func keyName(v *ast.MappingValueNode) string {
	if key, ok := v.Key.(*ast.StringNode); ok {
		return key.Value
	}
	return ""
}

// origin is where the value at a path is from if it was set: it, or what is above it.
func (d *Document) origin(path string) string {
	for ; path != ""; path = parent(path) {
		if o := d.origins[path]; o != "" {
			return o
		}
	}
	return ""
}

// removedBelow are the keys that settings removed from the mapping at a path.
func (d *Document) removedBelow(path string) (names []string) {
	for p := range d.removed {
		if name := strings.TrimPrefix(p, path+"."); path == "" && !strings.Contains(p, ".") {
			names = append(names, p)
		} else if path != "" && name != p && !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Take removes a key from the top of the document and reads it into a value of its own, before the rest is read.
func (d *Document) Take(key string, v Value) error {
	at := d.root
	if one, ok := at.(*ast.MappingValueNode); ok {
		at = ast.Mapping(one.GetToken(), false, one)
	}
	m, ok := at.(*ast.MappingNode)
	if !ok || find(m, key) == nil {
		return nil
	}
	entry := find(m, key)
	d.root = m
	m.Values = slices.DeleteFunc(m.Values, func(v *ast.MappingValueNode) bool { return v == entry })
	d.keys[key] = position(entry.Key)
	return v.read(node{d: d}.child(key, entry.Value))
}

package spec

import (
	"regexp"
	"slices"
	"strings"
)

// Text is a string that matches a pattern, which words describe.
func Text(p *string, pattern *regexp.Regexp, words string) Value { return &text{p, pattern, words} }

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
		return Wrong(path, "must be %s, got %q", v.words, *v.p)
	}
	return nil
}
func (v *text) write(*writer) any { return line(*v.p) }
func (v *text) zero() bool        { return *v.p == "" }
func (v *text) set(x any)         { *v.p = x.(string) }

// Digested is a text that names something, of which the canonical text has a digest in place of the name.
func Digested(v Value, digest func() string) Value { return digested{v, digest} }

type digested struct {
	Value
	digest func() string
}

func (v digested) check(path string) error {
	if v.zero() {
		return nil
	}
	return v.Value.check(path)
}

func (v digested) write(w *writer) any {
	switch {
	case v.zero():
		return nil
	case w.canonical:
		return v.digest()
	}
	return v.Value.write(w)
}

// OneOf is one of a set of names of what.
func OneOf(p *string, what string, accepted []string) Value { return &oneOf{p, what, accepted} }

type oneOf struct {
	p        *string
	what     string
	accepted []string
}

func (v *oneOf) read(n node) error {
	s, ok := n.text()
	if !ok {
		return n.wrong("must be the name of a %s (accepted: %s), got %s", v.what, strings.Join(v.accepted, ", "), n.describe())
	}
	*v.p = s
	return nil
}

func (v *oneOf) check(path string) error {
	if !slices.Contains(v.accepted, *v.p) {
		return Wrong(path, "%s", Unknown(v.what, *v.p, v.accepted, v.accepted))
	}
	return nil
}
func (v *oneOf) write(*writer) any { return *v.p }
func (v *oneOf) zero() bool        { return *v.p == "" }
func (v *oneOf) set(x any)         { *v.p = x.(string) }

// Expression is the source of a formula, always in quotes. Compile is called with it when it is read and when it is
// checked.
func Expression(source *string, compile func(source string) error) Value {
	return &expression{source, compile}
}

type expression struct {
	source  *string
	compile func(string) error
}

func (v *expression) read(n node) error {
	s, ok := n.text()
	if !ok {
		if !n.isNumber() {
			return n.wrong("must be an expression in quotes, got %s", n.describe())
		}
		s, _ = n.plain()
	}
	if err := v.compile(s); err != nil {
		return n.wrong("%v", err)
	}
	*v.source = s
	return nil
}

func (v *expression) check(path string) error {
	if v.zero() {
		return nil
	}
	if err := v.compile(*v.source); err != nil {
		return Wrong(path, "%v", err)
	}
	return nil
}

func (v *expression) write(*writer) any {
	if v.zero() {
		return nil
	}
	return quoted(*v.source)
}
func (v *expression) zero() bool { return *v.source == "" }

// Expressions are the source of one formula, or of a list of them. Compile is called with each as it is with that of an
// Expression, and with its index.
func Expressions(sources *[]string, list *bool, compile func(i int, source string) error) Value {
	return &expressions{sources, list, compile}
}

type expressions struct {
	sources *[]string
	list    *bool
	compile func(int, string) error
}

// item is formula i.
func (v *expressions) item(i int) *expression {
	return &expression{&(*v.sources)[i], func(source string) error { return v.compile(i, source) }}
}

func (v *expressions) read(n node) error {
	nodes := []node{n}
	if *v.list = n.isList(); *v.list {
		var err error
		if nodes, err = n.elements(maxList); err != nil {
			return err
		}
	}
	*v.sources = make([]string, len(nodes))
	for i, e := range nodes {
		if err := v.item(i).read(e); err != nil {
			return err
		}
	}
	return nil
}

func (v *expressions) check(path string) error {
	for i := range *v.sources {
		at := path
		if *v.list {
			at = Indexed(path, i)
		}
		if err := v.item(i).check(at); err != nil {
			return err
		}
	}
	return nil
}

func (v *expressions) write(w *writer) any {
	var all []any
	for i := range *v.sources {
		all = append(all, v.item(i).write(w))
	}
	if !*v.list && len(all) > 0 {
		return all[0]
	}
	return all
}

func (v *expressions) zero() bool { return len(*v.sources) == 0 }

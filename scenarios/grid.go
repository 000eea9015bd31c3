package scenarios

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"limitcheck/internal/spec"
)

// MostMembers is how many scenarios a grid may be.
const MostMembers = 999

// A Choice is a key of a scenario file, such as method.batch.fraction, and the values it is to have in place of the
// file's. Several values make a grid.
type Choice = spec.Choice

// ParseChoice reads KEY=VALUE[,VALUE…] as it is given to the flag --set. VALUE is split at the commas outside brackets,
// braces and quotes; each piece is YAML, and null removes the key. Every error is an *Error.
func ParseChoice(text string) (Choice, error) { return spec.ParseChoice("--set", text) }

// A Setting is a key with the value that a scenario has in place of the file's.
type Setting struct {
	Key   string
	Text  string // YAML
	Value any    // a number, text, true or false, a list or a map; nil: the key was removed
}

// A Member is one scenario of a grid, or the only one where there is no grid.
type Member struct {
	*Scenario
	Grid     string    // the name of the scenario that the grid is of; "" if there is one member only
	Settings []Setting // by key
}

// SettingsText are all settings on a line: "method.batch.fraction=0.2 method.learning_rate=0.1".
func (m Member) SettingsText() string {
	var words []string
	for _, s := range m.Settings {
		words = append(words, s.Key+"="+s.Text)
	}
	return strings.Join(words, " ")
}

// FindAll is Find for a grid: all combinations of the choices' values, which are applied to the file as it is written,
// before any default, and of those of the file's key grid, of which a choice of the same key takes the place. Members are
// called NAME.001, … if there are several; the value of the last key, in the order of their spelling, changes first.
// Every error is an *Error.
func FindAll(nameOrPath string, choices []Choice, dims ...int) ([]Member, error) {
	document, err := find(nameOrPath)
	if err != nil {
		return nil, err
	}
	return members(document, choices, dims)
}

// ReadAll is FindAll for a file that has no name, such as standard input; errors call it file.
func ReadAll(file string, r io.Reader, choices []Choice, dims ...int) ([]Member, error) {
	document, err := spec.From(file, r)
	if err != nil {
		return nil, err
	}
	return members(document, choices, dims)
}

func members(document *spec.Document, given []Choice, dims []int) ([]Member, error) {
	choices, err := allChoices(document, given)
	if err != nil {
		return nil, document.Locate(err)
	}
	count := 1
	for _, c := range choices {
		if count *= len(c.Values); count > MostMembers {
			return nil, wrongChoice(c, "a grid may have at most %d members, this one has more", MostMembers)
		}
	}
	list := make([]Member, count)
	for i := range list {
		own := document
		if count > 1 {
			own = document.Again()
		}
		if list[i], err = member(own, choices, i, count, dims); err != nil {
			return nil, err
		}
	}
	return list, distinct(list, choices)
}

// single is the document's scenario, which must be no grid.
func single(document *spec.Document, dims []int) (*Scenario, error) {
	list, err := members(document, nil, dims)
	switch {
	case err != nil:
		return nil, err
	case len(list) > 1:
		return nil, document.Locate(wrong("grid", "makes %d scenarios, and one is expected here", len(list)))
	}
	return list[0].Scenario, nil
}

// allChoices are those given and those of the file's grid, which is removed from it, by key. Some keys say what a check is
// called or how it is made: they have one value.
func allChoices(document *spec.Document, given []Choice) ([]Choice, error) {
	all := slices.SortedFunc(slices.Values(given), func(a, b Choice) int { return cmp.Compare(a.Key, b.Key) })
	for i, c := range all {
		if i > 0 && all[i-1].Key == c.Key {
			return nil, wrongChoice(c, "given twice; several values are one list, with commas between them")
		}
		if c.Key == "grid" || strings.HasPrefix(c.Key, "grid.") {
			if len(c.Values) != 1 || c.Key != "grid" || c.Setting(0).Decode() != nil {
				return nil, wrongChoice(c, "a grid is removed as a whole (null) or has its keys set themselves")
			}
			if err := document.Set(c.Setting(0)); err != nil {
				return nil, err
			}
		}
	}
	all = slices.DeleteFunc(all, func(c Choice) bool { return c.Key == "grid" })
	var fromFile []Choice
	if err := document.Take("grid", spec.Choices(&fromFile)); err != nil {
		return nil, err
	}
	for _, c := range fromFile {
		if !slices.ContainsFunc(all, func(o Choice) bool { return o.Key == c.Key }) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Choice) int { return cmp.Compare(a.Key, b.Key) })
	for _, c := range all {
		top, _, _ := strings.Cut(c.Key, ".")
		switch {
		case len(c.Values) == 1 || c.Key == "experiment.seed":
		case slices.Contains([]string{"name", "title", "source", "experiment"}, top):
			return nil, wrongChoice(c, "cannot have several values: a grid is of problems (experiment.seed may); a list "+
				"stands in brackets, %s=[%s]", c.Key, strings.Join(c.Values, ","))
		}
	}
	return all, nil
}

func wrongChoice(c Choice, format string, args ...any) error {
	err := wrong(c.Key, format, args...).(*Error)
	err.File = c.Origin
	return err
}

// member is the grid's scenario i of count.
func member(document *spec.Document, choices []Choice, i, count int, dims []int) (Member, error) {
	var m Member
	var set []spec.Setting
	rest := i
	for _, c := range slices.Backward(choices) {
		set = append(set, c.Setting(rest%len(c.Values)))
		rest /= len(c.Values)
	}
	slices.Reverse(set)
	for _, s := range set {
		m.Settings = append(m.Settings, Setting{s.Key, s.Value, s.Decode()})
	}
	err := document.Take("grid", spec.Choices(new([]Choice))) // which has been read
	if err == nil {
		err = document.Set(set...)
	}
	if err == nil {
		m.Scenario, err = read(document, dims)
	}
	if err != nil {
		return m, inContext(err, set)
	}
	if count > 1 {
		m.Grid, m.Name = m.Name, fmt.Sprintf("%s.%03d", m.Name, i+1)
		err = m.checkName()
	}
	return m, err
}

// inContext adds to an error that is not about what was set what was: the file alone may be right.
func inContext(err error, set []spec.Setting) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	var words []string
	for _, s := range set {
		if e.File == s.Origin {
			return err
		}
		from, _, _ := strings.Cut(s.Origin, " "+s.Key) // "--set", or where the file's grid is
		words = append(words, from+" "+s.Key+"="+s.Value)
	}
	if words != nil {
		e.Message += " (with " + strings.Join(words, ", ") + ")"
	}
	return e
}

// distinct refuses members that are one problem under two names: they would share all random numbers.
func distinct(list []Member, choices []Choice) error {
	seen := map[string]Member{}
	for _, m := range list {
		hash := m.Hash()
		if twin, ok := seen[hash]; ok {
			var origins []string
			for _, c := range choices {
				if len(c.Values) > 1 {
					origins = append(origins, c.Origin)
				}
			}
			return &Error{Message: fmt.Sprintf("%s: two members of the grid are one problem, and would share all random numbers: "+
				"%s (%s) and %s (%s)", strings.Join(origins, ", "), twin.Name, twin.SettingsText(), m.Name, m.SettingsText())}
		}
		seen[hash] = m
	}
	return nil
}

package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"limitcheck/internal/tables"
	"limitcheck/scenarios"
)

// setFlag is of the commands that take a scenario.
type setFlag struct {
	Set []string `help:"Put values in the place of a key's in the file, such as method.learning_rate=0.1; several, with commas between them, make a grid. null removes the key. May be repeated." placeholder:"KEY=VALUE,…" sep:"none"`
}

// choices are the keys set, with their values.
func (f setFlag) choices() (list []scenarios.Choice, err error) {
	for _, text := range f.Set {
		c, err := scenarios.ParseChoice(text)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// members are a scenario, or those of its grid, with these dims in the place of its own if there are any. The name - is
// standard input.
func (f setFlag) members(e *env, name string, dims ...int) ([]scenarios.Member, error) {
	choices, err := f.choices()
	if err != nil {
		return nil, err
	}
	if name == "-" {
		return scenarios.ReadAll("standard input", os.Stdin, choices, dims...)
	}
	list, err := scenarios.FindAll(name, choices, dims...)
	file := name + ".yaml"
	if info, missing := os.Stat(file); err == nil && missing == nil && info.Mode().IsRegular() {
		e.note("%s is taken from the catalogue; the file here is %s", name, file)
	}
	return list, err
}

// exclusive refuses a flag that would set what --set sets.
func (f setFlag) exclusive(flag, key string) error {
	for _, text := range f.Set {
		given, _, _ := strings.Cut(text, "=")
		if given == key || strings.HasPrefix(key, given+".") {
			return badInput("%s and --set %s exclude each other", flag, given)
		}
	}
	return nil
}

// A gridTable has the rows of all members of a grid under one header: the keys set come first, unless there is one
// member only. A number that another member has and this one has not is NaN (null).
type gridTable struct {
	*tables.Writer
	members []scenarios.Member
	columns []string // all members', after the keys set
	lead    [][]any  // cells of the keys set, by member

	cells  []any // of the row at hand
	places []int // of the columns of the member at hand
}

// newGridTable begins a table; columns are a member's own.
func newGridTable(w io.Writer, format string, members []scenarios.Member, columns func(i int) []string) *gridTable {
	t := &gridTable{members: members, lead: make([][]any, len(members))}
	for i := range members {
		for _, name := range columns(i) {
			if !slices.Contains(t.columns, name) {
				t.columns = append(t.columns, name)
			}
		}
	}
	var keys []string
	if len(members) > 1 {
		for k, s := range members[0].Settings {
			keys = append(keys, s.Key)
			var values []any
			for _, m := range members {
				values = append(values, m.Settings[k].Value)
			}
			for i, cell := range sameType(values, func(i int) string { return members[i].Settings[k].Text }) {
				t.lead[i] = append(t.lead[i], cell)
			}
		}
	}
	t.Writer = tables.NewWriter(w, format, append(keys, t.columns...)...)
	return t
}

// sameType are the values of a key as cells of one type: whole numbers, numbers, or what the file says.
func sameType(values []any, text func(i int) string) []any {
	whole, number := true, true
	for _, v := range values {
		switch v.(type) {
		case int:
		case float64:
			whole = false
		default:
			number = false
		}
	}
	cells := make([]any, len(values))
	for i, v := range values {
		switch x, isInt := v.(int); {
		case !number:
			cells[i] = text(i)
		case isInt && !whole:
			cells[i] = float64(x)
		default:
			cells[i] = v
		}
	}
	return cells
}

// begin says whose rows follow.
func (t *gridTable) begin(i int, columns []string) {
	t.cells, t.places = slices.Clone(t.lead[i]), nil
	for range t.columns {
		t.cells = append(t.cells, math.NaN())
	}
	for _, name := range columns {
		t.places = append(t.places, len(t.lead[i])+slices.Index(t.columns, name))
	}
}

// Row takes one cell a column of the member's.
func (t *gridTable) Row(cells ...any) {
	for i, c := range cells {
		t.cells[t.places[i]] = c
	}
	t.Writer.Row(t.cells...)
}

// each does something for every member, in order. What fails for one, for instance because it diverges, is told, and
// the others go on; the exit code is the largest.
func (e *env) each(members []scenarios.Member, do func(i int) error) error {
	code := exitOK
	for i, m := range members {
		err := do(i)
		if err == nil {
			continue
		}
		if len(members) == 1 || fatal(err) {
			return err
		}
		e.note("%s: %s", m.Name, strings.TrimPrefix(err.Error(), m.Name+": "))
		code = max(code, exitCode(err))
	}
	if code != exitOK {
		return verdictError{code}
	}
	return nil
}

// heading is what a grid's report is called.
func heading(list []scenarios.Member) string {
	if len(list) == 1 {
		return list[0].Title
	}
	return fmt.Sprintf("%s: %d settings", list[0].Title, len(list))
}

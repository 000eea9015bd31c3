package harness

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"limitcheck/compare"
	"limitcheck/internal/formula"
)

// A Column says how a column from elsewhere follows from the scenario's observables, row by row.
type Column struct {
	Name       string // theirs
	Expression string // of ours
	value      formula.Formula
}

// ParseColumn reads NAME=EXPRESSION, such as eg=2*test_loss-0.09, of the observables.
func ParseColumn(text string, observables []string) (Column, error) {
	name, expression, found := strings.Cut(text, "=")
	c := Column{Name: strings.TrimSpace(name), Expression: strings.TrimSpace(expression)}
	if !found || c.Name == "" || c.Expression == "" {
		return c, fmt.Errorf("NAME=EXPRESSION is expected, such as eg=2*test_loss-0.09, got %q", text)
	}
	if strings.ContainsFunc(c.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return c, fmt.Errorf("%q cannot be the name of a column; a printable name is expected", c.Name)
	}
	var err error
	if c.value, err = formula.CompileRow(c.Expression, observables); err != nil {
		return c, fmt.Errorf("%s: %w", c.Name, err)
	}
	return c, nil
}

// A layout is where the columns stand: one of theirs with a name of ours takes its place, the others follow.
type layout struct {
	names []string
	at    []int // of each column
	list  []Column
}

func layOut(names []string, list []Column) *layout {
	l := &layout{names: slices.Clone(names), list: list}
	for _, c := range list {
		i := slices.Index(l.names, c.Name)
		if i < 0 {
			i = len(l.names)
			l.names = append(l.names, c.Name)
		}
		l.at = append(l.at, i)
	}
	return l
}

// row puts what value says of each column into a row of ours.
func (l *layout) row(row []float64, value func(c *Column) float64) []float64 {
	out := make([]float64, len(l.names))
	copy(out, row)
	for i, at := range l.at {
		out[at] = value(&l.list[i])
	}
	return out
}

func (l *layout) curve(rows [][]float64) (all [][]float64) {
	for _, row := range rows {
		all = append(all, l.row(row, func(c *Column) float64 { return c.value.Value(0, 0, row) }))
	}
	return all
}

// withColumns is a prediction of ours with their columns too. Where it has replicates, the expression is applied to each of
// them, which gives its error with all correlations; to errors alone, one after the other, and the changes are added up.
func withColumns(p compare.Prediction, list []Column) compare.Prediction {
	if len(list) == 0 {
		return p
	}
	l, out := layOut(p.Observables, list), p
	out.Observables = l.names
	out.Mean, out.Replicates, out.StandardError = l.curve(p.Mean), nil, nil
	for _, rows := range p.Replicates {
		out.Replicates = append(out.Replicates, l.curve(rows))
	}
	for t, se := range p.StandardError {
		out.StandardError = append(out.StandardError, l.row(se, func(c *Column) float64 { return c.change(p.Mean[t], se) }))
	}
	return out
}

// change is by how much the expression changes if its variables do, all for the worse.
func (c *Column) change(row, by []float64) (sum float64) {
	at, shifted := c.value.Value(0, 0, row), slices.Clone(row)
	for j, v := range by {
		if v > 0 {
			shifted[j] += v
			sum += math.Abs(c.value.Value(0, 0, shifted) - at)
			shifted[j] = row[j]
		}
	}
	return sum
}

// withColumns gives runs of ours their columns too.
func (e *ensemble) withColumns(list []Column) {
	if len(list) == 0 {
		return
	}
	l := layOut(e.observables, list)
	e.observables, e.runs = l.names, slices.Clone(e.runs)
	for i := range e.runs {
		e.runs[i].Values = l.curve(e.runs[i].Values)
	}
}

// checkColumns says what is wrong with Settings.Columns.
func (set Settings) checkColumns(name string) error {
	var have []string
	switch {
	case len(set.Columns) == 0:
		return nil
	case set.Theirs != nil:
		have = set.Theirs.Observables
	case set.Sample != nil:
		have = set.Sample.Observables
	default:
		return InputError{fmt.Errorf("%s: columns are mapped where a theory or runs are from elsewhere", name)}
	}
	for i, c := range set.Columns {
		if !c.value.Compiled() {
			return InputError{fmt.Errorf("%s: column %q is not from ParseColumn", name, c.Name)}
		}
		if !slices.Contains(have, c.Name) {
			return InputError{fmt.Errorf("%s: there is no column %s to map (there are %s)", name, c.Name, strings.Join(have, ", "))}
		}
		if slices.ContainsFunc(set.Columns[:i], func(b Column) bool { return b.Name == c.Name }) {
			return InputError{fmt.Errorf("%s: column %s is mapped twice", name, c.Name)}
		}
	}
	return nil
}

// mappings says of each column how it was read.
func mappings(list []Column) (notes []compare.Note) {
	for _, c := range list {
		notes = append(notes, compare.Note{Kind: compare.NoteColumns,
			Text: fmt.Sprintf("their %s is compared with %s of ours", c.Name, c.Expression)})
	}
	return notes
}

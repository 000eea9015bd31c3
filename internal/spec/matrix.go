package spec

import "strings"

// Matrix is a rows×columns matrix, rows standing for student and columns for teacher units; a bare number is that multiple
// of the identity.
func Matrix(p *[][]float64, size func() (rows, columns int)) Value { return &matrix{p, size} }

type matrix struct {
	p    *[][]float64
	size func() (rows, columns int)
}

func (v *matrix) read(n node) error {
	rows, columns := v.size()
	if n.isNumber() {
		x, err := n.number()
		if err != nil {
			return err
		}
		if rows != columns && x != 0 {
			return n.wrong("a number needs as many student as teacher units; here it must be a %d × %d matrix", rows, columns)
		}
		v.set(x)
		return nil
	}
	if n.isScalar() {
		return n.wrong("must be a number or a %d × %d matrix, got %s", rows, columns, n.describe())
	}
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	if !nodes[0].isList() {
		return n.wrong("must be a number or a %d × %d matrix, which is a list of rows such as %s, got a list without rows",
			rows, columns, zeros(rows, columns))
	}
	*v.p = make([][]float64, len(nodes))
	for i, e := range nodes {
		if err := Numbers(&(*v.p)[i], AnyNumber).read(e); err != nil {
			return err
		}
	}
	return nil
}

// zeros is what a small matrix looks like.
func zeros(rows, columns int) string {
	if rows > 3 || columns > 3 {
		return "[[…], …]"
	}
	row := "[" + strings.TrimSuffix(strings.Repeat("0, ", columns), ", ") + "]"
	return "[" + strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ") + "]"
}

// set takes the multiple of the identity.
func (v *matrix) set(x any) {
	rows, columns := v.size()
	*v.p = make([][]float64, rows)
	for i := range *v.p {
		(*v.p)[i] = make([]float64, columns)
		if i < columns {
			(*v.p)[i][i] = x.(float64)
		}
	}
}

func (v *matrix) check(path string) error {
	rows, columns := v.size()
	if *v.p == nil {
		return nil
	}
	if len(*v.p) != rows {
		return Wrong(path, "must be a %d × %d matrix (student × teacher units), got %d row(s)", rows, columns, len(*v.p))
	}
	for i, row := range *v.p {
		at := Indexed(path, i)
		if len(row) != columns {
			return Wrong(at, "must have %d entries, one for each teacher unit, got %d", columns, len(row))
		}
		if err := Numbers(&row, AnyNumber).check(at); err != nil {
			return err
		}
	}
	return nil
}

func (v *matrix) write(*writer) any {
	if rows, columns := v.size(); rows*columns == 1 {
		return (*v.p)[0][0]
	}
	return *v.p
}
func (v *matrix) zero() bool { return *v.p == nil }

// Rows are a list of lists of numbers within a rule; where each has one entry it is a list of numbers.
func Rows(p *[][]float64, rule Rule) Value { return &rows{p, rule} }

type rows struct {
	p    *[][]float64
	rule Rule
}

func (v *rows) read(n node) error {
	nodes, err := n.elements(maxList)
	if err != nil {
		return err
	}
	*v.p = make([][]float64, len(nodes))
	for i, e := range nodes {
		if e.isList() {
			err = Numbers(&(*v.p)[i], v.rule).read(e)
		} else {
			(*v.p)[i] = make([]float64, 1)
			(*v.p)[i][0], err = e.number()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *rows) check(path string) error {
	if err := checkLength(path, len(*v.p)); err != nil {
		return err
	}
	for i := range *v.p {
		at := Indexed(path, i)
		if row := (*v.p)[i]; len(row) == 1 {
			if err := v.rule.check(at, row[0]); err != nil {
				return err
			}
		} else if err := Numbers(&row, v.rule).check(at); err != nil {
			return err
		}
	}
	return nil
}

func (v *rows) write(*writer) any {
	var column []float64
	for _, row := range *v.p {
		if len(row) != 1 {
			return *v.p
		}
		column = append(column, row[0])
	}
	return column
}

func (v *rows) zero() bool { return len(*v.p) == 0 }

package tables

import (
	"io"
	"slices"
	"strings"
)

// A Theory is a curve in the limit d → ∞.
type Theory struct {
	Observables []string // in the file's order
	Steps       []int    // increasing
	// Mean[i][j] is observable j at Steps[i]. StandardError is in the same layout, 0 where the file has none; it is nil
	// if there are Replicates [replicate][i][j], whose mean Mean then is.
	Mean, StandardError [][]float64
	Replicates          [][][]float64
	Rounding            []Rounding // one an observable: of the numbers in Mean, or in Replicates

	// Two-time functions, which an .npz may have beside the curves or in their place; nil where they are not there.
	Kernels Kernels
}

// ReadTheory reads a file with the column step and any observables, each of which may be followed by its standard error
// NAME_se. Instead of errors there may be a column replicate. The name "-" is stdin. Errors are *Error unless reading
// itself failed.
func ReadTheory(name string, stdin io.Reader) (*Theory, error) {
	r := &rows{kind: theoryFile}
	var k Kernels
	err := r.read(name, stdin, func(source io.ReaderAt, size int64) (err error) {
		k, err = r.readTheoryArrays(source, size)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.theory(k)
}

// readTheoryArrays returns the arrays that are kernels; the others are columns.
func (r *rows) readTheoryArrays(source io.ReaderAt, size int64) (Kernels, error) {
	arrays, err := r.readArrays(source, size, func(string) bool { return true })
	if err != nil {
		return Kernels{}, err
	}
	k, err := r.readKernels(arrays)
	columns := slices.DeleteFunc(slices.Clone(arrays), (*array).isKernel)
	if err != nil || len(columns) == 0 && len(arrays) > 0 {
		return k, err
	}
	return k, r.readColumns(columns)
}

// theory is what was read.
func (r *rows) theory(k Kernels) (*Theory, error) {
	t := &Theory{Kernels: k}
	if r.columns == nil {
		return t, nil
	}
	starts, err := r.finish()
	if err != nil {
		return nil, err
	}
	t.Steps = r.steps(starts)
	if err := r.curves(t, starts); err != nil {
		return nil, err
	}
	return t, nil
}

// curves puts what was read into a theory.
func (r *rows) curves(t *Theory, starts []int) error {
	columns, deviations, err := r.pairs()
	if err != nil {
		return err
	}
	replicated := slices.Contains(r.roles, replicaColumn)
	if i := slices.IndexFunc(deviations, func(e int) bool { return e >= 0 }); replicated && i >= 0 {
		return r.wrong("it has a column replicate and standard errors (%s): one or the other is expected",
			r.values[deviations[i]])
	}
	for _, c := range columns {
		t.Observables, t.Rounding = append(t.Observables, r.values[c]), append(t.Rounding, r.rounding[c])
	}
	for k := range len(starts) - 1 {
		t.Replicates = append(t.Replicates, r.take(starts[k], starts[k+1], columns))
	}
	if replicated {
		if len(t.Replicates) == 1 {
			return r.wrong("there is one replicate: several are expected, or no column replicate")
		}
		t.Mean = mean(t.Replicates)
		return nil
	}
	t.Mean, t.Replicates = t.Replicates[0], nil
	t.StandardError = r.take(0, starts[1], deviations)
	for i, row := range t.StandardError {
		for j, v := range row {
			if v < 0 {
				return r.wrongAt(r.key(i).at, "%s_se: a standard error is not negative, got %g", t.Observables[j], v)
			}
		}
	}
	return nil
}

// pairs finds the observables among the columns, and the standard error of each; -1 if there is none.
func (r *rows) pairs() (columns, deviations []int, err error) {
	for c, name := range r.values {
		if of, isError := strings.CutSuffix(name, "_se"); isError {
			if !slices.Contains(r.values, of) {
				return nil, nil, r.wrong("column %s is the standard error of %s, which is not there", name, of)
			}
			continue
		}
		columns = append(columns, c)
		deviations = append(deviations, slices.Index(r.values, name+"_se"))
	}
	return columns, deviations, nil
}

// take copies columns of rows; a column of -1 is zeros.
func (r *rows) take(from, to int, columns []int) [][]float64 {
	out := make([][]float64, to-from)
	for i := range out {
		out[i] = make([]float64, len(columns))
		for j, c := range columns {
			if c >= 0 {
				out[i][j] = r.numbers.row(from + i)[c]
			}
		}
	}
	return out
}

// mean is that of curves of one shape.
func mean(curves [][][]float64) [][]float64 {
	out := make([][]float64, len(curves[0]))
	for i := range out {
		out[i] = make([]float64, len(curves[0][i]))
		for j := range out[i] {
			for _, c := range curves {
				out[i][j] += c[i][j] / float64(len(curves))
			}
		}
	}
	return out
}

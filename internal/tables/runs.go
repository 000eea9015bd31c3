package tables

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// Runs are experiments at finite dimension: training runs, simulations.
type Runs struct {
	Observables []string // names of the columns kept, in the file's order
	Steps       []int    // increasing, the same for all replicas
	Replicas    []Replica
	Rounding    []Rounding // one an observable
	Ignored     []string   // names of the columns that were not kept
}

// A Replica is one of them. Replicas are sorted by Dim and Index, and each pair comes once.
type Replica struct {
	Dim, Index int
	Values     []float64 // [step × number of observables + observable]
}

// Rows are the values of a replica as [step][observable], in the same memory.
func (r *Runs) Rows(replica int) [][]float64 {
	width := len(r.Observables)
	rows := make([][]float64, len(r.Steps))
	for i := range rows {
		rows[i] = r.Replicas[replica].Values[i*width : (i+1)*width : (i+1)*width]
	}
	return rows
}

// ReadRuns reads files of runs as if they were one: with columns dim, replica, step and any observables, of which those
// are kept that keep wants (nil: all). All files must have those, and the same steps; each replica is in one file. The
// name "-" is stdin. Errors are *Error unless reading itself failed.
func ReadRuns(names []string, stdin io.Reader, keep func(observable string) bool) (*Runs, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("no file of runs is given")
	}
	var joined *Runs
	var first *rows
	from := map[[2]int]string{} // the file of each replica
	for i, name := range names {
		if name == "-" && slices.Contains(names[:i], "-") {
			return nil, &Error{File: standardInput, Message: "it can be read once only"}
		}
		r := &rows{kind: runsFile, keep: keep}
		runs, err := r.readRuns(name, stdin)
		if err != nil {
			return nil, err
		}
		if joined == nil {
			joined, first = runs, r
		} else if err := joined.join(first, runs, r); err != nil {
			return nil, err
		}
		if len(names) == 1 {
			break
		}
		for _, p := range runs.Replicas {
			k := [2]int{p.Dim, p.Index}
			if other, twice := from[k]; twice {
				return nil, r.wrong("dim %d, replica %d is in %s too; replicas must be independent, with numbers of their own",
					p.Dim, p.Index, other)
			}
			from[k] = r.file
		}
	}
	slices.SortFunc(joined.Replicas, func(a, b Replica) int {
		return cmp.Or(cmp.Compare(a.Dim, b.Dim), cmp.Compare(a.Index, b.Index))
	})
	return joined, nil
}

// readRuns reads one file.
func (r *rows) readRuns(name string, stdin io.Reader) (*Runs, error) {
	if err := r.read(name, stdin, r.readRunsArrays); err != nil {
		return nil, err
	}
	return r.runs()
}

func (r *rows) readRunsArrays(source io.ReaderAt, size int64) error {
	arrays, err := r.readArrays(source, size, func(name string) bool {
		_, isKey := r.kind.keys[name]
		return isKey || r.keep == nil || r.keep(name)
	})
	if err != nil {
		return err
	}
	return r.readColumns(arrays)
}

// runs are what was read.
func (r *rows) runs() (*Runs, error) {
	starts, err := r.finish()
	if err != nil {
		return nil, err
	}
	runs := &Runs{Observables: r.values, Rounding: r.rounding, Ignored: r.others, Steps: r.steps(starts)}
	runs.Replicas = make([]Replica, len(starts)-1)
	for i := range runs.Replicas {
		k := r.key(starts[i])
		runs.Replicas[i] = Replica{Dim: int(k.dim), Index: int(k.replica), Values: r.numbers.span(starts[i], starts[i+1])}
	}
	return runs, nil
}

// steps are those of the first run, and so of all.
func (r *rows) steps(starts []int) []int {
	steps := make([]int, starts[1])
	for i := range steps {
		steps[i] = int(r.key(i).step)
	}
	return steps
}

// join appends the replicas of a second file, which must have the columns and steps of the first.
func (r *Runs) join(first *rows, o *Runs, second *rows) error {
	order := make([]int, len(r.Observables)) // of the second file's columns
	for j, name := range r.Observables {
		if order[j] = slices.Index(o.Observables, name); order[j] < 0 {
			return second.wrong("column %s is missing, which %s has", name, first.file)
		}
		r.Rounding[j] = r.Rounding[j].with(o.Rounding[order[j]])
	}
	for _, name := range o.Observables {
		if !slices.Contains(r.Observables, name) {
			return first.wrong("column %s is missing, which %s has", name, second.file)
		}
	}
	for i := range max(len(r.Steps), len(o.Steps)) {
		switch {
		case i == len(o.Steps), i < len(r.Steps) && r.Steps[i] < o.Steps[i]:
			return second.wrong("step %d is missing, which %s has: all must have the same steps", r.Steps[i], first.file)
		case i == len(r.Steps), o.Steps[i] < r.Steps[i]:
			return first.wrong("step %d is missing, which %s has: all must have the same steps", o.Steps[i], second.file)
		}
	}
	inOrder := slices.IsSorted(order)
	held := make([]float64, len(order))
	for _, replica := range o.Replicas {
		for row := range slices.Chunk(replica.Values, len(order)) {
			if inOrder {
				break
			}
			copy(held, row)
			for j, k := range order {
				row[j] = held[k]
			}
		}
		r.Replicas = append(r.Replicas, replica)
	}
	for _, name := range o.Ignored {
		if !slices.Contains(r.Ignored, name) {
			r.Ignored = append(r.Ignored, name)
		}
	}
	return nil
}

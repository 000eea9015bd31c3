package tables

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A key is what a row is about, and where it stands in the file.
type key struct {
	dim, replica, step int32  // of a theory dim is 0, and replica the replicate or 0
	at                 uint32 // line or row, from 1
}

func (a key) compare(b key) int {
	return cmp.Or(cmp.Compare(a.dim, b.dim), cmp.Compare(a.replica, b.replica), cmp.Compare(a.step, b.step))
}

// sameRun says whether two rows belong to one replica, or to one replicate.
func (a key) sameRun(b key) bool { return a.dim == b.dim && a.replica == b.replica }

// A role is what a column of a file is: from 0 the number of a value that is kept, or one of these.
type role int

const (
	ignored role = -1 - iota
	dimColumn
	replicaColumn
	stepColumn
)

// A kind of file is what its columns are.
type kind struct {
	name     string
	keys     map[string]role
	required []string
}

var (
	theoryFile = &kind{"theory", map[string]role{"replicate": replicaColumn, "step": stepColumn}, []string{"step"}}
	runsFile   = &kind{"runs", map[string]role{"dim": dimColumn, "replica": replicaColumn, "step": stepColumn},
		[]string{"dim", "replica", "step"}}
)

// rows collects what is kept of a file, whatever its format.
type rows struct {
	kind   *kind
	file   string
	binary bool                   // an .npz: places are rows of arrays
	keep   func(name string) bool // of the columns that are no keys; nil: all

	columns  []string // of the file
	roles    []role   // of columns
	values   []string // the columns that are kept
	others   []string // those that are not
	rounding []Rounding
	written  []spelling

	keys    blocks[key]
	numbers blocks[float64]
}

// wrong is an Error about the file as a whole.
func (r *rows) wrong(format string, a ...any) error { return r.wrongAt(0, format, a...) }

// wrongAt is an Error about a line or a row, from 1.
func (r *rows) wrongAt(at uint32, format string, a ...any) error {
	e := &Error{File: r.file, Message: fmt.Sprintf(format, a...)}
	if r.binary {
		e.Row = int(at)
	} else {
		e.Line = int(at)
	}
	return e
}

// header takes the names of the columns, which stand at a line if the file is text.
func (r *rows) header(at uint32, names []string) error {
	if err := r.checkNames(at, names); err != nil {
		return err
	}
	for _, name := range names {
		what, isKey := r.kind.keys[name]
		switch {
		case isKey:
		case r.keep != nil && !r.keep(name):
			what, r.others = ignored, append(r.others, name)
		default:
			what, r.values = role(len(r.values)), append(r.values, name)
		}
		r.columns, r.roles = append(r.columns, name), append(r.roles, what)
	}
	switch {
	case len(r.values) > 0:
	case len(r.others) > 0:
		return r.wrongAt(at, "nothing to compare: the other side has none of the columns %s", list(r.others))
	default:
		return r.wrongAt(at, "no observable stands beside %s", list(names))
	}
	r.keys.width, r.numbers.width = 1, len(r.values)
	r.rounding, r.written = make([]Rounding, len(r.values)), make([]spelling, len(r.values))
	return nil
}

func (r *rows) checkNames(at uint32, names []string) error {
	seen := map[string]bool{}
	for i, name := range names {
		switch {
		case name == "":
			return r.wrongAt(at, "column %d has no name (pandas writes its index so; to_csv(…, index=False) does not)",
				i+1)
		case strings.HasPrefix(name, "#"):
			return r.wrongAt(at, `the header begins with # (numpy.savetxt writes it unless told comments="")`)
		case !named(name):
			return r.wrongAt(at, "%s cannot be the name of a column; a header of printable names with commas between them "+
				"is expected", quote(name))
		case seen[name]:
			return r.wrongAt(at, "two columns are called %s", name)
		}
		seen[name] = true
	}
	if r.kind == theoryFile && seen["dim"] && seen["replica"] {
		return r.wrongAt(at, "columns dim and replica belong to runs; a theory file has step and any observables")
	}
	for _, name := range r.kind.required {
		if !seen[name] {
			return r.wrongAt(at, "column %s is missing: a %s file has %s and any observables, this one has %s",
				name, r.kind.name, list(r.kind.required), list(names))
		}
	}
	return nil
}

// add makes place for a row and returns it.
func (r *rows) add(at uint32) (*key, []float64, error) {
	if size := int64(r.keys.rows+1) * int64(16+8*len(r.values)); size > mostBytes || at == math.MaxUint32 {
		return nil, nil, r.wrongAt(at, "more than %d MiB of numbers are kept up to here, which is refused", mostBytes>>20)
	}
	k := &r.keys.add()[0]
	*k = key{at: at}
	return k, r.numbers.add(), nil
}

// setText puts a cell of text into the row that is being read.
func (r *rows) setText(k *key, values []float64, column int, text []byte) error {
	role := r.roles[column]
	if role == ignored {
		return nil
	}
	n, ok := parse(text)
	if !ok {
		return r.notFinite(k.at, column, quote(text))
	}
	if role < 0 {
		return r.setKey(k, column, n.value)
	}
	values[role] = n.value
	r.written[role].add(n)
	return nil
}

func (r *rows) notFinite(at uint32, column int, got string) error {
	return r.wrongAt(at, "%s: a finite number is expected, got %s", r.columns[column], got)
}

// setKey puts a cell of a key column into a row.
func (r *rows) setKey(k *key, column int, value float64) error {
	name, lowest := r.columns[column], 0.0
	if r.roles[column] == dimColumn {
		lowest = 1
	}
	if value != math.Trunc(value) || value < lowest || value > math.MaxInt32 {
		return r.wrongAt(k.at, "%s: a whole number from %g to %d is expected, got %g", name, lowest, math.MaxInt32, value)
	}
	switch r.roles[column] {
	case dimColumn:
		k.dim = int32(value)
	case replicaColumn:
		k.replica = int32(value)
	case stepColumn:
		k.step = int32(value)
	}
	return nil
}

// finish sorts what was read and checks that every run has one row for each of the same steps. It returns where each
// run begins, and the end of the last one.
func (r *rows) finish() (starts []int, err error) {
	if r.keys.rows == 0 {
		return nil, r.wrong("no rows")
	}
	for j, s := range r.written {
		r.rounding[j] = r.rounding[j].with(s.rounding())
	}
	r.sort()
	for i := range r.keys.rows {
		if i == 0 || !r.key(i-1).sameRun(r.key(i)) {
			starts = append(starts, i)
		} else if a, b := r.key(i-1), r.key(i); a.step == b.step {
			return nil, r.wrongAt(max(a.at, b.at), "%s, step %d comes twice, here and at %s %d", r.run(b), b.step,
				r.place(), r.number(min(a.at, b.at)))
		}
	}
	starts = append(starts, r.keys.rows)
	for k := range len(starts) - 1 {
		if err := r.sameSteps(starts, k); err != nil {
			return nil, err
		}
	}
	return starts, nil
}

// sameSteps compares the steps of a run with those of the first one.
func (r *rows) sameSteps(starts []int, k int) error {
	first, run := starts[0], starts[k]
	for i := 0; ; i++ {
		a, b := first+i < starts[1], run+i < starts[k+1]
		switch {
		case !a && !b:
			return nil
		case a && (!b || r.key(first+i).step < r.key(run+i).step):
			return r.lacks(r.key(run), r.key(first+i))
		case b && (!a || r.key(run+i).step < r.key(first+i).step):
			return r.lacks(r.key(first), r.key(run+i))
		}
	}
}

// lacks says that the run of one row does not have the step of another.
func (r *rows) lacks(run, other key) error {
	return r.wrongAt(run.at, "%s, which begins here, has no step %d; %s has it at %s %d: all must have the same steps",
		r.run(run), other.step, r.run(other), r.place(), r.number(other.at))
}

// run names the run of a row.
func (r *rows) run(k key) string {
	switch {
	case r.kind == runsFile:
		return fmt.Sprintf("dim %d, replica %d", k.dim, k.replica)
	case slices.Contains(r.roles, replicaColumn):
		return fmt.Sprintf("replicate %d", k.replica)
	}
	return "the curve"
}

func (r *rows) place() string {
	if r.binary {
		return "row"
	}
	return "line"
}

// number is how a place is written: rows of arrays count from 0.
func (r *rows) number(at uint32) uint32 {
	if r.binary {
		return at - 1
	}
	return at
}

func (r *rows) key(i int) key { return r.keys.row(i)[0] }

// sort puts the rows in the order of their keys, in place: there may be a gigabyte of them.
func (r *rows) sort() {
	sorted := true
	for i := 1; i < r.keys.rows && sorted; i++ {
		sorted = r.key(i-1).compare(r.key(i)) <= 0
	}
	if sorted {
		return
	}
	from := make([]uint32, r.keys.rows) // the row that belongs at each place
	for i := range from {
		from[i] = uint32(i)
	}
	slices.SortFunc(from, func(a, b uint32) int {
		return cmp.Or(r.key(int(a)).compare(r.key(int(b))), cmp.Compare(a, b))
	})
	r.keys.permute(slices.Clone(from))
	r.numbers.permute(from)
}

// blocks hold rows of equal width, as many as come, without ever copying the many to make place for more.
type blocks[T any] struct {
	width, rows int
	data        [][]T
}

const blockRows = 1 << 18

// add appends a row and returns it; its values are the caller's to set.
func (b *blocks[T]) add() []T {
	k := b.rows / blockRows
	if k == len(b.data) {
		var block []T // the first one grows as it must
		if k > 0 {
			block = make([]T, 0, blockRows*b.width)
		}
		b.data = append(b.data, block)
	}
	block := slices.Grow(b.data[k], b.width)
	b.data[k] = block[:len(block)+b.width]
	b.rows++
	return b.data[k][len(block):]
}

func (b *blocks[T]) row(i int) []T {
	i, block := i%blockRows*b.width, b.data[i/blockRows]
	return block[i : i+b.width : i+b.width]
}

// span is rows from to to-1 one after the other. They are copied only where they do not lie so.
func (b *blocks[T]) span(from, to int) []T {
	if k := from / blockRows; k == (to-1)/blockRows {
		i, n := from%blockRows*b.width, (to-from)*b.width
		return b.data[k][i : i+n : i+n]
	}
	out := make([]T, 0, (to-from)*b.width)
	for i := from; i < to; i++ {
		out = append(out, b.row(i)...)
	}
	return out
}

// permute puts row from[i] at i, cycle by cycle, and uses from up.
func (b *blocks[T]) permute(from []uint32) {
	held := make([]T, b.width)
	for start := range from {
		if int(from[start]) == start {
			continue
		}
		copy(held, b.row(start))
		i := start
		for int(from[i]) != start {
			next := int(from[i])
			copy(b.row(i), b.row(next))
			from[i] = uint32(i)
			i = next
		}
		copy(b.row(i), held)
		from[i] = uint32(i)
	}
}

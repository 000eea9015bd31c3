package tables

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"codeberg.org/sbinet/npyio/npy"
)

// An array is an entry of an .npz, which is a zip file of arrays, as its header describes it.
type array struct {
	name    string
	dtype   string // such as <f8
	shape   []int
	fortran bool // the first index runs fastest
	entry   *zip.File
}

// An element is what an array may consist of.
type element struct {
	size int // bytes
	read func(in *npy.Reader, n int, set func(i int, value float64) error) error
}

// elements by dtype without its byte order. Objects, which are pickled programs, are never touched.
var elements = map[string]element{
	"f8": {8, read[float64]}, "f4": {4, read[float32]},
	"i1": {1, read[int8]}, "i2": {2, read[int16]}, "i4": {4, read[int32]}, "i8": {8, read[int64]},
	"u1": {1, read[uint8]}, "u2": {2, read[uint16]}, "u4": {4, read[uint32]}, "u8": {8, read[uint64]},
}

// readArrays lists the arrays of an .npz with the headers of those that are asked for; other entries have a name alone.
func (r *rows) readArrays(source io.ReaderAt, size int64, keep func(name string) bool) ([]*array, error) {
	z, err := zip.NewReader(source, size)
	if err != nil {
		return nil, r.wrong("not an .npz archive, or a damaged one: %v", err)
	}
	var arrays []*array
	seen := map[string]bool{}
	for _, entry := range z.File {
		name, isArray := strings.CutSuffix(entry.Name, ".npy")
		switch {
		case !isArray || !named(name):
			return nil, r.wrong("the entry %s is no array with a name (NAME.npy)", quote(entry.Name))
		case seen[name]:
			return nil, r.wrong("two arrays are called %s", name)
		}
		seen[name] = true
		a := &array{name: name, entry: entry}
		if keep(name) {
			in, err := r.open(a)
			if err != nil {
				return nil, err
			}
			in.Close()
		}
		arrays = append(arrays, a)
	}
	return arrays, nil
}

// An openArray is read from where its data begin.
type openArray struct {
	io.Closer
	buffer *bufio.Reader
	npy    *npy.Reader
}

// open reads an array's header into it.
func (r *rows) open(a *array) (open *openArray, err error) {
	entry, err := a.entry.Open()
	if err != nil {
		return nil, r.wrong("array %s: %v", a.name, err)
	}
	defer func() {
		if err != nil {
			entry.Close()
		}
	}()
	in := &openArray{Closer: entry, buffer: bufio.NewReaderSize(entry, 1<<16)}
	header, err := headerSize(in.buffer)
	if err != nil {
		return nil, r.wrong("array %s: %v", a.name, err)
	}
	if in.npy, err = newNpyReader(in.buffer); err != nil {
		return nil, r.wrong("array %s: its header cannot be read", a.name)
	}
	a.shape, a.fortran = in.npy.Header.Descr.Shape, in.npy.Header.Descr.Fortran
	a.dtype = strings.Trim(in.npy.Header.Descr.Type, "'")
	e, known := elements[a.kind()]
	if !known {
		return nil, r.wrong("array %s: its dtype is %s; a float64, float32 or integer one is expected", a.name,
			quote(a.dtype))
	}
	n, possible := a.entries()
	if size := uint64(header) + uint64(n)*uint64(e.size); !possible || size != a.entry.UncompressedSize64 {
		return nil, r.wrong("array %s: its shape is %v and its data %d bytes, which do not fit together", a.name, a.shape,
			int64(a.entry.UncompressedSize64)-int64(header))
	}
	return in, nil
}

// kind is the dtype without its byte order.
func (a *array) kind() string { return strings.TrimLeft(a.dtype, "<>|=") }

// entries is their number, if the shape is a possible one.
func (a *array) entries() (int, bool) {
	n := 1
	for _, k := range a.shape {
		if k < 0 || k > 1<<40 || n > 1<<40/max(k, 1) {
			return 0, false
		}
		n *= k
	}
	return n, true
}

// headerSize is how long the header of an array is, magic number and all. A header that takes more than half the buffer
// is refused: what there is to say takes a hundred bytes.
func headerSize(in *bufio.Reader) (int, error) {
	start, err := in.Peek(12)
	if err != nil || !bytes.HasPrefix(start, npy.Magic[:]) {
		return 0, fmt.Errorf("it does not begin as NumPy's arrays do")
	}
	size := 10 + int(binary.LittleEndian.Uint16(start[8:]))
	switch start[6] {
	case 1:
	case 2:
		size = 12 + int(min(binary.LittleEndian.Uint32(start[8:]), math.MaxInt32))
	default:
		return 0, fmt.Errorf("version %d of NumPy's format is not known", start[6])
	}
	if size > in.Size()/2 {
		return 0, fmt.Errorf("its header takes %d bytes", size)
	}
	if _, err := in.Peek(size); err != nil {
		return 0, fmt.Errorf("it ends within its header")
	}
	return size, nil
}

// newNpyReader parses a header. The library takes for granted that there is sense in it.
func newNpyReader(in io.Reader) (r *npy.Reader, err error) {
	defer func() {
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return npy.NewReader(in)
}

// readArray passes all entries of an array, in the order in which they lie.
func (r *rows) readArray(a *array, set func(i int, value float64) error) error {
	in, err := r.open(a)
	if err != nil {
		return err
	}
	defer in.Close()
	n, _ := a.entries()
	if err := elements[a.kind()].read(in.npy, n, set); err != nil {
		if _, own := err.(*Error); own {
			return err
		}
		return r.wrong("array %s: %v", a.name, err)
	}
	if _, err := in.buffer.ReadByte(); err != io.EOF { // only now has its checksum been compared
		return r.wrong("array %s: its data are damaged: %v", a.name, err)
	}
	return nil
}

// read passes n numbers to set. Read by the chunk, a lying header cannot ask for more memory than there are data.
func read[T float64 | float32 | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](
	in *npy.Reader, n int, set func(i int, value float64) error) error {
	chunk := make([]T, min(n, 4096))
	for i := 0; i < n; {
		part := chunk[:min(len(chunk), n-i)]
		if err := in.Read(&part); err != nil {
			return err
		}
		for _, v := range part {
			if err := set(i, float64(v)); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

// readColumns reads arrays of one number a row.
func (r *rows) readColumns(arrays []*array) error {
	var names []string
	for _, a := range arrays {
		names = append(names, a.name)
	}
	if err := r.header(0, names); err != nil {
		return err
	}
	var first *array
	for i, a := range arrays {
		if r.roles[i] == ignored {
			continue
		}
		if len(a.shape) != 1 {
			return r.wrong("array %s: its shape is %v; one number a row is expected, such as shape (1000,)", a.name, a.shape)
		}
		if first == nil {
			first = a
		}
		if n := first.shape[0]; a.shape[0] != n {
			return r.wrong("array %s has %d rows, %s %d", a.name, a.shape[0], first.name, n)
		}
	}
	if n := int64(first.shape[0]); n >= math.MaxUint32 || n*int64(16+8*len(r.values)) > mostBytes {
		return r.wrong("%d rows of %d are more than %d MiB of numbers, which is refused", n, len(r.values), mostBytes>>20)
	}
	for i, a := range arrays {
		if r.roles[i] == ignored {
			continue
		}
		if err := r.readColumn(i, a); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) readColumn(column int, a *array) error {
	role := r.roles[column]
	if role >= 0 {
		r.rounding[role].Float32 = a.kind() == "f4"
	}
	return r.readArray(a, func(i int, value float64) error {
		if i == r.keys.rows { // this is the first column
			if _, _, err := r.add(uint32(i + 1)); err != nil {
				return err
			}
		}
		k := &r.keys.row(i)[0]
		switch {
		case math.IsNaN(value) || math.IsInf(value, 0):
			return r.notFinite(k.at, column, fmt.Sprint(value))
		case role < 0:
			return r.setKey(k, column, value)
		}
		r.numbers.row(i)[role] = value
		return nil
	})
}

// kernelNames are those of the arrays that hold two-time functions.
var kernelNames = []string{"C", "R_p", "R_g", "C_se", "R_p_se", "R_g_se"}

// isKernel says that an array is a two-time function and not a column.
func (a *array) isKernel() bool { return slices.Contains(kernelNames, a.name) && len(a.shape) > 1 }

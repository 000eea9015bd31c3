package tables

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// readJSON reads objects with one number a column: one after the other, as in .jsonl, or in one array. All of them have
// the same keys, in any order.
func (r *rows) readJSON(source io.Reader) error {
	in := &lineReader{source: source, left: longestLine}
	d := jsontext.NewDecoder(in)
	array := d.PeekKind() == '['
	if array {
		if _, err := d.ReadToken(); err != nil {
			return r.jsonFailed(d, in, err)
		}
	}
	row := jsonRow{rows: r, decoder: d, in: in}
	for {
		in.left = longestLine
		switch kind := d.PeekKind(); {
		case kind == '{':
			if err := row.read(); err != nil {
				return r.jsonFailed(d, in, err)
			}
		case kind == ']' && array:
			if _, err := d.ReadToken(); err != nil {
				return r.jsonFailed(d, in, err)
			}
			if _, err := d.ReadToken(); err != io.EOF {
				return r.wrongAt(in.line(d.InputOffset()), "the array of rows ends, but the file goes on")
			}
			return nil
		default:
			_, err := d.ReadToken()
			if err == io.EOF && !array {
				return nil
			}
			if err == nil {
				err = r.wrongAt(in.line(d.InputOffset()), "a row such as {\"step\": 0, \"overlap\": 0.2} is expected")
			}
			return r.jsonFailed(d, in, err)
		}
	}
}

// jsonFailed adds the line to an error of the decoder.
func (r *rows) jsonFailed(d *jsontext.Decoder, in *lineReader, err error) error {
	if own := (*Error)(nil); errors.As(err, &own) {
		return err
	}
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errLongRow):
		return r.wrongAt(in.line(d.InputOffset()), "the row is longer than %d MiB", longestLine>>20)
	case in.failure != nil:
		return r.failed(in.line(d.InputOffset()), in.failure)
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return r.wrongAt(in.line(d.InputOffset()), "the file ends within a row or an array")
	case errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName):
		return r.wrongAt(in.line(syntax.ByteOffset+1), "the row has %s twice", quote(syntax.JSONPointer.LastToken()))
	case errors.As(err, &syntax):
		return r.wrongAt(in.line(syntax.ByteOffset+1), "not JSON: %v", syntax.Err)
	}
	return r.wrongAt(in.line(d.InputOffset()), "not JSON: %v", err)
}

// A jsonRow reads one object after the other.
type jsonRow struct {
	rows    *rows
	decoder *jsontext.Decoder
	in      *lineReader
	names   [][]byte // of the columns, quoted as they came in the first row
	seen    []bool
}

func (j *jsonRow) read() error {
	if _, err := j.decoder.ReadToken(); err != nil {
		return err
	}
	at := j.in.line(j.decoder.InputOffset())
	if j.names == nil {
		return j.readFirst(at)
	}
	k, values, err := j.rows.add(at)
	if err != nil {
		return err
	}
	clear(j.seen)
	for i := 0; j.decoder.PeekKind() != '}'; i++ {
		name, err := j.decoder.ReadValue()
		if err != nil {
			return err
		}
		column, err := j.column(at, i, name)
		if err != nil {
			return err
		}
		j.seen[column] = true
		text, err := j.decoder.ReadValue()
		if err != nil {
			return err
		}
		if err := j.rows.setText(k, values, column, text); err != nil {
			return err
		}
	}
	if i := slices.Index(j.seen, false); i >= 0 {
		return j.rows.wrongAt(at, "the row has no %s, which the first one has", j.rows.columns[i])
	}
	_, err = j.decoder.ReadToken()
	return err
}

// column finds a name, which is most often where it was in the first row.
func (j *jsonRow) column(at uint32, i int, name []byte) (int, error) {
	if i < len(j.names) && bytes.Equal(name, j.names[i]) {
		return i, nil
	}
	plain, err := jsontext.AppendUnquote(nil, name)
	if err != nil {
		return 0, err
	}
	column := slices.Index(j.rows.columns, string(plain))
	if column < 0 {
		return 0, j.rows.wrongAt(at, "the row has %s, which the first one has not", quote(plain))
	}
	return column, nil
}

// readFirst reads the row whose keys are the header.
func (j *jsonRow) readFirst(at uint32) error {
	var names []string
	var texts [][]byte
	j.names = [][]byte{}
	for j.decoder.PeekKind() != '}' {
		name, err := j.decoder.ReadValue()
		if err != nil {
			return err
		}
		plain, err := jsontext.AppendUnquote(nil, name)
		if err != nil {
			return err
		}
		names, j.names = append(names, string(plain)), append(j.names, bytes.Clone(name))
		text, err := j.decoder.ReadValue()
		if err != nil {
			return err
		}
		texts = append(texts, bytes.Clone(text))
	}
	if _, err := j.decoder.ReadToken(); err != nil {
		return err
	}
	if err := j.rows.header(at, names); err != nil {
		return err
	}
	j.seen = make([]bool, len(names))
	k, values, err := j.rows.add(at)
	if err != nil {
		return err
	}
	for i, text := range texts {
		if err := j.rows.setText(k, values, i, text); err != nil {
			return err
		}
	}
	return nil
}

var errLongRow = errors.New("the row is too long")

// A lineReader knows the lines of what was read through it, and how much it may still read.
type lineReader struct {
	source  io.Reader
	left    int
	failure error // of source, if not its end

	read     int64   // bytes
	newlines []int64 // offsets of the line ends that line has not passed
	passed   uint32  // number of those it has
}

func (l *lineReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongRow
	}
	n, err := l.source.Read(p)
	for i := 0; i < n; {
		k := bytes.IndexByte(p[i:n], '\n')
		if k < 0 {
			break
		}
		l.newlines = append(l.newlines, l.read+int64(i+k))
		i += k + 1
	}
	l.read += int64(n)
	l.left -= n
	if err != nil && err != io.EOF {
		l.failure = err
	}
	return n, err
}

// line is that of the byte before an offset, from 1. Offsets must not decrease from call to call by more than a line.
func (l *lineReader) line(offset int64) uint32 {
	k := 0
	for k < len(l.newlines) && l.newlines[k] < offset-1 {
		k++
	}
	l.passed += uint32(k)
	l.newlines = l.newlines[k:]
	return l.passed + 1
}

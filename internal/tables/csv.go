package tables

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
)

// longestLine is how long a line of a CSV file, or a row of a JSON one, may be.
const longestLine = 1 << 20

// readCSV reads a header and rows of as many cells. It is made for 10⁷ rows: none takes memory beyond its numbers, and
// only lines with quotes are left to encoding/csv.
func (r *rows) readCSV(source io.Reader) error {
	in := bufio.NewReaderSize(source, longestLine)
	var cells [][]byte
	for at := uint32(1); ; at++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return r.wrongAt(at, "the line is longer than %d MiB", longestLine>>20)
		case err != nil && err != io.EOF:
			return r.failed(at, err)
		case len(line) == 0 && at == 1:
			return r.wrong("the file is empty")
		case len(line) == 0:
			return nil
		}
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) == 0 && at > 1 {
			if _, err := in.Peek(1); err == io.EOF {
				return nil // an empty line may end the file
			}
			return r.wrongAt(at, "the line is empty")
		}
		if at == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // some editors begin UTF-8 so
		}
		if cells, err = split(cells[:0], line); err != nil {
			return r.wrongAt(at, "the quotes do not fit together: %s", quote(line))
		}
		if at == 1 {
			err = r.csvHeader(cells)
		} else {
			err = r.csvRow(at, cells)
		}
		if err != nil {
			return err
		}
	}
}

// split appends the cells of a line.
func split(cells [][]byte, line []byte) ([][]byte, error) {
	if bytes.IndexByte(line, '"') >= 0 {
		fields, err := csv.NewReader(bytes.NewReader(line)).Read()
		for _, f := range fields {
			cells = append(cells, []byte(f))
		}
		return cells, err
	}
	for {
		i := bytes.IndexByte(line, ',')
		if i < 0 {
			return append(cells, line), nil
		}
		cells, line = append(cells, line[:i]), line[i+1:]
	}
}

func (r *rows) csvHeader(cells [][]byte) error {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = string(bytes.TrimSpace(c))
	}
	return r.header(1, names)
}

func (r *rows) csvRow(at uint32, cells [][]byte) error {
	if len(cells) != len(r.columns) {
		return r.wrongAt(at, "the row has %d cells, the header %d", len(cells), len(r.columns))
	}
	k, values, err := r.add(at)
	if err != nil {
		return err
	}
	for i, cell := range cells {
		if err := r.setText(k, values, i, bytes.TrimSpace(cell)); err != nil {
			return err
		}
	}
	return nil
}

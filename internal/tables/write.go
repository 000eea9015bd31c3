package tables

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"codeberg.org/sbinet/npyio/npz"
)

// A Writer writes rows under the names of columns: as CSV with a header, as one JSON object a line, or as an .npz with
// one array a column. Text has numbers in the shortest form that reads back to the same bits.
type Writer struct {
	w       *bufio.Writer
	format  string
	columns []string
	line    []byte
	arrays  []any // of an .npz: []string, []int64 or []float64
}

// NewWriter begins a table. The format is csv, json or npz.
func NewWriter(w io.Writer, format string, columns ...string) *Writer {
	t := &Writer{w: bufio.NewWriter(w), format: format, columns: columns, arrays: make([]any, len(columns))}
	if format == "csv" {
		for i, name := range columns {
			if i > 0 {
				t.line = append(t.line, ',')
			}
			t.line = t.appendString(name)
		}
		t.w.Write(append(t.line, '\n'))
	}
	return t
}

// Row takes one cell a column: a string, an int or a float64, always the same in a column. An error of writing stays and
// is returned by Flush and Close.
func (t *Writer) Row(cells ...any) {
	if t.format == "npz" {
		t.keep(cells)
		return
	}
	t.line = t.line[:0]
	if t.format == "json" {
		t.line = append(t.line, '{')
	}
	for i, c := range cells {
		if i > 0 {
			t.line = append(t.line, ',')
		}
		if t.format == "json" {
			t.line = append(t.appendString(t.columns[i]), ':')
		}
		switch c := c.(type) {
		case string:
			t.line = t.appendString(c)
		case int:
			t.line = strconv.AppendInt(t.line, int64(c), 10)
		case float64:
			if t.format == "json" && (math.IsNaN(c) || math.IsInf(c, 0)) {
				t.line = append(t.line, "null"...)
			} else {
				t.line = strconv.AppendFloat(t.line, c, 'g', -1, 64)
			}
		default:
			panic(fmt.Sprintf("tables: a cell of type %T", c))
		}
	}
	if t.format == "json" {
		t.line = append(t.line, '}')
	}
	t.w.Write(append(t.line, '\n'))
}

func (t *Writer) appendString(s string) []byte {
	if t.format == "json" {
		quoted, _ := json.Marshal(s) // a string always can be
		return append(t.line, quoted...)
	}
	if strings.ContainsAny(s, ",\"\r\n") {
		return append(append(append(t.line, '"'), strings.ReplaceAll(s, `"`, `""`)...), '"')
	}
	return append(t.line, s...)
}

// keep adds a row to the arrays.
func (t *Writer) keep(cells []any) {
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			array, _ := t.arrays[i].([]string)
			t.arrays[i] = append(array, c)
		case int:
			array, _ := t.arrays[i].([]int64)
			t.arrays[i] = append(array, int64(c))
		case float64:
			array, _ := t.arrays[i].([]float64)
			t.arrays[i] = append(array, c)
		default:
			panic(fmt.Sprintf("tables: a cell of type %T", c))
		}
	}
}

// Flush writes out the rows so far, where the format allows that.
func (t *Writer) Flush() error { return t.w.Flush() }

// Close ends the table. An .npz is written only now: its arrays know their length in front.
func (t *Writer) Close() error {
	if t.format == "npz" {
		archive := npz.NewWriter(t.w)
		for i, name := range t.columns {
			if t.arrays[i] == nil {
				return errors.New("there are no rows, so that the arrays have no type")
			}
			if err := archive.Write(name+".npy", t.arrays[i]); err != nil {
				return err
			}
		}
		if err := archive.Close(); err != nil {
			return err
		}
	}
	return t.w.Flush()
}

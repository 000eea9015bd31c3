package main

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
)

// A table writes rows as CSV with a header, or as one JSON object a line. Numbers are written in the shortest form
// that reads back to the same bits.
type table struct {
	w       *bufio.Writer
	json    bool
	columns []string
	line    []byte
}

func newTable(w io.Writer, format string, columns ...string) *table {
	t := &table{w: bufio.NewWriter(w), json: format == "json", columns: columns}
	if !t.json {
		t.w.WriteString(strings.Join(columns, ",") + "\n")
	}
	return t
}

// row takes one cell a column: a string, an int or a float64. An error stays and is returned by flush.
func (t *table) row(cells ...any) {
	t.line = t.line[:0]
	if t.json {
		t.line = append(t.line, '{')
	}
	for i, c := range cells {
		if i > 0 {
			t.line = append(t.line, ',')
		}
		if t.json {
			t.line = append(t.appendString(t.columns[i]), ':')
		}
		switch c := c.(type) {
		case string:
			t.line = t.appendString(c)
		case int:
			t.line = strconv.AppendInt(t.line, int64(c), 10)
		case float64:
			if t.json && (math.IsNaN(c) || math.IsInf(c, 0)) {
				t.line = append(t.line, "null"...)
			} else {
				t.line = strconv.AppendFloat(t.line, c, 'g', -1, 64)
			}
		}
	}
	if t.json {
		t.line = append(t.line, '}')
	}
	t.w.Write(append(t.line, '\n'))
}

func (t *table) appendString(s string) []byte {
	if t.json {
		quoted, _ := json.Marshal(s) // a string always can be
		return append(t.line, quoted...)
	}
	return append(t.line, s...)
}

func (t *table) flush() error { return t.w.Flush() }

package reports

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"strings"

	"limitcheck/internal/tables"
)

// arrays is a file's CSV as .npz, one array a column: whole numbers, numbers (an empty cell is NaN) or text. A table
// without rows has none.
func (f file) arrays() ([]file, error) {
	rows, err := csv.NewReader(bytes.NewReader(f.data)).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, err
	}
	var b bytes.Buffer
	t := tables.NewWriter(&b, "npz", rows[0]...)
	columns := make([][]any, len(rows[0]))
	for j := range columns {
		columns[j] = column(rows[1:], j)
	}
	cells := make([]any, len(columns))
	for i := range rows[1:] {
		for j := range columns {
			cells[j] = columns[j][i]
		}
		t.Row(cells...)
	}
	err = t.Close()
	return []file{{strings.TrimSuffix(f.path, ".csv") + ".npz", b.Bytes()}}, err
}

// column j as cells of one type.
func column(rows [][]string, j int) []any {
	whole, number := make([]any, len(rows)), make([]any, len(rows))
	text := make([]any, len(rows))
	for i, row := range rows {
		text[i] = row[j]
		if n, err := strconv.Atoi(row[j]); err == nil && whole != nil {
			whole[i] = n
		} else {
			whole = nil
		}
		x, err := strconv.ParseFloat(row[j], 64)
		switch {
		case row[j] == "":
			x = math.NaN()
		case err != nil:
			number = nil
		}
		if number != nil {
			number[i] = x
		}
	}
	switch {
	case whole != nil:
		return whole
	case number != nil:
		return number
	}
	return text
}

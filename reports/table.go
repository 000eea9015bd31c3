package reports

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A table is built first and rendered afterwards. Cells are Markdown.
type table struct {
	header []string
	right  []bool // columns of numbers, aligned to the right
	rows   [][]string
}

// newTable takes the header; a column whose name begins with ">" is aligned to the right.
func newTable(header ...string) *table {
	t := &table{}
	for _, h := range header {
		name, right := strings.CutPrefix(h, ">")
		t.header, t.right = append(t.header, name), append(t.right, right)
	}
	return t
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String renders the table so that it can be read as plain text too.
func (t *table) String() string {
	if t == nil || len(t.rows) == 0 {
		return ""
	}
	width := make([]int, len(t.header))
	for _, row := range append([][]string{t.header}, t.rows...) {
		for j, cell := range row {
			width[j] = max(width[j], 3, utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	write := func(row []string) {
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if t.right[j] {
				cell = pad + cell
			} else {
				cell += pad
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
	}
	write(t.header)
	for j, w := range width {
		rule := strings.Repeat("-", w+1)
		if t.right[j] {
			b.WriteString("|" + rule + ":")
		} else {
			b.WriteString("| " + rule)
		}
	}
	b.WriteString("|\n")
	for _, row := range t.rows {
		write(row)
	}
	return b.String()
}

// number writes x with the given significant digits, as one would in a paper: 0.0012, 3.4e-7.
func number(x float64, digits int) string {
	switch {
	case math.IsNaN(x):
		return "—"
	case math.IsInf(x, 0):
		return "∞"
	case x == 0:
		return "0"
	}
	if a := math.Abs(x); a < 1e-4 || a >= 1e6 {
		s := strconv.FormatFloat(x, 'e', digits-1, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		e, _ := strconv.Atoi(exponent)
		return minus(mantissa) + "e" + minus(strconv.Itoa(e))
	}
	decimals := digits - 1 - int(math.Floor(math.Log10(math.Abs(x))))
	return minus(strconv.FormatFloat(x, 'f', max(decimals, 0), 64))
}

// minus writes a true minus sign: a hyphen may be broken over two lines.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

func fixed(x float64, decimals int) string {
	if math.IsNaN(x) {
		return "—"
	}
	return minus(strconv.FormatFloat(x, 'f', decimals, 64))
}

func pValue(p float64) string {
	switch {
	case math.IsNaN(p):
		return "—"
	case p < 0.0001:
		return "< 0.0001"
	case p < 0.1:
		return number(p, 2)
	}
	return fixed(p, 2)
}

// pEquals is "p = …" or "p < …".
func pEquals(p float64) string {
	s := pValue(p)
	if strings.HasPrefix(s, "<") {
		return "p " + s
	}
	return "p = " + s
}

func percent(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "—"
	}
	return strings.TrimSuffix(number(100*x, 2), ".0") + " %"
}

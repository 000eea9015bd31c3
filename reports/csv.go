package reports

import (
	"bytes"
	"strconv"

	"limitcheck/compare"
)

// field writes nine digits: far below any standard error here, and half the size of all seventeen.
func field(b *bytes.Buffer, x float64) {
	b.WriteByte(',')
	b.WriteString(strconv.FormatFloat(x, 'g', 9, 64))
}

// fields writes a value and its standard error.
func fields(b *bytes.Buffer, c compare.Curve, t, j int) {
	field(b, c.Value[t][j])
	field(b, c.SE[t][j])
}

package tables

import (
	"math"
	"strconv"
)

// A Rounding says how exactly the numbers of a column were written. The zero value means exactly.
type Rounding struct {
	// Of decimal text: the most digits after the point of any entry (less its exponent; negative for 12e3), and the most
	// significant digits, at least 1. Digits is 0 if the column is not text, or holds whole numbers only.
	Decimals, Digits int
	Float32          bool // the numbers, or some of them, were float32
}

// Unit is the unit in which the entry x of the column was written: the number that was meant is within half of it. It is
// the larger of 10^-Decimals and of what x's own last digit is worth when written with Digits digits, so that 0.35 among
// numbers of six digits is exact to six digits, not to two. Of a float32 it is the distance
// to the next one.
func (r Rounding) Unit(x float64) float64 {
	unit := 0.0
	if r.Digits > 0 {
		unit = math.Pow10(-r.Decimals)
		if x != 0 {
			unit = max(unit, math.Pow10(exponent(x)+1-r.Digits))
		}
	}
	if r.Float32 {
		const lowest = -125 // exponent, as Frexp has it, of the smallest number that is not denormal
		_, e := math.Frexp(x)
		if x == 0 {
			e = lowest
		}
		unit = max(unit, math.Ldexp(1, max(e, lowest)-24))
	}
	return unit
}

// exponent is that of the first significant digit of x ≠ 0: 2 for 350, -1 for 0.35.
func exponent(x float64) int {
	x = math.Abs(x)
	e := int(math.Floor(math.Log10(x))) // may be off by one next to a power of ten
	switch {
	case math.Pow10(e) > x:
		e--
	case math.Pow10(e+1) <= x:
		e++
	}
	return e
}

// with is the rounding of a column of which part was written so and part so: the coarser of the two everywhere.
func (r Rounding) with(o Rounding) Rounding {
	switch {
	case r.Digits == 0:
		r.Decimals, r.Digits = o.Decimals, o.Digits
	case o.Digits != 0:
		r.Decimals, r.Digits = min(r.Decimals, o.Decimals), min(r.Digits, o.Digits)
	}
	r.Float32 = r.Float32 || o.Float32
	return r
}

// A number is one that was read as decimal text.
type number struct {
	value    float64
	decimals int  // of its last digit: 2 for 0.35, -3 for 12e3
	digits   int  // significant ones, with trailing zeros; 0 for a zero
	whole    bool // written without a point and without an exponent
}

// parse reads a finite decimal number, such as -1.5e-3. Nothing else is a number here: no NaN, no hexadecimal, no
// underscores.
func parse(text []byte) (n number, ok bool) {
	n.whole = true
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	point, figures := -1, 0
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			figures++
			if n.digits > 0 || c != '0' {
				n.digits++
			}
			continue
		case c == '.' && point < 0:
			point = i
			continue
		}
		break
	}
	if figures == 0 {
		return n, false
	}
	if point >= 0 {
		n.whole = false
		n.decimals = i - point - 1
	}
	if i < len(text) {
		e, ok := parseExponent(text[i:])
		if !ok {
			return n, false
		}
		n.whole = false
		n.decimals -= e
	}
	var err error // out of range
	n.value, err = strconv.ParseFloat(string(text), 64)
	return n, err == nil
}

// parseExponent reads e-3. What is beyond any float64 is cut.
func parseExponent(text []byte) (e int, ok bool) {
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	text, sign := text[1:], 1
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		e = min(10*e+int(c-'0'), 1e6)
	}
	return sign * e, len(text) > 0
}

// A spelling gathers how the numbers of a column are written.
type spelling struct {
	decimals, digits int
	some, fraction   bool // any at all; any that is not written as a whole number
}

func (s *spelling) add(n number) {
	if !s.some || n.decimals > s.decimals {
		s.decimals = n.decimals
	}
	s.digits = max(s.digits, n.digits)
	s.some = true
	s.fraction = s.fraction || !n.whole
}

// rounding is that of a column written so. Whole numbers are counts, and exact.
func (s spelling) rounding() Rounding {
	if !s.fraction {
		return Rounding{}
	}
	return Rounding{Decimals: s.decimals, Digits: max(s.digits, 1)}
}

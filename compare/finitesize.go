package compare

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// correction fits the correction to the limit. With the value at d = ∞ held at the theory, as it should be unless the theory
// is rejected, it is several times sharper than the one fitted along with a free value.
func (a *analysis) correction(anchored bool) (Correction, error) {
	from, points := a.start[a.model.first], a.points()
	if a.model.order == 0 {
		zero := Curve{a.curve(make([]float64, points)), a.curve(make([]float64, points))}
		return Correction{First: zero, Second: zero}, nil
	}
	m, f, columns, shift := a.model, a.model.fit, 1, []float64(nil)
	if anchored {
		var err error
		delta := a.delta.Slice(from, a.rows(), 0, points)
		if f, err = regress(m.columns[1:], a.weight[from:], delta); err != nil {
			return Correction{}, err
		}
		columns = 0
		// How the coefficients answer to an error of the theory: fit the constant 1.
		ones := mat.NewDense(a.rows()-from, 1, nil)
		for i := range a.rows() - from {
			ones.Set(i, 0, 1)
		}
		unit, err := regress(m.columns[1:], a.weight[from:], ones)
		if err != nil {
			return Correction{}, err
		}
		shift = mat.Col(nil, 0, unit.coef)
	}
	// The columns are powers of d_1/d, the coefficients reported those of 1/d.
	coefficient := func(k int) Curve {
		value, se := make([]float64, points), make([]float64, points)
		if k > m.order {
			return Curve{a.curve(value), a.curve(se)}
		}
		unit := math.Pow(a.dim[0], float64(k))
		for j := range points {
			value[j], se[j] = unit*f.coef.At(columns+k-1, j), f.standardError(columns+k-1, j)
			if shift != nil {
				se[j] = math.Hypot(se[j], shift[k-1]*a.theory.se[j])
			}
			se[j] *= unit
		}
		return Curve{a.curve(value), a.curve(se)}
	}
	c := Correction{First: coefficient(1), Second: coefficient(2), Anchored: anchored}
	if m.order > 1 {
		c.Correlation = f.cov.At(columns, columns+1) / math.Sqrt(f.cov.At(columns, columns)*f.cov.At(columns+1, columns+1))
	}
	return c, nil
}

// At returns the correction at dimension d. Below the smallest simulated d it is an extrapolation.
func (c *Correction) At(d float64) Curve {
	var at Curve
	for t, row := range c.First.Value {
		v, s := make([]float64, len(row)), make([]float64, len(row))
		for o := range v {
			v[o], s[o] = c.at(t, o, d)
		}
		at.Value, at.SE = append(at.Value, v), append(at.SE, s)
	}
	return at
}

func (c *Correction) at(t, o int, d float64) (value, se float64) {
	a, b := c.First.SE[t][o]/d, c.Second.SE[t][o]/d/d
	return c.First.Value[t][o]/d + c.Second.Value[t][o]/d/d, math.Sqrt(max(0, a*a+b*b+2*c.Correlation*a*b))
}

// usableFrom is the smallest d beyond which |correction| ≤ allowed at all steps; the interval's ends use the correction
// plus and minus its simultaneous band.
func (c *Comparison) usableFrom(o int, allowed float64) Interval {
	from := func(band float64) float64 {
		exceeds := func(d float64) bool {
			for t := range c.Correction.First.Value {
				if v, se := c.Correction.at(t, o, d); math.Abs(v)+band*se > allowed {
					return true
				}
			}
			return false
		}
		return c.lastAbove(exceeds)
	}
	return Interval{Estimate: from(0), Low: from(-c.Critical), High: from(c.Critical)}
}

// lastAbove is the d at which exceeds last turns false, to 0.1 %, at least the smallest simulated d; beyond 10¹⁵ times
// that it gives up and returns the end.
func (c *Comparison) lastAbove(exceeds func(d float64) bool) float64 {
	const step = 1.05
	lowest := float64(c.Dims[0])
	d := lowest * 1e15
	if exceeds(d) {
		return d
	}
	for d > lowest && !exceeds(d/step) {
		d /= step
	}
	if d <= lowest {
		return lowest
	}
	low, high := d/step, d
	for high/low > 1.001 {
		if middle := math.Sqrt(low * high); exceeds(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return max(high, lowest)
}

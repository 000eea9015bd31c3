package compare

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// finiteSize fills the correction to the limit. Unless the theory is rejected the value at d = ∞ is held at it, which
// makes the correction several times sharper than the one fitted along with a free value.
func (a *analysis) finiteSize(c *Comparison) error {
	from, points := a.start[a.model.first], a.points()
	m, f, columns, shift := a.model, a.model.fit, 1, []float64(nil)
	if c.Anchored = c.Verdict != Disagrees; c.Anchored {
		var err error
		delta := a.delta.Slice(from, a.rows(), 0, points)
		if f, err = regress(m.columns[1:], a.dim[from:], delta); err != nil {
			return err
		}
		columns = 0
		// How the coefficients answer to an error of the theory: fit the constant 1.
		ones := mat.NewDense(a.rows()-from, 1, nil)
		for i := range a.rows() - from {
			ones.Set(i, 0, 1)
		}
		unit, err := regress(m.columns[1:], a.dim[from:], ones)
		if err != nil {
			return err
		}
		shift = mat.Col(nil, 0, unit.coef)
	}
	// The columns are powers of d_1/d, the coefficients reported those of 1/d.
	coefficient := func(k int) (value, se []float64) {
		value, se = make([]float64, points), make([]float64, points)
		if k > m.order {
			return value, se
		}
		unit := math.Pow(a.dim[0], float64(k))
		for j := range points {
			value[j], se[j] = unit*f.coef.At(columns+k-1, j), f.standardError(columns+k-1, j)
			if shift != nil {
				se[j] = math.Hypot(se[j], shift[k-1]*a.theory.se[j])
			}
			se[j] *= unit
		}
		return value, se
	}
	first, firstSE := coefficient(1)
	second, secondSE := coefficient(2)
	c.Correction, c.CorrectionSE, c.Curvature, c.CurvatureSE = a.curve(first), a.curve(firstSE), a.curve(second), a.curve(secondSE)
	if m.order > 1 {
		c.Correlation = f.cov.At(columns, columns+1) / math.Sqrt(f.cov.At(columns, columns)*f.cov.At(columns+1, columns+1))
	}
	if c.Anchored {
		for o, name := range a.observables {
			c.UsableFrom = append(c.UsableFrom, UsableDim{name, a.set.Tolerance, c.usableFrom(o, a.set.Tolerance*a.scale[o])})
		}
	}
	return nil
}

// FiniteSize returns the correction that turns the limit into the mean at dimension d, a(t)/d + b(t)/d², with its
// standard error, [t][observable]. Below the smallest simulated d it is an extrapolation.
func (c *Comparison) FiniteSize(d float64) (correction, se [][]float64) {
	for t := range c.Correction {
		v, s := make([]float64, len(c.Observables)), make([]float64, len(c.Observables))
		for o := range v {
			v[o], s[o] = c.finiteSizeAt(t, o, d)
		}
		correction, se = append(correction, v), append(se, s)
	}
	return correction, se
}

func (c *Comparison) finiteSizeAt(t, o int, d float64) (value, se float64) {
	a, b := c.CorrectionSE[t][o]/d, c.CurvatureSE[t][o]/d/d
	return c.Correction[t][o]/d + c.Curvature[t][o]/d/d, math.Sqrt(max(0, a*a+b*b+2*c.Correlation*a*b))
}

// usableFrom is the smallest d beyond which |correction| ≤ allowed at all steps; the interval's ends use the correction
// plus and minus its simultaneous band.
func (c *Comparison) usableFrom(o int, allowed float64) Interval {
	from := func(band float64) float64 {
		exceeds := func(d float64) bool {
			for t := range c.Correction {
				if v, se := c.finiteSizeAt(t, o, d); math.Abs(v)+band*se > allowed {
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

package montecarlo

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"limitcheck/scenarios"
)

// A root is Σ^{1/2} on d coordinates: nothing, a factor for each coordinate, or a filter on the ring. It is not safe for
// concurrent use.
type root struct {
	factors    []float64 // of a diagonal covariance; nil otherwise
	multiplier []float64 // of a filter: real, one for each frequency 0 … d/2; nil otherwise
	fft        *fourier.FFT
	spectrum   []complex128
	trace      float64 // tr Σ / d
}

// rootOf is Σ^{1/2} of the scenario; a file's rows have theirs.
func rootOf(s *scenarios.Scenario, d int) *root {
	if s.Data.Features != "" {
		return &root{trace: 1}
	}
	return newRoot(s.Data.Covariance, d)
}

// newRoot builds Σ^{1/2}. Coordinate i of a diagonal Σ has the eigenvalue at level (i+1/2)/d, all of them scaled by
// 1 + O(1/d) so that tr Σ/d is exactly what it is in the limit; otherwise frequency
// 2πj/d has eigenvalue Density(2πj/d).
func newRoot(c scenarios.Covariance, d int) *root {
	switch {
	case c.Identity():
		return &root{trace: 1}
	case c.Diagonal():
		r := &root{factors: make([]float64, d)}
		for i := range r.factors {
			r.factors[i] = c.Quantile((float64(i) + 0.5) / float64(d))
			r.trace += r.factors[i] / float64(d)
		}
		// Where the law of the eigenvalues is no polynomial of the level, as at the edges of a Marchenko–Pastur law, the
		// trace is off by a fractional power of 1/d that no expansion would catch.
		mean := 0.0
		values, weights := c.Nodes()
		for i, v := range values {
			mean += weights[i] * v
		}
		for i, x := range r.factors {
			r.factors[i] = math.Sqrt(x * mean / r.trace)
		}
		r.trace = mean
		return r
	}
	r := &root{
		multiplier: make([]float64, d/2+1),
		fft:        fourier.NewFFT(d),
		spectrum:   make([]complex128, d/2+1),
	}
	for j := range r.multiplier {
		x := c.Density(2 * math.Pi * float64(j) / float64(d))
		r.multiplier[j] = math.Sqrt(x)
		if j == 0 || 2*j == d {
			r.trace += x / float64(d)
		} else {
			r.trace += 2 * x / float64(d) // frequency d-j has the same
		}
	}
	return r
}

func (r *root) identity() bool { return r.factors == nil && r.multiplier == nil }

// apply writes scale·Σ^{1/2} x into dst, which may be x.
func (r *root) apply(dst []float64, scale float64, x []float64) {
	switch {
	case r.multiplier != nil:
		r.fft.Coefficients(r.spectrum, x)
		scale /= float64(len(x)) // the transform is not normalised
		for j, m := range r.multiplier {
			r.spectrum[j] *= complex(scale*m, 0)
		}
		r.fft.Sequence(dst, r.spectrum)
	case r.factors != nil:
		for i, f := range r.factors {
			dst[i] = scale * f * x[i]
		}
	default:
		for i, v := range x {
			dst[i] = scale * v
		}
	}
}

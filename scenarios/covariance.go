package scenarios

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// A Covariance is Σ, given by its spectrum. Quantile is the eigenvalue at level u in (0,1), so that coordinate i of d
// has eigenvalue Quantile((i+1/2)/d), up to a common factor that makes the trace that of the limit; Nodes is a
// quadrature of the same law (weights sum to 1; exact for a discrete spectrum).
//
// Diagonal reports whether Σ is diagonal in the coordinates that an entry-wise method sees. If not, Σ is stationary on
// a ring of d coordinates with spectral density Density(θ), θ = 2πj/d, and Σ^{1/2} is the filter with multiplier
// sqrt(Density).
type Covariance interface {
	Quantile(u float64) float64
	Nodes() (values, weights []float64)
	Diagonal() bool
	Density(theta float64) float64
	Identity() bool
}

// covariances are the covariances a scenario file can name.
var covariances = spec.Registry[Covariance]{
	What: "covariance",
	New: map[string]func() Covariance{
		"identity":         func() Covariance { return identityCovariance{} },
		"values":           func() Covariance { return new(discrete) },
		"power_law":        func() Covariance { return &powerLaw{offset: 0.05} },
		"marchenko_pastur": func() Covariance { return new(marchenkoPastur) },
		"ar1":              func() Covariance { return new(ar1) },
	},
}

// spectrumNodes is the number of quadrature nodes of a continuous spectrum: polynomials in the eigenvalue of degree
// 2·spectrumNodes-1, which is what T steps of a linear method produce, are integrated exactly or to rounding.
const spectrumNodes = 64

// diagonal is what the covariances that are diagonal share.
type diagonal struct{}

func (diagonal) Diagonal() bool { return true }
func (diagonal) Identity() bool { return false }

// Density is not defined for a diagonal covariance; NaN makes a misuse visible.
func (diagonal) Density(float64) float64 { return math.NaN() }

type identityCovariance struct{}

func (identityCovariance) Quantile(float64) float64           { return 1 }
func (identityCovariance) Nodes() (values, weights []float64) { return []float64{1}, []float64{1} }
func (identityCovariance) Diagonal() bool                     { return true }
func (identityCovariance) Density(float64) float64            { return 1 }
func (identityCovariance) Identity() bool                     { return true }
func (identityCovariance) Formula() string                    { return "$\\Sigma = I$" }

// discrete is a spectrum of a few values with weights.
type discrete struct {
	diagonal
	values, weights []float64
}

func (c *discrete) Quantile(u float64) float64 {
	for i, w := range c.weights {
		if u -= w; u < 0 {
			return c.values[i]
		}
	}
	return c.values[len(c.values)-1]
}

func (c *discrete) Nodes() (values, weights []float64) { return c.values, c.weights }

func (c *discrete) Formula() string {
	return "The eigenvalues of $\\Sigma$ are " + markdown.Numbers(c.values) + " in the proportions " +
		markdown.Numbers(c.weights)
}

func (c *discrete) Keys() spec.Keys {
	return spec.Keys{
		{Name: "values", Value: spec.Numbers(&c.values, spec.Positive)},
		{Name: "weights", Value: spec.Probabilities(&c.weights, &c.values)},
	}
}

// powerLaw has the eigenvalues (u+offset)^(-exponent), u in (0,1) counted from the largest, scaled to mean 1. It is the
// law i^(-exponent), i = 1…d, of a long-range spectrum, with the offset keeping the top bounded as d grows.
type powerLaw struct {
	diagonal
	exponent, offset float64
}

func (c *powerLaw) Quantile(u float64) float64 {
	return math.Pow(u+c.offset, -c.exponent) / c.mean()
}

// mean is ∫₀¹ (u+offset)^(-exponent) du.
func (c *powerLaw) mean() float64 {
	ratio := math.Log1p(1 / c.offset)
	a := 1 - c.exponent
	if math.Abs(a*ratio) < 1e-8 {
		return math.Pow(c.offset, a) * ratio
	}
	return math.Pow(c.offset, a) * math.Expm1(a*ratio) / a
}

// Nodes is Gauss-Legendre in s, u + offset = offset·(1+1/offset)^s, where every moment is the integral of an exponential.
// Twice as many as elsewhere, and sixteen for each factor e between the eigenvalues: a run at the edge of stability weighs
// the largest by powers of all its steps.
func (c *powerLaw) Nodes() (values, weights []float64) {
	ratio := math.Log1p(1 / c.offset)
	n := max(2*spectrumNodes, int(math.Ceil(16*c.exponent*ratio)))
	values, weights = make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(values, weights, 0, 1)
	for i, s := range values {
		shifted := c.offset * math.Exp(s*ratio)
		values[i] = c.Quantile(shifted - c.offset)
		weights[i] *= shifted * ratio
	}
	return values, weights
}

func (c *powerLaw) Formula() string {
	return "The eigenvalues of $\\Sigma$ follow a power law, $\\lambda(u) \\propto (u + " + markdown.Number(c.offset) +
		")^{-" + markdown.Number(c.exponent) + "}$ for $u$ in (0, 1)"
}

func (c *powerLaw) Keys() spec.Keys {
	return spec.Keys{
		{Name: "power_law", Value: spec.Number(&c.exponent, spec.In("(0, 4]", "the exponent"))},
		{Name: "offset", Value: spec.Number(&c.offset, spec.In("[0.001, 10]"))},
	}
}

// marchenkoPastur is the spectrum of a sample covariance matrix with ratio = dimensions/samples < 1; its mean is 1.
type marchenkoPastur struct {
	diagonal
	ratio float64
}

// Quantile inverts the distribution function in the angle φ, λ = 1+γ-2√γ cos φ, by Newton steps kept inside a bracket:
// dF = 2 sin²φ/(πλ) dφ.
func (c *marchenkoPastur) Quantile(u float64) float64 {
	g, root := c.ratio, math.Sqrt(c.ratio)
	low, high, phi := 0.0, math.Pi, math.Pi/2
	eigenvalue := func(phi float64) float64 {
		s := math.Sin(phi / 2)
		return (1-root)*(1-root) + 4*root*s*s
	}
	for range 100 {
		s, c := math.Sincos(phi / 2)
		f := (2*s*c/root+(1+g)*phi/(2*g)-(1-g)/g*math.Atan2((1+root)*s, (1-root)*c))/math.Pi - u
		if f < 0 {
			low = phi
		} else {
			high = phi
		}
		next := phi - f*math.Pi*eigenvalue(phi)/(8*s*s*c*c)
		if !(next > low && next < high) {
			next = (low + high) / 2
		}
		if math.Abs(next-phi) < 1e-14 {
			break
		}
		phi = next
	}
	return eigenvalue(phi)
}

// Nodes is the law's own Gauss quadrature: its orthogonal polynomials have the Jacobi matrix with diagonal 1, 1+γ, 1+γ, …
// and off-diagonal √γ (Golub and Welsch 1969).
func (c *marchenkoPastur) Nodes() (values, weights []float64) {
	jacobi := mat.NewSymDense(spectrumNodes, nil)
	for i := range spectrumNodes {
		jacobi.SetSym(i, i, 1+c.ratio)
		if i > 0 {
			jacobi.SetSym(i-1, i, math.Sqrt(c.ratio))
		}
	}
	jacobi.SetSym(0, 0, 1)
	var eigen mat.EigenSym
	if !eigen.Factorize(jacobi, true) {
		panic("scenarios: eigenvalues of a tridiagonal matrix did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	weights = make([]float64, spectrumNodes)
	for i := range weights {
		weights[i] = vectors.At(0, i) * vectors.At(0, i)
	}
	return eigen.Values(nil), weights
}

func (c *marchenkoPastur) Formula() string {
	return "The eigenvalues of $\\Sigma$ follow the Marchenko–Pastur law of ratio " + markdown.Number(c.ratio)
}

func (c *marchenkoPastur) Keys() spec.Keys {
	return spec.Keys{
		{Name: "marchenko_pastur", Value: spec.Number(&c.ratio, spec.In("[0.001, 0.99]", "dimensions per sample"))},
	}
}

// ar1 is Σ_ij = phi^|i-j| on a ring, which is not diagonal: the spectral density is (1-φ²)/(1-2φ cos θ+φ²).
type ar1 struct{ phi float64 }

func (c *ar1) Quantile(u float64) float64 { return c.Density(math.Pi * u) }
func (c *ar1) Diagonal() bool             { return false }
func (c *ar1) Identity() bool             { return false }

func (c *ar1) Density(theta float64) float64 {
	s := math.Sin(theta / 2)
	return (1 - c.phi*c.phi) / ((1-c.phi)*(1-c.phi) + 4*c.phi*s*s)
}

// Nodes is the midpoint rule in θ, which converges geometrically for a periodic analytic density. The error of the mean is
// |φ|^(2·nodes); the square root of that is left for the high moments, whose poles are of high order.
func (c *ar1) Nodes() (values, weights []float64) {
	n := max(spectrumNodes, int(math.Ceil(-40/math.Log(math.Abs(c.phi)))))
	values, weights = make([]float64, n), make([]float64, n)
	for i := range values {
		values[i], weights[i] = c.Quantile((float64(i)+0.5)/float64(n)), 1/float64(n)
	}
	return values, weights
}

func (c *ar1) Formula() string {
	return "$\\Sigma_{ij} = \\varphi^{\\lvert i-j \\rvert}$ with $\\varphi = " + markdown.Number(c.phi) +
		"$ on a ring, not diagonal"
}

func (c *ar1) Keys() spec.Keys {
	inside := spec.Range("in [-0.95, 0.95], not 0", func(x float64) bool { return x != 0 && math.Abs(x) <= 0.95 })
	return spec.Keys{{Name: "ar1", Value: spec.Number(&c.phi, inside)}}
}

package scenarios

// A Covariance is Σ, given by its spectrum. Quantile is the eigenvalue at level u in (0,1), so that coordinate i of d
// has eigenvalue Quantile((i+1/2)/d); Nodes is a quadrature of the same law (weights sum to 1; exact for a discrete
// spectrum).
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

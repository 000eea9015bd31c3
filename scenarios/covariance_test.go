package scenarios

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
)

// integrateLevels is ∫₀¹ f(u) du with u = 3s²-2s³, which flattens the square-root edges of a spectrum, by 400 panels of
// 10 Gauss-Legendre points.
func integrateLevels(f func(u float64) float64) float64 {
	const panels = 400
	sum := 0.0
	for i := range panels {
		sum += quad.Fixed(func(s float64) float64 { return 6 * s * (1 - s) * f(s*s*(3-2*s)) }, float64(i)/panels, float64(i+1)/panels, 10, quad.Legendre{}, 0)
	}
	return sum
}

// The nodes have the moments of the quantile function, up to high degrees.
func TestCovarianceNodes(t *testing.T) {
	for name, c := range examples(t, &covariances) {
		values, weights := c.Nodes()
		total, top := 0.0, 0.0
		for i, w := range weights {
			total += w
			top = max(top, values[i])
			if w <= 0 || values[i] <= 0 {
				t.Errorf("%s: node %g has weight %g", name, values[i], w)
			}
		}
		if math.Abs(total-1) > 1e-13 {
			t.Errorf("%s: weights sum to 1%+g", name, total-1)
		}
		for _, k := range []float64{1, 2, 3, 5, 10, 30} {
			got := 0.0
			for i, w := range weights {
				got += w * math.Pow(values[i]/top, k)
			}
			want := integrateLevels(func(u float64) float64 { return math.Pow(c.Quantile(u)/top, k) })
			// The quantile has infinite slope at the edges of Marchenko-Pastur, which limits the reference; across a jump
			// it is off by up to a panel's width.
			tolerance := 1e-9
			if _, ok := c.(*discrete); ok {
				tolerance = 1.5 / 400
			}
			if math.Abs(got-want) > tolerance {
				t.Errorf("%s: moment %g of λ/%g is %.15g by nodes, %.15g by quantiles", name, k, top, got, want)
			}
		}
	}
}

// All spectra but the user's own values have mean 1.
func TestCovarianceMean(t *testing.T) {
	for name, c := range examples(t, &covariances) {
		if _, ok := c.(*discrete); ok {
			continue
		}
		values, weights := c.Nodes()
		if mean := dot(values, weights); math.Abs(mean-1) > 1e-13 {
			t.Errorf("%s: mean 1%+g", name, mean-1)
		}
	}
}

// The moments of Marchenko-Pastur are the Narayana polynomials.
func TestMarchenkoPasturMoments(t *testing.T) {
	for _, g := range []float64{0.01, 0.3, 0.95} {
		values, weights := (&marchenkoPastur{ratio: g}).Nodes()
		for k, want := range []float64{1, 1, 1 + g, 1 + 3*g + g*g, 1 + 6*g + 6*g*g + g*g*g} {
			got := 0.0
			for i, v := range values {
				got += weights[i] * math.Pow(v, float64(k))
			}
			if math.Abs(got-want) > 1e-13*want {
				t.Errorf("ratio %g: moment %d is %.16g, want %.16g", g, k, got, want)
			}
		}
	}
}

// A discrete spectrum gives a fraction weight of the d coordinates to each value.
func TestDiscreteQuantile(t *testing.T) {
	c := &discrete{values: []float64{0.2, 1, 3}, weights: []float64{0.3, 0.4, 0.3}}
	count := map[float64]int{}
	for i := range 250 {
		count[c.Quantile((float64(i)+0.5)/250)]++
	}
	if count[0.2] != 75 || count[1] != 100 || count[3] != 75 {
		t.Errorf("got %v, want 75, 100 and 75", count)
	}
}

// The ring's covariance is Σ_ij = Σ_m φ^|i-j+md|: the AR(1) correlation wrapped around.
func TestAR1Density(t *testing.T) {
	const d = 50
	for _, phi := range []float64{0.6, -0.4} {
		c := &ar1{phi: phi}
		for lag := range d {
			got := 0.0
			for j := range d {
				theta := 2 * math.Pi * float64(j) / d
				got += c.Density(theta) * math.Cos(theta*float64(lag)) / d
			}
			wrapped := (math.Pow(phi, float64(lag)) + math.Pow(phi, float64(d-lag))) / (1 - math.Pow(phi, d))
			if math.Abs(got-wrapped) > 1e-13 {
				t.Errorf("φ = %g, lag %d: %g, want %g", phi, lag, got, wrapped)
			}
		}
	}
}

func TestCovarianceKinds(t *testing.T) {
	for name, c := range examples(t, &covariances) {
		if c.Identity() != (name == "identity") {
			t.Errorf("%s: Identity is %v", name, c.Identity())
		}
		_, circulant := c.(*ar1)
		if c.Diagonal() == circulant {
			t.Errorf("%s: Diagonal is %v", name, c.Diagonal())
		}
		if c.Diagonal() != c.Identity() && !math.IsNaN(c.Density(1)) {
			t.Errorf("%s is diagonal and has a spectral density", name)
		}
	}
}

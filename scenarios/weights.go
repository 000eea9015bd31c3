package scenarios

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// A WeightLaw draws a teacher vector of any length from independent uniform levels in (0, 1). Its entries have second
// moment 1; Independent says whether they are independent of each other (a structured teacher's are not), Gaussian
// whether they are standard normal, which makes the law invariant under rotations.
type WeightLaw interface {
	Fill(w, u []float64)
	Independent() bool
	Gaussian() bool
}

// weightLaws are the teacher laws a scenario file can name.
var weightLaws = spec.Registry[WeightLaw]{
	What: "weight law",
	New: map[string]func() WeightLaw{
		"gaussian":  func() WeightLaw { return gaussianWeights{} },
		"sparse":    func() WeightLaw { return new(sparseWeights) },
		"piecewise": func() WeightLaw { return new(piecewiseWeights) },
		"values":    func() WeightLaw { return new(discreteWeights) },
	},
}

type gaussianWeights struct{}

func (gaussianWeights) Independent() bool { return true }
func (gaussianWeights) Gaussian() bool    { return true }
func (gaussianWeights) Formula() string   { return "standard normal entries" }
func (gaussianWeights) Fill(w, u []float64) {
	for i, x := range u {
		w[i] = mathext.NormalQuantile(x)
	}
}

// sparseWeights are Bernoulli-Gauss: 0 with probability 1-density, else normal of variance 1/density. One level serves
// both draws: below the density it is, rescaled, again uniform.
type sparseWeights struct{ density float64 }

func (*sparseWeights) Independent() bool { return true }
func (*sparseWeights) Gaussian() bool    { return false }
func (s *sparseWeights) Fill(w, u []float64) {
	scale := 1 / math.Sqrt(s.density)
	for i, x := range u {
		w[i] = 0
		if x < s.density {
			w[i] = scale * mathext.NormalQuantile(x/s.density)
		}
	}
}

func (s *sparseWeights) Formula() string {
	return "Bernoulli–Gauss entries (a fraction " + markdown.Number(s.density) + " is not 0; unit variance)"
}

func (s *sparseWeights) Keys() spec.Keys {
	return spec.Keys{{Name: "sparse", Value: spec.Number(&s.density, spec.OpenUnit)}}
}

// piecewiseWeights are constant on blocks of geometric length with the given mean; the levels are standard normal. A new
// block starts where the level is below 1/length, and the rescaled level gives its height.
type piecewiseWeights struct{ length float64 }

func (*piecewiseWeights) Independent() bool { return false }
func (*piecewiseWeights) Gaussian() bool    { return false }
func (p *piecewiseWeights) Fill(w, u []float64) {
	for i, x := range u {
		switch {
		case i == 0:
			w[i] = mathext.NormalQuantile(x)
		case x < 1/p.length:
			w[i] = mathext.NormalQuantile(x * p.length)
		default:
			w[i] = w[i-1]
		}
	}
}

func (p *piecewiseWeights) Formula() string {
	return "piecewise constant entries (blocks of mean length " + markdown.Number(p.length) + "; unit variance)"
}

func (p *piecewiseWeights) Keys() spec.Keys {
	return spec.Keys{{Name: "piecewise", Value: spec.Number(&p.length, spec.In("(1, 1000]", "mean block length"))}}
}

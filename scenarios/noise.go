package scenarios

import (
	"math"
	"strconv"
	"sync"

	"gonum.org/v1/gonum/interp"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// Noise is the law of the label's noise, given by its quantile function so that an engine can feed it random or
// quasi-random levels.
type Noise interface {
	Quantile(u float64) float64 // u in (0, 1)
}

// HeavyTailed is a Noise of which not all moments are finite: E|ε|^p is for p < Moments() only.
type HeavyTailed interface {
	Noise
	Moments() float64
}

// noises are the noise laws a scenario file can name; a bare number is Gaussian.
var noises = spec.Registry[Noise]{
	What: "noise law",
	New: map[string]func() Noise{
		"student_t": func() Noise { return &studentT{scale: 1} },
	},
	Number:     &spec.NonNegative,
	FromNumber: func(x float64) Noise { return Gaussian(x) },
	ToNumber: func(n Noise) (float64, bool) {
		g, ok := n.(Gaussian)
		return float64(g), ok
	},
	Unset: func(n Noise) bool { return n == Gaussian(0) },
}

// LabelNoise is the law of the noise that the label is given: Teacher.Noise, and with it the noise of its own that a label
// may have.
func (s *Scenario) LabelNoise() Noise {
	if p, ok := s.Teacher.Label.(noisyLabel); ok {
		if widened, ok := p.widen(s.Teacher.Noise); ok {
			return widened
		}
	}
	return s.Teacher.Noise
}

// Gaussian is centred Gaussian noise of this standard deviation; 0 is no noise.
type Gaussian float64

// Quantile is deviation·Φ⁻¹(u).
func (g Gaussian) Quantile(u float64) float64 {
	if g == 0 {
		return 0
	}
	return float64(g) * mathext.NormalQuantile(u)
}

// Formula is the law in words.
func (g Gaussian) Formula() string { return normalOf(float64(g) * float64(g)) }

// normalOf is the centred Gaussian law in words.
func normalOf(variance float64) string {
	return "$\\varepsilon \\sim N(0, " + strconv.FormatFloat(variance, 'g', 4, 64) + ")$"
}

// probitNoise is the noise of a probit label: the scenario's Gaussian noise plus an independent standard normal.
type probitNoise struct{ extra Gaussian }

func (p probitNoise) Quantile(u float64) float64 {
	return math.Hypot(1, float64(p.extra)) * mathext.NormalQuantile(u)
}

func (p probitNoise) Formula() string { return normalOf(1 + float64(p.extra*p.extra)) }

// logisticNoise is the standard logistic law, the noise of a logit label.
type logisticNoise struct{}

func (logisticNoise) Quantile(u float64) float64 { return math.Log(u) - math.Log1p(-u) }
func (logisticNoise) Formula() string            { return "$\\varepsilon$ of the standard logistic law" }

// studentT is heavy-tailed noise, scale times Student's t with dof degrees of freedom (variance scale²·dof/(dof-2) for dof > 2).
type studentT struct {
	dof, scale float64

	once  sync.Once
	table interp.PiecewiseCubic // t as a function of |z|, z the normal quantile
}

// Within ±tableEnd, that is for every level that a float64 random number gives, the quantile is read from a table.
const (
	tableEnd   = 8.5
	tableKnots = 2048
)

// Quantile is the exact function through a table: the inverse incomplete beta function takes 5 µs, far too long for
// millions of samples. Cubic Hermite pieces with exact slopes leave a relative error below 1e-9.
func (s *studentT) Quantile(u float64) float64 {
	s.once.Do(s.tabulate)
	z := mathext.NormalQuantile(u)
	if math.Abs(z) > tableEnd {
		return s.scale * s.law().Quantile(u)
	}
	return s.scale * math.Copysign(s.table.Predict(math.Abs(z)), z)
}

// Moments are finite below the degrees of freedom.
func (s *studentT) Moments() float64 { return s.dof }

func (s *studentT) law() distuv.StudentsT { return distuv.StudentsT{Sigma: 1, Nu: s.dof} }

func (s *studentT) tabulate() {
	z, t, slope := make([]float64, tableKnots), make([]float64, tableKnots), make([]float64, tableKnots)
	for i := range z {
		z[i] = tableEnd * float64(i) / (tableKnots - 1)
		t[i] = 0
		if i > 0 {
			t[i] = -s.law().Quantile(math.Erfc(z[i]/math.Sqrt2) / 2)
		}
		slope[i] = distuv.UnitNormal.Prob(z[i]) / s.law().Prob(t[i]) // dt/dz at equal levels
	}
	s.table.FitWithDerivatives(z, t, slope)
}

func (s *studentT) Formula() string {
	return "$\\varepsilon$ = " + markdown.Number(s.scale) + " times Student's $t$ with " + markdown.Number(s.dof) +
		" degrees of freedom"
}

func (s *studentT) Keys() spec.Keys {
	return spec.Keys{
		{Name: "student_t", Value: spec.Number(&s.dof, spec.Range("≥ 1 (degrees of freedom)", func(x float64) bool { return x >= 1 }))},
		{Name: "scale", Value: spec.Number(&s.scale, spec.Positive)},
	}
}

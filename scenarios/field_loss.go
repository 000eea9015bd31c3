package scenarios

import (
	"math"
	"slices"
)

// A FieldLoss is a loss ℓ(r, y) of all K local fields of a sample at once, with no output f between. Biases are added to
// the fields; activations, output weights and an offset have no place there. Where labels are class numbers, an error is a
// sample whose field of number y is not strictly the largest. A type is a Loss too when it embeds OfFields.
type FieldLoss interface {
	Loss
	FieldValue(r []float64, y float64) float64
	FieldGradient(g, r []float64, y float64) // g_k = ∂ℓ/∂r_k
}

// OfFields is for a FieldLoss to embed.
type OfFields struct{}

// Value is not a number: there is no output.
func (OfFields) Value(float64, float64) float64 { return math.NaN() }

// Gradient is not a number either.
func (OfFields) Gradient(float64, float64) float64 { return math.NaN() }

// fieldLoss is the loss as one of the fields, if it is one.
func fieldLoss(l Loss) (FieldLoss, bool) {
	if e, ok := l.(*expressionLoss); ok {
		return e.fieldwise(), e.gradient.list
	}
	f, ok := l.(FieldLoss)
	return f, ok
}

// crossEntropy is log Σ_k exp r_k − r_y, y = 0 … K−1.
type crossEntropy struct{ OfFields }

func (crossEntropy) FieldValue(r []float64, y float64) float64 {
	largest := slices.Max(r)
	sum := 0.0
	for _, x := range r {
		sum += math.Exp(x - largest)
	}
	return math.Log(sum) + largest - r[int(y)]
}

func (crossEntropy) FieldGradient(g, r []float64, y float64) {
	largest, sum := slices.Max(r), 0.0
	for k, x := range r {
		g[k] = math.Exp(x - largest)
		sum += g[k]
	}
	for k := range g {
		g[k] /= sum
	}
	g[int(y)]--
}

func (crossEntropy) Labels() LabelKind { return ClassLabels }

func (crossEntropy) Formula() string {
	return "cross-entropy $\\ell(r, y) = \\log(\\sum_k e^{r_k}) - r_y$"
}

// logits is the student of a loss of the fields themselves, ℓ(r + b, y).
type logits struct {
	loss   FieldLoss
	biases numbers // b
}

func newLogits(s *Student, loss FieldLoss) logits {
	start := s.Biases
	if start == nil {
		start = make([]float64, s.Units)
	}
	return logits{loss, numbers{start, s.BiasRate, 0}}
}

func (l logits) Parameters() Parameters { return l.biases.parameters("bias", "b") }
func (logits) Judges() LabelKind        { return ClassLabels }

func (l logits) Evaluate(loss []float64, wrong []bool, r [][]float64, theta, y []float64) {
	b, z := l.biases.of(theta), make([]float64, len(r))
	for i := range loss {
		for k, x := range b {
			z[k] = r[k][i] + x
		}
		loss[i] = l.loss.FieldValue(z, y[i])
		if wrong != nil {
			wrong[i] = !largest(z, y[i])
		}
	}
}

// largest reports whether z_y is larger than all others.
func largest(z []float64, y float64) bool {
	class := int(y)
	if class < 0 || class >= len(z) {
		return false
	}
	for k, x := range z {
		if k != class && x >= z[class] {
			return false
		}
	}
	return true
}

func (l logits) Gradients(g, slopes, r [][]float64, theta, y []float64) {
	b, z, gradient := l.biases.of(theta), make([]float64, len(r)), make([]float64, len(r))
	for i := range y {
		for k, x := range b {
			z[k] = r[k][i] + x
		}
		l.loss.FieldGradient(gradient, z, y[i])
		for k, x := range gradient {
			g[k][i] = x
		}
	}
	for k, row := range l.biases.rows(slopes) {
		copy(row, g[k])
	}
}

package scenarios

import (
	"fmt"
	"math"

	"limitcheck/internal/markdown"
	"limitcheck/internal/spec"
)

// Resize is what is done with the gradient field of all units before the method sees it, ridge not included: with
// Clip it is multiplied by min(1, Clip/|U|), with Normalise divided by |U|, where |U|² = Σ_k ⟨U_k,U_k⟩. U = 0 stays.
func (m *Method) Resize(u [][]float64, inner func(a, b []float64) float64) {
	if m.Clip == 0 && !m.Normalise {
		return
	}
	square := 0.0
	for _, v := range u {
		square += inner(v, v)
	}
	size := math.Sqrt(square)
	factor := m.Clip / size
	if m.Normalise {
		factor = 1 / size
	}
	if size == 0 || !m.Normalise && factor >= 1 {
		return
	}
	for _, v := range u {
		for i := range v {
			v[i] *= factor
		}
	}
}

// sizeKeys are the keys of Resize.
func (m *Method) sizeKeys() spec.Keys {
	static := m.stepless("takes no steps")
	either := func() string {
		if m.Clip != 0 {
			return "not with clip: a gradient is of one size then"
		}
		return static()
	}
	return spec.Keys{
		{Name: "clip", Unless: static, Value: spec.IfSet(spec.Number(&m.Clip, spec.Positive))},
		{Name: "normalise", Unless: either, Value: spec.IfSet(spec.Truth(&m.Normalise))},
	}
}

// SizeWords is Resize in words; "" if nothing is done.
func (m *Method) SizeWords() string {
	const norm = "\\lVert U \\rVert^2 = \\sum_k \\langle U_k, U_k \\rangle$"
	switch {
	case m.Normalise:
		return "$U$ divided by its norm, $" + norm
	case m.Clip != 0:
		return fmt.Sprintf("$U$ clipped to the norm $c$, $\\min(1, c / \\lVert U \\rVert) U$ with $c = %s$ and $%s",
			markdown.Number(m.Clip), norm)
	}
	return ""
}

package theory

import "math"

// A Kernel is a two-time function: for each pair of times t, s = 0..Times()-1 a block of one entry for each pair of units.
type Kernel struct {
	times, units int
	data         []float64
}

// NewKernel returns a kernel of zeros.
func NewKernel(times, units int) Kernel {
	return Kernel{times, units, make([]float64, times*times*units*units)}
}

// Times is the number of times.
func (k Kernel) Times() int { return k.times }

// Units is the number of units.
func (k Kernel) Units() int { return k.units }

// At returns the entry of unit i at time t with unit j at time s.
func (k Kernel) At(t, s, i, j int) float64 { return k.data[k.index(t, s, i, j)] }

// Set sets that entry.
func (k Kernel) Set(t, s, i, j int, x float64) { k.data[k.index(t, s, i, j)] = x }

func (k Kernel) index(t, s, i, j int) int {
	if t < 0 || t >= k.times || s < 0 || s >= k.times || i < 0 || i >= k.units || j < 0 || j >= k.units {
		panic("theory: no such entry of a kernel")
	}
	return ((t*k.times+s)*k.units+i)*k.units + j
}

// Kernels are the two-time functions of the limit, averaged over scramblings: C(t,s) = ⟨W_t, ΣW_s⟩ for t,s = 0..Steps; the
// weights' response R_p(t,s), s < t, and the gradients' response R_g(t,s), s ≤ t, for gradient steps t = 0..Steps-1. Entries
// that a response does not have are 0.
type Kernels struct {
	Correlation, WeightResponse, GradientResponse Kernel
}

func newKernels(units, steps int) *Kernels {
	return &Kernels{NewKernel(steps+1, units), NewKernel(steps, units), NewKernel(steps, units)}
}

// data lists the entries of all three in a fixed order.
func (k *Kernels) data() [][]float64 {
	return [][]float64{k.Correlation.data, k.WeightResponse.data, k.GradientResponse.data}
}

// A kernelMean accumulates kernels over scramblings (Welford), so that none but the sum is kept.
type kernelMean struct {
	n            float64
	mean, square *Kernels
}

func newKernelMean(units, steps int) *kernelMean {
	return &kernelMean{mean: newKernels(units, steps), square: newKernels(units, steps)}
}

// add takes the data of kernels.
func (m *kernelMean) add(kernels [][]float64) {
	m.n++
	for part, data := range kernels {
		mean, square := m.mean.data()[part], m.square.data()[part]
		for i, x := range data {
			delta := x - mean[i]
			mean[i] += delta / m.n
			square[i] += delta * (x - mean[i])
		}
	}
}

// result returns the mean and its standard error.
func (m *kernelMean) result() (mean, standardError *Kernels) {
	for _, x := range m.square.data() {
		for i, v := range x {
			x[i] = math.Sqrt(v / (m.n - 1) / m.n)
		}
	}
	return m.mean, m.square
}

// widen adds to the standard errors, in quadrature, the difference to other kernels.
func (k *Kernels) widen(mean, other *Kernels) {
	for part, errors := range k.data() {
		x, y := mean.data()[part], other.data()[part]
		for i, e := range errors {
			errors[i] = math.Hypot(e, x[i]-y[i])
		}
	}
}

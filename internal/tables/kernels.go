package tables

import (
	"fmt"
	"io"
	"math"

	"codeberg.org/sbinet/npyio/npz"
	"gonum.org/v1/gonum/mat"
)

// Kernels are the two-time functions of docs/theory.md: the correlation C(t,s) of the weights, their response R_p(t,s)
// and the gradients' R_g(t,s), in an .npz the arrays C, R_p and R_g, each with its standard error (C_se, …) if it has one.
// Each is nil where the file has none.
type Kernels struct {
	Correlation, WeightResponse, GradientResponse *Kernel
}

// A Kernel is a function of two times t, s = 0, 1, … and two units.
type Kernel struct {
	Times, Units   int
	Values, Errors []float64 // in the order of At; NaN where nothing is said; Errors is nil where the file has none
	Float32        bool
}

// At is the index of the entry of times t and s and units k and l: arrays of shape (Times, Times, Units, Units), or
// (Times, Times) for one unit.
func (k *Kernel) At(t, s, i, j int) int { return ((t*k.Times+s)*k.Units+i)*k.Units + j }

// mostKernel is how many entries a kernel may have: three times what theory computes.
const mostKernel = 1 << 24

// readKernels takes the kernels from among the arrays.
func (r *rows) readKernels(arrays []*array) (k Kernels, err error) {
	found := map[string]*Kernel{}
	for _, a := range arrays {
		if !a.isKernel() {
			continue
		}
		if found[a.name], err = r.readKernel(a); err != nil {
			return k, err
		}
	}
	for _, name := range []string{"C", "R_p", "R_g"} {
		kernel, errors := found[name], found[name+"_se"]
		switch {
		case errors == nil:
		case kernel == nil:
			return k, r.wrong("array %s_se is the standard error of %s, which is not there", name, name)
		case len(kernel.Values) != len(errors.Values) || kernel.Times != errors.Times:
			return k, r.wrong("arrays %s and %s_se differ in shape", name, name)
		default:
			kernel.Errors = errors.Values
			for _, v := range errors.Values {
				if v < 0 {
					return k, r.wrong("array %s_se: a standard error is not negative, got %g", name, v)
				}
			}
		}
		if kernel == nil {
			continue
		}
		if err := r.checkKernel(name, kernel); err != nil {
			return k, err
		}
	}
	return Kernels{found["C"], found["R_p"], found["R_g"]}, nil
}

func (r *rows) readKernel(a *array) (*Kernel, error) {
	s := a.shape
	k := &Kernel{Times: s[0], Units: 1, Float32: a.kind() == "f4"}
	if len(s) == 4 {
		k.Units = s[2]
	}
	if len(s) != 2 && len(s) != 4 || s[0] != s[1] || len(s) == 4 && s[2] != s[3] || s[0] == 0 || k.Units == 0 {
		return nil, r.wrong("array %s: its shape is %v; (T, T), or (T, T, K, K) for K units, is expected", a.name, s)
	}
	if n, _ := a.entries(); n > mostKernel {
		return nil, r.wrong("array %s: its shape is %v, which is more than %d entries", a.name, s, mostKernel)
	}
	k.Values = []float64{}
	err := r.readArray(a, func(i int, v float64) error {
		k.Values = append(k.Values, v)
		if math.IsInf(v, 0) {
			return r.wrong("array %s: a finite number is expected, got %g at entry %d", a.name, v, i)
		}
		return nil
	})
	if err == nil && a.fortran {
		k.transpose()
	}
	return k, err
}

// transpose puts entries that came with the first index running fastest into the order of At.
func (k *Kernel) transpose() {
	from := k.Values
	k.Values = make([]float64, len(from))
	for t := range k.Times {
		for s := range k.Times {
			for i := range k.Units {
				for j := range k.Units {
					k.Values[k.At(t, s, i, j)] = from[t+k.Times*(s+k.Times*(i+k.Units*j))]
				}
			}
		}
	}
}

// checkKernel says whether the axes are likely to be in the right order: a response to what is still to come is zero,
// and the correlation is symmetric. What is not known may be NaN.
func (r *rows) checkKernel(name string, k *Kernel) error {
	largest := 0.0
	for _, v := range k.Values {
		if !math.IsNaN(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	rounding := 1e-9 * largest
	if k.Float32 {
		rounding = 1e-5 * largest
	}
	for t := range k.Times {
		for s := t + 1; s < k.Times; s++ {
			for i := range k.Units {
				for j := range k.Units {
					later, earlier := k.Values[k.At(t, s, i, j)], k.Values[k.At(s, t, j, i)]
					if name != "C" {
						earlier = 0
					} else if later == 0 {
						continue // a triangle is enough
					}
					if math.Abs(later-earlier) > rounding {
						return r.wrong("array %s: %s is %g; %s", name, entry(name, k, t, s, i, j), later, expected(name, earlier))
					}
				}
			}
		}
	}
	return nil
}

func entry(name string, k *Kernel, t, s, i, j int) string {
	if k.Units == 1 {
		return fmt.Sprintf("%s[%d, %d]", name, t, s)
	}
	return fmt.Sprintf("%s[%d, %d, %d, %d]", name, t, s, i, j)
}

func expected(name string, earlier float64) string {
	if name == "C" {
		return fmt.Sprintf("a correlation is symmetric, and the mirror entry is %g", earlier)
	}
	return "0 is expected, as nothing responds to what is still to come (is it transposed?)"
}

// WriteKernels writes an .npz that ReadTheory reads.
func WriteKernels(w io.Writer, k Kernels) error {
	archive := npz.NewWriter(w)
	for _, kernel := range []struct {
		name string
		*Kernel
	}{{"C", k.Correlation}, {"R_p", k.WeightResponse}, {"R_g", k.GradientResponse}} {
		if kernel.Kernel == nil {
			continue
		}
		if err := archive.Write(kernel.name+".npy", kernel.array(kernel.Values)); err != nil {
			return err
		}
		if kernel.Errors == nil {
			continue
		}
		if err := archive.Write(kernel.name+"_se.npy", kernel.array(kernel.Errors)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// array gives numbers in the order of At the kernel's shape.
func (k *Kernel) array(values []float64) any {
	if k.Units == 1 {
		return mat.NewDense(k.Times, k.Times, values)
	}
	array := make([][][][]float64, k.Times)
	for t := range array {
		array[t] = make([][][]float64, k.Times)
		for s := range array[t] {
			for i := range k.Units {
				at := k.At(t, s, i, 0)
				array[t][s] = append(array[t][s], values[at:at+k.Units])
			}
		}
	}
	return array
}

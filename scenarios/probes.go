package scenarios

import "fmt"

// Probes says what is measured beside the observables' curves, so that a verdict is about the whole theorem: two-time
// correlations, memory kernels and laws. Both engines report one flat list, in the order of Families; List lays it out.
type Probes struct {
	Times       []int      // of the two-time correlations ⟨W_k(t), ΣW_l(s)⟩, all pairs s ≤ t
	KernelSteps int        // the kernels R_p(t,s), s < t, and R_g(t,s), s ≤ t, are measured for t below this
	Grid        []float64  // levels x of the laws P(r ≤ x) and P(w ≤ x) of the local fields and weights of W_T
	Functions   []Function // averaged at W_T
	units       int
	mixed       bool // no law of single weights
}

// A Trajectory is what an engine knows of a finished run. Every probe is a function of it.
type Trajectory struct {
	Correlation      func(t, s, k, l int) float64 // ⟨W_k(t), ΣW_l(s)⟩ at the Times, s ≤ t
	WeightResponse   func(t, s, k, l int) float64 // R_p(t,s)_kl below KernelSteps
	GradientResponse func(t, s, k, l int) float64 // R_g(t,s)_kl
	Fields, Weights  [][]float64                  // P(r_k ≤ x) and P(w_k ≤ x), [unit k][level x of the Grid]
	Functions        []float64                    // means of the Functions
}

// A ProbeFamily is a kind of probe with its entries.
type ProbeFamily struct {
	Name    string
	Kind    ProbeKind
	Entries []Probe
}

// ProbeKind says what sort of thing a family of probes is.
type ProbeKind string

// The kinds of probes.
const (
	CorrelationProbe ProbeKind = "correlation" // at two times
	KernelProbe      ProbeKind = "kernel"      // a response of one time to another
	LawProbe         ProbeKind = "law"         // a distribution function on a grid of levels
	FunctionProbe    ProbeKind = "function"    // the mean of a test function
)

// A Probe is one number of a family. What does not belong to its family's kind is 0.
type Probe struct {
	Label string
	T, S  int     // of a correlation or kernel: the times, S ≤ T
	K, L  int     // the student units at these times; of a law, K
	Level float64 // of a law
	value func(*Trajectory) float64
}

// Probes of a scenario (a minimiser has no times, so the laws only, and with a covariance that is not diagonal that of
// weights only if they are Gaussian): five times, kernels among the first four steps (fresh batches, which have no memory on the
// sample side, have none), and laws on a grid of 32 levels that avoids 0, where a proximal map puts an atom.
func (s *Scenario) Probes() Probes {
	p := Probes{units: s.Student.Units, Functions: s.Experiment.Functions, KernelSteps: min(4, s.Method.Steps)}
	if s.Method.Batch.Fresh() {
		p.KernelSteps = 0
	}
	last := -1
	for i := range 5 {
		if t := i * s.Method.Steps / 4; t > last {
			p.Times, last = append(p.Times, t), t
		}
	}
	if _, static := s.Method.Minimizer(); static {
		p.Times = nil
		p.mixed = !s.Data.Covariance.Diagonal() && !s.Teacher.Weights.Gaussian()
	}
	if s.Data.Features != "" { // of which Σ is met as a mean over rows only
		p.mixed, p.KernelSteps = true, 0
	}
	for i := range 32 {
		p.Grid = append(p.Grid, 0.375*(float64(i)-15.5))
	}
	return p
}

// Families lists the probes: for each pair of times or steps all pairs of units (k, l), k the later one's; the laws unit
// by unit.
func (p Probes) Families() (families []ProbeFamily) {
	correlation := ProbeFamily{Name: "two-time correlation", Kind: CorrelationProbe}
	weight := ProbeFamily{Name: "weight response", Kind: KernelProbe}
	gradient := ProbeFamily{Name: "gradient response", Kind: KernelProbe}
	for i, t := range p.Times {
		for _, s := range p.Times[:i+1] {
			p.add(&correlation, "C", t, s, func(x *Trajectory) pairs { return x.Correlation })
		}
	}
	for t := range p.KernelSteps {
		for s := range t + 1 {
			if s < t {
				p.add(&weight, "R_p", t, s, func(x *Trajectory) pairs { return x.WeightResponse })
			}
			p.add(&gradient, "R_g", t, s, func(x *Trajectory) pairs { return x.GradientResponse })
		}
	}
	if len(p.Times) > 0 {
		families = append(families, correlation)
	}
	if p.KernelSteps > 1 {
		families = append(families, weight)
	}
	if p.KernelSteps > 0 {
		families = append(families, gradient)
	}
	families = append(families, p.law("law of local fields", "r", func(x *Trajectory) [][]float64 { return x.Fields }))
	if !p.mixed {
		families = append(families, p.law("law of weights", "w", func(x *Trajectory) [][]float64 { return x.Weights }))
	}
	for i, f := range p.Functions {
		mean := Probe{Label: "mean of " + f.Name, value: func(x *Trajectory) float64 { return x.Functions[i] }}
		families = append(families, ProbeFamily{"function " + f.Name, FunctionProbe, []Probe{mean}})
	}
	return families
}

// pairs is a quantity of two times t, s and the units k, l at them.
type pairs func(t, s, k, l int) float64

// add appends the block of all pairs of units at two times.
func (p Probes) add(f *ProbeFamily, symbol string, t, s int, of func(*Trajectory) pairs) {
	for k := range p.units {
		for l := range p.units {
			f.Entries = append(f.Entries, Probe{
				Label: fmt.Sprintf("%s(%d,%d)%s", symbol, t, s, index(p.units, k, l)), T: t, S: s, K: k, L: l,
				value: func(x *Trajectory) float64 { return of(x)(t, s, k, l) },
			})
		}
	}
}

func (p Probes) law(name, symbol string, of func(*Trajectory) [][]float64) ProbeFamily {
	f := ProbeFamily{Name: name, Kind: LawProbe}
	for k := range p.units {
		for i, level := range p.Grid {
			f.Entries = append(f.Entries, Probe{
				Label: fmt.Sprintf("P(%s%s ≤ %g)", symbol, index(p.units, k), level), K: k, Level: level,
				value: func(x *Trajectory) float64 { return of(x)[k][i] },
			})
		}
	}
	return f
}

// List is the values of all probes in the order of Families.
func (p Probes) List(x *Trajectory) (list []float64) {
	for _, f := range p.Families() {
		for _, e := range f.Entries {
			list = append(list, e.value(x))
		}
	}
	return list
}

// Labels names the entries.
func (f *ProbeFamily) Labels() []string {
	labels := make([]string, len(f.Entries))
	for i, e := range f.Entries {
		labels[i] = e.Label
	}
	return labels
}

// Levels are those of a law's entries, the grid once for each unit; nil for other families.
func (f *ProbeFamily) Levels() []float64 {
	if f.Kind != LawProbe {
		return nil
	}
	levels := make([]float64, len(f.Entries))
	for i, e := range f.Entries {
		levels[i] = e.Level
	}
	return levels
}

// index is a subscript, empty for a single unit.
func index(units int, indices ...int) (text string) {
	if units == 1 {
		return ""
	}
	for _, i := range indices {
		text += fmt.Sprintf("_%d", i)
	}
	return text
}

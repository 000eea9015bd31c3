package scenarios

import "fmt"

// Probes says what is measured beside the observables' curves, so that a verdict is about the whole theorem: two-time
// correlations, memory kernels and laws. Both engines report one flat list, in the order of Families.
type Probes struct {
	Times       []int      // of the two-time correlations ⟨W_k(t), ΣW_l(s)⟩, all pairs s ≤ t
	KernelSteps int        // the kernels R_p(t,s), s < t, and R_g(t,s), s ≤ t, are measured for t below this
	Grid        []float64  // levels x of the laws P(r ≤ x) and P(w ≤ x) of the local fields and weights of W_T
	Functions   []Function // averaged at W_T
	units       int
}

// A ProbeFamily is a kind of probe with a label for each of its entries.
type ProbeFamily struct {
	Name   string
	Labels []string
}

// Probes of a scenario: five times, kernels among the first four steps (fresh batches, which have no memory on the
// sample side, have none), and laws on a grid of 32 levels that avoids 0, where a proximal map puts an atom.
func (s *Scenario) Probes() Probes {
	p := Probes{units: s.Student.Units, Functions: s.Experiment.Functions, KernelSteps: min(4, s.Method.Steps)}
	if s.Mask().Fresh() {
		p.KernelSteps = 0
	}
	last := -1
	for i := range 5 {
		if t := i * s.Method.Steps / 4; t > last {
			p.Times, last = append(p.Times, t), t
		}
	}
	for i := range 32 {
		p.Grid = append(p.Grid, 0.375*(float64(i)-15.5))
	}
	return p
}

// Families lists the probes: for each pair of times or steps all pairs of units (k, l), k the later one's; the laws unit
// by unit.
func (p Probes) Families() []ProbeFamily {
	correlation, weight, gradient := ProbeFamily{Name: "two-time correlation"}, ProbeFamily{Name: "weight response"}, ProbeFamily{Name: "gradient response"}
	for i, t := range p.Times {
		for _, s := range p.Times[:i+1] {
			correlation.add("C", t, s, p.units)
		}
	}
	for t := range p.KernelSteps {
		for s := range t + 1 {
			if s < t {
				weight.add("R_p", t, s, p.units)
			}
			gradient.add("R_g", t, s, p.units)
		}
	}
	families := []ProbeFamily{correlation}
	if p.KernelSteps > 1 {
		families = append(families, weight)
	}
	if p.KernelSteps > 0 {
		families = append(families, gradient)
	}
	for _, law := range [][2]string{{"law of local fields", "r"}, {"law of weights", "w"}} {
		family := ProbeFamily{Name: law[0]}
		for k := range p.units {
			for _, x := range p.Grid {
				family.Labels = append(family.Labels, fmt.Sprintf("P(%s%s ≤ %g)", law[1], index(p.units, k), x))
			}
		}
		families = append(families, family)
	}
	for _, f := range p.Functions {
		families = append(families, ProbeFamily{"function " + f.Name, []string{"mean of " + f.Name}})
	}
	return families
}

func (f *ProbeFamily) add(symbol string, t, s, units int) {
	for k := range units {
		for l := range units {
			f.Labels = append(f.Labels, fmt.Sprintf("%s(%d,%d)%s", symbol, t, s, index(units, k, l)))
		}
	}
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

package theory

import (
	"fmt"

	"limitcheck/scenarios"
)

// Ablation names a deliberately wrong theory, for verdicts that must be lost.
type Ablation string

// The ablations, each one well-known mistake.
const (
	None            Ablation = ""
	NoMemory        Ablation = "no-memory"        // no memory term in the local fields: R_p = 0
	NoWeightMemory  Ablation = "no-weight-memory" // only the current P in the gradient field: R_g(t,s) = 0 for s < t
	RedrawnNoise    Ablation = "redrawn-noise"    // the gradient field's noise independent across steps
	ShiftedResponse Ablation = "shifted-response" // R_p(t,s) used in the place of R_p(t,s+1)
	ShortMemory     Ablation = "short-memory"     // the memory sum stops one term short: R_p(t,t-1) = 0
	DoubleBatch     Ablation = "double-batch"     // the batch weight 1/b counted twice
	NoTeacherDrift  Ablation = "no-teacher-drift" // the teacher's term R_g(t,*) w* dropped
	WrongAlpha      Ablation = "wrong-alpha"      // α 5 % too large
)

// A mistake is an ablation with its words and with what it does to the sweep.
type mistake struct {
	name  Ablation
	words string // Markdown, with LaTeX between dollar signs
	blind reasons

	// What it changes; what is nil stays as it is.
	start    func(*sweep)                                  // the problem's numbers
	memory   func(w *sweep, memory []float64) []float64    // the coefficients over f in the local fields
	drift    func(w *sweep, drift [][]float64) [][]float64 // the coefficients over q in the gradient field
	separate bool                                          // the gradient field's noise has no past
	static   func(*fixedPoint)                             // the same of a minimiser, which has no steps
}

// reasons why a mistake changes nothing that is observed: each says so in words, or "" where it does not apply.
type reasons []func(*scenarios.Scenario) string

func fresh(s *scenarios.Scenario) string {
	if s.Method.Batch.Fresh() {
		return "every step meets new samples, so the true theory has no memory on the sample side either"
	}
	return ""
}

func full(s *scenarios.Scenario) string {
	if s.Method.Batch.Size() == 1 {
		return "the batch is full, so its weight is 1"
	}
	return ""
}

func single(s *scenarios.Scenario) string {
	if s.Method.Steps < 2 {
		return "one step has no past"
	}
	return ""
}

// mistakes are all ablations: one entry each, and a row of the table in docs/theory.md.
var mistakes = []mistake{
	{
		name: NoMemory, blind: reasons{fresh, single},
		words:  "the local fields forget the earlier gradients: no $\\sum_s R_p(t,s) g^s$",
		memory: func(_ *sweep, memory []float64) []float64 { return make([]float64, len(memory)) },
		static: func(f *fixedPoint) { f.reaction = 0 },
	},
	{
		name: NoWeightMemory, blind: reasons{fresh, single},
		words: "the gradient field's drift knows only the current weights: $R_g(t,s) = 0$ for $s < t$",
		drift: func(w *sweep, drift [][]float64) [][]float64 {
			return w.changedDrift(drift, func(kernel []float64, teachers, current int) {
				clear(kernel[teachers:current])
			})
		},
	},
	{
		name: RedrawnNoise, blind: reasons{fresh, single},
		words:    "the noise $\\nu^t$ is drawn anew at each step instead of being one Gaussian path",
		separate: true,
	},
	{
		name: ShiftedResponse, blind: reasons{fresh},
		words: "the response's diagonal is off by one step",
		memory: func(w *sweep, memory []float64) []float64 {
			return w.changedMemory(memory, func(kernel []float64, units int) {
				n := min(len(kernel), units)
				copy(kernel[n:], append([]float64(nil), kernel...))
				clear(kernel[:n])
			})
		},
	},
	{
		name: ShortMemory, blind: reasons{fresh, single},
		words: "the memory sum stops one term short",
		memory: func(w *sweep, memory []float64) []float64 {
			return w.changedMemory(memory, func(kernel []float64, units int) {
				clear(kernel[max(0, len(kernel)-units):])
			})
		},
	},
	{
		name: DoubleBatch, blind: reasons{full},
		words: "the batch weight $1/b$ is counted twice",
		start: func(w *sweep) { w.paths.weight /= w.paths.batch },
	},
	{
		name:  NoTeacherDrift,
		words: "the teacher's direction is missing from the gradient's drift: $R_g(t,\\star) = 0$",
		drift: func(w *sweep, drift [][]float64) [][]float64 {
			return w.changedDrift(drift, func(kernel []float64, teachers, _ int) { clear(kernel[:teachers]) })
		},
		static: func(f *fixedPoint) { f.pull = 0 },
	},
	{
		name:   WrongAlpha,
		words:  "$\\alpha$ is 5 % too large",
		start:  func(w *sweep) { w.alpha *= 1.05 },
		static: func(f *fixedPoint) { f.alpha *= 1.05 },
	},
}

// Ablations returns every ablation, in a fixed order.
func Ablations() []Ablation {
	names := make([]Ablation, len(mistakes))
	for i, m := range mistakes {
		names[i] = m.name
	}
	return names
}

// find returns the mistake of that name; None makes none.
func (a Ablation) find() (mistake, error) {
	for _, m := range mistakes {
		if m.name == a {
			return m, nil
		}
	}
	if a == None {
		return mistake{}, nil
	}
	return mistake{}, fmt.Errorf("theory has no ablation %q (accepted: %q)", string(a), Ablations())
}

// Words say in Markdown, with LaTeX between dollar signs, what is wrong; "" if there is no such ablation.
func (a Ablation) Words() string {
	m, _ := a.find()
	return m.words
}

// Blind says why no observable of the scenario can tell the ablation from the full theory; "" if no reason is known.
func (a Ablation) Blind(s *scenarios.Scenario) string {
	m, _ := a.find()
	if _, static := s.Method.Minimizer(); static && m.name != None {
		if m.static == nil {
			return "a minimiser has no steps"
		}
		return ""
	}
	for _, reason := range m.blind {
		if why := reason(s); why != "" {
			return why
		}
	}
	return ""
}

// changedMemory changes the kernel R_p(t,·) that belongs to the coefficients over f of one unit's local field.
func (w *sweep) changedMemory(memory []float64, change func(kernel []float64, units int)) []float64 {
	kernel := response(w.gauge.gradient, w.gauge.gradientPivot, memory)
	change(kernel, w.s.Student.Units)
	return resolved(w.gauge.gradient, kernel, len(memory))
}

// changedDrift changes the kernels R_g(t,·) that belong to the coefficients over q of the gradient field; the teacher's
// columns come first, the current points begin at current.
func (w *sweep) changedDrift(drift [][]float64, change func(kernel []float64, teachers, current int)) [][]float64 {
	columns := w.gauge.columns(len(w.gauge.point))
	out := make([][]float64, len(drift))
	for k, row := range drift {
		kernel := response(columns, w.gauge.pointPivot, row)
		change(kernel, len(w.gauge.teacher), len(columns)-w.s.Student.Units)
		out[k] = resolved(columns, kernel, len(row))
	}
	return out
}

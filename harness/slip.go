package harness

import (
	"fmt"
	"math"

	"limitcheck/compare"
	"limitcheck/scenarios"
)

// A slip is a way in which programs from elsewhere come to train something else than the scenario says, or to write something
// else of it. It is one row of the table slips, and one of the table in docs/statistics.md, "Slips".
type slip struct {
	name, words string

	// It is in columns, in the scenario, or in the count of steps.
	columns func(s *scenarios.Scenario, row *row, x float64)
	problem func(s *scenarios.Scenario, m *method, x float64)
	shift   int

	number  func(s *scenarios.Scenario, m *method) *number // nil: there is none to be found
	applies func(s *scenarios.Scenario, m *method) bool    // nil: always
}

// A number is what a slip leaves open.
type number struct {
	is          float64 // as the scenario has it
	first       float64 // how far away to look first
	least, most float64
	positive    bool                          // what counts are ratios
	guesses     []float64                     // that are seen in programs
	settings    func(x float64) []setting     // what the scenario would say then
	words       func(value, by string) string // of the finding
}

type setting struct {
	key   string
	value float64
}

// A row is a row of a prediction, whose columns have names.
type row struct {
	names  []string
	values []float64
}

// of is the number in a column, whose existence is checked.
func (r *row) of(name string) *float64 {
	for j, n := range r.names {
		if n == name {
			return &r.values[j]
		}
	}
	return new(float64)
}

// each visits the columns of one kind.
func (r *row) each(kind scenarios.ObservableKind, visit func(o scenarios.Observable, v *float64)) {
	for j, n := range r.names {
		if o := scenarios.Observed(n); o.Kind == kind {
			visit(o, &r.values[j])
		}
	}
}

// A method is a copy of an optimizer whose numbers may be changed; those that it lacks are nil.
type method struct {
	scenarios.Optimizer
	rate, ridge, momentum *scenarios.Schedule
	temperature           *float64
	penalties             []*float64
	scaleFree             bool // the scale of the gradient does not matter
}

func copied(o scenarios.Optimizer) *method {
	switch o := o.(type) {
	case *scenarios.SGD:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge}
	case *scenarios.HeavyBall:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, momentum: &c.Momentum}
	case *scenarios.Nesterov:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, momentum: &c.Momentum}
	case *scenarios.Langevin:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, temperature: &c.Temperature}
	case *scenarios.ISTA:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, penalties: []*float64{&c.L1, &c.Fused}}
	case *scenarios.FISTA:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, momentum: &c.Momentum,
			penalties: []*float64{&c.L1, &c.Fused}}
	case *scenarios.Spherical:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate}
	case *scenarios.SignDescent:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, scaleFree: true}
	case *scenarios.Adam:
		c := *o
		return &method{Optimizer: &c, rate: &c.LearningRate, ridge: &c.Ridge, scaleFree: true}
	}
	return &method{Optimizer: o}
}

// scaled is a schedule times a number.
type scaled struct {
	scenarios.Schedule
	by float64
}

func (s scaled) At(t int) float64 { return s.by * s.Schedule.At(t) }

// scale multiplies a schedule.
func scale(p *scenarios.Schedule, by float64) {
	if c, ok := (*p).(scenarios.Constant); ok {
		*p = c * scenarios.Constant(by)
		return
	}
	*p = scaled{*p, by}
}

// constant is the number that a schedule is.
func constant(p *scenarios.Schedule) (float64, bool) {
	if p == nil {
		return 0, false
	}
	c, ok := (*p).(scenarios.Constant)
	return float64(c), ok
}

// regularised reports whether anything but the gradient moves the weights, in proportion to the learning rate.
func (m *method) regularised() bool {
	for _, p := range m.penalties {
		if *p > 0 {
			return true
		}
	}
	if m.temperature != nil {
		return true
	}
	ridge, isConstant := constant(m.ridge)
	return m.ridge != nil && (!isConstant || ridge > 0)
}

// timesAs says in words that something is a multiple of what it should be.
func timesAs(what string) func(value, by string) string {
	return func(value, by string) string {
		return fmt.Sprintf("%s is %s%s times what the scenario says", what, value, by)
	}
}

// insteadOf says it of a number that has a value of its own.
func insteadOf(what string, is float64) func(value, by string) string {
	return func(value, by string) string { return fmt.Sprintf("%s is %s%s, not %.4g", what, value, by, is) }
}

// factor is a number that multiplies settings, some of which it divides.
func factor(what string, guesses []float64, settings func(x float64) []setting) *number {
	return &number{is: 1, first: 0.02, least: 1e-6, most: 1e6, positive: true, guesses: guesses, settings: settings,
		words: timesAs(what)}
}

// scaledSetting is a schedule's setting after it was scaled: its value, or if it changes, its factor.
func scaledSetting(key string, p *scenarios.Schedule, by float64) setting {
	if c, ok := constant(p); ok {
		return setting{key, c * by}
	}
	return setting{key + " (factor)", by}
}

// batch is b.
func batch(s *scenarios.Scenario) float64 {
	if s.Method.Batch == nil {
		return 1
	}
	return s.Method.Batch.Size()
}

// scales are the ratios between what is a sum and what is a mean, with ½ or without.
func scales(s *scenarios.Scenario) []float64 {
	a, b := s.Data.Alpha, batch(s)
	return []float64{2, 0.5, a, 1 / a, b, 1 / b, 2 / a, a / 2}
}

func (m *method) scaleGradient(by float64) {
	scale(m.rate, by)
	if m.ridge != nil {
		scale(m.ridge, 1/by)
	}
	if m.temperature != nil {
		*m.temperature /= by
	}
	for _, p := range m.penalties {
		*p /= by
	}
}

func lossMap(names ...string) func(*scenarios.Scenario, *row, float64) {
	return func(_ *scenarios.Scenario, r *row, x float64) {
		for _, name := range names {
			*r.of(name) *= x
		}
	}
}

func lossFactor(what string, names ...string) func(*scenarios.Scenario, *method) *number {
	return func(s *scenarios.Scenario, _ *method) *number {
		return factor(what, scales(s), func(x float64) (list []setting) {
			for _, name := range names {
				list = append(list, setting{name + " (factor)", x})
			}
			return list
		})
	}
}

func gaussian(s *scenarios.Scenario) (float64, bool) {
	g, ok := s.Teacher.Noise.(scenarios.Gaussian)
	return float64(g), ok && s.Teacher.Label != nil
}

// shrinkable reports whether batches remember nothing, so that in the limit only the fraction counts.
func shrinkable(s *scenarios.Scenario) bool {
	return s.Method.Batch == nil || s.Method.Batch.Independent() && !s.Method.Batch.Fresh()
}

func oneByOne(s *scenarios.Scenario, _ *method) bool {
	return len(s.Init.Overlap) == 1 && len(s.Init.Overlap[0]) == 1
}

// stretched is an activation of c x.
type stretched struct {
	scenarios.Activation
	by float64
}

func (s stretched) Value(x float64) float64      { return s.Activation.Value(s.by * x) }
func (s stretched) Derivative(x float64) float64 { return s.by * s.Activation.Derivative(s.by*x) }

// asFit is what is said of a slip that fits.
func (p *slip) asFit(n *number, pvalue, x, low, high float64) compare.Fit {
	if n == nil {
		return compare.Fit{Name: p.name, PValue: pvalue, Words: p.words}
	}
	value, by := around(x, low, high)
	f := compare.Fit{Name: p.name, PValue: pvalue, Words: n.words(value, by), About: p.words}
	lows, highs := n.settings(low), n.settings(high)
	for i, s := range n.settings(x) {
		number := compare.Number{Name: s.key, Interval: compare.Interval{Estimate: s.value, Low: lows[i].value, High: highs[i].value}}
		if number.Low > number.High {
			number.Low, number.High = number.High, number.Low
		}
		f.Numbers = append(f.Numbers, number)
	}
	return f
}

// around is a number with its interval, in words: to the digits that the interval leaves.
func around(x, low, high float64) (value, by string) {
	half := (high - low) / 2
	if !(half > 0) || half > 1e3 || half < 1e-12*math.Abs(x) {
		return fmt.Sprintf("%.6g", x), ""
	}
	digits := max(0, 1-int(math.Floor(math.Log10(half))))
	return fmt.Sprintf("%.*f", digits, x), fmt.Sprintf(" ± %.*f", digits, half)
}

package scenarios

import (
	"math"
	"sync"

	"limitcheck/internal/formula"
	"limitcheck/internal/spec"
)

// A Schedule is a number that may depend on the step.
type Schedule interface {
	At(t int) float64
}

// schedules are the schedules a scenario file can name; a bare number is Constant.
var schedules = spec.Registry[Schedule]{
	What:    "schedule",
	KindKey: "schedule",
	New: map[string]func() Schedule{
		"step":     func() Schedule { return new(step) },
		"cosine":   func() Schedule { return new(cosine) },
		"power":    func() Schedule { return &power{offset: 1} },
		"nesterov": func() Schedule { return nesterovSchedule{} },

		"beck-teboulle": func() Schedule { return beckTeboulle{} },

		"warmup":  func() Schedule { return new(warmup) },
		"formula": func() Schedule { return new(formulaSchedule) },
	},
	Number:     &spec.AnyNumber,
	FromNumber: func(x float64) Schedule { return Constant(x) },
	ToNumber: func(s Schedule) (float64, bool) {
		c, ok := s.(Constant)
		return float64(c), ok
	},
	FromList: func(values []float64) Schedule { return listed(values) },
	ToList: func(s Schedule) ([]float64, bool) {
		l, ok := s.(listed)
		return l, ok
	},
}

// over tells a schedule that needs it the number of steps.
func over(schedule Schedule, steps int) Schedule {
	if c, ok := schedule.(interface{ over(steps int) Schedule }); ok {
		return c.over(steps)
	}
	return schedule
}

// series is a key's value: a schedule that is within a rule at every step.
type series struct {
	spec.Defaulted
	name string // of the key
	p    *Schedule
	rule spec.Rule // at every step
	some bool      // it must not be 0 at all of them
}

// seriesKey is a key of a method; it is required if it has no default. number is the rule of a constant; a learning rate, which
// must be Positive, may be 0 at some steps.
func seriesKey(name string, p *Schedule, number spec.Rule, standard any) spec.Key {
	v := series{Defaulted: spec.PartIn(p, &schedules, number), name: name, p: p, rule: number}
	if v.some = !number.Holds(0); v.some {
		v.rule = spec.NonNegative
	}
	return spec.Key{
		Name: name, Required: standard == nil, Default: standard, Value: v,
		Accepts: "a number " + number.Words() + " or {schedule: …}",
	}
}

// check checks the values at all steps; the key is one of section's.
func (v series) check(section string, steps int) error {
	if n := entries(*v.p); n != 0 && n != steps {
		return wrong(section+"."+v.name, "must have %d entries, one for each of method.steps, got %d", steps, n)
	}
	moves := false
	for t := range steps {
		x := (*v.p).At(t)
		if !v.rule.Holds(x) {
			return wrong(section+"."+v.name, "must be %s at every step, got %g at step %d", v.rule.Words(), x, t)
		}
		moves = moves || x != 0
	}
	if v.some && !moves {
		return wrong(section+"."+v.name, "must be > 0 at some step, but is 0 at all %d", steps)
	}
	return nil
}

// entries is how many steps a schedule has values for; 0 says any number.
func entries(s Schedule) int {
	switch s := s.(type) {
	case listed:
		return len(s)
	case *warmup:
		return entries(s.then)
	}
	return 0
}

// Constant is the schedule that never changes.
type Constant float64

// At returns the constant.
func (c Constant) At(int) float64 { return float64(c) }

// listed is the schedule of these values, one a step.
type listed []float64

// At returns the value at t, after the last step the last.
func (l listed) At(t int) float64 { return l[min(t, len(l)-1)] }

// formulaSchedule is a formula of t.
type formulaSchedule struct {
	source  string
	formula formula.Formula
}

func (f *formulaSchedule) At(t int) float64 { return f.formula.Value(float64(t), 0, nil) }

func (f *formulaSchedule) Keys() spec.Keys {
	return spec.Keys{{Name: "formula", Value: expression(&f.source, &f.formula, []string{"t"}, nil)}}
}

// warmup is then(t)·min(1, (t+1)/steps): it reaches the other schedule, which goes on meanwhile, after so many steps.
type warmup struct {
	steps int
	then  Schedule
}

func (w *warmup) At(t int) float64 { return w.then.At(t) * min(1, float64(t+1)/float64(w.steps)) }

func (w *warmup) over(steps int) Schedule { return &warmup{w.steps, over(w.then, steps)} }

func (w *warmup) Keys() spec.Keys {
	return spec.Keys{
		{Name: "over", Value: spec.Whole(&w.steps, 1, maxSteps)},
		{Name: "then", Value: spec.Part(&w.then, &schedules)},
	}
}

// step is initial·factor^⌊t/every⌋.
type step struct {
	initial, factor float64
	every           int
}

func (s *step) At(t int) float64 { return s.initial * math.Pow(s.factor, float64(t/s.every)) }

func (s *step) Keys() spec.Keys {
	return spec.Keys{
		{Name: "initial", Value: spec.Number(&s.initial, spec.NonNegative)},
		{Name: "factor", Value: spec.Number(&s.factor, spec.Positive)},
		{Name: "every", Value: spec.Whole(&s.every, 1, maxSteps)},
	}
}

// cosine falls from initial at t = 0 to final at t = T, along half a period of the cosine.
type cosine struct {
	initial, final float64
	steps          int // T, set by the scenario
}

func (c *cosine) At(t int) float64 {
	return c.final + (c.initial-c.final)*(1+math.Cos(math.Pi*float64(t)/float64(c.steps)))/2
}

func (c *cosine) over(steps int) Schedule { return &cosine{c.initial, c.final, steps} }

func (c *cosine) Keys() spec.Keys {
	return spec.Keys{
		{Name: "initial", Value: spec.Number(&c.initial, spec.NonNegative)},
		{Name: "final", Value: spec.Number(&c.final, spec.NonNegative)},
	}
}

// power is initial·(1+t/offset)^(-exponent).
type power struct{ initial, exponent, offset float64 }

func (p *power) At(t int) float64 { return p.initial * math.Pow(1+float64(t)/p.offset, -p.exponent) }

func (p *power) Keys() spec.Keys {
	return spec.Keys{
		{Name: "initial", Value: spec.Number(&p.initial, spec.NonNegative)},
		{Name: "exponent", Value: spec.Number(&p.exponent, spec.NonNegative)},
		{Name: "offset", Value: spec.Number(&p.offset, spec.Positive)},
	}
}

// nesterovSchedule is t/(t+3), the look-ahead of accelerated gradient descent (Su, Boyd and Candès 2016).
type nesterovSchedule struct{}

func (nesterovSchedule) At(t int) float64 { return float64(t) / float64(t+3) }

// beckTeboulle is (θ_t−1)/θ_{t+1} with θ_1 = 1, θ_{t+1} = (1+√(1+4θ_t²))/2 (Beck and Teboulle 2009, equations 4.2 and 4.3,
// whose x_k is W_k).
type beckTeboulle struct{}

func (beckTeboulle) At(t int) float64 {
	if t == 0 {
		return 0
	}
	known := thetas()
	last := min(t, len(known)-1)
	theta := known[last-1]
	for ; last < t; last++ { // beyond the steps of any scenario file
		theta = nextTheta(theta)
	}
	return (theta - 1) / nextTheta(theta)
}

func nextTheta(theta float64) float64 { return (1 + math.Sqrt(1+4*theta*theta)) / 2 }

// thetas are θ_1, θ_2, … for every step that a scenario file can have: a schedule is asked for all of its values, more
// than once, so that a value must not cost a loop over those before it.
var thetas = sync.OnceValue(func() []float64 {
	theta := make([]float64, maxSteps+1)
	theta[0] = 1
	for t := range maxSteps {
		theta[t+1] = nextTheta(theta[t])
	}
	return theta
})

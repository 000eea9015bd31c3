package scenarios

import (
	"reflect"
	"strings"
)

// Flowing is an Optimizer whose limit is the gradient flow, with noise or without, as the learning rate falls to 0 at
// fixed times ηt. AtRate is the same method at another learning rate.
type Flowing interface {
	Optimizer
	Rate() Schedule
	AtRate(rate Schedule) Optimizer
}

// flowNames are those that a file can name.
func flowNames() (names []string) {
	for _, name := range optimizers.Names() {
		if _, ok := optimizers.New[name]().(Flowing); ok {
			names = append(names, name)
		}
	}
	return names
}

// maxFlow bounds the steps of the finest level to 128 times those of the coarsest.
const maxFlow = 8

func (s *Scenario) checkFlow() error {
	if s.Experiment.Flow == 0 {
		return nil
	}
	return s.CheckFlow(s.Experiment.Flow)
}

// CheckFlow says whether the scenario tends to a gradient flow as its learning rate is halved at fixed ηt, and whether
// that many levels can be extrapolated. The error is an *Error.
func (s *Scenario) CheckFlow(levels int) error {
	f, flows := s.Method.Optimizer.(Flowing)
	if flows { // a type that embeds one of ours has its AtRate, which knows nothing of that type
		flows = reflect.TypeOf(f.AtRate(f.Rate())) == reflect.TypeOf(f)
	}
	switch {
	case levels < 3 || levels > maxFlow:
		return wrong("experiment.flow", "must be 0 (none) or between 3 and %d levels, got %d", maxFlow, levels)
	case !flows:
		return wrong("experiment.flow", "needs method.kind %s: "+
			"of those alone the limit is the gradient flow, with noise or without", strings.Join(flowNames(), " or "))
	case s.Method.Steps<<(levels-1) > maxSteps:
		return wrong("experiment.flow", "the finest of %d levels would have %d steps, at most %d are possible: "+
			"fewer levels or method.steps", levels, s.Method.Steps<<(levels-1), maxSteps)
	case s.Method.Average != nil:
		return wrong("experiment.flow", "not with method.average: the flow is that of the iterates")
	case len(s.Student.Model().Parameters()) > 0:
		return wrong("experiment.flow", "needs a student whose weights alone are trained: "+
			"the rates of its own parameters are not halved")
	}
	if _, constant := f.Rate().(Constant); !constant {
		return wrong("experiment.flow", "needs a constant method.learning_rate, which is halved from level to level")
	}
	return nil
}

// Slower is the scenario at 1/factor of its learning rate, which is returned too, and factor times as many steps, so
// that times ηt are the same. The scenario must be one that CheckFlow accepts.
func (s *Scenario) Slower(factor int) (slower *Scenario, rate float64) {
	f := s.Method.Optimizer.(Flowing)
	constant := f.Rate().(Constant) / Constant(factor)
	c := *s
	c.Method.Optimizer, c.Method.Steps = f.AtRate(constant), s.Method.Steps*factor
	return &c, float64(constant)
}

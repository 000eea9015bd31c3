package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"limitcheck/internal/spec"
)

// Limits that no sensible scenario meets; they keep a slip of the keyboard from asking for the impossible.
const (
	maxSteps = 100_000
	maxUnits = 64
	maxDim   = 100_000_000
	minDim   = 8
)

const (
	nameWords  = "a name of at most 64 letters, digits, '-', '_' and '.'"
	titleWords = "one line of at most 200 characters"
)

var (
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	titlePattern = regexp.MustCompile(`^[\pL\pM\pN\pP\pS\p{Zs}]{1,200}$`) // what prints
)

// keys is the scenario file: every key, in order, with its range, its default and its place in s.
func (s *Scenario) keys() spec.Keys {
	return spec.Keys{
		{Name: "name", Required: true, Value: spec.Text(&s.Name, namePattern, nameWords)},
		{Name: "title", Derived: "the name", Value: spec.Text(&s.Title, titlePattern, titleWords)},
		{Name: "data", Required: true, Value: s.dataKeys()},
		{Name: "teacher", Value: s.teacherKeys()},
		{Name: "student", Required: true, Value: s.studentKeys()},
		{Name: "method", Required: true, Value: s.methodKeys()},
		{Name: "init", Value: s.initKeys()},
		{Name: "experiment", Value: s.experimentKeys()},
	}
}

func (s *Scenario) dataKeys() spec.Keys {
	return spec.Keys{
		{Name: "alpha", Required: true, Value: spec.Number(&s.Data.Alpha, spec.Positive)},
		{Name: "covariance", Default: "identity", Value: spec.Part(&s.Data.Covariance, &covariances)},
		{Name: "mixture", Value: spec.Optional(&s.Data.Mixture, func(m *Mixture) spec.Keys {
			return spec.Keys{
				{Name: "positions", Required: true, Value: spec.Numbers(&m.Positions, spec.AnyNumber)},
				{Name: "weights", Required: true, Value: spec.Probabilities(&m.Weights, &m.Positions)},
				{Name: "labels", Required: true, Value: spec.Numbers(&m.Labels, spec.AnyNumber)},
				{Name: "variance", Required: true, Value: spec.Number(&m.Variance, spec.Positive)},
			}
		})},
	}
}

func (s *Scenario) teacherKeys() spec.Keys {
	cluster := func() string {
		if s.Data.Mixture != nil {
			return "not with data.mixture, where a sample's label is its cluster's"
		}
		return ""
	}
	return spec.Keys{
		{Name: "units", Default: 1, Value: spec.Whole(&s.Teacher.Units, 1, maxUnits)},
		{Name: "label", Required: true, Unless: cluster, Value: spec.Part(&s.Teacher.Label, &labels)},
		{Name: "noise", Default: 0.0, Unless: cluster, Value: spec.Part(&s.Teacher.Noise, &noises)},
		{Name: "weights", Default: "gaussian", Value: spec.Part(&s.Teacher.Weights, &weightLaws)},
	}
}

func (s *Scenario) studentKeys() spec.Keys {
	units := spec.Key{Name: "units", Default: 1, Value: spec.Whole(&s.Student.Units, 1, maxUnits)}
	if s.Student.Custom != nil { // it has its own loss; the parts here are not looked at
		return spec.Keys{units}
	}
	return spec.Keys{
		units,
		{Name: "loss", Required: true, Value: spec.Part(&s.Student.Loss, &losses)},
		{Name: "activation", Default: "identity", Value: spec.Part(&s.Student.Activation, &activations)},
		{Name: "output_weights", Derived: "1/sqrt(units) each", Value: spec.Numbers(&s.Student.OutputWeights, notZero)},
	}
}

// notZero is the rule of output weights.
var notZero = spec.Range("a number other than 0", func(x float64) bool { return x != 0 })

func (s *Scenario) initKeys() spec.Keys {
	size := func() (students, teachers int) { return max(1, s.Student.Units), max(1, s.Teacher.Units) }
	return spec.Keys{
		{Name: "overlap", Derived: "0", Value: spec.Matrix(&s.Init.Overlap, size)},
		{Name: "norm", Derived: "1", Value: spec.Number(&s.Init.Norm, spec.NonNegative)},
	}
}

func (s *Scenario) experimentKeys() spec.Keys {
	e := &s.Experiment
	return spec.Keys{
		{Name: "dims", Default: []int{250, 500, 1000, 2000}, Value: spec.Wholes(&e.Dims, minDim, maxDim)},
		{Name: "replicas", Default: 32, Value: spec.Whole(&e.Replicas, 2, 10_000_000)},
		{Name: "seed", Default: uint64(1), Value: spec.Whole(&e.Seed, 1, 1<<53)},
		{Name: "margin", Default: 0.05, Value: spec.Number(&e.Margin, spec.OpenUnit)},
		{Name: "functions", Value: spec.Records(&e.Functions, s.functionKeys)},
		{Name: "flow", Default: 0, Value: spec.IfSet(spec.Whole(&e.Flow, 0, maxFlow))},
	}
}

func (s *Scenario) methodKeys() spec.Keys {
	m := &s.Method
	// An optional key is refused by the kinds that do not use it.
	optional := func(key string, v spec.Value) spec.Key {
		return spec.Key{Name: key, Value: v, Unless: func() string {
			if k := methods[m.Kind]; slices.Contains(k.needs, key) || slices.Contains(k.takes, key) {
				return ""
			}
			return fmt.Sprintf("method.kind %s does not use it (%s would)", m.Kind, strings.Join(kindsWith(key), ", "))
		}}
	}
	persistent := func() string {
		if m.Batch.Sampling == "persistent" {
			return ""
		}
		return "only batch.sampling persistent uses it"
	}
	atLeastOne := spec.Range("≥ 1", func(x float64) bool { return x >= 1 })
	samplings := slices.Sorted(maps.Keys(masks))
	common := spec.Keys{
		{Name: "batch", Value: spec.Keys{
			{Name: "fraction", Default: 1.0, Value: spec.Number(&m.Batch.Fraction, spec.HalfUnit)},
			{Name: "sampling", Default: "bernoulli", Value: spec.OneOf(&m.Batch.Sampling, "sampling", samplings)},
			{Name: "on_time", Required: true, Unless: persistent, Value: spec.Number(&m.Batch.OnTime, atLeastOne)},
		}},
		{Name: "steps", Required: true, Value: spec.Whole(&m.Steps, 1, maxSteps)},
	}
	if m.Custom != nil { // it has its own numbers; those here are not looked at
		return common
	}
	return append(spec.Keys{
		{Name: "kind", Required: true, Value: spec.OneOf(&m.Kind, "method", slices.Sorted(maps.Keys(methods)))},
		{Name: "learning_rate", Required: true, Value: spec.Part(&m.LearningRate, &schedules)},
		optional("ridge", spec.Number(&m.Ridge, spec.NonNegative)),
		optional("momentum", spec.Part(&m.Momentum, &schedules)),
		optional("temperature", spec.Number(&m.Temperature, spec.NonNegative)),
		optional("l1", spec.Number(&m.L1, spec.NonNegative)),
		optional("fused", spec.Number(&m.Fused, spec.NonNegative)),
		optional("decay1", spec.Number(&m.Decay1, spec.OpenUnit)),
		optional("decay2", spec.Number(&m.Decay2, spec.OpenUnit)),
	}, common...)
}

// kindsWith are the methods that use an optional key.
func kindsWith(key string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		if k := methods[name]; slices.Contains(k.needs, key) || slices.Contains(k.takes, key) {
			names = append(names, name)
		}
	}
	return names
}

// fill sets what has not been set to its default.
func (s *Scenario) fill() {
	or(&s.Title, s.Name)
	if s.Init.Overlap == nil && s.Init.Norm == 0 {
		s.Init.Norm = 1
	}
	s.keys().Fill()
	if s.Teacher.Noise == nil { // with a mixture, where the key does not apply
		s.Teacher.Noise = Gaussian(0)
	}
	if s.Method.Kind == "adam" {
		or(&s.Method.Decay1, 0.9)
		or(&s.Method.Decay2, 0.999)
	}
	if s.Method.Kind == "fista" && s.Method.Momentum == nil {
		s.Method.Momentum = nesterovSchedule{}
	}
	if k := s.Student.Units; s.Student.OutputWeights == nil && k > 0 && k <= maxUnits {
		s.Student.OutputWeights = make([]float64, k)
		for i := range s.Student.OutputWeights {
			s.Student.OutputWeights[i] = 1 / math.Sqrt(float64(k))
		}
	}
	if s.Init.Overlap == nil && max(s.Student.Units, s.Teacher.Units) <= maxUnits {
		s.Init.Overlap = make([][]float64, max(0, s.Student.Units))
		for k := range s.Init.Overlap {
			s.Init.Overlap[k] = make([]float64, max(0, s.Teacher.Units))
		}
	}
	s.Method.LearningRate = over(s.Method.LearningRate, s.Method.Steps)
	s.Method.Momentum = over(s.Method.Momentum, s.Method.Steps)
}

// over tells a schedule that needs it the number of steps.
func over(schedule Schedule, steps int) Schedule {
	if c, ok := schedule.(interface{ over(steps int) Schedule }); ok {
		return c.over(steps)
	}
	return schedule
}

// or is x, or the default if x is its zero value.
func or[T comparable](x *T, standard T) { *x = cmp.Or(*x, standard) }

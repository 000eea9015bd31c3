package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

var (
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	titlePattern = regexp.MustCompile(`^[^[:cntrl:]]{1,200}$`)
)

// fields is the scenario file: every key, in order, with its range and its place in s.
func (s *Scenario) fields() group {
	return group{
		{key: "name", required: true, value: &text{&s.Name, namePattern, "a name of at most 64 letters, digits, '-', '_' and '.'"}},
		{key: "title", value: &text{&s.Title, titlePattern, "one line of at most 200 characters"}},
		{key: "data", required: true, value: s.dataFields()},
		{key: "teacher", value: s.teacherFields()},
		{key: "student", required: true, value: s.studentFields()},
		{key: "method", required: true, value: s.methodFields()},
		{key: "init", value: group{
			{key: "overlap", value: &matrix{&s.Init.Overlap, func() (int, int) { return max(1, s.Student.Units), max(1, s.Teacher.Units) }}},
			{key: "norm", value: &numeric{&s.Init.Norm, nonNegative}},
		}},
		{key: "experiment", value: group{
			{key: "dims", value: &wholes{&s.Experiment.Dims, minDim, maxDim}},
			{key: "replicas", value: &whole[int]{&s.Experiment.Replicas, 2, 10_000_000}},
			{key: "seed", value: &whole[uint64]{&s.Experiment.Seed, 1, 1 << 53}},
			{key: "margin", value: &numeric{&s.Experiment.Margin, openUnit}},
			{key: "functions", value: &records[Function]{&s.Experiment.Functions, s.functionFields}},
			{key: "flow", value: &levels{whole[int]{&s.Experiment.Flow, 0, maxFlow}}},
		}},
	}
}

func (s *Scenario) dataFields() group {
	return group{
		{key: "alpha", required: true, value: &numeric{&s.Data.Alpha, positive}},
		{key: "covariance", value: &choice[Covariance]{&s.Data.Covariance, &covariances}},
		{key: "mixture", value: &optional[Mixture]{&s.Data.Mixture, func(m *Mixture) group {
			return group{
				{key: "positions", required: true, value: &numerics{&m.Positions, anyNumber}},
				{key: "weights", required: true, value: &probabilities{numerics{&m.Weights, positive}, &m.Positions}},
				{key: "labels", required: true, value: &numerics{&m.Labels, anyNumber}},
				{key: "variance", required: true, value: &numeric{&m.Variance, positive}},
			}
		}}},
	}
}

func (s *Scenario) teacherFields() group {
	cluster := func() string {
		if s.Data.Mixture != nil {
			return "not with data.mixture, where a sample's label is its cluster's"
		}
		return ""
	}
	return group{
		{key: "units", value: &whole[int]{&s.Teacher.Units, 1, maxUnits}},
		{key: "label", required: true, unless: cluster, value: &choice[Label]{&s.Teacher.Label, &labels}},
		{key: "noise", unless: cluster, value: &noiseChoice{choice[Noise]{&s.Teacher.Noise, &noises}}},
		{key: "weights", value: &choice[WeightLaw]{&s.Teacher.Weights, &weightLaws}},
	}
}

func (s *Scenario) studentFields() group {
	units := field{key: "units", value: &whole[int]{&s.Student.Units, 1, maxUnits}}
	if s.Student.Custom != nil { // it has its own loss; the parts here are not looked at
		return group{units}
	}
	return group{
		units,
		{key: "loss", required: true, value: &choice[Loss]{&s.Student.Loss, &losses}},
		{key: "activation", value: &choice[Activation]{&s.Student.Activation, &activations}},
		{key: "output_weights", value: &numerics{&s.Student.OutputWeights, rule{"a number other than 0", func(x float64) bool { return x != 0 }}}},
	}
}

func (s *Scenario) methodFields() group {
	m := &s.Method
	// An optional key is refused by the kinds that do not use it.
	optional := func(key string, v value) field {
		return field{key: key, value: v, unless: func() string {
			if k := methods[m.Kind]; slices.Contains(k.needs, key) || slices.Contains(k.takes, key) {
				return ""
			}
			return fmt.Sprintf("method.kind %s does not use it (%s would)", m.Kind, strings.Join(kindsWith(key), ", "))
		}}
	}
	common := group{
		{key: "batch", value: group{
			{key: "fraction", value: &numeric{&m.Batch.Fraction, halfUnit}},
			{key: "sampling", value: &named{&m.Batch.Sampling, "sampling", slices.Sorted(maps.Keys(masks))}},
			{key: "on_time", required: true, value: &numeric{&m.Batch.OnTime, rule{"≥ 1", func(x float64) bool { return x >= 1 }}}, unless: func() string {
				if m.Batch.Sampling == "persistent" {
					return ""
				}
				return "only batch.sampling persistent uses it"
			}},
		}},
		{key: "steps", required: true, value: &whole[int]{&m.Steps, 1, maxSteps}},
	}
	if m.Custom != nil { // it has its own numbers; those here are not looked at
		return common
	}
	return append(group{
		{key: "kind", required: true, value: &named{&m.Kind, "method", slices.Sorted(maps.Keys(methods))}},
		{key: "learning_rate", required: true, value: &choice[Schedule]{&m.LearningRate, &schedules}},
		optional("ridge", &numeric{&m.Ridge, nonNegative}),
		optional("momentum", &choice[Schedule]{&m.Momentum, &schedules}),
		optional("temperature", &numeric{&m.Temperature, nonNegative}),
		optional("l1", &numeric{&m.L1, nonNegative}),
		optional("fused", &numeric{&m.Fused, nonNegative}),
		optional("decay1", &numeric{&m.Decay1, openUnit}),
		optional("decay2", &numeric{&m.Decay2, openUnit}),
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
	or(&s.Teacher.Units, 1)
	or(&s.Student.Units, 1)
	or(&s.Method.Batch.Fraction, 1)
	or(&s.Method.Batch.Sampling, "bernoulli")
	or(&s.Experiment.Replicas, 32)
	or(&s.Experiment.Seed, 1)
	or(&s.Experiment.Margin, 0.05)
	if s.Method.Kind == "adam" {
		or(&s.Method.Decay1, 0.9)
		or(&s.Method.Decay2, 0.999)
	}
	if s.Method.Kind == "fista" && s.Method.Momentum == nil {
		s.Method.Momentum = nesterovSchedule{}
	}
	if s.Experiment.Dims == nil {
		s.Experiment.Dims = []int{250, 500, 1000, 2000}
	}
	if s.Data.Covariance == nil {
		s.Data.Covariance = identityCovariance{}
	}
	if s.Teacher.Noise == nil {
		s.Teacher.Noise = Gaussian(0)
	}
	if p, ok := s.Teacher.Label.(probitLabel); ok {
		s.Teacher.Noise, _ = p.widen(s.Teacher.Noise)
	}
	if s.Teacher.Weights == nil {
		s.Teacher.Weights = gaussianWeights{}
	}
	if s.Student.Activation == nil {
		s.Student.Activation = identity{}
	}
	if s.Student.OutputWeights == nil && s.Student.Units <= maxUnits {
		s.Student.OutputWeights = make([]float64, max(0, s.Student.Units))
		for k := range s.Student.OutputWeights {
			s.Student.OutputWeights[k] = 1 / math.Sqrt(float64(s.Student.Units))
		}
	}
	if s.Init.Overlap == nil && s.Init.Norm == 0 {
		s.Init.Norm = 1
	}
	if s.Init.Overlap == nil && max(s.Student.Units, s.Teacher.Units) <= maxUnits {
		s.Init.Overlap = scalarMatrix(0, max(0, s.Student.Units), max(0, s.Teacher.Units))
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

package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"

	"limitcheck/internal/spec"
)

// Limits that no sensible scenario meets; they keep a slip of the keyboard from asking for the impossible.
const (
	maxSteps = 100_000
	maxUnits = 64
	maxDim   = 100_000_000
	minDim   = 8
)

// Limits of an experiment, in a file and elsewhere.
const (
	MostReplicas = 10_000_000 // at each d
	MostDims     = 1000
	LargestSeed  = 1 << 53 // every number up to it is a number of YAML and JSON
)

const (
	nameWords  = "a name of at most 64 letters, digits, '-', '_' and '.'"
	titleWords = "one line of at most 200 characters"

	sourceWords = "one line of at most 400 characters"
)

var (
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	npyFile      = regexp.MustCompile(`^[\pL\pM\pN\pP\pS\p{Zs}]+\.npy$`)
	titlePattern = regexp.MustCompile(`^[\pL\pM\pN\pP\pS\p{Zs}]{1,200}$`) // what prints

	sourcePattern = regexp.MustCompile(`^[\pL\pM\pN\pP\pS\p{Zs}]{0,400}$`)
)

// reserved matches, in any case, the names of what a run directory holds beside its scenarios' directories.
var reserved = regexp.MustCompile(`^(?i:lock(\.held)?|scenarios|theory|shards|logs|(run|plan)\.json|(theory|job|merge|submit)\.sh|` +
	`report(\.old)?\.(md|html)|verdict(\.old)?\.json|summary(\.old)?\.csv|` +
	`calibration(\.old)?\.(md|svg)|calibration\.jsonl|` +
	`replicas(\.v[0-9]+(\.[0-9]+)?)?\.jsonl)$`)

// CheckName says whether a scenario may have a name: a run keeps its pictures in a directory of that name. The error is an
// *Error.
func CheckName(name string) error {
	switch {
	case !namePattern.MatchString(name):
		return wrong("name", "must be %s, got %q", nameWords, name)
	case reserved.MatchString(name):
		return wrong("name", "%s is what a file of a run directory is called; choose another", name)
	}
	return nil
}

func (s *Scenario) checkName() error { return CheckName(s.Name) }

// keys is the scenario file: every key, in order, with its range, its default and its place in s.
func (s *Scenario) keys() spec.Keys {
	return spec.Keys{
		{Name: "name", Required: true, Value: spec.Text(&s.Name, namePattern, nameWords)},
		{Name: "title", Derived: "the name", Value: spec.Text(&s.Title, titlePattern, titleWords)},
		{Name: "source", Later: true, Value: spec.IfSet(spec.Text(&s.Source, sourcePattern, sourceWords))},
		{Name: "data", Required: true, Value: s.dataKeys()},
		{Name: "teacher", Value: s.teacherKeys()},
		{Name: "student", Required: true, Value: s.studentKeys()},
		{Name: "method", Required: true, Value: s.methodKeys()},
		{Name: "init", Value: s.initKeys()},
		{Name: "experiment", Value: s.experimentKeys()},
		{Name: "grid", Value: spec.Choices(new([]Choice))}, // read before the others, which it sets: grid.go
	}
}

func (s *Scenario) dataKeys() spec.Keys {
	keys := spec.Keys{
		{Name: "alpha", Required: true, Value: spec.Number(&s.Data.Alpha, spec.Positive)},
		{Name: "covariance", Default: "identity", Value: spec.Part(&s.Data.Covariance, &covariances)},
		{Name: "entries", Value: spec.Part(&s.Data.Entries, &entryLaws)},
		{Name: "features", Value: s.featuresKey()},
		{Name: "mixture", Value: spec.Optional(&s.Data.Mixture, func(m *Mixture) spec.Keys {
			return spec.Keys{
				{Name: "positions", Required: true, Value: spec.Rows(&m.Positions, spec.AnyNumber)},
				{Name: "weights", Required: true, Value: spec.Probabilities(&m.Weights, &m.Positions)},
				{Name: "labels", Required: true, Value: spec.Numbers(&m.Labels, spec.AnyNumber)},
				{Name: "variance", Required: true, Value: spec.EachOrAll(&m.Variance, spec.Positive)},
			}
		})},
	}
	if _, ofFile := s.Data.Covariance.(*featureSpectrum); ofFile { // which features says already
		keys = slices.DeleteFunc(keys, func(k spec.Key) bool { return k.Name == "covariance" })
	}
	return keys
}

func (s *Scenario) teacherKeys() spec.Keys {
	cluster := func() string {
		if s.Data.Mixture != nil {
			return "not with data.mixture, where a sample's label is its cluster's"
		}
		return ""
	}
	return spec.Keys{
		{Name: "units", Derived: "1; with a mixture, as many as its positions have coordinates",
			Value: spec.Whole(&s.Teacher.Units, 1, maxUnits)},
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
	fields := func(why string) func() string {
		return func() string {
			if _, ok := fieldLoss(s.Student.Loss); ok {
				return fmt.Sprintf("not with loss %s, which is of the fields r_k + b_k themselves%s", Name(s.Student.Loss), why)
			}
			return ""
		}
	}
	return spec.Keys{
		units,
		{Name: "loss", Required: true, Value: spec.Part(&s.Student.Loss, &losses)},
		{Name: "activation", Default: "identity", Unless: fields(""), Value: spec.Part(&s.Student.Activation, &activations)},
		{Name: "output_weights", Derived: "1/sqrt(units) each", Unless: fields(""), Value: trainable(
			spec.Numbers(&s.Student.OutputWeights, notZero), &s.Student.OutputWeightRate)},
		{Name: "biases", Value: trainable(spec.Numbers(&s.Student.Biases, spec.AnyNumber), &s.Student.BiasRate)},
		{Name: "offset", Unless: fields(": one number for all of them changes no class; biases are one a class"),
			Value: trainable(spec.Number(&s.Student.Offset, spec.AnyNumber), &s.Student.OffsetRate)},
		{Name: "dropout", Unless: fields(""), Value: spec.Optional(&s.Student.Dropout, dropoutKeys)},
	}
}

// trainable is a value that is fixed, or the start of one with a learning rate of its own: {start: …, learning_rate: …}.
func trainable(start spec.Value, rate *Schedule) spec.Value {
	return spec.Short(spec.Keys{
		{Name: "start", Value: start},
		{Name: "learning_rate", Value: spec.PartIn(rate, &schedules, spec.NonNegative)},
	})
}

// notZero is the rule of output weights.
var notZero = spec.Range("a number other than 0", func(x float64) bool { return x != 0 })

func (s *Scenario) initKeys() spec.Keys {
	size := func() (students, teachers int) { return max(1, s.Student.Units), s.teachers() }
	startless := s.Method.stepless("is the same from every start")
	return spec.Keys{
		{Name: "overlap", Derived: "0", Unless: startless, Value: spec.Matrix(&s.Init.Overlap, size)},
		{Name: "norm", Derived: "1", Unless: startless, Value: spec.Number(&s.Init.Norm, spec.NonNegative)},
	}
}

func (s *Scenario) experimentKeys() spec.Keys {
	e := &s.Experiment
	return spec.Keys{
		{Name: "dims", Default: []int{250, 500, 1000, 2000}, Value: spec.Wholes(&e.Dims, minDim, maxDim)},
		{Name: "replicas", Default: 32, Value: spec.Counts(&e.Replicas, &e.ReplicasAt,
			spec.Interval{Low: minDim, High: maxDim}, spec.Interval{Low: 2, High: MostReplicas})},
		{Name: "seed", Default: uint64(1), Value: spec.Whole(&e.Seed, 1, LargestSeed)},
		{Name: "margin", Default: 0.05, Value: spec.NumberOr(&e.Margin, spec.OpenUnit, spec.Named(&e.Margins,
			func(m *Margin) *string { return &m.Observable }, marginKeys))},
		{Name: "functions", Value: spec.Records(&e.Functions, s.functionKeys)},
		{Name: "flow", Default: 0, Value: spec.IfSet(spec.Whole(&e.Flow, 0, maxFlow))},
	}
}

// marginKeys is a margin: a number, relative, or {absolute: number}.
func marginKeys(m *Margin) spec.Value {
	return spec.Short(spec.Keys{
		{Name: "relative", Value: spec.IfSet(spec.Number(&m.Relative, spec.OpenUnit))},
		{Name: "absolute", Value: spec.Number(&m.Absolute, spec.Positive)},
	})
}

func (s *Scenario) methodKeys() spec.Value {
	rest := spec.Keys{
		{Name: "batch", Unless: s.Method.stepless("sees all samples"), Value: spec.Flat(&s.Method.Batch, &masks)},
		{Name: "steps", Required: true, Unless: s.Method.stepless("is where steps lead, without any"),
			Value: spec.Whole(&s.Method.Steps, 1, maxSteps)},
	}
	rest = append(rest, s.Method.sizeKeys()...)
	rest = append(rest, s.Method.averageKey())
	return spec.Flat(&s.Method.Optimizer, &optimizers, rest...)
}

// teachers is the number of teacher units, given or not.
func (s *Scenario) teachers() int {
	if m := s.Data.Mixture; s.Teacher.Units == 0 && m != nil && len(m.Positions) > 0 {
		return max(1, len(m.Positions[0]))
	}
	return max(1, s.Teacher.Units)
}

// fill sets what has not been set to its default.
func (s *Scenario) fill() {
	if s.Teacher.Units == 0 {
		s.Teacher.Units = s.teachers()
	}
	if m := s.Data.Mixture; m != nil && len(m.Variance) == 1 {
		filled := *m // which may be shared
		filled.Variance = slices.Repeat(m.Variance, max(1, len(m.Positions)))
		s.Data.Mixture = &filled
	}
	if s.Data.Entries == (gaussianEntries{}) {
		s.Data.Entries = nil
	}
	if d := s.Student.Dropout; d != nil && d.Keep == 1 {
		s.Student.Dropout = nil
	}
	s.fillFeatures()
	or(&s.Title, s.Name)
	_, static := s.Method.Minimizer()
	if s.Init.Overlap == nil && s.Init.Norm == 0 && !static {
		s.Init.Norm = 1
	}
	s.keys().Fill()
	if s.Experiment.Margin == 0 { // of the observables that have none of their own
		s.Experiment.Margin = 0.05
	}
	if s.Teacher.Noise == nil { // with a mixture, where the key does not apply
		s.Teacher.Noise = Gaussian(0)
	}
	_, ofFields := fieldLoss(s.Student.Loss)
	if k := s.Student.Units; s.Student.OutputWeights == nil && !ofFields && k > 0 && k <= maxUnits {
		s.Student.OutputWeights = make([]float64, k)
		for i := range s.Student.OutputWeights {
			s.Student.OutputWeights[i] = 1 / math.Sqrt(float64(k))
		}
	}
	if s.Student.Biases == nil && s.Student.BiasRate != nil {
		s.Student.Biases = make([]float64, min(maxUnits, max(0, s.Student.Units)))
	}
	if s.Init.Overlap == nil && !static && max(s.Student.Units, s.Teacher.Units) <= maxUnits {
		s.Init.Overlap = s.noOverlap()
	}
	for _, v := range s.Method.series() {
		*v.p = over(*v.p, s.Method.Steps)
	}
	for _, rate := range s.Student.rates() {
		if *rate.p != nil {
			*rate.p = over(*rate.p, s.Method.Steps)
		}
	}
}

// noOverlap is the K×M matrix of zeros; a number of units that is not set yet is 1.
func (s *Scenario) noOverlap() [][]float64 {
	overlap := make([][]float64, max(1, s.Student.Units))
	for k := range overlap {
		overlap[k] = make([]float64, max(1, s.Teacher.Units))
	}
	return overlap
}

// or is x, or the default if x is its zero value.
func or[T comparable](x *T, standard T) { *x = cmp.Or(*x, standard) }

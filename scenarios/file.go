package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	"limitcheck/internal/spec"
)

// Load reads a scenario file. If dims are given they take the place of the file's, which need not fit its alpha then.
// Every error is an *Error.
func Load(path string, dims ...int) (*Scenario, error) {
	document, err := spec.Open(path)
	if err != nil {
		return nil, err
	}
	return single(document, dims)
}

// Parse reads a scenario file's text; name is what errors call the file. The scenario is complete: defaults are filled
// in, every number is in range and the combination is one that the equations cover. Every error is an *Error.
func Parse(name string, data []byte) (*Scenario, error) {
	document, err := spec.Parse(name, data)
	if err != nil {
		return nil, err
	}
	return single(document, nil)
}

// read reads a document without a grid.
func read(document *spec.Document, dims []int) (*Scenario, error) {
	s := new(Scenario)
	if err := document.Read(s.keys()); err != nil {
		return nil, document.Locate(err)
	}
	switch given := document.Given("init.norm"); {
	case given && s.Init.Overlap == nil:
		s.Init.Overlap = s.noOverlap()
	case !given && s.Init.Overlap != nil:
		s.Init.Norm = 1
	}
	if dims != nil {
		s.Experiment.Dims = dims
	}
	if err := s.Validate(); err != nil {
		if e := err.(*Error); dims != nil && strings.HasPrefix(e.Key, "experiment.dims") {
			e.Key = "dim" // which is no key of the file
			return nil, e
		}
		return nil, document.Locate(err)
	}
	return s, nil
}

// YAML is the scenario as a file, with every default spelled out. Parse reads it back as the same scenario. A scenario
// with parts that are Go types of the caller has no such file, which is an error.
func (s *Scenario) YAML() ([]byte, error) {
	text, foreign, err := s.keys().YAML()
	if s.Student.Custom != nil {
		foreign = append(foreign, fmt.Sprintf("student %T", s.Student.Custom))
	}
	for _, f := range s.Experiment.Functions {
		if f.Custom != nil {
			foreign = append(foreign, "function "+f.Name)
		}
	}
	if len(foreign) > 0 {
		return nil, fmt.Errorf("scenario %s cannot be written as YAML: %s is a Go type that no file can name",
			s.Name, strings.Join(foreign, ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("scenario %s cannot be written as YAML: %w", s.Name, err)
	}
	return text, nil
}

// Hash identifies everything that determines a replica: all but the name, the title, the source and the experiment's dims, replicas
// and margin.
func (s *Scenario) Hash() string {
	bare := *s
	bare.Name, bare.Title, bare.Source = "hash", "hash", ""
	bare.Experiment = Experiment{
		Dims: []int{minDim}, Replicas: 2, Seed: s.Experiment.Seed, Margin: 0.5, Functions: s.Experiment.Functions,
	}
	text := bare.keys().Canonical()
	if s.Student.Custom != nil {
		text = append(text, spec.Contents(s.Student.Custom)...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Name is what a scenario file writes for a part: "logistic", "{sparse: 0.2}", "0.3". For a Go type of the caller it is
// the type's String method, or else its name.
func Name(part any) string {
	var v spec.Value
	switch p := part.(type) {
	case Loss:
		v = spec.Part(&p, &losses)
	case Label:
		v = spec.Part(&p, &labels)
	case Activation:
		v = spec.Part(&p, &activations)
	case Covariance:
		v = spec.Part(&p, &covariances)
	case WeightLaw:
		v = spec.Part(&p, &weightLaws)
	case EntryLaw:
		v = spec.Part(&p, &entryLaws)
	case Noise:
		v = spec.Part(&p, &noises)
	case Schedule:
		v = spec.Part(&p, &schedules)
	case Optimizer:
		v = spec.Flat(&p, &optimizers)
	case Mask:
		v = spec.Flat(&p, &masks)
	}
	if v != nil {
		if name := spec.Spelling(v); name != "" {
			return name
		}
	}
	if s, ok := part.(fmt.Stringer); ok {
		return s.String()
	}
	return strings.TrimPrefix(reflect.TypeOf(part).String(), "*")
}

// Named is the inverse of Name: it makes the part of type T (Loss, Label, Activation, Covariance, EntryLaw, WeightLaw,
// Noise, Schedule, Optimizer or Mask) that a scenario file writes so, a method as {kind: sgd, learning_rate: 0.1}. A cosine
// schedule learns its number of steps from Validate.
func Named[T any](spelling string) (T, error) {
	var part T
	var v spec.Value
	switch p := any(&part).(type) {
	case *Loss:
		v = spec.Part(p, &losses)
	case *Label:
		v = spec.Part(p, &labels)
	case *Activation:
		v = spec.Part(p, &activations)
	case *Covariance:
		v = spec.Part(p, &covariances)
	case *WeightLaw:
		v = spec.Part(p, &weightLaws)
	case *EntryLaw:
		v = spec.Part(p, &entryLaws)
	case *Noise:
		v = spec.Part(p, &noises)
	case *Schedule:
		v = spec.Part(p, &schedules)
	case *Optimizer:
		v = spec.Flat(p, &optimizers)
	case *Mask:
		v = spec.Flat(p, &masks)
	default:
		return part, fmt.Errorf("scenarios: %T has no named values", part)
	}
	document, err := spec.Parse(spelling, []byte(spelling))
	if err == nil {
		err = document.Read(v)
	}
	return part, err
}

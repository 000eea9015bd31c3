package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/davecgh/go-spew/spew"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits above which a file is certainly no scenario. The YAML parser takes time quadratic in both, so that they also
// bound the time to a second.
const (
	maxFile    = 16 << 10 // bytes
	maxNesting = 64       // brackets open at once
)

// Load reads a scenario file. Every error is an *Error.
func Load(path string) (*Scenario, error) {
	fail := func(format string, args ...any) (*Scenario, error) {
		return nil, &Error{File: path, Message: oneLine(fmt.Sprintf(format, args...))}
	}
	info, err := os.Stat(path)
	if err != nil {
		return fail("cannot read the scenario file: %v", underlying(err))
	}
	if info.IsDir() {
		return fail("is a directory; a scenario is one .yaml file")
	}
	f, err := os.Open(path)
	if err != nil {
		return fail("cannot read the scenario file: %v", underlying(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return fail("cannot read the scenario file: %v", underlying(err))
	}
	return Parse(path, data)
}

// underlying drops the operation and path that the message names already.
func underlying(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Parse reads a scenario file's text; name is what errors call the file. The scenario is complete: defaults are filled
// in, every number is in range and the combination is one that the equations cover. Every error is an *Error.
func Parse(name string, data []byte) (*Scenario, error) {
	r := newReader(name)
	root, err := r.parse(data)
	if err != nil {
		return nil, err
	}
	s := new(Scenario)
	if err := s.fields().read(root); err != nil {
		return nil, r.locate(err)
	}
	if s.Init.Norm == 0 && r.keys["init.norm"] != nil && s.Init.Overlap == nil {
		return nil, r.locate(wrong("init.norm", "must be > 0 with overlap 0: W0 would be 0, where no cosine similarity is defined"))
	}
	if s.Init.Overlap != nil && r.keys["init.norm"] == nil {
		s.Init.Norm = 1
	}
	if err := s.Validate(); err != nil {
		return nil, r.locate(err)
	}
	return s, nil
}

// parse returns the one document of a file.
func (r *reader) parse(data []byte) (node, error) {
	fail := func(line, column int, format string, args ...any) (node, error) {
		return node{}, &Error{File: r.file, Line: line, Column: column, Message: oneLine(fmt.Sprintf(format, args...))}
	}
	if len(data) > maxFile {
		return fail(0, 0, "is larger than %d bytes; a scenario is a short YAML file", maxFile)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if line, column, ok := firstBinary(data); !ok {
		return fail(line, column, "is not a text file (UTF-8 is accepted)")
	}
	if bytes.Count(data, []byte("["))-bytes.Count(data, []byte("]")) > maxNesting || bytes.Count(data, []byte("{"))-bytes.Count(data, []byte("}")) > maxNesting {
		return fail(0, 0, "not valid YAML: brackets are not closed")
	}
	file, err := parseYAML(data)
	if err != nil {
		line, column, message := syntaxError(err)
		return fail(line, column, "not valid YAML: %s", message)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			p := position(doc.Body)
			return fail(p.Line, p.Column, "a second YAML document: a scenario file holds one")
		}
		root = doc.Body
	}
	if root == nil {
		return fail(0, 0, "is empty; a scenario needs the keys %s", strings.Join(new(Scenario).fields().keys(), ", "))
	}
	n := node{r: r}
	return n.child("", root), nil
}

// firstBinary finds the first byte that no text has.
func firstBinary(data []byte) (line, column int, ok bool) {
	line, column = 1, 1
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		if c == utf8.RuneError && size == 1 || c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return line, column, false
		}
		if data = data[size:]; c == '\n' {
			line, column = line+1, 1
		} else {
			column++
		}
	}
	return 0, 0, true
}

// parseYAML turns a panic of the parser, which is not ours, into an error.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the parser gave up")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

func syntaxError(err error) (line, column int, message string) {
	var e yaml.Error
	if errors.As(err, &e) {
		if t := e.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
		return line, column, e.GetMessage()
	}
	return 0, 0, err.Error()
}

// YAML is the scenario as a file, with every default spelled out. Parse reads it back as the same scenario. A scenario
// with parts that are Go types of the caller has no such file, which is an error.
func (s *Scenario) YAML() ([]byte, error) {
	var w writer
	tree := s.fields().write(&w)
	if s.Student.Custom != nil {
		w.foreign = append(w.foreign, fmt.Sprintf("student %T", s.Student.Custom))
	}
	if s.Method.Custom != nil {
		w.foreign = append(w.foreign, fmt.Sprintf("optimizer %T", s.Method.Custom))
	}
	for _, f := range s.Experiment.Functions {
		if f.Custom != nil {
			w.foreign = append(w.foreign, "function "+f.Name)
		}
	}
	if len(w.foreign) > 0 {
		return nil, fmt.Errorf("scenario %s cannot be written as YAML: %s is a Go type that no file can name", s.Name, strings.Join(w.foreign, ", "))
	}
	return yaml.MarshalWithOptions(tree, yaml.Flow(false), yaml.CustomMarshaler(flowList[float64]), yaml.CustomMarshaler(flowList[int]))
}

// flowList writes a list of numbers on one line.
func flowList[T float64 | int](list []T) ([]byte, error) {
	return yaml.MarshalWithOptions(list, yaml.Flow(true), yaml.CustomMarshaler(func(x T) ([]byte, error) { return yaml.Marshal(x) }))
}

// Hash identifies everything that determines a replica: all but the name, the title and the experiment's dims, replicas
// and margin.
func (s *Scenario) Hash() string {
	bare := *s
	bare.Name, bare.Title, bare.Experiment = "hash", "hash", Experiment{Dims: []int{minDim}, Replicas: 2, Seed: s.Experiment.Seed, Margin: 0.5, Functions: s.Experiment.Functions}
	text := canonical(bare.fields().write(&writer{hash: true}).(mapping))
	if s.Student.Custom != nil {
		text = append(text, contents(s.Student.Custom)...)
	}
	if s.Method.Custom != nil {
		text = append(text, contents(s.Method.Custom)...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// contents tells a Go part of the caller from others of its type by all that it holds, behind pointers too, whose
// addresses change from run to run. Functions it holds are told apart within one build of the program only.
func contents(part any) string {
	return (&spew.ConfigState{Indent: " ", DisablePointerAddresses: true, DisableCapacities: true, DisableMethods: true, SortKeys: true, SpewKeys: true}).Sdump(part)
}

// Name is what a scenario file writes for a part: "logistic", "{sparse: 0.2}", "0.3". For a Go type of the caller it is
// the type's String method, or else its name.
func Name(part any) string {
	w := new(writer)
	var v any
	switch p := part.(type) {
	case Loss:
		v = (&choice[Loss]{&p, &losses}).write(w)
	case Label:
		v = (&choice[Label]{&p, &labels}).write(w)
	case Activation:
		v = (&choice[Activation]{&p, &activations}).write(w)
	case Covariance:
		v = (&choice[Covariance]{&p, &covariances}).write(w)
	case WeightLaw:
		v = (&choice[WeightLaw]{&p, &weightLaws}).write(w)
	case Noise:
		v = (&choice[Noise]{&p, &noises}).write(w)
	case Schedule:
		v = (&choice[Schedule]{&p, &schedules}).write(w)
	}
	if v == nil || len(w.foreign) > 0 {
		if s, ok := part.(fmt.Stringer); ok {
			return s.String()
		}
		return strings.TrimPrefix(reflect.TypeOf(part).String(), "*")
	}
	out, err := yaml.MarshalWithOptions(v, yaml.Flow(true))
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(string(out))
}

// Named is the inverse of Name: it makes the part of type T (Loss, Label, Activation, Covariance, WeightLaw, Noise or
// Schedule) that a scenario file writes so. A cosine schedule learns its number of steps from Validate.
func Named[T any](spelling string) (T, error) {
	var part T
	var v value
	switch p := any(&part).(type) {
	case *Loss:
		v = &choice[Loss]{p, &losses}
	case *Label:
		v = &choice[Label]{p, &labels}
	case *Activation:
		v = &choice[Activation]{p, &activations}
	case *Covariance:
		v = &choice[Covariance]{p, &covariances}
	case *WeightLaw:
		v = &choice[WeightLaw]{p, &weightLaws}
	case *Noise:
		v = &choice[Noise]{p, &noises}
	case *Schedule:
		v = &choice[Schedule]{p, &schedules}
	default:
		return part, fmt.Errorf("scenarios: %T has no named values", part)
	}
	root, err := newReader(spelling).parse([]byte(spelling))
	if err == nil {
		err = v.read(root)
	}
	return part, err
}

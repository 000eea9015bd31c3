package scenarios

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"limitcheck/internal/spec"
)

// sample is a correct file; the bad inputs below are one edit away from it.
const sample = `name: sample
title: A sample
data:
  alpha: 2
  covariance: identity
teacher:
  label: sign
  noise: 0.1
student:
  loss: logistic
method:
  kind: sgd
  learning_rate: 0.5
  ridge: 0.1
  batch: {fraction: 0.4, sampling: bernoulli}
  steps: 20
init: {overlap: 0.1, norm: 1}
experiment:
  dims: [100, 200]
  replicas: 8
`

func TestParse(t *testing.T) {
	s, err := Parse("sample.yaml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if s.Data.Alpha != 2 || s.Teacher.Noise != Gaussian(0.1) || *s.Method.Batch.(*Bernoulli) != (Bernoulli{Fraction: 0.4}) || s.Init.Overlap[0][0] != 0.1 || s.Experiment.Dims[1] != 200 {
		t.Errorf("got %+v", s)
	}
	if s.Teacher.Units != 1 || s.Student.OutputWeights[0] != 1 || s.Experiment.Seed != 1 || s.Experiment.Margin != 0.05 || s.Student.Activation != (identity{}) {
		t.Errorf("defaults are not filled in: %+v", s)
	}
}

// A mapping of replicas is of some dims; the others have the default, and it survives being written. A count may wait for
// its dim.
func TestReplicasAt(t *testing.T) {
	text := strings.Replace(sample, "replicas: 8", "replicas: {200: 5, 400: 9}", 1)
	s, err := Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	written, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("y.yaml", written)
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	for _, x := range []Experiment{s.Experiment, again.Experiment} {
		if x.Count(100) != 32 || x.Count(200) != 5 || x.Count(400) != 9 || x.Total() != 37 || x.Counts() != "32 and 5" {
			t.Errorf("%+v: %d in all, %s", x, x.Total(), x.Counts())
		}
	}
	s.Experiment.ReplicasAt = map[int]int{100: 1}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "experiment.replicas.100: must be between 2 and") {
		t.Errorf("error %v", err)
	}
}

// An overlap alone leaves the norm at its default; a norm of 0 is possible if the overlap is not 0.
func TestInit(t *testing.T) {
	for given, want := range map[string]Init{
		"{overlap: 0.1}":          {[][]float64{{0.1}}, 1},
		"{norm: 2}":               {[][]float64{{0}}, 2},
		"{overlap: 1, norm: 0}":   {[][]float64{{1}}, 0},
		"{overlap: [[-0.5]]}":     {[][]float64{{-0.5}}, 1},
		"{overlap: 0, norm: 0.5}": {[][]float64{{0}}, 0.5},
	} {
		s, err := Parse("x.yaml", []byte(strings.Replace(sample, "{overlap: 0.1, norm: 1}", given, 1)))
		if err != nil || s.Init.Overlap[0][0] != want.Overlap[0][0] || s.Init.Norm != want.Norm {
			t.Errorf("%s: %+v, %v", given, s, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	s, err := Parse("x.yaml", []byte("name: least\ndata: {alpha: 1}\nteacher: {label: linear}\nstudent: {loss: square}\nmethod: {kind: sgd, learning_rate: 0.1, steps: 5}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `name: least
title: least
data:
  alpha: 1.0
  covariance: identity
teacher:
  units: 1
  label: linear
  noise: 0.0
  weights: gaussian
student:
  units: 1
  loss: square
  activation: identity
  output_weights: [1.0]
method:
  kind: sgd
  learning_rate: 0.1
  ridge: 0.0
  batch:
    fraction: 1.0
    sampling: bernoulli
  steps: 5
init:
  overlap: 0.0
  norm: 1.0
experiment:
  dims: [250, 500, 1000, 2000]
  replicas: 32
  seed: 1
  margin: 0.05
`
	if got, err := s.YAML(); err != nil || string(got) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

// badInputs are edits of sample and the whole error that each gives.
var badInputs = []struct{ old, new, want string }{
	// keys
	{"  ridge: 0.1", "  rigde: 0.1", `x.yaml:14:3: method.rigde: unknown key "rigde", did you mean ridge? (accepted: {keys of sgd})`},
	{"student:", "colour: red\nstudent:", `x.yaml:9:1: colour: unknown key "colour" (accepted: name, title, source, data, teacher, student, method, init, experiment, grid)`},
	{"fraction: 0.4", "fracton: 0.4", `x.yaml:15:11: method.batch.fracton: unknown key "fracton", did you mean fraction? (accepted: fraction, sampling)`},
	{"  replicas: 8", "  replicas: 8\n  replicas: 9", `x.yaml:21:3: experiment.replicas: given twice`},
	{"norm: 1}", "norm: 1, norm: 2}", `x.yaml:17:31: init.norm: given twice`},
	{"  steps: 20\n", "", `x.yaml:12:3: method.steps: required, but missing`},
	{"  label: sign\n", "", `x.yaml:7:3: teacher.label: required, but missing`},
	{"name: sample\n", "", `x.yaml:1:1: name: required, but missing`},
	{"student:\n  loss: logistic\n", "", `x.yaml:1:1: student: required, but missing`},
	{"  noise: 0.1", "  ? noise", `x.yaml:8:3: teacher: a key must be a plain name (accepted: units, label, noise, weights), got "?"`},
	{"  noise: 0.1", "  1: 0.1", `x.yaml:8:3: teacher: a key must be a plain name (accepted: units, label, noise, weights), got "1"`},
	{"init: {overlap: 0.1, norm: 1}", "init: &a {overlap: 0.1, norm: 1}", `x.yaml:17:7: init: must be a mapping with the keys overlap, norm, got an anchor or alias`},
	{"  noise: 0.1", "  <<: {noise: 0.1}", `x.yaml:8:3: teacher: a key must be a plain name (accepted: units, label, noise, weights), got "<<"`},
	{"  noise: 0.1", "  \"a\\e[31m\\nb\\u202Ec\\x9d\": 0.1", `x.yaml:8:3: teacher.a\x1b[31m b\u202ec\u009d: unknown key "a\x1b[31m\nb\u202ec\u009d" (accepted: units, label, noise, weights)`},
	{"  noise: 0.1", "  noise\u200b: 0.1", `x.yaml:8:3: teacher.noise\u200b: unknown key "noise\u200b", did you mean noise? (accepted: units, label, noise, weights)`},
	{"title: A sample", "title: A\u202e sample", `x.yaml:2:8: title: must be one line of at most 200 characters, got "A\u202e sample"`},
	{"title: A sample", "title: A\u0085sample", `x.yaml:2:8: title: must be one line of at most 200 characters, got "A\u0085sample"`},
	// types
	{"alpha: 2", "alpha: two", `x.yaml:4:10: data.alpha: must be a decimal number, got "two"`},
	{"alpha: 2", `alpha: "2"`, `x.yaml:4:10: data.alpha: must be a decimal number, got "2"`},
	{"alpha: 2", "alpha: [2]", `x.yaml:4:10: data.alpha: must be a decimal number, got a list`},
	{"alpha: 2", "alpha: true", `x.yaml:4:10: data.alpha: must be a decimal number, got true`},
	{"alpha: 2", "alpha:", `x.yaml:4:9: data.alpha: must be a decimal number, got nothing`},
	{"alpha: 2", "alpha: !!float 2", `x.yaml:4:10: data.alpha: must be a decimal number, got a tag`},
	{"alpha: 2", "alpha: .nan", `x.yaml:4:10: data.alpha: must be a decimal number, got .nan`},
	{"alpha: 2", "alpha: -.inf", `x.yaml:4:10: data.alpha: must be a decimal number, got -.inf`},
	{"alpha: 2", "alpha: NaN", `x.yaml:4:10: data.alpha: must be a decimal number, got "NaN"`},
	{"alpha: 2", "alpha: 1e400", `x.yaml:4:10: data.alpha: must be a finite number, got 1e400`},
	{"alpha: 2", "alpha: 1e30", `x.yaml:4:10: data.alpha: must be a number of magnitude at most 1e+09, got 1e+30`},
	{"alpha: 2", "alpha: 0x2", `x.yaml:4:10: data.alpha: must be a decimal number, got 0x2`},
	{"alpha: 2", "alpha: 0o2", `x.yaml:4:10: data.alpha: must be a decimal number, got 0o2`},
	{"alpha: 2", "alpha: 02", `x.yaml:4:10: data.alpha: must be a decimal number, got 02`},
	{"alpha: 2", "alpha: 2_0", `x.yaml:4:10: data.alpha: must be a decimal number, got 2_0`},
	{"alpha: 2", "alpha: 2,5", `x.yaml:4:10: data.alpha: must be a decimal number, got "2,5"`},
	{"  alpha: 2\n  covariance: identity", "  - 2", `x.yaml:4:3: data: must be a mapping with the keys alpha, covariance, entries, features, mixture, got a list`},
	{"steps: 20", "steps: 20.5", `x.yaml:16:10: method.steps: must be a whole number, got 20.5`},
	{"steps: 20", "steps: many", `x.yaml:16:10: method.steps: must be a decimal number, got "many"`},
	{"batch: {fraction: 0.4, sampling: bernoulli}", "batch: 0.4", `x.yaml:15:10: method.batch: must be a mapping with the keys fraction, sampling, such as {fraction: 0.4}, got 0.4`},
	{"batch: {fraction: 0.4, sampling: bernoulli}", "batch: {size: 32}", `x.yaml:15:11: method.batch.size: unknown key "size" (accepted: fraction, sampling): a batch is a fraction of the n = alpha*d samples, whose number grows with d`},
	{"  ridge: 0.1", "  weight_decay: 0.1", `x.yaml:14:3: method.weight_decay: unknown key "weight_decay" (accepted: {keys of sgd}): it is called ridge here`},
	{"kind: sgd", "kind: sgdd", `x.yaml:12:9: method.kind: unknown method "sgdd", did you mean sgd? (accepted: {methods})`},
	{"  kind: sgd\n", "", `x.yaml:12:3: method.kind: required, but missing (accepted: {methods})`},
	{"kind: sgd", "kind: langevin\n  temperature: 0", `x.yaml:13:16: method.temperature: must be > 0, got 0`},
	{"  ridge: 0.1", "  ridge: {schedule: power, initial: 0.1, exponent: 1}", ``},
	{"kind: sgd", "kind: 3", `x.yaml:12:9: method.kind: must be the name of a method (accepted: {methods}), got 3`},
	{"name: sample", "name: 7", `x.yaml:1:7: name: must be a name of at most 64 letters, digits, '-', '_' and '.', got 7`},
	{"name: sample", "name: a/b", `x.yaml:1:7: name: must be a name of at most 64 letters, digits, '-', '_' and '.', got "a/b"`},
	{"label: sign", "label: [sign]", `x.yaml:7:10: teacher.label: must be a label, got a list (accepted: argmax, linear, logit, probit, quadratic, relu, sign, tanh, {expression: …})`},
	// ranges
	{"ridge: 0.1", "ridge: -1", `x.yaml:14:10: method.ridge: must be ≥ 0, got -1`},
	{"alpha: 2", "alpha: 0", `x.yaml:4:10: data.alpha: must be > 0, got 0`},
	{"fraction: 0.4", "fraction: 0", `x.yaml:15:21: method.batch.fraction: must be in (0, 1], got 0`},
	{"fraction: 0.4", "fraction: 1.5", `x.yaml:15:21: method.batch.fraction: must be in (0, 1], got 1.5`},
	{"steps: 20", "steps: 0", `x.yaml:16:10: method.steps: must be between 1 and 100000, got 0`},
	{"steps: 20", "steps: 1e300", `x.yaml:16:10: method.steps: must be between 1 and 100000, got 1e+300`},
	{"replicas: 8", "replicas: 0", `x.yaml:20:13: experiment.replicas: must be between 2 and 10000000, got 0`},
	{"replicas: 8", "replicas: many", `x.yaml:20:13: experiment.replicas: must be a whole number or a mapping such as {100000000: 10000000}, got "many"`},
	{"replicas: 8", "replicas: {}", `x.yaml:20:13: experiment.replicas: must have one entry at least`},
	{"replicas: 8", "replicas: {100: 20, 100: 30}", `x.yaml:20:23: experiment.replicas.100: given twice`},
	{"replicas: 8", "replicas: {100: 1}", `x.yaml:20:19: experiment.replicas.100: must be between 2 and 10000000, got 1`},
	{"replicas: 8", "replicas: {4: 10}", `x.yaml:20:14: experiment.replicas: must be between 8 and 100000000, got 4`},
	{"replicas: 8", "replicas: {d: 10}", `x.yaml:20:14: experiment.replicas: must be a decimal number, got "d"`},
	{"replicas: 8", "seed: 0", `x.yaml:20:9: experiment.seed: must be between 1 and 9007199254740992, got 0`},
	{"replicas: 8", "margin: 0", `x.yaml:20:11: experiment.margin: must be in (0, 1), got 0`},
	{"norm: 1}", "norm: -0.5}", `x.yaml:17:28: init.norm: must be ≥ 0, got -0.5`},
	{"overlap: 0.1, norm: 1", "norm: 0", ``},
	{"overlap: 0.1, norm: 1", "overlap: 0, norm: 0", ``},
	{"learning_rate: 0.5", "learning_rate: 0", `x.yaml:13:18: method.learning_rate: must be > 0, got 0`},
	{"dims: [100, 200]", "dims: [200, 100]", `x.yaml:19:15: experiment.dims[1]: must be larger than the entry before it, got 100 after 200`},
	{"dims: [100, 200]", "dims: [100, 100]", `x.yaml:19:15: experiment.dims[1]: must be larger than the entry before it, got 100 after 100`},
	{"dims: [100, 200]", "dims: []", `x.yaml:19:9: experiment.dims: must have between 1 and 1000 entries, got 0`},
	{"dims: [100, 200]", "dims: [1, 200]", `x.yaml:19:10: experiment.dims[0]: must be between 8 and 100000000, got 1`},
	{"alpha: 2", "alpha: 2.03", ``},
	{"alpha: 2", "alpha: 2.035", `x.yaml:19:10: experiment.dims[0]: alpha*d = 203.5 is not whole at d = 100 (the next that works: 200)`},
	{"dims: [100, 200]", "dims: [100, 202]", ``},
	{"sampling: bernoulli", "sampling: fixed", ``},
	{"dims: [100, 200]", "dims: [100, 201]", ``},
	// names
	{"loss: logistic", "loss: logistc", `x.yaml:10:9: student.loss: unknown loss "logistc", did you mean logistic? (accepted: absolute, cross-entropy, hinge, huber, logistic, phase, square, {huber: …}, {value: …, gradient: …})`},
	{"loss: logistic", "loss: cross-entropy", `x.yaml:10:9: student.loss: cross-entropy is defined for labels class numbers 0, 1, … only; the labels here are not (accepted then: logistic, hinge, square, huber, absolute, phase, {value, gradient})`},
	{"loss: logistic", "loss: value", `x.yaml:10:9: student.loss: value has parameters: write {value: …, gradient: …}`},
	{"loss: logistic", "loss: {square: 1}", `x.yaml:10:9: student.loss: square has no parameters: write just square`},
	{"loss: logistic", `loss: {value: "f*y"}`, `x.yaml:10:9: student.loss.gradient: required, but missing`},
	{"loss: logistic", `loss: {value: "f*y", gradient: "f"}`, `x.yaml:10:9: student.loss: gradient is not the derivative of value: at f = 0.9443, y = -1 it is 0.944272, but central differences of value give -1`},
	{"loss: logistic", `loss: {value: "f*z", gradient: "f"}`, `x.yaml:10:17: student.loss.value: unknown variable z: accepted are r[0], r[1], …, f, y (character 3 of "f*z")`},
	{"covariance: identity", "covariance: {ar1: 1.5}", `x.yaml:5:21: data.covariance.ar1: must be in [-0.95, 0.95], not 0, got 1.5`},
	{"covariance: identity", "covariance: {ar2: 0.5}", `x.yaml:5:16: data.covariance.ar2: unknown covariance "ar2", did you mean ar1? (accepted: identity, {ar1: …}, {marchenko_pastur: …}, {power_law: …, offset: …}, {values: …, weights: …})`},
	{"covariance: identity", "covariance: {values: [1, 2], weights: [0.5, 0.6]}", `x.yaml:5:41: data.covariance.weights: must sum to 1, got 1.1`},
	{"covariance: identity", "covariance: {values: [1, -2], weights: [0.5, 0.5]}", `x.yaml:5:28: data.covariance.values[1]: must be > 0, got -2`},
	{"covariance: identity", "covariance: {}", `x.yaml:5:15: data.covariance: must be a covariance (accepted: identity, {ar1: …}, {marchenko_pastur: …}, {power_law: …, offset: …}, {values: …, weights: …}), got an empty mapping`},
	{"sampling: bernoulli", "sampling: bernouli", `x.yaml:15:36: method.batch.sampling: unknown sampling "bernouli", did you mean bernoulli? (accepted: bernoulli, epoch, fixed, fresh, persistent)`},
	{"learning_rate: 0.5", "learning_rate: {schedule: cosin, initial: 1, final: 0}", `x.yaml:13:29: method.learning_rate.schedule: unknown schedule "cosin", did you mean cosine? (accepted: {schedules})`},
	{"learning_rate: 0.5", "learning_rate: {initial: 1}", `x.yaml:13:18: method.learning_rate.schedule: required, but missing (accepted: {schedules})`},
	{"learning_rate: 0.5", "learning_rate: fast", `x.yaml:13:18: method.learning_rate: must be a schedule, got "fast" (accepted: a number, a list of numbers, {schedule: beck-teboulle}, {schedule: cosine, initial: …, final: …}, {formula: …}, {schedule: nesterov}, {schedule: power, initial: …, exponent: …, offset: …}, {schedule: step, initial: …, factor: …, every: …}, {…`},
	{"learning_rate: 0.5", "learning_rate: {schedule: cosine, initial: 1}", `x.yaml:13:18: method.learning_rate.final: required, but missing`},
	{"learning_rate: 0.5", "learning_rate: {schedule: nesterov}", ``},
	{"learning_rate: 0.5", "learning_rate: {schedule: step, initial: 0, factor: 1, every: 1}", `x.yaml:13:18: method.learning_rate: must be > 0 at some step, but is 0 at all 20`},
	{"learning_rate: 0.5", "learning_rate: [0.1, 0.2]", `x.yaml:13:18: method.learning_rate: must have 20 entries, one for each of method.steps, got 2`},
	{"learning_rate: 0.5", "learning_rate: [0.1, fast]", `x.yaml:13:24: method.learning_rate[1]: must be a decimal number, got "fast"`},
	{"learning_rate: 0.5", "learning_rate: []", `x.yaml:13:18: method.learning_rate: must have between 1 and 1000 entries, got 0`},
	{"learning_rate: 0.5", `learning_rate: {formula: "1 - 0.125*t"}`, `x.yaml:13:18: method.learning_rate: must be ≥ 0 at every step, got -0.125 at step 9`},
	{"learning_rate: 0.5", `learning_rate: {formula: "x"}`, `x.yaml:13:28: method.learning_rate.formula: unknown variable x: accepted are t (character 1 of "x")`},
	{"learning_rate: 0.5", `learning_rate: {schedule: warmup, over: 5, then: [0.1]}`, `x.yaml:13:18: method.learning_rate: must have 20 entries, one for each of method.steps, got 1`},
	{"learning_rate: 0.5", `learning_rate: {schedule: warmup, over: 0, then: 0.1}`, `x.yaml:13:43: method.learning_rate.over: must be between 1 and 100000, got 0`},
	{"kind: sgd", "kind: velocity\n  momentum: 0.9\n  dampening: 0.5\n  nesterov: true", `x.yaml:14:14: method.dampening: must be 0 with nesterov, as in PyTorch, got 0.5`},
	{"kind: sgd", "kind: velocity\n  momentum: 0.9\n  nesterov: yes", `x.yaml:14:13: method.nesterov: must be true or false, got "yes"`},
	{"kind: sgd", "kind: velocity\n  momentum: 0.9\n  nesterov: true", ``},
	{"steps: 20", "steps: 20\n  clip: 0", `x.yaml:17:9: method.clip: must be > 0, got 0`},
	{"steps: 20", "steps: 20\n  clip: -1", `x.yaml:17:9: method.clip: must be > 0, got -1`},
	{"steps: 20", "steps: 20\n  clip: 1\n  normalise: true", `x.yaml:18:14: method.normalise: not with clip: a gradient is of one size then`},
	{"steps: 20", "steps: 20\n  average: {from: 20}", `x.yaml:17:19: method.average.from: must be < method.steps, 20, got 20: nothing would be averaged`},
	{"steps: 20", "steps: 20\n  average: {form: 2}", `x.yaml:17:13: method.average.form: unknown key "form", did you mean from? (accepted: from)`},
	{"steps: 20", "steps: 20\n  average: true", `x.yaml:17:12: method.average: must be a mapping with the keys from, got true`},
	{"steps: 20", "steps: 20\n  average: {}", ``},
	{"steps: 20", "steps: 20\n  normalise: 1", `x.yaml:17:14: method.normalise: must be true or false, got 1`},
	{"steps: 20", "steps: 20\n  normalise: false", ``},
	{"noise: 0.1", "noise: -1", `x.yaml:8:10: teacher.noise: must be ≥ 0, got -1`},
	{"noise: 0.1", "noise: {student_t: 0.5, scale: 1}", `x.yaml:8:22: teacher.noise.student_t: must be ≥ 1 (degrees of freedom), got 0.5`},
	{"noise: 0.1", "noise: {student_t: 1}", ``}, // a bounded label
	// students
	{"loss: logistic", "loss: logistic\n  output_weights: {start: [1, 2], learning_rate: 0.1}", `x.yaml:11:19: student.output_weights: must have 1 entries, one for each student unit, got 2`},
	{"loss: logistic", "loss: logistic\n  output_weights: {start: [0]}", `x.yaml:11:28: student.output_weights.start[0]: must be a number other than 0, got 0`},
	{"loss: logistic", "loss: logistic\n  output_weights: {learning_rate: -1}", `x.yaml:11:35: student.output_weights.learning_rate: must be ≥ 0, got -1`},
	{"loss: logistic", "loss: logistic\n  biases: {start: [1], rate: 0.1}", `x.yaml:11:24: student.biases.rate: unknown key "rate" (accepted: start, learning_rate)`},
	{"loss: logistic", "loss: logistic\n  biases: [1, 2]", `x.yaml:11:11: student.biases: must have 1 entries, one for each student unit, got 2`},
	{"loss: logistic", "loss: logistic\n  offset: {learning_rate: {schedule: power, initial: -1, exponent: 1}}", `x.yaml:11:54: student.offset.learning_rate.initial: must be ≥ 0, got -1`},
	{"loss: logistic", "loss: logistic\n  offset: {learning_rate: 0.1}", ``},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "units: 3\n  label: argmax\nstudent:\n  units: 3\n  loss: logistic", `x.yaml:11:9: student.loss: logistic is defined for labels ±1 only; the labels here are not (accepted then: cross-entropy, square, huber, absolute, phase, {value, gradient})`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "units: 2\n  label: argmax\n  noise: 0.1\nstudent:\n  units: 2\n  loss: cross-entropy", `x.yaml:9:10: teacher.noise: must be 0 with label argmax: one number added to all fields changes no class (an expression can add it to some: "h[0] + noise > h[1] ? 0 : 1")`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "units: 2\n  label: argmax\nstudent:\n  units: 2\n  loss: cross-entropy\n  offset: 1", `x.yaml:12:11: student.offset: not with loss cross-entropy, which is of the fields r_k + b_k themselves: one number for all of them changes no class; biases are one a class`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "units: 2\n  label: argmax\nstudent:\n  units: 2\n  loss: cross-entropy\n  activation: tanh", `x.yaml:12:15: student.activation: not with loss cross-entropy, which is of the fields r_k + b_k themselves`},
	{"loss: logistic", `loss: {value: "r[0]*y", gradient: "y"}`, `x.yaml:10:37: student.loss.gradient: must be a list with a formula for each field, as the loss is of the fields r[0], r[1], …`},
	{"loss: logistic", `loss: {value: "r[0]*y", gradient: ["y", "0"]}`, `x.yaml:10:37: student.loss.gradient: must have 1 formulas, one for each student unit, got 2`},
	{"loss: logistic", `loss: {value: "r[0]*r[1]", gradient: ["r[1]"]}`, `x.yaml:10:17: student.loss.value: r[1] needs a gradient of 2 formulas, one for each field, got 1`},
	{"loss: logistic", `loss: {value: "r[0]*f", gradient: ["f"]}`, `x.yaml:10:17: student.loss.value: has the output f, but a gradient that is a list says that the loss is of the fields r[0], r[1], …`},
	{"loss: logistic", `loss: {value: "r[0]*r[1]", gradient: ["r[1]", "r[1]"]}`, `x.yaml:10:9: student.loss: in field f = r[1]: gradient is not the derivative of value: at f = 0.9443, y = -1 it is 0.944272, but central differences of value give -0.73`},
	// combinations
	{"kind: sgd", "kind: heavy-ball", `x.yaml:12:3: method.momentum: required by method.kind heavy-ball: a number in [0, 1) or {schedule: …}`},
	{"  ridge: 0.1", "  momentum: 0.5", `x.yaml:14:13: method.momentum: method.kind sgd does not use it ({users of momentum} would)`},
	{"  ridge: 0.1", "  l1: 0", `x.yaml:14:7: method.l1: method.kind sgd does not use it ({users of l1} would)`},
	{"kind: sgd", "kind: spherical", `x.yaml:14:10: method.ridge: method.kind spherical does not use it ({users of ridge} would)`},
	{"kind: sgd", "kind: langevin", `x.yaml:12:3: method.temperature: required by method.kind langevin: must be > 0`},
	{"kind: sgd", "kind: ista", `x.yaml:12:3: method.l1: must be > 0 (or fused must be)`},
	{"kind: sgd", "kind: heavy-ball\n  momentum: 1", `x.yaml:13:13: method.momentum: must be in [0, 1), got 1`},
	{"sampling: bernoulli", "on_time: 3", `x.yaml:15:35: method.batch.on_time: method.batch.sampling bernoulli does not use it (persistent would)`},
	{"sampling: bernoulli", "sampling: persistent", `x.yaml:15:10: method.batch.on_time: required by method.batch.sampling persistent: must be ≥ 1`},
	{"fraction: 0.4, sampling: bernoulli", "fraction: 0.8, sampling: persistent, on_time: 2", `x.yaml:15:57: method.batch.on_time: must be ≥ fraction/(1-fraction) = 4, got 2: samples could not come back fast enough to keep the batch's size`},
	{"sampling: bernoulli", "sampling: epoch", `x.yaml:15:21: method.batch.fraction: must be 1/L for a whole number L of batches in an epoch, got 0.4 (nearest: 0.333333)`},
	{"fraction: 0.4, sampling: bernoulli", "fraction: 0.33, sampling: fixed", ``},
	{"fraction: 0.4, sampling: bernoulli", "fraction: 0.333, sampling: fixed", `x.yaml:19:10: experiment.dims[0]: the batch size fraction*alpha*d = 66.6 is not whole at d = 100 (the next that works: 500)`},
	{"label: sign", "label: tanh", `x.yaml:10:9: student.loss: logistic is defined for labels ±1 only; the labels here are not (accepted then: square, huber, absolute, phase, {value, gradient})`},
	{"loss: logistic", "loss: phase", `x.yaml:10:9: student.loss: phase sees the label's square only, and that is 1 for labels ±1: there is nothing to learn`},
	{"label: sign", `label: {expression: "sign(h[0] + h[1])"}`, `x.yaml:7:10: teacher.label: h[1] needs teacher.units ≥ 2, got 1`},
	{"label: sign", `label: {expression: "sign(h[0])"}`, `x.yaml:8:10: teacher.noise: the label's expression does not use it: put noise into the expression, such as "… + noise"`},
	{"label: sign\n  noise: 0.1", "label: probit\n  noise: {student_t: 3, scale: 1}", `x.yaml:8:10: teacher.noise: must be a number with label probit, whose own noise is Gaussian`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: linear\n  noise: {student_t: 3, scale: 1}\nstudent:\n  loss: square", `x.yaml:8:10: teacher.noise: student_t must be > 4, got 3: the loss grows like noise^2 and would have infinite variance (less: a bounded label, loss huber or absolute)`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: quadratic\n  noise: {student_t: 8, scale: 1}\nstudent:\n  loss: square", `x.yaml:8:10: teacher.noise: student_t must be > 8, got 8: the loss grows like noise^4 and would have infinite variance (less: a bounded label, loss huber or absolute)`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: quadratic\n  noise: {student_t: 4, scale: 1}\nstudent:\n  loss: absolute", ``}, // a bounded gradient
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: linear\n  noise: {student_t: 1.5, scale: 1}\nstudent:\n  loss: {huber: 0.5}", ``},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: logit\n  noise: 0.1\nstudent:\n  loss: logistic", `x.yaml:8:10: teacher.noise: must be 0 with label logit, whose own noise is logistic`},
	{"label: sign", "label: sign\n  weights: {values: [0, 2], weights: [0.5, 0.5]}", `x.yaml:8:21: teacher.weights.values: must have mean 0 under the weights, got 1`},
	{"label: sign", "label: sign\n  weights: {values: [0], weights: [1]}", `x.yaml:8:21: teacher.weights.values: are all 0`},
	{"label: sign", "label: sign\n  weights: {values: [-1, 1], weights: [0.5, 0.4]}", `x.yaml:8:39: teacher.weights.weights: must sum to 1, got 0.9`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: linear\n  noise: {student_t: 5, scale: 1}\nstudent:\n  loss: phase", `x.yaml:8:10: teacher.noise: student_t must be > 8, got 5: the loss grows like noise^4 and would have infinite variance (less: a bounded label, loss huber or absolute)`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: {expression: \"exp(h[0] + noise)\"}\n  noise: {student_t: 30, scale: 1}\nstudent:\n  loss: square", `x.yaml:8:10: teacher.noise: student_t must be > 469, got 30: the loss grows like noise^234.5 and would have infinite variance (less: a bounded label, loss huber or absolute)`},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: linear\n  noise: {student_t: 3, scale: 1}\nstudent:\n  loss: {value: \"log(cosh(f - y))\", gradient: \"tanh(f - y)\"}", ""},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: {expression: \"tanh(h[0] + noise)\"}\n  noise: {student_t: 3, scale: 1}\nstudent:\n  loss: square", ""},
	{"label: sign\n  noise: 0.1\nstudent:\n  loss: logistic", "label: {expression: \"log(h[0])\"}\nstudent:\n  loss: square", `x.yaml:7:10: teacher.label: is NaN at h = [-0.0317], noise = 0; a label must be finite wherever Gaussian fields can be`},
	{"covariance: identity", "mixture: {positions: [-1, 1], weights: [0.5, 0.5], labels: [-1, 1], variance: 0.5}", `x.yaml:7:10: teacher.label: not with data.mixture, where a sample's label is its cluster's`},
	{"covariance: identity\nteacher:\n  label: sign\n  noise: 0.1", "mixture: {positions: [-1, 1], weights: [0.5, 0.5], labels: [-1], variance: 0.5}", `x.yaml:5:62: data.mixture.labels: must have 2 entries, one for each position, got 1`},
	{sample, "name: a\ndata: {alpha: 1, mixture: {positions: [1], weights: [1], labels: [1], variance: 1}}\nteacher: {units: 2}\nstudent: {loss: hinge}\nmethod: {kind: sgd, learning_rate: 1, steps: 1}", `x.yaml:2:40: data.mixture.positions[0]: must have 2 coordinates, one for each of teacher.units, got 1`},
	{"covariance: identity\nteacher:", "covariance: {power_law: 1}\nteacher:\n  weights: {piecewise: 10}", `x.yaml:7:12: teacher.weights: piecewise needs covariance identity or {ar1: …}: the eigenvalues of a diagonal spectrum belong to coordinates in no order, so neighbours mean nothing`},
	{"loss: logistic", "loss: logistic\n  units: 2", `x.yaml:18:17: init.overlap: a number needs as many student as teacher units; here it must be a 2 × 1 matrix`},
	{"overlap: 0.1", "overlap: [[0.1], [0.2]]", `x.yaml:17:17: init.overlap: must be a 1 × 1 matrix (student × teacher units), got 2 row(s)`},
	{"overlap: 0.1", "overlap: [[0.1, 0.2]]", `x.yaml:17:18: init.overlap[0]: must have 1 entries, one for each teacher unit, got 2`},
	{"overlap: 0.1", "overlap: [0.1]", `x.yaml:17:17: init.overlap: must be a number or a 1 × 1 matrix, which is a list of rows such as [[0]], got a list without rows`},
	{"overlap: 0.1", "overlap: some", `x.yaml:17:17: init.overlap: must be a number or a 1 × 1 matrix, got "some"`},
	{"loss: logistic", "loss: logistic\n  output_weights: [1, 2]", `x.yaml:11:19: student.output_weights: must have 1 entries, one for each student unit, got 2`},
	{"loss: logistic", "loss: logistic\n  units: 1000", `x.yaml:11:10: student.units: must be between 1 and 64, got 1000`},
	{sample, "name: a\ndata: {alpha: 1, covariance: {power_law: 1}}\nteacher: {label: linear}\nstudent: {loss: square}\nmethod: {kind: ista, learning_rate: 0.1, l1: 0.1, fused: 0.2, steps: 1}", `x.yaml:5:58: method.fused: needs covariance identity or {ar1: …}: the eigenvalues of a diagonal spectrum belong to coordinates in no order, so neighbours mean nothing`},
	{"replicas: 8", "functions: [{name: a, weights: \"w[0]^2\"}, {name: a, fields: \"r[0]\"}]", `x.yaml:20:52: experiment.functions[1].name: is that of an earlier function: a`},
	{"replicas: 8", "functions: [{name: a, weights: \"log(w[0])\"}]", `x.yaml:20:34: experiment.functions[0].weights: is NaN at [-0.0317 -0.0317]; a test function must be finite wherever weights and fields can be`},
	// whole files
	{sample, "", `x.yaml: is empty; a scenario needs the keys name, title, source, data, teacher, student, method, init, experiment, grid`},
	{sample, "# nothing\n", `x.yaml: is empty; a scenario needs the keys name, title, source, data, teacher, student, method, init, experiment, grid`},
	{sample, "---\n...\n", `x.yaml: is empty; a scenario needs the keys name, title, source, data, teacher, student, method, init, experiment, grid`},
	{sample, "hello", `x.yaml:1:1: must be a mapping with the keys name, title, source, data, teacher, student, method, init, experiment, grid, got "hello"`},
	{sample, sample + "---\n" + sample, `x.yaml:22:1: a second YAML document: a scenario file holds one`},
	{sample, "\x7fELF\x02\x01", `x.yaml:1:1: is not a text file (UTF-8 is accepted)`},
	{sample, "name: \xff", `x.yaml:1:7: is not a text file (UTF-8 is accepted)`},
	{sample, "name: a\ntitle: \x00", `x.yaml:2:8: is not a text file (UTF-8 is accepted)`},
	{sample, "name: [a", `x.yaml:1:7: not valid YAML: sequence end token ']' not found`},
	{sample, "name: a\n\tb: c", `x.yaml:2:1: not valid YAML: a tab character, where spaces are expected: lines are indented with spaces`},
	{"name: sample", "name: LOCK", `x.yaml:1:7: name: LOCK is what a file of a run directory is called; choose another`},
	{"name: sample", "name: Report.HTML", `x.yaml:1:7: name: Report.HTML is what a file of a run directory is called; choose another`},
	{"name: sample", "name: locks", ""},
	{"label: sign", `label: {expression: "h[0] + noise > 9 ? -1 : 1"}`, `x.yaml:7:10: teacher.label: is 1 wherever Gaussian fields can be: there is nothing to learn`},
	{"  steps: 20", strings.Repeat("  steps: 20\n", 4000), `x.yaml: has more than 4000 keys and items of lists; a scenario is a short YAML file`},
	{sample, strings.Repeat("# x\n", 40000), `x.yaml: is larger than 131072 bytes; a scenario is a short YAML file`},
}

// namesOfParts fills in what all parts together decide.
var namesOfParts = strings.NewReplacer("{methods}", strings.Join(optimizers.Names(), ", "),
	"{schedules}", strings.Join(schedules.Names(), ", "),
	"{users of l1}", usersOf("l1"), "{users of ridge}", usersOf("ridge"), "{users of momentum}", usersOf("momentum"),
	"{users of learning_rate}", usersOf("learning_rate"), "{keys of sgd}", "kind, learning_rate, ridge, batch, steps, clip, normalise, average")

// usersOf are the methods with a key.
func usersOf(key string) string {
	var users []string
	for _, name := range optimizers.Names() {
		keys := optimizers.New[name]().(spec.Keyed).Keys()
		if slices.ContainsFunc(keys, func(k spec.Key) bool { return k.Name == key }) {
			users = append(users, name)
		}
	}
	return strings.Join(users, ", ")
}

// Every bad input is answered in one line that says where, what, and what would be accepted. An empty want is a good
// input, which keeps the edits honest; a syntax error is the parser's to word.
func TestBadInputs(t *testing.T) {
	for _, c := range badInputs {
		if strings.Count(sample, c.old) != 1 {
			t.Errorf("%q occurs %d times in the sample", c.old, strings.Count(sample, c.old))
		}
		text := strings.Replace(sample, c.old, c.new, 1)
		_, err := Parse("x.yaml", []byte(text))
		got := ""
		if err != nil {
			got = err.Error()
			if _, ok := err.(*Error); !ok {
				t.Errorf("%s: a %T", c.new, err)
			}
		}
		want := namesOfParts.Replace(c.want)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", c.new, got, want)
		}
	}
}

// Nothing makes the loader hang or panic.
func TestHostileInputs(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("k", 16_000) + ": 1", strings.Repeat("k", 2000) + ": {a: 1}", "data: {" + strings.Repeat("\u202e", 3000) + ": 1}",
		strings.Repeat("[", 16_000), strings.Repeat("{a: ", 4_000), strings.Repeat("- ", 8_000), strings.Repeat("a:\n ", 4_000), strings.Repeat("[]", 8000), strings.Repeat("[", 60),
		"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "%YAML 1.2\n---\nname: a\n", "\ufeffname: a\n", "name: |\n  a\n", "? [a]\n: b\n",
		`teacher: {label: {expression: "` + strings.Repeat("(", 900) + `"}}`, "!!binary aGVsbG8=",
	} {
		_, err := Parse("x.yaml", []byte(text))
		if err == nil {
			t.Errorf("%.20q was accepted", text)
		} else if !harmless(err.Error()) {
			t.Errorf("%.20q: not a one-line error: %.600q", text, err)
		}
	}
}

// Windows line ends and a byte order mark do not matter.
func TestLineEnds(t *testing.T) {
	for _, text := range []string{strings.ReplaceAll(sample, "\n", "\r\n"), "\ufeff" + sample} {
		if _, err := Parse("x.yaml", []byte(text)); err != nil {
			t.Error(err)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.yaml")
	if err := os.WriteFile(path, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(path); err != nil || s.Name != "sample" {
		t.Errorf("%v, %v", s, err)
	}
	for path, want := range map[string]string{
		dir:                             dir + ": is a directory; a scenario is one .yaml file",
		filepath.Join(dir, "none.yaml"): filepath.Join(dir, "none.yaml") + ": cannot read the scenario file: no such file or directory",
	} {
		if _, err := Load(path); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestFind(t *testing.T) {
	papers, err := SuiteNames("papers")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Find("hinge-gd"); err != nil || s.Name != "hinge-gd" {
		t.Errorf("%v, %v", s, err)
	}
	for name, want := range map[string]string{
		"rigde-gd": `unknown scenario "rigde-gd": neither in the catalogue nor a path to a .yaml file; did you mean ridge-gd?`,
		"lasso":    `unknown scenario "lasso": neither in the catalogue nor a path to a .yaml file; did you mean lasso-ista or lasso-fista or fused-lasso?`,
		"perceptron": fmt.Sprintf(`unknown scenario "perceptron": neither in the catalogue nor a path to a .yaml file (the catalogue has %d, `+
			`such as ridge-gd, ridge-sgd, ridge-sgd-small-batch, logistic-sgd, hinge-gd)`, len(Catalogue())+len(papers)),
		"missing.yaml": `missing.yaml: cannot read the scenario file: no such file or directory`,
		"./ridge-gd":   `./ridge-gd: cannot read the scenario file: no such file or directory`,
	} {
		if _, err := Find(name); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, want)
		}
	}
}

func TestSamples(t *testing.T) {
	s := &Scenario{Data: Data{Alpha: 2.1}, Method: Method{Batch: &Bernoulli{Fraction: 1}}}
	if n, err := s.Samples(10); n != 21 || err != nil { // 2.1·10 rounds to 21.000000000000004 or so in places
		t.Errorf("%d, %v", n, err)
	}
	for _, c := range []struct {
		alpha, fraction float64
		sampling        string
		dim             int
		want            string
	}{
		{2.25, 1, "bernoulli", 250, "dim: alpha*d = 562.5 is not whole at d = 250 (the nearest that work: 248 and 252)"},
		{2, 0.25, "epoch", 101, "dim: the batch size fraction*alpha*d = 50.5 is not whole at d = 101 (the nearest that work: 100 and 102)"},
		{2, 0.25, "fresh", 101, "dim: the batch size fraction*alpha*d = 50.5 is not whole at d = 101 (the nearest that work: 100 and 102)"},
		{2, 0.25, "bernoulli", 101, ""},
		{1.2345678901, 1, "bernoulli", 100, "dim: alpha*d = 123.45679 is not whole at d = 100 (no d within 100000 works: choose alpha and fraction with few decimals)"},
		{1, 1, "bernoulli", 3, "dim: must be between 8 and 100000000, got 3"},
	} {
		s.Data.Alpha, s.Method.Batch = c.alpha, maskOf(c.sampling, c.fraction)
		_, err := s.Samples(c.dim)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}

// The hash changes with all that determines a replica and with nothing else.
func TestHash(t *testing.T) {
	base, err := Parse("x.yaml", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"name: sample", "name: other", true}, {"title: A sample", "title: B", true}, {"dims: [100, 200]", "dims: [300]", true},
		{"replicas: 8", "replicas: 9", true}, {"replicas: 8", "margin: 0.1", true}, {"alpha: 2", "alpha: 2.0", true},
		{"replicas: 8", "replicas: {100: 20}", true},
		{"replicas: 8", "seed: 2", false}, {"alpha: 2", "alpha: 3", false}, {"noise: 0.1", "noise: 0.2", false},
		{"loss: logistic", "loss: hinge", false}, {"steps: 20", "steps: 21", false}, {"fraction: 0.4", "fraction: 0.5", false},
		{"overlap: 0.1", "overlap: 0.2", false}, {"covariance: identity", "covariance: {ar1: 0.1}", false},
		{"label: sign", "label: probit", false}, {"learning_rate: 0.5", "learning_rate: {schedule: cosine, initial: 0.5, final: 0}", false},
	} {
		s, err := Parse("x.yaml", []byte(strings.Replace(sample, c.old, c.new, 1)))
		if err != nil {
			t.Error(err)
		} else if (s.Hash() == base.Hash()) != c.same {
			t.Errorf("%s: the hash's staying the same is %v, want %v", c.new, !c.same, c.same)
		}
	}
	other := *base
	other.Student.Loss = namelessLoss{}
	custom := *base
	custom.Method.Optimizer = wrapped{base.Method.Optimizer}
	if other.Hash() == base.Hash() || custom.Hash() == base.Hash() {
		t.Error("Go types do not enter the hash")
	}
}

type wrapped struct{ Optimizer }

// nestedLoss holds a number behind two pointers, where a hash of addresses would change from run to run.
type nestedLoss struct {
	square
	inner *struct{ scale *float64 }
}

// A Go part is known by what it holds, not by where.
func TestHashOfGoParts(t *testing.T) {
	hash := func(scale float64) string {
		s, err := Parse("x.yaml", []byte(sample))
		if err != nil {
			t.Fatal(err)
		}
		s.Student.Loss = nestedLoss{inner: &struct{ scale *float64 }{&scale}}
		return s.Hash()
	}
	if hash(1) != hash(1) || hash(1) == hash(2) {
		t.Error(hash(1), hash(1), hash(2))
	}
}

// roundTrip writes a scenario and reads it back.
func roundTrip(s *Scenario) (again string, first string, err error) {
	text, err := s.YAML()
	if err != nil {
		return "", "", err
	}
	read, err := Parse("x.yaml", text)
	if err != nil {
		return "", string(text), err
	}
	text2, err := read.YAML()
	return string(text2), string(text), err
}

// What YAML writes Parse reads as the same scenario, over the whole catalogue with numbers, parts and keys exchanged at
// random.
func TestYAMLRoundTrip(t *testing.T) {
	catalogue := Catalogue()
	tried, valid := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		s := *rapid.SampledFrom(catalogue).Draw(rt, "scenario")
		s.Data.Alpha = rapid.SampledFrom([]float64{s.Data.Alpha, 0.5, 1, 7}).Draw(rt, "alpha")
		s.Data.Covariance = pick(rt, &covariances, s.Data.Covariance)
		s.Teacher.Weights = pick(rt, &weightLaws, s.Teacher.Weights)
		s.Student.Loss = pick(rt, &losses, s.Student.Loss)
		s.Student.Activation = pick(rt, &activations, s.Student.Activation)
		s.Method = pickSettings(rt, s.Method)
		if name := rapid.SampledFrom([]string{"bernoulli", "fixed", "fresh", ""}).Draw(rt, "sampling"); name != "" {
			s.Method.Batch = maskOf(name, s.Method.Batch.Size())
		}
		if s.Data.Mixture == nil {
			s.Teacher.Label = pick(rt, &labels, s.Teacher.Label)
			s.Teacher.Noise = pick(rt, &noises, s.Teacher.Noise)
		}
		s.Init.Norm = rapid.Float64Range(0, 1e9).Draw(rt, "norm")
		s.Title = rapid.StringMatching(`[\pL\pM\pN\pP\pS\p{Zs}]{1,40}`).Draw(rt, "title")
		s.Experiment.Seed = rapid.Uint64Range(1, 1<<53).Draw(rt, "seed")
		tried++
		if s.Validate() != nil {
			return
		}
		valid++
		if again, first, err := roundTrip(&s); err != nil || again != first {
			rt.Fatalf("%v\n%s\n%s", err, first, again)
		}
	})
	if valid*4 < tried {
		t.Errorf("only %d of %d random scenarios are valid: the test says little", valid, tried)
	}
}

// pickSettings is a copy of a method with another learning rate and ridge, most of the time that of the catalogue.
func pickSettings(rt *rapid.T, m Method) Method {
	m.Optimizer, _ = Named[Optimizer](Name(m.Optimizer))
	for _, v := range m.series() {
		*v.p = pick(rt, &schedules, *v.p)
		if v.name == "ridge" && *v.p != Constant(0) {
			*v.p = Constant(rapid.Float64Range(1e-300, 1e9).Draw(rt, "ridge"))
		}
	}
	return m
}

// pick keeps the part most of the time.
func pick[T any](rt *rapid.T, r *spec.Registry[T], part T) T {
	if rapid.IntRange(0, 5).Draw(rt, "keep "+r.What) > 0 {
		return part
	}
	spelling := rapid.SampledFrom(append(r.Names(), spelled...)).Draw(rt, r.What)
	if other, err := Named[T](spelling); err == nil {
		return other
	}
	return part
}

// A scenario built in Go gets its defaults and its checks too.
func TestValidate(t *testing.T) {
	build := func() *Scenario {
		return &Scenario{
			Name: "mine", Data: Data{Alpha: 2}, Teacher: Teacher{Label: linearLabel{}}, Student: Student{Loss: namelessLoss{}},
			Method: Method{Optimizer: &SGD{LearningRate: Constant(0.1)}, Steps: 10},
		}
	}
	s := build()
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if s.Init.Norm != 1 || s.Init.Overlap[0][0] != 0 || s.Experiment.Replicas != 32 || len(s.Experiment.Dims) != 4 || s.Teacher.Noise != Gaussian(0) {
		t.Errorf("defaults are not filled in: %+v", s)
	}
	if err := s.Validate(); err != nil {
		t.Errorf("a second Validate: %v", err)
	}
	if _, err := s.YAML(); err == nil || err.Error() != "scenario mine cannot be written as YAML: loss scenarios.namelessLoss is a Go type that no file can name" {
		t.Errorf("YAML of a Go loss: %v", err)
	}
	for want, break_ := range map[string]func(*Scenario){
		"data.alpha: required, but missing":                                                func(s *Scenario) { s.Data.Alpha = 0 },
		"student.loss: required, but missing":                                              func(s *Scenario) { s.Student.Loss = nil },
		"teacher.label: required, but missing":                                             func(s *Scenario) { s.Teacher.Label = nil },
		"method.learning_rate: required by method.kind sgd: a number > 0 or {schedule: …}": func(s *Scenario) { s.Method.Optimizer = &SGD{} },
		namesOfParts.Replace("method.kind: required, but missing (accepted: {methods})"):   func(s *Scenario) { s.Method.Optimizer = nil },
		"method.steps: required, but missing":                                              func(s *Scenario) { s.Method.Steps = 0 },
		"method.steps: must be between 1 and 100000, got -1":                               func(s *Scenario) { s.Method.Steps = -1 },
		"student.units: must be between 1 and 64, got -1":                                  func(s *Scenario) { s.Student.Units = -1 },
		"teacher.units: must be between 1 and 64, got 1000000000":                          func(s *Scenario) { s.Teacher.Units = 1e9 },
		"method.ridge: must be ≥ 0, got -1":                                                func(s *Scenario) { s.Method.Optimizer = &SGD{LearningRate: Constant(0.1), Ridge: Constant(-1)} },
		"method.l1: must be > 0 (or fused must be)":                                        func(s *Scenario) { s.Method.Optimizer = &ISTA{LearningRate: Constant(0.1)} },
		"method.batch.fraction: must be in (0, 1], got 2":                                  func(s *Scenario) { s.Method.Batch = &Bernoulli{Fraction: 2} },
		"experiment.dims: must have between 1 and 1000 entries, got 0":                     func(s *Scenario) { s.Experiment.Dims = []int{} },
		"experiment.flow: must be 0 (none) or between 3 and 8 levels, got 2":               func(s *Scenario) { s.Experiment.Flow = 2 },
		"experiment.flow: must be between 0 and 8, got 9":                                  func(s *Scenario) { s.Experiment.Flow = 9 },
		"experiment.flow: needs method.kind langevin or sgd: of those alone the limit is the gradient flow, with noise or without": func(s *Scenario) {
			s.Method.Optimizer, s.Experiment.Flow = &HeavyBall{LearningRate: Constant(0.1), Momentum: Constant(0.5)}, 4
		},
	} {
		s := build()
		break_(s)
		if err := s.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	s = build()
	custom := wrapped{&Adam{LearningRate: Constant(0.1), Ridge: Constant(0), Decay1: 0.9, Decay2: 0.999}}
	s.Method.Optimizer = custom
	if err := s.Validate(); err != nil || s.Method.Optimizer != custom {
		t.Errorf("a method of the caller: %v", err)
	}
}

// harmless reports whether a text is one line that no terminal takes for a command, and not a long one.
func harmless(s string) bool {
	return len(s) < 1000 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
	})
}

// FuzzParse: no input makes the loader panic, every error is one harmless line with the file's name, and what it accepts
// can be written and read back as the same scenario.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	for _, c := range badInputs {
		f.Add([]byte(strings.Replace(sample, c.old, c.new, 1)))
	}
	for _, s := range Catalogue() {
		text, err := s.YAML()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.yaml", data)
		if err != nil {
			if _, ok := err.(*Error); !ok || !harmless(err.Error()) || !strings.HasPrefix(err.Error(), "x.yaml:") {
				t.Fatalf("a %T: %q", err, err)
			}
			return
		}
		if !harmless(s.Name) || !harmless(s.Title) {
			t.Fatalf("name %q, title %q", s.Name, s.Title)
		}
		again, first, err := roundTrip(s)
		if err != nil && strings.Contains(err.Error(), "with every default spelled out") {
			return // a small file of much
		}
		if err != nil || again != first {
			t.Fatalf("%v\n%s\n%s", err, first, again)
		}
	})
}

// What is printed loads, also the largest matrix with all its digits; what would not load is not printed.
func TestLargeScenariosRoundTrip(t *testing.T) {
	s, err := Find("committee-erf")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	s.Student.Units, s.Teacher.Units = maxUnits, maxUnits
	s.Init.Overlap, s.Student.OutputWeights = nil, nil
	for range maxUnits {
		row := make([]float64, maxUnits)
		for i := range row {
			row[i] = -rng.Float64() * 1e-7
		}
		s.Init.Overlap, s.Student.OutputWeights = append(s.Init.Overlap, row), append(s.Student.OutputWeights, row[0])
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if again, first, err := roundTrip(s); err != nil || again != first || len(first) < 64*64*20 {
		t.Errorf("%d bytes: %v", len(first), err)
	}
	for i := range 1000 {
		f := Function{Name: fmt.Sprint("f", i), Fields: "r[0]" + strings.Repeat(" + 0*r[0]", 20)}
		s.Experiment.Functions = append(s.Experiment.Functions, f)
	}
	if _, err := s.YAML(); err == nil || !strings.Contains(err.Error(), "larger than 131072 bytes") {
		t.Errorf("got %v", err)
	}
}

// Dims that are asked for take the place of those in a file, which need not fit it.
func TestDimsRescueAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.yaml")
	text := strings.Replace(sample, "alpha: 2", "alpha: 1.5", 1)
	text = strings.Replace(text, "dims: [100, 200]", "dims: [101, 200]", 1)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(path); err == nil || !strings.Contains(err.Error(), "experiment.dims[0]: alpha*d = 151.5 is not whole") {
		t.Errorf("without: %v", err)
	}
	s, err := Find(path, 102, 204)
	if err != nil || !slices.Equal(s.Experiment.Dims, []int{102, 204}) {
		t.Errorf("with: %v", err)
	}
	if _, err := Find(path, 103); err == nil || err.Error() != "dim: alpha*d = 154.5 is not whole at d = 103 (the nearest that work: 102 and 104)" {
		t.Errorf("with another that does not fit: %v", err)
	}
	if s, err := Find("ridge-gd", 64); err != nil || !slices.Equal(s.Experiment.Dims, []int{64}) {
		t.Errorf("of the catalogue: %v", err)
	}
}

// The annotated scenario file of the design, comments and all, is the catalogue's logistic-sgd but for its ladder.
func TestAnnotated(t *testing.T) {
	s, err := Load("testdata/annotated.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Find("logistic-sgd")
	if err != nil {
		t.Fatal(err)
	}
	want.Experiment.Dims, want.Experiment.Replicas = s.Experiment.Dims, s.Experiment.Replicas
	got, _ := s.YAML()
	expected, _ := want.YAML()
	if string(got) != string(expected) {
		t.Errorf("got %s\nwant %s", got, expected)
	}
}

func TestFunctions(t *testing.T) {
	const head = "name: x\ndata: {alpha: 2}\nteacher: {label: linear}\nstudent: {loss: square}\nmethod: {kind: sgd, learning_rate: 0.1, steps: 3}\nexperiment:\n  functions:\n"
	s, err := Parse("x.yaml", []byte(head+"    - {name: a, weights: \"abs(w[0]) + w_star[0]\"}\n    - {name: b, fields: \"r[0]*y\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := &s.Experiment.Functions[0], &s.Experiment.Functions[1]
	if !a.OfWeights || b.OfWeights || a.Value([]float64{-2, 3}, 0) != 5 || b.Value([]float64{2}, -3) != -6 {
		t.Errorf("functions evaluate to %g and %g", a.Value([]float64{-2, 3}, 0), b.Value([]float64{2}, -3))
	}
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse("x.yaml", text); err != nil || again.Hash() != s.Hash() {
		t.Errorf("written and read back: %v\n%s", err, text)
	}
	plain := *s
	plain.Experiment.Functions = nil
	if plain.Hash() == s.Hash() {
		t.Error("functions do not enter the hash, but replicas hold their averages")
	}
	for function, want := range map[string]string{
		"{name: a}": "x.yaml:8:7: experiment.functions[0].fields: required, but missing",
		"{name: a, weights: \"w[0]\", fields: \"y\"}": "x.yaml:8:42: experiment.functions[0].fields: a function is of either weights or fields",
		"{name: a, weights: \"w[1]\"}":                "x.yaml:8:26: experiment.functions[0].weights: unknown variable w[1]: accepted are w[0], w_star[0] (character 2 of \"w[1]\")",
		"{name: a, fields: \"w[0]\"}":                 "x.yaml:8:25: experiment.functions[0].fields: unknown variable w[0]: accepted are r[0], y (character 2 of \"w[0]\")",
	} {
		_, err := Parse("x.yaml", []byte(head+"    - "+function+"\n"))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", function, err, want)
		}
	}
}

// TestMargins: one number, or numbers and absolute ones by observable; the rest keeps the default. What is written reads back.
func TestMargins(t *testing.T) {
	const file = "name: x\ndata: {alpha: 2}\nteacher: {label: linear}\nstudent: {loss: square}\n" +
		"method: {kind: sgd, learning_rate: 0.1, steps: 3}\ninit: {overlap: 0.1}\nexperiment: {margin: %s}\n"
	read := func(margin string) (*Scenario, error) {
		return Parse("x.yaml", []byte(strings.Replace(file, "%s", margin, 1)))
	}
	s, err := read("{overlap: 0.02, norm: {absolute: 0.01}}")
	if err != nil {
		t.Fatal(err)
	}
	want := []Margin{{"overlap", 0.02, 0}, {"norm", 0, 0.01}}
	if !slices.Equal(s.Experiment.Margins, want) || s.Experiment.Margin != 0.05 {
		t.Errorf("%+v beside %g", s.Experiment.Margins, s.Experiment.Margin)
	}
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("again.yaml", text)
	if err != nil || !slices.Equal(again.Experiment.Margins, want) || again.Hash() != s.Hash() {
		t.Errorf("written %s\nread %+v, %v", text, again, err)
	}
	if one, err := read("0.2"); err != nil || one.Experiment.Margin != 0.2 || one.Experiment.Margins != nil || one.Hash() != s.Hash() {
		t.Errorf("%+v, %v", one, err)
	}
	for margin, words := range map[string]string{
		"{overlop: 0.1}":             "overlop",
		"{overlap: 2}":               "in (0, 1)",
		"{overlap: 0}":               "in (0, 1)",
		"{overlap: {absolute: 0}}":   "absolute",
		"{overlap: {absolut: 1}}":    "absolut",
		"[0.1]":                      "experiment.margin",
		"{overlap: 0.1, overlap: 1}": "twice",
	} {
		if _, err := read(margin); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("margin %s: %v", margin, err)
		}
	}
}

// TestTooFewSamples: an experiment at a d with hardly any samples is refused, with the d from which on there are enough.
func TestTooFewSamples(t *testing.T) {
	const file = "name: x\ndata: {alpha: 0.004}\nteacher: {label: linear}\nstudent: {loss: square}\n" +
		"method: {kind: sgd, learning_rate: 0.1, steps: 3}\ninit: {overlap: 0.1}\nexperiment: {dims: [250, 500, 1000, 2000]}\n"
	if _, err := Parse("x.yaml", []byte(file)); err == nil || !strings.Contains(err.Error(), "only 1 at d = 250") || !strings.Contains(err.Error(), "d = 2000 has") {
		t.Error(err)
	}
}

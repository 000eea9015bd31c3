package scenarios

import (
	"slices"
	"strings"
	"testing"
)

const stepless = `name: static
data: {alpha: 2}
teacher: {label: sign}
student: {loss: logistic}
method: {kind: minimizer, ridge: 0.1}
`

func mustParse(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := Parse("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A minimiser has no steps, no batches and no start: none is asked for, none is written, and its probes are laws.
func TestStepless(t *testing.T) {
	s := mustParse(t, stepless)
	if o, static := s.Method.Minimizer(); !static || *o != (Minimizer{Ridge: 0.1}) {
		t.Fatalf("method %+v", s.Method.Optimizer)
	}
	if s.Method.Steps != 0 || s.Init.Norm != 0 || s.Init.Overlap != nil || s.Method.Batch.Size() != 1 {
		t.Errorf("steps %d, init %+v, batch %v", s.Method.Steps, s.Init, s.Method.Batch)
	}
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"steps", "batch", "init", "learning_rate", "overlap"} {
		if strings.Contains(string(text), key) {
			t.Errorf("%s in\n%s", key, text)
		}
	}
	again := mustParse(t, string(text))
	if err := again.Validate(); err != nil { // which has been done once
		t.Error(err)
	}
	if again.Hash() != s.Hash() {
		t.Error("read back, the hash is another")
	}
	var names []string
	for _, f := range s.Probes().Families() {
		names = append(names, f.Name)
	}
	if want := []string{"law of local fields", "law of weights"}; !slices.Equal(names, want) {
		t.Errorf("probes %q", names)
	}
	move := randomMove(s.Method.Optimizer, 0, 3, func() float64 { return 2 })
	s.Method.Optimizer.Step(move)
	if !slices.Equal(move.Next[1], move.W[1]) {
		t.Errorf("a step from %v to %v", move.W[1], move.Next[1])
	}
}

// With a covariance that is not diagonal a weight is a sum of many of the teacher's, whose law is not solved for.
func TestSteplessMixedWeights(t *testing.T) {
	s := mustParse(t, strings.NewReplacer("alpha: 2", "alpha: 2, covariance: {ar1: 0.5}", "label: sign",
		"label: sign, weights: {sparse: 0.5}").Replace(stepless))
	if families := s.Probes().Families(); len(families) != 1 || families[0].Name != "law of local fields" {
		t.Errorf("probes %+v", families)
	}
}

func TestBadMinimizers(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"ridge: 0.1", "ridge: 0.1, steps: 5", "x.yaml:5:46: method.steps: not with method.kind minimizer, which is where steps lead, without any"},
		{"ridge: 0.1", "batch: {fraction: 0.5}", "x.yaml:5:34: method.batch: not with method.kind minimizer, which sees all samples"},
		{"ridge: 0.1", "learning_rate: 0.5", "x.yaml:5:42: method.learning_rate: method.kind minimizer does not use it ({users of learning_rate} would)"},
		{"ridge: 0.1", "ridge: -1", "x.yaml:5:34: method.ridge: must be ≥ 0, got -1"},
		{"name: static", "name: static\ninit: {norm: 1}", "x.yaml:2:14: init.norm: not with method.kind minimizer, which is the same from every start"},
		{"name: static", "name: static\nexperiment: {flow: 3}", "x.yaml:2:20: experiment.flow: needs method.kind langevin or sgd: of those alone the limit is the gradient flow, with noise or without"},
		{"loss: logistic", "loss: hinge, units: 2", "x.yaml:4:31: student.units: must be 1 with method.kind minimizer, got 2: several units are no convex problem"},
		{"loss: logistic", "loss: hinge, activation: tanh", "x.yaml:4:10: student: must be one unit of activation identity and output weight 1, without bias and offset, with method.kind minimizer"},
		{"label: sign}\nstudent: {loss: logistic", "label: linear}\nstudent: {loss: phase", "x.yaml:4:17: student.loss: must be convex with method.kind minimizer, which phase is not (accepted: square, logistic, hinge, huber, absolute, a convex {value, gradient})"},
		{"alpha: 2}", "alpha: 2, covariance: {ar1: 0.5}}", ""},
		{"ridge: 0.1", "l1: 0.1", ""},
		{"alpha: 2}\nteacher: {label: sign}", "alpha: 2, covariance: {ar1: 0.5}}\nteacher: {label: sign, weights: {piecewise: 10}}", "x.yaml:3:33: teacher.weights: piecewise needs covariance identity with method.kind minimizer: with ar1 both neighbours and modes matter"},
		{"alpha: 2}\nteacher: {label: sign}\nstudent: {loss: logistic}\nmethod: {kind: minimizer, ridge: 0.1}", "alpha: 2, covariance: {ar1: 0.5}}\nteacher: {label: sign}\nstudent: {loss: logistic}\nmethod: {kind: minimizer, l1: 0.1}", "x.yaml:5:31: method.l1: must be 0 with covariance ar1, got 0.1: the limit is then not one of single weights"},
	} {
		if strings.Count(stepless, c.old) != 1 {
			t.Errorf("%q occurs %d times", c.old, strings.Count(stepless, c.old))
		}
		_, err := Parse("x.yaml", []byte(strings.Replace(stepless, c.old, c.new, 1)))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if want := namesOfParts.Replace(c.want); got != want {
			t.Errorf("%s\n got %s\nwant %s", c.new, got, want)
		}
	}
	// What no file can write is refused in Go too.
	s := mustParse(t, stepless)
	s.Method.Steps = 3
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "method.steps") {
		t.Errorf("steps in Go: %v", err)
	}
	s = mustParse(t, stepless)
	s.Method.Batch = &Bernoulli{Fraction: 0.5}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "method.batch") {
		t.Errorf("a batch in Go: %v", err)
	}
}

package scenarios

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// scaled is a student of the caller's own: f = a·Σ_k r_k + c under the square loss, whose slope a and offset c are its own
// parameters. It calls an output wrong that is closer to another whole number than the label.
type scaled struct {
	slope, offset Parameter
	wants         LabelKind
}

func newScaled(wants LabelKind) *scaled {
	return &scaled{
		Parameter{"slope", "slope", "a", 0.8, Constant(0.1)}, Parameter{"offset", "offset", "c", -0.3, nil}, wants,
	}
}

func (s *scaled) Parameters() Parameters { return Parameters{s.slope, s.offset} }
func (s *scaled) Labels() LabelKind      { return s.wants }
func (s *scaled) Judges() LabelKind      { return ClassLabels }

func (s *scaled) output(r [][]float64, theta []float64, i int) (f, sum float64) {
	for k := range r {
		sum += r[k][i]
	}
	return theta[0]*sum + theta[1], sum
}

func (s *scaled) Evaluate(loss []float64, wrong []bool, r [][]float64, theta, y []float64) {
	for i := range loss {
		f, _ := s.output(r, theta, i)
		loss[i] = (f - y[i]) * (f - y[i]) / 2
		if wrong != nil {
			wrong[i] = math.Round(f) != y[i]
		}
	}
}

func (s *scaled) Gradients(g, slopes, r [][]float64, theta, y []float64) {
	for i := range y {
		f, sum := s.output(r, theta, i)
		for k := range g {
			g[k][i] = (f - y[i]) * theta[0]
		}
		if slopes != nil {
			slopes[0][i], slopes[1][i] = (f-y[i])*sum, f-y[i]
		}
	}
}

// checkModel compares gradients in fields and parameters with differences of the loss, one after the other.
func checkModel(t *testing.T, what string, m Model, units int) {
	t.Helper()
	const samples = 40
	theta := m.Parameters().Start()
	r, g, slopes := make([][]float64, units), make([][]float64, units), make([][]float64, len(theta))
	y, loss := make([]float64, samples), make([]float64, samples)
	for k := range r {
		r[k], g[k] = make([]float64, samples), make([]float64, samples)
		for i := range r[k] {
			r[k][i] = irregular(3*i+k, -2, 2)
		}
	}
	for j := range slopes {
		slopes[j] = make([]float64, samples)
	}
	for i := range y {
		y[i] = math.Copysign(1, irregular(5*i, -1, 1))
		if m.Judges() == ClassLabels {
			y[i] = float64(i % units)
		}
	}
	m.Gradients(g, slopes, r, theta, y)
	agree := func(at *float64, i int, derivative float64) {
		t.Helper()
		defer func(old float64) { *at = old }(*at)
		differencesAgree(t, what, *at, func(x float64) float64 {
			*at = x
			m.Evaluate(loss, nil, r, theta, y)
			return loss[i]
		}, derivative)
	}
	for i := range y {
		for k := range r {
			agree(&r[k][i], i, g[k][i])
		}
		for j := range theta {
			agree(&theta[j], i, slopes[j][i])
		}
	}
}

// The per-sample gradients are the derivatives of the per-sample losses, for every activation and loss and several
// units, and for a student with parameters of its own.
func TestStudentGradients(t *testing.T) {
	for lossName, loss := range examples(t, &losses) {
		if _, ok := fieldLoss(loss); ok {
			for _, rate := range []Schedule{nil, Constant(1)} {
				s := Student{Units: 2, Loss: loss, Biases: []float64{0.43, -0.21}, BiasRate: rate}
				checkModel(t, lossName, s.Model(), s.Units)
			}
			continue
		}
		for activationName, activation := range examples(t, &activations) {
			for _, a := range [][]float64{{1}, {-0.7}, {0.6, -0.9}} {
				s := Student{Units: len(a), Loss: loss, Activation: activation, OutputWeights: a}
				checkModel(t, lossName+" of "+activationName, s.Model(), s.Units)
				s.OutputWeightRate, s.BiasRate, s.OffsetRate = Constant(1), Constant(1), Constant(1)
				s.Biases, s.Offset = []float64{0.43, -0.21}[:len(a)], 0.17
				checkModel(t, lossName+" of "+activationName+", all trained", s.Model(), s.Units)
			}
		}
	}
	checkModel(t, "a Go type", newScaled(RealLabels), 2)
}

// One identity unit with output weight 1 takes a shorter way to the same bits.
func TestUnitIsACommittee(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const samples = 100
	r, y := [][]float64{make([]float64, samples)}, make([]float64, samples)
	for i := range y {
		r[0][i], y[i] = rng.NormFloat64(), math.Copysign(1, rng.NormFloat64())
	}
	r[0][0] = 0
	for name, loss := range examples(t, &losses) {
		if _, ok := fieldLoss(loss); ok {
			continue
		}
		s := Student{Units: 1, Loss: loss, Activation: identity{}, OutputWeights: []float64{1}}
		short, long := s.Model(), newCommittee(&s)
		if _, ok := short.(unit); !ok {
			t.Fatalf("the model of one identity unit is %T", short)
		}
		var values, gradients [2][]float64
		var wrong [2][]bool
		for i, m := range []Model{short, long} {
			values[i], gradients[i], wrong[i] = make([]float64, samples), make([]float64, samples), make([]bool, samples)
			m.Evaluate(values[i], wrong[i], r, nil, y)
			m.Gradients([][]float64{gradients[i]}, nil, r, nil, y)
		}
		for i := range y {
			if values[0][i] != values[1][i] || gradients[0][i] != gradients[1][i] || wrong[0][i] != wrong[1][i] {
				t.Errorf("%s: sample %d differs", name, i)
			}
			if wrong[0][i] != (r[0][i]*y[i] <= 0) {
				t.Errorf("field %g of label %g: wrong is %v", r[0][i], y[i], wrong[0][i])
			}
		}
	}
}

// Slope and Square know the students of which more is known in closed form.
func TestLinearStudents(t *testing.T) {
	one, two := []float64{1}, []float64{0.5, 0.5}
	for _, c := range []struct {
		student        Student
		slope          float64
		linear, square bool
	}{
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: one}, 1, true, true},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: []float64{-2}}, -2, true, false},
		{Student{Loss: logistic{}, Activation: identity{}, OutputWeights: one}, 1, true, false},
		{Student{Loss: square{}, Activation: relu{}, OutputWeights: one}, 0, false, false},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: two}, 0, false, false},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: one, OutputWeightRate: Constant(0)}, 0, false, false},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: one, Biases: one}, 0, false, false},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: one, Offset: 0.1}, 0, false, false},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: one, OffsetRate: Constant(0.1)}, 0, false, false},
		{Student{Loss: square{}, Activation: identity{}, OutputWeights: one, Custom: newScaled(RealLabels)}, 0, false, false},
	} {
		if slope, linear := c.student.Slope(); slope != c.slope || linear != c.linear || c.student.Square() != c.square {
			t.Errorf("%+v: slope %g, linear %v, square %v", c.student, slope, linear, c.student.Square())
		}
	}
}

func customScenario(m Model) *Scenario {
	return &Scenario{
		Name: "own", Data: Data{Alpha: 2}, Teacher: Teacher{Label: linearLabel{}}, Student: Student{Units: 2, Custom: m},
		Method: Method{Optimizer: &SGD{LearningRate: Constant(0.1)}, Steps: 5},
	}
}

// A student of the caller's own needs no loss; its parameters are observables, its errors are where the labels allow them.
func TestCustomStudent(t *testing.T) {
	s := customScenario(newScaled(RealLabels))
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	names := s.Observables()
	if got := strings.Join(names[len(names)-4:], " "); got != "train_loss test_loss slope offset" || s.HasErrors() {
		t.Errorf("the last observables are %s", got)
	}
	definitions := s.Definitions()
	if o := definitions[len(definitions)-1]; o.Kind != TrainedParameter || o.Value(&State{Parameters: []float64{1, 2}}) != 2 {
		t.Errorf("the offset is %+v", o)
	}
	if _, err := s.YAML(); err == nil || !strings.Contains(err.Error(), "student *scenarios.scaled") {
		t.Errorf("as YAML: %v", err)
	}
	other := newScaled(RealLabels)
	other.offset.Start = 0.5
	if s.Hash() == customScenario(other).Hash() {
		t.Error("two students have one hash")
	}
	if err := s.CheckFlow(3); err == nil || !strings.Contains(err.Error(), "weights alone") {
		t.Errorf("its gradient flow: %v", err)
	}
	s.Teacher, s.Data.Mixture = Teacher{}, &Mixture{[][]float64{{1}, {-1}}, []float64{0.5, 0.5}, []float64{0, 2}, []float64{1}}
	if err := s.Validate(); err != nil || !s.HasErrors() || s.LabelKind() != ClassLabels {
		t.Errorf("with class numbers: %v, labels are %s", err, s.LabelKind())
	}
}

func TestCustomStudentRefused(t *testing.T) {
	for want, change := range map[string]func(*scaled){
		`own among the observables`:                            func(m *scaled) { m.slope.Name = "norm_0_0" },
		`has a parameter "no name"`:                            func(m *scaled) { m.slope.Name = "no name" },
		`has a parameter "slope"`:                              func(m *scaled) { m.offset.Name = "slope" },
		`slope starts at NaN`:                                  func(m *scaled) { m.slope.Start = math.NaN() },
		`the learning rate of slope must be ≥ 0 at every step`: func(m *scaled) { m.slope.Rate = Constant(-0.1) },
		`student.loss: scenarios.scaled is defined for labels ±1 only; the labels here are not`: func(m *scaled) {
			m.wants = SignLabels
		},
		`is defined for labels class numbers 0, 1, … only; the labels here are not`: func(m *scaled) { m.wants = ClassLabels },
	} {
		m := newScaled(RealLabels)
		change(m)
		if err := customScenario(m).Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Parameters take plain gradient steps; one without a rate stays.
func TestParametersStep(t *testing.T) {
	p := newScaled(RealLabels).Parameters()
	theta := p.Start()
	p.Step(3, theta, []float64{2, 5})
	if math.Abs(theta[0]-0.6) > 1e-15 || theta[1] != -0.3 {
		t.Errorf("θ = %v", theta)
	}
}

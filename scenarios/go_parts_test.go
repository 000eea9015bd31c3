package scenarios

import (
	"math"
	"strings"
	"testing"
)

// lossOf is a loss of two functions, activationOf an activation of two.
type lossOf struct{ value, gradient func(f, y float64) float64 }

func (l lossOf) Value(f, y float64) float64    { return l.value(f, y) }
func (l lossOf) Gradient(f, y float64) float64 { return l.gradient(f, y) }

type activationOf struct{ value, derivative func(x float64) float64 }

func (a activationOf) Value(x float64) float64      { return a.value(x) }
func (a activationOf) Derivative(x float64) float64 { return a.derivative(x) }

// stepOf is a method of one function of an entry, which says of itself what it is told to.
type stepOf struct {
	Plain
	step              func(m Move, k, i int) float64
	linear, separable bool
}

func (o stepOf) Linear() bool    { return o.linear }
func (o stepOf) Separable() bool { return o.separable }
func (o stepOf) Step(m Move) {
	for k, next := range m.Next {
		for i := range next {
			next[i] = o.step(m, k, i)
		}
	}
}

// slanted is a model with a parameter whose slope is off by a factor, as the gradient is by another.
type slanted struct{ slope, gradient float64 }

func (slanted) Parameters() Parameters {
	return Parameters{{Name: "tilt", Start: 0.4, Rate: Constant(0.1)}}
}
func (slanted) Judges() LabelKind { return RealLabels }
func (slanted) Evaluate(loss []float64, _ []bool, r [][]float64, theta, y []float64) {
	for i := range loss {
		loss[i] = math.Pow(theta[0]*r[0][i]-y[i], 2) / 2
	}
}

func (m slanted) Gradients(g, slopes, r [][]float64, theta, y []float64) {
	for i := range y {
		e := theta[0]*r[0][i] - y[i]
		g[0][i] = m.gradient * e * theta[0]
		if slopes != nil {
			slopes[0][i] = m.slope * e * r[0][i]
		}
	}
}

// What a Go type says of itself is tried before anything runs: a wrong gradient would agree with itself in both engines, and
// a method that is not what it says would make its user doubt the theorem.
func TestGoParts(t *testing.T) {
	square := func(f, y float64) float64 { return (f - y) * (f - y) / 2 }
	margin := func(f, y float64) float64 { return (1 - y*f) * (1 - y*f) / 2 }
	slope := func(f, y float64) float64 { return f - y } // of both, where y = ±1
	descent := func(m Move, k, i int) float64 { return m.W[k][i] - 0.1*m.U[k][i] }
	for _, c := range []struct {
		what  string
		build func(s *Scenario)
		want  string // "": accepted
	}{
		{"a right loss", func(s *Scenario) { s.Student.Loss = lossOf{square, slope} }, ""},
		{"half a gradient", func(s *Scenario) {
			s.Student.Loss = lossOf{square, func(f, y float64) float64 { return (f - y) / 2 }}
		}, "student.loss: gradient is not the derivative of value: at f = "},
		{"a loss for ±1 with other labels", func(s *Scenario) { s.Student.Loss = lossOf{margin, slope} },
			"student.loss: gradient is not the derivative of value: at f = "},
		{"a loss for ±1 with these", func(s *Scenario) {
			s.Teacher.Label, s.Student.Loss = signLabel{}, lossOf{margin, slope}
		}, ""},
		{"a loss that is infinite somewhere", func(s *Scenario) {
			s.Student.Loss = lossOf{func(f, _ float64) float64 { return math.Log(f) }, func(f, _ float64) float64 { return 1 / f }}
		}, "student.loss: value is NaN at f = "},
		{"a right activation", func(s *Scenario) { s.Student.Activation = activationOf{math.Sin, math.Cos} }, ""},
		{"a wrong activation", func(s *Scenario) { s.Student.Activation = activationOf{math.Sin, math.Sin} },
			"student.activation: derivative is not the derivative of value: at x = "},
		{"a right model", func(s *Scenario) { s.Student.Custom = slanted{1, 1} }, ""},
		{"a model of a wrong gradient", func(s *Scenario) { s.Student.Custom = slanted{1, 1.01} },
			"student: scenarios.slanted, in field f = r[0]: gradient is not the derivative of value"},
		{"a model of a wrong slope", func(s *Scenario) { s.Student.Custom = slanted{1.01, 1} },
			"student: the slope in parameter tilt is not the derivative of the loss"},
		{"a linear method", func(s *Scenario) { s.Method.Optimizer = stepOf{step: descent, linear: true, separable: true} }, ""},
		{"linear with inner products", func(s *Scenario) {
			s.Method.Optimizer = stepOf{linear: true, separable: true, step: func(m Move, k, i int) float64 {
				return m.W[k][i] - m.U[k][i]/math.Sqrt(m.Inner(m.U[k], m.U[k]))
			}}
		}, ""},
		{"a method that is not linear", func(s *Scenario) {
			s.Method.Optimizer = stepOf{linear: true, separable: true, step: func(m Move, k, i int) float64 {
				return m.W[k][i] - 0.1*math.Tanh(m.U[k][i])
			}}
		}, "method: scenarios.stepOf says that it is linear, but its step at t = 0 is no linear combination of its arguments"},
		{"a method that is not separable", func(s *Scenario) {
			s.Method.Optimizer = stepOf{separable: true, step: func(m Move, k, i int) float64 {
				return m.W[k][i] - 0.1*m.U[k][(i+1)%len(m.U[k])]
			}}
		}, "method: scenarios.stepOf says that it is separable, but its step at t = 0 does not commute with a permutation"},
		{"a method that writes where it reads", func(s *Scenario) {
			s.Method.Optimizer = stepOf{step: func(m Move, k, i int) float64 {
				m.U[k][i] *= 0.1
				return m.W[k][i] - m.U[k][i]
			}}
		}, "method: scenarios.stepOf changes Move.U, which a step only reads"},
		{"a method that gives no number", func(s *Scenario) {
			s.Method.Optimizer = stepOf{step: func(m Move, k, i int) float64 { return math.Sqrt(m.U[k][i]) }}
		}, "method: scenarios.stepOf steps from standard normal vectors to NaN at t = 0"},
		{"a method that panics", func(s *Scenario) {
			s.Method.Optimizer = stepOf{step: func(m Move, k, i int) float64 { return m.State[k][0][i] }}
		}, "method: scenarios.stepOf cannot step from random vectors: runtime error: index out of range"},
	} {
		s := &Scenario{
			Name: "mine", Data: Data{Alpha: 2}, Teacher: Teacher{Label: linearLabel{}}, Student: Student{Loss: lossOf{square, slope}},
			Method: Method{Optimizer: &SGD{LearningRate: Constant(0.1)}, Steps: 4},
		}
		c.build(s)
		got := ""
		if err := s.Validate(); err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
}

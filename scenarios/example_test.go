package scenarios_test

import (
	"fmt"
	"math"

	"limitcheck/scenarios"
)

// logCosh is a loss of the user's own.
type logCosh struct{}

func (logCosh) Value(f, y float64) float64    { return math.Log(math.Cosh(f - y)) }
func (logCosh) Gradient(f, y float64) float64 { return math.Tanh(f - y) }

// A scenario built in Go: what is left out gets its default, and everything is checked.
func ExampleScenario_Validate() {
	label, err := scenarios.Named[scenarios.Label]("tanh")
	if err != nil {
		fmt.Println(err)
	}
	s := &scenarios.Scenario{
		Name:    "mine",
		Data:    scenarios.Data{Alpha: 2},
		Teacher: scenarios.Teacher{Label: label, Noise: scenarios.Gaussian(0.1)},
		Student: scenarios.Student{Loss: logCosh{}},
		Method:  scenarios.Method{Kind: "heavy-ball", LearningRate: scenarios.Constant(0.1), Steps: 20},
	}
	fmt.Println(s.Validate())
	s.Method.Momentum = scenarios.Constant(0.5)
	fmt.Println(s.Validate())
	fmt.Println(s.Experiment.Dims, s.Observables())
	// Output:
	// method.momentum: required by method.kind heavy-ball: a number in [0, 1) or {schedule: nesterov}
	// <nil>
	// [250 500 1000 2000] [overlap norm cosine train_loss test_loss]
}

// What is wrong with a file is said in one line.
func ExampleParse() {
	_, err := scenarios.Parse("mine.yaml", []byte("name: mine\ndata: {alpha: 2}\nteacher: {label: sgn}\n"))
	fmt.Println(err)
	// Output:
	// mine.yaml:3:18: teacher.label: unknown label "sgn", did you mean sign? (accepted: linear, probit, quadratic, relu, sign, tanh, {expression: …})
}

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
		Method:  scenarios.Method{Optimizer: &scenarios.HeavyBall{LearningRate: scenarios.Constant(0.1)}, Steps: 20},
	}
	fmt.Println(s.Validate())
	s.Method.Optimizer = &scenarios.HeavyBall{LearningRate: scenarios.Constant(0.1), Momentum: scenarios.Constant(0.5)}
	fmt.Println(s.Validate())
	fmt.Println(s.Experiment.Dims, s.Observables())
	// Output:
	// method.momentum: required by method.kind heavy-ball: a number in [0, 1) or {schedule: …}
	// <nil>
	// [250 500 1000 2000] [overlap norm cosine train_loss test_loss]
}

// normalised is W⁺ = W − η U/|U|, |U|² = Σ_k ⟨U_k,U_k⟩ over all units.
type normalised struct {
	scenarios.Plain
	rate float64
}

func (normalised) Linear() bool    { return true }
func (normalised) Separable() bool { return true }

func (o normalised) Step(m scenarios.Move) {
	square := 0.0
	for _, u := range m.U {
		square += m.Inner(u, u)
	}
	for k, w := range m.W {
		for i := range w {
			m.Next[k][i] = w[i] - o.rate/math.Sqrt(square)*m.U[k][i]
		}
	}
}

// A method of one's own goes where ours go.
func ExampleOptimizer() {
	s, err := scenarios.Find("committee-erf")
	if err != nil {
		fmt.Println(err)
	}
	s.Method.Optimizer = normalised{rate: 0.1}
	fmt.Println(s.Validate(), scenarios.Name(s.Method.Optimizer))
	// Output:
	// <nil> scenarios_test.normalised
}

// alternating has one half of the samples in the batch at even steps and the other half at odd steps. State 1 is in, 2
// out.
type alternating struct{ on float64 }

func (alternating) Size() float64 { return 0.5 }
func (a alternating) Probability(_ int, state uint8) float64 {
	return [...]float64{0.5, 1 - a.on, a.on}[state]
}
func (alternating) Next(_ int, _ uint8, on bool) uint8 {
	if on {
		return 1
	}
	return 2
}
func (alternating) Exact() bool       { return true }
func (alternating) Fresh() bool       { return false }
func (alternating) Independent() bool { return false }

// A mask of one's own goes where ours go; its law is checked.
func ExampleMask() {
	s, err := scenarios.Find("logistic-sgd")
	if err != nil {
		fmt.Println(err)
	}
	s.Method.Batch = alternating{on: 1}
	fmt.Println(s.Validate())
	s.Method.Batch = alternating{on: 1.5}
	fmt.Println(s.Validate())
	// Output:
	// <nil>
	// method.batch: scenarios_test.alternating has probability -0.5 in state 1 at step 1
}

// What is wrong with a file is said in one line.
func ExampleParse() {
	_, err := scenarios.Parse("mine.yaml", []byte("name: mine\ndata: {alpha: 2}\nteacher: {label: sgn}\n"))
	fmt.Println(err)
	// Output:
	// mine.yaml:3:18: teacher.label: unknown label "sgn", did you mean sign? (accepted: argmax, linear, logit, probit, quadratic, relu, sign, tanh, {expression: …})
}

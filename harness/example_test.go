package harness_test

import (
	"context"
	"fmt"
	"math"

	"limitcheck/harness"
	"limitcheck/scenarios"
)

// LogCosh is log cosh(f − y), a smooth relative of the absolute loss.
type LogCosh struct{}

func (LogCosh) Value(f, y float64) float64    { return math.Log(math.Cosh(f - y)) }
func (LogCosh) Gradient(f, y float64) float64 { return math.Tanh(f - y) }

// A theorem of one's own, for a loss that no file names, put to the test.
func ExampleVerify() {
	label, _ := scenarios.Named[scenarios.Label]("linear")
	s := &scenarios.Scenario{
		Name:    "log-cosh",
		Data:    scenarios.Data{Alpha: 3},
		Teacher: scenarios.Teacher{Label: label, Noise: scenarios.Gaussian(0.2)},
		Student: scenarios.Student{Loss: LogCosh{}},
		Method: scenarios.Method{
			Optimizer: &scenarios.SGD{LearningRate: scenarios.Constant(0.1), Ridge: scenarios.Constant(0.5)},
			Steps:     5,
		},
		Experiment: scenarios.Experiment{Dims: []int{100, 200, 400, 800, 1600}, Replicas: 32},
	}
	r, err := harness.Verify(context.Background(), s, harness.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	rejected, visible := r.Rejected()
	fmt.Printf("%s %s, rejects %d of %d wrong theories\n", s.Name, r.Comparison.Verdict, rejected, visible)
	// Output: log-cosh agrees, rejects 2 of 2 wrong theories
}

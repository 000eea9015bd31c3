package scenarios_test

import (
	"math"
	"strings"
	"testing"

	"limitcheck/scenarios"
)

// exponential is the loss exp(-yf) of AdaBoost, for labels ±1.
type exponential struct{}

func (exponential) Value(f, y float64) float64    { return math.Exp(-y * f) }
func (exponential) Gradient(f, y float64) float64 { return -y * math.Exp(-y*f) }
func (exponential) Labels() scenarios.LabelKind   { return scenarios.SignLabels }

// pareto is symmetric noise with P(|ε| > x) = x^-3 for x ≥ 1: moments below the third are finite.
type pareto struct{}

func (pareto) Moments() float64 { return 3 }
func (pareto) Quantile(u float64) float64 {
	if u < 0.5 {
		return -math.Pow(2*u, -1.0/3)
	}
	return math.Pow(2*(1-u), -1.0/3)
}

// Parts of other packages can say what is known of those here.
func TestPartsFromOutside(t *testing.T) {
	named := func(label string) scenarios.Label {
		l, err := scenarios.Named[scenarios.Label](label)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	loss := func(name string) scenarios.Loss {
		l, err := scenarios.Named[scenarios.Loss](name)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, c := range []struct {
		label scenarios.Label
		noise scenarios.Noise
		loss  scenarios.Loss
		want  string // "": accepted
	}{
		{named("sign"), nil, exponential{}, ""},
		{named("linear"), nil, exponential{}, "student.loss: scenarios_test.exponential is defined for labels ±1 only; the labels here are not"},
		{named("linear"), pareto{}, loss("absolute"), ""},
		{named("linear"), pareto{}, loss("square"), "teacher.noise: the moments of scenarios_test.pareto must be > 4, got 3: " +
			"the loss grows like noise^2 and would have infinite variance"},
	} {
		s := &scenarios.Scenario{
			Name: "outside", Data: scenarios.Data{Alpha: 2}, Teacher: scenarios.Teacher{Label: c.label, Noise: c.noise},
			Student: scenarios.Student{Loss: c.loss},
			Method:  scenarios.Method{Optimizer: &scenarios.SGD{LearningRate: scenarios.Constant(0.1)}, Steps: 5},
		}
		got := ""
		if err := s.Validate(); err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

package scenarios

import (
	"math"
	"strings"
	"testing"
)

// Cross-entropy neither overflows nor depends on a number added to all fields.
func TestCrossEntropyExtremes(t *testing.T) {
	var l crossEntropy
	g := make([]float64, 3)
	for _, c := range []struct {
		r        []float64
		y, value float64
		gradient []float64
	}{
		{[]float64{0, 0, 0}, 1, math.Log(3), []float64{1. / 3, -2. / 3, 1. / 3}},
		{[]float64{1e6, 1e6, 1e6}, 2, math.Log(3), []float64{1. / 3, 1. / 3, -2. / 3}},
		{[]float64{-900, 900, 0}, 1, 0, []float64{0, 0, 0}},
		{[]float64{-900, 900, 0}, 0, 1800, []float64{-1, 1, 0}},
		{[]float64{0, math.Log(2), math.Log(5)}, 0, math.Log(8), []float64{-7. / 8, 2. / 8, 5. / 8}},
	} {
		l.FieldGradient(g, c.r, c.y)
		// log 3 + 1e6 has the spacing 1.2e-10; all else is of order one.
		if v := l.FieldValue(c.r, c.y); math.Abs(v-c.value) > 1e-15*(1+math.Abs(c.r[0])) {
			t.Errorf("at %v, y = %g: %g, want %g", c.r, c.y, v, c.value)
		}
		for k, want := range c.gradient {
			if math.Abs(g[k]-want) > 1e-15 {
				t.Errorf("at %v, y = %g: gradient %v, want %v", c.r, c.y, g, c.gradient)
			}
		}
	}
}

// A class is right only if its logit, bias included, is larger than all others.
func TestArgmaxErrors(t *testing.T) {
	s := Student{Units: 3, Loss: crossEntropy{}, Biases: []float64{0, 0, 0.5}}
	r := [][]float64{{0, 1, 1, 0, 2, 0}, {0, 0, 1, 0, 0, 0}, {-0.5, 0, 0, 0, 1, -1}}
	y := []float64{0, 0, 0, 2, 2, 5}
	loss, wrong := make([]float64, 5), make([]bool, 6)
	s.Model().Evaluate(loss, wrong[:5], r, nil, y)
	wrong[5] = !largest([]float64{1, 0}, 5)
	for i, want := range []bool{true, false, true, false, true, true} {
		if wrong[i] != want {
			t.Errorf("sample %d is wrong: %v", i, wrong[i])
		}
	}
}

// tilted is a loss of the fields of the caller's own, Σ_k (r_k − y)²/2, whose gradient is off by slip.
type tilted struct {
	OfFields
	slip float64
}

func (tilted) FieldValue(r []float64, y float64) (sum float64) {
	for _, x := range r {
		sum += (x - y) * (x - y) / 2
	}
	return sum
}

func (l tilted) FieldGradient(g, r []float64, y float64) {
	for k, x := range r {
		g[k] = x - y
	}
	g[1] += l.slip
}

// A Go type's gradient is compared with differences, field by field.
func TestFieldLossOfGo(t *testing.T) {
	for _, slip := range []float64{0, 0.01} {
		s := customScenario(nil)
		s.Student.Loss = tilted{slip: slip}
		err := s.Validate()
		if slip == 0 && err != nil {
			t.Error(err)
		}
		if want := "student.loss: in field f = r[1]: gradient is not the derivative"; slip > 0 && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("got %v", err)
		}
		if s.HasErrors() {
			t.Error("labels that are no class numbers have errors")
		}
	}
}

// Formulas whose form says so are class numbers.
func TestClassesOfExpressions(t *testing.T) {
	for source, want := range map[string]LabelKind{
		"h[0] > 0 ? 1 : 0": ClassLabels, "h[0] > 1 ? 0 : (h[0] + noise > 0 ? 2 : 1)": ClassLabels, "h[0] > 0 ? 1 : -1": SignLabels,
		"h[0] > 0 ? 1 : 0.5": RealLabels, "h[0] > 0 ? 1 : h[0]": RealLabels,
	} {
		l, err := Named[Label](`{expression: "` + source + `"}`)
		if err != nil {
			t.Fatal(err)
		}
		s := Scenario{Teacher: Teacher{Units: 1, Label: l}}
		if got := s.LabelKind(); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

// There is a unit for each class, those of a mixture's clusters too.
func TestUnitsForClasses(t *testing.T) {
	for classes, units := range map[float64]int{0: 2, 1: 2, 2: 3} {
		for k := 1; k < 5; k++ {
			s := customScenario(nil)
			s.Student.Loss, s.Student.Units = crossEntropy{}, k
			s.Data.Mixture = &Mixture{[][]float64{{1}, {-1}}, []float64{0.5, 0.5}, []float64{0, max(0.1, classes)}, []float64{1}}
			if classes == 0 {
				s.Data.Mixture, s.Teacher = nil, Teacher{Units: 2, Label: argmaxLabel{}}
			} else {
				s.Teacher = Teacher{}
			}
			if err := s.Validate(); (err == nil) != (k >= units) {
				t.Errorf("%g as the largest class, %d units: %v", classes, k, err)
			}
		}
	}
}
